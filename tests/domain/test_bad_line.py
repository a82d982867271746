"""Three hours of everything that sources say, as it was sent and through a bad line: the same is known in the end (I8).

What is left out of the comparison, by name, is what runs by the log and not by the sources' own moments. The log hears
of a delayed message later, so a term that begins when it is heard ends later: who is asked for a place, what is
promised where, whose turn it is to answer a consult, which room was proposed to whom, what the region asks of itself.
That two logs differ there is their meaning.

Levels of crowding remember for how long a measure was over its threshold. That runs by the log too: so here a threshold
is left where it is entered, and a level holds at once. How levels remember is told in `test_crowding.py`, and recounted
by the auditor in every simulated life.
"""

import tomllib
from typing import Any, Final

import pytest
from pydantic import BaseModel

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.stack.places import deploy_file
from spoedplein.testing.builders import adopted, event
from spoedplein.testing.faults import NONE, Edge, Faults
from spoedplein.testing.simulate import FRIDAY
from spoedplein.testing.workload import Workload
from spoedplein_schemas import Event, views
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.vocabulary import millis

MINUTE_MS: Final = 60_000
HOURS: Final = 3
#: After the last word so long for what is still on its way: longer than any delay and any repetition.
REST_MS: Final = 25 * MINUTE_MS
BAD_LINE: Final = Faults(doubled=0.3, delayed=0.3, gap_hours=0, skewed=0, silent=0)
#: When it was written, and by which log.
OF_THE_LOG: Final = {"as_of", "version"}
#: Per view what runs by the log.
LEFT_OUT: Final[dict[type[BaseModel], set[str]]] = {
    views.SiteBoard: {"rooms_heard_at", "proposed_for", "crowding.since", "age_seconds"},
    views.EscalationBoard: {"since", "proposals"},
    views.ConsultsBoard: {"owner", "since", "next_deadline", "escalations"},
    views.RequestsBoard: {"owner", "state", "since", "next_deadline", "unit", "asked", "shortfalls", "open_total"},
}
#: The same when requests are heard as well: what was promised where, and how much the region asks of itself.
OF_PLACES: Final[dict[type[BaseModel], set[str]]] = {
    views.RoundsBoard: {"open_total"},
    views.UnitAvailability: {"free", "held", "promised", "conflict"},
    views.CareTypeAvailability: {"free"},
}


@pytest.fixture(scope="module")
def rijnmond() -> Agreements:
    """Levels follow the measures at once, both ways; a source that is silent for an hour is still believed."""
    text = tomllib.loads(deploy_file("regions", "rijnmond.toml").read_text())
    default = Agreements.model_validate(text)
    for rule, agreed in zip(text["crowding"], default.crowding, strict=True):
        thresholds = [{"measure": each.measure, "enter": each.enter, "leave": each.enter} for each in agreed.thresholds]
        rule |= {"thresholds": thresholds, "up_minutes": 0, "down_minutes": 0, "validity_minutes": 600}
    text["escalation"] |= {"up_minutes": 0, "down_minutes": 0}
    return Agreements.model_validate(text)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("asked", [False, True], ids=["all but requests for a place", "with requests for a place"])
def test_what_was_doubled_and_delayed_ends_in_the_same_views(rijnmond: Agreements, seed: int, *, asked: bool) -> None:
    """Without requests every figure of every unit is compared; with them, all but what they were promised."""
    start = millis(FRIDAY)
    end = start + HOURS * 60 * MINUTE_MS
    workload = Workload(rijnmond, seed=seed, start_ms=start, intensity=4)
    said = [(at, each) for at, each in workload.emit(end) if asked or not _asks_a_place(each)]
    first, second = (known_in_the_end(rijnmond, said, faults, end, asked=asked) for faults in (NONE, BAD_LINE))

    assert len(said) > 600
    assert {key: view for key, view in first.items() if second[key] != view} == {}
    assert first.keys() == second.keys()
    boards = [view for key, view in first.items() if key.endswith(("/schiedam", "/rotterdam-zuid", "/rotterdam-noord"))]
    assert any(room["use"] == "taken" for board in boards for room in board["rooms"])
    assert any(board["crowding"]["level"] != "green" for board in boards)
    assert any(first[key] for key in first if key.endswith("/consults"))


def _asks_a_place(said: Event) -> bool:
    return said.type.startswith("nl.spoedplein.placement.")


def known_in_the_end(
    text: Agreements, said: list[tuple[int, Event]], faults: Faults, end: int, *, asked: bool
) -> dict[str, Any]:
    start = millis(FRIDAY)
    edge, core = Edge(faults, seed=7, start_ms=start), Region.empty("rijnmond")
    edge.take(said)
    heard = [
        (start, event(adopted(text, FRIDAY), at=FRIDAY, region="rijnmond")),
        *edge.give(end + REST_MS),
        (end + REST_MS, event(ClockTicked(ticked_at=FRIDAY), at=FRIDAY, region="rijnmond")),
    ]
    for offset, (at, each) in enumerate(heard):
        core.step(Record(offset, at, each))
    core.parts.all_changed = True
    left_out = LEFT_OUT | OF_PLACES if asked else LEFT_OUT
    return {key.decode(): _without(view, left_out.get(type(view), set())) for key, view in core.views()}


def _of_the_region_itself(item: object) -> bool:
    """Care in the meantime, and rounds when nothing was found: named by offsets of the log, where they began."""
    return isinstance(item, dict) and str(item.get("request") or item.get("round")).startswith(("rijnmond.", "round-"))


def _without(view: BaseModel, names: set[str]) -> dict[str, Any]:
    """`crowding.since` is that of the crowding, and no other; a name alone is meant wherever it stands."""
    nested = {tuple(name.split(".")) for name in names if "." in name}

    def kept(value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401  as free as JSON is
        if isinstance(value, dict):
            return {
                name: kept(each, (*path, name))
                for name, each in value.items()
                if name not in names | OF_THE_LOG and (*path, name)[-2:] not in nested
            }
        if isinstance(value, list):
            return [kept(each, path) for each in value if not _of_the_region_itself(each)]
        return value

    found: dict[str, Any] = kept(view.model_dump(mode="json"), ())
    return found
