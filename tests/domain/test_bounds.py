"""Nothing that a source may say drives what we tell past a bound of its contract: the worker would stop on itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from loadtests.growth.patients import patients
from pydantic import ValidationError

from spoedplein.domain.agreements import Rules
from spoedplein.domain.patient import Assigned
from spoedplein.domain.queue import Queues
from spoedplein.domain.region import Region
from spoedplein.domain.timers import Timers
from spoedplein.domain.turn import Turn
from spoedplein.testing import builders as say
from spoedplein.testing.builders import SITE, Script
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted, ServicePoint
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.decisions import NormBreached, PatientQueued, PatientTaken, PlacementExhausted
from spoedplein_schemas.examples import AGREEMENTS, EVENT_EXAMPLES
from spoedplein_schemas.views import CareTypeAvailability
from spoedplein_schemas.vocabulary import COUNT_MAX, SECONDS_MAX, CareType, Frozen, millis

ELV = CareType.ELV_HOOG
U3 = say.urgency("U3")
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
VERY_LONG_AGO = datetime(1, 1, 1, 0, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
Saying = Callable[[datetime], Frozen]
#: As far off as can be written; in UTC it is further than that.
FAR: Final = tuple(map(datetime.fromisoformat, ("0001-01-01T00:00:00+01:00", "9999-12-31T23:30:00-01:00")))
#: Between these hours, by each table that can say so.
HOURS: Final = [{"from": "22:00", "until": "08:00"}, {"days": ["thu"], "from": "09:00", "until": "17:00"}]
BOTH: Final = [{"care_type": "hap", "hours": "anw", "windows": HOURS}, {"care_type": "seh", "windows": HOURS}]
IN_HOURS: Final = {
    "sites": [site.model_dump() | {"services": BOTH} for site in AGREEMENTS.sites],
    "units": [unit.model_dump() | {"windows": HOURS} for unit in AGREEMENTS.units],
    "doors": [{"name": "Crisisdienst", "to": "ggz-crisis", "windows": HOURS}],
    "routes": [
        {"id": "ggz", "to": "ggz-crisis", "codes": ["U5"], "system": "nts", "windows": HOURS},
        {"id": "huisarts", "to": "own-gp-next-day", "hours": "office", "windows": HOURS},
        {"id": "post", "to": "hap", "windows": HOURS},
    ],
    "lending": [{"site": AGREEMENTS.sites[0].id, "to": side, "windows": HOURS} for side in ("hap", "seh")],
    "rounds": {"when_exhausted": True},
    "neighbours": [{"region": "haaglanden", "asks": ["elv-hoog"], "takes": ["elv-hoog"]}],
}
TEXT: Final = Agreements.model_validate(AGREEMENTS.model_dump(by_alias=True) | IN_HOURS)


def decided(*said: Saying, shows: bool = True) -> tuple[Region, list[Decision]]:
    story = Script()
    region = Region.empty(story.region)
    made = region.step(story.adopts(say.agreements(say.unit("elv", ELV), say.unit("elv-2", ELV))))
    for each in said:
        story.passes(seconds=1)
        made += region.step(story.says(each(story.now)))
    assert not shows or region.views()
    return region, made


@pytest.mark.parametrize("moment", [LONG_AGO, VERY_LONG_AGO])
def test_a_wait_from_long_ago_is_told_as_long_as_can_be_told(moment: datetime) -> None:
    _, made = decided(
        lambda _: say.registered("c-1", moment),
        lambda _: say.triaged("c-1", "U3", moment),
        lambda now: say.called("c-1", now),
    )
    waits = [each.data.waited_seconds for each in made if isinstance(each.data, NormBreached | PatientTaken)]
    assert waits == [SECONDS_MAX] * len(waits)
    assert len(waits) > 1


@pytest.mark.parametrize("moment", [LONG_AGO, VERY_LONG_AGO])
def test_a_figure_from_long_ago_is_stale_and_nothing_worse(moment: datetime) -> None:
    _, made = decided(lambda _: say.capacity("elv", 3, moment), lambda now: say.request("r-1", (ELV,), now))

    (exhausted,) = (each.data for each in made if isinstance(each.data, PlacementExhausted))
    assert [each.code for each in exhausted.excluded] == ["stale", "never-reported"]


def test_a_stop_without_end_is_a_stop() -> None:
    _, made = decided(
        lambda now: say.capacity("elv", 3, now),
        lambda now: say.stop("elv", now, until=NEVER),
        lambda now: say.request("r-1", (ELV,), now),
    )
    (exhausted,) = (each.data for each in made if isinstance(each.data, PlacementExhausted))
    assert [each.code for each in exhausted.excluded] == ["stop", "never-reported"]


def far_off(value: Any) -> Iterator[Any]:  # noqa: ANN401  a message as it is written
    """The same with one of its moments, each in its turn, as far off as can be."""
    if isinstance(value, datetime):
        yield from FAR
    elif isinstance(value, dict):
        yield from (value | {name: other} for name, held in value.items() for other in far_off(held))
    elif isinstance(value, list | tuple):
        for place, held in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in far_off(held))


@pytest.mark.parametrize("kind", EVENT_EXAMPLES, ids=lambda kind: kind.__name__)
def test_no_moment_that_can_be_written_stops_the_worker(kind: type[Frozen]) -> None:
    """In the night of the examples, in place of what was said, and for days after it."""
    whole = EVENT_EXAMPLES[kind].data
    for said in map(kind.model_validate, far_off(whole.model_dump(by_alias=True))):
        story = Script(start=say.EVENING)
        story.adopts(TEXT)
        for each in EVENT_EXAMPLES.values():
            story.now = max(story.now, each.time)
            if each.data is whole:
                story.says(said)
            elif type(each.data) is not AgreementsAdopted:
                story.says(each.data)
        region = Region.empty(story.region)
        for record in (*story.records, story.ticks(minutes=20), story.ticks(hours=25), story.ticks(hours=60)):
            region.step(record)
        assert region.views()
        assert Region.restore(region.snapshot()).views()


def test_a_sum_of_what_each_may_say_is_told() -> None:
    """Two units that say the most that may be said."""

    def most(name: str) -> Saying:
        return lambda now: CapacityReported(unit=name, staffed=COUNT_MAX, free=COUNT_MAX, observed_at=now)

    region, _ = decided(most("elv"), most("elv-2"), shows=False)

    (shown,) = (view for _, view in region.views() if isinstance(view, CareTypeAvailability))
    assert (shown.units_known, shown.free) == (2, COUNT_MAX)


def test_more_than_a_hundred_thousand_who_wait_at_one_post_are_queued_and_shown() -> None:
    agreed = say.agreements(sites=[say.site(SITE, ServicePoint(care_type=CareType.HAP))])
    waiting = {}
    for each in patients(COUNT_MAX + 50):
        each.site = each.stands_at = SITE
        each.assigned, each.urgency = {U3.system: Assigned(U3, each.since)}, U3
        waiting[each.key] = each
    queues, now = Queues(waiting, rules=Rules(agreed), timers=Timers()), millis(say.EVENING) + 4_000_000
    turn = Turn("rijnmond", 1, now, "e-1", "2026.1")
    where = {"case": "c-new", "site": SITE, "service": CareType.HAP}
    queues.arrived(turn, at=now, **where)  # type: ignore[arg-type]

    (queued,) = (each.data for each in turn.decisions if isinstance(each.data, PatientQueued))
    assert queued.position == COUNT_MAX
    board = queues.board(SITE, CareType.HAP, now=now)
    assert [each.length for each in board.classes] == [0, 0, COUNT_MAX, 0, 0, 1]


def test_what_a_source_says_is_still_held_to_the_bound() -> None:
    with pytest.raises(ValidationError):
        CapacityReported(unit="elv", staffed=COUNT_MAX + 1, free=0, observed_at=LONG_AGO)
