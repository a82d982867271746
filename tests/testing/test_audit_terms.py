"""The auditor of rounds, consults and rides passes what the core decides, and catches what is broken in it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    EVENING,
    REGION,
    SITE,
    Script,
    actor,
    agreements,
    announced,
    capacity,
    site,
    stop,
    unit,
    urgency,
)
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.ambulance import AmbulanceArrived, DestinationAsked, PatientHandedOver
from spoedplein_schemas.capacity import ReportAsked
from spoedplein_schemas.consult import ConsultAnswered, ConsultAsked, ConsultOutcome
from spoedplein_schemas.decisions import DestinationCode, DestinationPassed
from spoedplein_schemas.vocabulary import CareType, Frozen, UrgencySystem

MINUTE = timedelta(minutes=1)
A1, A2 = urgency("A1", UrgencySystem.AMBULANCE), urgency("A2", UrgencySystem.AMBULANCE)
Break = Callable[[list[Decision]], list[Decision]]


def evening() -> tuple[list[Record], list[Decision]]:
    """A round that one house leaves unanswered, a consult answered late, two rides of which one during a stop."""
    script = Script()
    elv = (unit("elv-een", CareType.ELV_HOOG), unit("elv-twee", CareType.ELV_HOOG))
    departments = (unit("seh", CareType.SEH, site=SITE), unit("seh-venlo", CareType.SEH, site="venlo"))
    script.adopts(agreements(*elv, *departments, sites=[site(), site("venlo")]))
    script.says(ReportAsked(ask="ronde", asked_at=script.now, by=actor(), care_types=(CareType.ELV_HOOG,)))
    script.says(ConsultAsked(consult="m-1", case="c-1", specialty="geriatrie", asked_at=script.now, by=actor()))
    script.says(stop("seh", script.now, until=EVENING + 300 * MINUTE))
    script.says(DestinationAsked(ride="rit-1", urgency=A1, asked_at=script.now))
    script.says(announced("rit-1", "A1", script.now))
    script.says(announced("rit-2", "A2", script.now))
    script.passes(minutes=5)
    script.says(capacity("elv-een", 1, script.now))
    script.says(AmbulanceArrived(ride="rit-1", site=SITE, arrived_at=script.now))
    script.ticks(minutes=16)
    script.says(PatientHandedOver(ride="rit-1", site=SITE, handed_over_at=script.now))
    script.ticks(minutes=20)
    answered = ConsultAnswered(consult="m-1", outcome=ConsultOutcome.ADVICE, answered_at=script.now, by=actor())
    script.says(answered)
    script.ticks(hours=1)
    core = Region.empty(REGION)
    return script.records, [decision for record in script.records for decision in core.step(record)]


def change(kind: type[Frozen], **fields: Any) -> Break:  # noqa: ANN401
    def breaks(made: list[Decision]) -> list[Decision]:
        (target,) = [decision for decision in made if isinstance(decision.data, kind)]
        other = target.model_copy(update={"data": target.data.model_copy(update=fields)})
        return [other if decision is target else decision for decision in made]

    return breaks


def drop(kind: type[Frozen]) -> Break:
    return lambda made: [decision for decision in made if not isinstance(decision.data, kind)]


def test_what_the_core_decides_is_well() -> None:
    log, made = evening()
    said = {type(decision.data) for decision in made}

    assert audit(log, made) == []
    assert {decisions.RoundClosed, decisions.ConsultClosed, decisions.DivertProposed, decisions.OffloadEnded} <= said


PASSED = (DestinationPassed(site=SITE, code=DestinationCode.STOP),)


@pytest.mark.parametrize(
    ("breaks", "invariant"),
    [
        pytest.param(drop(decisions.RoundOpened), "I1", id="a question that nobody takes up"),
        pytest.param(drop(decisions.RoundClosed), "I1", id="a round that is never closed"),
        pytest.param(change(decisions.RoundClosed, outstanding=("elv-een",)), "I9", id="the wrong house is silent"),
        pytest.param(change(decisions.RoundClosed, outstanding=()), "I9", id="nobody is silent, who is"),
        pytest.param(drop(decisions.ConsultOpened), "I1", id="a consult that nobody takes up"),
        pytest.param(drop(decisions.ConsultEscalated), "I1", id="a term that passes in silence"),
        pytest.param(drop(decisions.ConsultClosed), "I1", id="an answer that closes nothing"),
        pytest.param(change(decisions.ConsultClosed, consult="m-2"), "I9", id="closed, and nobody answered"),
        pytest.param(change(decisions.DestinationsShown, passed=PASSED), "I4", id="a stop holds back a matter of life"),
        pytest.param(change(decisions.DestinationsShown, urgency=A2), "I5", id="another urgency than was assigned"),
        pytest.param(change(decisions.DivertProposed, ride="rit-1", urgency=A1), "I4", id="a matter of life diverted"),
        pytest.param(change(decisions.OffloadEnded, offload_seconds=10), "I9", id="an offload that took otherwise"),
    ],
)
def test_what_is_broken_is_found(breaks: Break, invariant: str) -> None:
    log, made = evening()

    assert invariant in {violation.invariant for violation in audit(log, breaks(made))}
