"""The local issuer: made-up users, the code flow with PKCE, one use of each code; and it runs nowhere else."""

import json
import re
import stat
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import SecretStr

from spoedplein.clock import SystemClock
from spoedplein.portal.access.roles import Role
from spoedplein.portal.access.tokens import FixedKeys, Trusted, Verifier
from spoedplein.portal.issuer.app import build
from spoedplein.portal.issuer.errors import LocalIssuerError
from spoedplein.portal.issuer.granting import CODE_SECONDS, challenge_of
from spoedplein.portal.issuer.guarding import check_local
from spoedplein.portal.issuer.keys import FILE, signing_key
from spoedplein.settings import Settings
from spoedplein.stack.places import deploy_file
from spoedplein.testing.clock import ManualClock

ISSUER: Final = "http://127.0.0.1:4711"
PORTAL: Final = "http://127.0.0.1:8080"
VERIFIER: Final = "v" * 64
USER: Final = "coordinator.rijnmond@rijnmond"


def local(directory: Path, **other: Any) -> Settings:  # noqa: ANN401  any setting
    given = {
        "oidc_issuer": ISSUER,
        "portal_url": PORTAL,
        "local_stack": True,
        "local_issuer_dir": directory / "issuer",
        "agreements_files": (deploy_file("regions", "rijnmond.toml"),),
    }
    return Settings(**{**given, **other})


@dataclass(frozen=True, slots=True)
class Rig:
    client: httpx.AsyncClient
    clock: ManualClock
    settings: Settings

    async def choose(self, **other: str) -> dict[str, str]:
        """The answer that the browser takes back to the portal."""
        answer = await self.client.post("/authorize", data={**_asked(), "user": USER, **other})
        assert answer.status_code == 303, answer.text
        return _answered(answer)

    async def exchange(self, code: str, **other: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "spoedplein-portal",
            "code": code,
            "redirect_uri": f"{PORTAL}/sign-in/return",
            "code_verifier": VERIFIER,
        }
        return await self.client.post("/token", data={**form, **other})


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock, settings = ManualClock(SystemClock().now_ms()), local(tmp_path)
    transport = httpx.ASGITransport(build(settings, clock))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield Rig(client, clock, settings)


def _asked(**other: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": "spoedplein-portal",
        "redirect_uri": f"{PORTAL}/sign-in/return",
        "scope": "openid",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {**asked, **other}


def _answered(answer: httpx.Response) -> dict[str, str]:
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{PORTAL}/sign-in/return"
    return {name: value for name, (value,) in parse_qs(where.query).items()}


async def test_discovery_names_what_answers(rig: Rig) -> None:
    document = (await rig.client.get("/.well-known/openid-configuration")).json()
    assert document["issuer"] == ISSUER
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        answer = await rig.client.get(document[name])
        assert answer.status_code != 404, name


async def test_the_page_offers_every_made_up_user_in_dutch(rig: Rig) -> None:
    page = await rig.client.get("/authorize", params=_asked())
    offered = re.findall(r'name="user" value="([^"]+)"', page.text)
    assert '<html lang="nl">' in page.text
    assert "Alle gebruikers zijn verzonnen" in page.text
    assert {name.split(".")[0] for name in offered} == {"coordinator", "provider", "auditor", "operator"}
    assert {"provider.frankeland@rijnmond", USER} <= set(offered)
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_a_code_becomes_tokens_that_hold(rig: Rig) -> None:
    answered = await rig.choose()
    assert answered["state"] == "s-1"
    tokens = (await rig.exchange(answered["code"])).json()

    published = KeySet.import_key_set((await rig.client.get("/keys")).json())
    verifier = Verifier(Trusted.by(rig.settings), FixedKeys(published), now_seconds=lambda: rig.clock.now_ms() // 1000)
    who = await verifier.principal(tokens["access_token"])
    assert (who.role, who.regions, who.organisation) == (Role.COORDINATOR, frozenset({"rijnmond"}), "zcc-rijnmond")
    assert who.two_factor
    identity = jwt.decode(tokens["id_token"], published).claims
    assert (identity["nonce"], identity["aud"], identity["name"]) == ("n-1", "spoedplein-portal", "Coördinator")


@pytest.mark.parametrize(
    ("other", "error"),
    [
        pytest.param({"code_verifier": "w" * 64}, "invalid_grant", id="another-verifier"),
        pytest.param({"redirect_uri": "http://127.0.0.1:8080/elsewhere"}, "invalid_grant", id="another-return"),
        pytest.param({"client_id": "somebody"}, "invalid_client", id="another-client"),
        pytest.param({"code": "made-up"}, "invalid_grant", id="another-code"),
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="another-grant"),
    ],
)
async def test_a_code_is_for_who_asked_for_it(rig: Rig, other: Mapping[str, str], error: str) -> None:
    answered = await rig.choose()
    answer = await rig.exchange(**{"code": answered["code"], **other})
    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_a_code_counts_once_and_not_for_long(rig: Rig) -> None:
    code = (await rig.choose())["code"]
    assert (await rig.exchange(code)).status_code == 200
    assert (await rig.exchange(code)).json() == {"error": "invalid_grant"}

    late = (await rig.choose())["code"]
    rig.clock.pass_ms(CODE_SECONDS * 1000)
    assert (await rig.exchange(late)).json() == {"error": "invalid_grant"}


async def test_a_refresh_token_counts_once_and_is_no_code(rig: Rig) -> None:
    tokens = (await rig.exchange((await rig.choose())["code"])).json()
    refresh = {
        "grant_type": "refresh_token",
        "client_id": "spoedplein-portal",
        "refresh_token": tokens["refresh_token"],
    }
    assert (await rig.exchange(tokens["refresh_token"])).json() == {"error": "invalid_grant"}

    tokens = (await rig.exchange((await rig.choose())["code"])).json()
    refresh["refresh_token"] = tokens["refresh_token"]
    again = await rig.client.post("/token", data=refresh)
    assert set(again.json()) == {"token_type", "access_token", "expires_in", "refresh_token"}
    assert (await rig.client.post("/token", data=refresh)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"redirect_uri": "https://elsewhere.example.org/"}, id="another-place"),
        pytest.param({"redirect_uri": f"{PORTAL}/sign-in/return/.."}, id="nearly-the-place"),
        pytest.param({"client_id": "somebody"}, id="another-client"),
    ],
)
async def test_a_request_that_is_not_of_the_portal_leads_nowhere(rig: Rig, other: Mapping[str, str]) -> None:
    for answer in (
        await rig.client.get("/authorize", params=_asked(**other)),
        await rig.client.post("/authorize", data={**_asked(**other), "user": USER}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("other", "error"),
    [
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain-challenge"),
        pytest.param({"code_challenge": ""}, "invalid_request", id="no-challenge"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
        pytest.param({"prompt": "none"}, "login_required", id="silent"),
    ],
)
async def test_the_portal_is_told_what_it_asked_wrongly(rig: Rig, other: Mapping[str, str], error: str) -> None:
    answer = await rig.client.get("/authorize", params=_asked(**other))
    assert _answered(answer) == {"error": error, "state": "s-1"}


async def test_nobody_else_can_be_chosen(rig: Rig) -> None:
    assert await rig.choose(user="root@rijnmond") == {"error": "access_denied", "state": "s-1"}


async def test_a_page_that_leads_its_own_name_here_is_not_answered(rig: Rig) -> None:
    answer = await rig.client.get("/authorize", params=_asked(), headers={"Host": "rebound.example.org:4711"})
    assert answer.status_code == 400


# --- the key, and where it runs -----------------------------------------------------------------------------------


def test_the_key_is_made_once_per_state_directory_for_its_owner_only(tmp_path: Path) -> None:
    first, second = signing_key(tmp_path / "a"), signing_key(tmp_path / "a")
    assert first.kid == second.kid
    assert signing_key(tmp_path / "b").kid != first.kid
    assert stat.S_IMODE((tmp_path / "a" / FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "a").iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="no-key"),
        pytest.param(json.dumps({"kty": "oct", "k": "c2VjcmV0" * 8}), id="a-secret"),
    ],
)
def test_a_file_that_holds_no_key_of_ours_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(LocalIssuerError, match="remove it, and a new one is made"):
        signing_key(tmp_path)


def test_it_runs_in_the_local_stack(tmp_path: Path) -> None:
    assert check_local(local(tmp_path)) == (tmp_path / "issuer", ("127.0.0.1", 4711))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        pytest.param({"local_stack": False}, "these settings are not its own", id="not-marked-local"),
        pytest.param({"local_issuer_dir": None}, "these settings are not its own", id="no-directory"),
        pytest.param({"oidc_issuer": "https://sso.example.org"}, "oidc_issuer leads off this machine", id="issuer"),
        pytest.param({"portal_url": "https://portal.example.org"}, "portal_url leads off", id="portal"),
        pytest.param({"portal_host": "0.0.0.0"}, "portal_host leads off this machine", id="portal-listens"),  # noqa: S104
        pytest.param({"kafka_bootstrap": "127.0.0.1:9092,kafka-2.example.org:9092"}, "kafka_bootstrap", id="kafka"),
        pytest.param(
            {"postgres_dsn": SecretStr("postgresql://u@db.example.org/x")}, "postgres_dsn leads off", id="postgresql"
        ),
    ],
)
def test_it_refuses_to_run_anywhere_else_in_one_sentence(tmp_path: Path, other: Mapping[str, Any], why: str) -> None:
    with pytest.raises(LocalIssuerError) as refused:
        build(local(tmp_path, **other), SystemClock())
    assert why in str(refused.value)
    assert "SPOEDPLEIN_OIDC_ISSUER" in str(refused.value)
    assert not (tmp_path / "issuer").exists()
