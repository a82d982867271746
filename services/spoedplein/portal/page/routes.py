"""The pages and their addresses. What is shown is what the HTTP API would answer to the same reader."""

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from spoedplein.portal.access import Action, Principal, Role, allowed
from spoedplein.portal.access.signing_in import is_of_ours
from spoedplein.portal.access.tenancy import NotFoundError
from spoedplein.portal.access.visit import CurrentVisit
from spoedplein.portal.api.asking import Asked, RequestPath, SitePath, of_region
from spoedplein.portal.api.availability import free_now
from spoedplein.portal.api.boards import cases_at
from spoedplein.portal.api.decisions import DecisionPath
from spoedplein.portal.api.requests import RequestNow, request_now, requests_now
from spoedplein.portal.api.search import places_for
from spoedplein.portal.api.stream import followed
from spoedplein.portal.api.units import units_now
from spoedplein.portal.cases import is_own, request_of
from spoedplein.portal.eyes import viewer
from spoedplein.portal.live import Plane
from spoedplein.portal.page import overview, plots
from spoedplein.portal.page.rendering import LANGUAGE_COOKIE, Drawing, language_of, respond
from spoedplein.portal.page.words import Language, Texts
from spoedplein.portal.push import Eyes
from spoedplein.portal.state import PortalDep
from spoedplein.portal.telling import about, cases_of, explanation, redacted, shown
from spoedplein.wording import words as dutch
from spoedplein_schemas import Decision
from spoedplein_schemas.views import SiteBoard
from spoedplein_schemas.vocabulary import URGENCY_CODES, CareType, UrgencySystem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

DECISIONS_SHOWN: Final = 25
PLOTS_MAX: Final = 12
#: More would make one picture out of too many points.
SAMPLES_MAX: Final = 1000
#: Of the ways in which urgency is assigned, those with which a place is asked.
_ASKED_WITH: Final = (UrgencySystem.NTS, UrgencySystem.MTS, UrgencySystem.GGZ)


@router.get("/")
async def begin(
    request: Request, portal: PortalDep, who: Annotated[Principal, allowed(Action.READ_PUBLIC)]
) -> Response:
    """Home for whoever works here; a choice of regions for citizens."""
    regions = sorted(portal.live.regions.keys() & who.regions)
    if len(regions) == 1:
        return RedirectResponse(f"/regio/{regions[0]}", HTTPStatus.SEE_OTHER)
    named = {"regions": regions, "all": sorted(portal.live.regions), "who": None if who.role is Role.PUBLIC else who}
    return respond(request, Texts(language_of(request)), "begin.html", named)


@router.get("/taal/{language}")
async def speak(
    request: Request, language: Language, _who: Annotated[Principal, allowed(Action.READ_PUBLIC)]
) -> Response:
    """The other language from now on, on the page where the reader was."""
    path = request.query_params.get("op", "/")
    answer = RedirectResponse(path if is_of_ours(path) else "/", HTTPStatus.SEE_OTHER)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86_400, samesite="lax")
    return answer


@router.get("/noodknop")
async def emergency_page(
    request: Request, _who: Annotated[Principal, allowed(Action.DECLARE_EMERGENCY)], op: str = "/"
) -> Response:
    """The form with which emergency use is declared; it leads back to where the reader was."""
    return respond(request, Texts(language_of(request)), "emergency.html", {"to": op if is_of_ours(op) else "/"})


@router.get("/regio/{region}")
async def region_page(asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)], visit: CurrentVisit) -> Response:
    """At a glance."""
    drawing, units = Drawing.of(asked), units_now(asked.standing, asked.who)
    whole = asked.oversees(Action.READ_BOARDS)
    found, boards = overview.alerts(asked), asked.standing.live.sites() if whole else []
    latest = _latest(asked)
    await visit.about(asked.region, _cases_at_a_glance(boards, found, latest))
    return drawing.page(
        "region.html",
        rows=overview.rows(asked),
        alerts=found,
        proposals=overview.proposals(asked),
        rounds=overview.rounds(asked),
        map=plots.region_map(units, asked.standing.rules.sites.values()),
        boards=boards,
        level=asked.standing.live.board("escalation") if whole else None,
        decisions=_told(drawing, latest),
    )


@router.get("/regio/{region}/zorg/{care_type}")
async def care_type_page(asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)], care_type: CareType) -> Response:
    """The units of one care type."""
    units = [unit for unit in units_now(asked.standing, asked.who) if unit.care_type is care_type]
    found = overview.rounds(asked)
    silent = overview.silent(found)
    return Drawing.of(asked).page("care_type.html", care_type=care_type, units=units, rounds=found, silent=silent)


@router.get("/regio/{region}/plein/{site}")
async def site_page(
    asked: Annotated[Asked, of_region(Action.READ_BOARDS)], visit: CurrentVisit, site: SitePath
) -> Response:
    """The board of one spoedplein."""
    board = next((each for each in asked.standing.live.sites() if each.site == site), None)
    if board is None or not asked.sees_all:
        raise NotFoundError
    await visit.about(asked.region, cases_at(board))
    drawing = Drawing.of(asked)
    return drawing.page("site.html", board=board, why=_why_here(drawing, board))


@router.get("/regio/{region}/aanvragen")
async def requests_page(asked: Annotated[Asked, of_region(Action.READ_REQUESTS)], visit: CurrentVisit) -> Response:
    """Those that are open."""
    found = requests_now(asked)
    await visit.about(asked.region, [name for each in found for name in (each.case, each.request)])
    return Drawing.of(asked).page("requests.html", requests=found)


@router.get("/regio/{region}/vragen")
async def ask_page(asked: Annotated[Asked, of_region(Action.SEARCH_PLACES)]) -> Response:
    """The form with which a place is asked."""
    offered = {unit.care_type for unit in asked.standing.rules.units.values()} - {CareType.HAP, CareType.SEH}
    codes = [(system, code) for system in _ASKED_WITH for code in URGENCY_CODES[system]]
    care_types = [each for each in CareType if each in offered]
    return Drawing.of(asked).page("ask.html", live=False, care_types=care_types, codes=codes)


@router.get("/regio/{region}/aanvragen/{request}")
async def request_page(
    asked: Annotated[Asked, of_region(Action.READ_REQUESTS)], visit: CurrentVisit, request: RequestPath
) -> Response:
    """One request: its timer, its next step, who could take it, and what can be done."""
    found = request_of(asked.standing, asked.who, request)
    decided = [each for each in asked.standing.live.decisions.values() if about(each) == request]
    course = [each for each in decided if shown(asked.standing, asked.who, each) is not None]
    named = [case for each in course for case in cases_of(each)]
    await visit.about(asked.region, (found.wanted.case, found.id, *named))
    drawing, told = Drawing.of(asked), request_now(asked, found)
    return drawing.page(
        "request.html",
        request=told,
        places=places_for(asked, found) if told.next_deadline else None,
        course=_told(drawing, reversed(course)),
        mine=_mine(asked, told),
    )


@router.get("/regio/{region}/besluiten/{decision}")
async def decision_page(
    asked: Annotated[Asked, of_region(Action.READ_DECISIONS)], visit: CurrentVisit, decision: DecisionPath
) -> Response:
    """What was decided, why, and on what it rested."""
    found = asked.standing.live.decisions.get(decision) or await asked.portal.lookups.decision(decision)
    told = shown(asked.standing, asked.who, found) if found and found.region == asked.region else None
    if found is None or told is None:
        raise NotFoundError
    await visit.about(asked.region, cases_of(found))
    drawing = Drawing.of(asked)
    text = explanation(found, whole=asked.sees_all)
    return drawing.page("decision.html", decision=told, text=text, sentence=_sentence(drawing, found), live=False)


@router.get("/regio/{region}/verloop")
async def history_page(
    asked: Annotated[Asked, of_region(Action.READ_AVAILABILITY)],
    zorg: Annotated[CareType, Query()] = CareType.ELV_HOOG,
    uren: Annotated[int, Query(ge=1, le=24 * 31)] = 24,
) -> Response:
    """What was free over time, per unit of a care type; of a provider's units only his own."""
    drawing, until = Drawing.of(asked), asked.standing.now
    since = until - timedelta(hours=uren)
    seen = (each for each in units_now(asked.standing, asked.who) if each.care_type is zorg)
    units = [each for each in seen if asked.sees_all or is_own(asked.standing, asked.who, each.unit)][:PLOTS_MAX]
    drawn = []
    for unit in units:
        samples = await asked.portal.lookups.newest_history(
            asked.region, unit.unit, since=since, until=until, limit=SAMPLES_MAX
        )
        # What was before the oldest of them is not drawn, and not unknown.
        begins = samples[0].as_of if len(samples) == SAMPLES_MAX else since
        drawn.append(plots.plot(unit.name or unit.unit, samples, since=begins, until=until))
    offered = [each for each in CareType if any(unit.care_type is each for unit in asked.standing.rules.units.values())]
    return drawing.page("history.html", plots=drawn, chosen=zorg, hours=uren, offered=offered, live=False)


@router.get("/regio/{region}/inwoners")
async def citizens_page(asked: Annotated[Asked, of_region(Action.READ_PUBLIC)]) -> Response:
    """For everybody: as coarse as the region agreed, whoever looks."""
    anybody = asked._replace(who=Principal(subject="", role=Role.PUBLIC))
    eyes = viewer(asked.standing.rules, anybody.who, asked.region)
    return Drawing.of(asked).page(
        "citizens.html",
        rows=free_now(anybody.standing, anybody.who),
        queues=eyes.queues(asked.standing.live.sites()),
    )


@router.get("/regio/{region}/signaal")
async def signal(
    asked: Annotated[Asked, of_region(Action.READ_PUBLIC)],
    last_event_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Tells an open page that something is new, and nothing of what: it then asks for itself, as who it is."""

    async def seen(_cases: Iterable[str]) -> None:
        """Nothing is shown by it."""

    eyes = Eyes(("signal",), tuple(Plane), lambda _changes: ("{}", ()), lambda: "{}")
    return await followed(asked, eyes, last_event_id, seen=seen)


def _latest(asked: Asked) -> list[Decision]:
    """The newest that he may see; queues show their own."""
    found: list[Decision] = []
    if not asked.may(Action.READ_DECISIONS):
        return found
    for decision in reversed(asked.standing.live.decisions.values()):
        if not dutch.ordinary(decision.data) and shown(asked.standing, asked.who, decision) is not None:
            found.append(decision)
            if len(found) == DECISIONS_SHOWN:
                break
    return found


def _cases_at_a_glance(
    boards: Iterable[SiteBoard], alerts: Iterable[overview.Alert], decisions: Iterable[Decision]
) -> list[str]:
    """Every pseudonym on the page of the region, for the record of who saw what."""
    on_boards = [case for board in boards for case in cases_at(board)]
    in_alerts = [alert.about for alert in alerts if alert.about is not None]
    return on_boards + in_alerts + [case for decision in decisions for case in cases_of(decision)]


def _told(drawing: Drawing, decisions: Iterable[Decision]) -> list[tuple[Decision, str]]:
    """With what was decided, in a sentence."""
    return [(each, _sentence(drawing, each)) for each in decisions]


def _sentence(drawing: Drawing, decision: Decision) -> str:
    return drawing.tell(decision if drawing.asked.sees_all else redacted(decision))


def _why_here(drawing: Drawing, board: SiteBoard) -> dict[str, str]:
    """Of each waiting patient, why he stands where he stands."""
    return {
        waiting.case: drawing.standing(queue, index)
        for queue in board.queues
        for index, waiting in enumerate(queue.next)
    }


def _mine(asked: Asked, request: RequestNow) -> set[str]:
    """Units for which the reader may answer."""
    rules, who = asked.standing.rules, asked.who
    named = {offer.unit for offer in request.offers} | ({request.unit} if request.unit else set())
    if who.role is Role.COORDINATOR:
        return named
    return {
        name
        for name in named
        if who.role is Role.PROVIDER and name in rules.units and rules.units[name].organisation == who.organisation
    }
