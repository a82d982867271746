"""Growth as one scenario."""

import gc
from collections.abc import Callable
from typing import Final

from loadtests.growth import keeping, lines, places, rooms
from loadtests.growth.places import MIX
from loadtests.results import Check, Figure, Measured
from loadtests.scenario import Chart, Plan, Progress, Scenario
from spoedplein_schemas.vocabulary import Property

WAITING: Final = (100, 1_000, 10_000, 100_000, 1_000_000)
UNITS: Final = (100, 1_000, 10_000, 100_000)
REGIONS: Final = (1, 4, 15, 60)
#: The closed vocabulary has no more; an open and a closed ward are not asked together.
ATTRIBUTES: Final = (0, 1, 2, 4, 8, len(Property) - 1)
SNAPSHOTS: Final = (100, 1_000, 10_000, 100_000)
#: One more than the runs that are kept: the first one warms up.
_WARM: Final = 1


def run(plan: Plan, progress: Progress) -> Measured:
    rounds = plan.runs + _WARM
    few = 2 if plan.quick else None
    steps: tuple[tuple[str, Callable[[], list[Figure]]], ...] = (
        ("one queue as a structure", lambda: lines.measure(WAITING[:few], rounds=rounds)),
        ("the core's queues", lambda: rooms.queues(WAITING[:few], rounds=rounds)),
        ("events with many waiting", lambda: rooms.events(WAITING[:few], rounds=rounds)),
        ("events with many units", lambda: places.units(UNITS[:few], rounds=rounds)),
        ("events in many regions", lambda: places.regions(REGIONS[:few], rounds=rounds)),
        ("requests that ask much", lambda: places.attributes(ATTRIBUTES[:few], rounds=rounds)),
        ("snapshots", lambda: keeping.snapshots(SNAPSHOTS[:few], rounds=rounds)),
        ("memory", lambda: keeping.memory(runs=1 if plan.quick else 3, share=0.02 if plan.quick else 1)),
    )
    progress.expect(1 + len(steps))
    progress.step("queues of one policy take the same patients")
    checks: tuple[Check, ...] = (lines.check(100 if plan.quick else 2_000),)
    figures: list[Figure] = []
    for doing, measure in steps:
        progress.step(doing)
        figures += measure()
        gc.unfreeze()
    return Measured(figures=tuple(figures), checks=checks, notes=NOTES)


NOTES: Final = (
    "CPU time of one thread per operation; sizes take turns, and each operation leaves as much as it found.",
    "Patients wait at twelve HAPs under accumulating priority, the dearer policy; structures hold them in one queue.",
    "A queue operation is what one message does in `domain.queue`, with its route, deadlines and explained decision.",
    f"An event is the mean of a national day, by kind per {sum(MIX.values()):,}: "
    + ", ".join(f"{kind} {count}" for kind, count in MIX.items())
    + ".",
    f"The vocabulary has {len(Property)} attributes, all but one are asked at most; 64 cannot be.",
)

SCENARIO: Final = Scenario(
    name="growth",
    title="Growth: what an operation costs when much waits, and when there is much to choose from",
    about="Queue operations with 100 to 1,000,000 waiting, beside heapq with lazy deletion, one SortedList and "
    "accumulating priority as the textbook has it; events with 100 to 100,000 units, 1 to 60 regions and more and "
    "more attributes asked; memory per patient and unit; snapshots.",
    minutes=10,
    run=run,
    charts=(
        Chart("Queue operations of the core", rooms.QUEUE, apart="operation", along="waiting", log="xy"),
        Chart("Events with many waiting", rooms.EVENT, apart="kind", along="waiting", log="xy"),
        *(
            Chart(f"One queue as a structure: {name}", f"{lines.FIGURE}: {name}", "path", along="waiting", log="xy")
            for name in lines.OPERATIONS
        ),
        Chart("Events with many units, by kind", places.KIND, apart="kind", along="units", log="xy"),
        Chart("Views of what some forty events changed", places.VIEWS, apart="of", along="units", log="xy"),
        Chart("An event, with more and more units", places.EVENT, apart="in", along="units", log="xy"),
        Chart("An event, in more and more regions", places.EVENT, apart="in", along="regions", log="x"),
        Chart("A request that asks more and more", places.REQUEST, apart="kind", along="attributes"),
        Chart("Snapshots: time", "snapshot", apart="step", along="waiting", log="xy"),
        Chart("Snapshots: size", "snapshot size", apart="as", along="waiting", log="xy"),
    ),
)
