"""A region told as a story: say something, get what was decided.

story = Story(unit("elv", CareType.ELV_HOOG))
story.says(capacity("elv", 1, story.now))
offered = story.one(story.says(request("r-1", (CareType.ELV_HOOG,), story.now)), PlacementOffered)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import settings

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.builders import EVENING, REGION, Script, agreements
from spoedplein_schemas.agreements import Agreements, Unit
from spoedplein_schemas.views import OpenRequest, RequestsBoard, RequestState, SiteBoard, UnitAvailability
from spoedplein_schemas.vocabulary import Frozen, millis

Data = TypeVar("Data", bound=Frozen)
#: For properties: enough examples to meet the corners, or what the profile asks for when that is more.
thorough = settings(max_examples=max(300, settings().max_examples))


class Story:
    """Agreements with these units are in force; `more` goes into the agreements."""

    def __init__(self, *units: Unit, start: datetime = EVENING, **more: Any) -> None:  # noqa: ANN401  pydantic checks
        self.script = Script(start=start)
        self.core = Region.empty(REGION)
        self.newest: dict[bytes, Any] = {}
        self.adopts(agreements(*units, **more))

    @property
    def now(self) -> datetime:
        return self.script.now

    @property
    def now_ms(self) -> int:
        return millis(self.script.now)

    def says(self, data: Frozen) -> list[Any]:
        """What was decided on it, as the data of the decisions."""
        return self._hears(self.script.says(data))

    def adopts(self, text: Agreements) -> list[Any]:
        """Other agreements are in force from now on."""
        return self._hears(self.script.adopts(text))

    def all_say(self, said: Iterable[Frozen]) -> list[Any]:
        return [decided for data in said for decided in self.says(data)]

    def passes(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0) -> datetime:
        return self.script.passes(seconds=seconds, minutes=minutes, hours=hours)

    def ticks(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0) -> list[Any]:
        """Time goes by, the clock says so, and what was due happens."""
        return self._hears(self.script.ticks(seconds=seconds, minutes=minutes, hours=hours))

    def jumps(self, to: datetime) -> None:
        self.script.now = to

    def restarts(self) -> None:
        """The process ends, and another goes on from the snapshot."""
        self.core = Region.restore(self.core.snapshot())

    def one(self, decided: Iterable[object], kind: type[Data]) -> Data:
        """The only decision of this kind."""
        (found,) = [data for data in decided if isinstance(data, kind)]
        return found

    # --- what others see ----------------------------------------------------------------------------------------

    def published(self) -> set[str]:
        """Keys of the views that changed since the last call, region apart; `newest` holds each view."""
        views = self.core.views()
        self.newest.update(views)
        return {key.decode().removeprefix(REGION) for key, _ in views}

    def unit(self, name: str) -> UnitAvailability:
        """As it would be shown now."""
        parts = self.core.parts
        return parts.units.view(REGION, parts.rules.units[name], now=max(self.core.now, self.now_ms), version=0)

    def board(self, site: str) -> SiteBoard:
        """The newest that was published."""
        self.published()
        found = self.newest[f"{REGION}/{site}".encode()]
        assert isinstance(found, SiteBoard)
        return found

    def requests(self) -> dict[str, OpenRequest]:
        """Open requests as they were published last."""
        self.published()
        found = self.newest[f"{REGION}/requests".encode()]
        assert isinstance(found, RequestsBoard)
        return {request.request: request for request in found.requests}

    def state(self, request: str) -> RequestState:
        return self.core.state.requests[request].state

    def _hears(self, record: Record) -> list[Any]:
        return [decision.data for decision in self.core.step(record)]
