"""What can go wrong with PostgreSQL, by what is to be done.

StoreError
├─ AwayError        wait, try again
├─ AccessError      stop: PostgreSQL does not let us in, or we do not trust it
├─ RowRefusedError  stop: our own rows are wrong
├─ PositionError    stop: Kafka and PostgreSQL do not belong together
└─ MigrationError   stop: code and database do not belong together
   └─ NotMigratedError   what is asked for is not in the database, or not yet
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from spoedplein.domain.errors import SpoedpleinError


class StoreError(SpoedpleinError):
    """The message names the place and the mend."""

    retriable = False


class AwayError(StoreError):
    """PostgreSQL cannot be reached, is stopping or starting, or is short of something; nothing was written."""

    retriable = True


class AccessError(StoreError):
    """PostgreSQL does not know us or does not grant what we need, or its certificate is not one we trust."""


class RowRefusedError(StoreError):
    """PostgreSQL refuses a row for what is in it."""


class PositionError(StoreError):
    """What Kafka delivers does not follow on what is archived."""


class MigrationError(StoreError):
    """The database is not one that this code may use, or migrate."""


class NotMigratedError(MigrationError):
    """Tables of ours are not there yet: the archive makes them when it starts, or `spoedplein migrate` does."""


#: What another try may mend: connection, shutdown or restart, resources, deadlock, lock timeout, failover to a replica.
_PASSING = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)
_NOT_MIGRATED = (
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
)
_CONTENT = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Errors of asyncpg as ours; `doing` says what was tried. Those of neither kind pass: faults in our SQL."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        msg = (
            f"PostgreSQL shows a certificate that we do not trust ({doing}): {error.verify_message}. "
            "Does SPOEDPLEIN_POSTGRES_CA_FILE hold the authority that signed it?"
        )
        raise AccessError(msg) from error
    except _REFUSED as error:
        msg = (
            f"PostgreSQL does not let us ({doing}): {_words(error)}. Are user, password and database in "
            "SPOEDPLEIN_POSTGRES_DSN right, and has the user its role of roles.sql?"
        )
        raise AccessError(msg) from error
    except _PASSING as error:
        msg = f"PostgreSQL did not do it ({doing}): {_words(error)}. Does it run, and is SPOEDPLEIN_POSTGRES_DSN right?"
        raise AwayError(msg) from error
    except _NOT_MIGRATED as error:
        msg = (
            f"The database lacks what this version of spoedplein needs ({doing}): {_words(error)}. The archive "
            "migrates it when it starts; `spoedplein migrate` does too."
        )
        raise NotMigratedError(msg) from error
    except _CONTENT as error:
        msg = (
            f"PostgreSQL refuses what we want to write ({doing}): {_words(error)}. Nothing of it was written. This is "
            "a fault of ours: mend what wrote the message or the column that refuses, then start the archive again."
        )
        raise RowRefusedError(msg) from error


def _words(error: BaseException) -> str:
    """Its name and first line; PostgreSQL's own place (table, column) where it names one. Never the row itself."""
    place = ".".join(
        part for name in ("table_name", "column_name", "constraint_name") if (part := getattr(error, name, None))
    )
    first = (str(error).splitlines() or ["no answer in time"])[0]
    return f"{type(error).__name__}: {first}{f' [{place}]' if place else ''}"
