"""Names and moments of the night that the examples share."""

from datetime import datetime, timedelta, timezone
from typing import Final

from spoedplein_schemas.vocabulary import Actor, OverrideReason, Role, Urgency, UrgencySystem

REGION: Final = "rijnmond"
NEIGHBOUR: Final = "haaglanden"
CENTRE: Final = "zcc-rijnmond"
SITE: Final = "schiedam"

#: The man of 84, and the place that is asked for him.
MAN: Final = "c-7f3a9e21"
REQUEST: Final = "r-20260111-0003"
FIRST_OFFER: Final = "rijnmond.1042.0"
SECOND_OFFER: Final = "rijnmond.1047.1"
#: Asked of the neighbour, and by the neighbour: pseudonyms made for the transfer.
OURS: Final = "rijnmond.1028.1"
THEIRS: Final = "haaglanden.418.0"
#: Who arrives at the SEH by ambulance, and the ride.
VISITOR: Final = "c-51d20b77"
#: The room that she lies in, and what was proposed when it got crowded.
ROOM: Final = "kamer-7"
WARNING_PROPOSED: Final = "rijnmond.1017.2"
ROAZ_PROPOSED: Final = "rijnmond.1029.1"
RIDE: Final = "rit-17154-9031"

FALL_U3: Final = Urgency(
    system=UrgencySystem.NTS, version="2023", code="U3", proposed_code="U4", override_reason=OverrideReason.RISK_GROUP
)
FALL_U2: Final = Urgency(system=UrgencySystem.NTS, version="2023", code="U2")
YELLOW: Final = Urgency(system=UrgencySystem.MTS, version="3", code="yellow")
ORANGE: Final = Urgency(system=UrgencySystem.MTS, version="3", code="orange")
RED: Final = Urgency(system=UrgencySystem.MTS, version="3", code="red")
A1: Final = Urgency(system=UrgencySystem.AMBULANCE, version="2024", code="A1")
A2: Final = Urgency(system=UrgencySystem.AMBULANCE, version="2024", code="A2")
C1: Final = Urgency(system=UrgencySystem.AMBULANCE, version="2024", code="C1")
CRISIS_B: Final = Urgency(system=UrgencySystem.GGZ, version="2018", code="B")

COORDINATOR: Final = Actor(role=Role.COORDINATOR, organisation=CENTRE)
NURSE: Final = Actor(role=Role.NURSE, organisation="ziekenhuis-schiedam")
GP: Final = Actor(role=Role.GP, organisation="hap-schiedam")
FRANKELAND: Final = Actor(role=Role.PROVIDER, organisation="frankeland")
DE_HARG: Final = Actor(role=Role.PROVIDER, organisation="de-harg")

WINTER_TIME: Final = timezone(timedelta(hours=1))
_EVENING: Final = datetime(2026, 1, 10, tzinfo=WINTER_TIME)


def night(clock: str) -> datetime:
    """`23:40` is the evening of the tenth, `00:58` the night that follows it."""
    hours, minutes, seconds = (int(part) for part in (*clock.split(":"), "0")[:3])
    morning = timedelta(days=1) if hours < 11 else timedelta()
    return _EVENING + morning + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def system(name: str) -> str:
    """The URN of a sending system, with an OIN that nobody holds."""
    return f"urn:nld:oin:00000099000000001000:systeem:{name}"


def subject_of(values: dict[str, object]) -> str | None:
    """The entity concerned: every data class names it first."""
    first = next(iter(values.values()))
    return first if isinstance(first, str) else None
