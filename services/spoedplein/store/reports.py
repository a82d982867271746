"""What reports ask of the archive: one region, one period, in one snapshot of the database that nobody writes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from spoedplein.settings import Settings
from spoedplein.store.errors import AwayError, translated
from spoedplein.store.migrate import CONNECT_SECONDS_MAX
from spoedplein.store.queries import sql

#: A month of a large region takes seconds; what takes longer than this hangs.
STATEMENT_SECONDS_MAX: Final = 600
#: Between two looks at what was free.
LOOK_EVERY: Final = timedelta(minutes=30)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which region and period (`until` not included), and of which care types; None: all."""

    region: str
    since: datetime
    until: datetime
    care_types: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as the queries of `sql/reports.sql` give them. `begins` and `ends`: what the archive has of the region."""

    asked: Asked
    begins: datetime | None
    ends: datetime | None
    demand: Sequence[Row]
    guests: Sequence[Row]
    refusals: Sequence[Row]
    exclusions: Sequence[Row]
    statuses: Sequence[Row]
    looks: Sequence[Row]
    needed_by: Sequence[Row]
    elsewhere: Sequence[Row]
    visits: Sequence[Row]
    queues: Sequence[Row]
    agreements: Sequence[Row]


async def find(settings: Settings, asked: Asked) -> Found:
    """Everything that a report needs. AwayError and its kin as elsewhere; needs no right but to read."""
    with translated("a report"):
        connection = await asyncpg.connect(
            settings.postgres_dsn.get_secret_value(),
            ssl=settings.postgres_tls(),
            timeout=CONNECT_SECONDS_MAX,
            command_timeout=STATEMENT_SECONDS_MAX,
            server_settings={"application_name": "spoedplein-report"},
        )
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _found(connection, asked)
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                msg = "PostgreSQL broke the connection (a report). Does it run?"
                raise AwayError(msg) from error
            raise
        finally:
            await connection.close(timeout=CONNECT_SECONDS_MAX)


async def _found(connection: "asyncpg.Connection[Any]", asked: Asked) -> Found:
    whole = (asked.region, asked.since, asked.until)
    named = (*whole, None if asked.care_types is None else list(asked.care_types))
    ((begins, ends),) = await connection.fetch(sql("report_archived"), asked.region)
    due = asked.until if ends is None else min(asked.until, ends)
    looked_until = max(asked.since, due)
    return Found(
        asked=asked,
        begins=begins,
        ends=ends,
        demand=_rows(await connection.fetch(sql("report_demand"), *named)),
        guests=_rows(await connection.fetch(sql("report_guests"), *named)),
        refusals=_rows(await connection.fetch(sql("report_refusals"), *named)),
        exclusions=_rows(await connection.fetch(sql("report_exclusions"), *named)),
        statuses=_rows(await connection.fetch(sql("report_statuses"), *named)),
        looks=_rows(
            await connection.fetch(
                sql("report_looks"),
                asked.region,
                max(asked.since, begins or asked.since),
                looked_until,
                named[3],
                LOOK_EVERY,
            )
        ),
        needed_by=_rows(await connection.fetch(sql("report_needed_by"), *named, due)),
        elsewhere=_rows(await connection.fetch(sql("report_elsewhere"), *whole)),
        visits=_rows(await connection.fetch(sql("report_visits"), *named)),
        queues=_rows(await connection.fetch(sql("report_queues"), *whole)),
        agreements=_rows(await connection.fetch(sql("report_agreements"), asked.region)),
    )


def _rows(records: Sequence["asyncpg.Record"]) -> list[Row]:
    return [dict(record) for record in records]
