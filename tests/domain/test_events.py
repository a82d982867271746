"""Every event of the registry has its way into the core, and every deadline too."""

import subprocess
import sys
from typing import Final

import pytest

from spoedplein.domain import events
from spoedplein.domain.region import Region
from spoedplein.domain.timers import Timer
from spoedplein.testing.builders import EVENING, REGION, Script, agreements, site, unit
from spoedplein_schemas import EVENTS, Event
from spoedplein_schemas.examples import EVENT_EXAMPLES
from spoedplein_schemas.vocabulary import CareType, millis

#: What needs a network, a clock of its own or a server has no place in what must give the same bytes anywhere.
FORBIDDEN: Final = ("faust", "aiokafka", "asyncpg", "prometheus_client", "asyncio")


def test_every_event_of_the_registry_is_handled_and_nothing_else() -> None:
    assert events.handled() == {kind.data for kind in EVENTS}


def test_every_kind_of_deadline_does_something() -> None:
    assert set(events._FIRED) == set(Timer)


@pytest.mark.parametrize("said", EVENT_EXAMPLES.values(), ids=lambda said: said.type)
@pytest.mark.parametrize("agreed", [True, False], ids=["agreements in force", "no agreements yet"])
def test_the_core_takes_every_kind_of_event_twice_and_survives_a_restart(said: Event, agreed: bool) -> None:
    script = Script()
    if agreed:
        script.adopts(agreements(unit("seh-schiedam", CareType.SEH, site="schiedam"), sites=[site()]))
    core = Region.empty(REGION)
    for record in [*script.records, script.repeats(said), script.repeats(said), script.ticks(hours=49)]:
        core.step(record)

    assert core.now == millis(EVENING) + 49 * 3_600_000
    assert Region.restore(core.snapshot()).snapshot() == core.snapshot()


def test_the_core_loads_nothing_that_reaches_out_of_the_process() -> None:
    """In an interpreter of its own: this one has loaded all of it for other tests."""
    look = "import sys, spoedplein.domain.region; print(*[name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look, *FORBIDDEN], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


def test_the_search_for_what_was_loaded_finds_it() -> None:
    look = "import sys, spoedplein.clock, asyncio; print(*[name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look, *FORBIDDEN], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["asyncio"]
