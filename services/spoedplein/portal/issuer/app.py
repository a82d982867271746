"""The local issuer over HTTP: discovery, keys, the authorization code flow with PKCE, refreshing, signing out."""

from importlib.resources import files
from typing import Annotated, Any, Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, FastAPI, Form, Query
from jinja2 import Environment
from pydantic import BaseModel, ConfigDict
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from spoedplein.clock import Clock
from spoedplein.domain.agreements import read_agreements
from spoedplein.portal.access.headers import SecurityHeaders
from spoedplein.portal.access.oidc import DISCOVERY_PATH
from spoedplein.portal.access.signing_in import RETURN_PATH
from spoedplein.portal.issuer.granting import Asked, Granter
from spoedplein.portal.issuer.guarding import check_local
from spoedplein.portal.issuer.keys import ALGORITHM, signing_key
from spoedplein.portal.issuer.users import User, made_up
from spoedplein.settings import Settings
from spoedplein_schemas.agreements import Agreements

NO_STORE: Final = {"Cache-Control": "no-store"}
_BAD_REQUEST: Final = 400
_SEE_OTHER: Final = 303

router = APIRouter()


class Authorization(BaseModel):
    """An authorization request, as OAuth words it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    response_type: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    scope: str = "openid"
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""


class Chosen(Authorization):
    """The same, sent back by the page with who was chosen."""

    user: str = ""


class Exchange(BaseModel):
    """A token request."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    grant_type: str = ""
    client_id: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""


class Issuer:
    """What the routes share."""

    def __init__(self, settings: Settings, agreed: list[Agreements], clock: Clock) -> None:
        self.settings = settings
        self.key = signing_key(check_local(settings).directory)
        self.granter = Granter(settings, self.key, clock)
        self.regions = made_up(agreed)
        self.titles = {each.region: each.title for each in agreed}

    @property
    def return_uri(self) -> str:
        return self.settings.portal_url + RETURN_PATH

    def user(self, chosen: str) -> User | None:
        name, _, region = chosen.rpartition("@")
        return next((each for each in self.regions.get(region, ()) if each.id == name), None)

    def fault(self, asked: Authorization) -> str | None:
        """What is wrong with a request that therefore leads nowhere: not the portal, or not back to it."""
        if asked.client_id != self.settings.oidc_client_id:
            return "De aanvraag komt niet van dit portaal (client_id)."
        if asked.redirect_uri != self.return_uri:
            return "De aanvraag leidt niet terug naar dit portaal (redirect_uri)."
        return None


def _issuer(request: Request) -> Issuer:
    issuer: Issuer = request.app.state.issuer
    return issuer


IssuerDep = Annotated[Issuer, Depends(_issuer)]


def build(settings: Settings, clock: Clock) -> FastAPI:
    """LocalIssuerError outside the local stack."""
    agreed = [read_agreements(file.read_text(encoding="utf-8"), name=str(file)) for file in settings.agreements_files]
    issuer = Issuer(settings, agreed, clock)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.issuer = issuer
    app.include_router(router)
    # A page elsewhere that makes its own name lead to this machine is not answered.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[urlsplit(settings.oidc_issuer).hostname or ""])
    app.add_middleware(SecurityHeaders, forms_to=(settings.portal_url,))
    return app


@router.get(DISCOVERY_PATH)
async def discovery(issuer: IssuerDep) -> dict[str, Any]:
    here = issuer.settings.oidc_issuer
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "jwks_uri": f"{here}/keys",
        "end_session_endpoint": f"{here}/sign-out",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
    }


@router.get("/keys")
async def keys(issuer: IssuerDep) -> dict[str, Any]:
    return {"keys": [issuer.key.as_dict(private=False)]}


@router.get("/authorize")
async def authorize(issuer: IssuerDep, asked: Annotated[Authorization, Query()]) -> Response:
    """The page on which one chooses who one is."""
    if (fault := issuer.fault(asked)) is not None:
        return _page_of_fault(fault)
    if (error := _error(asked)) is not None:
        return _back(asked, error=error)
    page = (
        Environment(autoescape=True)
        .from_string(_read("sign_in.html"))
        .render(asked=asked.model_dump(), regions=issuer.regions, titles=issuer.titles)
    )
    return HTMLResponse(page, headers=NO_STORE)


@router.post("/authorize")
async def choose(issuer: IssuerDep, chosen: Annotated[Chosen, Form()]) -> Response:
    if (fault := issuer.fault(chosen)) is not None:
        return _page_of_fault(fault)
    user = issuer.user(chosen.user)
    if (error := _error(chosen)) is not None or user is None:
        return _back(chosen, error=error or "access_denied")
    asked = Asked(chosen.redirect_uri, chosen.code_challenge, chosen.nonce or None, chosen.scope)
    return _back(chosen, code=issuer.granter.code(user, asked))


@router.post("/token")
async def token(issuer: IssuerDep, wanted: Annotated[Exchange, Form()]) -> JSONResponse:
    if wanted.client_id != issuer.settings.oidc_client_id:
        return _no("invalid_client")
    match wanted.grant_type:
        case "authorization_code":
            tokens = issuer.granter.of_code(
                wanted.code, redirect_uri=wanted.redirect_uri, verifier=wanted.code_verifier
            )
        case "refresh_token":
            tokens = issuer.granter.of_refresh(wanted.refresh_token)
        case _:
            return _no("unsupported_grant_type")
    return _no("invalid_grant") if tokens is None else JSONResponse(dict(tokens), headers=NO_STORE)


@router.get("/sign-out")
async def sign_out(issuer: IssuerDep) -> Response:
    """Nobody is signed in here; back to the portal."""
    return RedirectResponse(issuer.settings.portal_url + "/", _SEE_OTHER)


@router.get("/sign-in.css")
async def style() -> Response:
    return Response(_read("sign-in.css"), media_type="text/css")


@router.get("/icon.svg")
async def icon() -> Response:
    return Response(_read("icon.svg"), media_type="image/svg+xml")


def _error(asked: Authorization) -> str | None:
    """By the words of OAuth and OIDC."""
    if asked.response_type != "code":
        return "unsupported_response_type"
    if asked.code_challenge_method != "S256" or not asked.code_challenge or "openid" not in asked.scope.split():
        return "invalid_request"
    return "login_required" if asked.prompt == "none" else None


def _back(asked: Authorization, **said: str) -> Response:
    answer = urlencode({**said, **({"state": asked.state} if asked.state else {})})
    return RedirectResponse(f"{asked.redirect_uri}?{answer}", _SEE_OTHER, headers=NO_STORE)


def _no(error: str) -> JSONResponse:
    return JSONResponse({"error": error}, _BAD_REQUEST, headers=NO_STORE)


def _page_of_fault(fault: str) -> Response:
    head = '<title>Niet aangemeld</title><link rel="icon" href="icon.svg" type="image/svg+xml">'
    return HTMLResponse(f'<!doctype html><html lang="nl">{head}<p>{fault}</p></html>', _BAD_REQUEST)


def _read(name: str) -> str:
    return files(__package__).joinpath("pages", name).read_text(encoding="utf-8")
