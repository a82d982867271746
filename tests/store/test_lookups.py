"""What a portal looks up is found alike in PostgreSQL and in the twin that tests of the portal lean on."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from spoedplein.domain.region import Region
from spoedplein.portal.decided import END, place_of
from spoedplein.portal.looking import Looking
from spoedplein.settings import Settings
from spoedplein.store.lookups import Concerned, Lookups, Wanted
from spoedplein.store.postgres import Archive
from spoedplein.store.rows import DecisionEntry, LogEntry, Position, SampleEntry
from spoedplein.testing.builders import EVENING, REGION, Script, agreements, capacity, request, stop, unit
from spoedplein.testing.portal import MemoryArchive
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic

pytestmark = pytest.mark.postgres


def evening() -> Script:
    """Reports, a stop and requests, minutes apart."""
    story = Script()
    story.adopts(agreements(unit("elv-een", CareType.ELV_HOOG), unit("elv-twee", CareType.ELV_HOOG)))
    for number in range(4):
        story.passes(minutes=1)
        story.says(capacity("elv-een", number, story.now))
        story.says(request(f"r-{number}", (CareType.ELV_HOOG,), story.now))
        story.passes(minutes=1)
        story.says(stop("elv-twee", story.now, until=story.now + timedelta(minutes=1)))
    return story


class Kept:
    """The evening as it was archived, and a reader of it."""

    def __init__(self, reader: Looking, story: Script, decisions: Sequence[Decision]) -> None:
        self.reader = reader
        self.story = story
        self.decisions = decisions


@pytest.fixture(params=["memory", "postgres"])
async def kept(request: pytest.FixtureRequest, archive: Archive, settings: Settings) -> AsyncIterator[Kept]:
    story, region = evening(), Region.empty(REGION)
    decisions, views = [], []
    memory = MemoryArchive()
    for record in story.records:
        made = region.step(record)
        shown = [view for _, view in region.views() if isinstance(view, UnitAvailability)]
        memory.keep(record.event, made, shown)
        decisions += made
        views += shown
    if request.param == "memory":
        yield Kept(memory, story, decisions)
        return
    await _archive(archive, story, decisions, views)
    async with Lookups(settings, name="test") as lookups:
        yield Kept(lookups, story, decisions)


async def _archive(
    archive: Archive, story: Script, decisions: Sequence[Decision], views: Sequence[UnitAvailability]
) -> None:
    log = [LogEntry(each.offset, each.at, each.event, _json(each.event)) for each in story.records]
    await archive.write_log(Position(Topic.LOG, 0, len(log)), log)
    decided = [DecisionEntry(number, each, _json(each)) for number, each in enumerate(decisions)]
    await archive.write_decisions(Position(Topic.DECISIONS, 0, len(decided)), decided)
    samples = [SampleEntry(number, each) for number, each in enumerate(views)]
    await archive.write_samples(Position(Topic.AVAILABILITY, 0, len(samples)), samples)


async def test_an_event_is_found_by_the_beginning_of_its_id(kept: Kept) -> None:
    asked = next(each.event for each in kept.story.records if each.event.type.endswith("placement.requested.v1"))
    find = kept.reader.event_by_prefix
    assert await find(REGION, asked.id[:-3], since=EVENING) == asked.id
    assert await find(REGION, asked.id[:-3], since=asked.time + timedelta(seconds=1)) is None
    assert await find("venlo", asked.id[:-3], since=EVENING) is None
    assert await find(REGION, "placement.requested.zz", since=EVENING) is None


async def test_decisions_come_page_by_page_the_newest_first(kept: Kept) -> None:
    whole = [each.id for each in sorted(kept.decisions, key=place_of, reverse=True)]
    paged: list[str] = []
    place = END
    while page := await kept.reader.decisions_before(REGION, place, Wanted(), limit=3):
        paged += [each.id for each in page]
        place = place_of(page[-1])
    assert paged == whole
    assert await kept.reader.decisions_before("venlo", END, Wanted(), limit=3) == []


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted(kinds=["unit-status-changed"]), id="kinds"),
        pytest.param(Wanted(request="r-1"), id="request"),
        pytest.param(Wanted(unit="elv-een"), id="unit"),
        pytest.param(Wanted(kinds=["placement-offered", "placement-exhausted"], request="r-0"), id="both"),
        pytest.param(Wanted(of=Concerned(["elv-twee"], ["r-2"])), id="of-either"),
        pytest.param(Wanted(of=Concerned([], [], ["r-0", "r-1", "r-2"])), id="of-asked"),
        pytest.param(Wanted(site="schiedam"), id="none"),
    ],
)
async def test_what_is_wanted_narrows(kept: Kept, wanted: Wanted) -> None:
    found = await kept.reader.decisions_before(REGION, END, wanted, limit=100)
    expected = [each for each in kept.decisions if _is(each, wanted)]
    assert sorted(each.id for each in found) == sorted(each.id for each in expected)
    assert bool(found) == (wanted.site is None)


async def test_one_decision_is_found_as_it_was(kept: Kept) -> None:
    first = kept.decisions[0]
    assert await kept.reader.decision(first.id) == first
    assert await kept.reader.decision("rijnmond.99999.0") is None


async def test_a_units_history_comes_in_order_and_in_pages(kept: Kept) -> None:
    until = EVENING + timedelta(hours=1)
    history = kept.reader.history
    whole = await history(REGION, "elv-een", since=EVENING, until=until, after=-1, limit=100)
    assert [each.reported_free for each in whole if each.reported_free is not None][-1] == 3
    assert [each.version for each in whole] == sorted(each.version for each in whole)
    rest = await history(REGION, "elv-een", since=EVENING, until=until, after=whole[1].version, limit=2)
    assert list(rest) == list(whole[2:4])
    assert await kept.reader.newest_history(REGION, "elv-een", since=EVENING, until=until, limit=2) == list(whole[-2:])
    assert await history(REGION, "elv-een", since=until, until=until + timedelta(hours=1), after=-1, limit=9) == []


def _json(message: Event | Decision) -> str:
    return message.model_dump_json(exclude_none=True)


def _is(decision: Decision, wanted: Wanted) -> bool:
    data = decision.data
    kind = decision.type.removeprefix("nl.spoedplein.decision.").removesuffix(".v1")
    unit, named = getattr(data, "unit", None), getattr(data, "request", None)
    return (
        (wanted.kinds is None or kind in wanted.kinds)
        and wanted.request in (None, named)
        and wanted.unit in (None, unit)
        and wanted.site in (None, getattr(data, "site", None))
        and (
            wanted.of is None
            or unit in wanted.of.units
            or named in wanted.of.requests
            or (named in wanted.of.asked and unit is None and not hasattr(data, "units"))
        )
    )
