"""Rooms and crowding of that night, as rows of `decided`: place in the log, cause, and what was decided."""

from datetime import UTC, datetime
from typing import Final

from spoedplein_schemas import crowding, rooms, seh
from spoedplein_schemas.examples.words import NURSE, REGION, ROOM, SITE, VISITOR, WARNING_PROPOSED, YELLOW, night
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    CrowdingMeasure,
    Frozen,
    ProposalKind,
    Role,
    StopReason,
)


def _utc(clock_time: str) -> datetime:
    return night(clock_time).astimezone(UTC)


ROOMS: Final[tuple[tuple[str, type[Frozen] | tuple[str, str], Frozen], ...]] = (
    (
        "1010.0",
        seh.PatientTriaged,
        rooms.RoomProposed(
            site=SITE,
            room="kamer-3",
            service=CareType.SEH,
            case=VISITOR,
            urgency=YELLOW,
            lent=False,
            score=(),
            free_since=_utc("22:41:10"),
            age_seconds=2613,
            excluded=(
                rooms.RoomExclusion(room="kamer-1", code=rooms.RoomExclusionCode.TAKEN),
                rooms.RoomExclusion(room="kamer-2", code=rooms.RoomExclusionCode.CLEANING),
                rooms.RoomExclusion(room="acuut", code=rooms.RoomExclusionCode.KEPT_ACUTE),
            ),
            runners_up=(ROOM,),
            follow_by=_utc("23:34:43"),
        ),
    ),
    (
        "1012.1",
        rooms.RoomAssigned,
        rooms.RoomLacking(
            site=SITE,
            service=CareType.SEH,
            case="c-90b2d41f",
            urgency=YELLOW,
            excluded=(
                rooms.RoomExclusion(room="kamer-1", code=rooms.RoomExclusionCode.TAKEN),
                rooms.RoomExclusion(room=ROOM, code=rooms.RoomExclusionCode.PROPOSED),
                rooms.RoomExclusion(room="acuut", code=rooms.RoomExclusionCode.KEPT_ACUTE),
            ),
        ),
    ),
    (
        "1012.0",
        rooms.RoomAssigned,
        rooms.RoomProposalEnded(
            site=SITE,
            room="kamer-3",
            service=CareType.SEH,
            case=VISITOR,
            end=rooms.RoomProposalEnd.OTHER_ROOM,
        ),
    ),
    (
        "1024.0",
        ("room-20260111-000540", "00:05:40"),
        rooms.RoomLent(
            site=SITE, room="kamer-9", home=CareType.SEH, service=CareType.HAP, case="c-a81c04de", agreed=True
        ),
    ),
    (
        "1024.1",
        ("room-20260111-000540", "00:05:40"),
        rooms.RoomConflict(site=SITE, room="kamer-9", cases=("c-a81c04de", "c-3d9907be")),
    ),
    (
        "1061.0",
        ("clock-20260111-021601", "02:16:01"),
        rooms.CleaningOverdue(site=SITE, room=ROOM, empty_since=_utc("02:01"), due_at=_utc("02:16")),
    ),
)

_FEW: Final = crowding.Measured(
    measure=CrowdingMeasure.LEFT_UNSEEN,
    state=crowding.MeasureState.FEW,
    value=0,
    cases=4,
    enter=5,
    leave=4,
    age_seconds=61,
)
_CROWDED: Final = (
    crowding.Measured(
        measure=CrowdingMeasure.OCCUPANCY,
        state=crowding.MeasureState.CROWDED,
        value=135,
        cases=27,
        enter=100,
        leave=90,
        age_seconds=270,
    ),
    crowding.Measured(
        measure=CrowdingMeasure.BOARDING,
        state=crowding.MeasureState.CROWDED,
        value=22,
        cases=27,
        enter=10,
        leave=8,
        age_seconds=270,
    ),
    crowding.Measured(
        measure=CrowdingMeasure.OFFLOAD,
        state=crowding.MeasureState.UNKNOWN,
        enter=15,
        leave=12,
        why=crowding.UnknownReason.NEVER_REPORTED,
    ),
    _FEW,
)
_TICK: Final = ("tick.rijnmond.1768085100000", "23:45:00")
CROWDING: Final[tuple[tuple[str, type[Frozen] | tuple[str, str], Frozen], ...]] = (
    (
        "1017.1",
        _TICK,
        crowding.LevelChanged(site=SITE, previous=CrowdingLevel.YELLOW, level=CrowdingLevel.ORANGE, measures=_CROWDED),
    ),
    (
        WARNING_PROPOSED.removeprefix(f"{REGION}."),
        _TICK,
        crowding.ProposalMade(
            kind=ProposalKind.WARNING,
            site=SITE,
            level=CrowdingLevel.ORANGE,
            measures=_CROWDED,
            roles=(Role.COORDINATOR, Role.NURSE, Role.SPECIALIST),
            answer_by=_utc("00:00"),
        ),
    ),
    (
        "1020.0",
        crowding.ProposalConfirmed,
        crowding.ProposalAnswered(
            proposal=WARNING_PROPOSED,
            kind=ProposalKind.WARNING,
            site=SITE,
            answer=crowding.ProposalAnswer.CONFIRMED,
            by=NURSE,
        ),
    ),
    (
        "1025.0",
        ("clock-20260111-000630", "00:06:30"),
        crowding.ProposalLapsed(
            proposal="rijnmond.1016.2",
            kind=ProposalKind.DIVERT,
            site=SITE,
            reason=crowding.LapseReason.NO_ANSWER,
        ),
    ),
    (
        "1022.0",
        ("seh-20260110-235900", "23:59:00"),
        crowding.ProposalOver(proposal=WARNING_PROPOSED, kind=ProposalKind.WARNING, site=SITE),
    ),
    (
        "1090.0",
        ("clock-20260111-071500", "07:15:00"),
        crowding.StopEnding(
            unit="ggz-hic-singel", care_type=CareType.GGZ_HIC, until=_utc("07:30"), reason=StopReason.STAFF
        ),
    ),
)
