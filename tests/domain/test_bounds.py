"""Nothing that a source may say drives what we tell past a bound of its contract: the worker would stop on itself."""

from collections.abc import Callable
from datetime import UTC, datetime

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
from spoedplein_schemas.agreements import ServicePoint
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.decisions import NormBreached, PatientQueued, PatientTaken, PlacementExhausted
from spoedplein_schemas.views import CareTypeAvailability
from spoedplein_schemas.vocabulary import COUNT_MAX, SECONDS_MAX, CareType, Frozen, millis

ELV = CareType.ELV_HOOG
U3 = say.urgency("U3")
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
VERY_LONG_AGO = datetime(1, 1, 1, 0, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
Saying = Callable[[datetime], Frozen]


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
