"""Nothing of a case leaves unrecorded; while the log is away only emergency use goes on, and is written later."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Unpack
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import StreamingResponse

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Access, Action, CurrentVisit, Principal, Role, allowed, may_see_region
from spoedplein.portal.access.queue import AccessQueue
from spoedplein.portal.access.recorder import NotOnRecordError, Recorder
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.problems import TYPE_PREFIX
from spoedplein.settings import Settings
from spoedplein.stack.postgres import LocalPostgres
from spoedplein.store.access_log import AccessEntry, AccessOutcome, AccessStore
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.access_log import MemoryAccessStore
from spoedplein.testing.tokens import Minter, Said

_MOMENT: Final = datetime(2026, 1, 11, 3, 0, tzinfo=UTC)
CASE: Final = "c-7f3a9e21"
REASON: Final = "Telefooncentrale uitgevallen, man van 84 op de grond"


@dataclass(frozen=True, slots=True)
class Rig:
    """An app of three routes, and what stands behind it."""

    client: httpx.AsyncClient
    minter: Minter
    store: MemoryAccessStore
    recorder: Recorder
    queue: AccessQueue
    directory: Path

    async def get(
        self, path: str, role: Role = Role.COORDINATOR, *, emergency: str | None = None, **said: Unpack[Said]
    ) -> httpx.Response:
        headers = self.minter.bearer(role, **said)
        if emergency is not None:
            headers["Spoedplein-Emergency"] = emergency
        return await self.client.get(path, headers=headers)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    minter, store, queue = Minter(), MemoryAccessStore(), AccessQueue(tmp_path / "queue", entries_max=3)
    async with Recorder(store, Metrics(), seconds=30, queue=queue, drain_seconds=3600) as recorder:
        app = _app(minter.access(recorder))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            yield Rig(client, minter, store, recorder, queue, tmp_path / "queue")


def _app(access: Access) -> FastAPI:
    app = FastAPI()
    access.add_to(app)

    @app.get("/{region}/requests/{request}")
    async def one(
        region: str, request: str, visit: CurrentVisit, who: Annotated[Principal, allowed(Action.READ_REQUESTS)]
    ) -> str:
        may_see_region(who, region)
        if request == "r-unknown":
            raise NotFoundError
        await visit.about(region, [CASE, request])
        return CASE

    @app.get("/forgetful")
    async def forgetful(who: Annotated[Principal, allowed(Action.READ_REQUESTS)]) -> str:
        return CASE

    @app.get("/{region}/stream")
    async def stream(
        region: str, visit: CurrentVisit, who: Annotated[Principal, allowed(Action.READ_BOARDS)]
    ) -> StreamingResponse:
        await visit.about(region, ["c-1", "c-2"])

        async def lines() -> AsyncIterator[str]:
            for shown in (["c-1", "c-2"], ["c-2", "c-3"], ["c-3"], ["c-4", "c-1"]):
                await visit.about(region, shown)
                yield f"{shown}\n"

        return StreamingResponse(lines())

    return app


async def test_an_access_is_on_record_with_all_that_is_asked_of_it(rig: Rig) -> None:
    said = {"sub": "u-17", rig.minter.trusted.responsible_claim: "u-3"}
    before = SystemClock().now_ms()
    assert (await rig.get("/rijnmond/requests/r-1?page=2", organisation="zcc-rijnmond", more=said)).status_code == 200

    (entry,) = rig.store.entries
    assert before <= entry.at.timestamp() * 1000 <= SystemClock().now_ms()
    assert entry.model_dump(exclude={"id", "at"}) == {
        "region": "rijnmond",
        "cases": (CASE, "r-1"),
        "subject": "u-17",
        "on_behalf_of": "u-3",
        "organisation": "zcc-rijnmond",
        "role": "coordinator",
        "action": "read-requests",
        "what": "GET /rijnmond/requests/r-1",
        "outcome": "permitted",
        "emergency": None,
        "event_id": None,
    }


async def test_an_answer_that_was_not_recorded_does_not_leave(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    answer = await rig.get("/forgetful")
    assert (answer.status_code, _code(answer)) == (500, "not-on-record")
    assert CASE not in answer.text
    assert "read-requests answers about cases and records nothing" in caplog.text


@pytest.mark.parametrize(
    ("path", "role", "expected"),
    [
        pytest.param("/rijnmond/requests/r-1", Role.OPERATOR, (403, "rijnmond"), id="another-role"),
        pytest.param("/nijmegen/requests/r-1", Role.COORDINATOR, (404, "rijnmond"), id="another-region"),
        pytest.param("/%00x/requests/r-1", Role.OPERATOR, (403, "rijnmond"), id="what-no-database-keeps"),
        pytest.param(f"/{'x' * 200}/requests/r-1", Role.OPERATOR, (403, "rijnmond"), id="no-name"),
        pytest.param("/rijnmond/requests/r-unknown", Role.COORDINATOR, (404, "rijnmond"), id="not-there"),
        pytest.param("/forgetful", Role.OPERATOR, (403, "rijnmond"), id="no-region-in-the-path"),
    ],
)
async def test_a_refusal_of_who_is_known_is_on_record(
    rig: Rig, path: str, role: Role, expected: tuple[int, str]
) -> None:
    status = (await rig.get(path, role)).status_code
    (entry,) = rig.store.entries
    assert (status, entry.region) == expected
    assert (entry.outcome, entry.what) == (AccessOutcome.REFUSED, f"GET {path}")


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        pytest.param(["rijnmond", "venlo"], ["rijnmond", "venlo"], id="his-own"),
        pytest.param([], ["rijnmond"], id="who-has-none-stands-with-ours"),
    ],
)
async def test_a_refusal_for_a_region_that_is_none_of_ours_is_found_by_an_auditor(
    rig: Rig, regions: list[str], expected: list[str]
) -> None:
    await rig.get("/nijmegen/requests/r-1", regions=regions)
    assert [(each.region, each.what) for each in rig.store.entries] == [
        (region, "GET /nijmegen/requests/r-1") for region in expected
    ]


async def test_who_is_not_known_leaves_no_line(rig: Rig) -> None:
    assert (await rig.client.get("/rijnmond/requests/r-1")).status_code == 401
    assert rig.store.entries == []


async def test_a_stream_records_each_case_once_before_it_is_sent(rig: Rig) -> None:
    answer = await rig.get("/rijnmond/stream")
    assert answer.text.count("\n") == 4
    assert [each.cases for each in rig.store.entries] == [("c-1", "c-2"), ("c-3",), ("c-4",)]


async def test_what_comes_together_is_written_together(rig: Rig) -> None:
    answers = await asyncio.gather(*(rig.get(f"/rijnmond/requests/r-{number}") for number in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(rig.store.entries) == 50
    assert rig.store.writes < 50


async def test_a_row_that_the_database_refuses_takes_nobody_else_with_it(rig: Rig) -> None:
    names = [f"c-{number}" for number in range(20)]
    entries = [_entry(name, case="\0" if name == "c-7" else name) for name in names]
    told = await asyncio.gather(*(rig.recorder.record(each) for each in entries), return_exceptions=True)
    assert [type(each) for each in told] == [NotOnRecordError if name == "c-7" else type(None) for name in names]
    assert {each.id for each in rig.store.entries} == {*names} - {"c-7"}


# --- while PostgreSQL is away -------------------------------------------------------------------------------------


async def test_without_a_log_case_data_is_refused(rig: Rig) -> None:
    rig.store.away = True
    answer = await rig.get("/rijnmond/requests/r-1")
    assert (answer.status_code, _code(answer)) == (503, "access-log-away")
    assert answer.headers["retry-after"] == "5"
    assert CASE not in answer.text


async def test_emergency_use_goes_on_and_is_written_later(rig: Rig) -> None:
    rig.store.away = True
    assert (await rig.get("/rijnmond/requests/r-1", emergency=REASON)).text == f'"{CASE}"'
    assert (await rig.get("/rijnmond/requests/r-2", emergency=REASON)).status_code == 200
    assert (len(rig.queue), rig.store.entries) == (2, [])

    rig.store.away = False
    assert await rig.recorder.drain(rig.queue) == 2
    assert [(each.cases[1], each.emergency) for each in rig.store.entries] == [("r-1", REASON), ("r-2", REASON)]
    assert len(rig.queue) == 0


async def test_emergency_use_outlives_the_process(rig: Rig) -> None:
    rig.store.away = True
    await rig.get("/rijnmond/requests/r-1", Role.PROVIDER, organisation="frankeland", emergency=REASON)

    later = MemoryAccessStore()
    async with Recorder(later, Metrics(), queue=AccessQueue(rig.directory, entries_max=3), drain_seconds=0.01):
        async with asyncio.timeout(30):
            while not later.entries:  # noqa: ASYNC110  the twin tells nobody when it is written to
                await asyncio.sleep(0.01)
    assert later.entries[0].organisation == "frankeland"


async def test_with_a_log_emergency_use_is_written_at_once(rig: Rig) -> None:
    await rig.get("/rijnmond/requests/r-1", emergency=REASON)
    assert ([each.emergency for each in rig.store.entries], len(rig.queue)) == ([REASON], 0)


@pytest.mark.parametrize(
    ("role", "reason", "detail"),
    [
        pytest.param(Role.COORDINATOR, "nood", "in 10 to 200 characters", id="too-short"),
        pytest.param(Role.COORDINATOR, " " * 20, "in 10 to 200 characters", id="empty"),
        pytest.param(Role.COORDINATOR, "n" * 201, "in 10 to 200 characters", id="too-long"),
        pytest.param(Role.AUDITOR, REASON, "for coordinators and providers", id="an-auditor"),
    ],
)
async def test_emergency_use_is_declared_with_a_reason_by_who_places_people(
    rig: Rig, role: Role, reason: str, detail: str
) -> None:
    answer = await rig.get("/rijnmond/requests/r-1", role, emergency=reason)
    assert (answer.status_code, _code(answer)) == (400, "emergency-not-declared")
    assert detail in answer.json()["detail"]


async def test_emergency_use_that_cannot_be_kept_is_refused(rig: Rig) -> None:
    rig.store.away = True
    answers = [await rig.get(f"/rijnmond/requests/r-{number}", emergency=REASON) for number in range(4)]
    assert ([each.status_code for each in answers], len(rig.queue)) == ([200, 200, 200, 503], 3)


async def test_a_file_that_cannot_be_read_is_set_aside_and_holds_nobody_up(rig: Rig) -> None:
    rig.store.away = True
    await rig.get("/rijnmond/requests/r-1", emergency=REASON)
    (rig.directory / "0-broken.json").write_text("{")

    rig.store.away = False
    assert await rig.recorder.drain(rig.queue) == 1
    assert [file.name for file in rig.directory.iterdir()] == ["0-broken.unreadable"]


async def test_a_disk_that_fails_for_a_while_ends_nothing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    await rig.queue.keep(_entry("kept", emergency=REASON))
    odd = rig.directory / "0-odd.json"
    odd.mkdir()

    def told() -> bool:
        return "access.disk" in [getattr(line, "action", None) for line in caplog.records]

    later = MemoryAccessStore()
    async with Recorder(later, Metrics(), queue=rig.queue, drain_seconds=0.01), asyncio.timeout(30):
        while not told():  # noqa: ASYNC110  a log line wakes nobody
            await asyncio.sleep(0.01)
        assert not later.entries
        odd.rmdir()
        while not later.entries:  # noqa: ASYNC110  the twin tells nobody when it is written to
            await asyncio.sleep(0.01)
    assert [each.id for each in later.entries] == ["kept"]


async def test_emergency_use_that_the_database_refuses_is_set_aside_and_holds_nobody_up(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.queue.keep(_entry("a-refused", case="\0", emergency=REASON))
    await rig.queue.keep(_entry("b-kept", emergency=REASON))
    assert await rig.recorder.drain(rig.queue) == 1

    assert ([each.id for each in rig.store.entries], len(rig.queue)) == (["b-kept"], 0)
    (aside,) = rig.directory.iterdir()
    assert aside.name.endswith("a-refused.unreadable")
    assert AccessEntry.model_validate_json(aside.read_bytes()).emergency == REASON
    assert [getattr(line, "action", None) for line in caplog.records] == ["access.set-aside"]


@pytest.mark.postgres
async def test_on_a_real_server_that_stops_and_comes_back(tmp_path: Path) -> None:
    """What was on record stays, what was refused is nowhere, what was an emergency is written when it is back."""
    (state := tmp_path / "postgres").mkdir(mode=0o711)
    server = LocalPostgres(state)
    server.start()
    try:
        settings, port = Settings(postgres_dsn=SecretStr(server.dsn)), urlsplit(server.dsn).port
        queue = AccessQueue(tmp_path / "queue", entries_max=3)
        async with (
            AccessStore(settings) as store,
            Recorder(store, Metrics(), seconds=30, queue=queue, drain_seconds=0.05) as recorder,
        ):
            await store.migrate()
            await recorder.record(_entry("before"))
            server.stop()
            with pytest.raises(NotOnRecordError):
                await recorder.record(_entry("refused"))
            await recorder.record(_entry("urgent", emergency=REASON))
            assert len(queue) == 1

            server = LocalPostgres(state, port=port)
            server.start()
            async with asyncio.timeout(60):
                while len(queue):  # noqa: ASYNC110  a directory tells nobody
                    await asyncio.sleep(0.05)
            found = await store.read(["rijnmond"], since=_MOMENT, until=_MOMENT + timedelta(days=1))
            assert [each.id for each in found] == ["before", "urgent"]
    finally:
        server.stop()


def _entry(name: str, *, case: str = CASE, emergency: str | None = None) -> AccessEntry:
    return AccessEntry(
        id=name,
        at=_MOMENT,
        region="rijnmond",
        cases=(case,),
        subject="u-1",
        role="coordinator",
        action="read-requests",
        what="GET /",
        outcome=AccessOutcome.PERMITTED,
        emergency=emergency,
    )


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix(TYPE_PREFIX)
