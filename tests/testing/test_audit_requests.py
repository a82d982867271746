"""The second model of requests catches what a broken core would decide; a sound one passes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    EVENING,
    OWNER,
    REGION,
    Script,
    accepted,
    admitted,
    agreements,
    capacity,
    overridden,
    profile,
    request,
    unit,
    visit_ended,
)
from spoedplein_schemas import Decision
from spoedplein_schemas.decisions import (
    ExclusionCode,
    NearMiss,
    OfferEnded,
    OwnershipChanged,
    PlacementAdmitted,
    PlacementExhausted,
    PlacementOffered,
)
from spoedplein_schemas.home_care import VisitOutcome, VisitRecorded
from spoedplein_schemas.request_decisions import FirstTryBegun, FirstTryEnded, LabelDue, NeededByMissed, NeededByNear
from spoedplein_schemas.vocabulary import CareType, Frozen, Role

LAAG, ELV, BED, VISIT = CareType.ELV_LAAG, CareType.ELV_HOOG, CareType.ONGELABELD, CareType.WIJKVERPLEGING
UNITS: Final = (
    unit("a", ELV),
    unit("b", ELV),
    unit("bed", BED),
    unit("thuis", VISIT),
    unit("dag", LAAG, windows=[{"from": "08:00", "until": "09:00"}]),
)
AGREED: Final = agreements(
    *UNITS,
    rules=[{"care_type": "elv-hoog", "validity_minutes": 480, "answer_minutes": 30, "parallel_offers": 2}],
    placement={"label_minutes": 60, "review_minutes": 600},
    first_tries=[{"care_types": ["elv-laag"], "role": "gp", "minutes": 20}],
)
Change = Callable[[list[Decision]], list[Decision]]


def evening() -> tuple[Script, list[Decision]]:
    """r-1 is offered two places and gets one; a GP tries for r-2 in vain, it is needed soon; r-3 lies unlabelled.

    r-4 is in a bed before we hear who placed him there. A nurse is with r-5, and sends her on after all.
    """
    script, core, made = Script(), Region.empty(REGION), list[Decision]()

    def says(data: Frozen) -> list[Decision]:
        decided = core.step(script.says(data))
        made.extend(decided)
        return decided

    made.extend(core.step(script.adopts(AGREED)))
    for name in ("a", "b", "bed", "dag"):
        says(capacity(name, 1, script.now))
    offers = [each.data for each in says(request("r-1", (ELV,), script.now)) if isinstance(each.data, PlacementOffered)]
    says(accepted("r-1", offers[1].offer, script.passes(minutes=1)))
    said = request("r-2", profile(LAAG, needed_by=EVENING + timedelta(minutes=100)), script.now)
    says(said.model_copy(update={"requester_role": Role.GP}))
    (bed,) = [each.data for each in says(request("r-3", (BED,), script.now)) if isinstance(each.data, PlacementOffered)]
    says(accepted("r-3", bed.offer, script.passes(minutes=1)))
    says(admitted("r-3", "bed", script.passes(minutes=1)))
    for _ in range(12):
        made.extend(core.step(script.ticks(minutes=10)))
    says(request("r-4", (BED,), script.now))
    says(admitted("r-4", "bed", script.passes(minutes=1)))
    says(overridden("r-4", "bed", script.passes(minutes=1)))
    says(capacity("thuis", 1, script.now))
    (visit,) = [
        each.data for each in says(request("r-5", (VISIT,), script.now)) if isinstance(each.data, PlacementOffered)
    ]
    says(accepted("r-5", visit.offer, script.passes(minutes=1)))
    says(admitted("r-5", "thuis", script.passes(minutes=1)))
    says(visit_ended("r-5", "thuis", VisitOutcome.INDEPENDENT, script.passes(minutes=30)))
    says(visit_ended("r-5", "thuis", VisitOutcome.SENT_ON, script.passes(minutes=5)))
    return script, made


def without(kind: type[Frozen], nth: int = 0) -> Change:
    def drop(made: list[Decision]) -> list[Decision]:
        found = [each for each in made if isinstance(each.data, kind)][nth]
        return [each for each in made if each is not found]

    return drop


def change(kind: type[Frozen], nth: int = 0, **fields: Any) -> Change:  # noqa: ANN401
    def alter(made: list[Decision]) -> list[Decision]:
        found = [each for each in made if isinstance(each.data, kind)][nth]
        other = found.model_copy(update={"data": found.data.model_copy(update=fields)})
        return [other if each is found else each for each in made]

    return alter


def test_an_evening_that_is_well_passes() -> None:
    script, made = evening()

    assert audit(script.records, made) == []


NOT_NEAR: Final = NearMiss(unit="dag", code=ExclusionCode.STALE, free=1)


@pytest.mark.parametrize(
    ("broken", "invariant"),
    [
        pytest.param(without(OfferEnded), "I2", id="accepted, and the other place is still held"),
        pytest.param(change(OfferEnded, still_open=1), "I9", id="offers said to stand that do not"),
        pytest.param(without(FirstTryBegun), "I1", id="the GP tries, and nobody said so"),
        pytest.param(change(FirstTryBegun, until=EVENING + timedelta(hours=3)), "I1", id="a try longer than agreed"),
        pytest.param(change(FirstTryBegun, owner="somebody"), "I1", id="a try of somebody else"),
        pytest.param(without(FirstTryEnded), "I1", id="his time is up, and nothing follows"),
        pytest.param(without(OwnershipChanged), "I1", id="the regie does not pass on"),
        pytest.param(change(OwnershipChanged, owner="somebody"), "I1", id="it passes to somebody else"),
        pytest.param(without(NeededByMissed), "I1", id="needed, missed, and not told"),
        pytest.param(change(NeededByNear, owner="somebody"), "I1", id="somebody else is told"),
        pytest.param(change(LabelDue, reminders=4), "I9", id="a reminder out of turn"),
        pytest.param(without(PlacementAdmitted, 1), "I1", id="heard to be there early, and still expected"),
        pytest.param(change(PlacementAdmitted, 1, unit="a"), "I9", id="admitted elsewhere than was heard early"),
        pytest.param(without(VisitRecorded), "I1", id="a visit that ended, and is not recorded"),
        pytest.param(without(VisitRecorded, 1), "I1", id="a correction that is not recorded"),
        pytest.param(change(VisitRecorded, outcome=VisitOutcome.SENT_ON), "I9", id="recorded otherwise than was said"),
        pytest.param(change(VisitRecorded, 1, corrects=None), "I9", id="a correction that does not say so"),
        pytest.param(change(VisitRecorded, unit="a"), "I9", id="of a unit where nobody came from"),
        pytest.param(change(PlacementExhausted, shortfalls=()), "I9", id="no word of what was short"),
    ],
)
def test_what_is_wrong_is_caught(broken: Change, invariant: str) -> None:
    script, made = evening()

    assert invariant in {found.invariant for found in audit(script.records, broken(made))}


def test_a_near_miss_that_is_not_on_the_list_is_caught() -> None:
    script, made = evening()
    (exhausted, *_) = [each.data for each in made if isinstance(each.data, PlacementExhausted)]
    wrong = tuple(each.model_copy(update={"nearest": NOT_NEAR}) for each in exhausted.shortfalls)
    found = audit(script.records, change(PlacementExhausted, shortfalls=wrong)(made))

    assert {each.invariant for each in found} == {"I9"}
    assert exhausted.owner == OWNER


def test_more_asked_at_once_than_agreed_is_caught() -> None:
    """The core asks two at once; the agreements that the auditor reads say one."""
    script, made = evening()
    alone = AGREED.model_copy(
        update={"rules": tuple(r.model_copy(update={"parallel_offers": 1}) for r in AGREED.rules)}
    )
    first = script.records[0]
    data = first.event.data.model_copy(update={"agreements": alone})
    records = [first._replace(event=first.event.model_copy(update={"data": data})), *script.records[1:]]

    assert "I3" in {found.invariant for found in audit(records, made)}
