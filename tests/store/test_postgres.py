import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import asyncpg
import pytest

from spoedplein.domain.log import Record
from spoedplein.settings import Settings
from spoedplein.store.errors import AwayError, PositionError, RowRefusedError
from spoedplein.store.placements import PlacementState
from spoedplein.store.postgres import Archive
from spoedplein.store.rows import DecisionEntry, LogEntry, Position, SampleEntry
from spoedplein.testing.builders import EVENING, Script, capacity, decided, request
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.placement import CancelReason
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic, UnitStatus

pytestmark = pytest.mark.postgres

LOG: Final = Topic.LOG
BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)
AFTER_ALL: Final = datetime(2100, 1, 1, tzinfo=UTC)


def _log(records: Sequence[Record]) -> list[LogEntry]:
    return [
        LogEntry(each.offset, each.at, each.event, each.event.model_dump_json(exclude_none=True)) for each in records
    ]


def _decisions(made: Sequence[Decision], *, first: int = 0) -> list[DecisionEntry]:
    return [
        DecisionEntry(offset, each, each.model_dump_json(exclude_none=True)) for offset, each in enumerate(made, first)
    ]


def _after(entries: Sequence[LogEntry | DecisionEntry | SampleEntry], topic: str = LOG) -> Position:
    return Position(topic, 0, entries[-1].offset + 1)


def _reports(count: int, *, start: datetime = EVENING, hours: int = 0) -> Script:
    script = Script(start=start)
    for number in range(count):
        script.says(capacity("elv-1", number % 5, script.now))
        script.passes(seconds=1, hours=hours)
    return script


def _sample(number: int, *, at: datetime = EVENING) -> SampleEntry:
    view = UnitAvailability(
        region="rijnmond",
        unit="elv-1",
        organisation="frankeland",
        care_type=CareType.ELV_HOOG,
        status=UnitStatus.OPEN,
        staffed=8,
        reported_free=number % 8,
        free=number % 8,
        observed_at=at,
        as_of=at + timedelta(seconds=number),
        version=number,
    )
    return SampleEntry(number, view)


async def _offsets(look: "asyncpg.Connection[Any]") -> list[int]:
    rows = await look.fetch("SELECT log_offset FROM spoedplein.events ORDER BY log_offset")
    return [row[0] for row in rows]


@asynccontextmanager
async def _insert_hangs(look: "asyncpg.Connection[Any]", table: str) -> AsyncIterator[None]:
    """Writers get as far as this table and wait there, in the middle of their transaction."""
    async with look.transaction():
        await look.execute(f"LOCK TABLE spoedplein.{table} IN EXCLUSIVE MODE")
        yield


async def _waiting_writer(look: "asyncpg.Connection[Any]") -> int:
    """The backend of the archive that waits for a lock."""
    query = (
        "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE datname = current_database() AND NOT granted"
    )
    async with asyncio.timeout(30):
        while (pid := await look.fetchval(query)) is None:  # noqa: ASYNC110  the database has no event to wait for
            await asyncio.sleep(0.01)
    assert isinstance(pid, int)
    return pid


# --- a batch and its position -------------------------------------------------------------------------------------


async def test_events_are_kept_as_they_were_said(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    entries = _log(_reports(3).records)
    assert await archive.write_log(_after(entries), entries) == 3

    rows = await look.fetch("SELECT * FROM spoedplein.events ORDER BY log_offset")
    assert [json.loads(row["event"]) for row in rows] == [json.loads(each.text) for each in entries]
    assert [row["appended_at"] for row in rows] == [each.at for each in entries]
    assert {(row["region"], row["type"]) for row in rows} == {("rijnmond", "nl.spoedplein.capacity.reported.v1")}
    assert await archive.position(LOG, 0) == 3


async def test_a_batch_that_comes_twice_has_its_effect_once(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    entries = _log(_reports(5).records)
    await archive.write_log(_after(entries), entries)
    assert await archive.write_log(_after(entries), entries) == 0
    assert await _offsets(look) == list(range(5))
    assert await archive.position(LOG, 0) == 5


async def test_of_a_batch_that_was_written_in_part_only_the_rest_is_written(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    entries = _log(_reports(5).records)
    await archive.write_log(_after(entries[:2]), entries[:2])
    assert await archive.write_log(_after(entries), entries) == 3
    assert await _offsets(look) == list(range(5))


async def test_two_writers_of_one_partition_write_each_record_once(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    """As when a partition moves while its last worker still writes."""
    entries = _log(_reports(200).records)
    written = await asyncio.gather(*(archive.write_log(_after(entries), entries) for _ in range(3)))
    assert sorted(written) == [0, 0, 200]
    assert await _offsets(look) == list(range(200))


async def test_a_decision_sent_again_under_another_offset_stays_as_it_was(archive: Archive) -> None:
    cause = Script().says(capacity("elv-1", 2, EVENING))
    made = decided(cause, decisions.PlacementCancelled(request="r-1", reason=CancelReason.OTHER))
    await archive.write_decisions(Position(Topic.DECISIONS, 0, 1), _decisions(made))
    again = _decisions(made, first=1)
    assert await archive.write_decisions(Position(Topic.DECISIONS, 0, 2), again) == 0
    assert await archive.decision(made[0].id) == made[0]
    assert await archive.position(Topic.DECISIONS, 0) == 2


async def test_every_consumer_topic_and_partition_has_a_position_of_its_own(
    archive: Archive, settings: Settings
) -> None:
    entries = _log(_reports(3).records)
    await archive.write_log(_after(entries), entries)
    second = await Archive.connect(settings, consumer="second")
    try:
        assert await second.position(LOG, 0) is None
    finally:
        await second.close()
    assert await archive.position(LOG, 1) is None
    assert await archive.position(Topic.DECISIONS, 0) is None


# --- when it fails in the middle ----------------------------------------------------------------------------------


async def test_a_connection_lost_in_mid_transaction_leaves_neither_rows_nor_position(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    entries = _log([Script().says(request("r-1", (CareType.ELV_HOOG,), EVENING)), *_reports(4).records[1:]])
    async with _insert_hangs(look, "placements"):  # after the events, before the position
        writing = asyncio.create_task(archive.write_log(_after(entries), entries))
        assert await look.fetchval("SELECT pg_terminate_backend($1)", await _waiting_writer(look))
        with pytest.raises(AwayError):
            await writing
    assert await _offsets(look) == []
    assert await archive.position(LOG, 0) is None

    assert await archive.write_log(_after(entries), entries) == 4
    assert await _offsets(look) == [0, 1, 2, 3]
    assert await archive.position(LOG, 0) == 4


async def test_a_transaction_refused_at_its_very_end_leaves_neither_rows_nor_position(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    await look.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = 'check_violation'; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON spoedplein.positions
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()""")
    entries = _log(_reports(3).records)
    with pytest.raises(RowRefusedError, match="not today"):
        await archive.write_log(_after(entries), entries)
    assert await _offsets(look) == []
    assert await archive.position(LOG, 0) is None


async def test_a_write_that_is_cancelled_leaves_nothing_and_its_connection_serves_on(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    entries = _log([Script().says(request("r-1", (CareType.ELV_HOOG,), EVENING))])
    async with _insert_hangs(look, "placements"):
        writing = asyncio.create_task(archive.write_log(_after(entries), entries))
        await _waiting_writer(look)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert await _offsets(look) == []
    assert await archive.write_log(_after(entries), entries) == 1


async def test_text_that_postgresql_cannot_hold_is_named_and_nothing_of_its_batch_is_written(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    good, bad = _log(_reports(2).records)
    bad = bad._replace(text=bad.text.replace("elv-1", "elv\\u0000"))
    with pytest.raises(RowRefusedError, match=r"events, spoedplein.log.v1/0 before offset 2.*Unicode"):
        await archive.write_log(Position(LOG, 0, 2), [good, bad])
    assert await _offsets(look) == []


# --- Kafka and PostgreSQL that do not belong together -------------------------------------------------------------


async def test_a_gap_after_the_position_is_refused_with_the_way_out(archive: Archive) -> None:
    entries = _log(_reports(10).records)
    await archive.write_log(_after(entries[:4]), entries[:4])
    with pytest.raises(PositionError, match=r"up to offset 4 and Kafka delivers from 7.*reset-offsets"):
        await archive.write_log(_after(entries), entries[7:])
    assert await archive.position(LOG, 0) == 4


async def test_an_archive_may_begin_in_the_middle_of_a_log(archive: Archive) -> None:
    entries = _log(_reports(10).records)
    assert await archive.write_log(_after(entries), entries[7:]) == 3


async def test_a_log_made_anew_is_not_taken_for_one_that_was_archived(archive: Archive) -> None:
    entries = _log(_reports(10).records)
    await archive.write_log(_after(entries), entries)
    anew = _log(_reports(3, start=EVENING + timedelta(days=1)).records)
    with pytest.raises(PositionError, match=r"0 of it is not in spoedplein.events: Kafka was made anew"):
        await archive.write_log(_after(anew), anew)


async def test_records_whose_month_was_dropped_may_come_again(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    entries = _log(_reports(4, hours=24 * 20).records)
    await archive.write_log(_after(entries), entries)
    dropped = await archive.keep_months(today=date(2026, 3, 9), retention_months=1)
    assert dropped == ("events_2026_01",)
    assert await archive.write_log(_after(entries), entries) == 0
    assert await _offsets(look) == [2, 3]


# --- months -------------------------------------------------------------------------------------------------------


async def test_a_month_ends_at_midnight_utc(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    last = datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    script = Script(start=last)
    script.says(capacity("elv-1", 1, last))
    script.now += timedelta(milliseconds=1)
    script.says(capacity("elv-1", 2, last))
    entries = _log(script.records)
    await archive.write_log(_after(entries), entries)

    rows = await look.fetch(
        "SELECT relname, log_offset FROM spoedplein.events JOIN pg_class ON pg_class.oid = events.tableoid ORDER BY 2"
    )
    assert [tuple(row) for row in rows] == [("events_2026_01", 0), ("events_2026_02", 1)]


async def test_months_are_made_once_by_writers_that_need_them_at_once(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    entries = _log(_reports(6, hours=24 * 25).records)
    places = [Position(LOG, partition, 6) for partition in range(4)]
    assert await asyncio.gather(*(archive.write_log(place, entries) for place in places)) == [6, 6, 6, 6]
    assert await look.fetchval("SELECT count(*) FROM spoedplein.events") == 24


async def test_retention_drops_whole_months_and_only_old_ones(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    story = _reports(7, start=datetime(2026, 1, 1, tzinfo=UTC), hours=24 * 28)
    entries = _log(story.records)
    await archive.write_log(_after(entries), entries)
    made = [
        each
        for cause in story.records
        for each in decided(cause, decisions.PlacementCancelled(request=f"r-{cause.offset}", reason=CancelReason.OTHER))
    ]
    await archive.write_decisions(Position(Topic.DECISIONS, 0, 7), _decisions(made))
    samples = [_sample(0, at=cause.event.time)._replace(offset=cause.offset) for cause in story.records]
    await archive.write_samples(Position(Topic.AVAILABILITY, 0, 7), samples)

    dropped = await archive.keep_months(today=date(2026, 6, 30), retention_months=3)

    gone = {f"{table}_2026_0{month}" for table in ("events", "decisions", "availability") for month in (1, 2)}
    assert set(dropped) == gone
    for table, moment in (
        ("events", "appended_at"),
        ("decisions", "decided_at"),
        ("availability", "as_of"),
        ("placements", "changed_at"),
    ):
        moments = [row[0] for row in await look.fetch(f"SELECT {moment} FROM spoedplein.{table} ORDER BY 1")]  # noqa: S608
        assert (moments[0], len(moments)) == (datetime(2026, 3, 26, 0, 0, 3, tzinfo=UTC), 4), table
    assert await archive.keep_months(today=date(2026, 6, 30), retention_months=3) == ()


async def test_this_month_and_the_next_are_made_ahead(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    await archive.keep_months(today=date(2026, 12, 5), retention_months=60)
    rows = await look.fetch(
        "SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid "
        "WHERE inhparent = 'spoedplein.decisions'::regclass ORDER BY 1"
    )
    assert [row[0] for row in rows] == ["decisions_2026_12", "decisions_2027_01"]


async def test_a_month_that_a_report_reads_stays_until_later(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    entries = _log(_reports(1).records)
    await archive.write_log(_after(entries), entries)
    async with look.transaction():
        await look.fetch("SELECT * FROM spoedplein.events")
        with pytest.raises(AwayError, match="LockNotAvailable"):
            await archive.keep_months(today=date(2027, 1, 1), retention_months=1)
    assert await archive.keep_months(today=date(2027, 1, 1), retention_months=1) == ("events_2026_01",)


# --- reading ------------------------------------------------------------------------------------------------------


async def test_decisions_are_read_in_order_by_region_time_and_request(archive: Archive) -> None:
    story = _reports(12)
    made = [
        each
        for cause in story.records
        for each in decided(
            cause,
            *(decisions.PlacementCancelled(request=f"r-{number}", reason=CancelReason.OTHER) for number in (1, 2)),
        )
    ]
    await archive.write_decisions(Position(Topic.DECISIONS, 0, 24), _decisions(made))

    assert await archive.decisions("rijnmond", since=BEFORE_ALL, until=AFTER_ALL) == made
    assert await archive.decisions("rijnmond", since=BEFORE_ALL, until=AFTER_ALL, request="r-2") == made[1::2]
    since, until = EVENING + timedelta(seconds=3), EVENING + timedelta(seconds=5)
    assert await archive.decisions("rijnmond", since=since, until=until) == made[6:10]
    assert await archive.decisions("rijnmond", since=BEFORE_ALL, until=AFTER_ALL, limit=3) == made[:3]
    assert await archive.decisions("twente", since=BEFORE_ALL, until=AFTER_ALL) == []
    assert await archive.decision("rijnmond.99.0") is None


async def test_log_and_decisions_meet_in_the_placement(archive: Archive) -> None:
    script = Script()
    script.says(request("r-1", (CareType.ELV_HOOG, CareType.ELV_LAAG), EVENING))
    script.passes(minutes=10)
    cancelled = decisions.PlacementCancelled(request="r-1", reason=CancelReason.HOSPITALISED)
    made = _decisions(decided(script.ticks(), cancelled))
    entries = _log(script.records)
    await asyncio.gather(
        archive.write_decisions(Position(Topic.DECISIONS, 0, 1), made), archive.write_log(_after(entries), entries)
    )
    row = await archive.placement("rijnmond", "r-1")
    assert row is not None
    assert (row.state, row.cancel_reason) == (PlacementState.CANCELLED, CancelReason.HOSPITALISED)
    assert (row.requested_at, row.cancelled_at) == (EVENING, EVENING + timedelta(minutes=10))
    assert row.care_types == (CareType.ELV_HOOG, CareType.ELV_LAAG)


async def test_samples_of_availability_may_have_gaps_and_come_twice(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    place = Position(Topic.AVAILABILITY, 0, 8)
    assert await archive.write_samples(place._replace(next_offset=2), [_sample(1)]) == 1
    samples = [_sample(1), _sample(4), _sample(7)]
    assert await archive.write_samples(place, samples) == 2
    assert await archive.write_samples(place, samples) == 0
    assert await look.fetchval("SELECT sum(free) FROM spoedplein.availability") == 1 + 4 + 7


# --- rights -------------------------------------------------------------------------------------------------------


async def test_a_writer_adds_and_never_changes_and_a_reader_reads(
    archive: Archive, look: "asyncpg.Connection[Any]"
) -> None:
    roles = files("spoedplein.store").joinpath("roles.sql").read_text()
    await look.execute(roles)
    await look.execute(roles)  # again, as after a later migration
    entries = _log(_reports(2).records)
    await archive.write_log(_after(entries), entries)

    await look.execute("SET ROLE spoedplein_writer")
    for table in ("events", "decisions", "availability", "placements", "events_2026_01"):
        for statement in (f"DELETE FROM spoedplein.{table}", f"TRUNCATE spoedplein.{table}"):  # noqa: S608
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await look.execute(statement)
    for statement in ("UPDATE spoedplein.events SET region = ''", "UPDATE spoedplein.decisions SET region = ''"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await look.execute(statement)
    await look.execute("SET ROLE spoedplein_reader")
    assert await look.fetchval("SELECT count(*) FROM spoedplein.events") == 2
    for statement in (
        "INSERT INTO spoedplein.positions VALUES ('x', 'x', 0, 0)",
        "SELECT spoedplein.drop_months('events', '2100-01-01')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await look.execute(statement)


async def test_rights_given_again_are_nobodys_to_miss_meanwhile(
    archive: Archive, look: "asyncpg.Connection[Any]", database: str
) -> None:
    """Statement by statement, as psql runs the file, beside an archive that runs."""
    told = files("spoedplein.store").joinpath("roles.sql").read_text()
    await look.execute(told)
    code = "".join(line for line in told.splitlines(keepends=True) if not line.startswith("--"))
    statements = re.findall(r"(?:\$\$.*?\$\$|[^;])+;", code, re.DOTALL)
    may_write = "SELECT has_table_privilege('spoedplein_writer', 'spoedplein.events', 'INSERT')"
    running = await asyncpg.connect(database)
    try:
        for statement in statements:
            await look.execute(statement)
            assert await running.fetchval(may_write), statement
    finally:
        await running.close()
    assert len(statements) > 8


async def test_the_writers_rights_are_enough_for_the_archive(archive: Archive, look: "asyncpg.Connection[Any]") -> None:
    await look.execute(files("spoedplein.store").joinpath("roles.sql").read_text())
    # Every connection of the archive to this database now acts as the writer.
    await look.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET role spoedplein_writer', current_database()); END $$"
    )
    await archive._pool.expire_connections()
    story = _reports(2)
    story.says(request("r-1", (CareType.GRZ,), EVENING))
    entries = _log(story.records)
    made = decided(story.records[-1], decisions.PlacementCancelled(request="r-1", reason=CancelReason.OTHER))

    assert await archive.migrate() == ()
    assert await archive.write_log(_after(entries), entries) == 3
    assert await archive.write_decisions(Position(Topic.DECISIONS, 0, 1), _decisions(made)) == 1
    assert await archive.write_samples(Position(Topic.AVAILABILITY, 0, 1), [_sample(0)]) == 1
    assert "events_2026_01" in await archive.keep_months(today=date(2030, 1, 1), retention_months=1)
