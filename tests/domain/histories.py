"""Histories that hypothesis makes up: anything that can be said, in any order, with answers to offers that were made.

Offsets go up by ten, so that a test can put something between two records without renaming what follows.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    REGION,
    SITE,
    accepted,
    actor,
    admitted,
    agreements,
    announced,
    arrived,
    cancelled,
    capacity,
    closed,
    declined,
    event,
    handed_over,
    labelled,
    late_rejected,
    lifted,
    opened,
    overridden,
    profile,
    registered,
    request,
    retriaged,
    seh_triaged,
    stop,
    treated,
    triaged,
    unit,
    unit_closed,
    warning,
)
from spoedplein.testing.builders import adopted as taken_over
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.ambulance import RideReleased
from spoedplein_schemas.capacity import ReportAnswered
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.decisions import PlacementAccepted, PlacementOffered
from spoedplein_schemas.placement import DeclineReason, FirstTryAbandoned
from spoedplein_schemas.vocabulary import CareType, Frozen, Role, millis

STRIDE: Final = 10
ELV, RESPIJT, NO_LABEL = CareType.ELV_HOOG, CareType.RESPIJT, CareType.ONGELABELD
UNITS: Final = (
    unit("elv-een", ELV),
    unit("elv-twee", ELV, windows=[{"from": "20:30", "until": "06:00"}], validity_minutes=45),
    unit("respijt", RESPIJT, sex="female"),
    unit("bed", NO_LABEL, validity_minutes=120),
    unit("seh", CareType.SEH, site=SITE),
)
_SIDE_BY_SIDE: Final = {"care_type": "elv-hoog", "validity_minutes": 480, "answer_minutes": 30, "parallel_offers": 2}
AGREED: Final = agreements(
    *UNITS,
    placement={"review_minutes": 15, "admit_minutes": 40, "label_minutes": 45, "needed_by_warning_minutes": 10},
    rules=[_SIDE_BY_SIDE],
    first_tries=[{"care_types": ["elv-hoog"], "role": "gp", "minutes": 8}],
    board_size=20,
)
REASONS: Final = tuple(DeclineReason)
OWNERS: Final = (OWNER, "zcc-noord")
ASKED: Final = ((ELV,), (ELV, RESPIJT), (NO_LABEL, ELV))
CODES: Final = ("U1", "U2", "U3", "U4")
OF_PLACES: Final = (
    *("requested",) * 4, *("accepted",) * 4, "declined", *("admitted",) * 2, "late-rejected", "cancelled", "overridden",
    "handed-over", "labelled", "abandoned", *("reported",) * 4, "stop", "lifted", "closed", "opened", "warning",
    *("ticked",) * 2,
)  # fmt: skip
SAID: Final = (
    *OF_PLACES, "answered", "registered", "triaged", "retriaged", "called-seh", "arrived", "seh-triaged", "gone",
    "announced", "released", "adopted",
)  # fmt: skip


class Said(NamedTuple):
    """`late` minutes ago by the source's clock (below zero: its clock is ahead); then `pause` minutes go by."""

    what: str
    who: int
    where: int
    number: int
    late: int
    pause: int


def histories(*, kinds: tuple[str, ...] = SAID, late_min: int = -1) -> st.SearchStrategy[list[Said]]:
    """Long ones, in which requests come to their end; and short ones, which say what went wrong in a few words."""
    return _histories(kinds, late_min, min_size=30, max_size=60) | _histories(kinds, late_min, min_size=0, max_size=12)


def _histories(kinds: tuple[str, ...], late_min: int, *, min_size: int, max_size: int) -> st.SearchStrategy[list[Said]]:
    return st.lists(
        st.builds(
            Said,
            what=st.sampled_from(kinds),
            who=st.integers(0, 2),
            where=st.integers(0, len(UNITS) - 1),
            number=st.integers(0, 3),
            late=st.integers(late_min, 3),
            pause=st.sampled_from((0, 0, 1, 5, 20)),
        ),
        min_size=min_size,
        max_size=max_size,
    )


class History:
    """A core that heard them one by one, and the log that it read.

    `orderly`: requests are made before anything is said of them, and nobody is admitted before he was accepted.
    """

    def __init__(self, said: list[Said], *, orderly: bool = False) -> None:
        self._orderly = orderly
        self.now = EVENING
        self.core = Region.empty(REGION)
        self.log: list[Record] = []
        self.decisions: list[Decision] = []
        self._offers: dict[str, tuple[str, str]] = {}
        self._hear(taken_over(AGREED, self.now))
        asked = [Said("requested", who, who, who, late=0, pause=1) for who in range(3)] if orderly else []
        for each in (*asked, *said):
            self._hear(self._data(each))
            self.now += timedelta(minutes=each.pause, seconds=1)

    def _hear(self, data: Frozen) -> None:
        record = Record(len(self.log) * STRIDE, millis(self.now), event(data, at=self.now))
        self.log.append(record)
        made = self.core.step(record)
        self.decisions += made
        for decision in made:
            if isinstance(decision.data, PlacementOffered | PlacementAccepted):
                self._offers[decision.data.request] = decision.data.offer, decision.data.unit

    def _data(self, each: Said) -> Frozen:
        """What is said of a place follows from the newest offer; who has none, is spoken of all the same."""
        at, case = self.now - timedelta(minutes=each.late), f"c-{each.who}"
        place = UNITS[each.where].id
        offer, offered = self._offers.get(f"r-{each.who}", ("rijnmond.0.0", place))
        if each.what in _OF_A_REQUEST:
            known = self.core.state.requests.get(f"r-{each.who}")
            if self._orderly and each.what == "admitted" and known is not None and known.offer is not None:
                each = each._replace(what="accepted")
            return _of_a_request(each, f"r-{each.who}", at, offer=offer, offered=offered, place=place)
        code = CODES[each.number]
        said: dict[str, Any] = {
            "reported": lambda: capacity(place, each.number, at, includes=[f"r-{each.who}"] if each.late > 1 else []),
            "answered": lambda: ReportAnswered(ask="vraag", unit=place, observed_at=at),
            "stop": lambda: stop(place, at, until=at + timedelta(minutes=20) if each.number else None),
            "lifted": lambda: lifted(place, at),
            "closed": lambda: unit_closed(place, at),
            "opened": lambda: opened(place, at),
            "warning": lambda: warning(place, at),
            "registered": lambda: registered(case, at),
            "triaged": lambda: triaged(case, code, at),
            "retriaged": lambda: retriaged(case, code, at),
            "gone": lambda: closed(case, at),
            "arrived": lambda: arrived(case, at),
            "seh-triaged": lambda: seh_triaged(case, ("red", "orange", "yellow", "green")[each.number], at),
            "called-seh": lambda: treated(case, at),
            "announced": lambda: announced(f"rit-{each.who}", ("A0", "A1", "A2", "B1")[each.number], at),
            "released": lambda: RideReleased(ride=f"rit-{each.who}", released_at=at),
            "adopted": lambda: taken_over(AGREED.model_copy(update={"version": f"2026.{each.number}"}), at),
            "ticked": lambda: ClockTicked(ticked_at=self.now),
        }
        made: Frozen = said[each.what]()
        return made


_OF_A_REQUEST: Final = (
    "requested", "accepted", "declined", "admitted", "late-rejected", "cancelled", "overridden", "handed-over",
    "labelled", "abandoned",
)  # fmt: skip


def _of_a_request(each: Said, name: str, at: datetime, *, offer: str, offered: str, place: str) -> Frozen:
    owner, other = OWNERS[each.number % 2], OWNERS[1 - each.number % 2]
    needed = at + timedelta(minutes=25) if each.pause else None
    asked = profile(*ASKED[each.where % 3], code=CODES[each.number], wlz_indication=each.where == 4, needed_by=needed)
    said: dict[str, Frozen] = {
        "requested": request(name, asked, at).model_copy(
            update={"requester_role": Role.GP if each.number == 1 else None, "follows": "r-0" if each.late else None}
        ),
        "abandoned": FirstTryAbandoned(request=name, abandoned_at=at, by=actor(Role.GP)),
        "accepted": accepted(name, offer, at),
        "declined": declined(name, offer, at, REASONS[each.where]),
        "admitted": admitted(name, offered, at),
        "late-rejected": late_rejected(name, offered, at, REASONS[each.where]),
        "cancelled": cancelled(name, at),
        "overridden": overridden(name, place, at),
        "handed-over": handed_over(name, owner, at, from_owner=other),
        "labelled": labelled(name, offered, ELV, at),
    }
    return said[each.what]


def tick(at_ms: int, offset: int, template: Event) -> Record:
    """The clock speaks where something else could have been said."""
    moment = template.time
    return Record(offset, at_ms, event(ClockTicked(ticked_at=moment), at=moment))
