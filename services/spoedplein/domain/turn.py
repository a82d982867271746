"""One turn of a region: one log record, and the decisions that follow from it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from spoedplein_schemas import Decision, decision
from spoedplein_schemas.vocabulary import EPOCH, Frozen

SOURCE = "urn:nld:spoedplein:coordination"
NO_AGREEMENTS = "none"


def moment(at_ms: int) -> datetime:
    """Milliseconds since 1970 as a UTC time, exactly."""
    seconds, rest = divmod(at_ms, 1000)
    return EPOCH + timedelta(0, seconds, rest * 1000)


@dataclass(slots=True)
class Turn:
    """`now` is the log's time in milliseconds; `cause` the id of the event that is being applied."""

    region: str
    offset: int
    now: int
    cause: str
    agreements: str
    decisions: list[Decision] = field(default_factory=list)
    _time: datetime | None = None

    def next_id(self) -> str:
        """The id that the next decision of this turn will carry."""
        return f"{self.region}.{self.offset}.{len(self.decisions)}"

    @property
    def time(self) -> datetime:
        """`now` as decisions carry it."""
        if self._time is None:
            self._time = moment(self.now)
        return self._time

    def decide(self, data: Frozen, *, subject: str) -> None:
        self.decisions.append(
            decision(
                id=self.next_id(),
                source=SOURCE,
                subject=subject,
                time=self.time,
                region=self.region,
                causationid=self.cause,
                agreements=self.agreements,
                data=data,
            )
        )
