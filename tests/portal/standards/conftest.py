"""Rijnmond, and an evening there."""

import pytest

from spoedplein.domain.agreements import read_agreements
from spoedplein.stack.places import checkout_root
from spoedplein_schemas.agreements import Agreements
from tests.portal.standards.looks import Look, looks


@pytest.fixture(scope="session")
def rijnmond() -> Agreements:
    file = checkout_root() / "deploy/regions/rijnmond.toml"
    return read_agreements(file.read_text(encoding="utf-8"), name=file.name)


@pytest.fixture(scope="session")
def evening(rijnmond: Agreements) -> list[Look]:
    """Six looks at three hours in which requests come, and are accepted, declined and late."""
    return looks(rijnmond, seed=3, hours=3, count=6)
