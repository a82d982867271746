"""The issuer's keys over the wire: rotated, withdrawn, looked for no more often than agreed, kept while it is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwk
from joserfc.util import int_to_base64
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from spoedplein.portal.access.keys import RemoteKeys
from spoedplein.portal.access.oidc import ANSWER_BYTES_MAX, IssuerAwayError, IssuerClient
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.clock import ManualClock
from spoedplein.testing.published import PublishedKeys
from spoedplein.testing.serving import listening, served

KEYS_SECONDS: Final = 300
REFETCH_SECONDS: Final = 10
STALE_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Rig:
    published: PublishedKeys
    keys: RemoteKeys
    clock: ManualClock
    stop_issuer: Callable[[], Awaitable[None]]

    def passes(self, seconds: float) -> None:
        self.clock.pass_ms(round(seconds * 1000))

    async def looked(self) -> None:
        """The look that was begun is over."""
        assert self.keys._looking is not None
        await self.keys._looking


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    clock = ManualClock(1_000_000)
    with listening() as (place, issuer):
        published = PublishedKeys(issuer)
        published.keys = [_jwk("a")]
        settings = Settings(
            oidc_issuer=issuer,
            oidc_keys_seconds=KEYS_SECONDS,
            oidc_refetch_seconds=REFETCH_SECONDS,
            oidc_keys_stale_seconds=STALE_SECONDS,
        )
        async with (
            served(published.app(), place) as stop_issuer,
            IssuerClient(settings) as client,
            RemoteKeys(client, settings, clock=clock, metrics=Metrics()) as keys,
        ):
            yield Rig(published, keys, clock, stop_issuer)


def _jwk(kid: str, **other: str) -> dict[str, Any]:
    key = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": kid})
    return {**key.as_dict(private=False), **other}


def _weak(kid: str) -> dict[str, Any]:
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505  to be passed over
    words = {name: int_to_base64(number) for name, number in (("n", numbers.n), ("e", numbers.e))}
    return {"kty": "RSA", "kid": kid, **words}


async def test_many_who_ask_at_once_are_one_look(rig: Rig) -> None:
    found = await asyncio.gather(*(rig.keys.find("a") for _ in range(50)))
    assert {key.kid for key in found if key is not None} == {"a"}
    assert None not in found
    assert rig.published.looks == 1


async def test_a_new_key_is_found_by_one_look_and_an_old_one_is_gone_with_it(rig: Rig) -> None:
    assert await rig.keys.find("a") is not None
    rig.published.keys = [_jwk("b")]
    rig.passes(REFETCH_SECONDS)
    assert await rig.keys.find("b") is not None
    assert await rig.keys.find("a") is None
    assert rig.published.looks == 2


async def test_who_makes_names_of_keys_up_has_nobody_look_more_often(rig: Rig) -> None:
    await rig.keys.find("a")
    for number in range(100):
        assert await rig.keys.find(f"made-up-{number}") is None
        rig.passes(0.5)
    assert rig.published.looks <= 2 + 50 / REFETCH_SECONDS


async def test_keys_are_looked_at_again_in_time_and_nobody_waits_for_it(rig: Rig) -> None:
    await rig.keys.find("a")
    rig.published.keys = [_jwk("b")]
    rig.passes(KEYS_SECONDS + 1)
    assert await rig.keys.find("a") is not None  # As it was a moment ago.
    await rig.looked()
    assert await rig.keys.find("a") is None
    assert await rig.keys.find("b") is not None


async def test_while_the_issuer_is_away_its_keys_count_for_a_time(rig: Rig) -> None:
    await rig.keys.find("a")
    await rig.stop_issuer()
    rig.passes(STALE_SECONDS - 1)
    assert await rig.keys.find("a") is not None
    await rig.looked()
    assert await rig.keys.find("made-up") is None
    rig.passes(2)
    with pytest.raises(IssuerAwayError):
        await rig.keys.find("a")


async def test_keys_that_nobody_may_sign_tokens_with_are_passed_over(rig: Rig) -> None:
    rig.published.keys = [
        _jwk("good"),
        _jwk("for-encryption", use="enc"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0" * 8},
        {"kty": "AKP", "kid": "of-a-later-time", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": "EC", "kid": "half", "crv": "P-256"},
        _weak("weak"),
        "no key at all",
    ]
    rig.passes(REFETCH_SECONDS)
    names = ("good", "for-encryption", "secret", "of-a-later-time", "half", "weak")
    assert [name for name in names if await rig.keys.find(name) is not None] == ["good"]


async def _large() -> Response:
    return PlainTextResponse("x" * (ANSWER_BYTES_MAX + 1))


async def _failing() -> Response:
    return PlainTextResponse("no", 500)


async def _elsewhere() -> Response:
    return RedirectResponse("https://elsewhere.example.org/keys")


async def _no_json() -> Response:
    return PlainTextResponse("<html>")


async def _no_list() -> Response:
    return JSONResponse({"keys": {}})


async def _no_object() -> Response:
    return JSONResponse([])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(_large, id="too-large"),
        pytest.param(_failing, id="an-error"),
        pytest.param(_elsewhere, id="a-redirect"),
        pytest.param(_no_json, id="no-json"),
        pytest.param(_no_list, id="no-list"),
        pytest.param(_no_object, id="no-object"),
    ],
)
async def test_an_answer_that_is_no_key_set_changes_nothing(
    rig: Rig, answer: Callable[[], Awaitable[Response]]
) -> None:
    await rig.keys.find("a")
    rig.published.answer = answer
    rig.passes(REFETCH_SECONDS)
    assert await rig.keys.find("b") is None
    assert rig.published.looks == 2
    assert await rig.keys.find("a") is not None


@pytest.mark.parametrize(
    ("document", "why"),
    [
        pytest.param({"issuer": "https://elsewhere.example.org"}, "calls itself otherwise", id="another-name"),
        pytest.param({"jwks_uri": "http://elsewhere.example.org/keys"}, "without TLS", id="keys-without-tls"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, "without TLS", id="a-file"),
        pytest.param({"token_endpoint": "http://elsewhere.example.org/"}, "without TLS", id="tokens-without-tls"),
        pytest.param({"jwks_uri": None}, "no discovery document", id="no-keys"),
    ],
)
async def test_an_issuer_speaks_for_itself_and_over_tls(rig: Rig, document: dict[str, Any], why: str) -> None:
    rig.published.document = document
    async with IssuerClient(Settings(oidc_issuer=rig.published.issuer)) as client:
        with pytest.raises(IssuerAwayError, match=why):
            await client.keys()
    assert rig.published.looks <= 1
