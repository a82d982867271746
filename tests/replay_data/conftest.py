"""Data sets for the adapters: small ones made here in the shape of the real, and the real ones where they are."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("folder/file.csv.gz", text)` below `tmp_path`; gzipped where the name says so."""

    def writer(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())

    return writer
