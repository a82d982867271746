"""A worker process for the transport's tests: writes a journal, obeys its records and its standard input.

The journal is a file with one JSON object per line, written at once, so that it survives kill -9:
    {"what": "began" | "handled" | "cancelled", "partition": 0, "offsets": [7, 8]}
    {"what": "assigned" | "revoked", "partitions": [0, 1]}
    {"what": "obeyed", "command": "stop_flow"}
    {"what": "agent", "value": "a", "count": 3}

A record's value may be a wish: b"wait:NAME" waits for the file NAME, b"fail:NAME" fails until there is
the file NAME.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import faust
import uvloop
from faust.types import TP

from spoedplein.workers.transport import Batch, Record, acknowledge, begin, consume, on_assigned, on_revoked

POLL_SECONDS = 0.01


class Journal:
    def __init__(self, place: Path) -> None:
        self.file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, what: str, **details: object) -> None:
        os.write(self.file, json.dumps({"what": what, **details}).encode() + b"\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--manual", action="store_true")
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--runner", choices=["app", "worker"], default="app")
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--table-topic")
    parser.add_argument("--hold-assigned", help="on_assigned waits for this file")
    parser.add_argument("--begin", type=int, help="of this partition batches may come before that")
    parser.add_argument(
        "--acknowledge-at-end", action="store_true", help="on_revoked acknowledges all that was handled"
    )
    return parser.parse_args()


async def exists(place: Path) -> None:
    while not place.exists():  # noqa: ASYNC110, ASYNC240 - another process makes it
        await asyncio.sleep(POLL_SECONDS)


def build(options: argparse.Namespace) -> faust.App:
    scheme = "kafka" if options.plain else "kafkabatch"
    app = faust.App(
        options.group,
        broker=";".join(f"{scheme}://{server}" for server in options.bootstrap.split(",")),
        datadir=str(options.place / "data"),
        web_enabled=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        topic_partitions=4,
        **{
            "broker_session_timeout": 6.0,
            "broker_heartbeat_interval": 0.5,
            "broker_commit_interval": 0.3,
            **options.settings,
        },
    )
    journal = Journal(options.journal)
    handled: dict[TP, int] = {}
    consume(
        app,
        options.topic,
        handler(options, journal, handled),
        acknowledge="manual" if options.manual else "handled",
        together=options.together,
        plain=options.plain,
    )

    async def assigned(tps: frozenset[TP]) -> None:
        journal.write("assigning", partitions=sorted(tp.partition for tp in tps))
        for tp in tps:
            if tp.partition == options.begin:
                begin(app, tp)
        if options.hold_assigned:
            await exists(options.place / options.hold_assigned)
        journal.write("assigned", partitions=sorted(tp.partition for tp in tps))

    async def revoked(tps: frozenset[TP]) -> None:
        if options.acknowledge_at_end:
            for tp, next_offset in handled.items():
                acknowledge(app, tp, next_offset)
        handled.clear()
        journal.write("revoked", partitions=sorted(tp.partition for tp in tps))

    on_assigned(app, assigned)
    on_revoked(app, revoked)
    if options.table_topic:
        count_in_table(app, options.table_topic, journal)
    app.task(partial(obey_standard_input, app, options.topic, journal))
    return app


def handler(
    options: argparse.Namespace, journal: Journal, handled: dict[TP, int]
) -> Callable[[Batch], Awaitable[None]]:
    async def handle(batch: Batch) -> None:
        about: dict[str, Any] = {
            "partition": batch.tp.partition,
            "offsets": [record.offset for record in batch.records],
        }
        journal.write("began", **about)
        try:
            for record in batch.records:
                wish, _, name = (record.value or b"").partition(b":")
                if wish == b"wait":
                    await exists(options.place / name.decode())
                elif wish == b"fail" and not (options.place / name.decode()).exists():
                    raise ValueError(f"told to fail until there is {name.decode()}")
                elif wish == b"show":
                    journal.write("shown", **shown(record))
        except asyncio.CancelledError:
            journal.write("cancelled", **about)
            raise
        handled[batch.tp] = batch.next_offset
        journal.write("handled", **about)

    return handle


def shown(record: Record) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "key": record.key and record.key.decode(),
        "timestamp": record.timestamp,
        "headers": [[name, value.decode()] for name, value in record.headers],
    }


def count_in_table(app: faust.App, topic: str, journal: Journal) -> None:
    table = app.Table("counts", default=int, partitions=4)

    @app.agent(app.topic(topic, value_serializer="raw", key_serializer="raw"))
    async def count(stream: faust.StreamT[bytes]) -> None:
        async for value in stream:
            word = value.decode()
            table[word] += 1
            journal.write("agent", value=word, count=table[word])


async def obey_standard_input(app: faust.App, topic: str, journal: Journal) -> None:
    """Commands: stop_flow, resume_flow, suspend, resume, pause P, unpause P, acknowledge P OFFSET."""

    def tp(partition: str) -> TP:
        return TP(topic, int(partition))

    commands: dict[str, Callable[..., None]] = {
        "stop_flow": app.consumer.stop_flow,
        "resume_flow": app.consumer.resume_flow,
        "suspend": app.flow_control.suspend,
        "resume": app.flow_control.resume,
        "pause": lambda partition: app.consumer.pause_partitions({tp(partition)}),
        "unpause": lambda partition: app.consumer.resume_partitions({tp(partition)}),
        "acknowledge": lambda partition, offset: acknowledge(app, tp(partition), int(offset)),
    }
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        name, *words = line.decode().split()
        commands[name](*words)
        journal.write("obeyed", command=line.decode().strip())


async def run(app: faust.App) -> None:
    """As our own workers run: until SIGTERM, or until the app crashes."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    try:
        await app.start()
        await app.wait_first(asked.wait())
    finally:
        reason = app.crash_reason
        await app.stop()
        if reason is not None:
            raise RuntimeError(f"{app.conf.id} stopped") from reason


if __name__ == "__main__":
    chosen = arguments()
    worker_app = build(chosen)
    if chosen.runner == "worker":
        faust.Worker(worker_app, loglevel="info").execute_from_commandline()
    else:
        logging.basicConfig(level=logging.INFO)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(worker_app))
