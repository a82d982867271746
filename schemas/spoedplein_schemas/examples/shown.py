"""What readers saw at 01:04, when the bed in Frankeland was held; and one message that intake refused."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from spoedplein_schemas import views
from spoedplein_schemas.crowding import Measured, MeasureState
from spoedplein_schemas.dead_letters import DeadLetter, Fault, RefusalCode
from spoedplein_schemas.examples.words import (
    A1,
    CENTRE,
    FALL_U3,
    REGION,
    REQUEST,
    ROOM,
    SITE,
    VISITOR,
    WARNING_PROPOSED,
    YELLOW,
    night,
    system,
)
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Frozen,
    ProposalKind,
    RidePhase,
    Role,
    RoomProperty,
    Topic,
    UnitStatus,
)

_VERSION: Final = 1047


def _utc(clock_time: str) -> datetime:
    return night(clock_time).astimezone(UTC)


SHOWN: Final[tuple[Frozen, ...]] = (
    views.UnitAvailability(
        region=REGION,
        unit="elv-hoog-frankeland",
        organisation="frankeland",
        care_type=CareType.ELV_HOOG,
        status=UnitStatus.OPEN,
        staffed=12,
        reported_free=1,
        free=0,
        held=1,
        observed_at=_utc("23:30"),
        valid_until=_utc("07:30"),
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.CareTypeAvailability(
        region=REGION,
        care_type=CareType.ELV_HOOG,
        units=2,
        units_known=2,
        units_warning=1,
        units_stop=0,
        units_closed=0,
        free=1,
        oldest_observed_at=_utc("23:28:37"),
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.SiteBoard(
        region=REGION,
        site=SITE,
        status=UnitStatus.STOP,
        queues=(
            views.QueueBoard(
                service=CareType.HAP,
                immediate=(),
                classes=(
                    views.QueueClass(
                        rank=2, length=1, oldest_since=_utc("00:20:10"), next_due_at=_utc("04:20:10"), breaches=0
                    ),
                ),
                next=(
                    views.Waiting(
                        case="c-a81c04de",
                        rank=2,
                        urgency=FALL_U3,
                        since=_utc("00:20:10"),
                        due_at=_utc("04:20:10"),
                        breached=False,
                    ),
                ),
            ),
            views.QueueBoard(
                service=CareType.SEH,
                immediate=("c-e2b81f60",),
                classes=(
                    views.QueueClass(
                        rank=2, length=1, oldest_since=_utc("23:51:40"), next_due_at=_utc("00:51:40"), breaches=1
                    ),
                ),
                next=(
                    views.Waiting(
                        case="c-3d9907be",
                        rank=2,
                        urgency=YELLOW,
                        since=_utc("23:51:40"),
                        due_at=_utc("00:51:40"),
                        breached=True,
                    ),
                ),
            ),
        ),
        rooms=(
            views.RoomOnBoard(
                room="kamer-3",
                home=CareType.SEH,
                use=views.RoomUse.FREE,
                since=_utc("22:41:10"),
                proposed_for="c-3d9907be",
            ),
            views.RoomOnBoard(
                room=ROOM,
                home=CareType.SEH,
                properties=(RoomProperty.SINGLE, RoomProperty.ISOLATION_OTHER),
                use=views.RoomUse.TAKEN,
                since=_utc("23:26:15"),
                service=CareType.SEH,
                case=VISITOR,
            ),
        ),
        rooms_heard_at=_utc("00:05:10"),
        crowding=views.SiteLevel(
            level=CrowdingLevel.ORANGE,
            since=_utc("23:45:00"),
            measures=(
                Measured(
                    measure=CrowdingMeasure.OCCUPANCY,
                    state=MeasureState.CROWDED,
                    value=135,
                    cases=27,
                    enter=100,
                    leave=90,
                    age_seconds=270,
                ),
            ),
        ),
        underway=(views.Underway(ride="rit-17131-9040", urgency=A1, eta=_utc("01:12")),),
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.EscalationBoard(
        region=REGION,
        level=CrowdingLevel.YELLOW,
        since=_utc("23:45:00"),
        sites_stopped=1,
        sites=(
            views.LevelOfSite(site=SITE, level=CrowdingLevel.ORANGE, since=_utc("23:45:00"), status=UnitStatus.STOP),
        ),
        proposals=(
            views.OpenProposal(
                proposal=WARNING_PROPOSED,
                kind=ProposalKind.WARNING,
                site=SITE,
                since=_utc("23:45:00"),
                answer_by=_utc("00:00"),
                confirmed=True,
                roles=(Role.COORDINATOR, Role.NURSE, Role.SPECIALIST),
            ),
        ),
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.RequestsBoard(
        region=REGION,
        requests=(
            views.OpenRequest(
                request=REQUEST,
                owner=CENTRE,
                care_types=(CareType.ELV_HOOG, CareType.ONGELABELD),
                urgency=FALL_U3,
                state=views.RequestState.OFFERED,
                since=_utc("00:58:14"),
                next_deadline=_utc("01:24:09"),
                unit="elv-hoog-frankeland",
            ),
        ),
        open_total=1,
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.AmbulanceBoard(
        region=REGION,
        rides=(
            views.RideCount(phase=RidePhase.ANNOUNCED, code="A1", rides=1),
            views.RideCount(phase=RidePhase.ARRIVED, code="A2", rides=2),
            views.RideCount(phase=RidePhase.DISPATCHED, code="A2", rides=3),
        ),
        overdue=(views.OffloadView(ride="rit-17131-9050", site=SITE, arrived_at=_utc("00:44")),),
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.RoundsBoard(
        region=REGION,
        rounds=(
            views.RoundView(
                round="avondronde-20260110",
                since=_utc("23:25"),
                answer_by=_utc("23:55"),
                closed=True,
                asked=4,
                answered=3,
                outstanding=("respijt-nolet",),
            ),
        ),
        open_total=0,
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
    views.ConsultsBoard(
        region=REGION,
        consults=(
            views.OpenConsult(
                consult="m-20260111-0010",
                case="c-3d9907be",
                specialty="cardiologie",
                owner="cardiologie-dienst",
                since=_utc("00:58"),
                next_deadline=_utc("01:18"),
            ),
        ),
        open_total=1,
        as_of=_utc("01:04:09"),
        version=_VERSION,
    ),
)

_REDACTED: Final = '{"specversion":"1.0","id":"hap-20260110-235501","data":{"bsn":"[redacted]"}}'

DEAD_LETTER: Final = DeadLetter(
    topic=Topic.HAP,
    partition=1,
    offset=88213,
    received_at=_utc("23:55:02"),
    source=system("his-schiedam"),
    id="hap-20260110-235501",
    faults=(
        Fault(
            path="data.bsn",
            code=RefusalCode.IDENTIFIES_BSN,
            message="a citizen service number has no place in these messages",
            mend="leave the field out; refer to the patient by a pseudonym of your own",
        ),
    ),
    digest=hashlib.sha256(b"the message as it was received").hexdigest(),
    payload=_REDACTED,
)
