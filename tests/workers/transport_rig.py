"""What the transport's tests share: worker processes with their journals, and the broker's view of a group."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

DEADLINE_SECONDS = 60.0
POLL_SECONDS = 0.02

Line = Mapping[str, Any]


async def until(fact: Callable[[], object], what: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for a fact, with the sentence that names it when it does not come true."""
    deadline = time.monotonic() + deadline_seconds
    while not fact():
        assert time.monotonic() < deadline, f"not within {deadline_seconds:.0f} s: {what}"
        await asyncio.sleep(POLL_SECONDS)


class Worker:
    """One worker process; its journal is `lines()`."""

    def __init__(self, rig: "Rig", place: Path, number: int, options: Sequence[str]) -> None:
        self.place = place
        self.journal = place / f"journal-{number}"
        self.log = place / f"log-{number}"
        self._command = [
            sys.executable,
            str(Path(__file__).with_name("transport_worker.py")),
            *("--bootstrap", rig.bootstrap, "--group", rig.group, "--topic", rig.topic),
            *("--place", str(place), "--journal", str(self.journal)),
            *options,
        ]
        self._process: asyncio.subprocess.Process | None = None
        self._lines: list[Line] = []
        self._read = 0

    async def start(self) -> None:
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, cwd=self.place
            )

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    def lines(self, what: str | None = None) -> list[Line]:
        """Only what is new is read from the file: whoever waits asks often, and takes no time from the workers."""
        if self.journal.exists():
            with self.journal.open("rb") as journal:
                journal.seek(self._read)
                complete, newline, _ = journal.read().rpartition(b"\n")
            self._read += len(complete + newline)
            self._lines += [json.loads(line) for line in complete.splitlines()]
        return [line for line in self._lines if what is None or line["what"] == what]

    def offsets(self, what: str = "handled") -> list[tuple[int, int]]:
        """(partition, offset) in the order of the journal."""
        return [(line["partition"], offset) for line in self.lines(what) for offset in line["offsets"]]

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    async def wait_for(self, what: str, *, times: int = 1, **details: object) -> None:
        def seen() -> bool:
            assert self.process.returncode is None, f"the worker ended while {what} was awaited:\n{self.text()}"
            return sum(details.items() <= line.items() for line in self.lines(what)) >= times

        await until(seen, f"{what} {details} in {self.journal.name}; its log: {self.log}")

    async def order(self, command: str) -> None:
        """Returns when it was obeyed."""
        before = len(self.lines("obeyed"))
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(command.encode() + b"\n")
        await stdin.drain()
        await self.wait_for("obeyed", times=before + 1)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def stop(self, *, deadline_seconds: float = DEADLINE_SECONDS) -> int:
        """SIGTERM; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.ended(deadline_seconds=deadline_seconds)

    async def ended(self, *, deadline_seconds: float = DEADLINE_SECONDS) -> int:
        try:
            return await asyncio.wait_for(self.process.wait(), deadline_seconds)
        except TimeoutError:
            raise AssertionError(f"the worker did not end within {deadline_seconds} s:\n{self.text()}") from None


class Rig:
    """A topic of four partitions, a group, and its workers; `async with` kills what still runs."""

    def __init__(self, bootstrap: str, place: Path, name: str, *, plain: bool = False) -> None:
        self.bootstrap = bootstrap
        self.place = place
        self.topic = f"{name}.log"
        self.group = f"{name}.group"
        self.plain = plain
        self.workers: list[Worker] = []
        self._numbers = count()

    async def __aenter__(self) -> Self:
        self.admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await self.admin.start()
        await self.create(self.topic)
        self.producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=1)
        await self.producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            if worker.process.returncode is None:
                await worker.kill()
            if worker.process.stdin is not None:
                worker.process.stdin.close()
        await self.producer.stop()
        await self.admin.close()

    async def create(self, topic: str, **configs: str) -> None:
        await self.admin.create_topics([NewTopic(topic, 4, 1, topic_configs=configs)])
        await self._await_leaders(topic)

    async def _await_leaders(self, topic: str) -> None:
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            await consumer.end_offsets([TopicPartition(topic, partition) for partition in range(4)])

    async def worker(self, *options: str, **settings: object) -> Worker:
        plain = ["--plain"] if self.plain else []
        worker = Worker(self, self.place, next(self._numbers), [*options, *plain, "--settings", json.dumps(settings)])
        await worker.start()
        self.workers.append(worker)
        return worker

    async def produce(self, values: Sequence[bytes | None], *, partitions: Sequence[int] = (0, 1, 2, 3)) -> None:
        """Value by value over the partitions in turn."""
        sent = [
            await self.producer.send(self.topic, value, partition=partitions[number % len(partitions)])
            for number, value in enumerate(values)
        ]
        await asyncio.gather(*sent)

    async def load(self, stop: asyncio.Event, *, ahead: int) -> None:
        """Produce without end, at most this many records ahead of the workers, however slow they are."""
        produced = 0

        def near() -> bool:
            return stop.is_set() or produced - sum(len(worker.offsets()) for worker in self.workers) <= ahead

        while not stop.is_set():
            await self.produce([b"x"] * 40)
            produced += 40
            await until(near, f"fewer than {ahead} records of {produced} not handled yet; logs in {self.place}")

    def release(self, name: str) -> None:
        (self.place / name).touch()

    async def committed(self) -> dict[int, int]:
        """Partition -> committed offset, without partitions that have none."""
        found = await self.admin.list_consumer_group_offsets(self.group)
        return {tp.partition: at.offset for tp, at in found.items() if tp.topic == self.topic and at.offset >= 0}

    async def ends(self) -> dict[int, int]:
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            ends = await consumer.end_offsets([TopicPartition(self.topic, partition) for partition in range(4)])
        return {tp.partition: end for tp, end in ends.items()}

    async def records(self) -> set[tuple[int, int]]:
        """(partition, offset) of every record that the log holds, without aborted ones."""
        ends = await self.ends()
        found: set[tuple[int, int]] = set()
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed") as consumer:
            tps = [TopicPartition(self.topic, partition) for partition in ends]
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            while any([await consumer.position(tp) < ends[tp.partition] for tp in tps]):
                for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                    found |= {(tp.partition, record.offset) for record in records}
        return found

    async def wait_until_handled(self, *, workers: Sequence[Worker] | None = None) -> None:
        every = await self.records()
        looked_at = self.workers if workers is None else workers

        def all_handled() -> bool:
            return every <= {pair for worker in looked_at for pair in worker.offsets()}

        await until(all_handled, f"all {len(every)} records handled; logs in {self.place}")

    async def wait_until_committed(self, offsets: Mapping[int, int] | None = None) -> None:
        """To the end of the log, unless offsets are given."""
        wanted = dict(await self.ends() if offsets is None else offsets)
        wanted = {partition: offset for partition, offset in wanted.items() if offset}
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (now := await self.committed()) != wanted:
            assert time.monotonic() < deadline, f"committed is {now}, should be {wanted}; logs in {self.place}"
            await asyncio.sleep(POLL_SECONDS)


def generations(worker: Worker) -> list[list[Line]]:
    """The journal's lines of each assignment, from `assigning` to the next."""
    parts: list[list[Line]] = []
    for line in worker.lines():
        if line["what"] == "assigning":
            parts.append([])
        assert parts or line["what"] == "obeyed", f"{line} before any assignment"
        if parts:
            parts[-1].append(line)
    return parts


def assert_orderly(worker: Worker) -> None:
    """Within each assignment: no record twice, each partition in order, and nothing outside its callbacks."""
    for lines in generations(worker):
        allowed = False
        last: dict[int, int] = {}
        for line in lines:
            if line["what"] in {"assigned", "revoked"}:
                allowed = line["what"] == "assigned"
            if line["what"] in {"began", "handled", "cancelled"}:
                assert allowed, f"{line} outside an assignment in {worker.journal}"
            if line["what"] == "began":
                offsets = line["offsets"]
                assert offsets == sorted(set(offsets))
                assert offsets[0] > last.get(line["partition"], -1), f"{line} comes again in {worker.journal}"
                last[line["partition"]] = offsets[-1]
