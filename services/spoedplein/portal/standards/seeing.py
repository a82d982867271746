"""A region through somebody's eyes, for documents: which units he may know of, and how much of each."""

from http import HTTPStatus
from typing import Final

from spoedplein.domain.sharing import ORDER, Shown, Viewer
from spoedplein.domain.turn import moment
from spoedplein.portal.access import Principal
from spoedplein.portal.api.asking import Asked
from spoedplein.portal.cases import all_requests, is_own, may_know
from spoedplein.portal.eyes import owns, sees_all, viewer
from spoedplein.portal.problems import ProblemError
from spoedplein.portal.standards.fhir.course import Offered, course, last_told, offers_of
from spoedplein.portal.standards.fhir.measures import Total, totals_of
from spoedplein.portal.standards.fhir.scene import Case, Scene
from spoedplein.portal.standards.picture import Picture
from spoedplein.portal.state import Standing
from spoedplein_schemas.agreements import Unit
from spoedplein_schemas.sharing import PublicationLevel, Subject
from spoedplein_schemas.vocabulary import CareType


class StartingError(ProblemError):
    """The region's agreements are not known yet."""

    def __init__(self) -> None:
        detail = "The portal does not know this region's agreements yet. Try again in a moment."
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "starting", detail, headers={"Retry-After": "5"})


def picture_of(asked: Asked) -> Picture:
    """Raises StartingError while nothing is known of the region."""
    standing, who = asked.standing, asked.who
    agreed = standing.rules.agreements
    if agreed is None:
        raise StartingError
    everything = sees_all(who, standing.live.name)
    eyes = viewer(standing.rules, who, standing.live.name)
    units = tuple(standing.rules.units.values())
    own = {unit.id for unit in units if everything or owns(who, unit.id, organisation=unit.organisation)}
    seen = tuple(unit for unit in units if unit.id in own or _level(eyes, Subject.AVAILABILITY, unit) is _UNIT)
    return Picture(
        rules=standing.rules,
        agreed=agreed,
        units=seen,
        sites=tuple(standing.rules.sites.values()),
        views={view.unit: view for view in standing.live.units()},
        boards={board.site: board for board in standing.live.sites()} if everything else {},
        at=moment(standing.now_ms),
        whole=frozenset(own),
        stops=frozenset(own | {unit.id for unit in units if _stop_is_told(eyes, unit)}),
    )


def scene_of(asked: Asked, *, cases: bool) -> Scene:
    """With what he may know of requests, where his action is about `cases`."""
    picture = picture_of(asked)
    if asked.sees_all:
        totals = totals_of(picture, picture.units)
    else:
        eyes = viewer(asked.standing.rules, asked.who, asked.region)
        totals = _totals(eyes.availability(asked.standing.live.units()))
    return Scene(picture, totals, _cases(asked.standing, asked.who) if cases else {})


_UNIT: Final = PublicationLevel.UNIT


def _level(eyes: Viewer, subject: Subject, unit: Unit) -> PublicationLevel:
    return eyes.level(subject, care_type=unit.care_type, organisation=unit.organisation)


def _stop_is_told(eyes: Viewer, unit: Unit) -> bool:
    """A department for emergencies is what its site announces."""
    enough = PublicationLevel.SITE if unit.care_type is CareType.SEH else PublicationLevel.UNIT
    return ORDER.index(_level(eyes, Subject.STOPS, unit)) >= ORDER.index(enough)


def _totals(rows: list[Shown]) -> list[tuple[CareType, Total]]:
    """Per care type. What is not told because so few places are staffed is in no count."""
    found: dict[CareType, Total] = {}
    for row in rows:
        unknown = row.units if row.few else row.units_unknown
        told = Total(row.units, unknown, row.free, masked=True, oldest=row.oldest_observed_at)
        found[row.care_type] = found.get(row.care_type, Total()).with_(told)
    return list(found.items())


def _cases(standing: Standing, who: Principal) -> dict[str, Case]:
    """Requests that he may know of, and offers to his own units also when they are over."""
    told, last = course(standing.live.decisions.values()), last_told(standing.live.decisions.values())
    found = {}
    for request in all_requests(standing).values():
        shown = may_know(standing, who, request)
        offers = [each for each in offers_of(request, told) if _is_his(standing, who, each)]
        if shown or offers:
            found[request.id] = Case(request, offers, last.get(request.id), shown)
    return found


def _is_his(standing: Standing, who: Principal, offer: Offered) -> bool:
    """An offer to a unit that is not agreed any more is nobody's."""
    agreed = offer.unit in standing.rules.units
    return agreed and (sees_all(who, standing.live.name) or is_own(standing, who, offer.unit))
