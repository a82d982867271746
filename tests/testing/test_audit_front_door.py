"""The auditor sees a contact that is sent elsewhere than agreed, a life-threatening one routed away, and two queues."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from spoedplein.domain.region import Region, fold
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import REGION, SITE, Script, agreements, site, triaged, urgency
from spoedplein_schemas import Decision, seh
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.decisions import PatientImmediate, PatientQueued, ReassessmentDue
from spoedplein_schemas.front_door import ContactRouted
from spoedplein_schemas.hap import ArrivalMode, ContactRegistered
from spoedplein_schemas.vocabulary import CareType, Destination, Frozen

SATURDAY_NIGHT = datetime(2026, 1, 10, 22, 40, tzinfo=UTC)
ROUTES = [
    {"id": "zelfverwijzer", "to": "hap", "entrances": ["seh"], "modes": ["self-referred"], "ranks": [2, 3, 4]},
    {"id": "volgende-werkdag", "to": "own-gp-next-day", "system": "nts", "codes": ["U5"]},
]


def night() -> tuple[Script, list[Decision]]:
    """A self-referrer goes from the SEH to the HAP and is due to be looked at again; red stays; U5 calls."""
    script = Script(start=SATURDAY_NIGHT)
    points = (
        ServicePoint(care_type=CareType.HAP, reassess_minutes=(0, 15, 30, 30)),
        ServicePoint(care_type=CareType.SEH),
    )
    script.adopts(agreements(sites=[site(SITE, *points)], routes=ROUTES))
    for name, code in (("v-1", "green"), ("v-2", "red")):
        arrival: dict[str, Any] = {"visit": name, "site": SITE, "mode": ArrivalMode.SELF_REFERRED}
        script.says(seh.PatientArrived(**arrival, arrived_at=script.now))
        script.passes(minutes=1)
        script.says(seh.PatientTriaged(visit=name, site=SITE, urgency=urgency(code), triaged_at=script.now))
    script.says(ContactRegistered(contact="c-1", site=SITE, mode=ArrivalMode.PHONE, registered_at=script.now))
    script.says(triaged("c-1", "U5", script.now))
    script.ticks(minutes=31)
    return script, list(fold(script.records, Region.empty(REGION)))


def test_a_night_that_is_well_passes() -> None:
    script, made = night()

    assert {ContactRouted, PatientQueued, PatientImmediate, ReassessmentDue} <= {type(each.data) for each in made}
    assert audit(script.records, made) == []


def changed(kind: type[Frozen], case: str, **fields: Any) -> Callable[[list[Decision]], list[Decision]]:  # noqa: ANN401
    """The last decision of this kind on this case says something else."""

    def breaks(made: list[Decision]) -> list[Decision]:
        found = [each for each in made if isinstance(each.data, kind) and each.subject == case][-1]
        other = found.model_copy(update={"data": found.data.model_copy(update=fields)})
        return [other if each is found else each for each in made]

    return breaks


@pytest.mark.parametrize(
    ("breaks", "invariant"),
    [
        pytest.param(
            changed(ContactRouted, "v-1", destination=Destination.SEH, route=None),
            "I3",
            id="not as agreed",
        ),
        pytest.param(changed(ContactRouted, "v-1", route="volgende-werkdag"), "I3", id="by another route"),
        pytest.param(changed(ContactRouted, "c-1", destination=Destination.ADVICE), "I3", id="advice, not the GP"),
        pytest.param(
            changed(ContactRouted, "v-2", destination=Destination.HAP), "I4", id="life-threatening, and routed away"
        ),
        pytest.param(changed(PatientQueued, "v-1", service=CareType.SEH), "I1", id="in two queues"),
        pytest.param(changed(ReassessmentDue, "v-1", missed=3), "I9", id="a re-assessment that is not agreed"),
    ],
)
def test_what_does_not_follow_is_found(breaks: Callable[[list[Decision]], list[Decision]], invariant: str) -> None:
    script, made = night()
    found = {violation.invariant for violation in audit(script.records, breaks(made))}

    assert invariant in found
