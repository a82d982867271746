"""Accesses that PostgreSQL could not take: one file each, on disk before anybody is answered, until it can."""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.store.access_log import AccessEntry

_SUFFIX: Final = ".json"
_UNREADABLE: Final = ".unreadable"

LOGGER = logging.getLogger(__name__)


class QueueError(SpoedpleinError):
    """An access cannot be kept on disk."""


class AccessQueue:
    """A directory that one process of the portal has for itself. Files are the owner's only; names sort by time."""

    def __init__(self, directory: Path, *, entries_max: int) -> None:
        self._directory = directory
        self._entries_max = entries_max

    def __len__(self) -> int:
        return len(self._files())

    async def keep(self, entry: AccessEntry) -> None:
        """Returns when it would survive the machine; QueueError when it cannot be kept."""
        if await asyncio.to_thread(len, self) >= self._entries_max:
            raise QueueError(f"{self._directory} has {self._entries_max} accesses already (access_queue_max).")
        try:
            await asyncio.to_thread(self._write, entry)
        except OSError as error:
            raise QueueError(f"An access cannot be kept in {self._directory}: {error.strerror}.") from error

    def oldest(self, count: int) -> list[tuple[Path, AccessEntry]]:
        """So many at most. A file that cannot be read is set aside."""
        found = []
        for file in self._files()[:count]:
            try:
                found.append((file, AccessEntry.model_validate_json(file.read_bytes())))
            except ValidationError as error:
                self.set_aside(file, f"{error.error_count()} faults in it")
        return found

    def set_aside(self, file: Path, why: str) -> None:
        """Under another name, never removed: those behind it go on, and somebody is to look at it."""
        aside = file.rename(file.with_suffix(_UNREADABLE))
        LOGGER.error("an access was set aside as %s: %s", aside, why, extra={"action": "access.set-aside"})

    def done(self, files: Sequence[Path]) -> None:
        for file in files:
            file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{_SUFFIX}")) if self._directory.is_dir() else []

    def _write(self, entry: AccessEntry) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._directory / f"{entry.at:%Y%m%dT%H%M%S.%f}-{entry.id}{_SUFFIX}"
        half = file.with_suffix(".half")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(entry.model_dump_json().encode())
            writing.flush()
            os.fsync(writing.fileno())
        half.rename(file)
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
