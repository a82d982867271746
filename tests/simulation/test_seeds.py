"""Two hundred lives of regions from seeds, with faults, crashes and restarts: the auditor finds nothing.

And he would: a core that is broken on purpose, in one way per invariant, is caught within a few seeds. A broken core is
the real one that mishears what is said to it, or whose words are changed on the way out; nothing in it is replaced.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.auditor import same_views
from spoedplein.testing.builders import urgency
from spoedplein.testing.faults import NONE, Faults
from spoedplein.testing.lives import drawn, live
from spoedplein.testing.simulate import FRIDAY, Core, Outcome, simulate
from spoedplein.testing.together import simulate_together
from spoedplein_schemas import Decision, Event, event_class, transfer
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.crowding import LevelChanged, ProposalMade
from spoedplein_schemas.decisions import AgreementsInForce, PlacementExhausted, PlacementOffered, UnitStatusChanged
from spoedplein_schemas.hap import ContactCalled, ContactTriaged
from spoedplein_schemas.placement import PlacementRequested, RequestCancelled, TransferOutcome
from spoedplein_schemas.rooms import RoomProposed
from spoedplein_schemas.seh import PatientTriaged, StatusReported
from spoedplein_schemas.vocabulary import AgeBand, CareType, Frozen, Registration, Sex

Hears = Callable[[Frozen], Frozen]
Tells = Callable[[Decision], Decision]

#: The first two hundred of `spoedplein simulate`, in parts that can run side by side.
PARTS: Final = [pytest.param(range(first, first + 25), id=f"from {first}") for first in range(1, 201, 25)]
#: Most are caught by the first; who has a Wlz indication and asks for ELV is rare.
SEEDS_TO_CATCH: Final = range(30)
A_FEW: Final = range(5)
#: The posts are open, and most bed sources go silent sooner or later: something for every invariant to be broken by.
EVENING: Final = FRIDAY + timedelta(hours=6)
DAY: Final = timedelta(days=1)
SILENCE: Final = Faults(silent=0.7)


@cache
def region(name: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{name}.toml").read_text()))


@dataclass
class Crashing:
    """The real core, and how often it was taken up from a snapshot."""

    restored: int = 0

    def empty(self, name: str) -> Core:
        return Region.empty(name)

    def restore(self, data: bytes) -> Core:
        self.restored += 1
        return Region.restore(data)


@pytest.mark.parametrize("seeds", PARTS)
def test_two_hundred_lives_pass_the_auditor(seeds: range) -> None:
    cores = Crashing()
    found, seen = {}, Counter[type[Frozen]]()
    for life in map(drawn, seeds):
        for outcome in live(life, [region(name) for name in life.regions], region_factory=cores):
            if outcome.violations:
                found[f"{outcome.log[0].event.region}, seed {life.seed}"] = outcome.violations
            seen.update(type(decision.data) for decision in outcome.decisions)

    assert found == {}
    assert cores.restored > len(seeds) // 4, "too few crashes to have proved anything"
    enough = (PlacementOffered, RoomProposed, LevelChanged, ProposalMade, UnitStatusChanged, transfer.TransferAsked)
    assert seen.keys() >= set(enough), "too little happened to have proved anything"
    assert seen[AgreementsInForce] > len([name for seed in seeds for name in drawn(seed).regions])


@pytest.mark.parametrize(
    ("names", "seed", "hours", "intensity"),
    [pytest.param(("nijmegen",), 48, 4.0, 3.0, id="who was sent elsewhere by hand, over a restart")],
)
def test_a_life_that_found_something_finds_it_no_more(
    names: tuple[str, ...], seed: int, hours: float, intensity: float
) -> None:
    regions = [region(name) for name in names]
    outcomes = simulate_together(regions, seed, hours, region_factory=Region, intensity=intensity)

    assert [violation for outcome in outcomes for violation in outcome.violations] == []


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(84, id="a hand-over that came before its request"),
        pytest.param(283, id="an admission that came before its override, and lapsed during an offer"),
    ],
)
def test_a_seed_that_found_something_finds_it_no_more(seed: int) -> None:
    life = drawn(seed)
    outcomes = live(life, [region(name) for name in life.regions], region_factory=Region)

    assert [violation for outcome in outcomes for violation in outcome.violations] == []


# --- cores that are broken on purpose -------------------------------------------------------------------------------


@dataclass
class Broken:
    """A core between two people who get it wrong: one tells it what is said, the other passes on what it decides."""

    core: Region
    hears: Hears
    tells: Tells

    def step(self, record: Record) -> list[Decision]:
        data = self.hears(record.event.data)
        event = record.event if data is record.event.data else _around(data, record.event)
        return [self.tells(decision) for decision in self.core.step(record._replace(event=event))]

    def next_due_ms(self) -> int | None:
        return self.core.next_due_ms()

    def snapshot(self) -> bytes:
        return self.core.snapshot()


@dataclass
class BrokenCores:
    hears: Hears = field(default=lambda data: data)
    tells: Tells = field(default=lambda decision: decision)

    def empty(self, name: str) -> Core:
        return Broken(Region.empty(name), self.hears, self.tells)

    def restore(self, data: bytes) -> Core:
        return Broken(Region.restore(data), self.hears, self.tells)


def _around(data: Frozen, event: Event) -> Event:
    """The same envelope around other data."""
    fields = {name: getattr(event, name) for name in type(event).model_fields if name not in ("type", "data")}
    return event_class(type(data))(**fields, data=data)


def mishears(kind: type[Frozen], change: Callable[[Any], Frozen]) -> BrokenCores:
    return BrokenCores(hears=lambda data: change(data) if isinstance(data, kind) else data)


def misquoted(kind: type[Frozen], change: Callable[[Any], Frozen]) -> BrokenCores:
    def tells(decision: Decision) -> Decision:
        if not isinstance(decision.data, kind):
            return decision
        return decision.model_copy(update={"data": change(decision.data)})

    return BrokenCores(tells=tells)


def changed(**fields: object) -> Callable[[Frozen], Frozen]:
    return lambda data: data.model_copy(update=fields)


def agreed(**fields: Any) -> BrokenCores:  # noqa: ANN401  one function per field of a rule, rank or unit
    """A core that misread the agreements: each field is what its function makes of the right one."""

    def misread(data: AgreementsAdopted) -> Frozen:
        text = data.agreements
        update = {name: tuple(change(item) for item in getattr(text, name)) for name, change in fields.items()}
        return data.model_copy(update={"agreements": text.model_copy(update=update)})

    return mishears(AgreementsAdopted, misread)


def with_profile(**fields: object) -> Callable[[PlacementRequested], Frozen]:
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


def nobody_hears(data: Any) -> Frozen:  # noqa: ANN401
    """The message is in the log, and the core took it for the ticking of the clock."""
    return ClockTicked(ticked_at=data.cancelled_at if isinstance(data, RequestCancelled) else data.called_at)


MUTATIONS: Final = [
    pytest.param("I1", mishears(RequestCancelled, nobody_hears), id="I1 a request that was cancelled stays open"),
    pytest.param("I1", mishears(ContactCalled, nobody_hears), id="I1 who was called stays in the queue"),
    pytest.param(
        "I1", misquoted(PlacementOffered, changed(owner="niemand")), id="I1 an offer names another owner"
    ),
    pytest.param(
        "I2", mishears(CapacityReported, lambda data: data.model_copy(update={"free": data.free + 3})),
        id="I2 the same place twice",
    ),
    pytest.param("I3", mishears(PlacementRequested, with_profile(wlz_indication=False)), id="I3 a Wlz indication"),
    pytest.param("I3", mishears(PlacementRequested, with_profile(needs=())), id="I3 what a person needs"),
    pytest.param(
        "I3", agreed(units=lambda unit: unit.model_copy(update={"windows": ()})), id="I3 hours of admission"
    ),
    pytest.param(
        "I3", agreed(units=changed(age_bands=tuple(AgeBand), sex=Sex.ANY, registration=Registration.BOTH)),
        id="I3 age, sex and registration",
    ),
    pytest.param("I4", agreed(ranks=changed(life_threatening=False)), id="I4 the life-threatening queue up"),
    pytest.param("I5", mishears(ContactTriaged, one_less_urgent), id="I5 an urgency is changed at the HAP"),
    pytest.param("I5", mishears(PatientTriaged, one_less_urgent), id="I5 an urgency is changed at the SEH"),
    pytest.param("I6", agreed(rules=longer, units=changed(validity_minutes=None)), id="I6 stale figures are offered"),
    pytest.param(
        "I9", mishears(StatusReported, lambda data: data.model_copy(update={"present": (data.present or 0) + 9})),
        id="I9 a department is counted fuller than it is",
    ),
    pytest.param("I9", misquoted(PlacementExhausted, changed(excluded=())), id="I9 exhausted without reasons"),
    pytest.param("I9", misquoted(PlacementOffered, changed(score=())), id="I9 an offer without its points"),
    pytest.param(
        "I9", BrokenCores(tells=lambda made: made.model_copy(update={"causationid": "een-ander"})), id="I9 a cause"
    ),
    pytest.param(
        "I9", BrokenCores(tells=lambda made: made.model_copy(update={"agreements": "2019.1"})), id="I9 a text"
    ),
]  # fmt: skip


#: Broken between two regions: what is broken, and what the auditor says of it.
TOGETHER: Final = [
    pytest.param(
        "I2",
        misquoted(
            transfer.TransferAnswered,
            lambda data: data.model_copy(update={"outcome": TransferOutcome.ACCEPTED, "unit": "elv-hoog-vol"}),
        ),
        id="I2 a neighbour is given a place that is not kept",
    ),
    pytest.param(
        "I1",
        misquoted(
            transfer.TransferAsked, lambda data: data.model_copy(update={"answer_by": data.answer_by + DAY})
        ),
        id="I1 a neighbour has a day more than was agreed",
    ),
    pytest.param(
        "I3", agreed(neighbours=changed(keep_free=0)), id="I3 what was to stay free for our own region is given away"
    ),
    pytest.param(
        "I5",
        misquoted(
            transfer.TransferAsked,
            lambda data: data.model_copy(
                update={"profile": data.profile.model_copy(update={"urgency": urgency("U5")})}
            ),
        ),
        id="I5 an urgency changes on its way to a neighbour",
    ),
    pytest.param(
        "I9",
        misquoted(transfer.TransferAnswered, changed(reason=None)),
        id="I9 a neighbour is refused without a reason",
    ),
    pytest.param(
        "I10",
        misquoted(
            transfer.TransferAsked,
            lambda data: data.model_copy(update={"profile": data.profile.model_copy(update={"area": "3011"})}),
        ),
        id="I10 a neighbour is told where somebody lives",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "cores"), TOGETHER)
def test_what_is_broken_between_two_regions_is_caught_within_a_few_seeds(invariant: str, cores: BrokenCores) -> None:
    regions, found = [region("rijnmond"), region("nijmegen")], set[str]()
    for seed in SEEDS_TO_CATCH:
        outcomes = simulate_together(regions, seed, 6.0, region_factory=cores, intensity=3.0)
        found |= {violation.invariant for outcome in outcomes for violation in outcome.violations}
        if invariant in found:
            return

    pytest.fail(f"{len(SEEDS_TO_CATCH)} seeds, and {invariant} was not found broken; found: {sorted(found)}")


def test_a_core_that_takes_every_report_for_a_newer_one_is_caught() -> None:
    """I8: the same log with each report said again at its end; only a core that minds their moments ends the same."""
    text = region("nijmegen")
    log = simulate(text, 3, 3.0, region_factory=Region, faults=NONE).log
    reports = [record for record in log if isinstance(record.event.data, CapacityReported)]
    again = [Record(len(log) + index, log[-1].at, each.event) for index, each in enumerate(reversed(reports))]

    assert same_views(_final(log, minds=True), _final([*log, *again], minds=True)) == []
    assert {each.invariant for each in same_views(_final(log, minds=False), _final([*log, *again], minds=False))} == {
        "I8"
    }


def _final(log: Sequence[Record], *, minds: bool) -> list[tuple[bytes, Any]]:
    """The views at the end; a core that does not mind takes each report for one of the moment at which it came."""
    core, heard = Region.empty("nijmegen"), 0
    for record in log:
        event, heard = record.event, heard + 1
        if not minds and isinstance(event.data, CapacityReported):
            stamped = event.data.model_copy(update={"observed_at": FRIDAY + timedelta(seconds=heard)})
            event = _around(stamped, event)
        core.step(record._replace(event=event))
    core.parts.all_changed = True
    return core.views()


def hard_evening(seed: int, cores: Any) -> Outcome:  # noqa: ANN401
    """Six hours of a large region, four times as busy as usual."""
    return simulate(region("rijnmond"), seed, 6.0, region_factory=cores, intensity=4.0, start=EVENING, faults=SILENCE)


@pytest.mark.parametrize(("invariant", "cores"), MUTATIONS)
def test_a_broken_core_is_caught_within_a_few_seeds(invariant: str, cores: BrokenCores) -> None:
    found = set[str]()
    for seed in SEEDS_TO_CATCH:
        found |= {violation.invariant for violation in hard_evening(seed, cores).violations}
        if invariant in found:
            return

    pytest.fail(f"{len(SEEDS_TO_CATCH)} seeds, and {invariant} was not found broken; found: {sorted(found)}")


def test_the_rig_around_a_broken_core_breaks_nothing_itself() -> None:
    assert [hard_evening(seed, BrokenCores()).violations for seed in A_FEW] == [[]] * len(A_FEW)


@dataclass
class Forgetful(Crashing):
    """Takes up a snapshot without the breaches that were told: they are told again."""

    def restore(self, data: bytes) -> Core:
        core = Region.restore(data)
        for patient in core.state.patients.values():
            patient.breached.clear()
        return Region.restore(core.snapshot())


def test_a_core_that_forgets_over_a_restart_is_caught() -> None:
    found = {violation.invariant for seed in A_FEW for violation in hard_evening(seed, Forgetful()).violations}

    assert "I7" in found
