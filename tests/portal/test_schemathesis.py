"""Every operation of the OpenAPI document, asked as the document allows and as it does not, on the real stack.

Streams have no end and are left out. A body may fit its shape and still name a unit that nobody agreed on, or hold what
reads as a person's number: then, and only then, is what fits refused.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, Final, Self

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from spoedplein.portal.access import Role
from spoedplein.portal.app import openapi
from spoedplein.settings import Settings
from spoedplein.stack.places import deploy_file
from spoedplein.testing.portal import portal_on
from spoedplein.testing.tokens import Minter
from spoedplein_schemas.dead_letters import RefusalCode
from tests.conftest import StartSystem
from tests.system.conftest import alone

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

REGION: Final = "rijnmond"
EXAMPLES_MAX: Final = 6
#: What only the agreements, the clock or a look for persons can tell; and what people ask of times.
MEANING: Final = {code.value for code in RefusalCode if code not in (RefusalCode.SCHEMA, RefusalCode.ENVELOPE)} | {
    "period"
}


class Served:
    """A portal in a thread of its own, since who asks here waits for each answer."""

    def __init__(self, of: Settings) -> None:
        self.minter = Minter()
        self.address = ""
        self._settings = of
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._asked = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(60), "the portal answers"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join(60)
        self._loop.close()

    def bearer(self) -> dict[str, str]:
        return self.minter.bearer(Role.COORDINATOR, more={"amr": ["mfa"]})

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with AsyncExitStack() as parts:
            client = await parts.enter_async_context(portal_on(self._settings, self.minter))
            await _until_ready(client)
            self.address = str(client.base_url).rstrip("/")
            self._up.set()
            await self._asked.wait()


async def _until_ready(client: httpx.AsyncClient) -> None:
    while True:
        if (await client.get("/health/ready")).is_success:
            return
        await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def portal(start_system: StartSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    agreed = alone(deploy_file("regions", "rijnmond.toml"), tmp_path_factory.mktemp("agreed"))
    rates = {"portal_rate_per_user": "1000000/minute", "portal_rate_per_address": "1000000/minute"}
    with start_system([agreed], portal_wait_seconds=5.0, **rates) as system, Served(system.settings) as served:
        yield served


DOCUMENT = schemathesis.openapi.from_dict(json.loads(openapi()))
DOCUMENT.config.checks.positive_data_acceptance.expected_statuses += ["409", "422"]


@DOCUMENT.exclude(path_regex="/stream$").parametrize()
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@settings(max_examples=EXAMPLES_MAX, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: schemathesis.Case[Any], portal: Served) -> None:
    unasked: list[Any] = [positive_data_acceptance] if _is_beyond_a_schema(case) else []
    answer = case.call_and_validate(base_url=portal.address, headers=portal.bearer(), excluded_checks=unasked)
    if answer.status_code == 422 and case.meta is not None and case.meta.generation.mode.is_positive:
        told = answer.json()
        codes = {each["code"] for each in told.get("errors", ())}
        assert codes <= MEANING, told


def _is_beyond_a_schema(case: schemathesis.Case[Any]) -> bool:
    """What JSON Schema cannot tell of FHIR, and FHIR answers with 400.

    A Task that is written has the id of its address and every element as it stands, but for the answer; a patch must
    fit it; a cursor is one that was given. The other searches and reads are held to it.
    """
    if not case.path.startswith("/fhir/"):
        return False
    return case.method in ("PUT", "PATCH") or "_cursor" in (case.query or {})
