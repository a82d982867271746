"""What coordination decided that night, in the order of the registry.

Each names its place in the region's log and, where it is among the examples, the event that led to it.
"""

from typing import Final

from spoedplein_schemas import (
    agreements,
    ambulance,
    capacity,
    clock,
    consult,
    decisions,
    hap,
    home_care,
    placement,
    request_decisions,
    seh,
)
from spoedplein_schemas.examples.agreed import AGREEMENTS, SHA256
from spoedplein_schemas.examples.crowded import CROWDING, ROOMS
from spoedplein_schemas.examples.deciding import STOP, decided, utc
from spoedplein_schemas.examples.exchanged import REGIONS
from spoedplein_schemas.examples.words import (
    A1,
    A2,
    CENTRE,
    FALL_U2,
    FALL_U3,
    FIRST_OFFER,
    MAN,
    ORANGE,
    RED,
    REQUEST,
    RIDE,
    SECOND_OFFER,
    SITE,
    VISITOR,
    YELLOW,
)
from spoedplein_schemas.front_door import ContactRouted, PassedCode, PassedDestination, RouteBasis
from spoedplein_schemas.hours import HourKind
from spoedplein_schemas.vocabulary import (
    CareType,
    Destination,
    Entrance,
    RidePhase,
    StopReason,
    UnitStatus,
)

_QUEUE: Final = (
    decided(
        "1021.0",
        hap.ContactTriaged,
        ContactRouted(
            case=MAN,
            entrance=Entrance.HAP,
            site=SITE,
            destination=Destination.HAP,
            at=SITE,
            basis=RouteBasis.AS_REGISTERED,
            urgency=FALL_U3,
            mode=hap.ArrivalMode.PHONE,
            hours=HourKind.ANW,
            judged_at=utc("23:52:10"),
            age_seconds=2,
            passed=(
                PassedDestination(
                    destination=Destination.WIJKVERPLEGING, route="wond-thuis", code=PassedCode.COMPLAINT
                ),
                PassedDestination(
                    destination=Destination.OWN_GP,
                    route="eigen-huisarts-overdag",
                    code=PassedCode.HOURS,
                    opens_at=utc("07:00"),
                ),
            ),
        ),
    ),
    decided(
        "1021.1",
        hap.ContactTriaged,
        decisions.PatientQueued(
            case=MAN,
            site=SITE,
            service=CareType.HAP,
            rank=2,
            position=5,
            ahead=(0, 1, 3),
            before=(
                decisions.Before(rank=1, count=1, oldest_since=utc("23:21:40"), code="U2"),
                decisions.Before(rank=2, count=3, oldest_since=utc("22:58:05"), code="U3"),
            ),
            urgency=FALL_U3,
            due_at=utc("03:48:30"),
        ),
    ),
    decided(
        "1026.0",
        ("seh-20260111-001102", "00:11:02"),
        decisions.PatientImmediate(case="c-e2b81f60", site=SITE, service=CareType.SEH, urgency=RED),
    ),
    decided(
        "1014.0",
        clock.ClockTicked,
        decisions.NormBreached(
            case=VISITOR,
            site=SITE,
            service=CareType.SEH,
            due_at=utc("23:31:10"),
            waited_seconds=601,
            urgency=ORANGE,
        ),
    ),
    decided(
        "1029.0",
        ("tick-20260111-001501", "00:15:01"),
        decisions.ReassessmentDue(
            case="c-3d9907be",
            site=SITE,
            service=CareType.SEH,
            rank=2,
            urgency=YELLOW,
            assessed_at=utc("22:15:01"),
            due_at=utc("23:15:01"),
            missed=1,
        ),
    ),
    decided(
        "1037.0",
        hap.ContactCalled,
        decisions.PatientTaken(
            case=MAN, site=SITE, service=CareType.HAP, waited_seconds=3155, within_norm=True, urgency=FALL_U2
        ),
    ),
    decided(
        "1049.0",
        ("seh-20260111-013340", "01:33:40"),
        decisions.PatientGone(
            case="c-3d9907be",
            site=SITE,
            service=CareType.SEH,
            waited_seconds=7412,
            outcome=seh.Departure.LEFT_UNSEEN,
            left_unseen=True,
        ),
    ),
)

_AVAILABILITY: Final = (
    decided(
        "1014.1",
        clock.ClockTicked,
        decisions.FigureStale(
            unit="respijt-nolet",
            care_type=CareType.RESPIJT,
            observed_at=utc("11:31:10"),
            validity_minutes=720,
        ),
    ),
    decided(
        "1058.0",
        ("capacity-20260111-020215", "02:02:15"),
        decisions.FigureConflict(unit="elv-hoog-frankeland", care_type=CareType.ELV_HOOG, free=0, promised=1),
    ),
    decided(
        "1009.0",
        capacity.StopAnnounced,
        decisions.UnitStatusChanged(
            unit="ggz-hic-singel",
            care_type=CareType.GGZ_HIC,
            previous=UnitStatus.OPEN,
            status=UnitStatus.STOP,
            reason=StopReason.STAFF,
            until=utc("07:30"),
        ),
    ),
)

_PLACEMENT: Final = (
    decided(
        "1047.1",
        placement.OfferDeclined,
        decisions.PlacementOffered(
            request=REQUEST,
            offer=SECOND_OFFER,
            unit="elv-hoog-frankeland",
            care_type=CareType.ELV_HOOG,
            attempt=2,
            answer_by=utc("01:24:09"),
            owner=CENTRE,
            score=(
                decisions.ScorePart(part="distance", points=9),
                decisions.ScorePart(part="data-age", points=94),
                decisions.ScorePart(part="recent-placements", points=20),
            ),
            basis=decisions.Basis(
                unit="elv-hoog-frankeland", observed_at=utc("23:30"), age_seconds=5649, free=1, held=0
            ),
            excluded=(
                decisions.Exclusion(unit="elv-hoog-de-harg", code=decisions.ExclusionCode.DECLINED, detail="staff"),
                decisions.Exclusion(
                    unit="ongelabeld-schiedam",
                    code=decisions.ExclusionCode.PROPERTY_MISSING,
                    detail="wander-detection",
                ),
            ),
        ),
    ),
    decided(
        "1047.0",
        placement.OfferDeclined,
        decisions.OfferEnded(
            request=REQUEST,
            offer=FIRST_OFFER,
            unit="elv-hoog-de-harg",
            end=decisions.OfferEnd.DECLINED,
            reason=placement.DeclineReason.STAFF,
        ),
    ),
    decided(
        "1048.0",
        placement.OfferAccepted,
        decisions.PlacementAccepted(
            request=REQUEST,
            offer=SECOND_OFFER,
            unit="elv-hoog-frankeland",
            owner=CENTRE,
            admit_by=utc("05:21:35"),
        ),
    ),
    decided(
        "1027.0",
        placement.TransferAsked,
        decisions.PlacementExhausted(
            request="r-20260110-h118",
            owner="zcc-haaglanden",
            excluded=(STOP,),
            review_at=utc("00:42:21"),
            rounds=1,
            shortfalls=(
                decisions.Shortfall(
                    care_type=CareType.GGZ_HIC,
                    units=1,
                    reasons=(decisions.ReasonCount(code=decisions.ExclusionCode.STOP, units=1, free=1),),
                    nearest=decisions.NearMiss(
                        unit="ggz-hic-singel", code=decisions.ExclusionCode.STOP, free=1, changes_at=utc("07:30")
                    ),
                ),
            ),
        ),
    ),
    decided(
        "1023.0",
        ("placement-20260111-000410", "00:04:10"),
        request_decisions.FirstTryBegun(
            request="r-20260111-0005", owner="huisarts-oost", until=utc("00:44:10"), then=CENTRE
        ),
    ),
    decided(
        "1036.0",
        placement.FirstTryAbandoned,
        request_decisions.FirstTryEnded(
            request="r-20260111-0005", end=request_decisions.TryEnd.ABANDONED, owner=CENTRE
        ),
    ),
    decided(
        "1014.2",
        clock.ClockTicked,
        request_decisions.NeededByNear(request="r-20260110-0038", owner=CENTRE, needed_by=utc("00:31")),
    ),
    decided(
        "1014.3",
        clock.ClockTicked,
        request_decisions.NeededByMissed(request="r-20260110-0036", owner=CENTRE, needed_by=utc("23:31")),
    ),
    decided(
        "1063.0",
        placement.PatientAdmitted,
        decisions.PlacementAdmitted(request=REQUEST, unit="elv-hoog-frankeland", to_place_seconds=5808),
    ),
    decided(
        "1030.0",
        placement.LateRejected,
        decisions.PlacementReopened(
            request="r-20260110-0038",
            unit="elv-hoog-de-harg",
            owner=CENTRE,
            reason=placement.DeclineReason.CARE_TOO_COMPLEX,
        ),
    ),
    decided(
        "1055.0",
        ("clock-20260111-015000", "01:50:00"),
        decisions.AdmissionOverdue(
            request="r-20260110-0033",
            unit="elv-hoog-frankeland",
            owner=CENTRE,
            overdue_since=utc("01:50"),
            review_at=utc("02:20"),
        ),
    ),
    decided(
        "1031.0",
        placement.RequestCancelled,
        decisions.PromiseReleased(
            request="r-20260110-0036",
            offer="rijnmond.1018.0",
            unit="elv-laag-de-harg",
            end=decisions.OfferEnd.WITHDRAWN_CANCELLED,
        ),
    ),
    decided(
        "1031.1",
        placement.RequestCancelled,
        decisions.PlacementCancelled(request="r-20260110-0036", reason=placement.CancelReason.HOSPITALISED),
    ),
    decided(
        "1102.0",
        placement.LabelDecided,
        decisions.LabelRecorded(
            request="r-20260108-0017",
            unit="ongelabeld-schiedam",
            label=CareType.WLZ_CRISIS_VV,
            decided_at=utc("09:40"),
        ),
    ),
    decided(
        "1108.0",
        home_care.VisitEnded,
        home_care.VisitRecorded(
            request="r-20260110-0041",
            unit="wijkverpleging-waterweg",
            outcome=home_care.VisitOutcome.INDEPENDENT,
            care_path="katheter",
            ended_at=utc("10:05"),
            lasted_seconds=2340,
        ),
    ),
    decided(
        "1100.0",
        ("clock-20260111-093000", "09:30:00"),
        request_decisions.LabelDue(
            request="r-20260108-0017",
            unit="ongelabeld-schiedam",
            owner=CENTRE,
            admitted_at=utc("08:30"),
            reminders=1,
            review_at=utc("10:30"),
        ),
    ),
    decided(
        "1103.0",
        ("placement-20260111-094500", "09:45:00"),
        request_decisions.FlowOnLinked(
            request="r-20260111-0009",
            follows="r-20260108-0017",
            unit="ongelabeld-schiedam",
            label=CareType.WLZ_CRISIS_VV,
        ),
    ),
    decided(
        "1097.0",
        placement.OwnershipHandedOver,
        decisions.OwnershipChanged(request=REQUEST, previous=CENTRE, owner="frankeland"),
    ),
    decided(
        "1034.0",
        placement.PlacementOverridden,
        decisions.OverrideRecorded(
            request="r-20260110-0038",
            unit="respijt-nolet",
            role="coordinator",
            ground=placement.OverrideGround.BY_TELEPHONE,
            against=(
                decisions.Exclusion(
                    unit="respijt-nolet",
                    code=decisions.ExclusionCode.STALE,
                    detail="figure of 11:31, valid 720 minutes",
                ),
            ),
        ),
    ),
    decided(
        "1050.0",
        ("placement-20260111-013512", "01:35:12"),
        decisions.CommandRefused(
            command="nl.spoedplein.placement.offer-accepted.v1",
            subject=FIRST_OFFER,
            refusal=decisions.Refusal.OFFER_LAPSED,
            detail="the offer was declined at 01:04",
        ),
    ),
)

_ROUND: Final = "avondronde-20260110"
_LATER: Final = "nachtronde-20260110"
_ROUNDS: Final = (
    decided(
        "1011.0",
        capacity.ReportAsked,
        decisions.RoundOpened(
            round=_ROUND,
            care_types=(CareType.ELV_HOOG, CareType.ELV_LAAG, CareType.RESPIJT),
            units=("elv-hoog-de-harg", "elv-hoog-frankeland", "elv-laag-de-harg", "respijt-nolet"),
            answered=0,
            remind_at=utc("23:45"),
            answer_by=utc("23:55"),
        ),
    ),
    decided(
        "1017.0",
        ("tick.rijnmond.1768085100000", "23:45"),
        decisions.RoundReminded(
            round=_LATER, outstanding=("elv-laag-de-harg", "respijt-nolet"), answer_by=utc("23:55")
        ),
    ),
    decided(
        "1013.0",
        capacity.ReportAnswered,
        decisions.RoundCompleted(round=_ROUND, asked=4, took_seconds=220),
    ),
    decided(
        "1019.0",
        ("tick.rijnmond.1768085701000", "23:55:01"),
        decisions.RoundClosed(round=_LATER, asked=4, answered=3, percent=75, outstanding=("respijt-nolet",)),
    ),
)

_NORTH: Final = decisions.DestinationOption(
    site="rotterdam-noord", unit="seh-noord", status=UnitStatus.OPEN, order=2, distance_km=8, free=4
)
_RIDES: Final = (
    decided(
        "1004.0",
        ambulance.DestinationAsked,
        decisions.DestinationsShown(
            ride=RIDE,
            urgency=A1,
            life_threatening=True,
            options=(
                decisions.DestinationOption(
                    site=SITE,
                    unit="seh-schiedam",
                    status=UnitStatus.WARNING,
                    cautions=(decisions.DestinationCode.WARNING,),
                    eta=utc("23:20"),
                    order=1,
                    distance_km=2,
                    free=1,
                    standing=1,
                ),
                _NORTH,
            ),
            passed=(),
        ),
    ),
    decided(
        "1045.0",
        ("ambulance-20260111-005620", "00:56:20"),
        decisions.DivertProposed(
            ride="rit-17131-9052",
            site=SITE,
            code=decisions.DestinationCode.STOP,
            urgency=A2,
            options=(_NORTH,),
            until=utc("02:30"),
        ),
    ),
    decided(
        "1046.0",
        ("ambulance-20260111-005744", "00:57:44"),
        decisions.RideRedirected(ride="rit-17131-9052", previous="rotterdam-noord", site=SITE, urgency=A2),
    ),
    decided(
        "1018.0",
        ("tick.rijnmond.1768085460000", "23:51"),
        decisions.OffloadOverdue(
            ride="rit-17131-9033", site=SITE, arrived_at=utc("23:36"), norm_minutes=15, urgency=A2
        ),
    ),
    decided(
        "1015.0",
        ambulance.PatientHandedOver,
        decisions.OffloadEnded(ride=RIDE, site=SITE, offload_seconds=1055, within_norm=False),
    ),
    decided(
        "1059.0",
        ("tick.rijnmond.1768093800000", "02:10"),
        decisions.RideLapsed(ride="rit-17131-8870", phase=RidePhase.ANNOUNCED, heard_at=utc("14:10"), site=SITE),
    ),
)

_CONSULT: Final = "m-20260111-0009"
_CONSULTS: Final = (
    decided(
        "1038.0",
        consult.ConsultAsked,
        decisions.ConsultOpened(
            consult=_CONSULT,
            case=MAN,
            specialty="ouderengeneeskunde",
            owner="so-dienst-rijnmond",
            answer_by=utc("01:16"),
        ),
    ),
    decided(
        "1064.0",
        ("tick.rijnmond.1768096200000", "02:50"),
        decisions.ConsultReminded(consult="m-20260111-0012", owner="so-dienst-rijnmond", answer_by=utc("03:00")),
    ),
    decided(
        "1066.0",
        ("tick.rijnmond.1768096801000", "03:00:01"),
        decisions.ConsultEscalated(
            consult="m-20260111-0012",
            previous="so-dienst-rijnmond",
            owner="so-achterwacht-rijnmond",
            step=1,
            answer_by=utc("03:15:01"),
        ),
    ),
    decided(
        "1068.0",
        ("placement-20260111-030340", "03:03:40"),
        decisions.ConsultPostponed(
            consult="m-20260111-0012", owner="so-achterwacht-rijnmond", answer_by=utc("03:33:38")
        ),
    ),
    decided(
        "1044.0",
        consult.ConsultAnswered,
        decisions.ConsultClosed(
            consult=_CONSULT, outcome=consult.ConsultOutcome.REFER, waited_seconds=585, within_term=True
        ),
    ),
)

DECIDED: Final = (
    decided(
        "1000.0",
        agreements.AgreementsAdopted,
        decisions.AgreementsInForce(version=AGREEMENTS.version, sha256=SHA256, previous="2025.4"),
    ),
    *_QUEUE,
    *(decided(*row) for row in (*ROOMS, *CROWDING)),
    *_AVAILABILITY,
    *_ROUNDS,
    *_PLACEMENT[:-1],
    *_RIDES,
    *_CONSULTS,
    *REGIONS,
    _PLACEMENT[-1],
)
