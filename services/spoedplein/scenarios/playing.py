"""A script through the core: the same core, the same decisions as in production, without Kafka."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from spoedplein.domain.agreements import adopted as adoption
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.scenarios.reading import Script
from spoedplein.scenarios.sayings import CannotBeSaidError, Memory, sayings, verbs
from spoedplein.testing import builders as say
from spoedplein_schemas import Decision
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.scenario import Step
from spoedplein_schemas.vocabulary import Frozen, millis

#: In a step where nobody says anything, the whole minute passes: what falls due in it is decided there.
REST_OF_MINUTE: Final = timedelta(seconds=59)


@dataclass(frozen=True, slots=True)
class Played:
    """One step, when it was, and all that was decided since the step before."""

    step: Step
    at: datetime
    decided: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """A script that was played; `log` is the region's, `opening` what was decided before the first step."""

    script: Script
    zone: ZoneInfo
    opening: tuple[Decision, ...]
    steps: tuple[Played, ...]
    log: tuple[Record, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return (*self.opening, *(decision for step in self.steps for decision in step.decided))


def play(script: Script) -> Play:
    """Plays a script from its beginning. Raises `ScenarioError` where a step cannot be said at its moment."""
    stage = _Stage(script)
    opening = tuple(stage.opens())
    steps = tuple(stage.plays(index, step) for index, step in enumerate(script.scenario.stap))
    return Play(script, stage.zone, opening, steps, tuple(stage.said.records))


class _Stage:
    def __init__(self, script: Script) -> None:
        agreed = script.agreements
        self.zone = ZoneInfo(agreed.timezone)
        self._script = script
        self._core = Region.empty(agreed.region)
        start = script.scenario.begin.replace(tzinfo=self.zone)
        self.said = say.Script(agreed.region, start=start.astimezone(UTC))
        self._memory = Memory(owner=agreed.owner, at=start)

    def opens(self) -> Iterator[Decision]:
        agreed = self._script.agreements
        by = self._memory.coordinator()
        yield from self._says(adoption(agreed, at_ms=millis(self.said.now), by=by))

    def plays(self, index: int, step: Step) -> Played:
        at = self._moment(step)
        silent = not any(getattr(step, name) for name in verbs())
        decided = [*self._until(at + REST_OF_MINUTE if silent else at)]
        self._memory.at = at
        try:
            for data in sayings(step, self._memory):
                decided += self._says(data)
        except CannotBeSaidError as error:
            raise self._script.fault(("stap", index, *error.path), str(error)) from error
        if silent:
            decided += self._says(ClockTicked(ticked_at=self.said.now))
        return Played(step, at, tuple(decided))

    def _moment(self, step: Step) -> datetime:
        before = self._memory.at
        at = before.replace(hour=step.om.hour, minute=step.om.minute, second=0)
        return at if at >= before else at + timedelta(days=1)

    def _until(self, at: datetime) -> Iterator[Decision]:
        """What falls due before this moment happens at its own moment. Time never runs back."""
        end = millis(at)
        while (due := self._core.next_due_ms()) is not None and due < end:
            self.said.now = max(self.said.now, datetime.fromtimestamp(due / 1000, UTC))
            yield from self._says(ClockTicked(ticked_at=self.said.now))
        self.said.now = max(self.said.now, at.astimezone(UTC))

    def _says(self, data: Frozen) -> list[Decision]:
        decided = self._core.step(self.said.says(data))
        for decision in decided:
            self._memory.heard(decision)
        return decided
