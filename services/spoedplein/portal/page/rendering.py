"""From a template to an answer: Jinja, the words of one language, and moments that go on counting in the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from spoedplein.portal.access import Action, Role
from spoedplein.portal.access.roles import EMERGENCY_ROLES
from spoedplein.portal.access.visit import Visit
from spoedplein.portal.api.asking import Asked
from spoedplein.portal.page import words
from spoedplein.portal.page.words import Language, Texts
from spoedplein.wording import english
from spoedplein.wording import words as dutch
from spoedplein.wording.details import detail
from spoedplein_schemas import Decision
from spoedplein_schemas.decisions import Shortfall
from spoedplein_schemas.intended_use import INTENDED_USE
from spoedplein_schemas.views import QueueBoard
from spoedplein_schemas.vocabulary import CareType, Urgency

LANGUAGE_COOKIE: Final = "spoedplein-taal"
_PAGES: Final = Environment(
    loader=PackageLoader("spoedplein.portal.page"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: Request) -> Language:
    """As the reader chose; Dutch until then."""
    return Language.EN if request.cookies.get(LANGUAGE_COOKIE) == Language.EN else Language.NL


@dataclass(frozen=True, slots=True)
class Drawing:
    """One page for one reader: his language, and the region's time and zone."""

    asked: Asked
    t: Texts

    @classmethod
    def of(cls, asked: Asked) -> "Drawing":
        return cls(asked, Texts(language_of(asked.request)))

    @property
    def now(self) -> datetime:
        return self.asked.standing.now

    def clock(self, at: datetime | None) -> Markup:
        """`23:41`, with the day when it is another one."""
        if at is None:
            return Markup("")
        zone = self.asked.standing.rules.zone
        local = at.astimezone(zone)
        same = local.date() == self.now.astimezone(zone).date()
        told = f"{local:%H:%M}" if same else f"{local.day}-{local.month} {local:%H:%M}"
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), told)

    def day(self) -> str:
        """Today, for who holds the page on paper."""
        today = self.now.astimezone(self.asked.standing.rules.zone)
        return dutch.day(today) if self.t.language is Language.NL else f"{today:%A} {today.day} {today:%B %Y}"

    def age(self, at: datetime | None) -> Markup:
        """How long ago; the browser counts on."""
        if at is None:
            return Markup("<span>{}</span>").format(self.t("unknown"))
        told = self.t.span((self.now - at).total_seconds())
        return Markup('<time datetime="{0}" data-since="{0}">{1}</time>').format(at.isoformat(), told)

    def left(self, at: datetime | None) -> Markup:
        """How long until then, or how much too late; the browser counts down."""
        if at is None:
            return Markup("")
        seconds = (at - self.now).total_seconds()
        late = "late" if seconds < 0 else "soon" if seconds < 5 * 60 else "far"
        told = self.t.span(abs(seconds)) + (f" {self.t('late')}" if seconds < 0 else "")
        return Markup('<time class="due {2}" datetime="{0}" data-until="{0}">{1}</time>').format(
            at.isoformat(), told, late
        )

    def urgency(self, urgency: Urgency | None) -> Markup:
        """The code as it was assigned, with its system."""
        if urgency is None:
            return Markup('<span class="urgency none">{}</span>').format(self.t("untriaged"))
        return Markup('<span class="urgency {0}-{1}" title="{0}">{2}</span>').format(
            urgency.system.value, urgency.code.lower(), self.colour(urgency.code)
        )

    def colour(self, code: str) -> str:
        """A code of an urgency; colours in the reader's language."""
        return dutch.COLOUR_CODES.get(code, code) if self.t.language is Language.NL else code

    def tell(self, decision: Decision) -> str:
        """What was decided and why, in a sentence."""
        tell = dutch.tell if self.t.language is Language.NL else english.tell
        return tell(decision, self.asked.standing.rules.zone)

    def shortage(self, shortfall: Shortfall) -> str:
        """Why one care type gave no place, and what would have."""
        shortage = dutch.shortage if self.t.language is Language.NL else english.shortage
        return shortage(shortfall, self.asked.standing.rules.zone)

    def detail(self, said: str) -> str:
        """What a rule says beside its code."""
        return detail(said) if self.t.language is Language.NL else said

    def standing(self, queue: QueueBoard, index: int) -> str:
        """Why somebody stands where he stands."""
        standing = dutch.standing if self.t.language is Language.NL else english.standing
        return standing(queue, index, now=self.now)

    def unit(self, name: str) -> str:
        """As people call it."""
        unit = self.asked.standing.rules.units.get(name)
        return unit.name if unit else name

    def site(self, name: str) -> str:
        """As people call it, shortly: everything here is a spoedplein."""
        site = self.asked.standing.rules.sites.get(name)
        return site.name.removeprefix("Spoedplein ") if site else name

    def care_type(self, care_type: CareType) -> str:
        return words.CARE_TYPE[care_type]

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  as Jinja
        """The whole page. Its answer is kept by nobody in between."""
        return respond(self.asked.request, self.t, template, {**_shared(self), **values}, status=status)


def respond(request: Request, t: Texts, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """Also for pages that are of no region."""
    told = {"t": t, "words": words, "path": request.url.path, "intended_use": INTENDED_USE, **_of_visit(request)}
    body = _PAGES.get_template(template).render({**_NO_REGION, **told, **values})
    return HTMLResponse(body, status, {"Cache-Control": "no-store", "Content-Language": t.language.value})


def _of_visit(request: Request) -> dict[str, Any]:
    """The word of the reader's session, without which nothing that he sends from a page counts; and the noodknop.

    `declares`: he may declare emergency use of his session; `emergency`: why he did.
    """
    visit: Visit | None = getattr(request.state, "visit", None)  # None for who was refused before he was known.
    if visit is None or visit.session is None:
        return {"csrf": "", "declares": False, "emergency": None}
    declares = visit.session.principal.role in EMERGENCY_ROLES
    return {"csrf": visit.session.csrf, "declares": declares, "emergency": visit.emergency}


#: What a page of no region has in the place of what others have.
_NO_REGION: Final = {
    "region": None,
    "title": None,
    "who": None,
    "live": False,
    "freshness": None,
    "speed": 1.0,
    "now": None,
}


def _shared(drawing: Drawing) -> dict[str, Any]:
    asked = drawing.asked
    return {
        "draw": drawing,
        "region": asked.region,
        "title": asked.region.title(),
        "who": None if asked.who.role is Role.PUBLIC else asked.who,
        "regions": sorted(asked.portal.live.regions.keys() & asked.who.regions),
        "sites": [board.site for board in asked.standing.live.sites()] if asked.oversees(Action.READ_BOARDS) else [],
        "freshness": asked.freshness,
        "now": drawing.now,
        "speed": asked.portal.settings.clock_speed,
        "live": True,
        "coordinates": asked.who.role is Role.COORDINATOR,
        "reads_requests": asked.may(Action.READ_REQUESTS),
        "asks": asked.may(Action.SEARCH_PLACES),
    }
