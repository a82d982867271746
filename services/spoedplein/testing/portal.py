"""A portal without Kafka and PostgreSQL: intake, coordination and the archive in memory, at once, on a clock by hand.

Sources say what they say through the backend, and a client asks the portal as anybody would.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import httpx
from fastapi import FastAPI

from spoedplein.clock import SystemClock
from spoedplein.domain.gate import Admitted, Gate
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Access
from spoedplein.portal.access.keys import RemoteKeys
from spoedplein.portal.access.oidc import IssuerClient
from spoedplein.portal.access.queue import AccessQueue
from spoedplein.portal.access.recorder import Recorder
from spoedplein.portal.access.tokens import Trusted, Verifier
from spoedplein.portal.app import build
from spoedplein.portal.decided import place_of
from spoedplein.portal.issuer.app import build as build_issuer
from spoedplein.portal.serving import PortalServer, listen
from spoedplein.portal.state import Outer, Portal
from spoedplein.portal.telling import kind_name
from spoedplein.settings import Settings
from spoedplein.store.access_log import AccessStore
from spoedplein.store.errors import AwayError
from spoedplein.store.lookups import Concerned, Place, Sample, Wanted
from spoedplein.store.placements import Placement
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing import builders
from spoedplein.testing.access_log import MemoryAccessStore
from spoedplein.testing.clock import WallClock
from spoedplein.testing.serving import listening, served
from spoedplein.testing.tokens import Minter
from spoedplein.workers.following import Message
from spoedplein.workers.output import Outgoing
from spoedplein_schemas import EVENT, Decision, Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.dead_letters import DeadLetter
from spoedplein_schemas.views import CareTypeAvailability, UnitAvailability
from spoedplein_schemas.vocabulary import Frozen, Topic, millis

BYTES_MAX: Final = 262_144


class MemoryBackend:
    """All that stands behind a portal. `holding` keeps coordination silent; `silent` makes Kafka answer nothing."""

    def __init__(self, agreed: Sequence[Agreements], *, now: datetime, **settings: Any) -> None:  # noqa: ANN401
        names = sorted(each.region for each in agreed)
        self.settings = Settings(portal_port=0, regions={name: number for number, name in enumerate(names)}, **settings)
        self.clock = WallClock(millis(now))
        self.minter = Minter()
        self.accesses = MemoryAccessStore()
        self.metrics = Metrics()
        self.refused: list[DeadLetter] = []
        self.sent: list[Event] = []
        self.holding = False
        self.source = MemorySource()
        self.archive = MemoryArchive()
        self._regions = {name: Region.empty(name) for name in names}
        self._offsets = dict.fromkeys(names, 0)
        self._log: list[Message] = []
        self._held: list[Message] = []
        self.portal: Portal | None = None
        self._gate = Gate(
            regions=self.settings.regions,
            agreements={each.region: each for each in agreed},
            bytes_max=BYTES_MAX,
            clock_ahead_ms=120_000,
        )
        for each in agreed:
            self.says(builders.adopted(each, now), region=each.region)

    def says(self, data: Frozen, *, region: str = builders.REGION) -> Event:
        """A source says this, now."""
        event = builders.event(data, at=self.now, region=region)
        self.logs(event)
        return event

    def passes(self, *, seconds: int = 0, minutes: int = 0) -> None:
        """Time goes by, and coordination notices."""
        self.clock.pass_ms((seconds + 60 * minutes) * 1000)
        for region in self._regions:
            self.says(ClockTicked(ticked_at=self.now), region=region)

    def logs(self, event: Event) -> None:
        """The log has it, and what follows is published."""
        offset = self._offsets[event.region]
        self._offsets[event.region] += 1
        at = self.clock.now_ms()
        region = self._regions[event.region]
        decisions = region.step(Record(offset, at, event))
        views = region.views()
        self.archive.keep(event, decisions, [view for _, view in views])
        logged = Message(event.region, event, Topic.LOG, offset, at)
        self._publish([logged], [*map(_decided, decisions), *map(_shown, views), *_gone(region)])

    def publishes_again(self) -> None:
        """Coordination says what it held back."""
        self.holding, held, self._held = False, self._held, []
        self._hand_over(held)

    @property
    def now(self) -> datetime:
        return moment(self.clock.now_ms())

    def attach(self, portal: Portal) -> None:
        """A portal that begins now reads what stands there."""
        self.portal = portal
        portal.take(self._log)

    async def send(self, topic: str, partition: int, records: list[Outgoing]) -> int:
        """As intake does: into the log, or refused."""
        for number, record in enumerate(records):
            judged = self._gate.admit(
                record.value, topic=topic, partition=partition, offset=number, received_ms=self.clock.now_ms()
            )
            if isinstance(judged, Admitted):
                self.sent.append(judged.event)
                self.logs(EVENT.validate_json(judged.value))
            else:
                self.refused.append(judged)
        return len(records)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is kept open."""

    def _publish(self, logged: list[Message], said: list[Message]) -> None:
        if self.holding:
            self._held += said
            self._hand_over(logged)
        else:
            self._hand_over([*logged, *said])

    def _hand_over(self, messages: list[Message]) -> None:
        self._log += messages
        if self.portal is not None:
            self.portal.take(messages)


class MemorySource:
    """Everything was read. `answers` is whether Kafka does."""

    ready = True
    answers = True

    def answered_ms(self) -> int | None:
        return SystemClock().now_ms() if self.answers else None

    async def check(self) -> None:
        """Whoever asks may read."""

    async def run(self) -> None:
        await asyncio.Event().wait()


class MemoryArchive:
    """Twin of `store.lookups.Lookups`: events, decisions and samples as they were kept; no placements.

    `away` makes every question fail as when PostgreSQL does not run.
    """

    def __init__(self) -> None:
        self.away = False
        self._events: list[Event] = []
        self._decisions: dict[str, Decision] = {}
        self._samples: list[UnitAvailability] = []

    def keep(self, event: Event, decisions: Iterable[Decision], views: Iterable[object] = ()) -> None:
        self._events.append(event)
        self._decisions |= {decision.id: decision for decision in decisions}
        self._samples += [view for view in views if isinstance(view, UnitAvailability)]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is kept open."""

    async def event_by_prefix(self, region: str, prefix: str, *, since: datetime) -> str | None:
        self._reach()
        found = (each.id for each in reversed(self._events) if each.region == region and each.time >= since)
        return next((name for name in found if name.startswith(prefix)), None)

    async def decision(self, decision_id: str) -> Decision | None:
        self._reach()
        return self._decisions.get(decision_id)

    async def decisions_before(self, region: str, place: Place, wanted: Wanted, *, limit: int) -> list[Decision]:
        self._reach()
        found = sorted(self._decisions.values(), key=place_of, reverse=True)
        return [each for each in found if each.region == region and place_of(each) < place and _is(each, wanted)][
            :limit
        ]

    async def placement(self, region: str, request: str) -> Placement | None:
        self._reach()
        del region, request
        return None

    async def history(
        self, region: str, unit: str, *, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Sample]:
        kept = self._samples_of(region, unit, since, until)
        return [each for each in kept if each.version > after][:limit]

    async def newest_history(
        self, region: str, unit: str, *, since: datetime, until: datetime, limit: int
    ) -> list[Sample]:
        return self._samples_of(region, unit, since, until)[-limit:]

    def _samples_of(self, region: str, unit: str, since: datetime, until: datetime) -> list[Sample]:
        """In order."""
        self._reach()
        found = [each for each in self._samples if (each.region, each.unit) == (region, unit)]
        kept = [each for each in found if since <= each.as_of < until]
        return [_sample(each) for each in sorted(kept, key=lambda each: (each.as_of, each.version))]

    def _reach(self) -> None:
        if self.away:
            raise AwayError("the memory archive was told to be away")


@asynccontextmanager
async def portal_client(backend: MemoryBackend) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a portal on this backend, while it runs; whole answers only, without a network."""
    async with _app_on(backend) as app, app.router.lifespan_context(app):
        backend.attach(app.state.portal)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            yield client


@asynccontextmanager
async def served_portal(backend: MemoryBackend) -> AsyncIterator[httpx.AsyncClient]:
    """The same over HTTP on the loopback interface: for streams."""
    async with _app_on(backend) as app, _served(app, backend.settings) as client:
        backend.attach(app.state.portal)
        yield client


@asynccontextmanager
async def signing_in_portal(backend: MemoryBackend, directory: Path, *, users_of: Path) -> AsyncIterator[str]:
    """Its address, with the local issuer beside it as `up` has it: a browser signs in there.

    Users are those of the agreements in the file `users_of`; keys, and accesses that wait, are kept in `directory`.
    """
    with listening() as (place, issuer), listening() as (portal_place, address):
        settings = backend.settings.model_copy(
            update={
                "oidc_issuer": issuer,
                "portal_url": address,
                "local_stack": True,
                "local_issuer_dir": directory,
                "agreements_files": (users_of,),
            }
        )
        clock, asking = SystemClock(), IssuerClient(settings)
        keys = RemoteKeys(asking, settings, clock=clock, metrics=backend.metrics)
        verifier = Verifier(Trusted.by(settings), keys, now_seconds=lambda: clock.now_ms() // 1000)
        queue = AccessQueue(directory / "accesses", entries_max=100)
        recorder = Recorder(backend.accesses, backend.metrics, seconds=30, queue=queue, drain_seconds=0.1)
        access = Access(
            verifier,
            recorder,
            metrics=backend.metrics,
            clock=clock,
            settings=settings,
            issuer=asking,
            parts=(keys,),
        )
        outer = Outer(backend.source, backend, backend.archive)
        app = build(settings, backend.clock, backend.metrics, access=access, outer=outer)
        async with served(build_issuer(settings, clock), place), served(app, portal_place):
            backend.attach(app.state.portal)
            yield address


@asynccontextmanager
async def portal_on(settings: Settings, minter: Minter) -> AsyncIterator[httpx.AsyncClient]:
    """A portal in this process, over HTTP, on the Kafka and PostgreSQL of these settings; `minter` is its issuer."""
    settings, metrics = settings.model_copy(update={"portal_port": 0}), Metrics()
    async with AccessStore(settings) as store, Recorder(store, metrics, seconds=30, queue=None) as recorder:
        access = Access(minter.verifier(), recorder, metrics=metrics, clock=SystemClock(), settings=settings)
        app = build(settings, settings.clock(), metrics, access=access)
        async with _served(app, settings) as client:
            yield client


@asynccontextmanager
async def _served(app: FastAPI, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    server, listening = PortalServer(app), listen(settings)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(server.serve_until_asked(listening))
    beginning = asyncio.create_task(server.begun.wait())
    try:
        await asyncio.wait([serving, beginning], return_when=asyncio.FIRST_COMPLETED)
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            yield client
    finally:
        beginning.cancel()
        server.stop()
        await serving


@asynccontextmanager
async def _app_on(backend: MemoryBackend) -> AsyncIterator[FastAPI]:
    async with Recorder(backend.accesses, backend.metrics, seconds=30, queue=None) as recorder:
        access = Access(
            backend.minter.verifier(),
            recorder,
            metrics=backend.metrics,
            clock=SystemClock(),
            settings=backend.settings,
        )
        outer = Outer(backend.source, backend, backend.archive)
        yield build(backend.settings, backend.clock, backend.metrics, access=access, outer=outer)


def _sample(view: UnitAvailability) -> Sample:
    return Sample(**{field.name: getattr(view, field.name) for field in fields(Sample)})


def _decided(decision: Decision) -> Message:
    return Message(decision.region, decision, Topic.DECISIONS)


def _shown(told: tuple[bytes, Any]) -> Message:
    key, view = told
    of_units = isinstance(view, UnitAvailability | CareTypeAvailability)
    return Message(key.decode(), view, Topic.AVAILABILITY if of_units else Topic.BOARDS)


def _gone(region: Region) -> list[Message]:
    return [Message(key.decode(), None, topic) for key, topic in region.gone()]


def _is(decision: Decision, wanted: Wanted) -> bool:
    data = decision.data
    unit, request = getattr(data, "unit", None), getattr(data, "request", None)
    return (
        (wanted.kinds is None or kind_name(decision) in wanted.kinds)
        and wanted.request in (None, request)
        and wanted.unit in (None, unit)
        and wanted.site in (None, getattr(data, "site", None))
        and (wanted.of is None or _concerns(wanted.of, decision))
    )


def _concerns(of: Concerned, decision: Decision) -> bool:
    data = decision.data
    unit, request = getattr(data, "unit", None), getattr(data, "request", None)
    names_none = unit is None and not hasattr(data, "units")
    return unit in of.units or request in of.requests or (request in of.asked and names_none)
