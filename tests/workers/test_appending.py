"""What is appended to the log stands there in order, together where it could be, and with rising timestamps."""

import asyncio
from collections.abc import Iterable
from itertools import count
from typing import Any, cast

import pytest

from spoedplein.workers.appending import LogAppender
from spoedplein.workers.output import Outbox, Outgoing


class Broker:
    """An outbox that answers when it is let. `sent` has each sending: the partition, and what went."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, list[Outgoing]]] = []
        self.answers = asyncio.Event()
        self.fails = False

    async def send(self, _topic: str, partition: int, records: Iterable[Outgoing]) -> int | None:
        self.sent.append((partition, list(records)))
        failing, self.fails = self.fails, False
        await self.answers.wait()
        if failing:
            raise ConnectionError
        return len(self.sent[-1][1])

    def values(self) -> list[list[bytes | None]]:
        return [[record.value for record in records] for _, records in self.sent]


def appender(broker: Broker) -> LogAppender:
    clock = count(1000)
    return LogAppender(cast("Outbox", cast("Any", broker)), lambda: next(clock))


def record(number: int) -> tuple[bytes, bytes]:
    return b"rijnmond", b"%d" % number


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_together_goes_together_and_what_comes_meanwhile_goes_next() -> None:
    broker = Broker()
    log = appender(broker)
    first = [asyncio.create_task(log.append(0, [record(number)])) for number in range(3)]
    other = asyncio.create_task(log.append(1, [record(9)]))
    await settle()
    later = [asyncio.create_task(log.append(0, [record(number), record(number + 1)])) for number in (3, 5)]
    await settle()

    assert not any(task.done() for task in (*first, *later, other)), "nobody goes on before the broker has it all"
    broker.answers.set()
    await asyncio.gather(*first, *later, other)

    assert broker.values() == [[b"0", b"1", b"2"], [b"9"], [b"3", b"4", b"5", b"6"]]
    stamps = [record.at for partition, records in broker.sent if partition == 0 for record in records]
    assert stamps == sorted(cast("list[int]", stamps))


@pytest.mark.parametrize("fails", [True, False], ids=["fails", "is cancelled"])
async def test_when_the_one_who_sends_does_not_end_well_the_next_one_leaves_nothing_out(*, fails: bool) -> None:
    broker = Broker()
    broker.fails = fails
    log = appender(broker)
    first, second = (asyncio.create_task(log.append(0, [record(number)])) for number in range(2))
    await settle()
    broker.answers.set() if fails else first.cancel()
    (ended,) = await asyncio.gather(first, return_exceptions=True)
    broker.answers.set()
    await second

    assert isinstance(ended, ConnectionError if fails else asyncio.CancelledError)
    assert broker.values() == [[b"0", b"1"], [b"0", b"1"]]
    await log.append(0, [record(7)])
    assert broker.values()[2:] == [[b"7"]]
