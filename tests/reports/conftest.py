"""An archive as the archive worker's own code fills it: log, decisions, and what was published of every unit."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from pydantic import SecretStr

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.settings import Settings
from spoedplein.store.postgres import Archive
from spoedplein.store.rows import DecisionEntry, LogEntry, Position, SampleEntry
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import Topic

Fill = Callable[[Sequence[Record]], Awaitable[None]]


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(postgres_dsn=SecretStr(database))


@pytest.fixture
async def archive(settings: Settings) -> AsyncIterator[Archive]:
    archive = await Archive.connect(settings)
    await archive.migrate()
    yield archive
    await archive.close()


@pytest.fixture
def fill(archive: Archive) -> Fill:
    async def filled(records: Sequence[Record]) -> None:
        core = Region.empty(records[0].event.region)
        decisions: list[DecisionEntry] = []
        samples: list[SampleEntry] = []
        for record in records:
            for made in core.step(record):
                text = made.model_dump_json(exclude_none=True)
                decisions.append(DecisionEntry(len(decisions), made, text))
            views = [view for _, view in core.views() if isinstance(view, UnitAvailability)]
            samples += [SampleEntry(len(samples) + at, view) for at, view in enumerate(views)]
        log = [
            LogEntry(each.offset, each.at, each.event, each.event.model_dump_json(exclude_none=True))
            for each in records
        ]
        await archive.write_log(Position(Topic.LOG, 0, log[-1].offset + 1), log)
        await archive.write_decisions(Position(Topic.DECISIONS, 0, len(decisions)), decisions)
        await archive.write_samples(Position(Topic.AVAILABILITY, 0, len(samples)), samples)

    return filled
