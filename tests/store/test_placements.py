from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.log import Record
from spoedplein.store.placements import Placement, PlacementState
from spoedplein.store.rows import LogEntry
from spoedplein.testing.builders import EVENING, Script, decided, request
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.decisions import Basis, OfferEnd
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround
from spoedplein_schemas.vocabulary import CareType, Frozen

REQUEST: Final = "r-1"
UNIT: Final = "elv-1"
OTHER: Final = "elv-2"
OWNER: Final = "zcc-rijnmond"


def _offered(unit: str = UNIT, attempt: int = 1) -> decisions.PlacementOffered:
    return decisions.PlacementOffered(
        request=REQUEST,
        offer=f"rijnmond.{attempt}.0",
        unit=unit,
        care_type=CareType.ELV_HOOG,
        attempt=attempt,
        answer_by=EVENING + timedelta(hours=1),
        owner=OWNER,
        score=(),
        basis=Basis(unit=unit, observed_at=EVENING, age_seconds=0, free=1, held=0),
        excluded=(),
    )


def _ended(end: OfferEnd, reason: DeclineReason | None = None) -> decisions.OfferEnded:
    return decisions.OfferEnded(request=REQUEST, offer="rijnmond.1.0", unit=UNIT, end=end, reason=reason)


def _accepted(unit: str = UNIT) -> decisions.PlacementAccepted:
    return decisions.PlacementAccepted(
        request=REQUEST, offer="rijnmond.1.0", unit=unit, owner=OWNER, admit_by=EVENING + timedelta(hours=9)
    )


ADMITTED: Final = decisions.PlacementAdmitted(request=REQUEST, unit=UNIT, to_place_seconds=900)
CANCELLED: Final = decisions.PlacementCancelled(request=REQUEST, reason=CancelReason.FOUND_ELSEWHERE)
REOPENED: Final = decisions.PlacementReopened(request=REQUEST, unit=UNIT, owner=OWNER, reason=DeclineReason.STAFF)
EXHAUSTED: Final = decisions.PlacementExhausted(
    request=REQUEST, owner=OWNER, excluded=(), review_at=EVENING + timedelta(hours=1), rounds=2
)
OVERRIDE: Final = decisions.OverrideRecorded(
    request=REQUEST, unit=OTHER, role="gp", ground=OverrideGround.BY_TELEPHONE, against=()
)
OVERDUE: Final = decisions.AdmissionOverdue(
    request=REQUEST,
    unit=UNIT,
    owner="huisarts-7",
    overdue_since=EVENING,
    review_at=EVENING + timedelta(hours=1),
)
LABEL: Final = decisions.LabelRecorded(
    request=REQUEST, unit=UNIT, label=CareType.ELV_LAAG, decided_at=EVENING + timedelta(days=1)
)
HANDED_OVER: Final = decisions.OwnershipChanged(request=REQUEST, previous=OWNER, owner="huisarts-7")


class Story:
    """A request and one decision a minute after it."""

    def __init__(self, outcomes: Iterable[Frozen]) -> None:
        script = Script()
        script.passes(seconds=1)
        self.first = script.says(request(REQUEST, (CareType.ELV_HOOG,), EVENING))
        self.decisions: list[tuple[Record, Decision]] = []
        for outcome in outcomes:
            cause = script.ticks(minutes=1)
            self.decisions += [(cause, each) for each in decided(cause, outcome)]

    def told(self, row: Placement) -> Placement:
        entry = LogEntry(self.first.offset, self.first.at, self.first.event, "")
        return row.with_request(self.first.event, offset=entry.offset, at=entry.at)

    def decide(self, row: Placement, number: int) -> Placement:
        cause, decision = self.decisions[number]
        return row.with_decision(decision, offset=cause.offset, index=0)

    def row(self) -> Placement:
        row = self.told(BLANK)
        for number in range(len(self.decisions)):
            row = self.decide(row, number)
        return row


BLANK: Final = Placement(region="rijnmond", request_id=REQUEST, changed_at=EVENING)
FULL_STORY: Final = (
    _offered(),
    _ended(OfferEnd.DECLINED, DeclineReason.FULL),
    EXHAUSTED,
    _offered(OTHER, attempt=2),
    _accepted(OTHER),
    HANDED_OVER,
    REOPENED,
    _offered(UNIT, attempt=3),
    _accepted(UNIT),
    ADMITTED,
    LABEL,
)


@pytest.mark.parametrize(
    ("outcomes", "state", "unit", "more"),
    [
        pytest.param((), PlacementState.REQUESTED, None, {"owner": OWNER, "urgency_code": "U3"}, id="asked"),
        pytest.param((_offered(),), PlacementState.OFFERED, UNIT, {"attempts": 1, "accepted_at": None}, id="offered"),
        pytest.param(
            (_offered(), _ended(OfferEnd.DECLINED, DeclineReason.FULL)),
            PlacementState.REQUESTED,
            None,
            {"refusals": {DeclineReason.FULL: 1}, "expired": 0, "first_offered_at": EVENING + timedelta(seconds=61)},
            id="declined",
        ),
        pytest.param(
            (_offered(), _ended(OfferEnd.EXPIRED)),
            PlacementState.REQUESTED,
            None,
            {"refusals": {}, "expired": 1},
            id="nobody answered",
        ),
        pytest.param(
            (_offered(), CANCELLED, _ended(OfferEnd.WITHDRAWN_CANCELLED)),
            PlacementState.CANCELLED,
            None,
            {"cancel_reason": CancelReason.FOUND_ELSEWHERE, "expired": 0},
            id="cancelled before the hold went",
        ),
        pytest.param(
            (_offered(), OVERRIDE, _ended(OfferEnd.WITHDRAWN_OVERRIDDEN)),
            PlacementState.ACCEPTED,
            OTHER,
            {"override_ground": OverrideGround.BY_TELEPHONE},
            id="overridden before the hold went",
        ),
        pytest.param(
            (_offered(), _accepted(), REOPENED),
            PlacementState.REQUESTED,
            None,
            {"accepted_at": None, "admit_by": None, "reopened": 1, "refusals": {DeclineReason.STAFF: 1}},
            id="taken back",
        ),
        pytest.param(
            (_offered(), _offered(OTHER, attempt=2), _ended(OfferEnd.EXPIRED).model_copy(update={"still_open": 1})),
            PlacementState.OFFERED,
            OTHER,
            {"expired": 1},
            id="asked at once: one was silent, the other may answer",
        ),
        pytest.param(
            (_offered(OTHER), _offered(attempt=2), _ended(OfferEnd.EXPIRED).model_copy(update={"still_open": 1})),
            PlacementState.OFFERED,
            None,
            {"expired": 1},
            id="asked at once: the last was silent, an earlier one may answer",
        ),
        pytest.param(
            (_offered(), _offered(OTHER, attempt=2), _accepted(), _ended(OfferEnd.WITHDRAWN_ACCEPTED)),
            PlacementState.ACCEPTED,
            UNIT,
            {"care_type": None},
            id="asked at once: the first said yes",
        ),
        pytest.param((EXHAUSTED,), PlacementState.EXHAUSTED, None, {"exhausted_rounds": 2}, id="nothing fits"),
        pytest.param(
            (_offered(), _accepted(), OVERDUE),
            PlacementState.ACCEPTED,
            UNIT,
            {"owner": "huisarts-7", "overdue_since": EVENING},
            id="not come in time",
        ),
        pytest.param(
            (_offered(), _accepted(), OVERDUE, OVERRIDE),
            PlacementState.ACCEPTED,
            OTHER,
            {"care_type": None, "overdue_since": None, "admit_by": None},
            id="not come in time, and placed elsewhere by a professional",
        ),
        pytest.param(
            FULL_STORY,
            PlacementState.ADMITTED,
            UNIT,
            {"attempts": 3, "to_place_seconds": 900, "label": CareType.ELV_LAAG, "owner": OWNER},
            id="a whole life",
        ),
    ],
)
def test_a_row_tells_what_became_of_the_request(
    outcomes: Sequence[Frozen], state: PlacementState, unit: str | None, more: dict[str, object]
) -> None:
    row = Story(outcomes).row()
    assert (row.state, row.unit_id) == (state, unit)
    assert {name: getattr(row, name) for name in more} == more


@given(st.integers(0, len(FULL_STORY)), st.lists(st.integers(0, len(FULL_STORY) - 1), max_size=20))
def test_neither_the_order_of_the_topics_nor_repetition_changes_the_row(request_after: int, repeats: list[int]) -> None:
    """The request arrives after any number of its decisions; after each decision some earlier ones come again."""
    story = Story(FULL_STORY)
    row = BLANK
    for number in range(len(FULL_STORY)):
        row = story.told(row) if number == request_after else row
        row = story.decide(row, number)
        for again in (each for each in repeats if each <= number):
            row = story.decide(row, again)
    row = story.told(story.told(row))
    assert row == story.row()


def test_the_first_request_of_that_name_counts() -> None:
    story = Story(())
    script = Script()
    script.says(request("r-0", (CareType.GRZ,), EVENING))
    later = script.says(request(REQUEST, (CareType.GRZ,), EVENING, owner="iemand-anders"))
    row = story.told(BLANK)
    assert row.with_request(later.event, offset=later.offset, at=EVENING) is row


def test_a_row_survives_its_way_through_json() -> None:
    row = Story(FULL_STORY).row()
    assert Placement.model_validate_json(row.model_dump_json()) == row
