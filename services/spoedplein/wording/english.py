"""Decisions in English words, for who reads the page in English: the same sentences as `words`, in the same order.

Codes are English already and are shown as they are; terms of the field stay Dutch.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from spoedplein.wording import english_requests, english_rooms, english_transfers, shortfalls, words
from spoedplein.wording.english_terms import plain, some, span, urgency, where
from spoedplein.wording.terms import Here, clock
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.decisions import Before, Exclusion, OfferEnd
from spoedplein_schemas.front_door import ContactRouted, RouteBasis
from spoedplein_schemas.hours import HourKind
from spoedplein_schemas.views import QueueBoard
from spoedplein_schemas.vocabulary import Destination, Frozen

OFFER_END: Final = {
    OfferEnd.DECLINED: "declines",
    OfferEnd.EXPIRED: "did not answer in time",
    OfferEnd.WITHDRAWN_CANCELLED: "is not needed any more: request cancelled",
    OfferEnd.WITHDRAWN_OVERRIDDEN: "is not needed any more: a professional chose otherwise",
    OfferEnd.WITHDRAWN_CONFLICT: "has too few places: offer taken back",
    OfferEnd.WITHDRAWN_STOP: "has a stop: offer taken back",
    OfferEnd.WITHDRAWN_TRANSFERRED: "is not needed any more: a neighbouring region takes the patient",
    OfferEnd.WITHDRAWN_ACCEPTED: "is not needed any more: another accepted first",
    OfferEnd.WITHDRAWN_AGREEMENTS: "does not fit the agreements any more: offer taken back",
}
GOES_TO: Final = {
    Destination.HAP: "the HAP",
    Destination.SEH: "the SEH",
    Destination.GGZ_CRISIS: "the GGZ crisis service",
    Destination.OBSTETRIC_POST: "the obstetric post",
    Destination.DUTY_PHARMACY: "the duty pharmacy",
    Destination.WIJKVERPLEGING: "acute district nursing",
    Destination.OWN_GP: "the own GP, today",
    Destination.OWN_GP_NEXT_DAY: "the own GP, next working day",
    Destination.ADVICE: "advice",
    Destination.EMERGENCY: "112",
}
ROUTE_BASIS: Final = {
    RouteBasis.ROUTE: "as agreed",
    RouteBasis.LIFE_THREATENING: "life-threatening: now, before any agreement",
    RouteBasis.AS_REGISTERED: "no route fits: where he came in",
    RouteBasis.AS_REFERRED: "as the control room referred",
    RouteBasis.DESK: "who triages self-referrers",
    RouteBasis.REDIRECTED: "a professional chooses otherwise",
}
HOURS: Final = {HourKind.ANW: "out of hours", HourKind.OFFICE: "office hours"}


def tell(decision: Decision, zone: tzinfo) -> str:
    """One sentence: what was decided and why. Moments are in local time."""
    sentence = _SENTENCES[type(decision.data)](decision.data, Here(zone, decision.time))
    if isinstance(decision.data, decisions.PatientQueued) and decision.data.before:
        return f"{sentence} ({position(decision.data.before, now=decision.time)})"
    return sentence


def shortage(shortfall: decisions.Shortfall, zone: tzinfo) -> str:
    """Why one care type gave no place, and what would have."""
    return shortfalls.sentence(shortfall, shortfalls.ENGLISH, zone)


def position(before: Sequence[Before], *, now: datetime) -> str:
    """`number 3: 2 U2 before you, oldest 41 min`."""
    place = sum(each.count for each in before) + 1
    if place == 1:
        return "first: nobody before you"
    groups = [f"{each.count} {_class(each)}" for each in before]
    named = " and ".join(filter(None, (", ".join(groups[:-1]), groups[-1])))
    oldest = span((now - min(each.oldest_since for each in before)).total_seconds())
    return f"number {place}: {named} before you, oldest {oldest}"


def standing(queue: QueueBoard, index: int, *, now: datetime) -> str:
    """The same of the patient at this index of a board's list."""
    return position(words.before_of(queue, index), now=now)


def passed_over(excluded: Iterable[Exclusion]) -> str:
    """Reasons with how many units each: `3 full, 1 stop`; the most frequent first."""
    counts = Counter(item.code for item in excluded)
    return ", ".join(f"{count} {plain(reason)}" for reason, count in counts.most_common())


def _class(before: Before) -> str:
    if before.code is not None:
        return before.code
    return "not triaged" if before.rank == words.UNTRIAGED_RANK else f"of class {before.rank}"


# --- one sentence per decision --------------------------------------------------------------------------------------


def _in_force(data: decisions.AgreementsInForce, _here: Here) -> str:
    before = f", in place of {data.previous}" if data.previous else ""
    return f"Agreements {data.version} are in force{before}"


def _routed(data: ContactRouted, here: Here) -> str:
    at = f" {data.at}" if data.at and data.at != data.site else ""
    by = f" {data.route}" if data.route else ""
    path = f", care path {data.care_path}" if data.care_path else ""
    opens = f" ({data.from_at.astimezone(here.zone):%A %d %B %Y, %H:%M})" if data.from_at else ""
    why = f"{ROUTE_BASIS[data.basis]}{by}, {data.holiday or HOURS[data.hours]}"
    if (found := data.redirection) is not None:
        why = f"{plain(found.role)}: {plain(found.ground)}; agreed was {GOES_TO[found.agreed]}"
    return f"{data.case} to {GOES_TO[data.destination]}{at}{opens}{path} ({why})"


def _queued(data: decisions.PatientQueued, here: Here) -> str:
    as_what = f"as {urgency(data.urgency)}" if data.urgency else "for triage"
    by = f", norm {clock(data.due_at, here)}" if data.due_at else ""
    return f"{data.case} waits at {where(data)} {as_what}, position {data.position}{by}"


def _reassess(data: decisions.ReassessmentDue, here: Here) -> str:
    last = clock(data.assessed_at, here)
    return f"{data.case} at {where(data)} ({urgency(data.urgency)}) is to be assessed again: last at {last}"


def _immediate(data: decisions.PatientImmediate, _here: Here) -> str:
    return f"{data.case} at {where(data)} is {urgency(data.urgency)}: now, outside any order"


def _breached(data: decisions.NormBreached, here: Here) -> str:
    as_what, waited = urgency(data.urgency) if data.urgency else "triage", span(data.waited_seconds)
    return f"{data.case} at {where(data)} waits {waited}: the norm for {as_what} passed at {clock(data.due_at, here)}"


def _taken(data: decisions.PatientTaken, _here: Here) -> str:
    late = ", after the norm" if data.within_norm is False else ""
    return f"{data.case} at {where(data)} is taken after {span(data.waited_seconds)}{late}"


def _gone(data: decisions.PatientGone, _here: Here) -> str:
    if data.left_unseen:
        return f"{data.case} left {where(data)} without being seen, after {span(data.waited_seconds)}"
    return f"{data.case} waits no more at {where(data)} after {span(data.waited_seconds)} ({plain(data.outcome)})"


def _stale(data: decisions.FigureStale, here: Here) -> str:
    seen, valid = clock(data.observed_at, here), span(data.validity_minutes * 60)
    return f"The figure of {data.unit} is of {seen} and out of date (valid {valid}): unknown"


def _conflict(data: decisions.FigureConflict, _here: Here) -> str:
    return f"{data.unit} reports {data.free} free and has promised {data.promised}: offer no more"


def _status(data: decisions.UnitStatusChanged, here: Here) -> str:
    why = f" ({plain(data.reason)})" if data.reason else ""
    until = f" until {clock(data.until, here)}" if data.until else ""
    lapsed = ", since nobody prolonged it" if data.lapsed else ""
    return f"{data.unit} goes from {plain(data.previous)} to {plain(data.status)}{why}{until}{lapsed}"


def _offered(data: decisions.PlacementOffered, here: Here) -> str:
    basis = f"{data.basis.free} free, figure {span(data.basis.age_seconds)} old"
    others = f"; not: {passed_over(data.excluded)}" if data.excluded else ""
    return f"{data.request} offered to {data.unit} until {clock(data.answer_by, here)} ({basis}{others})"


def _offer_ended(data: decisions.OfferEnded, _here: Here) -> str:
    why = f" ({plain(data.reason)})" if data.reason else ""
    return f"{data.request}: {data.unit} {OFFER_END[data.end]}{why}"


def _accepted(data: decisions.PlacementAccepted, here: Here) -> str:
    return f"{data.request}: {data.unit} accepts, admission by {clock(data.admit_by, here)}"


def _released(data: decisions.PromiseReleased, _here: Here) -> str:
    return f"{data.request}: {data.unit} {OFFER_END[data.end]}, the place is free again"


def _exhausted(data: decisions.PlacementExhausted, here: Here) -> str:
    why = "; ".join(shortage(each, here.zone) for each in data.shortfalls) or passed_over(data.excluded)
    told = f" ({why})" if why else ""
    return f"{data.request}: nothing fits now{told}; again at {clock(data.review_at, here)}"


def _admitted(data: decisions.PlacementAdmitted, _here: Here) -> str:
    return f"{data.request}: admitted to {data.unit}, {span(data.to_place_seconds)} after the request"


def _reopened(data: decisions.PlacementReopened, _here: Here) -> str:
    return f"{data.request}: {data.unit} does not admit after all ({plain(data.reason)}), searching again"


def _overdue(data: decisions.AdmissionOverdue, here: Here) -> str:
    since = clock(data.overdue_since, here)
    return f"{data.request}: expected in {data.unit} since {since} and not reported, {data.owner} has to look"


def _cancelled(data: decisions.PlacementCancelled, _here: Here) -> str:
    return f"{data.request}: cancelled ({plain(data.reason)})"


def _labelled(data: decisions.LabelRecorded, _here: Here) -> str:
    return f"{data.request}: the stay in {data.unit} is {data.label}"


def _owner(data: decisions.OwnershipChanged, _here: Here) -> str:
    return f"{data.request}: regie from {data.previous} to {data.owner}"


def _overridden(data: decisions.OverrideRecorded, _here: Here) -> str:
    against = f", in spite of: {passed_over(data.against)}" if data.against else ""
    return f"{data.request}: a professional chooses {data.unit} ({plain(data.ground)}{against})"


def _refused(data: decisions.CommandRefused, _here: Here) -> str:
    return f"{data.subject}: {data.command} changes nothing ({plain(data.refusal)})"


def _destinations(data: decisions.DestinationsShown, here: Here) -> str:
    to = ", ".join(_option(each, here) for each in data.options[:3]) or "nowhere"
    passed = "".join(f"; not {each.site}: {plain(each.code)}" for each in data.passed[:2])
    return f"{data.ride} ({urgency(data.urgency)}) can go to {to}{passed}"


def _divert(data: decisions.DivertProposed, here: Here) -> str:
    until = f" until {clock(data.until, here)}" if data.until else ""
    to = ", ".join(each.site for each in data.options[:3])
    return f"Proposal: {data.ride} ({urgency(data.urgency)}) to {to}, because {data.site}: {plain(data.code)}{until}"


def _redirected(data: decisions.RideRedirected, _here: Here) -> str:
    return f"{data.ride} ({urgency(data.urgency)}) goes to {data.site}, no longer to {data.previous}"


def _offload_overdue(data: decisions.OffloadOverdue, here: Here) -> str:
    since = clock(data.arrived_at, here)
    return f"{data.ride} stands at {data.site} since {since}, hand-over takes longer than {data.norm_minutes} min"


def _offload_ended(data: decisions.OffloadEnded, _here: Here) -> str:
    late = "" if data.within_norm else ", after the norm"
    return f"{data.ride} at {data.site}: handed over after {span(data.offload_seconds)}{late}"


def _ride_lapsed(data: decisions.RideLapsed, here: Here) -> str:
    at = f" at {data.site}" if data.site else ""
    return f"{data.ride}{at} ({plain(data.phase)}): nothing heard since {clock(data.heard_at, here)}, lapses"


def _option(option: decisions.DestinationOption, here: Here) -> str:
    facts = [plain(each) for each in option.cautions]
    if option.eta is not None:
        facts.insert(0, clock(option.eta, here))
    return f"{option.site} ({', '.join(facts)})" if facts else option.site


def _round_opened(data: decisions.RoundOpened, here: Here) -> str:
    whom = ", ".join(data.care_types) or "every care type"
    why = f", because {data.request} has no place" if data.request else ""
    asked = f"1 place ({whom}) reports" if len(data.units) == 1 else f"{len(data.units)} places ({whom}) report"
    return f"Round {data.round}: {asked} by {clock(data.answer_by, here)}{why}"


def _round_reminded(data: decisions.RoundReminded, here: Here) -> str:
    return f"Round {data.round}: nothing yet of {some(data.outstanding)}, time until {clock(data.answer_by, here)}"


def _round_completed(data: decisions.RoundCompleted, _here: Here) -> str:
    places = "place" if data.asked == 1 else "places"
    return f"Round {data.round}: complete, {data.asked} {places} in {span(data.took_seconds)}"


def _round_closed(data: decisions.RoundClosed, _here: Here) -> str:
    told = f"{data.answered} of {data.asked} ({data.percent}%)"
    return f"Round {data.round}: {told}, nothing of {some(data.outstanding)}"


def _consult_opened(data: decisions.ConsultOpened, here: Here) -> str:
    by = clock(data.answer_by, here)
    return f"Meedenkadvies {data.consult} ({data.specialty}) asked of {data.owner}, answer by {by}"


def _consult_reminded(data: decisions.ConsultReminded, here: Here) -> str:
    return f"Meedenkadvies {data.consult}: {data.owner} reminded, answer by {clock(data.answer_by, here)}"


def _consult_escalated(data: decisions.ConsultEscalated, here: Here) -> str:
    again = "again " if data.owner == data.previous else ""
    by = clock(data.answer_by, here)
    return f"Meedenkadvies {data.consult}: no answer of {data.previous}, {again}to {data.owner}, by {by}"


def _consult_postponed(data: decisions.ConsultPostponed, here: Here) -> str:
    return f"Meedenkadvies {data.consult}: {data.owner} calls back, by {clock(data.answer_by, here)}"


def _consult_closed(data: decisions.ConsultClosed, _here: Here) -> str:
    if data.outcome is None:
        return f"Meedenkadvies {data.consult}: withdrawn after {span(data.waited_seconds)}"
    late = "" if data.within_term else ", after the term"
    return f"Meedenkadvies {data.consult}: {plain(data.outcome)} after {span(data.waited_seconds)}{late}"


_SENTENCES: Final[dict[type[Frozen], Callable[[Any, Here], str]]] = {
    decisions.AgreementsInForce: _in_force,
    ContactRouted: _routed,
    decisions.PatientQueued: _queued,
    decisions.PatientImmediate: _immediate,
    decisions.NormBreached: _breached,
    decisions.ReassessmentDue: _reassess,
    decisions.PatientTaken: _taken,
    decisions.PatientGone: _gone,
    **english_rooms.SENTENCES,
    **english_requests.SENTENCES,
    **english_transfers.SENTENCES,
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
