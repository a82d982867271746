"""FHIR over HTTP, one base address per region: what there is, searching, reading, and a provider's answer.

Every no is an OperationOutcome. Paging is by cursor; `next` of a Bundle leads on.
"""

from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import StringConstraints
from starlette.responses import JSONResponse, Response

from spoedplein.domain.turn import moment
from spoedplein.portal.access import Action
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit, Visit
from spoedplein.portal.api.asking import Asked, of_region
from spoedplein.portal.paging import LIMIT_DEFAULT, LIMIT_MAX, Page, key_of
from spoedplein.portal.problems import ProblemError
from spoedplein.portal.standards.fhir.bundles import Listing, Query, issue, outcome, searchset
from spoedplein.portal.standards.fhir.capability import SERVED, Served, capability_statement
from spoedplein.portal.standards.fhir.elements import JSON_TYPE, Resource, resource_id
from spoedplein.portal.standards.fhir.scene import Scene
from spoedplein.portal.standards.fhir.search import DATE, SearchError, conditions, matches
from spoedplein.portal.standards.seeing import scene_of

PREFIX: Final = "/fhir"
#: Kinds that are about persons' cases.
CASES: Final = ("ServiceRequest", "Task")
_FORMATS: Final = ("json", "application/json", JSON_TYPE)
_ACCEPTED: Final = ("*/*", "application/*", "application/json", JSON_TYPE)

router = APIRouter(prefix=f"{PREFIX}/{{region}}", tags=["fhir"])

IdPath = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")],
    Path(alias="id", description="Of the resource.", examples=["elv-hoog-frankeland"]),
]


class ParameterError(ProblemError):
    """A search parameter that is not known or cannot be so."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "search-parameter", detail, more={"place": f"http.{parameter}"})


class FormatError(ProblemError):
    """Something else than JSON is asked."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.NOT_ACCEPTABLE, "format", f"Only {JSON_TYPE} is served.")


class FhirResponse(JSONResponse):
    """A resource."""

    media_type = JSON_TYPE


def fhir_answers(kind: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for the document: a resource, or an OperationOutcome that says why not."""
    return {
        200: {"description": f"A {kind}.", "content": _content(kind)},
        "default": {"description": "Why not.", "content": _content("OperationOutcome")},
    }


def _content(kind: str) -> dict[str, Any]:
    schema = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"const": kind}}}
    return {JSON_TYPE: {"schema": schema}}


@router.get(
    "/metadata",
    summary="What is served of FHIR",
    response_class=FhirResponse,
    responses=fhir_answers("CapabilityStatement"),
)
async def metadata(asked: Annotated[Asked, of_region(Action.READ_SERVICE)]) -> Response:
    """The CapabilityStatement of this region's base address; without a token too."""
    at = moment(asked.standing.now_ms)
    return answered(capability_statement(base=base_of(asked), version=version("spoedplein"), at=at))


def base_of(asked: Asked) -> str:
    """Under which this region's resources are, as whoever asks reached it."""
    return f"{str(asked.request.base_url).rstrip('/')}{PREFIX}/{asked.region}"


async def search(asked: Asked, served: Served, visit: Visit | None) -> Response:
    """One page of what matches. What is shown of cases is put on record first."""
    query = asked.request.query_params.multi_items()
    _check_format(asked, query)
    page, counted = _page(query)
    lenient = "handling=lenient" in asked.request.headers.get("prefer", "").replace(" ", "")
    try:
        wanted, passed_over = conditions(query, served.parameters, lenient=lenient)
    except SearchError as error:
        raise ParameterError(error.parameter, str(error)) from error
    scene = scene_of(asked, cases=visit is not None)
    found = sorted(
        (each for each in scene.resources(served.kind, query) if matches(each, wanted)), key=lambda each: each["id"]
    )
    shown, following = page.of(found, lambda each: [each["id"]])
    if not counted:
        shown, following = [], None
    if visit is not None:
        await _put_on_record(asked, scene, shown, visit)
    used = [(name, value) for name, value in query if name not in passed_over]
    listing = Listing(shown, len(found), following)
    bundle = searchset(listing, base=base_of(asked), kind=served.kind, query=used, at=scene.picture.at)
    if remarks := _remarks(asked, passed_over):
        bundle.setdefault("entry", []).append({"resource": outcome(remarks), "search": {"mode": "outcome"}})
    return answered(bundle, asked)


async def read(asked: Asked, served: Served, name: str, visit: Visit | None) -> Response:
    """One resource; 404 when there is none that he may know of."""
    _check_format(asked, asked.request.query_params.multi_items())
    scene = scene_of(asked, cases=visit is not None)
    found = one(scene, served.kind, name)
    if visit is not None:
        await _put_on_record(asked, scene, [found], visit)
    return answered(found, asked)


def one(scene: Scene, kind: str, name: str) -> Resource:
    """Raises NotFoundError."""
    found = next((each for each in scene.resources(kind, [("_id", name)]) if each["id"] == name), None)
    if found is None:
        raise NotFoundError
    return found


def _routes_of(served: Served) -> None:
    """The search and the read of one kind, with what may be done as its one action."""
    kind, about_cases = served.kind, served.kind in CASES
    action = Action.READ_REQUESTS if about_cases else Action.READ_AVAILABILITY

    async def searched(asked: Annotated[Asked, of_region(action)], visit: CurrentVisit) -> Response:
        return await search(asked, served, visit if about_cases else None)

    async def found(asked: Annotated[Asked, of_region(action)], visit: CurrentVisit, name: IdPath) -> Response:
        return await read(asked, served, name, visit if about_cases else None)

    count = {"type": "integer", "minimum": 0}
    parameters = [_documented(each.name, each.says, _SCHEMAS.get(each.kind, _TEXT)) for each in served.parameters] + [
        _documented("_count", f"most resources on a page, {LIMIT_MAX} at most; 0 only counts", count),
        _documented("_cursor", "of the page before", _TEXT),
        _documented("_format", "json", {"type": "string", "enum": sorted(_FORMATS)}),
    ]
    router.add_api_route(
        f"/{kind}",
        searched,
        summary=f"Search {kind}",
        description=served.says,
        name=f"search_{kind.lower()}",
        response_class=FhirResponse,
        responses=fhir_answers("Bundle"),
        openapi_extra={"parameters": parameters},
    )
    router.add_api_route(
        f"/{kind}/{{id}}",
        found,
        summary=f"Read one {kind}",
        description=served.says,
        name=f"read_{kind.lower()}",
        response_class=FhirResponse,
        responses=fhir_answers(kind),
    )


_TEXT: Final = {"type": "string"}
#: Of what is more than text. A prefix such as `ge` may stand before a moment; no format of JSON Schema says so.
_SCHEMAS: Final = {DATE: {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}}


def _documented(name: str, says: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": says, "schema": schema}


for _served in SERVED:
    _routes_of(_served)


def _page(query: Query) -> tuple[Page, bool]:
    """How much and after what; and whether anything is to be shown at all (`_count=0` only counts)."""
    asked = dict(query)
    try:
        limit = int(asked.get("_count", LIMIT_DEFAULT))
    except ValueError as error:
        raise ParameterError("_count", f"A whole number from 0 to {LIMIT_MAX}.") from error
    if limit < 0:
        raise ParameterError("_count", f"A whole number from 0 to {LIMIT_MAX}.")
    cursor = asked.get("_cursor")
    return Page(min(limit, LIMIT_MAX) or 1, None if cursor is None else key_of(cursor)), limit > 0


def _check_format(asked: Asked, query: Query) -> None:
    """As the address says, or else the header."""
    wanted = dict(query).get("_format")
    if wanted is not None:
        if wanted.replace(" ", "+") not in _FORMATS:
            raise FormatError
        return
    accepted = [each.partition(";")[0].strip() for each in asked.request.headers.get("accept", "*/*").split(",")]
    if not set(accepted) & {*_ACCEPTED, ""}:
        raise FormatError


def _remarks(asked: Asked, passed_over: Sequence[str]) -> list[dict[str, Any]]:
    """What whoever reads a Bundle has to know of it."""
    found = [
        issue("not-supported", "Passed over: it cannot be searched by.", place=f"http.{name}", severity="warning")
        for name in passed_over
    ]
    if asked.standing.stale is not None:
        told = f"What is shown may be behind: {asked.standing.stale.value}."
        found.append(issue("incomplete", told, severity="warning"))
    return found


async def _put_on_record(asked: Asked, scene: Scene, shown: Sequence[Resource], visit: Visit) -> None:
    """By the request, and the pseudonym of whom it is about."""
    requests = {resource_id(name): case.request for name, case in scene.cases.items()}
    names: dict[str, None] = {}
    for each in shown:
        named = each["focus"]["reference"].partition("/")[2] if "focus" in each else each["id"]
        names |= dict.fromkeys((requests[named].wanted.case, requests[named].id))
    await visit.about(asked.region, names)


def answered(body: Resource, asked: Asked | None = None) -> Response:
    headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Accept"}
    if asked is not None and asked.standing.stale is not None:
        headers["Spoedplein-Stale"] = asked.standing.stale.value
    meta = body.get("meta", {})
    if "versionId" in meta:
        headers["ETag"] = f'W/"{meta["versionId"]}"'
    return FhirResponse(body, headers=headers)
