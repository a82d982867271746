"""Which themes of the Leidraad 2026 a region has covered, and by what.

Source of the themes: Leidraad afspraken regionale huisartsenorganisatie en ziekenhuis, InEen and NVZ, June 2026. The
words are ours. A setting covers a theme when it says what the theme asks; what no setting can say (who trains whom)
needs a document of the region's own. Covered means that something was agreed, not that it is any good.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.checklist import Theme
from spoedplein_schemas.front_door import Desk
from spoedplein_schemas.hours import OpenHours
from spoedplein_schemas.vocabulary import CareType, Destination

Evidence = Callable[[Agreements], Iterator[str]]


class Point(NamedTuple):
    """One theme; `evidence` says which settings cover it, or nothing."""

    theme: Theme
    chapter: str
    title: str
    evidence: Evidence | None = None


class Standing(NamedTuple):
    """How a theme stands: `by` says what covers it (empty: open); `expired` is a document past its date of review."""

    point: Point
    by: tuple[str, ...]
    expired: str | None = None

    @property
    def covered(self) -> bool:
        return bool(self.by)


def checklist(agreed: Agreements, *, today: date) -> list[Standing]:
    """Every theme, in the order of the Leidraad."""
    documents = {each.theme: each for each in agreed.themes}
    found = []
    for point in POINTS:
        by = list(point.evidence(agreed)) if point.evidence else []
        expired = None
        if document := documents.get(point.theme):
            told = f"{document.document} ({document.dated:%d-%m-%Y}{f', {document.place}' if document.place else ''})"
            if document.review_by is not None and document.review_by < today:
                expired = told
            else:
                by.append(told)
        found.append(Standing(point, tuple(by), expired))
    return found


# --- what settings say --------------------------------------------------------------------------------------------


def _one_point(agreed: Agreements) -> Iterator[str]:
    providers = {unit.organisation for unit in agreed.units if unit.site is None}
    if len(providers) > 1:
        yield f"{agreed.owner} seeks places with {len(providers)} providers ([[units]], [placement])"


def _consults(agreed: Agreements) -> Iterator[str]:
    for rule in agreed.consults:
        yield f"{rule.specialty or 'every other specialty'}: answer within {rule.answer_minutes} min ([[consults]])"


def _supply(agreed: Agreements) -> Iterator[str]:
    if agreed.units and agreed.sites:
        kinds = len({unit.care_type for unit in agreed.units})
        yield f"{len(agreed.units)} units of {kinds} care types on and around {len(agreed.sites)} sites ([[units]])"


def _neighbours(agreed: Agreements) -> Iterator[str]:
    names = dict.fromkeys(each.region for each in agreed.neighbours)
    if names:
        yield f"neighbours {_listed(names)} ([[neighbours]])"


def _together(agreed: Agreements) -> Iterator[str]:
    both = {CareType.HAP, CareType.SEH}
    sites = [site.name for site in agreed.sites if both <= {service.care_type for service in site.services}]
    if sites:
        yield f"HAP and SEH at {_listed(sites)} ([[sites]])"


def _rooms(agreed: Agreements) -> Iterator[str]:
    for site in agreed.sites:
        names = [name for room in agreed.rooms if room.site == site.id for name in room.names]
        lent = sum(lending.site == site.id for lending in agreed.lending)
        if names:
            yield f"{site.name}: {len(names)} rooms, {lent} agreements of lending ([[rooms]], [[lending]])"


def _desks(agreed: Agreements) -> Iterator[str]:
    for site in agreed.sites:
        if site.desk != Desk():
            desk = "one desk" if site.desk.joint else "two desks"
            yield f"{site.name}: {desk}, self-referrers triaged by {site.desk.self_referrals} (desk)"


def _mutual_help(agreed: Agreements) -> Iterator[str]:
    for rule in agreed.room_rules:
        yield f"{rule.site}: mutual help is proposed from {rule.help_from_late} past their norm ([[room_rules]])"


def _routes(agreed: Agreements) -> Iterator[str]:
    if agreed.routes:
        yield f"{len(agreed.routes)} routes ([[routes]])"


def _hours(agreed: Agreements) -> Iterator[str]:
    posts = [service for site in agreed.sites for service in site.services if service.care_type is CareType.HAP]
    limited = [post for post in posts if post.hours is not OpenHours.ALWAYS or post.windows]
    if limited:
        yield f"hours of {len(limited)} HAP services ([[sites]])"
    doors = [door.name for door in agreed.doors if door.hours is OpenHours.ALWAYS and not door.windows]
    if doors:
        yield f"day and night: {_listed(doors)} ([[doors]])"


def _care_at_home(agreed: Agreements) -> Iterator[str]:
    if agreed.care_paths and any(route.to is Destination.WIJKVERPLEGING for route in agreed.routes):
        yield f"{len(agreed.care_paths)} care paths of acute wijkverpleging ([[care_paths]])"


def _unlabelled(agreed: Agreements) -> Iterator[str]:
    names = [unit.name for unit in agreed.units if unit.care_type is CareType.ONGELABELD]
    if names:
        yield f"{_listed(names)} ([[units]])"


def _exchange(agreed: Agreements) -> Iterator[str]:
    if agreed.sharing.levels:
        yield f"{len(agreed.sharing.levels)} publication levels ([sharing])"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _all(*parts: Evidence) -> Evidence:
    return lambda agreed: (line for part in parts for line in part(agreed))


#: Chapters as the Leidraad has them; titles say in our words what should be agreed.
POINTS: Final[tuple[Point, ...]] = (
    Point(Theme.WERKAFSPRAKEN, "Transmurale samenwerking", "Verwijzen, overdragen en elkaar berichten"),
    Point(Theme.PASSENDE_PLEK, "Transmurale samenwerking", "Eén punt dat zoekt waar een zorgvraag past", _one_point),
    Point(Theme.KETENZORG, "Transmurale samenwerking", "Zorgpaden over de muren heen voor chronisch zieken"),
    Point(Theme.ELKAAR_KENNEN, "Transmurale samenwerking", "Elkaars rol, verantwoordelijkheid en werkwijze kennen"),
    Point(Theme.MEEDENKADVIES, "Passend verwijzen", "Meedenken en meekijken: waarmee, en binnen welke tijd", _consults),
    Point(Theme.ANDERHALVELIJN, "Passend verwijzen", "Anderhalvelijnszorg, met wijkverpleging en thuiszorg"),
    Point(Theme.ACUUT_AANBOD, "Acute zorg", "Welk acuut aanbod er is en wie het coördineert", _supply),
    Point(Theme.BOVENREGIONAAL, "Acute zorg", "Afstemming met buurregio's en het ROAZ", _neighbours),
    Point(Theme.COLOCATIE, "Acute zorg", "HAP en ziekenhuis op één plek", _together),
    Point(Theme.RUIMTEGEBRUIK, "Acute zorg", "Wie welke ruimte gebruikt", _rooms),
    Point(Theme.TRIAGE, "Acute zorg", "Wie zelfverwijzers triageert", _desks),
    Point(Theme.DIAGNOSTIEK, "Acute zorg", "Foto en lab op aanvraag van de huisarts"),
    Point(Theme.PERSONEEL, "Acute zorg", "Elkaar helpen als het druk is", _mutual_help),
    Point(Theme.WERKPROCESSEN, "Acute zorg", "Wie waarheen gaat", _all(_routes, _care_at_home)),
    Point(Theme.DAG_EN_NACHT, "Acute zorg", "Wat wanneer open is, en wat dag en nacht", _hours),
    Point(Theme.THUIS_BEREIKBAAR, "Medisch-specialistische zorg thuis", "Bereikbaar binnen en buiten kantooruren"),
    Point(Theme.THUIS_HUISARTS, "Medisch-specialistische zorg thuis", "Wanneer en hoe de huisarts het hoort"),
    Point(Theme.THUIS_INFORMATIE, "Medisch-specialistische zorg thuis", "Behandelplan, medicatie, wanneer opschalen"),
    Point(Theme.THUIS_DIGITAAL, "Medisch-specialistische zorg thuis", "Samen kiezen en inkopen van techniek"),
    Point(Theme.ZORGPLANNING, "Ouderenzorg", "Uitkomsten van gesprekken over zorgwensen delen en gebruiken"),
    Point(Theme.KWETSBARE_OUDEREN, "Ouderenzorg", "Samen zorgen voor kwetsbare ouderen thuis"),
    Point(Theme.ONGELABELD_BED, "Ouderenzorg", "Een bed zonder label, tot duidelijk is welke zorg past", _unlabelled),
    Point(Theme.REGELDRUK, "Randvoorwaarden", "Minder administratie: dezelfde formulieren, gegevens één keer"),
    Point(Theme.OPLEIDEN, "Randvoorwaarden", "Samen opleiden en nascholen"),
    Point(Theme.MANTELZORG, "Randvoorwaarden", "Samen patiënten en mantelzorgers leren wat zij zelf kunnen"),
    Point(Theme.WERKGEVERSCHAP, "Randvoorwaarden", "Samen werkgever zijn"),
    Point(Theme.SOCIAAL_DOMEIN, "Randvoorwaarden", "Samen optrekken met welzijn en gemeente"),
    Point(Theme.SOCIALE_KAART, "Randvoorwaarden", "Eén sociale kaart van de regio"),
    Point(Theme.BESTUUR, "Succesfactoren", "Bestuurders en professionals die ervoor staan, als gelijken"),
    Point(Theme.MANDAAT, "Succesfactoren", "Wie namens wie beslist"),
    Point(Theme.GEGEVENSUITWISSELING, "Succesfactoren", "Wie welke gegevens ziet, en hoe ze gaan", _exchange),
    Point(Theme.BEKOSTIGING, "Succesfactoren", "Wie wat betaalt, ook volgend jaar"),
)
