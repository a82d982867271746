"""What is said in a step of a script, as messages of the contract.

A script leaves out what follows from the story: at which service a patient waits, which offer somebody answers, who
holds the regie. `Memory` keeps that, from what was said and decided before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from spoedplein.testing import builders as say
from spoedplein.wording.words import COLOUR_CODES
from spoedplein_schemas import (
    EVENTS,
    Decision,
    ambulance,
    capacity,
    crowding,
    decisions,
    hap,
    placement,
    rooms,
    seh,
    transfer,
)
from spoedplein_schemas import scenario as script
from spoedplein_schemas.scenario import Dienst, Scripted, Step
from spoedplein_schemas.vocabulary import (
    Actor,
    CareType,
    Frozen,
    Instant,
    LegalTitle,
    Property,
    Role,
    Sex,
    StopReason,
    Urgency,
    UrgencySystem,
)

_COLOURS: Final = {dutch: code for code, dutch in COLOUR_CODES.items()}


class CannotBeSaidError(ValueError):
    """The story so far leaves it open what is meant; `path` is the place within the step."""

    path: tuple[str | int, ...] = ()


@dataclass(slots=True)
class Memory:
    """What the story has told so far. Moments are local."""

    owner: str
    at: datetime
    patients: dict[str, script.Binnenkomst] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    offers: dict[str, dict[str, str]] = field(default_factory=dict)
    promised: dict[str, str] = field(default_factory=dict)
    asked: dict[str, tuple[str, str]] = field(default_factory=dict)
    proposals: dict[str, str] = field(default_factory=dict)

    def heard(self, decision: Decision) -> None:
        """Keeps what later steps lean on."""
        decided: Frozen = decision.data
        match decided:
            case crowding.ProposalMade():
                self.proposals[decided.kind.name] = decision.id
            case decisions.PlacementOffered():
                self.offers.setdefault(decided.request, {})[decided.unit] = decided.offer
            case decisions.OfferEnded():
                self.offers.get(decided.request, {}).pop(decided.unit, None)
            case decisions.PlacementAccepted() | decisions.OverrideRecorded():
                self.promised[decided.request] = decided.unit
            case transfer.TransferAsked():
                self.asked[decided.request] = (decided.transfer, decided.to_region)
            case decisions.OwnershipChanged():
                self.owners[decided.request] = decided.owner
            case _:
                pass

    def next(self, clock: time | None) -> datetime | None:
        """The first such time from now on."""
        if clock is None:
            return None
        found = self.at.replace(hour=clock.hour, minute=clock.minute)
        return found if found >= self.at else found + timedelta(days=1)

    def last(self, clock: time | None) -> datetime:
        """The last such time until now; now, when it is left out."""
        if clock is None:
            return self.at
        found = self.at.replace(hour=clock.hour, minute=clock.minute)
        return found if found <= self.at else found - timedelta(days=1)

    def patient(self, name: str) -> script.Binnenkomst:
        if name not in self.patients:
            msg = f"{name} did not come in; say so in an earlier step with komt"
            raise CannotBeSaidError(msg)
        return self.patients[name]

    def site(self, ride: str) -> str:
        if ride not in self.sites:
            msg = f"{ride} was not announced; say so in an earlier step with kondigt-aan"
            raise CannotBeSaidError(msg)
        return self.sites[ride]

    def offer(self, about: script.OverAanvraag) -> str:
        """The standing offer that is answered: the newest, or that of the unit named."""
        standing = self.offers.get(about.aanvraag, {})
        unit = about.plek or next(reversed(standing), None)
        if unit not in standing:
            msg = f"no place is on offer to {about.aanvraag}{f' from {unit}' if unit else ''} at this moment"
            raise CannotBeSaidError(msg)
        return standing[unit]

    def place(self, about: script.OverAanvraag) -> str:
        unit = about.plek or self.promised.get(about.aanvraag)
        if unit is None:
            msg = f"no place was promised to {about.aanvraag}; name it with plek"
            raise CannotBeSaidError(msg)
        return unit

    def proposal(self, kind: script.Voorstel) -> str:
        """The newest of its kind."""
        if kind.name not in self.proposals:
            msg = f"{kind} was not proposed until this moment"
            raise CannotBeSaidError(msg)
        return self.proposals[kind.name]

    def coordinator(self, role: Role = Role.COORDINATOR) -> Actor:
        return Actor(role=role, organisation=self.owner)


def sayings(step: Step, memory: Memory) -> Iterator[Frozen]:
    """Every message of a step, in the order of the keys in `Step`. Raises `CannotBeSaidError` with the place in it."""
    for name, build in _BUILD.items():
        for index, said in enumerate(getattr(step, name)):
            try:
                built = build(said, memory)
            except CannotBeSaidError as error:
                error.path = (name.replace("_", "-"), index)
                raise
            yield from built if isinstance(built, list) else [built]


def urgency(words: str) -> Urgency:
    """`U2`, `oranje`, `ggz B`: a code, after its system where the letter alone would not do."""
    try:
        *system, code = words.split()
        known = _COLOURS.get(code, code)
        return say.urgency(known, UrgencySystem(system[0].lower()) if system else None)
    except (StopIteration, ValueError) as error:
        msg = f'"{words}" is no urgency; write such as U3, oranje, "ggz B" or "ambulance A1"'
        raise CannotBeSaidError(msg) from error


# --- places --------------------------------------------------------------------------------------------------------


def _report(said: script.Telling, memory: Memory) -> Frozen:
    return say.capacity(said.plek, said.vrij, memory.last(said.geteld), staffed=said.van, includes=said.met)


def _status(kind: type[Frozen]) -> Callable[[Any, Memory], Frozen]:
    def build(said: script.PlekStatus, memory: Memory) -> Frozen:
        reason, end = StopReason[said.reden.name], memory.next(said.tot)
        return kind.model_validate({"unit": said.plek, "reason": reason, "observed_at": memory.at, "expected_end": end})

    return build


# --- HAP and SEH ---------------------------------------------------------------------------------------------------


def _arrival(said: script.Binnenkomst, memory: Memory) -> Frozen:
    memory.patients[said.patient] = said
    mode = hap.ArrivalMode[said.hoe.name]
    if said.bij is Dienst.HAP:
        return hap.ContactRegistered(
            contact=said.patient,
            site=said.waar,
            mode=mode,
            registered_at=memory.at,
            age_band=said.leeftijd,
            visit=said.eerder,
        )
    return seh.PatientArrived(
        visit=said.patient,
        site=said.waar,
        mode=mode,
        arrived_at=memory.at,
        ride=said.rit,
        age_band=said.leeftijd,
        contact=said.eerder,
    )


def _triage(said: script.Triage, memory: Memory) -> Frozen:
    came, code = memory.patient(said.patient), urgency(said.urgentie)
    if came.bij is Dienst.HAP:
        return hap.ContactTriaged(
            contact=said.patient, site=came.waar, urgency=code, triaged_at=memory.at, complaint=said.klacht
        )
    return seh.PatientTriaged(
        visit=said.patient, site=came.waar, urgency=code, triaged_at=memory.at, complaint=said.klacht
    )


def _retriage(said: script.Triage, memory: Memory) -> Frozen:
    came, code = memory.patient(said.patient), urgency(said.urgentie)
    if came.bij is Dienst.HAP:
        return hap.ContactRetriaged(contact=said.patient, site=came.waar, urgency=code, retriaged_at=memory.at)
    return seh.PatientRetriaged(visit=said.patient, site=came.waar, urgency=code, retriaged_at=memory.at)


def _turn(said: script.Patient, memory: Memory) -> Frozen:
    came = memory.patient(said.patient)
    if came.bij is Dienst.HAP:
        return hap.ContactCalled(contact=said.patient, site=came.waar, called_at=memory.at)
    return seh.TreatmentStarted(visit=said.patient, site=came.waar, started_at=memory.at)


def _departure(said: script.Einde, memory: Memory) -> Frozen:
    came = memory.patient(said.patient)
    words: type[script.Afloop | script.Vertrek] = script.Afloop if came.bij is Dienst.HAP else script.Vertrek
    try:
        end = words(said.afloop.value).name
    except ValueError as error:
        msg = f'at the {came.bij.upper()} a stay ends in one of {", ".join(words)}; not "{said.afloop.value}"'
        raise CannotBeSaidError(msg) from error
    if came.bij is Dienst.HAP:
        outcome = hap.ContactOutcome[end]
        return hap.ContactClosed(contact=said.patient, site=came.waar, outcome=outcome, closed_at=memory.at)
    return seh.PatientLeft(visit=said.patient, site=came.waar, departure=seh.Departure[end], left_at=memory.at)


def _ride(said: script.Rit, memory: Memory) -> Frozen:
    memory.sites[said.rit] = said.naar
    eta = memory.next(said.aankomst)
    return ambulance.TransportAnnounced.model_validate(
        {
            "ride": said.rit,
            "site": said.naar,
            "urgency": urgency(said.urgentie),
            "eta": eta,
            "announced_at": memory.at,
        }
    )


def _ride_arrived(said: script.RitId, memory: Memory) -> Frozen:
    return ambulance.AmbulanceArrived(ride=said.rit, site=memory.site(said.rit), arrived_at=memory.at)


def _handed_to_site(said: script.RitId, memory: Memory) -> Frozen:
    return ambulance.PatientHandedOver(ride=said.rit, site=memory.site(said.rit), handed_over_at=memory.at)


def _clean(said: script.Kamers, memory: Memory) -> list[Frozen]:
    return [rooms.RoomCleaned(site=said.waar, room=room, cleaned_at=memory.at) for room in said.kamers]


def _into_room(said: script.InKamer, memory: Memory) -> Frozen:
    came = memory.patient(said.patient)
    return rooms.RoomAssigned(
        site=came.waar, room=said.kamer, service=CareType(came.bij), case=said.patient, assigned_at=memory.at
    )


def _out_of_room(said: script.InKamer, memory: Memory) -> Frozen:
    came = memory.patient(said.patient)
    return rooms.RoomReleased(
        site=came.waar, room=said.kamer, service=CareType(came.bij), case=said.patient, released_at=memory.at
    )


# --- placement -----------------------------------------------------------------------------------------------------


def _request(said: script.Aanvraag, memory: Memory) -> Frozen:
    memory.owners[said.aanvraag] = memory.owner
    profile = placement.Profile(
        care_types=said.zorg,
        urgency=urgency(said.urgentie),
        age_band=said.leeftijd,
        legal_title=LegalTitle[said.titel.name],
        wlz_indication=said.wlz_indicatie,
        sex=Sex[said.geslacht.name] if said.geslacht else None,
        needs=tuple(Property[need.name] for need in said.nodig),
        needed_by=memory.next(said.uiterlijk),
        area=said.gebied,
    )
    return placement.PlacementRequested(
        request=said.aanvraag,
        case=f"c-{said.aanvraag}",
        requester=said.door,
        owner=memory.owner,
        profile=profile,
        requested_at=memory.at,
        origin=said.vanaf,
        preferred=said.voorkeur,
        requester_role=Role[said.rol.name] if said.rol else None,
    )


def _accepted(said: script.OverAanvraag, memory: Memory) -> Frozen:
    return say.accepted(said.aanvraag, memory.offer(said), memory.at)


def _declined(said: script.Nee, memory: Memory) -> Frozen:
    reason = placement.DeclineReason[said.reden.name]
    return say.declined(said.aanvraag, memory.offer(said), memory.at, reason)


def _late_rejected(said: script.Nee, memory: Memory) -> Frozen:
    reason = placement.DeclineReason[said.reden.name]
    return say.late_rejected(said.aanvraag, memory.place(said), memory.at, reason)


def _cancelled(said: script.Ingetrokken, memory: Memory) -> Frozen:
    reason = placement.CancelReason[said.reden.name]
    return placement.RequestCancelled(
        request=said.aanvraag, reason=reason, cancelled_at=memory.at, by=memory.coordinator()
    )


def _labelled(said: script.Label, memory: Memory) -> Frozen:
    return say.labelled(said.aanvraag, memory.place(said), said.label, memory.at)


def _handed_over(said: script.Overdracht, memory: Memory) -> Frozen:
    before = memory.owners.get(said.aanvraag, memory.owner)
    return placement.OwnershipHandedOver(
        request=said.aanvraag,
        from_owner=before,
        to_owner=said.aan,
        handed_over_at=memory.at,
        by=memory.coordinator(),
    )


def _overridden(said: script.EigenKeuze, memory: Memory) -> Frozen:
    return placement.PlacementOverridden(
        request=said.aanvraag,
        unit=said.plek,
        ground=placement.OverrideGround[said.grond.name],
        overridden_at=memory.at,
        by=memory.coordinator(Role[said.rol.name]),
    )


def _neighbour(said: script.Buurantwoord, memory: Memory) -> Frozen:
    if said.aanvraag not in memory.asked:
        msg = f"no neighbour was asked for {said.aanvraag} at this moment"
        raise CannotBeSaidError(msg)
    name, region = memory.asked[said.aanvraag]
    outcome = placement.TransferOutcome[said.antwoord.name]
    no = outcome is placement.TransferOutcome.NONE
    return placement.TransferAnswered(
        request=name,
        by_region=region,
        answered_at=memory.at,
        outcome=outcome,
        unit=said.plek,
        reason=placement.TransferReason.NOTHING_FITS if no else None,
    )


def _confirmed(said: script.Instemming, memory: Memory) -> Frozen:
    by = memory.coordinator(Role[said.rol.name])
    return crowding.ProposalConfirmed(proposal=memory.proposal(said.voorstel), confirmed_at=memory.at, by=by)


def _rejected(said: script.Verwerping, memory: Memory) -> Frozen:
    return crowding.ProposalRejected(
        proposal=memory.proposal(said.voorstel),
        rejected_at=memory.at,
        by=memory.coordinator(Role[said.rol.name]),
        ground=crowding.RejectionGround[said.reden.name],
    )


# --- anything else -------------------------------------------------------------------------------------------------

_MOMENT: Final = TypeAdapter(Instant)


def _any(said: script.Bericht, memory: Memory) -> Frozen:
    """The fields as the contract has them; a moment may be a clock time, and is now when it is missing."""
    kind = next((kind for kind in EVENTS if kind.name == said.soort), None)
    if kind is None:
        msg = f'there is no message "{said.soort}"; there are {", ".join(kind.name for kind in EVENTS)}'
        raise CannotBeSaidError(msg)
    given = dict(said.inhoud)
    for name, about in kind.data.model_fields.items():
        if about.annotation in (Instant, Instant | None):
            _set_moment(given, name, memory, required=about.is_required())
        elif name == "urgency" and isinstance(given.get(name), str):
            given[name] = urgency(given[name])
        elif name == "by" and about.is_required():
            given.setdefault(name, memory.coordinator())
    try:
        return kind.data.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        msg = f"{said.soort}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise CannotBeSaidError(msg) from error


def _set_moment(given: dict[str, Any], name: str, memory: Memory, *, required: bool) -> None:
    if isinstance(given.get(name), str) and ":" in given[name] and len(given[name]) == len("20:00"):
        given[name] = memory.next(_clock(given[name]))
    elif required:
        given.setdefault(name, memory.at)


def _clock(words: str) -> time:
    try:
        return time.fromisoformat(words)
    except ValueError as error:
        msg = f'"{words}" is no time of day; write such as 20:00'
        raise CannotBeSaidError(msg) from error


#: By field of `Step`; a test compares.
_BUILD: Final[dict[str, Callable[[Any, Memory], Frozen | list[Frozen]]]] = {
    "meldt": _report,
    "opent": lambda said, memory: say.opened(said.plek, memory.at),
    "sluit": _status(capacity.UnitClosed),
    "waarschuwt": _status(capacity.WarningAnnounced),
    "stopt": _status(capacity.StopAnnounced),
    "heft_stop_op": lambda said, memory: say.lifted(said.plek, memory.at),
    "kondigt_aan": _ride,
    "rijdt_voor": _ride_arrived,
    "geeft_over": _handed_to_site,
    "kamers_schoon": _clean,
    "komt": _arrival,
    "triage": _triage,
    "hertriage": _retriage,
    "naar_kamer": _into_room,
    "aan_de_beurt": _turn,
    "uit_kamer": _out_of_room,
    "vertrekt": _departure,
    "vraagt": _request,
    "zegt_toe": _accepted,
    "wijst_af": _declined,
    "neemt_terug": _late_rejected,
    "neemt_op": lambda said, memory: say.admitted(said.aanvraag, memory.place(said), memory.at),
    "trekt_in": _cancelled,
    "geeft_label": _labelled,
    "draagt_over": _handed_over,
    "kiest_zelf": _overridden,
    "stemt_in": _confirmed,
    "verwerpt": _rejected,
    "buurregio": _neighbour,
    "bericht": _any,
}


def fields_said(said: Scripted) -> str:
    """`plek elv-hoog-frankeland, vrij 2, van 10`: what was written, defaults left out."""
    given = said.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name} {_words(value)}" for name, value in given.items())


def verbs() -> tuple[str, ...]:
    """Fields of `Step` that say something to the system."""
    return tuple(_BUILD)


def _words(value: object) -> str:
    match value:
        case bool():
            return "ja" if value else "nee"
        case list():
            return " + ".join(str(each) for each in value)
        case dict():
            return "; ".join(f"{name} {_words(each)}" for name, each in value.items())
        case str() if len(value) == len("20:00:00") and value.count(":") == 2:
            return value[:5]
    return str(value)
