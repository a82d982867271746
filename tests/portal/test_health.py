"""The process is alive, it can answer, and it says when what it shows may be behind."""

import pytest

from spoedplein.testing.builders import capacity
from spoedplein.testing.portal import MemoryBackend
from tests.portal.conftest import PUBLIC, Asker


async def test_alive_and_ready_need_no_token(ask: Asker) -> None:
    assert await ask.get("/health/live", who=PUBLIC) == {"status": "alive"}
    assert await ask.get("/health/ready", who=PUBLIC) == {"status": "ready", "stale": {}}


async def test_not_ready_until_everything_was_read(ask: Asker, backend: MemoryBackend) -> None:
    backend.source.ready = False
    told = await ask.get("/health/ready", status=503, who=PUBLIC)
    assert told == {"status": "starting", "stale": {"rijnmond": "starting"}}


async def test_a_kafka_that_does_not_answer_makes_what_is_shown_stale(ask: Asker, backend: MemoryBackend) -> None:
    tag = (await ask.send("GET", "availability")).headers["etag"]
    backend.source.answers = False
    answer = await ask.send("GET", "availability", headers={"If-None-Match": tag})
    assert answer.status_code == 200, "that it is stale is news"
    assert answer.headers["spoedplein-stale"] == "kafka-silent"
    told = answer.json()["freshness"]
    assert (told["stale"], told["why"]) == (True, "kafka-silent")


@pytest.mark.parametrize(
    ("silent_seconds", "stale"),
    [pytest.param(29, None, id="not-yet"), pytest.param(31, "coordination-behind", id="for-too-long")],
)
async def test_coordination_that_does_not_answer_the_log_makes_what_is_shown_stale(
    ask: Asker, backend: MemoryBackend, silent_seconds: int, stale: str | None
) -> None:
    backend.holding = True
    backend.says(capacity("elv-een", 1, backend.now))
    backend.clock.pass_ms(silent_seconds * 1000)
    assert (await ask.get("availability"))["freshness"]["why"] == stale

    backend.publishes_again()
    assert (await ask.get("availability"))["freshness"]["why"] is None


async def test_a_deadline_that_nobody_notices_makes_what_is_shown_stale(ask: Asker, backend: MemoryBackend) -> None:
    """The figures grow old at 480 minutes; coordination would have said so."""
    backend.clock.pass_ms(480 * 60_000 + 31_000)
    assert (await ask.get("availability"))["freshness"]["why"] == "coordination-behind"


async def test_a_quiet_region_is_not_stale(ask: Asker, backend: MemoryBackend) -> None:
    backend.clock.pass_ms(230 * 60_000)
    assert (await ask.get("availability"))["freshness"]["stale"] is False
