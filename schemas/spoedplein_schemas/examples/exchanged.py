"""What was decided that night between the regions, and of care in the meantime."""

from typing import Final

from spoedplein_schemas import decisions, placement, transfer
from spoedplein_schemas.examples.deciding import STOP, decided, utc
from spoedplein_schemas.examples.words import CENTRE, CRISIS_B, NEIGHBOUR, OURS, THEIRS
from spoedplein_schemas.vocabulary import AgeBand, CareType, LegalTitle, Property

_CRISIS: Final = "r-20260110-0035"
REGIONS: Final = (
    decided(
        "1028.1",
        ("ggz-20260111-001340", "00:13:40"),
        transfer.TransferAsked(
            request=_CRISIS,
            transfer=OURS,
            to_region=NEIGHBOUR,
            owner=CENTRE,
            answer_by=utc("00:43:40"),
            profile=placement.Profile(
                care_types=(CareType.GGZ_HIC,),
                urgency=CRISIS_B,
                age_band=AgeBand.ADULT,
                legal_title=LegalTitle.WVGGZ_CM,
                needs=(Property.CLOSED_WARD,),
            ),
            ruled_out=("drechtsteden",),
        ),
    ),
    decided(
        "1039.1",
        ("tick.rijnmond.1768089121000", "00:52:01"),
        transfer.TransferWithdrawn(
            request="r-20260110-0038",
            transfer="rijnmond.1031.1",
            to_region="drechtsteden",
            owner=CENTRE,
            reason=placement.TransferReason.SILENCE,
        ),
    ),
    decided(
        "1033.0",
        placement.TransferAnswered,
        transfer.TransferConfirmed(
            request=_CRISIS,
            transfer=OURS,
            to_region=NEIGHBOUR,
            unit="ggz-hic-duinrand",
            owner=CENTRE,
            admit_by=utc("04:29:44"),
        ),
    ),
    decided(
        "1032.1",
        ("tick.rijnmond.1768087680000", "00:28"),
        transfer.TransferAnswered(
            transfer="haaglanden.409.0",
            from_region=NEIGHBOUR,
            outcome=placement.TransferOutcome.NONE,
            reason=placement.TransferReason.NOTHING_FITS,
            excluded=(STOP,),
            short_of=(placement.ShortOf(code=decisions.ExclusionCode.STOP, units=1),),
        ),
    ),
    decided(
        "1035.0",
        placement.TransferConfirmed,
        transfer.GuestExpected(transfer=THEIRS, from_region=NEIGHBOUR, unit="ggz-hic-singel", owner="zcc-haaglanden"),
    ),
    decided(
        "1040.1",
        ("tick.rijnmond.1768089180000", "00:53"),
        transfer.BridgingSought(
            request="r-20260110-0038",
            bridge="rijnmond.1040.1",
            care_types=(CareType.WIJKVERPLEGING, CareType.ONGELABELD),
            owner=CENTRE,
            review_at=utc("01:23"),
        ),
    ),
    decided(
        "1062.1",
        ("placement-20260111-022007", "02:20:07"),
        transfer.BridgingStarted(
            request="r-20260110-0038",
            bridge="rijnmond.1040.1",
            unit="ongelabeld-schiedam",
            owner=CENTRE,
            review_at=utc("02:53"),
        ),
    ),
    decided(
        "1099.1",
        ("placement-20260111-091500", "09:15"),
        transfer.BridgingEnded(
            request="r-20260110-0038",
            bridge="rijnmond.1040.1",
            end=transfer.BridgingEnd.PLACED,
            unit="ongelabeld-schiedam",
        ),
    ),
)
