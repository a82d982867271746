"""Decisions and codes in Dutch words, for the people who look at the board. Terms of the field stay as they are."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final, TypeAlias

from spoedplein.wording import request_words, room_words, shortfalls, transfer_words
from spoedplein.wording.terms import COLOUR_CODES, STOP_REASON, Here, clock, code, span
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.consult import ConsultOutcome
from spoedplein_schemas.decisions import (
    Before,
    CodeCount,
    DestinationCode,
    Exclusion,
    ExclusionCode,
    OfferEnd,
    Refusal,
)
from spoedplein_schemas.front_door import ContactRouted, PassedCode, RouteBasis
from spoedplein_schemas.hap import ContactOutcome
from spoedplein_schemas.hours import HourKind
from spoedplein_schemas.placement import CancelReason, DeclineReason, OverrideGround
from spoedplein_schemas.seh import Departure
from spoedplein_schemas.views import QueueBoard, RequestState
from spoedplein_schemas.vocabulary import Destination, Frozen, RidePhase, UnitStatus

UNTRIAGED_RANK: Final = 5
_ORDINARY: Final = (
    *(decisions.PatientQueued, decisions.PatientTaken, decisions.PatientGone),
    *(decisions.OffloadEnded, decisions.DestinationsShown),
)

__all__ = ["COLOUR_CODES", "STOP_REASON", "code", "ordinary", "span", "tell"]

#: How a wait ended without being called: outcomes of the HAP, departures from the SEH, and our own word for who was
#: written down anew.
ENDED: Final[dict[str, str]] = {
    ContactOutcome.TREATED: "behandeld",
    ContactOutcome.ADVICE: "advies gekregen",
    ContactOutcome.REFERRED_SEH: "naar de SEH",
    ContactOutcome.REFERRED_OTHER: "elders heen",
    ContactOutcome.OWN_GP: "naar de eigen huisarts",
    ContactOutcome.LEFT_UNSEEN: "weggegaan",
    ContactOutcome.CANCELLED: "afgezegd",
    Departure.HOME: "naar huis",
    Departure.ADMITTED: "opgenomen",
    Departure.TRANSFERRED: "overgeplaatst",
    Departure.DECEASED: "overleden",
    "moved-on": "elders ingeschreven",
}
STATUS: Final = {
    UnitStatus.OPEN: "open",
    UnitStatus.WARNING: "waarschuwing",
    UnitStatus.STOP: "stop",
    UnitStatus.CLOSED: "dicht",
}
DECLINE: Final = {
    DeclineReason.FULL: "vol",
    DeclineReason.STAFF: "personeel",
    DeclineReason.CARE_TOO_COMPLEX: "zorg te complex",
    DeclineReason.LEGAL: "juridisch",
    DeclineReason.ISOLATION: "isolatie",
    DeclineReason.NO_GP: "geen huisarts",
    DeclineReason.OTHER: "andere reden",
}
CANCEL: Final = {
    CancelReason.FOUND_ELSEWHERE: "elders gevonden",
    CancelReason.NO_LONGER_NEEDED: "niet meer nodig",
    CancelReason.HOSPITALISED: "in het ziekenhuis opgenomen",
    CancelReason.DECEASED: "overleden",
    CancelReason.OTHER: "andere reden",
}
GROUND: Final = {
    OverrideGround.CLINICAL_JUDGEMENT: "klinisch oordeel",
    OverrideGround.PATIENT_WISH: "wens van de patiënt",
    OverrideGround.BY_TELEPHONE: "telefonisch geregeld",
    OverrideGround.LOCAL_KNOWLEDGE: "kennis van ter plaatse",
    OverrideGround.OTHER: "andere grond",
}
OFFER_END: Final = {
    OfferEnd.DECLINED: "wijst af",
    OfferEnd.EXPIRED: "antwoordt niet op tijd",
    OfferEnd.WITHDRAWN_CANCELLED: "hoeft niet meer: aanvraag ingetrokken",
    OfferEnd.WITHDRAWN_OVERRIDDEN: "hoeft niet meer: professional koos anders",
    OfferEnd.WITHDRAWN_CONFLICT: "heeft te weinig plaatsen: aanbod terug",
    OfferEnd.WITHDRAWN_STOP: "heeft een stop: aanbod terug",
    OfferEnd.WITHDRAWN_TRANSFERRED: "hoeft niet meer: een buurregio neemt op",
    OfferEnd.WITHDRAWN_ACCEPTED: "hoeft niet meer: een ander zei eerder toe",
    OfferEnd.WITHDRAWN_AGREEMENTS: "past niet meer bij de afspraken: aanbod terug",
}
EXCLUDED: Final = {
    ExclusionCode.LEGAL_TITLE: "titel past niet",
    ExclusionCode.WLZ_INDICATION: "Wlz-indicatie",
    ExclusionCode.AGE_BAND: "leeftijd",
    ExclusionCode.SEX: "geslacht",
    ExclusionCode.PROPERTY_MISSING: "mist een voorziening",
    ExclusionCode.WARD_CLOSED: "gesloten afdeling",
    ExclusionCode.WARD_OPEN: "geen gesloten afdeling",
    ExclusionCode.ISOLATION: "geen isolatie",
    ExclusionCode.BARIATRIC: "niet bariatrisch",
    ExclusionCode.WLZ_NEEDED: "zonder Wlz-indicatie",
    ExclusionCode.LIFE_EXPECTANCY: "levensverwachting",
    ExclusionCode.MEDICALLY_UNSTABLE: "medisch niet stabiel",
    ExclusionCode.STAY_TOO_SHORT: "verblijf te kort",
    ExclusionCode.STAY_TOO_LONG: "verblijf te lang",
    ExclusionCode.GP_NEEDED: "geen huisarts die blijft behandelen",
    ExclusionCode.OUTSIDE_WINDOW: "buiten opnametijd",
    ExclusionCode.NEEDED_BY: "te laat",
    ExclusionCode.NEVER_REPORTED: "nooit gemeld",
    ExclusionCode.STALE: "cijfer verouderd",
    ExclusionCode.STOP: "stop",
    ExclusionCode.CLOSED: "dicht",
    ExclusionCode.FULL: "vol",
    ExclusionCode.DECLINED: "wees af",
    ExclusionCode.NO_ANSWER: "gaf geen antwoord",
    ExclusionCode.ASKED: "is al gevraagd",
    ExclusionCode.OWN_FIRST: "blijft vrij voor de eigen regio",
}
#: The same of more than one.
EXCLUDED_MANY: Final = {
    **EXCLUDED,
    ExclusionCode.PROPERTY_MISSING: "missen een voorziening",
    ExclusionCode.DECLINED: "wezen af",
    ExclusionCode.NO_ANSWER: "gaven geen antwoord",
    ExclusionCode.ASKED: "zijn al gevraagd",
    ExclusionCode.OWN_FIRST: "blijven vrij voor de eigen regio",
}
REFUSAL: Final = {
    Refusal.UNKNOWN_REQUEST: "aanvraag onbekend",
    Refusal.UNKNOWN_OFFER: "aanbod onbekend",
    Refusal.UNKNOWN_UNIT: "plek onbekend",
    Refusal.UNKNOWN_TRANSFER: "vraag aan buurregio onbekend",
    Refusal.OFFER_LAPSED: "aanbod was al voorbij",
    Refusal.REQUEST_CLOSED: "aanvraag is afgesloten",
    Refusal.NOT_PLACED_THERE: "daar niet geplaatst",
    Refusal.NOT_THE_OWNER: "heeft de regie niet",
    Refusal.OLDER_AGREEMENTS: "oudere versie dan die nu geldt",
    Refusal.UNKNOWN_PROPOSAL: "voorstel onbekend",
    Refusal.PROPOSAL_CLOSED: "voorstel is al beantwoord of vervallen",
    Refusal.ROLE_NOT_AGREED: "rol mag dit niet bevestigen",
    Refusal.ACCEPTED_ELSEWHERE: "een ander zei eerder toe",
    Refusal.SUPERSEDED: "er is al later anders besloten",
    Refusal.NO_FIRST_TRY: "er was geen eigen poging",
    Refusal.NAME_TAKEN: "die naam hoort al bij een andere aanvraag",
}
DESTINATION: Final = {
    DestinationCode.STOP: "stop",
    DestinationCode.CLOSED: "dicht",
    DestinationCode.PROPERTY_MISSING: "mist een voorziening",
    DestinationCode.NO_DEPARTMENT: "geen SEH",
    DestinationCode.WARNING: "waarschuwing",
    DestinationCode.STATUS_UNKNOWN: "stand onbekend",
}
RIDE: Final = {
    RidePhase.DISPATCHED: "naar melding",
    RidePhase.ANNOUNCED: "onderweg",
    RidePhase.CANCELLED: "komt niet",
    RidePhase.ARRIVED: "staat er",
    RidePhase.OFFLOADED: "overgedragen",
    RidePhase.RELEASED: "vrij",
}
CONSULT: Final = {
    ConsultOutcome.ADVICE: "advies gegeven",
    ConsultOutcome.REFER: "advies: verwijzen",
    ConsultOutcome.TAKE_OVER: "neemt over",
    ConsultOutcome.CALL_BACK: "belt terug",
}
GOES_TO: Final = {
    Destination.HAP: "de HAP",
    Destination.SEH: "de SEH",
    Destination.GGZ_CRISIS: "de GGZ-crisisdienst",
    Destination.OBSTETRIC_POST: "de verloskundige post",
    Destination.DUTY_PHARMACY: "de dienstapotheek",
    Destination.WIJKVERPLEGING: "de acute wijkverpleging",
    Destination.OWN_GP: "de eigen huisarts, vandaag",
    Destination.OWN_GP_NEXT_DAY: "de eigen huisarts, volgende werkdag",
    Destination.ADVICE: "advies",
    Destination.EMERGENCY: "112",
}
ROUTE_BASIS: Final = {
    RouteBasis.ROUTE: "volgens afspraak",
    RouteBasis.LIFE_THREATENING: "levensbedreigend: nu, voor elke afspraak",
    RouteBasis.AS_REGISTERED: "geen route past: waar hij binnenkwam",
    RouteBasis.AS_REFERRED: "zoals de meldkamer verwees",
    RouteBasis.DESK: "wie zelfverwijzers trieert",
    RouteBasis.REDIRECTED: "professional kiest anders",
}
PASSED: Final = {
    PassedCode.SITE: "niet voor dit plein",
    PassedCode.ENTRANCE: "niet voor wie hier binnenkomt",
    PassedCode.REFERRAL: "niet voor deze verwijzing",
    PassedCode.MODE: "niet voor wie zo komt",
    PassedCode.URGENCY: "niet voor deze urgentie",
    PassedCode.AGE_BAND: "niet voor deze leeftijd",
    PassedCode.COMPLAINT: "niet voor deze klacht",
    PassedCode.HOURS: "niet op dit uur",
    PassedCode.NO_SERVICE: "is er niet op dit plein",
    PassedCode.CLOSED_NOW: "nu dicht",
    PassedCode.EARLIER_ROUTE: "een eerdere route past",
}
HOURS: Final = {HourKind.ANW: "ANW", HourKind.OFFICE: "kantooruren"}
_NUMBERS: Final = (
    *("nul", "één", "twee", "drie", "vier", "vijf", "zes"),
    *("zeven", "acht", "negen", "tien", "elf", "twaalf"),
)
_ORDINALS: Final = (
    *("eerste", "tweede", "derde", "vierde", "vijfde", "zesde"),
    *("zevende", "achtste", "negende", "tiende", "elfde", "twaalfde"),
)
#: What stands open, and what its deadline asks for.
REQUEST_STATE: Final = {
    RequestState.FIRST_TRY: ("zoekt zelf", "overname"),
    RequestState.OFFERED: ("aangeboden", "antwoord"),
    RequestState.WAITING: ("niets past nu", "opnieuw"),
    RequestState.ACCEPTED: ("toegezegd", "opname"),
    RequestState.ADMITTED: ("opgenomen", ""),
    RequestState.CANCELLED: ("ingetrokken", ""),
}
_DAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)


_DUTCH: Final = shortfalls.Language(EXCLUDED, EXCLUDED_MANY, DECLINE, **shortfalls.DUTCH_FORMS)


def shortage(shortfall: decisions.Shortfall, zone: tzinfo) -> str:
    """Why one care type gave no place, and what would have."""
    return shortfalls.sentence(shortfall, _DUTCH, zone)


def ordinary(data: Frozen) -> bool:
    """Comings and goings, also of who stays where he came in: queues show them, and they would push out all else."""
    stays = isinstance(data, ContactRouted) and data.basis is RouteBasis.AS_REGISTERED
    return stays or isinstance(data, _ORDINARY)


def tell(decision: Decision, zone: tzinfo) -> str:
    """One sentence: what was decided and why. Moments are in local time."""
    sentence = _SENTENCES[type(decision.data)](decision.data, Here(zone, decision.time))
    if isinstance(decision.data, decisions.PatientQueued) and decision.data.before:
        return f"{sentence} ({position(decision.data.before, now=decision.time)})"
    return sentence


def day(moment: datetime) -> str:
    """`vrijdag 9 januari 2026`."""
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def position(before: Sequence[Before], *, now: datetime) -> str:
    """Why somebody stands where he stands, for who asks him or her: `derde: twee U2 voor u, oudste 41 min`."""
    place = sum(each.count for each in before) + 1
    if place == 1:
        return "eerste: niemand voor u"
    groups = [f"{_number(each.count)} {_class(each)}" for each in before]
    named = " en ".join(filter(None, (", ".join(groups[:-1]), groups[-1])))
    oldest = span((now - min(each.oldest_since for each in before)).total_seconds())
    return f"{_ordinal(place)}: {named} voor u, oudste {oldest}"


def standing(queue: QueueBoard, index: int, *, now: datetime) -> str:
    """The same of the patient at this index of a board's list."""
    return position(before_of(queue, index), now=now)


def before_of(queue: QueueBoard, index: int) -> list[Before]:
    """Who stands before him, per class."""
    classes = {each.rank: each for each in queue.classes}
    ahead = enumerate(queue.next[index].ahead)
    return [
        Before(rank=rank, count=count, oldest_since=oldest, code=classes[rank].code)
        for rank, count in ahead
        if count and (oldest := classes[rank].oldest_since) is not None
    ]


def _class(before: Before) -> str:
    if before.code is not None:
        return COLOUR_CODES.get(before.code, before.code)
    return "zonder triage" if before.rank == UNTRIAGED_RANK else f"van klasse {before.rank}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _ordinal(place: int) -> str:
    return _ORDINALS[place - 1] if place <= len(_ORDINALS) else f"{place}e"


def passed_over(excluded: Iterable[Exclusion], others: Iterable[CodeCount] = ()) -> str:
    """Reasons with how many units each: `3 vol, 1 stop`; the most frequent first. `others` are counted already."""
    counts = Counter(item.code for item in excluded)
    counts.update({other.code: other.units for other in others})
    return ", ".join(
        f"{count} {(EXCLUDED if count == 1 else EXCLUDED_MANY)[reason]}" for reason, count in counts.most_common()
    )


_OfQueue: TypeAlias = (
    decisions.PatientQueued
    | decisions.PatientImmediate
    | decisions.NormBreached
    | decisions.ReassessmentDue
    | decisions.PatientTaken
    | decisions.PatientGone
)

# --- one sentence per decision --------------------------------------------------------------------------------------


def _in_force(data: decisions.AgreementsInForce, _here: Here) -> str:
    before = f", in plaats van {data.previous}" if data.previous else ""
    return f"Afspraken {data.version} gelden{before}"


def _routed(data: ContactRouted, here: Here) -> str:
    where = f" {data.at}" if data.at and data.at != data.site else ""
    by = f" {data.route}" if data.route else ""
    path = f", zorgpad {data.care_path}" if data.care_path else ""
    local = data.from_at.astimezone(here.zone) if data.from_at else None
    opens = f" ({day(local)}, {local:%H:%M})" if local else ""
    why = f"{ROUTE_BASIS[data.basis]}{by}, {data.holiday or HOURS[data.hours]}"
    if (found := data.redirection) is not None:
        why = f"{found.role}: {GROUND[found.ground]}; afgesproken was {GOES_TO[found.agreed]}"
    return f"{data.case} naar {GOES_TO[data.destination]}{where}{opens}{path} ({why})"


def _queued(data: decisions.PatientQueued, here: Here) -> str:
    as_what = f"als {code(data.urgency)}" if data.urgency else "op triage"
    by = f", norm {clock(data.due_at, here)}" if data.due_at else ""
    return f"{data.case} wacht bij {_where(data)} {as_what}, plek {data.position}{by}"


def _reassess(data: decisions.ReassessmentDue, here: Here) -> str:
    last = clock(data.assessed_at, here)
    return f"{data.case} bij {_where(data)} ({code(data.urgency)}) opnieuw beoordelen: laatst om {last}"


def _immediate(data: decisions.PatientImmediate, _here: Here) -> str:
    return f"{data.case} bij {_where(data)} is {code(data.urgency)}: nu, buiten elke volgorde"


def _breached(data: decisions.NormBreached, here: Here) -> str:
    as_what = code(data.urgency) if data.urgency else "triage"
    waited = span(data.waited_seconds)
    return f"{data.case} bij {_where(data)} wacht {waited}: norm voor {as_what} verstreek om {clock(data.due_at, here)}"


def _taken(data: decisions.PatientTaken, _here: Here) -> str:
    late = ", na de norm" if data.within_norm is False else ""
    return f"{data.case} bij {_where(data)} is aan de beurt na {span(data.waited_seconds)}{late}"


def _gone(data: decisions.PatientGone, _here: Here) -> str:
    if data.left_unseen:
        return f"{data.case} is weggegaan bij {_where(data)} zonder gezien te zijn, na {span(data.waited_seconds)}"
    ended = ENDED.get(data.outcome, data.outcome)
    return f"{data.case} wacht niet meer bij {_where(data)} na {span(data.waited_seconds)} ({ended})"


def _stale(data: decisions.FigureStale, here: Here) -> str:
    seen = clock(data.observed_at, here)
    return f"Cijfer van {data.unit} is van {seen} en verouderd (geldig {span(data.validity_minutes * 60)}): onbekend"


def _conflict(data: decisions.FigureConflict, _here: Here) -> str:
    return f"{data.unit} meldt {data.free} vrij en heeft er {data.promised} toegezegd: niet meer aanbieden"


def _status(data: decisions.UnitStatusChanged, here: Here) -> str:
    why = f" ({STOP_REASON[data.reason]})" if data.reason else ""
    until = f" tot {clock(data.until, here)}" if data.until else ""
    lapsed = ", want niemand verlengde" if data.lapsed else ""
    return f"{data.unit} gaat van {STATUS[data.previous]} naar {STATUS[data.status]}{why}{until}{lapsed}"


def _offered(data: decisions.PlacementOffered, here: Here) -> str:
    basis = f"{data.basis.free} vrij, cijfer {span(data.basis.age_seconds)} oud"
    others = f"; niet: {passed_over(data.excluded, data.not_named or ())}" if data.excluded else ""
    asked = f"{data.request} aangeboden aan {data.unit} tot {clock(data.answer_by, here)}"
    return f"{asked} ({basis}{others})"


def _offer_ended(data: decisions.OfferEnded, _here: Here) -> str:
    why = f" ({DECLINE[data.reason]})" if data.reason else ""
    return f"{data.request}: {data.unit} {OFFER_END[data.end]}{why}"


def _accepted(data: decisions.PlacementAccepted, here: Here) -> str:
    return f"{data.request}: {data.unit} zegt toe, opname voor {clock(data.admit_by, here)}"


def _released(data: decisions.PromiseReleased, _here: Here) -> str:
    return f"{data.request}: {data.unit} {OFFER_END[data.end]}, de plek is weer vrij"


def _exhausted(data: decisions.PlacementExhausted, here: Here) -> str:
    why = "; ".join(shortage(each, here.zone) for each in data.shortfalls) or passed_over(data.excluded)
    told = f" ({why})" if why else ""
    return f"{data.request}: niets past nu{told}; opnieuw om {clock(data.review_at, here)}"


def _admitted(data: decisions.PlacementAdmitted, _here: Here) -> str:
    return f"{data.request}: opgenomen in {data.unit}, {span(data.to_place_seconds)} na de aanvraag"


def _reopened(data: decisions.PlacementReopened, _here: Here) -> str:
    return f"{data.request}: {data.unit} neemt toch niet op ({DECLINE[data.reason]}), opnieuw zoeken"


def _overdue(data: decisions.AdmissionOverdue, here: Here) -> str:
    since = clock(data.overdue_since, here)
    return f"{data.request}: sinds {since} verwacht in {data.unit} en niet gemeld, {data.owner} moet kijken"


def _cancelled(data: decisions.PlacementCancelled, _here: Here) -> str:
    return f"{data.request}: ingetrokken ({CANCEL[data.reason]})"


def _labelled(data: decisions.LabelRecorded, _here: Here) -> str:
    return f"{data.request}: verblijf in {data.unit} is {data.label}"


def _owner(data: decisions.OwnershipChanged, _here: Here) -> str:
    return f"{data.request}: regie van {data.previous} naar {data.owner}"


def _overridden(data: decisions.OverrideRecorded, _here: Here) -> str:
    against = f", ondanks: {passed_over(data.against)}" if data.against else ""
    return f"{data.request}: professional kiest {data.unit} ({GROUND[data.ground]}{against})"


def _refused(data: decisions.CommandRefused, _here: Here) -> str:
    said = request_words.COMMAND.get(data.command, data.command)
    return f"{data.subject}: {said} verandert niets ({REFUSAL[data.refusal]})"


def _destinations(data: decisions.DestinationsShown, here: Here) -> str:
    to = ", ".join(_option(each, here) for each in data.options[:3]) or "geen"
    passed = "".join(f"; niet {each.site}: {DESTINATION[each.code]}" for each in data.passed[:2])
    return f"{data.ride} ({code(data.urgency)}) kan naar {to}{passed}"


def _divert(data: decisions.DivertProposed, here: Here) -> str:
    until = f" tot {clock(data.until, here)}" if data.until else ""
    to = ", ".join(each.site for each in data.options[:3])
    return f"Voorstel: {data.ride} ({code(data.urgency)}) naar {to}, want {data.site}: {DESTINATION[data.code]}{until}"


def _redirected(data: decisions.RideRedirected, _here: Here) -> str:
    return f"{data.ride} ({code(data.urgency)}) rijdt naar {data.site}, niet meer naar {data.previous}"


def _offload_overdue(data: decisions.OffloadOverdue, here: Here) -> str:
    since = clock(data.arrived_at, here)
    return f"{data.ride} staat sinds {since} bij {data.site}, overdracht duurt langer dan {data.norm_minutes} min"


def _offload_ended(data: decisions.OffloadEnded, _here: Here) -> str:
    late = "" if data.within_norm else ", na de norm"
    return f"{data.ride} bij {data.site}: overgedragen na {span(data.offload_seconds)}{late}"


def _ride_lapsed(data: decisions.RideLapsed, here: Here) -> str:
    where = f" bij {data.site}" if data.site else ""
    return f"{data.ride}{where} ({RIDE[data.phase]}): niets gehoord sinds {clock(data.heard_at, here)}, vervalt"


def _option(option: decisions.DestinationOption, here: Here) -> str:
    facts = [DESTINATION[each] for each in option.cautions]
    if option.eta is not None:
        facts.insert(0, clock(option.eta, here))
    return f"{option.site} ({', '.join(facts)})" if facts else option.site


def _round_opened(data: decisions.RoundOpened, here: Here) -> str:
    whom = ", ".join(data.care_types) or "alle zorgsoorten"
    why = f", omdat {data.request} geen plek heeft" if data.request else ""
    asked = f"1 plek ({whom}) meldt" if len(data.units) == 1 else f"{len(data.units)} plekken ({whom}) melden"
    return f"Meldronde {data.round}: {asked} voor {clock(data.answer_by, here)}{why}"


def _round_reminded(data: decisions.RoundReminded, here: Here) -> str:
    return f"Meldronde {data.round}: nog niets van {some(data.outstanding)}, kan tot {clock(data.answer_by, here)}"


def _round_completed(data: decisions.RoundCompleted, _here: Here) -> str:
    places = "plek" if data.asked == 1 else "plekken"
    return f"Meldronde {data.round}: compleet, {data.asked} {places} in {span(data.took_seconds)}"


def _round_closed(data: decisions.RoundClosed, _here: Here) -> str:
    silent = some(data.outstanding)
    return f"Meldronde {data.round}: {data.answered} van {data.asked} ({data.percent}%), niets van {silent}"


def _consult_opened(data: decisions.ConsultOpened, here: Here) -> str:
    by = clock(data.answer_by, here)
    return f"Meedenkadvies {data.consult} ({data.specialty}) gevraagd aan {data.owner}, antwoord voor {by}"


def _consult_reminded(data: decisions.ConsultReminded, here: Here) -> str:
    return f"Meedenkadvies {data.consult}: {data.owner} herinnerd, antwoord voor {clock(data.answer_by, here)}"


def _consult_escalated(data: decisions.ConsultEscalated, here: Here) -> str:
    again = "opnieuw " if data.owner == data.previous else ""
    by = clock(data.answer_by, here)
    return f"Meedenkadvies {data.consult}: geen antwoord van {data.previous}, {again}naar {data.owner}, voor {by}"


def _consult_postponed(data: decisions.ConsultPostponed, here: Here) -> str:
    return f"Meedenkadvies {data.consult}: {data.owner} belt terug, voor {clock(data.answer_by, here)}"


def _consult_closed(data: decisions.ConsultClosed, _here: Here) -> str:
    if data.outcome is None:
        return f"Meedenkadvies {data.consult}: ingetrokken na {span(data.waited_seconds)}"
    late = "" if data.within_term else ", na de termijn"
    return f"Meedenkadvies {data.consult}: {CONSULT[data.outcome]} na {span(data.waited_seconds)}{late}"


_SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    decisions.AgreementsInForce: _in_force,
    ContactRouted: _routed,
    decisions.PatientQueued: _queued,
    decisions.PatientImmediate: _immediate,
    decisions.NormBreached: _breached,
    decisions.ReassessmentDue: _reassess,
    decisions.PatientTaken: _taken,
    decisions.PatientGone: _gone,
    **room_words.SENTENCES,
    **request_words.SENTENCES,
    **transfer_words.SENTENCES,
    decisions.FigureStale: _stale,
    decisions.FigureConflict: _conflict,
    decisions.UnitStatusChanged: _status,
    decisions.PlacementOffered: _offered,
    decisions.OfferEnded: _offer_ended,
    decisions.PlacementAccepted: _accepted,
    decisions.PromiseReleased: _released,
    decisions.PlacementExhausted: _exhausted,
    decisions.PlacementAdmitted: _admitted,
    decisions.PlacementReopened: _reopened,
    decisions.AdmissionOverdue: _overdue,
    decisions.PlacementCancelled: _cancelled,
    decisions.LabelRecorded: _labelled,
    decisions.OwnershipChanged: _owner,
    decisions.OverrideRecorded: _overridden,
    decisions.CommandRefused: _refused,
    decisions.DestinationsShown: _destinations,
    decisions.DivertProposed: _divert,
    decisions.RideRedirected: _redirected,
    decisions.OffloadOverdue: _offload_overdue,
    decisions.OffloadEnded: _offload_ended,
    decisions.RideLapsed: _ride_lapsed,
    decisions.RoundOpened: _round_opened,
    decisions.RoundReminded: _round_reminded,
    decisions.RoundCompleted: _round_completed,
    decisions.RoundClosed: _round_closed,
    decisions.ConsultOpened: _consult_opened,
    decisions.ConsultReminded: _consult_reminded,
    decisions.ConsultEscalated: _consult_escalated,
    decisions.ConsultPostponed: _consult_postponed,
    decisions.ConsultClosed: _consult_closed,
}


def some(names: Sequence[str]) -> str:
    """The first three by name, the others counted."""
    more = f" en nog {len(names) - 3}" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _where(data: _OfQueue) -> str:
    return f"{data.service.upper()} {data.site}"
