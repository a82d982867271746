"""The auditor of measures, levels, proposals and statuses: a true story passes, and each lie about it is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import (
    REGION,
    SITE,
    Script,
    actor,
    agreements,
    arrived,
    left,
    seh_triaged,
    site,
    treated,
    unit,
)
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.ambulance import AmbulanceArrived, PatientHandedOver
from spoedplein_schemas.crowding import (
    LevelChanged,
    MeasureState,
    ProposalAnswered,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    ProposalOver,
)
from spoedplein_schemas.decisions import UnitStatusChanged
from spoedplein_schemas.seh import Departure, Disposition, DispositionDecided, StatusReported
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Role,
    StopReason,
    UnitStatus,
)

SEH: Final = CareType.SEH
Story = tuple[list[Record], list[Decision]]


def text(**more: Any) -> Any:  # noqa: ANN401  pydantic checks
    rule = {"site": SITE, "places": 10, "cases_min": 1, "up_minutes": 5, "down_minutes": 15, "validity_minutes": 90}
    agreed = {"crowding": [{**rule, "yellow_from": 1}], "escalation": {"orange_sites": 1, "down_minutes": 10}, **more}
    return agreements(unit("seh", SEH, site=SITE), sites=[site(SITE, ServicePoint(care_type=SEH))], **agreed)


def evening() -> Story:
    """A house that fills, proposes, announces a stop, and empties; every measure has cases."""
    story = Script()
    story.adopts(text())
    for case in ("v-1", "v-2", "v-3"):
        story.says(arrived(case, story.now))
        story.passes(minutes=7)
        story.says(seh_triaged(case, "orange", story.now))
    story.says(AmbulanceArrived(ride="rit-1", site=SITE, arrived_at=story.now))
    story.passes(minutes=20)
    story.says(PatientHandedOver(ride="rit-1", site=SITE, handed_over_at=story.now))
    story.says(treated("v-1", story.now))
    story.says(DispositionDecided(visit="v-1", site=SITE, disposition=Disposition.ADMIT, decided_at=story.now))
    story.says(left("v-2", story.now, Departure.LEFT_UNSEEN))
    story.says(StatusReported(site=SITE, status=UnitStatus.OPEN, observed_at=story.now, present=14, boarding_ward=5))
    for _ in range(4):
        story.ticks(minutes=5)
    made = [each for each in decisions(story) if isinstance(each.data, ProposalMade)]
    story.says(ProposalConfirmed(proposal=made[0].id, confirmed_at=story.now, by=actor()))
    end = story.now + timedelta(minutes=30)
    stop = StatusReported(site=SITE, status=UnitStatus.STOP, observed_at=story.now, present=14, boarding_ward=5,
                          reason=StopReason.CROWDING, expected_end=end)  # fmt: skip
    story.says(stop)
    for _ in range(8):
        story.ticks(minutes=5)
    for case in ("v-1", "v-3"):
        story.says(left(case, story.now))
    for number in range(14):
        calm(story, f"{number}")
    story.adopts(text(version="2026.2", crowding=[], escalation=None))
    return story.records, decisions(story)


def calm(story: Script, number: str) -> None:
    """Twenty minutes with one patient and one ambulance, without a wait for either."""
    visit, ride = f"v-calm-{number}", f"rit-calm-{number}"
    story.says(arrived(visit, story.now))
    story.says(AmbulanceArrived(ride=ride, site=SITE, arrived_at=story.now))
    story.ticks(minutes=1)
    for said in (seh_triaged(visit, "green", story.now), treated(visit, story.now)):
        story.says(said)
    story.says(PatientHandedOver(ride=ride, site=SITE, handed_over_at=story.now))
    story.says(StatusReported(site=SITE, status=UnitStatus.OPEN, observed_at=story.now, present=1, boarding_ward=0))
    story.ticks(minutes=19)
    story.says(left(visit, story.now))


def decisions(story: Script) -> list[Decision]:
    core = Region.empty(REGION)
    return [decision for record in story.records for decision in core.step(record)]


def test_a_true_story_passes() -> None:
    log, made = evening()

    kinds = {type(decision.data) for decision in made}
    assert {LevelChanged, ProposalMade, ProposalAnswered, ProposalLapsed, ProposalOver, UnitStatusChanged} <= kinds
    levels = [each.data for each in made if isinstance(each.data, LevelChanged)]
    assert {each.level for each in levels} == set(CrowdingLevel)
    assert {None, SITE} == {each.site for each in levels}
    counted = {measured.measure: measured.state for each in levels for measured in each.measures}
    assert counted.keys() == set(CrowdingMeasure)
    assert audit(log, made) == []


def changed(kind: type[Any], change: Callable[[Any], dict[str, Any]], *, which: int = 0) -> Story:
    """The decision of this kind says something else; `which` of them."""
    log, made = evening()
    index = [place for place, each in enumerate(made) if isinstance(each.data, kind)][which]
    data = made[index].data.model_copy(update=change(made[index].data))
    made[index] = made[index].model_copy(update={"data": data})
    return log, made


def silenced(kind: type[Any]) -> Story:
    """The last decision of this kind is not made; those after it in the turn take its number."""
    log, made = evening()
    index = [place for place, each in enumerate(made) if isinstance(each.data, kind)][-1]
    turn = made[index].id.rpartition(".")[0]
    rest = [
        each.model_copy(update={"id": f"{turn}.{int(each.id.rpartition('.')[2]) - 1}"})
        if each.id.rpartition(".")[0] == turn
        else each
        for each in made[index + 1 :]
    ]
    return log, [*made[:index], *rest]


def with_measures(change: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    return lambda data: {"measures": tuple(each.model_copy(update=change(each)) for each in data.measures)}


def one_more(which: CrowdingMeasure, part: str) -> Callable[[Any], dict[str, Any]]:
    """This measure has one case, minute or percent too many."""
    return with_measures(
        lambda each: {part: (getattr(each, part) or 0) + 1} if each.measure is which and each.value is not None else {}
    )


@pytest.mark.parametrize("part", ["value", "cases", "age_seconds"])
@pytest.mark.parametrize("which", list(CrowdingMeasure))
def test_a_measure_that_is_wrong_by_one_is_found(which: CrowdingMeasure, part: str) -> None:
    violations = audit(*changed(LevelChanged, one_more(which, part), which=1))

    assert [found.invariant for found in violations if f"'{which}'" in found.message] == ["I9"]


@pytest.mark.parametrize(
    ("kind", "lie", "invariant", "words"),
    [
        pytest.param(LevelChanged, with_measures(lambda _: {"state": MeasureState.UNKNOWN, "value": None}),
                     "I9", "counted is", id="what is known is told as unknown"),
        pytest.param(LevelChanged, with_measures(
                         lambda each: {"state": MeasureState.CROWDED, "value": 20}
                         if each.state is MeasureState.UNKNOWN else {}),
                     "I6", "counted is", id="what is unknown is told as crowded"),
        pytest.param(LevelChanged, lambda _: {"measures": ()}, "I9", "told without", id="a level on nothing"),
        pytest.param(LevelChanged, lambda data: {"previous": data.level}, "I9", "is told to go from",
                     id="from another level"),
        pytest.param(LevelChanged, lambda _: {"level": CrowdingLevel.RED}, "I9", "is told to go from",
                     id="to another level"),
        pytest.param(LevelChanged, lambda _: {"site": "rotterdam-zuid"}, "I9", "is told to go from",
                     id="of another site"),
        pytest.param(ProposalMade, lambda data: {"answer_by": data.answer_by - timedelta(hours=1)}, "I1", "waits",
                     id="a proposal that stays open"),
        pytest.param(ProposalMade, lambda data: {"answer_by": data.answer_by + timedelta(days=1)}, "I9",
                     "another time", id="more time than was agreed"),
        pytest.param(ProposalMade, lambda _: {"roles": (Role.PROVIDER,)}, "I9", "other people", id="asks others"),
        pytest.param(ProposalMade, lambda _: {"level": CrowdingLevel.GREEN}, "I9", "it is", id="at another level"),
        pytest.param(ProposalAnswered, lambda _: {"by": actor(Role.PROVIDER)}, "I9", "not agreed", id="by another"),
        pytest.param(ProposalLapsed, lambda _: {"proposal": "rijnmond.0.9"}, "I1", "ends as if", id="lapses unmade"),
        pytest.param(ProposalOver, lambda _: {"proposal": "rijnmond.0.9"}, "I1", "ends as if", id="is over unmade"),
        pytest.param(UnitStatusChanged, lambda data: {"previous": data.status}, "I9", "said to have been",
                     id="another status before"),
        pytest.param(UnitStatusChanged, lambda _: {"status": UnitStatus.CLOSED}, "I9", "not told",
                     id="another status now"),
    ],
)  # fmt: skip
def test_a_lie_is_found(kind: type[Any], lie: Callable[[Any], dict[str, Any]], invariant: str, words: str) -> None:
    violations = audit(*changed(kind, lie))

    assert any(found.invariant == invariant and words in found.message for found in violations), violations


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param(LevelChanged, "that is not told", id="a level"),
        pytest.param(ProposalMade, "its level asks for it", id="a proposal"),
        pytest.param(ProposalOver, "nothing asks for it", id="the end of a proposal"),
        pytest.param(UnitStatusChanged, "that is not told", id="a status"),
    ],
)
def test_what_is_not_told_is_missed(kind: type[Any], words: str) -> None:
    violations = audit(*silenced(kind))

    assert any(found.invariant == "I9" and words in found.message for found in violations), violations
