"""A portal over an evening in memory: two houses with ELV beds, one that is silent, and a portal to ask."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from spoedplein.portal.access import Role
from spoedplein.testing.builders import EVENING, REGION, agreements, capacity, unit
from spoedplein.testing.portal import MemoryBackend, portal_client
from spoedplein.testing.tokens import Minter
from spoedplein_schemas.vocabulary import CareType, Property, Registration

AGREED = agreements(
    unit("elv-een", CareType.ELV_HOOG, properties=(Property.SINGLE_ROOM,), place={"lat": 51.92, "lon": 4.40}),
    unit("elv-twee", CareType.ELV_HOOG, place={"lat": 51.90, "lon": 4.46}),
    unit("elv-stil", CareType.ELV_HOOG),
    unit("ggz-een", CareType.GGZ_HIC, registration=Registration.WVGGZ, properties=(Property.CLOSED_WARD,)),
    areas=({"codes": ["3118"], "place": {"lat": 51.92, "lon": 4.40}},),
)


@dataclass(frozen=True, slots=True)
class Who:
    """As whom one asks."""

    role: Role = Role.COORDINATOR
    organisation: str | None = None
    regions: tuple[str, ...] = (REGION,)
    subject: str | None = None
    two_factor: bool = False

    def bearer(self, minter: Minter) -> dict[str, str]:
        if self.role is Role.PUBLIC:
            return {}
        more: dict[str, object] = {"sub": self.subject} if self.subject else {}
        more |= {"amr": ["mfa"]} if self.two_factor else {}
        return minter.bearer(self.role, organisation=self.organisation, regions=self.regions, more=more)


COORDINATOR = Who()
PUBLIC = Who(Role.PUBLIC)
PROVIDER = Who(Role.PROVIDER, "huis-elv-een")
OTHER = Who(Role.PROVIDER, "huis-elv-twee")


class Asker:
    """Asks a portal; as the region's coordinator unless told otherwise. Paths are within the region."""

    def __init__(self, backend: MemoryBackend, client: httpx.AsyncClient) -> None:
        self.backend = backend
        self.client = client

    async def get(self, path: str, *, status: int = 200, who: Who = COORDINATOR) -> Any:  # noqa: ANN401  JSON
        answer = await self.send("GET", path, who=who)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(
        self, path: str, body: object = None, *, status: int = 200, who: Who = COORDINATOR, key: str | None = None
    ) -> Any:  # noqa: ANN401  JSON
        answer = await self.send("POST", path, body, who=who, headers={"Idempotency-Key": key} if key else {})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: Who = COORDINATOR,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        whole = path if path.startswith("/") else f"/v1/regions/{REGION}/{path}"
        sent = {**who.bearer(self.backend.minter), **headers}
        return await self.client.request(method, whole, headers=sent, json=body)


@pytest.fixture
def backend() -> MemoryBackend:
    evening = MemoryBackend([AGREED], now=EVENING, portal_wait_seconds=0.2)
    evening.says(capacity("elv-een", 2, evening.now))
    evening.says(capacity("elv-twee", 1, evening.now))
    evening.says(capacity("ggz-een", 0, evening.now))
    return evening


@pytest.fixture
async def ask(backend: MemoryBackend) -> AsyncIterator[Asker]:
    async with portal_client(backend) as client:
        yield Asker(backend, client)


def wanted(**more: object) -> dict[str, object]:
    """What somebody asks who is 84 and cannot stay home."""
    profile = {
        "care_types": ["elv-hoog"],
        "urgency": {"system": "nts", "version": "2024", "code": "U3"},
        "age_band": "80+",
        **more,
    }
    return {"profile": profile}


__all__ = ["AGREED", "COORDINATOR", "EVENING", "OTHER", "PROVIDER", "PUBLIC", "Asker", "Who", "wanted"]
