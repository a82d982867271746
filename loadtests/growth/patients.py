"""Patients who wait at the HAPs of a region, as a snapshot has them, all over the last hour and over four urgencies.

They wait at twelve HAPs in turn: a position above 100,000 is told as 100,000, and would tell nothing of growth.
"""

from collections.abc import Iterator
from typing import Final

from loadtests.growth.rivals import RATES
from spoedplein.domain.patient import Assigned, Patient
from spoedplein.domain.queue import key_of
from spoedplein.testing.builders import EVENING, agreements, site, urgency
from spoedplein_schemas.agreements import Agreements, QueuePolicy, ServicePoint, Unit
from spoedplein_schemas.vocabulary import CareType, Entrance, Urgency, millis

START: Final = millis(EVENING)
HOUR_MS: Final = 3_600_000
NOW: Final = START + HOUR_MS
SITES: Final = tuple(f"plein-{number + 1}" for number in range(12))
CODES: Final = tuple(urgency(code) for code in ("U2", "U3", "U4", "U5"))


def since(number: int) -> int:
    """Of somebody who comes while it is measured: all over the hour, so that nobody is simply the last."""
    return START + number * 7919 % HOUR_MS


def site_of(number: int) -> str:
    return SITES[number % len(SITES)]


def code(number: int) -> Urgency:
    return CODES[number // len(SITES) % len(CODES)]


def rank(number: int) -> int:
    """Of `code`."""
    return 1 + number // len(SITES) % len(CODES)


def key(number: int) -> str:
    return key_of(case(number), site=site_of(number), entrance=Entrance.HAP)


def case(number: int) -> str:
    return f"c-{number}"


def patients(count: int) -> Iterator[Patient]:
    """As they came, one after another."""
    for number in range(count):
        at, assigned = START + number * HOUR_MS // count, code(number)
        yield Patient(
            key=key(number),
            case=case(number),
            site=site_of(number),
            entrance=Entrance.HAP,
            settled_at=START,
            stands_at=site_of(number),
            stands_in=CareType.HAP,
            arrived_at=at,
            assigned={assigned.system: Assigned(assigned, at)},
            urgency=assigned,
            urgency_at=at,
            told=f"{site_of(number)}/hap/{assigned.system}:{assigned.code}",
        )


def agreed(*units: Unit) -> Agreements:
    """Twelve sites with a HAP, where priority accumulates: the dearer of the two policies."""
    post = ServicePoint(care_type=CareType.HAP, policy=QueuePolicy.ACCUMULATING, rates=RATES)
    return agreements(
        *units, sites=[site(name, post, ServicePoint(care_type=CareType.SEH)) for name in SITES], board_size=8
    )
