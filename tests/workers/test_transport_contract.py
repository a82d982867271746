"""What the transport leans on in Faust and aiokafka, and what it says when it cannot work."""

import ast
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.exceptions import ImproperlyConfigured
from faust.transport.consumer import Consumer as FaustConsumer
from faust.types import TP

from spoedplein.workers import transport
from spoedplein.workers.transport import Batch, Transport, consume, contract
from spoedplein.workers.transport.consumer import FETCH_WAIT_MS, Consumer
from spoedplein.workers.transport.contract import LEANINGS, Leaning


async def handle(batch: Batch) -> None:
    raise AssertionError(f"never started, yet it was given {batch}")


def app(tmp_path: Path, broker: str = "kafkabatch://localhost:9092", guarantee: str = "at_least_once") -> faust.App:
    return faust.App(
        "contract", broker=broker, datadir=str(tmp_path), web_enabled=False, processing_guarantee=guarantee
    )


@contextmanager
def consumer_of(made: faust.App) -> Iterator[Consumer]:
    """Never started; the event loop of its thread is there already."""
    consumer = made.consumer
    assert isinstance(consumer, Consumer)
    try:
        yield consumer
    finally:
        consumer._thread.thread_loop.close()


@pytest.mark.parametrize("leaning", [pytest.param(leaning, id=leaning.name) for leaning in LEANINGS])
def test_faust_and_aiokafka_offer_what_the_transport_leans_on(leaning: Leaning) -> None:
    assert list(contract.problems(leaning)) == []


async def test_kafka_holds_a_fetch_without_records_for_a_tenth_of_a_second(tmp_path: Path) -> None:
    """Meanwhile it is asked for no others: by Faust's second and a half, quiet partitions would hold up a busy one."""
    made = app(tmp_path)
    with consumer_of(made) as consumer:
        assert isinstance(made.transport, Transport)
        created = consumer._thread._create_worker_consumer(made.transport)
        await created.stop()
    assert created._fetch_max_wait_ms == FETCH_WAIT_MS == 100


class Changed(FaustConsumer):
    """A Faust in which something has changed."""

    commit: Any = None

    def stop_flow(self, hard: bool) -> None:  # type: ignore[override]
        raise AssertionError(hard)


@pytest.mark.parametrize(
    ("leaning", "problem"),
    [
        pytest.param(Leaning(Changed, "commit", ("topics",)), "Changed.commit is gone", id="gone"),
        pytest.param(Leaning(Changed, "stop_flow", ()), "takes ('hard',), not ()", id="parameters"),
        pytest.param(Leaning(Changed, "resume_flow"), "is no property any more", id="property"),
        pytest.param(
            Leaning(Changed, "resume_flow", (), "Consumer.getmany"),
            "is not called by Consumer.getmany any more",
            id="not called",
        ),
        pytest.param(
            Leaning(Changed, "resume_flow", (), "Consumer.poll_forever"),
            "is not called by Consumer.poll_forever any more",
            id="caller gone",
        ),
    ],
)
def test_each_change_has_its_own_sentence(leaning: Leaning, problem: str) -> None:
    [said] = contract.problems(leaning)
    assert problem in said


def test_a_changed_library_is_refused_with_everything_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "LEANINGS", (*LEANINGS, Leaning(Changed, "commit", ()), Leaning(Changed, "x", ())))

    with pytest.raises(ImproperlyConfigured, match=r"(?s)cannot work with.*Changed.commit is gone.*Changed.x is gone"):
        contract.check_faust()


def test_a_changed_aiokafka_consumer_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="AIOKafkaConsumer has no _max_poll_records"):
        contract.check_aiokafka(SimpleNamespace(_subscription=1, seek=1))


@pytest.mark.parametrize(
    "broker", ["kafkabatch://one:9092", "kafkabatch://one:9092;kafkabatch://two:9093"], ids=["one", "two"]
)
def test_the_url_scheme_selects_the_transport_with_every_server(tmp_path: Path, broker: str) -> None:
    made = app(tmp_path, broker)

    assert isinstance(made.transport, Transport)
    assert [str(url) for url in made.transport.url] == broker.split(";")


def test_the_default_transport_is_refused_with_the_two_ways_out(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"kafkabatch://host:port.*plain=True"):
        consume(app(tmp_path, "kafka://localhost:9092"), "log", handle)


def test_a_topic_has_one_handler(tmp_path: Path) -> None:
    made = app(tmp_path)
    consume(made, "log", handle)

    with pytest.raises(ImproperlyConfigured, match="consume it once"):
        consume(made, "log", handle)


def test_plain_and_batch_do_not_mix_in_one_app(tmp_path: Path) -> None:
    made = app(tmp_path)
    consume(made, "log", handle)

    with pytest.raises(ImproperlyConfigured, match="for all its topics or for none"):
        consume(made, "other", handle, plain=True)


async def test_transactions_are_refused(tmp_path: Path) -> None:
    made = app(tmp_path, guarantee="exactly_once")
    consume(made, "log", handle)

    with pytest.raises(ImproperlyConfigured, match="at_least_once"):
        made._new_consumer()


async def test_an_agent_on_a_batch_topic_is_refused_for_it_would_get_nothing(tmp_path: Path) -> None:
    made = app(tmp_path)
    consume(made, "log", handle)

    @made.agent(made.topic("log"), name="reader")
    async def read(stream: faust.StreamT[bytes]) -> None:
        async for _ in stream:
            pass

    with consumer_of(made) as consumer, pytest.raises(ImproperlyConfigured, match="agent reader would get nothing"):
        await consumer.on_start()


async def test_seeking_a_batch_topic_is_refused(tmp_path: Path) -> None:
    made = app(tmp_path)
    consume(made, "log", handle)

    with consumer_of(made) as consumer, pytest.raises(NotImplementedError, match=r"log/0 .* reset its offsets"):
        await consumer.seek(TP("log", 0), 7)


def test_the_transport_stands_alone() -> None:
    allowed = {"faust", "aiokafka", *sys.stdlib_module_names}
    folder = Path(str(transport.__file__)).parent
    imported: Mapping[str, set[str]] = {path.name: set(imports(path)) for path in folder.glob("*.py")}

    assert len(imported) == 6
    assert {name: found - allowed for name, found in imported.items() if found - allowed} == {}


def imports(path: Path) -> list[str]:
    """Top-level packages; a relative import within the package is none."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1
            names += [str(node.module).split(".")[0]] if node.level == 0 else []
    return names
