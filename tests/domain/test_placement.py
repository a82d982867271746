"""A request for a place, from asked to admitted: one row per thing that can be said in each state, and what follows."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.placement.book import KEEP_MS
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    accepted,
    admitted,
    cancelled,
    capacity,
    declined,
    handed_over,
    labelled,
    late_rejected,
    overridden,
    profile,
    request,
    stop,
    unit,
)
from spoedplein_schemas.capacity import ReportAnswered
from spoedplein_schemas.decisions import (
    AdmissionOverdue,
    CommandRefused,
    ExclusionCode,
    OfferEnd,
    OfferEnded,
    OverrideRecorded,
    OwnershipChanged,
    PlacementAccepted,
    PlacementAdmitted,
    PlacementCancelled,
    PlacementExhausted,
    PlacementOffered,
    PlacementReopened,
    Refusal,
)
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.domain.story import Story

ELV, RESPIJT, NO_LABEL = CareType.ELV_HOOG, CareType.RESPIJT, CareType.ONGELABELD
MINUTE: Final = timedelta(minutes=1)
HERE, THERE, FULL = unit("hier", ELV), unit("daar", ELV), unit("vol", ELV)


def at(minutes: float) -> datetime:
    return EVENING + minutes * MINUTE


def kinds(decided: list[Any]) -> str:
    """The story in the words of the decisions: refusals and ends with their reason."""
    words = []
    for data in decided:
        match data:
            case CommandRefused():
                words.append(f"refused: {data.refusal.value}")
            case OfferEnded():
                words.append(f"ended: {data.end.value}")
            case _:
                words.append(type(data).__name__.removeprefix("Placement").lower())
    return ", ".join(words)


class Asked(Story):
    """r-1 asks a place of `hier` (1 free), then of `daar` (1 free); `vol` is full."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        self.offers: list[str] = []
        super().__init__(HERE, THERE, FULL, **more)
        self.all_say([capacity("hier", 1, at(0)), capacity("daar", 1, at(0)), capacity("vol", 0, at(0))])

    def says(self, data: Frozen) -> list[Any]:
        decided = super().says(data)
        self.offers += [made.offer for made in decided if isinstance(made, PlacementOffered)]
        return decided

    def reaches(self, state: str) -> None:
        """Moments: asked at 1, answered at 5, cancelled at 6, admitted at 60."""
        steps = {
            "unknown": "",
            "offered": "ask",
            "waiting": "ask no no",
            "accepted": "ask yes",
            "admitted": "ask yes in",
            "cancelled": "ask stop",
            "lapsed": "ask silence",
        }
        for step in steps[state].split():
            self.step(step)

    def step(self, name: str) -> None:
        offer = self.offers[-1] if self.offers else "none"
        steps: dict[str, tuple[int, Frozen]] = {
            "ask": (1, request("r-1", profile(ELV), at(1)).model_copy(update={"preferred": ("hier",)})),
            "yes": (5, accepted("r-1", offer, at(5))),
            "no": (5, declined("r-1", offer, at(5))),
            "in": (60, admitted("r-1", "hier", at(60))),
            "stop": (6, cancelled("r-1", at(6))),
        }
        if name == "silence":
            self.jumps(at(32))
            self.offers += [made.offer for made in self.ticks() if isinstance(made, PlacementOffered)]
            return
        minutes, data = steps[name]
        self.jumps(max(self.now, at(minutes)))
        self.says(data)

    def hears(self, command: str) -> str:
        first, last = (self.offers[0], self.offers[-1]) if self.offers else ("none", "none")
        now = self.passes(minutes=1)
        commands: dict[str, Frozen] = {
            "asked again": request("r-1", profile(ELV), at(1)),
            "yes": accepted("r-1", last, now),
            "yes to the first": accepted("r-1", first, now),
            "no": declined("r-1", last, now),
            "no to the first": declined("r-1", first, now),
            "yes to another": accepted("r-1", "rijnmond.999.0", now),
            "admitted": admitted("r-1", "hier", now),
            "admitted elsewhere": admitted("r-1", "daar", now),
            "taken back": late_rejected("r-1", "hier", now),
            "taken back elsewhere": late_rejected("r-1", "daar", now),
            "cancelled": cancelled("r-1", now),
            "overridden": overridden("r-1", "vol", now),
            "overridden to where he is": overridden("r-1", "hier", now),
            "overridden to nowhere": overridden("r-1", "elders", now),
            "handed over": handed_over("r-1", "zcc-noord", now),
            "handed over by another": handed_over("r-1", "zcc-noord", now, from_owner="zcc-zuid"),
            "labelled": labelled("r-1", "hier", ELV, now),
        }
        return kinds(self.says(commands[command]))


#: One row per state and command: what is decided, and on the second hearing of the same message.
TABLE: Final = [
    # state        command                       what follows                                          state after
    ("unknown", "yes", "refused: unknown-request", None),
    ("unknown", "no", "refused: unknown-request", None),
    ("unknown", "admitted", "", None),
    ("unknown", "taken back", "", None),
    ("unknown", "overridden", "", None),
    ("unknown", "handed over", "", None),
    ("unknown", "labelled", "", None),
    ("unknown", "cancelled", "", None),
    ("offered", "asked again", "", "offered"),
    ("offered", "yes", "accepted", "accepted"),
    ("offered", "no", "ended: declined, offered", "offered"),
    ("offered", "yes to another", "refused: unknown-offer", "offered"),
    ("offered", "admitted", "admitted", "admitted"),
    ("offered", "admitted elsewhere", "", "offered"),
    ("offered", "taken back", "refused: not-placed-there", "offered"),
    ("offered", "cancelled", "ended: withdrawn-cancelled, cancelled", "cancelled"),
    ("offered", "overridden", "ended: withdrawn-overridden, overriderecorded, accepted, figureconflict", "accepted"),
    ("offered", "overridden to nowhere", "refused: unknown-unit", "offered"),
    ("offered", "handed over", "ownershipchanged", "offered"),
    ("offered", "handed over by another", "refused: not-the-owner", "offered"),
    ("offered", "labelled", "refused: not-placed-there", "offered"),
    ("waiting", "asked again", "", "waiting"),
    ("waiting", "yes to the first", "refused: offer-lapsed", "waiting"),
    ("waiting", "no to the first", "", "waiting"),
    ("waiting", "admitted", "", "waiting"),
    ("waiting", "cancelled", "cancelled", "cancelled"),
    ("waiting", "overridden", "overriderecorded, accepted, figureconflict", "accepted"),
    ("waiting", "handed over", "ownershipchanged", "waiting"),
    ("lapsed", "yes to the first", "refused: offer-lapsed", "offered"),
    ("lapsed", "no to the first", "refused: offer-lapsed", "offered"),
    ("lapsed", "yes", "accepted", "accepted"),
    ("accepted", "asked again", "", "accepted"),
    ("accepted", "yes", "", "accepted"),
    ("accepted", "no", "refused: offer-lapsed", "accepted"),
    ("accepted", "admitted", "admitted", "admitted"),
    ("accepted", "admitted elsewhere", "", "accepted"),
    ("accepted", "taken back", "reopened, offered", "offered"),
    ("accepted", "taken back elsewhere", "refused: not-placed-there", "accepted"),
    ("accepted", "cancelled", "promisereleased, cancelled", "cancelled"),
    ("accepted", "overridden", "promisereleased, overriderecorded, accepted, figureconflict", "accepted"),
    ("accepted", "overridden to where he is", "", "accepted"),
    ("accepted", "handed over", "ownershipchanged", "accepted"),
    ("accepted", "labelled", "labelrecorded", "accepted"),
    ("admitted", "asked again", "", "admitted"),
    ("admitted", "yes", "", "admitted"),
    ("admitted", "admitted", "", "admitted"),
    ("admitted", "admitted elsewhere", "refused: request-closed", "admitted"),
    ("admitted", "taken back", "refused: not-placed-there", "admitted"),
    ("admitted", "cancelled", "refused: request-closed", "admitted"),
    ("admitted", "overridden", "refused: request-closed", "admitted"),
    ("admitted", "overridden to where he is", "", "admitted"),
    ("admitted", "handed over", "refused: request-closed", "admitted"),
    ("admitted", "labelled", "labelrecorded", "admitted"),
    ("cancelled", "asked again", "", "cancelled"),
    ("cancelled", "yes", "refused: offer-lapsed", "cancelled"),
    ("cancelled", "no", "refused: offer-lapsed", "cancelled"),
    ("cancelled", "admitted", "refused: request-closed", "cancelled"),
    ("cancelled", "taken back", "refused: not-placed-there", "cancelled"),
    ("cancelled", "cancelled", "", "cancelled"),
    ("cancelled", "overridden", "refused: request-closed", "cancelled"),
    ("cancelled", "handed over", "refused: request-closed", "cancelled"),
]


@pytest.mark.parametrize("restart", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize(
    ("state", "command", "follows", "after"),
    [pytest.param(*row, id=f"{row[0]}, then {row[1]}") for row in TABLE],
)
def test_what_is_said_in_a_state_leads_to(
    *, state: str, command: str, follows: str, after: str | None, restart: bool
) -> None:
    story = Asked()
    story.reaches(state)
    if restart:
        story.restarts()

    assert story.hears(command) == follows
    assert after is None or story.state("r-1") == after


@pytest.mark.parametrize(
    ("state", "command"),
    [
        pytest.param(state, command, id=f"{state}, {command}")
        for state, command, follows, _ in TABLE
        if "refused" not in follows
    ],
)
def test_a_command_heard_twice_changes_nothing_the_second_time(state: str, command: str) -> None:
    story = Asked()
    story.reaches(state)
    story.hears(command)
    (said, before) = (story.script.records[-1].event, story.core.state.requests.get("r-1"))
    remembered = repr(before)
    story.passes(minutes=1)

    assert [made.data for made in story.core.step(story.script.repeats(said))] == []
    assert repr(story.core.state.requests.get("r-1")) == remembered


# --- duplicates that come when much has happened since --------------------------------------------------------------


def test_a_hand_over_heard_again_after_regie_came_back_does_not_move_it_once_more() -> None:
    story = Asked()
    story.reaches("offered")
    there, back = handed_over("r-1", "zcc-noord", at(2)), handed_over("r-1", OWNER, at(3), from_owner="zcc-noord")
    story.all_say([there, back])

    assert story.says(there) == []
    assert story.core.state.requests["r-1"].owner == OWNER


def test_an_override_heard_again_after_a_later_one_does_not_move_the_patient_back() -> None:
    story = Asked()
    story.reaches("offered")
    first, second = overridden("r-1", "daar", at(2)), overridden("r-1", "vol", at(3))
    story.all_say([first, second])

    assert story.says(first) == []
    assert story.core.state.requests["r-1"].unit == "vol"


def test_an_override_heard_again_after_the_place_was_taken_back_is_not_repeated() -> None:
    story = Asked()
    story.reaches("offered")
    override = overridden("r-1", "vol", at(2))
    story.all_say([override, late_rejected("r-1", "vol", at(3))])
    state = story.state("r-1")

    assert story.says(override) == []
    assert (story.state("r-1"), state) == ("offered", "offered")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(late_rejected("r-1", "hier", at(8)), id="taken back since"),
        pytest.param(overridden("r-1", "vol", at(8)), id="overridden since"),
        pytest.param(cancelled("r-1", at(8)), id="cancelled since"),
    ],
)
def test_an_acceptance_heard_again_later_is_answered_with_what_became_of_the_offer(after: Frozen) -> None:
    story = Asked()
    story.reaches("accepted")
    yes = accepted("r-1", story.offers[0], at(5))
    story.jumps(at(8))
    story.says(after)

    assert kinds(story.says(yes)) == "refused: offer-lapsed"


def test_a_late_rejection_of_an_earlier_acceptance_does_not_touch_a_later_one() -> None:
    """The house took him back, had room again, and said yes: the old no must not count against the new yes."""
    story = Story(HERE)
    story.says(capacity("hier", 1, at(0)))
    first = story.one(story.says(request("r-1", (ELV,), at(1))), PlacementOffered)
    story.jumps(at(5))
    story.says(accepted("r-1", first.offer, at(5)))
    story.jumps(at(10))
    no = late_rejected("r-1", "hier", at(10))
    story.says(no)
    second = story.one(story.says(capacity("hier", 1, story.passes(minutes=1))), PlacementOffered)
    story.says(accepted("r-1", second.offer, story.passes(minutes=1)))

    assert story.says(no) == []
    assert story.state("r-1") == "accepted"


# --- deadlines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_ms", "follows"),
    [
        pytest.param(-1, "accepted", id="just before the deadline"),
        pytest.param(0, "accepted", id="at the deadline"),
        pytest.param(1, "ended: expired, offered, refused: offer-lapsed", id="a millisecond after"),
    ],
)
def test_an_answer_counts_up_to_the_deadline_and_not_after(late_ms: int, follows: str) -> None:
    story = Asked()
    story.reaches("offered")
    story.jumps(at(31) + timedelta(milliseconds=late_ms))

    assert kinds(story.says(accepted("r-1", story.offers[0], at(5)))) == follows


def test_silence_passes_the_request_on_and_a_newer_report_gives_the_silent_one_another_chance() -> None:
    story = Asked()
    story.reaches("lapsed")
    assert story.core.state.requests["r-1"].offer is not None
    (exhausted,) = [made for made in story.ticks(minutes=31) if isinstance(made, PlacementExhausted)]
    codes = {exclusion.unit: exclusion.code for exclusion in exhausted.excluded}
    assert codes == {"hier": ExclusionCode.NO_ANSWER, "daar": ExclusionCode.NO_ANSWER, "vol": ExclusionCode.FULL}

    assert story.one(story.says(capacity("daar", 1, story.passes(minutes=1))), PlacementOffered).unit == "daar"


def test_who_was_silent_and_then_says_that_his_figure_stands_is_asked_again() -> None:
    story = Story(HERE)
    story.all_say([capacity("hier", 1, at(0)), request("r-1", (ELV,), at(0))])
    story.ticks(minutes=31)
    assert story.state("r-1") is RequestState.WAITING
    decided = story.says(ReportAnswered(ask="vraag", unit="hier", observed_at=story.passes(minutes=1)))

    assert story.one(decided, PlacementOffered).unit == "hier"


@pytest.mark.parametrize("interruption", ["none", "restart"])
def test_a_yes_after_its_time_promises_nothing_and_he_is_asked_again(interruption: str) -> None:
    story = Story(HERE)
    story.says(capacity("hier", 1, at(0)))
    first = story.one(story.says(request("r-1", (ELV,), at(0))), PlacementOffered)
    story.ticks(minutes=31)
    if interruption == "restart":
        story.restarts()
    late = accepted("r-1", first.offer, story.passes(minutes=1))
    decided = story.says(late)
    again = story.one(decided, PlacementOffered)

    assert kinds(decided) == "refused: offer-lapsed, offered"
    assert kinds(story.says(late)) == "refused: offer-lapsed"
    assert kinds(story.says(accepted("r-1", again.offer, story.passes(minutes=1)))) == "accepted"


@pytest.mark.parametrize(
    ("reason", "asked_again"),
    [pytest.param(r, r in (DeclineReason.FULL, DeclineReason.STAFF), id=r.value) for r in DeclineReason],
)
def test_a_no_of_the_moment_is_lifted_by_a_newer_report_and_a_no_to_the_person_is_not(
    reason: DeclineReason, asked_again: bool
) -> None:
    story = Story(HERE)
    story.says(capacity("hier", 1, at(0)))
    offer = story.one(story.says(request("r-1", (ELV,), at(1))), PlacementOffered).offer
    exhausted = story.one(story.says(declined("r-1", offer, at(1), reason)), PlacementExhausted)
    (exclusion,) = exhausted.excluded
    assert (exclusion.code, exclusion.detail) == (ExclusionCode.DECLINED, reason.value)

    again = story.says(capacity("hier", 1, story.passes(minutes=1)))
    assert any(isinstance(made, PlacementOffered) for made in again) is asked_again


def test_an_admission_that_does_not_come_is_told_again_and_again_with_the_moment_it_was_due() -> None:
    story = Asked(placement={"admit_minutes": 60})
    story.reaches("accepted")
    due = at(65)
    told = [story.one(story.ticks(minutes=61), AdmissionOverdue) for _ in range(3)]

    assert [overdue.overdue_since for overdue in told] == [due, due, due]
    assert [overdue.review_at - at(0) for overdue in told] == [(66 + 60 + 61 * n) * MINUTE for n in range(3)]
    assert story.hears("admitted") == "admitted"
    assert not any(isinstance(made, AdmissionOverdue) for made in story.ticks(hours=9))


def test_an_admission_at_the_last_moment_is_not_overdue() -> None:
    story = Asked(placement={"admit_minutes": 60})
    story.reaches("accepted")
    story.jumps(at(65))

    assert kinds(story.says(admitted("r-1", "hier", at(65)))) == "admitted"


def test_an_exhausted_request_is_looked_at_again_after_the_agreed_rest() -> None:
    story = Story(FULL, placement={"review_minutes": 20})
    story.says(capacity("vol", 0, at(0)))
    first = story.one(story.says(request("r-1", (ELV,), at(0))), PlacementExhausted)
    assert (first.rounds, first.review_at) == (1, at(20))
    story.jumps(at(20))
    second = story.one(story.ticks(), PlacementExhausted)

    assert (second.rounds, second.review_at) == (2, at(40))


@pytest.mark.parametrize(
    ("opens", "review"),
    [
        pytest.param("20:10", at(10), id="a window opens sooner than the agreed rest"),
        pytest.param("23:00", at(30), id="a window opens later"),
    ],
)
def test_a_request_is_looked_at_when_a_window_opens(opens: str, review: datetime) -> None:
    story = Story(unit("elv", ELV, windows=[{"from": opens, "until": "06:00"}]))
    story.says(capacity("elv", 1, at(0)))

    assert story.one(story.says(request("r-1", (ELV,), at(0))), PlacementExhausted).review_at == review
    story.jumps(at(10))
    offered = [made for made in story.ticks() if isinstance(made, PlacementOffered)]
    assert len(offered) == (opens == "20:10")


def test_an_open_request_always_has_an_owner_and_a_next_deadline() -> None:
    """Through a whole life: offered, passed on, exhausted, accepted, taken back, accepted again."""
    story = Asked()
    for step in ("ask", "silence", "yes"):
        story.step(step)
        (shown,) = story.requests().values()
        assert (shown.owner, shown.next_deadline > story.now) == (OWNER, True)
    story.hears("handed over")
    story.hears("taken back elsewhere")
    (shown,) = story.requests().values()
    assert (shown.owner, shown.next_deadline > story.now) == ("zcc-noord", True)


# --- the order of asking, and its reasons ---------------------------------------------------------------------------


def test_a_refused_command_names_the_command_its_subject_and_what_holds() -> None:
    story = Asked()
    story.reaches("offered")
    story.says(admitted("r-1", "daar", at(2)))
    refused = story.one(story.ticks(minutes=10), CommandRefused)

    assert (refused.command, refused.subject, refused.refusal, refused.detail) == (
        "PatientAdmitted", "r-1", Refusal.NOT_PLACED_THERE, "agreed: hier",
    )  # fmt: skip


def test_an_offer_names_the_basis_the_points_the_excluded_and_the_runners_up() -> None:
    story = Asked()
    story.jumps(at(7))
    said = request("r-1", profile(ELV), at(7)).model_copy(update={"preferred": ("hier",)})
    offer = story.one(story.says(said), PlacementOffered)

    assert offer.offer == f"rijnmond.{story.script.records[-1].offset}.0"
    assert (offer.unit, offer.runners_up, offer.attempt, offer.owner) == ("hier", ("daar",), 1, OWNER)
    assert (offer.basis.unit, offer.basis.free, offer.basis.held, offer.basis.age_seconds) == ("hier", 1, 0, 420)
    assert {part.part: part.points for part in offer.score if part.points} == {"data-age": 7, "preferred": -1000}
    assert [(exclusion.unit, exclusion.code) for exclusion in offer.excluded] == [("vol", ExclusionCode.FULL)]
    assert offer.answer_by == at(37)


@pytest.mark.parametrize(
    ("asked", "here", "there", "first"),
    [
        pytest.param({}, {}, {}, "daar", id="all the same: by name"),
        pytest.param({"preferred": ("hier",)}, {}, {}, "hier", id="a wish"),
        pytest.param({}, {"care_type": RESPIJT}, {}, "daar", id="the care asked first"),
        pytest.param({"origin": "schiedam"}, {"site": "schiedam"}, {}, "hier", id="the site where he is"),
        pytest.param({}, {}, {"counted": -30}, "hier", id="the fresher figure"),
        pytest.param({"preferred": ("hier",)}, {"free": 0}, {}, "daar", id="a wish that is full"),
    ],
)
def test_the_unit_with_the_fewest_points_is_asked_first(
    asked: dict[str, Any], here: dict[str, Any], there: dict[str, Any], first: str
) -> None:
    both = (("hier", here), ("daar", there))
    story = Story(*(unit(name, more.get("care_type", ELV), site=more.get("site")) for name, more in both))
    for name, more in both:
        story.says(capacity(name, more.get("free", 1), at(more.get("counted", 0))))
    said = request("r-1", profile(ELV, RESPIJT), at(0)).model_copy(update=asked)

    assert story.one(story.says(said), PlacementOffered).unit == first


def test_who_took_somebody_lately_is_asked_later_for_a_day() -> None:
    story = Story(unit("a", ELV), unit("b", ELV), rules=[
        {"care_type": "elv-hoog", "validity_minutes": 6000, "answer_minutes": 30},
    ])  # fmt: skip
    story.all_say([capacity("a", 5, at(0)), capacity("b", 5, at(0))])
    asked = []
    for number, hours in enumerate((0, 1, 1, 30)):
        offer = story.one(story.says(request(f"r-{number}", (ELV,), story.passes(hours=hours))), PlacementOffered)
        story.says(accepted(f"r-{number}", offer.offer, story.now))
        asked.append(offer.unit)

    assert asked == ["a", "b", "a", "a"]


def test_exhausted_names_every_unit_of_the_asked_care_types_with_its_reason() -> None:
    units = [
        unit("vol", ELV),
        unit("oud", ELV),
        unit("stil", ELV),
        unit("stop", ELV),
        unit("jong", ELV, age_bands=["0-11"]),
    ]
    story = Story(*units, unit("logeer", RESPIJT, sex="male"), unit("anders", CareType.GRZ))
    story.all_say([capacity("vol", 0, at(0)), capacity("oud", 3, at(-999)), capacity("stop", 1, at(0))])
    story.all_say([stop("stop", at(0)), capacity("jong", 1, at(0)), capacity("logeer", 1, at(0))])
    exhausted = story.one(story.says(request("r-1", (ELV, RESPIJT), at(0))), PlacementExhausted)

    assert {exclusion.unit: exclusion.code.value for exclusion in exhausted.excluded} == {
        "vol": "full", "oud": "stale", "stil": "never-reported", "stop": "stop", "jong": "age-band", "logeer": "sex",
    }  # fmt: skip


# --- what comes free ----------------------------------------------------------------------------------------------


def crowd() -> Story:
    """r-u3 and r-u2 wait for the one place that r-0 holds; r-u2 asked later and is more urgent."""
    story = Story(HERE, placement={"review_minutes": 600})
    story.says(capacity("hier", 1, at(0)))
    story.says(request("r-0", (ELV,), at(0), code="U4"))
    for name, code in (("r-u3", "U3"), ("r-u2", "U2"), ("r-u2-later", "U2")):
        story.says(request(name, (ELV,), story.passes(minutes=1), code=code))
    return story


@pytest.mark.parametrize(
    "frees",
    [
        pytest.param(lambda offer: declined("r-0", offer, at(5), DeclineReason.NO_GP), id="declined"),
        pytest.param(lambda _: cancelled("r-0", at(5)), id="cancelled"),
        pytest.param(lambda _: capacity("hier", 2, at(5)), id="a report of one more"),
    ],
)
def test_a_freed_place_is_offered_to_the_most_urgent_who_waits(frees: Any) -> None:  # noqa: ANN401
    story = crowd()
    offer = story.core.state.requests["r-0"].offer
    assert offer is not None
    story.jumps(at(5))
    decided = story.says(frees(offer.id))

    assert [made.request for made in decided if isinstance(made, PlacementOffered)] == ["r-u2"]


def test_an_offer_that_expires_frees_its_place_for_the_most_urgent() -> None:
    story = crowd()
    story.jumps(at(31))

    assert story.one(story.ticks(), PlacementOffered).request == "r-u2"


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        pytest.param([late_rejected("r-0", "hier", at(7), DeclineReason.NO_GP)], "r-u2", id="taken back"),
        pytest.param([cancelled("r-0", at(7))], "r-u2", id="cancelled after acceptance"),
        pytest.param([capacity("hier", 1, at(7), includes=["r-0"])], "r-u2", id="a report that names who is coming"),
        pytest.param([admitted("r-0", "hier", at(7)), capacity("hier", 1, at(8))], "r-u2", id="counted after he came"),
        pytest.param(
            [capacity("hier", 1, at(8)), admitted("r-0", "hier", at(7))], "r-u2", id="his admission heard late"
        ),
        pytest.param([overridden("r-0", "elders-vol", at(7))], "r-u2", id="moved by a professional"),
        pytest.param([admitted("r-0", "hier", at(7))], None, id="he is in: the place is not free"),
    ],
)
def test_a_promised_place_that_comes_free_is_offered_to_the_most_urgent(
    said: list[Frozen], follows: str | None
) -> None:
    story = Story(HERE, unit("elders-vol", RESPIJT), placement={"review_minutes": 600})
    story.says(capacity("hier", 1, at(0)))
    offer = story.one(story.says(request("r-0", (ELV,), at(0))), PlacementOffered).offer
    story.says(accepted("r-0", offer, at(0)))
    for name, code in (("r-u3", "U3"), ("r-u2", "U2")):
        story.says(request(name, (ELV,), story.passes(minutes=1), code=code))
    story.jumps(at(8))
    offered = [made.request for made in story.all_say(said) if isinstance(made, PlacementOffered)]

    assert offered == ([] if follows is None else [follows])


def test_two_places_that_come_free_at_once_go_to_the_two_most_urgent() -> None:
    story = crowd()
    decided = story.says(capacity("hier", 3, story.passes(minutes=1)))

    assert [made.request for made in decided if isinstance(made, PlacementOffered)] == ["r-u2", "r-u2-later"]


# --- overrides ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "to", "against"),
    [
        pytest.param({}, "daar", [], id="a place that the rules allow"),
        pytest.param({}, "vol", ["full"], id="a full house"),
        pytest.param({"wlz_indication": True}, "daar", ["wlz-indication"], id="against the law of the place"),
        pytest.param({"wlz_indication": True}, "vol", ["wlz-indication", "full"], id="against the law, and full"),
    ],
)
def test_a_professional_may_always_deviate_and_what_he_set_aside_is_kept(
    person: dict[str, Any], to: str, against: list[str]
) -> None:
    story = Asked()
    story.says(request("r-1", profile(ELV, **person), at(1)))
    recorded = story.one(story.says(overridden("r-1", to, at(2))), OverrideRecorded)

    assert [exclusion.code.value for exclusion in recorded.against] == against
    assert (recorded.role, recorded.ground.value) == ("coordinator", "by-telephone")
    assert (story.state("r-1"), story.unit(to).promised) == ("accepted", 1)


def test_an_override_to_who_said_no_names_the_no_and_that_the_place_is_held_for_another() -> None:
    story = Asked()
    story.reaches("waiting")
    story.says(capacity("daar", 0, story.now))
    story.says(capacity("hier", 1, story.now))
    story.says(request("r-2", profile(ELV), story.now))
    assert story.unit("hier").held == 1
    recorded = story.one(story.says(overridden("r-1", "hier", story.passes(minutes=1))), OverrideRecorded)

    assert [exclusion.code.value for exclusion in recorded.against] == ["declined", "full"]


def test_an_override_takes_the_place_from_a_hold_that_nobody_answered_yet() -> None:
    story = Asked()
    story.reaches("offered")
    story.says(request("r-2", (RESPIJT,), at(2)))
    decided = story.says(overridden("r-2", "hier", at(3)))

    assert [made.request for made in decided if isinstance(made, OfferEnded)] == ["r-1"]
    assert story.one(decided, PlacementOffered).unit == "daar"
    assert figures_of(story, "hier") == (0, 0, 1, False)


def figures_of(story: Story, name: str) -> tuple[int | None, int, int, bool]:
    view = story.unit(name)
    return view.free, view.held, view.promised, view.conflict


def test_an_override_over_a_full_house_shows_the_conflict_and_takes_no_other_promise_away() -> None:
    story = Asked()
    story.reaches("offered")
    story.says(overridden("r-1", "vol", at(2)))
    view = story.unit("vol")

    assert (view.free, view.promised, view.conflict) == (0, 1, True)


def test_an_override_of_a_held_place_to_the_same_place_keeps_it() -> None:
    story = Asked()
    story.reaches("offered")
    decided = story.says(overridden("r-1", "hier", at(2)))

    assert story.one(decided, PlacementAccepted).unit == "hier"
    assert (story.unit("hier").held, story.unit("hier").promised, story.unit("hier").free) == (0, 1, 0)


# --- regie, labels, neighbours, closing ------------------------------------------------------------------------------


def test_regie_passes_on_and_everybody_sees_who_has_it() -> None:
    story = Asked()
    story.reaches("accepted")
    story.published()
    changed = story.one(story.says(handed_over("r-1", "zcc-noord", at(6))), OwnershipChanged)

    assert (changed.previous, changed.owner) == (OWNER, "zcc-noord")
    assert story.requests()["r-1"].owner == "zcc-noord"
    assert story.one(story.ticks(hours=5), AdmissionOverdue).owner == "zcc-noord"


def test_the_board_of_requests_follows_an_overdue_admission() -> None:
    story = Asked()
    story.reaches("accepted")
    story.published()
    overdue = story.one(story.ticks(hours=5), AdmissionOverdue)

    assert story.requests()["r-1"].next_deadline == overdue.review_at


@pytest.mark.parametrize(
    ("labels", "recorded"),
    [
        pytest.param([(ELV, 70)], ["elv-hoog"], id="one"),
        pytest.param([(ELV, 70), (ELV, 70)], ["elv-hoog"], id="the same twice"),
        pytest.param([(ELV, 70), (RESPIJT, 80)], ["elv-hoog", "respijt"], id="a later one replaces it"),
        pytest.param([(RESPIJT, 80), (ELV, 70)], ["respijt"], id="an older one trails in"),
    ],
)
def test_a_label_is_decided_and_dated_during_the_stay(labels: list[tuple[CareType, int]], recorded: list[str]) -> None:
    story = Story(unit("bed", NO_LABEL))
    story.says(capacity("bed", 1, at(0)))
    offer = story.one(story.says(request("r-1", (NO_LABEL,), at(1))), PlacementOffered).offer
    story.all_say([accepted("r-1", offer, at(5)), admitted("r-1", "bed", at(60))])
    decided = story.all_say(labelled("r-1", "bed", label, at(minutes)) for label, minutes in labels)

    assert [made.label.value for made in decided] == recorded


@pytest.mark.parametrize("restart", [False, True], ids=["straight on", "after a restart"])
def test_a_cancellation_that_overtook_its_request_closes_it_at_once(restart: bool) -> None:
    story = Asked()
    assert story.says(cancelled("r-1", at(0))) == []
    if restart:
        story.restarts()
    story.passes(minutes=2)

    assert [type(made) for made in story.says(request("r-1", (ELV,), at(-1)))] == [PlacementCancelled]
    assert (story.unit("hier").held, story.requests()) == (0, {})


@pytest.mark.parametrize("interruption", ["none", "restart", "agreements"])
def test_a_cancellation_whose_request_never_came_is_forgotten_after_a_day(interruption: str) -> None:
    story = Asked()
    story.says(cancelled("r-9", at(0)))
    if interruption == "restart":
        story.restarts()
    if interruption == "agreements":
        story.core.parts.arrange()
    assert list(story.core.state.early) == ["r-9"]
    story.ticks(seconds=KEEP_MS // 1000 - 1)
    assert list(story.core.state.early) == ["r-9"]
    story.ticks(seconds=1)

    assert story.core.state.early == {}


@pytest.mark.parametrize("state", ["admitted", "cancelled"])
def test_a_closed_request_is_remembered_for_a_day_and_then_forgotten(state: str) -> None:
    story = Asked()
    story.reaches(state)
    story.restarts()
    story.ticks(seconds=KEEP_MS // 1000 - 61)
    assert story.hears("asked again") == ""
    story.ticks(seconds=1)

    assert story.core.state.requests == {}


def test_the_time_to_place_counts_from_the_request() -> None:
    story = Asked()
    story.reaches("accepted")
    story.jumps(at(61))

    assert story.one(story.says(admitted("r-1", "hier", at(60))), PlacementAdmitted).to_place_seconds == 3600


def test_who_is_admitted_without_a_word_of_acceptance_is_placed_all_the_same() -> None:
    """The acceptance trails in after the admission: nothing more to tell, and the place is not promised twice."""
    story = Asked()
    story.reaches("offered")
    assert kinds(story.says(admitted("r-1", "hier", at(2)))) == "admitted"

    assert story.says(accepted("r-1", story.offers[0], at(1))) == []
    assert story.unit("hier").free == 0


def test_a_withdrawn_hold_goes_on_to_the_next_unit() -> None:
    story = Asked()
    story.reaches("offered")
    decided = story.says(capacity("hier", 0, story.passes(minutes=1)))

    assert story.one(decided, OfferEnded).end is OfferEnd.WITHDRAWN_CONFLICT
    assert story.one(decided, PlacementOffered).unit == "daar"


def test_a_request_taken_back_is_reopened_with_its_reason() -> None:
    story = Asked()
    story.reaches("accepted")
    reopened = story.one(story.says(late_rejected("r-1", "hier", at(8))), PlacementReopened)

    assert (reopened.unit, reopened.owner, reopened.reason) == ("hier", OWNER, DeclineReason.STAFF)
    assert story.unit("hier").promised == 0
