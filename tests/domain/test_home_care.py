"""Visits of acute home care: how each ended is recorded once, and counted against what the region agreed."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    accepted,
    admitted,
    cancelled,
    capacity,
    overridden,
    request,
    unit,
    visit_ended,
)
from spoedplein_schemas.decisions import CommandRefused, PlacementAdmitted, PlacementOffered
from spoedplein_schemas.home_care import HomeCareVisits, VisitOutcome, VisitRecorded
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

VISIT, ELV = CareType.WIJKVERPLEGING, CareType.ELV_HOOG
ALONE, CALLED, CAME, SENT, NOBODY = VisitOutcome
AGREED: Final = {"independent_percent": 85, "window_days": 7}
PATHS: Final = [{"id": "katheter", "name": "Katheter verstopt"}, {"id": "wond", "name": "Wond"}]


def at(minutes: float) -> datetime:
    return EVENING + timedelta(minutes=minutes)


def region(**agreed: Any) -> Story:  # noqa: ANN401  pydantic checks
    units = (unit("team-noord", VISIT), unit("team-zuid", VISIT), unit("elv", ELV))
    rules = [{"care_type": care, "validity_minutes": 60, "answer_minutes": 30} for care in (VISIT, ELV)]
    story = Story(*units, rules=rules, **{"home_care": AGREED, "care_paths": PATHS, **agreed})
    story.all_say(capacity(each.id, 40, at(0)) for each in units)
    return story


def visits(story: Story, name: str, minutes: float = 5, *, care: CareType = VISIT) -> str:
    """A nurse is asked, says yes and is there; the unit that she is of."""
    offer = story.one(story.says(request(name, (care,), story.now)), PlacementOffered)
    story.says(accepted(name, offer.offer, story.now))
    story.says(admitted(name, offer.unit, story.passes(minutes=int(minutes))))
    return offer.unit


def recorded(decided: list[Any]) -> list[VisitOutcome]:
    return [each.outcome for each in decided if isinstance(each, VisitRecorded)]


def refused(decided: list[Any]) -> list[str]:
    return [each.refusal.value for each in decided if isinstance(each, CommandRefused)]


def shown(story: Story) -> HomeCareVisits:
    story.published()
    found = story.newest[b"rijnmond/requests"].home_care
    assert isinstance(found, HomeCareVisits)
    return found


def test_a_visit_is_recorded_with_its_end_its_care_path_and_how_long_it_took() -> None:
    story = region()
    team = visits(story, "r-1")
    said = visit_ended("r-1", team, ALONE, story.passes(minutes=39), care_path="katheter")
    made = story.one(story.says(said), VisitRecorded)

    assert (made.unit, made.outcome, made.care_path, made.corrects) == (team, ALONE, "katheter", None)
    assert made.lasted_seconds == 39 * 60
    assert story.says(said) == [], "said twice is said once"


@pytest.mark.parametrize(
    ("first", "second", "counts", "corrects"),
    [
        pytest.param((40, ALONE), (45, SENT), [ALONE, SENT], ALONE, id="a later word corrects"),
        pytest.param((45, SENT), (40, ALONE), [SENT], None, id="an earlier one that comes late does not"),
        pytest.param((40, ALONE), (40, ALONE), [ALONE], None, id="the same again"),
    ],
)
def test_of_two_words_on_one_visit_the_later_counts(
    first: tuple[int, VisitOutcome],
    second: tuple[int, VisitOutcome],
    counts: list[VisitOutcome],
    corrects: VisitOutcome | None,
) -> None:
    story = region()
    team = visits(story, "r-1")
    story.jumps(at(60))
    decided = story.all_say(visit_ended("r-1", team, outcome, at(minutes)) for minutes, outcome in (first, second))

    assert recorded(decided) == counts
    assert [each for each in decided if isinstance(each, VisitRecorded)][-1].corrects == corrects
    assert (shown(story).helped, shown(story).independent) == (1, counts[-1] is ALONE)


def test_it_counts_the_same_in_whatever_order_visits_and_words_come() -> None:
    story = region()
    teams = {name: visits(story, name) for name in ("r-1", "r-2")}
    said = [
        visit_ended("r-1", teams["r-1"], ALONE, at(30), care_path="wond"),
        visit_ended("r-1", teams["r-1"], CAME, at(35), care_path="wond"),
        visit_ended("r-2", teams["r-2"], ALONE, at(31)),
    ]
    found = set()
    for order in permutations(said):
        other = region()
        for name in teams:
            visits(other, name)
        other.jumps(at(60))
        other.all_say([*order, *order])
        other.restarts()
        found.add(shown(other).model_dump_json())

    assert len(found) == 1
    assert '"helped":2,"independent":1,"percent":50' in found.pop()


#: What is said of r-1, in the order in which it is heard; what is recorded, and what is refused in the end.
COURSES: Final = [
    (["asked", "yes", "in", "ended"], [ALONE], []),
    (["asked", "yes", "ended", "in"], [ALONE], []),
    (["ended", "asked", "yes", "in"], [ALONE], []),
    (["asked", "ended", "placed by hand", "in"], [ALONE], []),
    (["asked", "yes", "ended"], [], ["not-placed-there"]),
    (["ended"], [], ["unknown-request"]),
    (["asked", "stop", "ended"], [], ["not-placed-there"]),
    (["asked", "yes", "in", "ended elsewhere"], [], ["not-placed-there"]),
]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(("course", "counts", "no"), [pytest.param(*row, id=", ".join(row[0])) for row in COURSES])
def test_an_end_may_come_before_what_it_follows_from_and_counts_only_where_a_nurse_came(
    *, course: list[str], counts: list[VisitOutcome], no: list[str], restart: bool
) -> None:
    story, decided = region(), list[Any]()
    for step in course:
        now = story.passes(minutes=1)
        offers = [each.offer for each in decided if isinstance(each, PlacementOffered)]
        said: dict[str, Frozen] = {
            "asked": request("r-1", (VISIT,), at(0)).model_copy(update={"preferred": ("team-noord",)}),
            "yes": accepted("r-1", offers[0] if offers else "none", now),
            "placed by hand": overridden("r-1", "team-noord", now),
            "in": admitted("r-1", "team-noord", now),
            "ended": visit_ended("r-1", "team-noord", ALONE, at(40)),
            "ended elsewhere": visit_ended("r-1", "team-zuid", ALONE, at(40)),
            "stop": cancelled("r-1", now),
        }
        decided += story.says(said[step])
        if restart:
            story.restarts()
    decided += story.ticks(minutes=11)

    assert (recorded(decided), refused(decided), story.core.state.early) == (counts, no, {})


def test_a_stay_in_a_bed_is_no_visit() -> None:
    story = region()
    bed = visits(story, "r-1", care=ELV)

    assert refused(story.says(visit_ended("r-1", bed, ALONE, story.now))) == ["not-placed-there"]


# --- counted against what was agreed -------------------------------------------------------------------------------


def evening(*ends: tuple[VisitOutcome, str | None]) -> Story:
    story = region()
    for number, (outcome, path) in enumerate(ends):
        team = visits(story, f"r-{number}", 0)
        story.says(visit_ended(f"r-{number}", team, outcome, story.now, care_path=path))
    return story


@pytest.mark.parametrize(
    ("ends", "helped", "independent", "percent"),
    [
        pytest.param([], 0, 0, None, id="nobody yet: no share, and not zero"),
        pytest.param([ALONE], 1, 1, 100, id="one, by herself"),
        pytest.param([ALONE, CALLED], 2, 1, 50, id="a doctor thought along"),
        pytest.param([ALONE, CAME], 2, 1, 50, id="a doctor came"),
        pytest.param([ALONE, SENT], 2, 1, 50, id="sent on"),
        pytest.param([ALONE, NOBODY], 1, 1, 100, id="nobody home counts for neither"),
        pytest.param([ALONE] * 17 + [SENT] * 3, 20, 17, 85, id="seventeen of twenty: as agreed"),
        pytest.param([ALONE] * 16 + [SENT] * 3, 19, 16, 84, id="rounded down: not quite"),
    ],
)
def test_the_share_without_a_doctor(
    ends: list[VisitOutcome], helped: int, independent: int, percent: int | None
) -> None:
    found = shown(evening(*((each, None) for each in ends)))

    assert (found.helped, found.independent, found.percent, found.agreed_percent) == (helped, independent, percent, 85)
    assert found.not_seen == ends.count(NOBODY)


def test_care_paths_are_counted_apart() -> None:
    found = shown(evening((ALONE, "wond"), (SENT, "wond"), (ALONE, "katheter"), (ALONE, None), (NOBODY, "katheter")))

    assert [(each.care_path, each.helped, each.independent) for each in found.care_paths] == [
        (None, 1, 1), ("katheter", 1, 1), ("wond", 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "helped"), [(0, 1), (6, 1), (7, 0)])
def test_only_the_last_days_count(days: int, helped: int) -> None:
    story = evening((ALONE, None))
    story.ticks(hours=24 * days)
    story.says(request("r-later", (VISIT,), story.now))

    assert shown(story).helped == helped
    assert shown(story).since == datetime(2026, 1, 10 + days - 6, tzinfo=shown(story).since.tzinfo)


def test_a_region_that_agreed_on_nothing_has_no_count() -> None:
    story = region(home_care=None)
    team = visits(story, "r-1")
    assert recorded(story.says(visit_ended("r-1", team, ALONE, story.now))) == [ALONE]
    story.published()

    assert story.newest[b"rijnmond/requests"].home_care is None


def test_the_admission_is_where_a_visit_begins_also_by_an_offer_that_nobody_answered() -> None:
    story = region()
    offer = story.one(story.says(request("r-1", (VISIT,), at(0))), PlacementOffered)
    story.one(story.says(admitted("r-1", offer.unit, story.passes(minutes=3))), PlacementAdmitted)
    made = story.one(story.says(visit_ended("r-1", offer.unit, ALONE, story.passes(minutes=20))), VisitRecorded)

    assert made.lasted_seconds == 20 * 60
