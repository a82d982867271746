"""What is free, how old that is, what is promised: and the same in the end, in whatever order the facts come."""

import itertools
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.testing.builders import (
    EVENING,
    SITE,
    accepted,
    admitted,
    agreements,
    cancelled,
    capacity,
    declined,
    lifted,
    opened,
    overridden,
    request,
    site,
    stop,
    unit,
    unit_closed,
    warning,
)
from spoedplein_schemas import seh
from spoedplein_schemas.capacity import CapacityReported, ReportAnswered
from spoedplein_schemas.decisions import (
    FigureConflict,
    FigureStale,
    OfferEnd,
    OfferEnded,
    PlacementExhausted,
    PlacementOffered,
    UnitStatusChanged,
)
from spoedplein_schemas.hap import ServiceLevel, ServiceStatusReported
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Frozen, UnitStatus
from tests.domain.story import Story

ELV, RESPIJT = CareType.ELV_HOOG, CareType.RESPIJT
MINUTE: Final = timedelta(minutes=1)
VALIDITY: Final = timedelta(hours=8)
OPEN, WARNING, STOP, CLOSED = UnitStatus.OPEN, UnitStatus.WARNING, UnitStatus.STOP, UnitStatus.CLOSED


def at(minutes: float) -> Any:  # noqa: ANN401  a moment of the evening
    return EVENING + minutes * MINUTE


def figures(view: UnitAvailability) -> tuple[int | None, int | None, int, int, bool]:
    """Reported, free, held, promised, conflict."""
    return view.reported_free, view.free, view.held, view.promised, view.conflict


def final(view: UnitAvailability) -> dict[str, Any]:
    return view.model_dump(exclude={"as_of", "version"})


def promised_story(free: int = 2) -> Story:
    """One place of `elv` is promised to r-1, five minutes into the evening."""
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", free, at(0)))
    story.jumps(at(3))
    offer = story.one(story.says(request("r-1", (ELV,), at(3))), PlacementOffered).offer
    story.jumps(at(5))
    story.says(accepted("r-1", offer, at(5)))
    return story


# --- effective free -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "reported", "free", "held", "promised"),
    [
        pytest.param((), 2, 2, 0, 0, id="reported, nobody asked"),
        pytest.param(("held",), 2, 1, 1, 0, id="held"),
        pytest.param(("held", "declined"), 2, 2, 0, 0, id="declined"),
        pytest.param(("held", "expired"), 2, 2, 0, 0, id="no answer"),
        pytest.param(("held", "cancelled"), 2, 2, 0, 0, id="cancelled while held"),
        pytest.param(("held", "promised"), 2, 1, 0, 1, id="promised"),
        pytest.param(("held", "promised", "report"), 2, 1, 0, 1, id="a report does not know him yet"),
        pytest.param(("held", "promised", "names him"), 2, 2, 0, 0, id="a report names him"),
        pytest.param(("held", "promised", "cancelled"), 2, 2, 0, 0, id="cancelled when promised"),
        pytest.param(("held", "promised", "admitted"), 2, 1, 0, 0, id="admitted, not counted yet"),
        pytest.param(("held", "promised", "admitted", "report"), 2, 2, 0, 0, id="counted after his admission"),
        pytest.param(("held", "promised", "report", "admitted"), 2, 1, 0, 0, id="counted before his admission"),
        pytest.param(("held", "promised", "admitted", "old report"), 2, 1, 0, 0, id="an older report trails in"),
        pytest.param(("held", "promised", "names him", "report"), 2, 1, 0, 1, id="named, then not: he is not in yet"),
    ],
)
def test_effective_free_is_reported_free_less_what_the_report_does_not_include(
    *, steps: tuple[str, ...], reported: int, free: int, held: int, promised: int
) -> None:
    story, offer = Story(unit("elv", ELV)), ""
    story.says(capacity("elv", 2, at(0)))
    for number, step in enumerate(steps, start=1):
        story.jumps(at(10 * number))
        said: dict[str, Frozen] = {
            "held": request("r-1", (ELV,), story.now),
            "declined": declined("r-1", offer or "none", story.now),
            "promised": accepted("r-1", offer or "none", story.now),
            "cancelled": cancelled("r-1", story.now),
            "admitted": admitted("r-1", "elv", story.now),
            "report": capacity("elv", 2, story.now),
            "names him": capacity("elv", 2, story.now, includes=["r-1"]),
            "old report": capacity("elv", 5, at(-1)),
        }
        if step == "expired":
            story.ticks(minutes=31)
            continue
        offered = [data for data in story.says(said[step]) if isinstance(data, PlacementOffered)]
        offer = offered[0].offer if offered else offer

    assert figures(story.unit("elv")) == (reported, free, held, promised, False)


@pytest.mark.parametrize(
    ("reported_at", "admitted_at", "free"),
    [
        pytest.param(20, 20, 2, id="counted at the moment of his admission: includes him"),
        pytest.param(19, 20, 1, id="counted a minute before: does not"),
        pytest.param(21, 20, 2, id="counted a minute after: includes him"),
    ],
)
@pytest.mark.parametrize("report_first", [True, False], ids=["report heard first", "admission heard first"])
def test_the_report_includes_who_was_in_when_it_was_counted_not_when_it_was_heard(
    reported_at: int, admitted_at: int, free: int, report_first: bool
) -> None:
    story = promised_story()
    story.jumps(at(30))
    said = [capacity("elv", 2, at(reported_at)), admitted("r-1", "elv", at(admitted_at))]
    story.all_say(said if report_first else said[::-1])

    assert story.unit("elv").free == free


FACTS: Final = (
    pytest.param(
        (capacity("elv", 2, at(10)), capacity("elv", 3, at(20)), admitted("r-1", "elv", at(15))), id="between"
    ),
    pytest.param((capacity("elv", 2, at(10)), capacity("elv", 3, at(20)), admitted("r-1", "elv", at(25))), id="after"),
    pytest.param(
        (capacity("elv", 2, at(10), includes=["r-1"]), capacity("elv", 3, at(20)), admitted("r-1", "elv", at(25))),
        id="named by the older report only, admitted after both",
    ),
    pytest.param(
        (capacity("elv", 2, at(10), includes=["r-1"]), capacity("elv", 3, at(20)), admitted("r-1", "elv", at(15))),
        id="named by the older report, admitted between",
    ),
    pytest.param(
        (capacity("elv", 3, at(20)), capacity("elv", 2, at(20)), capacity("elv", 2, at(20), staffed=12)),
        id="three counts of the same moment: the careful one",
    ),
    pytest.param(
        (stop("elv", at(10)), lifted("elv", at(20)), warning("elv", at(15)), unit_closed("elv", at(5))), id="statuses"
    ),
    pytest.param((stop("elv", at(10)), lifted("elv", at(10)), warning("elv", at(10))), id="statuses of one moment"),
    pytest.param(
        (ReportAnswered(ask="vraag", unit="elv", observed_at=at(20)), capacity("elv", 1, at(15)), stop("elv", at(18))),
        id="a confirmation, a figure and a stop",
    ),
)


@pytest.mark.parametrize("facts", FACTS)
def test_every_order_of_the_facts_ends_in_the_same_view(facts: tuple[Frozen, ...]) -> None:
    """Duplicates among them: each fact is said twice in some of the orders."""
    seen = []
    for order in itertools.permutations([*facts, facts[0]]):
        story = promised_story()
        story.jumps(at(30))
        story.all_say(order)
        seen.append(final(story.unit("elv")))

    assert all(view == seen[0] for view in seen)


# --- which report counts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "reported"),
    [
        pytest.param(capacity("elv", 5, at(-1)), 2, id="an older report is passed over"),
        pytest.param(capacity("elv", 2, at(0)), 2, id="the same report twice"),
        pytest.param(capacity("elv", 1, at(0)), 1, id="of the same moment, fewer free"),
        pytest.param(capacity("elv", 3, at(0)), 2, id="of the same moment, more free"),
        pytest.param(capacity("elv", 5, at(1)), 5, id="a newer report"),
    ],
)
def test_the_newest_report_counts_and_of_one_moment_the_careful_one(second: CapacityReported, reported: int) -> None:
    story = Story(unit("elv", ELV), start=at(1))
    story.all_say([capacity("elv", 2, at(0)), second])

    assert story.unit("elv").reported_free == reported


def test_a_unit_that_nobody_knows_changes_no_view_and_is_heard_once_it_is_agreed() -> None:
    story = Story(unit("elv", ELV))
    story.published()

    assert story.says(capacity("wie", 3, story.now)) == []
    assert story.published() == set()


@pytest.mark.parametrize(
    ("includes", "counts"),
    [
        pytest.param([("r-1",), ()], (), id="of the same moment, who counts fewer of ours in"),
        pytest.param([("r-1", "r-2"), ("r-3",)], ("r-3",), id="also when those are others"),
        pytest.param([("r-1",), ("r-2",)], ("r-2",), id="as many: one of them, always the same"),
    ],
)
def test_of_two_equal_counts_of_one_moment_the_careful_one_counts_in_any_order(
    includes: list[tuple[str, ...]], counts: tuple[str, ...]
) -> None:
    for order in itertools.permutations(includes):
        story = Story(unit("elv", ELV), start=at(1))
        story.all_say(capacity("elv", 2, at(0), includes=names) for names in order)
        figure = story.core.state.units["elv"].figure

        assert figure is not None
        assert figure.includes == counts


# --- age ----------------------------------------------------------------------------------------------------------


def test_a_figure_that_grows_old_is_told_once_and_is_unknown_from_then_on() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(0)))
    story.jumps(EVENING + VALIDITY)
    assert story.ticks() == []
    assert story.unit("elv").free == 2
    story.jumps(EVENING + VALIDITY + timedelta(milliseconds=1))

    told = story.one(story.ticks(), FigureStale)
    assert (told.unit, told.observed_at, told.validity_minutes) == ("elv", EVENING, 480)
    assert figures(story.unit("elv")) == (2, None, 0, 0, False)
    assert story.ticks(hours=10) == []
    assert "/elv" in story.published()


def test_a_figure_that_was_old_when_it_came_is_told_at_once() -> None:
    story = Story(unit("elv", ELV))

    assert isinstance(story.one(story.says(capacity("elv", 2, EVENING - VALIDITY - MINUTE)), FigureStale), FigureStale)


def test_a_new_figure_ends_the_silence_and_may_grow_old_again() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(0)))
    story.ticks(hours=9)
    story.says(capacity("elv", 1, story.now))

    assert story.unit("elv").free == 1
    assert isinstance(story.one(story.ticks(hours=9), FigureStale), FigureStale)


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_figure_that_counts_again_by_new_agreements_may_grow_old_again(restart: bool) -> None:
    story = Story(unit("elv", ELV, validity_minutes=60))
    story.says(capacity("elv", 2, at(0)))
    story.one(story.ticks(minutes=61), FigureStale)
    story.adopts(agreements(unit("elv", ELV, validity_minutes=120), version="2026.2"))
    if restart:
        story.restarts()
    assert story.unit("elv").free == 2
    assert story.ticks(minutes=59) == []

    assert story.one(story.ticks(minutes=1), FigureStale).validity_minutes == 120
    assert story.adopts(agreements(unit("elv", ELV, validity_minutes=60), version="2026.3"))[1:] == [], "told before"


def test_the_answer_that_nothing_changed_renews_the_age_and_not_the_count() -> None:
    """Who came in since the count is not in it: only a new count can include him."""
    story = promised_story()
    story.says(admitted("r-1", "elv", at(15)))
    story.jumps(at(60))
    story.says(ReportAnswered(ask="vraag-1", unit="elv", observed_at=at(60)))
    view = story.unit("elv")

    assert (view.observed_at, view.valid_until, view.free) == (at(60), at(60) + VALIDITY, 1)


def test_an_older_answer_does_not_make_the_figure_older() -> None:
    story = Story(unit("elv", ELV), start=at(60))
    story.all_say([capacity("elv", 2, at(50)), ReportAnswered(ask="vraag-1", unit="elv", observed_at=at(40))])

    assert story.unit("elv").observed_at == at(50)


def test_a_source_whose_clock_is_ahead_is_believed_up_to_when_it_was_heard() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(20)))

    assert story.unit("elv").valid_until == EVENING + VALIDITY


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([capacity("elv", 2, at(20))], id="a report"),
        pytest.param(
            [capacity("elv", 2, at(0)), ReportAnswered(ask="vraag-1", unit="elv", observed_at=at(20))], id="an answer"
        ),
    ],
)
def test_repeating_what_a_clock_ahead_said_does_not_make_it_younger(said: list[Frozen]) -> None:
    story = Story(unit("elv", ELV))
    story.all_say(said)
    before = story.unit("elv").observed_at
    story.jumps(at(10))
    story.all_say(said)

    assert story.unit("elv").observed_at == before


def test_after_a_clock_ahead_was_mended_the_unit_reports_again_once_real_time_has_caught_up() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(20)))
    story.jumps(at(15))
    story.says(capacity("elv", 1, at(15)))
    assert story.unit("elv").reported_free == 2
    story.jumps(at(25))
    story.says(capacity("elv", 1, at(25)))

    assert story.unit("elv").reported_free == 1


# --- conflict -----------------------------------------------------------------------------------------------------


def with_holds(free: int) -> Story:
    """r-1, r-2 and r-3 each hold a place, in this order; another unit has room for whoever must give way."""
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", free, at(0)))
    for number in (1, 2, 3):
        story.passes(minutes=1)
        story.says(request(f"r-{number}", (ELV,), story.now))
    return story


@pytest.mark.parametrize(
    ("free", "withdrawn"),
    [
        pytest.param(4, [], id="more than enough"),
        pytest.param(3, [], id="just enough"),
        pytest.param(2, ["r-3"], id="one too few: of equals the newest gives way"),
        pytest.param(1, ["r-3", "r-2"], id="two too few: the newest first"),
        pytest.param(0, ["r-3", "r-2", "r-1"], id="none left"),
    ],
)
def test_a_report_that_leaves_too_few_places_withdraws_the_newest_holds(free: int, withdrawn: list[str]) -> None:
    story = with_holds(3)
    decided = story.says(capacity("elv", free, story.passes(minutes=1)))
    ended = [data for data in decided if isinstance(data, OfferEnded)]

    assert [(data.request, data.end) for data in ended] == [(r, OfferEnd.WITHDRAWN_CONFLICT) for r in withdrawn]
    assert [data.request for data in decided if isinstance(data, PlacementExhausted)] == withdrawn[::-1]
    assert figures(story.unit("elv")) == (free, max(0, free - 3), 3 - len(withdrawn), 0, False)


def test_of_holds_the_least_urgent_gives_way_whoever_was_asked_first() -> None:
    """Two places too few, and one elsewhere: U5 and U3 give way, and what is left goes to U3."""
    story = Story(unit("elv", ELV), unit("daar", ELV))
    story.says(capacity("elv", 3, at(0)))
    for name, code in (("r-5", "U5"), ("r-3", "U3"), ("r-1", "U1")):
        story.says(request(name, (ELV,), story.passes(minutes=1), code=code))
    story.says(capacity("daar", 1, at(4)))
    decided = story.says(capacity("elv", 1, at(5)))

    assert [data.request for data in decided if isinstance(data, OfferEnded)] == ["r-5", "r-3"]
    assert [(data.request, data.unit) for data in decided if isinstance(data, PlacementOffered)] == [("r-3", "daar")]
    assert list(story.core.state.requests["r-1"].offers) == ["elv"]


def test_an_override_takes_the_hold_of_the_least_urgent() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(0)))
    for name, code in (("r-5", "U5"), ("r-1", "U1"), ("r-4", "U4")):
        story.says(request(name, (ELV,), story.passes(minutes=1), code=code))
    decided = story.says(overridden("r-4", "elv", at(4)))

    assert [data.request for data in decided if isinstance(data, OfferEnded)] == ["r-5"]


def test_promises_are_kept_and_the_conflict_is_shown_once_and_never_negative() -> None:
    story = promised_story(free=1)
    told = story.says(capacity("elv", 0, at(10)))

    assert (told[0].free, told[0].promised) == (0, 1)
    assert isinstance(story.one(told, FigureConflict), FigureConflict)
    assert figures(story.unit("elv")) == (0, 0, 0, 1, True)
    assert story.says(capacity("elv", 0, story.passes(minutes=6))) == []


@pytest.mark.parametrize(
    "mends",
    [
        pytest.param(capacity("elv", 1, at(20)), id="a report with room"),
        pytest.param(capacity("elv", 0, at(20), includes=["r-1"]), id="a report that names him"),
        pytest.param(cancelled("r-1", at(20)), id="he is no longer coming"),
        pytest.param(admitted("r-1", "elv", at(9)), id="he was in when it was counted"),
    ],
)
def test_a_conflict_that_is_over_is_no_longer_shown_and_a_new_one_is_told_again(mends: Frozen) -> None:
    story = promised_story(free=1)
    story.jumps(at(10))
    story.says(capacity("elv", 0, at(10)))
    story.jumps(at(20))
    story.says(mends)
    assert story.unit("elv").conflict is False

    story.says(request("r-2", (RESPIJT,), at(21)))
    story.all_say([capacity("elv", 0, at(22)), overridden("r-2", "elv", at(23))])
    assert story.unit("elv").conflict is True


# --- status -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "status", "until"),
    [
        pytest.param([], OPEN, None, id="nothing said"),
        pytest.param([warning("elv", at(0))], WARNING, None, id="a warning has no agreed length"),
        pytest.param([stop("elv", at(0))], STOP, at(240), id="a stop without end gets the agreed length"),
        pytest.param([stop("elv", at(0), until=at(90))], STOP, at(90), id="a stop with an end"),
        pytest.param([unit_closed("elv", at(0))], CLOSED, None, id="closed until it opens"),
        pytest.param([unit_closed("elv", at(0), until=at(600))], CLOSED, at(600), id="closed until a moment"),
        pytest.param([stop("elv", at(0)), lifted("elv", at(1))], OPEN, None, id="lifted"),
        pytest.param([lifted("elv", at(1)), stop("elv", at(0))], OPEN, None, id="lifted, the stop heard late"),
        pytest.param([unit_closed("elv", at(0)), opened("elv", at(1))], OPEN, None, id="opened"),
        pytest.param([stop("elv", at(1)), opened("elv", at(1))], STOP, at(241), id="one moment: a stop over open"),
        pytest.param([opened("elv", at(1)), stop("elv", at(1))], STOP, at(241), id="the same, other order"),
        pytest.param([warning("elv", at(1)), unit_closed("elv", at(1))], CLOSED, None, id="one moment: closed wins"),
        pytest.param([stop("elv", at(0)), warning("elv", at(1))], WARNING, None, id="a stop turned into a warning"),
        pytest.param([stop("elv", at(0), until=at(60)), stop("elv", at(1))], STOP, at(241), id="a stop renewed"),
    ],
)
def test_the_newest_status_counts_and_of_one_moment_the_careful_one(
    said: list[Frozen], status: UnitStatus, until: object
) -> None:
    story = Story(unit("elv", ELV), start=at(2))
    story.all_say(said)
    view = story.unit("elv")

    assert (view.status, view.until) == (status, until)


@pytest.mark.parametrize(
    ("said", "status", "until"),
    [
        pytest.param([stop("elv", at(0), until=at(60)), stop("elv", at(0), until=at(180))], STOP, at(180), id="stops"),
        pytest.param([stop("elv", at(0), until=at(60)), stop("elv", at(0))], STOP, at(240), id="one as long as agreed"),
        pytest.param([unit_closed("elv", at(0), until=at(60)), unit_closed("elv", at(0))], CLOSED, None, id="endless"),
        pytest.param([stop("elv", at(0), until=at(1)), stop("elv", at(0), until=at(60))], STOP, at(60), id="over"),
    ],
)
def test_of_the_same_status_of_one_moment_the_one_that_lasts_longest_counts_in_any_order(
    said: list[Frozen], status: UnitStatus, until: object
) -> None:
    for order in itertools.permutations([*said, said[0]]):
        story = Story(unit("elv", ELV), start=at(2))
        story.all_say(order)
        view = story.unit("elv")

        assert (view.status, view.until) == (status, until)


def test_a_stop_that_reaches_its_end_lapses_and_says_so() -> None:
    story = Story(unit("elv", ELV))
    begun = story.one(story.says(stop("elv", at(0), until=at(90))), UnitStatusChanged)
    story.jumps(at(89))
    assert story.ticks() == []
    story.jumps(at(90))
    over = story.one(story.ticks(), UnitStatusChanged)

    assert (begun.previous, begun.status, begun.until, begun.lapsed) == (OPEN, STOP, at(90), False)
    assert (over.previous, over.status, over.until, over.lapsed) == (STOP, OPEN, None, True)
    assert story.says(stop("elv", at(0), until=at(90))) == [], "the same stop heard again begins nothing"


def test_a_stop_lasts_as_long_as_agreed_for_its_care_type() -> None:
    rule = {"care_type": "elv-hoog", "validity_minutes": 480, "answer_minutes": 30, "stop_minutes": 45}
    story = Story(unit("elv", ELV), rules=[rule])
    story.says(stop("elv", at(0)))

    assert story.unit("elv").until == at(45)


def test_the_same_status_said_again_is_told_once() -> None:
    story = Story(unit("elv", ELV))
    story.says(stop("elv", at(0)))

    assert story.says(stop("elv", story.passes(minutes=1))) == []


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_stop_withdraws_holds_and_its_lapse_offers_again(restart: bool) -> None:
    story = Story(unit("elv", ELV), placement={"review_minutes": 600})
    story.says(capacity("elv", 1, at(0)))
    story.says(request("r-1", (ELV,), at(0)))
    ended = story.one(story.says(stop("elv", at(1), until=at(20))), OfferEnded)
    if restart:
        story.restarts()
    story.jumps(at(20))

    assert ended.end is OfferEnd.WITHDRAWN_STOP
    assert story.one(story.ticks(), PlacementOffered).request == "r-1"


def test_a_stop_leaves_the_hold_of_a_life_threatening_request_in_place() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 2, at(0)))
    story.all_say([request("r-rood", (ELV,), at(0), code="U1"), request("r-groen", (ELV,), at(0), code="U3")])
    ended = story.one(story.says(stop("elv", at(1))), OfferEnded)

    assert (ended.request, ended.end) == ("r-groen", OfferEnd.WITHDRAWN_STOP)
    assert (story.state("r-rood"), story.unit("elv").held) == ("offered", 1)


def test_a_stop_heard_after_its_end_is_over_at_once_and_takes_nothing_away() -> None:
    """A line that was down tells at noon of a stop of the morning: the hold of now stands."""
    story = Story(unit("elv", ELV), start=at(60))
    story.says(capacity("elv", 1, at(60)))
    story.says(request("r-1", (ELV,), at(60)))
    decided = story.says(stop("elv", at(0), until=at(30)))

    assert decided == []
    assert story.unit("elv").status is OPEN
    assert story.state("r-1") == "offered"


# --- HAP and SEH --------------------------------------------------------------------------------------------------

SEH_UNIT = unit("seh", CareType.SEH, site=SITE)
HAP_UNIT = unit("post", CareType.HAP, site=SITE)


def seh_status(status: UnitStatus, minutes: float, *, until: Any = None) -> seh.StatusReported:  # noqa: ANN401
    return seh.StatusReported(site=SITE, status=status, observed_at=at(minutes), expected_end=until)


def hap_status(level: ServiceLevel, minutes: float) -> ServiceStatusReported:
    return ServiceStatusReported(site=SITE, level=level, observed_at=at(minutes))


@pytest.mark.parametrize(
    ("place", "said", "status"),
    [
        pytest.param("seh", seh_status(OPEN, 0), OPEN, id="SEH open"),
        pytest.param("seh", seh_status(WARNING, 0), WARNING, id="SEH warns"),
        pytest.param("seh", seh_status(STOP, 0), STOP, id="SEH on stop"),
        pytest.param("post", hap_status(ServiceLevel.OPEN, 0), OPEN, id="HAP open"),
        pytest.param("post", hap_status(ServiceLevel.BUSY, 0), WARNING, id="HAP busy"),
        pytest.param("post", hap_status(ServiceLevel.CLOSED, 0), CLOSED, id="HAP closed"),
    ],
)
def test_a_hap_and_a_seh_say_whether_they_can_and_their_status_is_their_figure(
    place: str, said: Frozen, status: UnitStatus
) -> None:
    story = Story(SEH_UNIT, HAP_UNIT, sites=[site()])
    story.says(said)
    view = story.unit(place)

    assert (view.status, view.free, view.observed_at, view.valid_until) == (status, None, at(0), at(15))
    assert story.one(story.ticks(minutes=16), FigureStale).unit == place


def test_the_status_of_an_seh_renews_its_age_although_nothing_changed() -> None:
    story = Story(SEH_UNIT, sites=[site()])
    for minute in (0, 10, 20, 30):
        story.jumps(at(minute))
        assert story.says(seh_status(OPEN, minute)) == []

    assert story.unit("seh").valid_until == at(45)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(seh_status(STOP, 1, until=at(30)), id="said by the SEH"),
        pytest.param(stop("seh", at(1), until=at(30)), id="said of its unit"),
    ],
)
def test_the_board_of_a_site_shows_the_stop_of_its_seh_and_its_end(said: Frozen) -> None:
    story = Story(SEH_UNIT, sites=[site()], start=at(1))
    assert story.board(SITE).status is OPEN
    story.says(said)
    assert story.board(SITE).status is STOP
    story.jumps(at(30))
    story.ticks()
    assert story.board(SITE).status is OPEN


# --- sums ---------------------------------------------------------------------------------------------------------


def test_the_sum_of_a_care_type_counts_only_what_is_known_and_taking() -> None:
    names = ("vers", "oud", "zwijgt", "stop", "dicht", "druk")
    story = Story(*(unit(name, ELV) for name in names), unit("logeerhuis", RESPIJT))
    story.jumps(at(500))
    for name, free, minutes in (("vers", 2, 499), ("oud", 9, 0), ("stop", 4, 490), ("dicht", 4, 480), ("druk", 1, 495)):
        story.says(capacity(name, free, at(minutes)))
    story.all_say([stop("stop", at(500)), unit_closed("dicht", at(500)), warning("druk", at(500))])
    story.published()
    view = story.newest[b"rijnmond//elv-hoog"]

    assert isinstance(view, CareTypeAvailability)
    assert (view.units, view.units_known, view.free) == (6, 4, 3)
    assert (view.units_warning, view.units_stop, view.units_closed) == (1, 1, 1)
    assert view.oldest_observed_at == at(480)


def test_only_units_that_changed_are_published_with_the_sum_of_their_care_type() -> None:
    story = Story(unit("elv-1", ELV), unit("elv-2", ELV), unit("logeerhuis", RESPIJT))
    story.published()
    story.says(capacity("elv-1", 1, story.now))

    assert story.published() == {"/elv-1", "//elv-hoog"}
