"""What is well written in a region's agreements and yet deserves a look, before somebody finds out at night.

A warning is no fault: a region may mean it so, and says so under [[accepted]] with the reason. Then it is told with
that reason; an acceptance of something that is not there is a warning of its own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from spoedplein.domain.agreements import Rules
from spoedplein.domain.checklist import checklist
from spoedplein.domain.eligibility import opens_at
from spoedplein_schemas.agreements import DEFAULT_RANKS, Agreements, QueuePolicy, Unit
from spoedplein_schemas.checklist import AcceptedWarning, Review
from spoedplein_schemas.hours import OpenHours
from spoedplein_schemas.vocabulary import CareType, LegalTitle, Registration, millis

#: A week of nights: three in the morning, local time, is when nobody has planned to be awake.
NIGHT_HOUR: Final = 3
VALIDITY_MINUTES_MAX: Final = 24 * 60
#: HAP and SEH are queues; a place there is found by walking in.
PLACES: Final = tuple(care_type for care_type in CareType if care_type not in (CareType.HAP, CareType.SEH))
#: Stays that another region can give. Care at home, assessment, a municipality's bed and a hospital's own are local.
EXCHANGED: Final = (
    *(CareType.ELV_LAAG, CareType.ELV_HOOG, CareType.ELV_PALLIATIEF, CareType.GRZ, CareType.GGZ_OPEN),
    *(CareType.GGZ_HIC, CareType.WLZ_CRISIS_VV, CareType.WLZ_CRISIS_GZ, CareType.RESPIJT),
)
#: Which registration a compulsory title needs (Wzd and Wvggz; CIZ factsheet, domain table of titles).
_TITLES: Final = (
    ("wzd", Registration.WZD, LegalTitle.WZD_IBS),
    ("wvggz", Registration.WVGGZ, LegalTitle.WVGGZ_CM),
)

Path = tuple[str | int, ...]


class Warned(NamedTuple):
    """`about` names the thing within its code; `path` is where it stands; `accepted` is the region's reason."""

    code: Review
    about: str
    message: str
    path: Path = ()
    accepted: str | None = None


def review(agreed: Agreements, *, today: date) -> list[Warned]:
    """Every warning, in a fixed order; `today` is for what expires."""
    reasons = {(each.warning, each.about): each.reason for each in agreed.accepted}
    rules = Rules(agreed)
    found = [
        *_places(agreed, rules, today),
        *_neighbours(agreed),
        *_urgencies(agreed),
        *_sites(agreed),
        *_documents(agreed, today),
    ]
    known = {(each.code, each.about) for each in found}
    return [
        *(each._replace(accepted=reasons.get((each.code, each.about))) for each in found),
        *(
            _in_vain(index, each)
            for index, each in enumerate(agreed.accepted)
            if (each.warning, each.about) not in known
        ),
    ]


def _places(agreed: Agreements, rules: Rules, today: date) -> Iterator[Warned]:
    nights = _nights(today, rules)
    for care_type in PLACES:
        units = rules.units_of(care_type)
        if not units:
            yield Warned(Review.ABSENT, care_type, f"no unit of {care_type}: such a request ends without a place")
        elif not all(any(_open(unit, rules, night) for unit in units) for night in nights):
            yield _night_gap(agreed, care_type, units)
    for law, registration, title in _TITLES:
        holders = [unit for unit in rules.units.values() if unit.registration in (registration, Registration.BOTH)]
        if not all(any(_open(unit, rules, night) for unit in holders) for night in nights):
            message = f"no unit registered under the {law} admits in every night: {title} has nowhere to go then"
            yield Warned(Review.LEGAL_GAP, law, message)
    for index, unit in enumerate(agreed.units):
        if rules.place_of(unit) is None:
            message = f"{unit.id} lies nowhere: its distance counts as none; give it a place or a site that has one"
            yield Warned(Review.NO_PLACE, unit.id, message, ("units", index))
        if rules.validity_minutes(unit) > VALIDITY_MINUTES_MAX:
            hours = rules.validity_minutes(unit) // 60
            message = f"a figure of {unit.id} counts for {hours} hours: it is offered long after anybody looked"
            yield Warned(Review.LONG_VALIDITY, unit.id, message, ("units", index, "validity_minutes"))


def _neighbours(agreed: Agreements) -> Iterator[Warned]:
    asked = {care_type for neighbour in agreed.neighbours for care_type in neighbour.asks}
    for care_type in EXCHANGED:
        if care_type not in asked:
            message = f"no neighbour is asked for {care_type}: when nothing fits here, nobody else is asked"
            yield Warned(Review.NO_NEIGHBOUR, care_type, message)


def _night_gap(agreed: Agreements, care_type: CareType, units: list[Unit]) -> Warned:
    first = next(index for index, unit in enumerate(agreed.units) if unit.care_type is care_type)
    names = ", ".join(unit.id for unit in units)
    message = f"no unit of {care_type} admits at {NIGHT_HOUR:02d}:00 in every night of the week ({names})"
    return Warned(Review.NIGHT_GAP, care_type, message, ("units", first, "windows"))


def _nights(today: date, rules: Rules) -> list[int]:
    first = datetime(today.year, today.month, today.day, NIGHT_HOUR, tzinfo=rules.zone)
    return [millis((first + timedelta(days=day)).astimezone(UTC)) for day in range(7)]


def _open(unit: Unit, rules: Rules, at_ms: int) -> bool:
    return opens_at(unit, rules=rules, now=at_ms) == at_ms


def _urgencies(agreed: Agreements) -> Iterator[Warned]:
    usual = {(rank.system, rank.code): rank for rank in DEFAULT_RANKS}
    for index, rank in enumerate(agreed.ranks):
        name, default = f"{rank.system} {rank.code}", usual.get((rank.system, rank.code))
        if default is None:
            continue
        if default.life_threatening and not rank.life_threatening:
            message = f"{name} is life-threatening by its system and not here: it waits in the queue"
            yield Warned(Review.NOT_LIFE_THREATENING, name, message, ("ranks", index, "life_threatening"))
        if default.norm_minutes is not None and (rank.norm_minutes or VALIDITY_MINUTES_MAX * 90) > default.norm_minutes:
            here = f"{rank.norm_minutes} min" if rank.norm_minutes else "none"
            message = f"the norm of {name} is {here}, looser than the usual {default.norm_minutes} min"
            yield Warned(Review.LOOSER_NORM, name, message, ("ranks", index, "norm_minutes"))


def _sites(agreed: Agreements) -> Iterator[Warned]:
    for index, site in enumerate(agreed.sites):
        if not site.services:
            yield Warned(Review.NO_SERVICES, site.id, f"{site.id} has no queue behind its door", ("sites", index))
        for number, service in enumerate(site.services):
            path = ("sites", index, "services", number)
            name = f"{site.id} {service.care_type}"
            if service.policy is QueuePolicy.ACCUMULATING and not any(service.rates):
                message = f"the queue {name} accumulates at no rate: nobody gains by waiting"
                yield Warned(Review.NO_RATES, name, message, (*path, "rates"))
            always = service.hours is OpenHours.ALWAYS and not service.windows
            if service.care_type is CareType.HAP and always:
                message = f"the HAP of {site.id} has no hours, so it is open in office hours too"
                yield Warned(Review.NO_HOURS, name, message, path)


def _documents(agreed: Agreements, today: date) -> Iterator[Warned]:
    for standing in checklist(agreed, today=today):
        if standing.expired is not None:
            theme = standing.point.theme
            index = next(index for index, each in enumerate(agreed.themes) if each.theme is theme)
            message = f"{standing.expired} was to be looked at again by now"
            yield Warned(Review.DOCUMENT_EXPIRED, theme, message, ("themes", index, "review_by"))


def _in_vain(index: int, accepted: AcceptedWarning) -> Warned:
    about = f"{accepted.warning} {accepted.about}"
    return Warned(
        Review.ACCEPTED_IN_VAIN, about, f"{about} is accepted and is not so; take it out", ("accepted", index)
    )
