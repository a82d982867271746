"""Short ways to write messages, with defaults that a test need not mention.

A builder gives the data of one message; `Script` puts them in a log. Moments are aware datetimes. Ids are derived from
what is said: the same thing said twice has the same id, as a source that sends twice would give it.

    story = Script()
    story.says(capacity("elv-hoog-frankeland", 2, story.now))
    story.passes(minutes=5)
    story.says(request("r-1", (CareType.ELV_HOOG,), story.now))
    story.records
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from spoedplein.domain.log import Record
from spoedplein_schemas import (
    Decision,
    Event,
    ambulance,
    consult,
    decision_class,
    event_class,
    hap,
    home_care,
    kind_of,
    placement,
    seh,
)
from spoedplein_schemas import capacity as capacities
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted, ServicePoint, Site, Unit
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.vocabulary import (
    URGENCY_CODES,
    Actor,
    AgeBand,
    CareType,
    Frozen,
    Role,
    Sex,
    StopReason,
    Urgency,
    UrgencySystem,
    millis,
)

REGION: Final = "rijnmond"
SITE: Final = "schiedam"
SOURCE: Final = "urn:spoedplein-testing:script"
OWNER: Final = "zcc-rijnmond"
#: A Saturday evening, 20:00 in Schiedam: the HAP is open, most VVT beds admit nobody.
EVENING: Final = datetime(2026, 1, 10, 19, 0, tzinfo=UTC)

VERSIONS: Final = {
    UrgencySystem.NTS: "2024",
    UrgencySystem.MTS: "3.8",
    UrgencySystem.AMBULANCE: "2024",
    UrgencySystem.GGZ: "2017",
    UrgencySystem.ESI: "5",
    UrgencySystem.RETTS: "2020",
}


class Script:
    """A region's log in the making: offsets and times only go up."""

    def __init__(self, region: str = REGION, *, start: datetime = EVENING) -> None:
        self.region = region
        self.now = start
        self.records: list[Record] = []

    def passes(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0) -> datetime:
        """Time goes by; nothing is said."""
        self.now += timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return self.now

    def says(self, data: Frozen, *, source: str = SOURCE) -> Record:
        """One message reaches the log now."""
        return self.repeats(event(data, at=self.now, region=self.region, source=source))

    def repeats(self, said: Event) -> Record:
        """A message as it was sent before reaches the log now."""
        record = Record(len(self.records), millis(self.now), said)
        self.records.append(record)
        return record

    def adopts(self, agreements: Agreements) -> Record:
        return self.says(adopted(agreements, self.now))

    def ticks(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0) -> Record:
        """Time goes by, and the clock says so."""
        self.passes(seconds=seconds, minutes=minutes, hours=hours)
        return self.says(ClockTicked(ticked_at=self.now))


def event(data: Frozen, *, at: datetime, region: str = REGION, source: str = SOURCE) -> Event:
    """The message around `data`; its id follows from what is said, by whom, not from what is left to a default."""
    kind = kind_of(type(data))
    said = data.model_dump_json(exclude_defaults=True)
    digest = hashlib.sha256(f"{source} {kind.type} {said}".encode()).hexdigest()
    return event_class(type(data))(
        id=f"{kind.name}.{digest[:16]}", source=source, type=kind.type, time=at, region=region, data=data
    )


def decided(cause: Record, *outcomes: Frozen, agreements: str = "2026.1", first: int = 0) -> list[Decision]:
    """What a correct core would wrap around these outcomes of one log record."""
    region = cause.event.region
    return [
        decision_class(type(data))(
            id=f"{region}.{cause.offset}.{index}",
            source=f"urn:spoedplein-testing:core.{region}",
            type=kind_of(type(data)).type,
            time=datetime.fromtimestamp(cause.at / 1000, UTC),
            region=region,
            causationid=cause.event.id,
            agreements=agreements,
            data=data,
        )
        for index, data in enumerate(outcomes, start=first)
    ]


def urgency(code: str, system: UrgencySystem | None = None, **more: Any) -> Urgency:  # noqa: ANN401  pydantic checks
    """`urgency("U2")`, `urgency("orange")`; GGZ letters and the ambulance's lone B need their system named."""
    known = system or next(
        name
        for name in (
            UrgencySystem.NTS,
            UrgencySystem.MTS,
            UrgencySystem.AMBULANCE,
            UrgencySystem.GGZ,
            UrgencySystem.ESI,
        )
        if code in URGENCY_CODES[name]
    )
    return Urgency(system=known, version=VERSIONS[known], code=code, **more)


def actor(role: Role = Role.COORDINATOR, organisation: str = OWNER) -> Actor:
    return Actor(role=role, organisation=organisation)


# --- agreements ---------------------------------------------------------------------------------------------------


def unit(name: str, care_type: CareType, **more: Any) -> Unit:  # noqa: ANN401  pydantic checks
    """A unit that takes anybody at any hour, unless said otherwise. `windows` as in the region's TOML."""
    fields = {"id": name, "name": name, "organisation": f"huis-{name}", "care_type": care_type}
    return Unit.model_validate(fields | more)


def site(name: str = SITE, *services: ServicePoint) -> Site:
    both = (ServicePoint(care_type=CareType.HAP), ServicePoint(care_type=CareType.SEH))
    return Site(id=name, name=name, organisation=f"ziekenhuis-{name}", services=services or both)


def agreements(*units: Unit, sites: Sequence[Site] = (), version: str = "2026.1", **more: Any) -> Agreements:  # noqa: ANN401
    """Agreements with these units, one site with a HAP and a SEH, and the default norms."""
    fields = {"region": REGION, "version": version, "title": "Afspraken voor een test", "owner": OWNER}
    return Agreements.model_validate(fields | {"sites": tuple(sites) or (site(),), "units": units} | more)


def adopted(text: Agreements, at: datetime, *, older: bool = False) -> AgreementsAdopted:
    digest = hashlib.sha256(text.model_dump_json(exclude_none=True, by_alias=True).encode()).hexdigest()
    return AgreementsAdopted(
        agreements=text, sha256=digest, adopted_at=at, by=actor(organisation=text.owner), older=older
    )


# --- hap ----------------------------------------------------------------------------------------------------------


def queue(case: str, code: str, at: datetime, *, at_site: str = SITE) -> tuple[Frozen, Frozen]:
    """Somebody registered at the HAP and was triaged at once."""
    return registered(case, at, at_site=at_site), triaged(case, code, at, at_site=at_site)


def registered(case: str, at: datetime, *, at_site: str = SITE) -> hap.ContactRegistered:
    return hap.ContactRegistered(contact=case, site=at_site, mode=hap.ArrivalMode.PHONE, registered_at=at)


def triaged(case: str, code: str, at: datetime, *, at_site: str = SITE) -> hap.ContactTriaged:
    return hap.ContactTriaged(contact=case, site=at_site, urgency=urgency(code), triaged_at=at)


def retriaged(case: str, code: str, at: datetime, *, at_site: str = SITE) -> hap.ContactRetriaged:
    return hap.ContactRetriaged(contact=case, site=at_site, urgency=urgency(code), retriaged_at=at)


def called(case: str, at: datetime, *, at_site: str = SITE) -> hap.ContactCalled:
    return hap.ContactCalled(contact=case, site=at_site, called_at=at)


def closed(
    case: str, at: datetime, outcome: hap.ContactOutcome = hap.ContactOutcome.TREATED, *, at_site: str = SITE
) -> hap.ContactClosed:
    return hap.ContactClosed(contact=case, site=at_site, outcome=outcome, closed_at=at)


# --- seh ----------------------------------------------------------------------------------------------------------


def arrived(case: str, at: datetime, *, at_site: str = SITE, ride: str | None = None) -> seh.PatientArrived:
    mode = hap.ArrivalMode.REFERRED if ride is None else hap.ArrivalMode.AMBULANCE
    return seh.PatientArrived(visit=case, site=at_site, mode=mode, arrived_at=at, ride=ride)


def seh_triaged(case: str, code: str, at: datetime, *, at_site: str = SITE) -> seh.PatientTriaged:
    return seh.PatientTriaged(visit=case, site=at_site, urgency=urgency(code), triaged_at=at)


def seh_retriaged(case: str, code: str, at: datetime, *, at_site: str = SITE) -> seh.PatientRetriaged:
    return seh.PatientRetriaged(visit=case, site=at_site, urgency=urgency(code), retriaged_at=at)


def treated(case: str, at: datetime, *, at_site: str = SITE) -> seh.TreatmentStarted:
    return seh.TreatmentStarted(visit=case, site=at_site, started_at=at)


def left(
    case: str, at: datetime, departure: seh.Departure = seh.Departure.HOME, *, at_site: str = SITE
) -> seh.PatientLeft:
    return seh.PatientLeft(visit=case, site=at_site, departure=departure, left_at=at)


# --- ambulance ----------------------------------------------------------------------------------------------------


def announced(
    ride: str, code: str, at: datetime, *, at_site: str = SITE, minutes: int = 12
) -> ambulance.TransportAnnounced:
    """A patient comes to the site, `minutes` from now."""
    assigned = urgency(code, UrgencySystem.AMBULANCE)
    eta = at + timedelta(minutes=minutes)
    return ambulance.TransportAnnounced(ride=ride, site=at_site, urgency=assigned, eta=eta, announced_at=at)


# --- capacity -----------------------------------------------------------------------------------------------------


def capacity(
    name: str,
    free: int,
    at: datetime,
    *,
    staffed: int | None = None,
    includes: Sequence[str] = (),
    answers: str | None = None,
) -> capacities.CapacityReported:
    """`staffed` is ten, or `free` if that is more."""
    return capacities.CapacityReported(
        unit=name,
        staffed=max(free, 10) if staffed is None else staffed,
        free=free,
        observed_at=at,
        includes=tuple(includes),
        answers=answers,
    )


def opened(name: str, at: datetime) -> capacities.UnitOpened:
    return capacities.UnitOpened(unit=name, observed_at=at)


def unit_closed(name: str, at: datetime, *, until: datetime | None = None) -> capacities.UnitClosed:
    return capacities.UnitClosed(unit=name, observed_at=at, reason=StopReason.STAFF, expected_end=until)


def warning(name: str, at: datetime) -> capacities.WarningAnnounced:
    return capacities.WarningAnnounced(unit=name, reason=StopReason.CROWDING, observed_at=at)


def stop(name: str, at: datetime, *, until: datetime | None = None) -> capacities.StopAnnounced:
    return capacities.StopAnnounced(unit=name, reason=StopReason.FULL, observed_at=at, expected_end=until)


def lifted(name: str, at: datetime) -> capacities.StopLifted:
    return capacities.StopLifted(unit=name, observed_at=at)


# --- placement ----------------------------------------------------------------------------------------------------


def profile(*care_types: CareType, code: str = "U3", **more: Any) -> placement.Profile:  # noqa: ANN401
    """A woman over 80, U3, who comes of her own will."""
    fields = {"care_types": care_types, "urgency": urgency(code), "age_band": AgeBand.OLD, "sex": Sex.FEMALE}
    return placement.Profile.model_validate(fields | more)


def request(
    name: str,
    asked: Sequence[CareType] | placement.Profile,
    at: datetime,
    *,
    owner: str = OWNER,
    **more: Any,  # noqa: ANN401
) -> placement.PlacementRequested:
    """`asked` is a profile, or the care types of the default one; `more` goes into that profile."""
    wanted = asked if isinstance(asked, placement.Profile) else profile(*asked, **more)
    return placement.PlacementRequested(
        request=name, case=f"c-{name}", requester="huisarts-nieuwland", owner=owner, profile=wanted, requested_at=at
    )


def accepted(name: str, offer: str, at: datetime) -> placement.OfferAccepted:
    return placement.OfferAccepted(request=name, offer=offer, accepted_at=at, by=actor(Role.PROVIDER, "aanbieder"))


def declined(
    name: str, offer: str, at: datetime, reason: placement.DeclineReason = placement.DeclineReason.FULL
) -> placement.OfferDeclined:
    provider = actor(Role.PROVIDER, "aanbieder")
    return placement.OfferDeclined(request=name, offer=offer, reason=reason, declined_at=at, by=provider)


def admitted(name: str, at_unit: str, at: datetime) -> placement.PatientAdmitted:
    return placement.PatientAdmitted(request=name, unit=at_unit, admitted_at=at)


def late_rejected(
    name: str, at_unit: str, at: datetime, reason: placement.DeclineReason = placement.DeclineReason.STAFF
) -> placement.LateRejected:
    provider = actor(Role.PROVIDER, "aanbieder")
    return placement.LateRejected(request=name, unit=at_unit, reason=reason, rejected_at=at, by=provider)


def cancelled(
    name: str, at: datetime, reason: placement.CancelReason = placement.CancelReason.NO_LONGER_NEEDED
) -> placement.RequestCancelled:
    return placement.RequestCancelled(request=name, reason=reason, cancelled_at=at, by=actor())


def overridden(
    name: str, at_unit: str, at: datetime, ground: placement.OverrideGround = placement.OverrideGround.BY_TELEPHONE
) -> placement.PlacementOverridden:
    return placement.PlacementOverridden(request=name, unit=at_unit, ground=ground, overridden_at=at, by=actor())


def handed_over(name: str, to_owner: str, at: datetime, *, from_owner: str = OWNER) -> placement.OwnershipHandedOver:
    return placement.OwnershipHandedOver(
        request=name, from_owner=from_owner, to_owner=to_owner, handed_over_at=at, by=actor()
    )


def labelled(name: str, at_unit: str, label: CareType, at: datetime) -> placement.LabelDecided:
    return placement.LabelDecided(request=name, unit=at_unit, label=label, decided_at=at, by=actor(Role.SPECIALIST))


def visit_ended(
    name: str, at_unit: str, outcome: home_care.VisitOutcome, at: datetime, *, care_path: str | None = None
) -> home_care.VisitEnded:
    return home_care.VisitEnded(
        request=name, unit=at_unit, ended_at=at, outcome=outcome, care_path=care_path, by=actor(Role.NURSE)
    )


# --- consult ------------------------------------------------------------------------------------------------------


def consult_asked(name: str, case: str, at: datetime, *, minutes: int = 15) -> consult.ConsultAsked:
    answer_by = at + timedelta(minutes=minutes)
    return consult.ConsultAsked(
        consult=name, case=case, specialty="geriatrie", asked_at=at, by=actor(), answer_by=answer_by
    )
