"""Tokens that must not count, each over the wire and refused for its true reason; and those of every kind that do.

The issuer publishes its keys over HTTP, one per algorithm. Every row makes a token from what a well-meaning issuer
would have signed. Whatever is refused, nothing of it is repeated, logged or put on record, and nobody else's keys are
fetched.
"""

import base64
import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from joserfc import jwe, jwk, jws, jwt

from spoedplein.clock import SystemClock
from spoedplein.portal.access import Access, Action, CurrentVisit, Principal, Role, allowed
from spoedplein.portal.access.tokens import TOKEN_BYTES_MAX
from spoedplein.portal.problems import TYPE_PREFIX
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics
from spoedplein.testing.access_log import MemoryAccessStore
from spoedplein.testing.published import PublishedKeys
from spoedplein.testing.serving import listening, served
from spoedplein.testing.tokens import AUDIENCE, Minter

pytestmark = pytest.mark.asyncio(loop_scope="module")

ES: Final = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "es"})
RS: Final = jwk.RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "rs"})
PS: Final = jwk.RSAKey.generate_key(2048, {"use": "sig", "alg": "PS256", "kid": "ps"})
ED: Final = jwk.OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "EdDSA", "kid": "ed"})
#: The same, by the name that RFC 9864 gave it.
ED_NEW: Final = jwk.OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519", "kid": "ed-new"})
#: Published without saying for which algorithm, as some issuers do.
BARE: Final = jwk.RSAKey.generate_key(2048, {"use": "sig", "kid": "bare"})
ENC: Final = jwk.RSAKey.generate_key(2048, {"use": "enc", "kid": "enc"})
#: Nobody publishes it.
THIEF: Final = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "thief"})
THIEF_AS_ES: Final = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "es"})
OUR_KEYS: Final = (ES, RS, PS, ED, ED_NEW, BARE, ENC)
DAY: Final = 86_400

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rig:
    """A portal and an issuer on the wire, and a second issuer that a thief would like us to ask."""

    client: httpx.AsyncClient
    minter: Minter
    store: MemoryAccessStore
    thief: PublishedKeys

    def claims(self, role: Role = Role.COORDINATOR, **more: Any) -> Claims:  # noqa: ANN401  any claim
        return self.minter.claims(role, more=more)

    async def send(self, token: str, *, scheme: str = "Bearer") -> httpx.Response:
        return await self.client.get("/requests", headers={"Authorization": f"{scheme} {token}".strip()})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncIterator[Rig]:
    with listening() as (issuer_place, issuer), listening() as (portal_place, portal), listening() as (place, thief):
        published, of_thief = PublishedKeys(issuer), PublishedKeys(thief)
        published.keys = [key.as_dict(private=False) for key in OUR_KEYS]
        of_thief.keys = [THIEF.as_dict(private=False)]
        store = MemoryAccessStore()
        app = _app(_access(Settings(oidc_issuer=issuer, log_level="DEBUG"), store))
        async with (
            served(published.app(), issuer_place),
            served(of_thief.app(), place),
            served(app, portal_place),
            httpx.AsyncClient(base_url=portal) as client,
        ):
            yield Rig(client, Minter(issuer=issuer, key=ES), store, of_thief)


def _access(settings: Settings, store: MemoryAccessStore) -> Access:
    """As the portal makes it, with the access log in memory."""
    access = Access.by(settings, Metrics())
    access.recorder.store = store
    return access


def _app(access: Access) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with access:
            yield

    app = FastAPI(lifespan=lifespan)
    access.add_to(app)

    @app.get("/requests")
    async def requests(
        who: Annotated[Principal, allowed(Action.READ_REQUESTS)], visit: CurrentVisit
    ) -> list[str | None]:
        await visit.about("rijnmond", ["c-1"])
        return [who.subject, who.role, who.organisation]

    return app


# --- how tokens are made, well and badly --------------------------------------------------------------------------


def _part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _header(key: jwk.Key, **other: Any) -> dict[str, Any]:  # noqa: ANN401  any header
    header = {"alg": key.alg, "kid": key.kid, "typ": "JWT", **other}
    return {name: value for name, value in header.items() if value is not None}


def signed(claims: object, key: jwk.Key = ES, *, sign_as: str | None = None, **other: Any) -> str:  # noqa: ANN401
    """A whole token; `other` are header members, None leaves one out. The signature holds for exactly what is said."""
    header = _header(key, **other)
    text = f"{_part(header)}.{_part(claims)}"
    algorithm = jws.JWSRegistry.algorithms[sign_as or key.alg or "RS256"]
    return f"{text}.{_part(algorithm.sign(text.encode(), key))}"


def with_secret(claims: Claims, secret: bytes, algorithm: str = "HS256") -> str:
    """As somebody would who has the public key, and hopes that it is taken for a shared secret."""
    text = f"{_part({'alg': algorithm, 'kid': 'es', 'typ': 'JWT'})}.{_part(claims)}"
    digest = {"HS256": "sha256", "HS512": "sha512"}[algorithm]
    return f"{text}.{_part(hmac.digest(secret, text.encode(), digest))}"


def without_signature(claims: Claims, algorithm: str) -> str:
    return f"{_part({'alg': algorithm, 'kid': 'es', 'typ': 'JWT'})}.{_part(claims)}."


def changed(token: str, **claims: Any) -> str:  # noqa: ANN401  any claim
    """The same signature over other words."""
    header, payload, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{_part({**said, **claims})}.{signature}"


def with_signature(token: str, signature: bytes) -> str:
    return f"{token.rsplit('.', 1)[0]}.{_part(signature)}"


def encrypted(claims: Claims) -> str:
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP", "A256GCM"])
    return jwt.encode({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "enc"}, claims, ENC, registry=registry)


def without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}


def _now() -> int:
    return SystemClock().now_ms() // 1000


@dataclass(frozen=True, slots=True)
class Attack:
    """`make` gets the rig and the claims of a good token."""

    name: str
    fault: str
    make: Callable[[Rig, Claims], str]
    scheme: str = field(default="Bearer")


ATTACKS: Final = (
    # The algorithm is the thief's choice.
    Attack("none", "algorithm", lambda _, good: without_signature(good, "none")),
    Attack("none-in-capitals", "algorithm", lambda _, good: without_signature(good, "NONE")),
    Attack("none-mixed", "algorithm", lambda _, good: without_signature(good, "nOnE")),
    Attack("none-with-a-signature", "algorithm", lambda _, good: signed(good, alg="none", sign_as="ES256")),
    Attack("algorithm-missing", "algorithm", lambda _, good: signed(good, alg=None, sign_as="ES256")),
    Attack("algorithm-a-list", "algorithm", lambda _, good: signed(good, alg=["ES256"], sign_as="ES256")),
    Attack("hs256-with-our-pem", "algorithm", lambda _, good: with_secret(good, ES.as_pem(private=False))),
    Attack("hs256-with-our-rsa-pem", "algorithm", lambda _, good: with_secret(good, RS.as_pem(private=False))),
    Attack("hs512-with-our-jwk", "algorithm", lambda _, good: with_secret(good, _jwk_bytes(), "HS512")),
    Attack("rs512-not-allowed", "algorithm", lambda _, good: signed(good, BARE, alg="RS512", sign_as="RS512")),
    Attack("rsa-key-as-pss", "algorithm", lambda _, good: signed(good, RS, alg="PS256", sign_as="PS256")),
    Attack("es256-by-name-of-rsa-key", "algorithm", lambda _, good: signed(good, THIEF, kid="rs")),
    # The key is the thief's.
    Attack("another-key-by-our-name", "signature", lambda _, good: signed(good, THIEF_AS_ES)),
    Attack("another-key-by-its-name", "unknown-key", lambda _, good: signed(good, THIEF)),
    Attack("key-not-named", "unknown-key", lambda _, good: signed(good, kid=None)),
    Attack("key-a-number", "unknown-key", lambda _, good: signed(good, kid=7)),
    Attack("key-a-path", "unknown-key", lambda _, good: signed(good, kid="../../../../dev/null")),
    Attack("key-a-query", "unknown-key", lambda _, good: signed(good, kid="es' OR '1'='1")),
    Attack("key-for-encryption", "unknown-key", lambda _, good: signed(good, ENC, alg="RS256", sign_as="RS256")),
    Attack("jku", "header", lambda rig, good: signed(good, THIEF, jku=f"{rig.thief.issuer}/keys")),
    Attack("x5u", "header", lambda rig, good: signed(good, THIEF, x5u=f"{rig.thief.issuer}/keys")),
    Attack("jwk", "header", lambda _, good: signed(good, THIEF, jwk=THIEF.as_dict(private=False))),
    Attack("x5c", "header", lambda _, good: signed(good, THIEF, x5c=["MIIB"])),
    Attack("crit", "header", lambda _, good: signed(good, crit=["exp"], exp=0)),
    Attack("payload-unencoded", "header", lambda _, good: signed(good, b64=False)),
    Attack("compressed", "header", lambda _, good: signed(good, zip="DEF")),
    # The signature is made up, or of other words.
    Attack("signature-gone", "signature", lambda _, good: with_signature(signed(good), b"")),
    Attack("signature-all-zero", "signature", lambda _, good: with_signature(signed(good), bytes(64))),
    Attack("signature-cut", "signature", lambda _, good: signed(good)[:-4]),
    Attack("signature-padded", "signature", lambda _, good: signed(good) + "=="),
    Attack("forged-role", "signature", lambda _, good: changed(signed(good), spoedplein_role="auditor")),
    Attack("forged-region", "signature", lambda _, good: changed(signed(good), spoedplein_regions=["nijmegen"])),
    Attack("forged-end", "signature", lambda _, good: changed(signed(good), exp=_now() + DAY // 2)),
    # The token is somebody else's, of another time, or of another kind.
    Attack("audience-another", "audience", lambda rig, _: signed(rig.claims(aud="elsewhere"))),
    Attack("audience-one-of-others", "audience", lambda rig, _: signed(rig.claims(aud=["a", "b"]))),
    Attack("audience-longer", "audience", lambda rig, _: signed(rig.claims(aud=f"{AUDIENCE}-test"))),
    Attack("audience-missing", "audience", lambda _, good: signed(without(good, "aud"))),
    Attack("audience-an-object", "audience", lambda rig, _: signed(rig.claims(aud={AUDIENCE: True}))),
    Attack("identity-token", "audience", lambda rig, _: signed(rig.claims(aud="spoedplein-portal", nonce="n"))),
    Attack("issuer-another", "issuer", lambda rig, _: signed(rig.claims(iss=rig.thief.issuer))),
    Attack("issuer-with-a-slash", "issuer", lambda rig, good: signed(rig.claims(iss=good["iss"] + "/"))),
    Attack("issuer-missing", "issuer", lambda _, good: signed(without(good, "iss"))),
    Attack("issuer-a-list", "issuer", lambda rig, good: signed(rig.claims(iss=[good["iss"]]))),
    Attack("expired", "expired", lambda rig, _: signed(rig.claims(exp=_now() - 31))),
    Attack("expired-long-ago", "expired", lambda rig, _: signed(rig.claims(iat=0, exp=1))),
    Attack("end-missing", "claim-missing", lambda _, good: signed(without(good, "exp"))),
    Attack("end-a-text", "claim-invalid", lambda rig, _: signed(rig.claims(exp="9999999999"))),
    Attack("end-no-number", "claim-invalid", lambda rig, _: signed(rig.claims(exp=float("nan")))),
    Attack("end-without-end", "claim-invalid", lambda rig, _: signed(rig.claims(exp=float("inf")))),
    Attack("end-in-a-year", "claim-invalid", lambda rig, _: signed(rig.claims(exp=_now() + 365 * DAY))),
    Attack("begin-missing", "claim-missing", lambda _, good: signed(without(good, "iat"))),
    Attack("issued-tomorrow", "not-yet-valid", lambda rig, _: signed(rig.claims(iat=_now() + DAY, exp=_now() + DAY))),
    Attack("not-yet-valid", "not-yet-valid", lambda rig, _: signed(rig.claims(nbf=_now() + 120))),
    Attack("not-before-a-text", "claim-invalid", lambda rig, _: signed(rig.claims(nbf="now"))),
    Attack("subject-missing", "claim-missing", lambda _, good: signed(without(good, "sub"))),
    Attack("subject-empty", "claim-invalid", lambda rig, _: signed(rig.claims(sub=""))),
    Attack("subject-a-number", "claim-invalid", lambda rig, _: signed(rig.claims(sub=1))),
    Attack("subject-endless", "claim-invalid", lambda rig, _: signed(rig.claims(sub="u" * 2000))),
    Attack("subject-unprintable", "claim-invalid", lambda rig, _: signed(rig.claims(sub="u\x00\n"))),
    Attack("logout-token", "type", lambda _, good: signed(good, typ="logout+jwt")),
    Attack("proof-token", "type", lambda _, good: signed(good, typ="dpop+jwt")),
    Attack("encrypted", "encrypted", lambda _, good: encrypted(good)),
    # What it says of the user makes nobody of ours.
    Attack("role-missing", "role", lambda rig, good: signed(without(good, rig.minter.trusted.role_claim))),
    Attack("role-unknown", "role", lambda rig, _: signed(rig.claims(spoedplein_role="root"))),
    Attack("role-in-capitals", "role", lambda rig, _: signed(rig.claims(spoedplein_role="COORDINATOR"))),
    Attack("role-public", "role", lambda rig, _: signed(rig.claims(spoedplein_role="public"))),
    Attack("role-two", "role", lambda rig, _: signed(rig.claims(spoedplein_role=["auditor", "coordinator"]))),
    Attack("role-an-object", "claim-invalid", lambda rig, _: signed(rig.claims(spoedplein_role={"coordinator": 1}))),
    Attack("provider-of-nobody", "claim-missing", lambda rig, _: signed(rig.claims(Role.PROVIDER))),
    Attack("regions-a-number", "claim-invalid", lambda rig, _: signed(rig.claims(spoedplein_regions=[1]))),
    Attack("acr-a-list", "claim-invalid", lambda rig, _: signed(rig.claims(acr=["2"]))),
    # It is no token at all.
    Attack("empty", "malformed", lambda *_: ""),
    Attack("one-word", "malformed", lambda *_: "letmein"),
    Attack("three-words", "malformed", lambda *_: "let.me.in"),
    Attack("dots", "malformed", lambda *_: ".."),
    Attack("four-parts", "malformed", lambda _, good: signed(good) + ".x"),
    Attack("flattened-json", "malformed", lambda _, good: json.dumps({"payload": signed(good)})),
    Attack("header-a-list", "malformed", lambda _, good: f"{_part(['ES256'])}.{_part(good)}.x"),
    Attack("header-too-deep", "malformed", lambda *_: f"{_part(b'[' * 4000)}.x.x"),
    Attack("payload-a-list", "malformed", lambda *_: signed(["coordinator"])),
    Attack("payload-no-json", "malformed", lambda *_: signed(b"coordinator")),
    Attack("too-large", "too-large", lambda rig, _: signed(rig.claims(padding="x" * TOKEN_BYTES_MAX))),
    Attack("another-scheme", "malformed", lambda _, good: signed(good), scheme="Basic"),
)


def _jwk_bytes() -> bytes:
    return json.dumps(ES.as_dict(private=False)).encode()


@pytest.mark.parametrize("attack", [pytest.param(each, id=each.name) for each in ATTACKS])
async def test_a_token_that_does_not_hold_is_refused_for_its_true_reason(
    rig: Rig, attack: Attack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = attack.make(rig, rig.claims())
    answer = await rig.send(token, scheme=attack.scheme)

    assert (answer.status_code, answer.json()["type"]) == (401, f"{TYPE_PREFIX}token-{attack.fault}")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="spoedplein", error="invalid_token", error_description="')
    assert answer.json()["detail"] in challenge
    for secret in filter(None, (token, *token.split("."))):
        if len(secret) > 8:
            assert secret not in caplog.text
            assert secret not in answer.text + challenge
    assert rig.store.entries == []
    assert rig.thief.looks == 0


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda token: {"params": {"access_token": token}}, id="in-the-address"),
        pytest.param(lambda token: {"headers": {"Cookie": f"spoedplein-session={token}"}}, id="in-a-cookie"),
        pytest.param(lambda token: {"headers": {"X-Authorization": f"Bearer {token}"}}, id="in-another-header"),
    ],
)
async def test_a_good_token_in_another_place_is_none(rig: Rig, attempt: Callable[[str], dict[str, Any]]) -> None:
    answer = await rig.client.get("/requests", **attempt(signed(rig.claims())))
    assert (answer.status_code, answer.json()["type"]) == (401, f"{TYPE_PREFIX}token-needed")


@pytest.mark.parametrize(
    ("key", "other"),
    [
        pytest.param(ES, {}, id="es256"),
        pytest.param(RS, {}, id="rs256"),
        pytest.param(PS, {}, id="ps256"),
        pytest.param(ED, {}, id="eddsa"),
        pytest.param(ED_NEW, {}, id="ed25519"),
        pytest.param(BARE, {"alg": "RS256"}, id="key-for-any-algorithm"),
        pytest.param(ES, {"typ": "at+jwt"}, id="access-token-by-its-type"),
        pytest.param(ES, {"typ": None}, id="without-a-type"),
        pytest.param(ES, {"x5t": "abc", "vendor": 1}, id="with-headers-that-mean-nothing"),
    ],
)
async def test_a_token_of_each_kind_that_the_issuer_may_sign_counts(
    rig: Rig, key: jwk.Key, other: Mapping[str, Any]
) -> None:
    answer = await rig.send(signed(rig.claims(), key, **other))
    assert (answer.status_code, answer.json()) == (200, ["test-coordinator", "coordinator", None])
    rig.store._entries.clear()


async def test_clocks_may_differ_a_little(rig: Rig) -> None:
    claims = rig.claims(iat=_now() + 20, nbf=_now() + 20, exp=_now() + 300)
    assert (await rig.send(signed(claims))).status_code == 200
    assert (await rig.send(signed(rig.claims(exp=_now() - 20)))).status_code == 200
    rig.store._entries.clear()
