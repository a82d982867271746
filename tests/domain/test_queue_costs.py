"""What a queue costs, in comparisons of entries and not in seconds: it must not grow with what waits.

Moments that count how often they are compared go in where sources' moments go in.
"""

from typing import Any, Final

import pytest

from spoedplein.domain.agreements import Rules
from spoedplein.domain.patient import Assigned, Patient
from spoedplein.domain.queue import Queues, key_of
from spoedplein.domain.timers import Timers
from spoedplein.domain.turn import Turn
from spoedplein.testing.builders import EVENING, SITE, agreements, site, urgency
from spoedplein_schemas.agreements import QueuePolicy, ServicePoint
from spoedplein_schemas.vocabulary import CareType, Entrance, millis

HAP: Final = CareType.HAP
START: Final = millis(EVENING)
CODES: Final = ("U2", "U3", "U4", "U5")
#: Four logarithms of a hundred thousand, for each of the few sorted lists that an entry is in.
COMPARISONS_MAX: Final = 600


class Counted(int):
    """A moment in milliseconds."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return int(self) == other

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < int(other)

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > int(other)

    def __hash__(self) -> int:
        return hash(int(self))


def moment_of(number: int) -> Counted:
    """All over the hour, so that nobody is simply the last."""
    return Counted(START + number * 7919 % 3_600_000)


def known(number: int) -> Patient:
    """As a snapshot has him: nothing was decided on him in this test."""
    at, assigned = moment_of(number), urgency(CODES[number % 4])
    return Patient(
        key=key_of(f"c-{number}", site=SITE, entrance=Entrance.HAP),
        case=f"c-{number}",
        site=SITE,
        entrance=Entrance.HAP,
        settled_at=START,
        stands_at=SITE,
        stands_in=HAP,
        arrived_at=at,
        assigned={assigned.system: Assigned(assigned, at)},
        urgency=assigned,
        urgency_at=at,
    )


class Room:
    def __init__(self, policy: QueuePolicy, waiting: int) -> None:
        agreed = agreements(sites=[site(SITE, ServicePoint(care_type=HAP, policy=policy))], board_size=20)
        patients = (known(number) for number in range(waiting))
        self.queues = Queues({each.key: each for each in patients}, rules=Rules(agreed), timers=Timers())
        self.waiting = waiting

    def turn(self) -> Turn:
        return Turn("rijnmond", 1, START + 10_000_000, "e-1", "2026.1")

    def comes(self, number: int) -> None:
        at, name = moment_of(number), f"c-{number}"
        where: dict[str, Any] = {"case": name, "site": SITE, "service": HAP}
        self.queues.arrived(self.turn(), at=at, **where)
        self.queues.triaged(self.turn(), urgency=urgency(CODES[number % 4]), at=at, **where)

    def cost(self, what: str, number: int) -> int:
        where: dict[str, Any] = {"case": f"c-{number}", "site": SITE, "service": HAP}
        at = Counted(START + 9_000_000 + number)
        before = Counted.compared
        match what:
            case "add":
                self.comes(self.waiting + number)
            case "take":
                self.queues.taken(self.turn(), at=at, **where)
            case "cancel":
                self.queues.gone(self.turn(), outcome="cancelled", at=at, **where)
            case "re-triage":
                self.queues.triaged(self.turn(), urgency=urgency(CODES[(number + 1) % 4]), at=at, **where)
            case _:
                self.queues.board(SITE, HAP, now=START + 10_000_000)
        return Counted.compared - before


@pytest.mark.parametrize("policy", QueuePolicy)
@pytest.mark.parametrize("waiting", [100, 1_000, 10_000])
def test_no_operation_scans_what_waits(policy: QueuePolicy, waiting: int) -> None:
    room = Room(policy, waiting)
    for what in ("add", "take", "cancel", "re-triage", "board"):
        costs = [room.cost(what, number) for number in range({"take": 0, "cancel": 20}.get(what, 40), 60)]
        assert max(costs) < COMPARISONS_MAX, f"{what} with {waiting} waiting: {max(costs)} comparisons"


@pytest.mark.parametrize("policy", QueuePolicy)
def test_a_hundred_thousand_waiting_cost_little_more_than_a_hundred(policy: QueuePolicy) -> None:
    """Nearly a thousand times as many wait: ten doublings, some comparisons more, and no more."""
    few, many = Room(policy, 100), Room(policy, 99_000)
    for what in ("add", "take", "cancel", "re-triage"):
        start = {"add": 0, "take": 0, "cancel": 20, "re-triage": 40}[what]
        small, large = (max(room.cost(what, number) for number in range(start, start + 20)) for room in (few, many))
        assert large < small + 250, f"{what}: {small} with a hundred waiting, {large} with a hundred thousand"
