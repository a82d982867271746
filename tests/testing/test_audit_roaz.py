"""The second model of the ladder catches a ROAZ that is forgotten, too early, or stays when its request is met."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    REGION,
    Script,
    accepted,
    actor,
    admitted,
    agreements,
    capacity,
    profile,
    request,
    unit,
)
from spoedplein_schemas import Decision
from spoedplein_schemas.crowding import ProposalConfirmed, ProposalLapsed, ProposalMade, ProposalOver
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.placement import TransferAnswered, TransferOutcome
from spoedplein_schemas.transfer import BridgingSought, TransferAsked
from spoedplein_schemas.vocabulary import CareType, Frozen, ProposalKind

ELV, VISIT = CareType.ELV_HOOG, CareType.WIJKVERPLEGING
ROAZ: Final[dict[str, Any]] = {
    "kind": "roaz", "level": "red", "roles": ["coordinator"], "exhausted_rank_max": 3, "again_minutes": 30,
}  # fmt: skip
NEIGHBOUR: Final[dict[str, Any]] = {"region": "nijmegen", "asks": [ELV], "again_minutes": 600}
UNITS: Final = (unit("vol", ELV), unit("thuis", VISIT))
MORE: Final[dict[str, Any]] = {"neighbours": [NEIGHBOUR], "bridging": [{"care_types": [ELV], "by": [VISIT]}]}
AGREED: Final = agreements(*UNITS, proposals=[ROAZ], **MORE)
Change = Callable[[list[Decision]], list[Decision]]


def night() -> tuple[Script, list[Decision]]:
    """r-1 is exhausted everywhere; the ROAZ lapses, is confirmed the second time, and is over when a bed comes free."""
    script, core, made = Script(), Region.empty(REGION), list[Decision]()

    def hears(record: Any) -> list[Any]:  # noqa: ANN401
        decided = core.step(record)
        made.extend(decided)
        return [each.data for each in decided]

    hears(script.adopts(AGREED))
    for name in ("vol", "thuis"):
        hears(script.says(capacity(name, 0, script.now)))
    (asked,) = [
        each for each in hears(script.says(request("r-1", profile(ELV), script.now))) if isinstance(each, TransferAsked)
    ]
    no = TransferAnswered(
        request=asked.transfer,
        by_region="nijmegen",
        answered_at=script.passes(minutes=1),
        outcome=TransferOutcome.NONE,
    )
    hears(script.says(no))
    for _ in range(4):
        hears(script.ticks(minutes=16))
    name = [each.id for each in made if isinstance(each.data, ProposalMade)][-1]
    hears(script.says(ProposalConfirmed(proposal=name, confirmed_at=script.now, by=actor())))
    (offer,) = [
        each
        for each in hears(script.says(capacity("vol", 1, script.passes(minutes=1))))
        if isinstance(each, PlacementOffered)
    ]
    hears(script.says(accepted("r-1", offer.offer, script.passes(minutes=1))))
    hears(script.says(admitted("r-1", "vol", script.passes(minutes=1))))
    return script, made


def without(kind: type[Frozen], nth: int = 0) -> Change:
    def drop(made: list[Decision]) -> list[Decision]:
        found = [each for each in made if isinstance(each.data, kind)][nth]
        return [each for each in made if each is not found]

    return drop


def change(of: type[Frozen], nth: int = 0, /, **fields: Any) -> Change:  # noqa: ANN401
    def alter(made: list[Decision]) -> list[Decision]:
        found = [each for each in made if isinstance(each.data, of)][nth]
        other = found.model_copy(update={"data": found.data.model_copy(update=fields)})
        return [other if each is found else each for each in made]

    return alter


def test_a_night_in_which_all_is_well_passes() -> None:
    script, made = night()
    kinds = [type(each.data) for each in made if isinstance(each.data, ProposalMade | ProposalLapsed | ProposalOver)]

    assert kinds == [ProposalMade, ProposalLapsed, ProposalMade, ProposalOver]
    assert audit(script.records, made) == []


@pytest.mark.parametrize(
    ("broken", "invariant", "says"),
    [
        pytest.param(without(ProposalMade), "I1", "nobody is asked", id="exhausted everywhere, and nobody is asked"),
        pytest.param(without(ProposalMade, 1), "I1", "nobody is asked", id="not asked again after its rest"),
        pytest.param(without(ProposalOver), "I9", "its request is met", id="a place, and the ROAZ stays"),
        pytest.param(without(ProposalLapsed), "I1", "", id="nobody answered, and it stays"),
        pytest.param(change(ProposalMade, kind=ProposalKind.STOP), "I9", "proposes stop", id="another kind"),
        pytest.param(change(ProposalMade, request="r-9"), "I9", "nobody asked", id="for nobody's request"),
        pytest.param(change(ProposalMade, owner="somebody"), "I1", "the owner of r-1", id="another owner"),
        pytest.param(change(ProposalMade, neighbours=()), "I9", "were tried", id="neighbours who were asked, left out"),
        pytest.param(change(ProposalMade, bridging=(ELV,)), "I9", "were tried", id="other care in the meantime"),
        pytest.param(without(BridgingSought), "I9", "were tried", id="care in the meantime that nobody looked for"),
    ],
)
def test_what_is_wrong_is_caught(broken: Change, invariant: str, says: str) -> None:
    script, made = night()

    assert [
        each for each in audit(script.records, broken(made)) if each.invariant == invariant and says in each.message
    ]


@pytest.mark.parametrize(
    ("proposals", "more", "invariant", "says"),
    [
        pytest.param([], {}, "I9", "was not agreed", id="nothing was agreed for requests"),
        pytest.param([{**ROAZ, "exhausted_rank_max": 1}], {}, "I9", "was not agreed", id="agreed for the more urgent"),
        pytest.param([{**ROAZ, "again_minutes": 300}], {}, "I1", "again before", id="again before its rest was over"),
        pytest.param(
            [ROAZ], {"neighbours": [NEIGHBOUR, {**NEIGHBOUR, "region": "venlo"}]}, "I9", "not everything was tried",
            id="a neighbour that was not asked",
        ),
    ],
)  # fmt: skip
def test_what_the_agreements_do_not_say_is_caught(
    proposals: list[dict[str, Any]], more: dict[str, Any], invariant: str, says: str
) -> None:
    """The core works by one text; the auditor reads another."""
    script, made = night()
    other = agreements(*UNITS, proposals=proposals, **(MORE | more))
    first = script.records[0]
    adoption = first.event.data.model_copy(update={"agreements": other})
    records = [first._replace(event=first.event.model_copy(update={"data": adoption})), *script.records[1:]]

    assert [each for each in audit(records, made) if each.invariant == invariant and says in each.message]
