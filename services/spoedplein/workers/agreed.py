"""The agreements that intake judges by: the files of the setting `agreements_files`, read again when they change."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.gate import Gate
from spoedplein_schemas.agreements import Agreements

LOGGER = logging.getLogger(__name__)
#: By the caller's clock: how long a changed file may wait to be seen.
LOOK_MS: Final = 2000

_Mark = tuple[tuple[int, int, int] | None, ...]


class AgreedGate:
    """A gate by the newest usable text of each file. Raises `AgreementsError` when they cannot be used at the start.

    Later a file that cannot be used leaves the gate as it was, and is told in the logs once per change: a slip of the
    pen at night closes no region.
    """

    def __init__(self, files: Iterable[Path], regions: Mapping[str, int], make: Callable[..., Gate]) -> None:
        self._files = tuple(files)
        self._regions = regions
        self._make = make
        self._seen = _mark(self._files)
        self._looked_ms: int | None = None
        self._gate = make(regions=regions, agreements=_agreements(self._files, regions))

    def at(self, now_ms: int) -> Gate:
        """The gate to use now; looks at the files at most every `LOOK_MS`."""
        if self._looked_ms is None or now_ms - self._looked_ms >= LOOK_MS:
            self._looked_ms = now_ms
            mark = _mark(self._files)
            if mark != self._seen:
                self._seen = mark
                self._renew()
        return self._gate

    def _renew(self) -> None:
        try:
            agreements = _agreements(self._files, self._regions)
        except AgreementsError as error:
            told = {"action": "intake.agreements-unusable"}
            LOGGER.error("changed agreements cannot be used, the ones before them stay: %s", error, extra=told)  # noqa: TRY400
            return
        self._gate = self._make(regions=self._regions, agreements=agreements)
        versions = {region: agreed.version for region, agreed in agreements.items()}
        LOGGER.info("agreements read again: %s", versions, extra={"action": "intake.agreements", "versions": versions})


def _mark(files: Iterable[Path]) -> _Mark:
    """Changes whenever a file is written, replaced, or comes and goes."""
    marks: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            found = os.stat(file)  # noqa: PTH116  follows the links by which a cluster swaps a mounted file
        except OSError:
            marks.append(None)
        else:
            marks.append((found.st_ino, found.st_size, found.st_mtime_ns))
    return tuple(marks)


def _agreements(files: Iterable[Path], regions: Mapping[str, int]) -> dict[str, Agreements]:
    held: dict[str, Agreements] = {}
    for file in files:
        agreed = _agreements_of(file)
        if agreed.region not in regions:
            msg = f'{file}: region "{agreed.region}" is not in the setting `regions`; add it there with its partition'
            raise AgreementsError(msg)
        if agreed.region in held:
            msg = f'{file}: region "{agreed.region}" has agreements in another file already; name one file per region'
            raise AgreementsError(msg)
        held[agreed.region] = agreed
    return held


def _agreements_of(file: Path) -> Agreements:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read ({error}); mend the setting `agreements_files`"
        raise AgreementsError(msg) from error
    return read_agreements(text, name=str(file))
