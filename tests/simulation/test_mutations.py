"""Would the auditor find it? For each invariant cores that are broken on purpose, each caught within a few seeds.

`MUTATIONS` is the whole of it: the invariant, what is broken, where it lives, and the words in which the auditor says
so. Of the core that is not broken he says nothing on any seed that was needed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import Violation, same_views
from spoedplein.testing.builders import urgency
from spoedplein.testing.faults import NONE, Faults
from spoedplein.testing.simulate import FRIDAY, simulate
from spoedplein.testing.together import Befalls, simulate_together
from spoedplein_schemas import placement, transfer
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.decisions import (
    DestinationCode,
    DestinationPassed,
    DestinationsShown,
    PlacementExhausted,
    PlacementOffered,
)
from spoedplein_schemas.front_door import ContactRouted
from spoedplein_schemas.hap import ContactCalled, ContactRegistered, ContactTriaged
from spoedplein_schemas.placement import PlacementRequested, RequestCancelled, TransferOutcome
from spoedplein_schemas.rooms import RoomProposed
from spoedplein_schemas.seh import PatientTriaged, StatusReported
from spoedplein_schemas.vocabulary import AgeBand, CareType, Destination, Frozen, Registration, Sex, UnitStatus
from tests.simulation.broken import (
    SOUND,
    BrokenCores,
    agreed,
    at_the_second_time,
    changed,
    every,
    mishears,
    mishears_at,
    mislabelled,
    misquoted,
    nobody_hears,
)
from tests.simulation.regions import region

#: Most are caught by the first.
SEEDS_TO_CATCH: Final = range(10)
#: The posts are open, and most sources go silent for hours or for good: something for every invariant to be broken by.
EVENING: Final = FRIDAY + timedelta(hours=6)
SILENCE: Final = Faults(silent=0.7, gap_hours=4, gap_minutes=240)
DAY: Final = timedelta(days=1)

Rig = Callable[[int, BrokenCores], Sequence[Violation]]


def alone(seed: int, cores: BrokenCores) -> Sequence[Violation]:
    """Four hours of a large region, four times as busy as usual."""
    outcome = simulate(
        region("rijnmond"), seed, 4.0, region_factory=cores, intensity=4.0, start=EVENING, faults=SILENCE
    )
    return outcome.violations


def overrun(seed: int, cores: BrokenCores) -> Sequence[Violation]:
    """Four hours that begin with a disaster."""
    (outcome,) = simulate_together(
        [region("rijnmond")], seed, 4.0, region_factory=cores, faults=SILENCE, befalls=Befalls(wounded=150)
    )
    return outcome.violations


def together(seed: int, cores: BrokenCores) -> Sequence[Violation]:
    """Four hours of two regions that ask each other for places."""
    regions = [region("nijmegen"), region("venlo")]
    outcomes = simulate_together(regions, seed, 4.0, region_factory=cores, intensity=4.0)
    return [violation for outcome in outcomes for violation in outcome.violations]


def said_again(seed: int, cores: BrokenCores) -> Sequence[Violation]:
    """Three hours, and at their end each report and each registration once more, the last first."""
    log = quiet_log(seed)
    repeated = [record for record in log if isinstance(record.event.data, CapacityReported | ContactRegistered)]
    again = [Record(len(log) + index, log[-1].at, each.event) for index, each in enumerate(reversed(repeated))]
    once, twice = (cores.empty("nijmegen") for _ in range(2))
    for record in log:
        once.step(record)
    for record in (*log, *again):
        twice.step(record)
    return same_views(once.views(), twice.views())


@cache
def quiet_log(seed: int) -> Sequence[Record]:
    return simulate(region("nijmegen"), seed, 3.0, region_factory=Region, faults=NONE).log


# --- what is broken -------------------------------------------------------------------------------------------------


def with_profile(**fields: object) -> Callable[[Any], Frozen]:
    return lambda data: data.model_copy(update={"profile": data.profile.model_copy(update=fields)})


def one_less_urgent(data: ContactTriaged | PatientTriaged) -> Frozen:
    lower = {"U2": "U3", "U3": "U4", "U4": "U5", "orange": "yellow", "yellow": "green"}.get(
        data.urgency.code, data.urgency.code
    )
    return data.model_copy(update={"urgency": data.urgency.model_copy(update={"code": lower})})


def longer(rule: Any) -> Any:  # noqa: ANN401
    """Visits per hour cannot be agreed to stand for longer than an hour."""
    if rule.care_type is CareType.WIJKVERPLEGING:
        return rule
    return rule.model_copy(update={"validity_minutes": rule.validity_minutes * 20})


def later(minutes: int, name: str) -> Callable[[Any], Frozen]:
    return lambda data: data.model_copy(update={name: getattr(data, name) + timedelta(minutes=minutes)})


def three_more(data: CapacityReported) -> Frozen:
    return data.model_copy(update={"free": data.free + 3})


def fuller(data: StatusReported) -> Frozen:
    return data.model_copy(update={"present": (data.present or 0) + 9})


def another(data: ContactRegistered) -> Frozen:
    return data.model_copy(update={"contact": f"{data.contact}-2"})


def as_it_arrives(data: CapacityReported, at_ms: int) -> Frozen:
    return data.model_copy(update={"observed_at": datetime.fromtimestamp(at_ms / 1000, UTC)})


def no_stop_is_passed(data: DestinationsShown) -> Frozen:
    """A stop keeps everybody away, also who is in danger of life."""
    stopped = [each.site for each in data.options if each.status is UnitStatus.STOP]
    return data.model_copy(
        update={
            "options": tuple(each for each in data.options if each.site not in stopped),
            "passed": (*data.passed, *(DestinationPassed(site=at, code=DestinationCode.STOP) for at in stopped)),
        }
    )


def not_to_the_seh(data: ContactRouted) -> Frozen:
    elsewhere = Destination.HAP if data.destination is Destination.EMERGENCY else data.destination
    return data.model_copy(update={"destination": elsewhere})


def lapses(data: RoomProposed) -> Frozen:
    return data.model_copy(update={"follow_by": data.follow_by or data.free_since + DAY})


def forgets_breaches(core: Region) -> None:
    for patient in core.state.patients.values():
        patient.breached.clear()


def forgets_who_declined(core: Region) -> None:
    for request in core.state.requests.values():
        request.passed.clear()


ROW: Final = pytest.param
#: What it is called, where it lives, how the core is broken, and what the auditor says of it.
MUTATIONS: Final = [
    # I1: every case is closed, or has an owner and a next deadline
    ROW("I1", alone, nobody_hears(RequestCancelled), "cancelled, and no decision followed",
        id="I1 a request that was cancelled stays open"),
    ROW("I1", alone, nobody_hears(ContactCalled), "waits no longer, but no decision",
        id="I1 who was called stays in the queue"),
    ROW("I1", alone, misquoted(PlacementOffered, changed(owner="niemand")), "owner is",
        id="I1 an offer names another owner"),
    ROW("I1", together, misquoted(transfer.TransferAsked, later(24 * 60, "answer_by")), "may answer until",
        id="I1 a neighbour has a day more than was agreed"),
    # I2: no place twice
    ROW("I2", alone, mishears(CapacityReported, three_more), "claims on them", id="I2 the same place twice"),
    ROW("I2", together,
        misquoted(transfer.TransferAnswered, changed(outcome=TransferOutcome.ACCEPTED, unit="elv-hoog-vol")),
        "where no place is kept", id="I2 a neighbour is given a place that is not kept"),
    ROW("I2", together, nobody_hears(placement.TransferWithdrawn), "kept still",
        id="I2 a neighbour withdraws, and his place stays held"),
    # I3: no placement breaks a hard rule
    ROW("I3", alone, mishears(PlacementRequested, with_profile(wlz_indication=False)), "against wlz-indication",
        id="I3 a Wlz indication"),
    ROW("I3", alone, mishears(PlacementRequested, with_profile(needs=())), "is offered against",
        id="I3 what a person needs"),
    ROW("I3", alone, agreed(units=lambda unit: unit.model_copy(update={"windows": ()})), "against outside-window",
        id="I3 hours of admission"),
    ROW("I3", alone, agreed(units=changed(age_bands=tuple(AgeBand), sex=Sex.ANY, registration=Registration.BOTH)),
        "is offered against", id="I3 age, sex and registration"),
    ROW("I3", together, agreed(neighbours=changed(keep_free=0)), "though kept for our own",
        id="I3 what was to stay free for our own region is given away"),
    # I4: nobody in danger of life is diverted, refused, or queued behind another
    ROW("I4", alone, agreed(ranks=changed(life_threatening=False)), "and put in a queue",
        id="I4 the life-threatening queue up"),
    ROW("I4", alone, misquoted(ContactRouted, not_to_the_seh), "life-threatening, and routed to",
        id="I4 the life-threatening are sent to the HAP"),
    ROW("I4", overrun, misquoted(DestinationsShown, no_stop_is_passed), "are passed over",
        id="I4 a stop holds back the life-threatening"),
    ROW("I4", overrun, misquoted(RoomProposed, lapses), "lapses exactly when",
        id="I4 a room for the life-threatening lapses"),
    # I5: an urgency leaves as it came
    ROW("I5", alone, mishears(ContactTriaged, one_less_urgent), "hap", id="I5 an urgency is changed at the HAP"),
    ROW("I5", alone, mishears(PatientTriaged, one_less_urgent), "seh", id="I5 an urgency is changed at the SEH"),
    ROW("I5", together, misquoted(transfer.TransferAsked, with_profile(urgency=urgency("U5"))), "leaves as",
        id="I5 an urgency changes on its way to a neighbour"),
    # I6: nothing rests on stale data
    ROW("I6", alone, agreed(rules=longer, units=changed(validity_minutes=None)), "is offered on a figure of",
        id="I6 stale figures are offered"),
    ROW("I6", alone, mishears_at(CapacityReported, as_it_arrives), "is offered on a figure of",
        id="I6 a figure is as new as its arrival"),
    ROW("I6", overrun, agreed(crowding=changed(validity_minutes=24 * 60)), "is told, counted is",
        id="I6 a level rests on a source that is silent"),
    # I7: replay is live; a snapshot and what came after it are the whole
    ROW("I7", alone, BrokenCores(forgets=forgets_breaches), "decides otherwise",
        id="I7 a snapshot forgets who was told to be late"),
    ROW("I7", alone, BrokenCores(forgets=forgets_who_declined), "decides otherwise",
        id="I7 a snapshot forgets who declined"),
    ROW("I7", alone, BrokenCores(late=True), "decides otherwise", id="I7 a snapshot is older than it says"),
    ROW("I7", alone, every(40, ContactTriaged), "decides otherwise",
        id="I7 what is decided depends on when the process began"),
    # I8: doubles and other orders change nothing in the end
    ROW("I8", said_again, mishears_at(CapacityReported, as_it_arrives), "view",
        id="I8 each report is taken for a newer one"),
    ROW("I8", said_again, at_the_second_time(ContactRegistered, lambda data: data.contact, another),
        "view", id="I8 who is written down twice is two"),
    # I9: every decision has its cause, text, data and reasons
    ROW("I9", alone, mishears(StatusReported, fuller), "is told, counted is",
        id="I9 a department is counted fuller than it is"),
    ROW("I9", alone, misquoted(PlacementExhausted, changed(excluded=())), "exhausted without a reason",
        id="I9 exhausted without reasons"),
    ROW("I9", alone, misquoted(PlacementOffered, changed(score=())), "offered without the points",
        id="I9 an offer without its points"),
    ROW("I9", alone, mislabelled(causationid="een-ander"), "as cause", id="I9 a cause"),
    ROW("I9", alone, mislabelled(agreements="2019.1"), "follows agreements 2019.1", id="I9 a text"),
    ROW("I9", together, misquoted(transfer.TransferAnswered, changed(reason=None)), "refused without a reason",
        id="I9 a neighbour is refused without a reason"),
    # I10: nothing identifies a person
    ROW("I10", together, misquoted(transfer.TransferAsked, with_profile(area="3011")), "where somebody lives",
        id="I10 a neighbour is told where somebody lives"),
    ROW("I10", alone, mislabelled(subject="111222333"), "a citizen service number",
        id="I10 a decision is filed under a citizen service number"),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "rig", "cores", "words"), MUTATIONS)
def test_a_broken_core_is_caught_within_a_few_seeds(invariant: str, rig: Rig, cores: BrokenCores, words: str) -> None:
    found = set[str]()
    for seed in SEEDS_TO_CATCH:
        violations = rig(seed, cores)
        found |= {violation.invariant for violation in violations}
        if any(violation.invariant == invariant and words in violation.message for violation in violations):
            assert [sound(rig, each) for each in range(seed + 1)] == [()] * (seed + 1)
            return

    pytest.fail(f"{len(SEEDS_TO_CATCH)} seeds, and {invariant} was not found broken; found: {sorted(found)}")


@cache
def sound(rig: Rig, seed: int) -> tuple[Violation, ...]:
    """What the auditor says of a core that is not broken."""
    return tuple(rig(seed, SOUND))


def test_each_invariant_is_broken_in_two_ways_at_least() -> None:
    rows = Counter(row.values[0] for row in MUTATIONS)

    assert set(rows) == {f"I{number}" for number in range(1, 11)}
    assert min(rows.values()) >= 2
