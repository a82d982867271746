"""`spoedplein up`: the whole system on this machine with a simulated region, watched until somebody ends it."""

import asyncio
import logging
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from spoedplein.clock import ScaledClock, SystemClock
from spoedplein.stack.embedded import LACKS, EmbeddedBroker
from spoedplein.stack.errors import StackError
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.places import checkout_root, deploy_file, open_state
from spoedplein.stack.ports import listens
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.stack.processes import alone
from spoedplein.stack.runs import Runs
from spoedplein.stack.screen import Screen, show
from spoedplein.stack.system import ISSUER, PORTAL, SETTINGS_FILE, WORKERS, Resumed, System
from spoedplein.stack.topics import load_topics
from spoedplein_schemas.vocabulary import Topic, millis

FEED: Final = "feed"
#: In the state directory: what this process and its libraries have to tell of themselves.
OUTPUT: Final = "up.out"
#: A Friday evening, when the posts have opened and the SEHs are full.
BEGINS: Final = datetime(2026, 1, 9, 17, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
#: The first run finds a region that lives already, since the night before.
HEAD_START_MINUTES: Final = 12 * 60
#: Simulated seconds between two looks at the deadlines, so that they are not a minute late at sixty times the speed.
TICK_SIMULATED_SECONDS: Final = 10.0
TICK_SECONDS_MIN: Final = 0.05
LOOK_SECONDS: Final = 0.25
REMEMBER_SECONDS: Final = 1.0
#: A process that ends by itself is started again; so often within a minute is no accident.
RESTARTS_MAX: Final = 3
RESTARTS_WITHIN_SECONDS: Final = 60.0
#: How long a note about a restart stays on the board.
NOTE_SECONDS: Final = 60.0
_LAST_LINES: Final = 2
#: It takes connections once it has read what stands on the topics.
_PORTAL_SECONDS: Final = 120.0
_ENDED_BY_SIGNAL: Final = 130
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for; what he left out is decided here. `speed` is how much faster the clock runs."""

    broker: Literal["kafka", "embedded"] = "kafka"
    state: Path | None = None
    regions: Sequence[Path] = ()
    speed: float = 60.0
    seed: int | None = None
    kafka_port: int | None = None
    postgres_port: int | None = None
    portal_port: int | None = None
    board: bool = True


def up(wanted: Wanted, *, say: Say) -> int:
    """Until Ctrl-C or SIGTERM; the exit code. Raises `StackError` for what the user can mend."""
    state = open_state(wanted.state or checkout_root() / ".local")
    embedded = wanted.broker == "embedded"
    state = open_state(state / "embedded") if embedded else state
    with alone(state, name="up"):
        return _run(state, wanted, say=_to_who_reads(say))


def _run(state: Path, wanted: Wanted, *, say: Say) -> int:
    if wanted.broker == "embedded":
        say(LACKS)
        Runs(state).forget()
    # What libraries warn about would break the board: it goes where the processes' own output is.
    logging.basicConfig(filename=state / OUTPUT, filemode="w", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with _signals_as_interrupts():
        running = Up(state, wanted, say=say)
        try:
            running.start()
            asyncio.run(running.watch())
        except KeyboardInterrupt:
            return _ENDED_BY_SIGNAL
        finally:
            running.stop()
    return 0


def _to_who_reads(say: Say) -> Say:
    """Who reads no more, since his end of the pipe or his terminal is gone, does not keep us from ending in order."""

    def told(text: str) -> None:
        with suppress(OSError):
            say(text)

    return told


class Up:
    """One run: start it, watch it, stop it."""

    def __init__(self, state: Path, wanted: Wanted, *, say: Say) -> None:
        self._state = state
        self._wanted = wanted
        self._say = say
        self._files = [file.absolute() for file in wanted.regions] or [deploy_file("regions", "rijnmond.toml")]
        self._runs = Runs(state)
        self._notes = Notes()
        self._restarts: dict[str, deque[float]] = defaultdict(deque)
        self._clock: ScaledClock | None = None
        self._system = System(
            state,
            _broker(state, wanted, say=say),
            LocalPostgres(state / "postgres", port=wanted.postgres_port, say=say),
            agreements_files=self._files,
            more=_more(wanted),
            resume=self._resume,
            named_members=wanted.broker == "kafka",
            say=say,
        )

    def start(self) -> None:
        self._system.start((*WORKERS, ISSUER, PORTAL))
        self._start_feed()
        port = self._system.settings.portal_port
        self._system.workers[PORTAL].wait_until(lambda: listens(port), deadline_seconds=_PORTAL_SECONDS)
        for line in self._where():
            self._say(line)
        self._say(f"The portal is at {self._system.portal}")
        self._say(f"All runs. Settings for other commands: {_shown(self._state / SETTINGS_FILE)}. Ctrl-C ends all.")

    async def watch(self) -> None:
        """Until asked to end. A process that ends by itself is started again; a server that does ends us."""
        asked = asyncio.Event()
        for name in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(name, asked.set)
        try:
            async with asyncio.TaskGroup() as tasks:
                tending = tasks.create_task(self._tend(asked))
                if self._wanted.board:
                    board = tasks.create_task(self._show())
                    tending.add_done_callback(lambda _: board.cancel())
        except* StackError as errors:
            raise errors.exceptions[0] from None
        finally:
            for name in _SIGNALS:
                signal.signal(name, signal.default_int_handler)

    def stop(self) -> None:
        """All in order, whatever is asked meanwhile; then says where the data is."""
        for name in _SIGNALS:
            signal.signal(name, lambda *_: self._say("Stopping already; a moment ..."))
        started = self._clock is not None
        if started:
            self._say("Stopping: sources, workers, PostgreSQL, Kafka ...")
        self._system.stop()
        if self._clock is not None:
            self._runs.reach(self._clock, ahead=False)
            self._say(_goodbye(self._state, self._wanted, self._clock))

    async def _tend(self, asked: asyncio.Event) -> None:
        remembered = 0.0
        while not asked.is_set():
            self._system.check_servers()
            for name in [name for name, child in self._system.workers.items() if not child.running]:
                self._start_again(name)
            if time.monotonic() - remembered > REMEMBER_SECONDS and self._clock is not None:
                self._runs.reach(self._clock, ahead=True)
                remembered = time.monotonic()
            try:
                await asyncio.wait_for(asked.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    async def _show(self) -> None:
        """The board is for looking at: what it shows runs on without it."""
        settings = self._system.settings
        try:
            with Screen(self._system.agreements, settings, notes=self._notes.current, foot=self._foot()) as screen:
                if not screen.is_live:
                    self._notes.also = self._say
                await show(settings, screen)
        except Exception as error:
            logging.getLogger(__name__).exception("the board ended")
            self._notes.also = self._say
            self._say(f"The board ended: {error}. All runs on without it; more is in {_shown(self._state / OUTPUT)}.")

    def _start_feed(self) -> None:
        run = self._runs.run
        options = ["--run", run.name, "--seed", str(run.seed * 1000 + run.number)]
        if run.number == 1:
            options += ["--head-start-minutes", str(HEAD_START_MINUTES)]
        self._system.start_worker(FEED, ["-m", "spoedplein.stack.feed", *options])

    def _start_again(self, name: str) -> None:
        child = self._system.workers[name]
        said = child.last_words(lines=_LAST_LINES)
        now, restarts = time.monotonic(), self._restarts[name]
        restarts.append(now)
        while now - restarts[0] > RESTARTS_WITHIN_SECONDS:
            restarts.popleft()
        if len(restarts) > RESTARTS_MAX:
            raise StackError(f"{name} ended {len(restarts)} times within a minute. {said}")
        self._notes.add(f"{name} is vanzelf gestopt en opnieuw gestart ({len(restarts)}x). {said}")
        child.stop()
        child.output.replace(child.output.with_suffix(".crashed.out"))
        if name == FEED:
            self._runs.begin_again()
            self._start_feed()
        else:
            self._system.start_worker(name)

    def _resume(self) -> Resumed:
        """From where the run before came to."""
        partitions = next(topic.partitions for topic in load_topics() if topic.name == Topic.LOG)
        regions = [agreements.region for agreements in self._system.agreements]
        run = self._runs.begin(seed=self._wanted.seed, start_ms=millis(BEGINS), regions=regions, partitions=partitions)
        self._clock = ScaledClock(epoch_ms=run.reached_ms, started_ms=SystemClock().now_ms(), speed=self._wanted.speed)
        return Resumed(self._clock, run.partitions)

    def _where(self) -> tuple[str, str, str]:
        settings, metrics = self._system.settings, self._system.metrics
        return (
            f"Kafka {settings.kafka_bootstrap}",
            f"PostgreSQL {settings.postgres_dsn.get_secret_value()}",
            "Metrics " + "   ".join(f"{name} {address}" for name, address in metrics.items()),
        )

    def _foot(self) -> list[str]:
        kafka, postgres, metrics = self._where()
        embedded = self._wanted.broker == "embedded"
        return [
            *(["Embedded broker: alleen voor een eerste blik; bij het stoppen verdwijnt alles"] if embedded else []),
            f"Portaal {self._system.portal}",
            f"{kafka}   Instellingen {_shown(self._state / SETTINGS_FILE)}   Ctrl-C: stop",
            postgres,
            metrics,
        ]


@dataclass(slots=True)
class Notes:
    """What happened to the system itself, for a while on the board, and to whoever else should hear it at once."""

    also: Say | None = None
    _told: list[tuple[float, str]] = field(default_factory=list)

    def add(self, text: str) -> None:
        self._told.append((time.monotonic(), text))
        if self.also is not None:
            self.also(text)

    def current(self) -> list[str]:
        since = time.monotonic() - NOTE_SECONDS
        return [line for at, text in self._told if at > since for line in text.splitlines()][-6:]


def _broker(state: Path, wanted: Wanted, *, say: Say) -> LocalKafka | EmbeddedBroker:
    if wanted.broker == "embedded":
        if wanted.kafka_port is not None:
            raise StackError("The embedded broker always takes a free port: leave --kafka-port out.")
        return EmbeddedBroker(state / "kafka")
    return LocalKafka(state / "kafka", port=wanted.kafka_port, jars=checkout_root() / ".cache" / "jars", say=say)


def _more(wanted: Wanted) -> dict[str, float]:
    """Settings that are not the system's own defaults."""
    port = {} if wanted.portal_port is None else {"portal_port": wanted.portal_port}
    return {"tick_seconds": max(TICK_SECONDS_MIN, TICK_SIMULATED_SECONDS / wanted.speed), **port}


def _goodbye(state: Path, wanted: Wanted, clock: ScaledClock) -> str:
    if wanted.broker == "embedded":
        return "All stopped. The embedded broker has forgotten everything; the next run begins anew."
    reached = datetime.fromtimestamp(clock.now_ms() / 1000, BEGINS.tzinfo)
    return (
        f"All stopped. The data is in {_shown(state)}; the next run goes on from {reached:%A %d %B %Y %H:%M} "
        "simulated time. To begin anew, remove that directory."
    )


def _shown(path: Path) -> str:
    """As short as it can be from where the user is."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and a closed terminal are taken as Ctrl-C is: what was started ends in order."""
    before = {name: signal.signal(name, signal.default_int_handler) for name in _SIGNALS}
    try:
        yield
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        for name, handler in before.items():
            signal.signal(name, handler)
