"""What the portal folds for itself: nothing that was published counts as owed, and nothing that was folded is lost."""

from collections.abc import Iterable

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.portal.folding import Folding
from spoedplein.settings import Settings
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.topics import load_topics
from spoedplein.testing import builders as say
from spoedplein.workers.following import Message
from spoedplein.workers.output import Outbox
from spoedplein.workers.snapshots import pack
from spoedplein_schemas.vocabulary import Topic

PARTITION = 3


def evening(minutes: int) -> list[Record]:
    """Each minute one patient more waits. Of each number of minutes the same log, as far as it goes."""
    script = say.Script()
    script.says(say.adopted(say.agreements(), script.now))
    for minute in range(minutes):
        script.passes(minutes=1)
        script.says(say.triaged(f"c-{minute}", "U3", script.now))
    return script.records


def step(folding: Folding, records: Iterable[Record]) -> None:
    for record in records:
        folding.step(Message(say.REGION, record.event, Topic.LOG, record.offset, record.at))


@pytest.fixture
def folding() -> Folding:
    return Folding(Settings(regions={say.REGION: PARTITION}))


@pytest.mark.parametrize(
    ("published", "owed_since"),
    [
        pytest.param(2, None, id="all of it"),
        pytest.param(1, 2, id="but the last"),
        pytest.param(None, 0, id="nothing"),
    ],
)
@pytest.mark.parametrize("first", ["published", "folded"])
def test_what_was_published_is_not_owed_whichever_is_read_first(
    folding: Folding, first: str, published: int | None, owed_since: int | None
) -> None:
    records = evening(2)
    words = [] if published is None else [(say.REGION, published)]
    if first == "published":
        folding.published(words)
        step(folding, records)
    else:
        step(folding, records)
        folding.published(words)

    since = folding.regions[say.REGION].undone_since_ms(now_ms=records[-1].at)
    assert since == (None if owed_since is None else records[owed_since].at)


@pytest.mark.kafka
async def test_what_was_folded_stays_when_reading_begins_again_unless_a_snapshot_reaches_further(
    kafka: LocalKafka,
) -> None:
    await kafka.create_topics(topic.on_local_stack() for topic in load_topics())
    settings = Settings(kafka_bootstrap=kafka.bootstrap, regions={say.REGION: PARTITION})
    folding, records = Folding(settings), evening(9)

    async with Outbox(settings) as outbox:

        async def saved(until: int) -> None:
            region = Region.empty(say.REGION)
            for record in records[:until]:
                region.step(record)
            await outbox.send(Topic.SNAPSHOTS, PARTITION, pack(region, previous=None, part_bytes=1_000_000)[1])

        await saved(3)
        await folding.restore()
        step(folding, records[:6])
        ours = folding.regions[say.REGION]
        assert ours.region.offset == 5

        await folding.restore()
        assert folding.regions[say.REGION] is ours, "the snapshot is older"

        await saved(8)
        await folding.restore()
        assert folding.regions[say.REGION].region.offset == 7
        step(folding, records[5:])
        assert folding.regions[say.REGION].region.offset == 9
