"""The status of emergency departments as LPZ shapes it: one row per case."""

from datetime import timedelta

import pytest

from spoedplein.portal.standards.lpz import lpz_document
from spoedplein.testing.builders import EVENING, agreements, site, unit
from spoedplein_schemas.views import UnitAvailability
from spoedplein_schemas.vocabulary import CareType, StopReason, UnitStatus
from tests.portal.standards.looks import picture_of

SEH = unit("spoed", CareType.SEH, site="schiedam")
WARD = unit("verpleging", CareType.KLINIEK, site="schiedam")
AGREED = agreements(SEH, WARD, sites=[site(), site("elders")])


def document(
    changes: dict[str, object], *, oids: dict[str, str] | None = None, words: dict[str, str] | None = None
) -> object:
    """Of a SEH that was heard four minutes ago, unless `changes` says that it never was."""
    seen = UnitAvailability(
        region="rijnmond",
        unit="spoed",
        organisation=SEH.organisation,
        care_type=CareType.SEH,
        status=UnitStatus.OPEN,
        observed_at=EVENING - timedelta(minutes=4),
        valid_until=EVENING + timedelta(minutes=11),
        as_of=EVENING,
        version=7,
    )
    views = [] if changes == NEVER else [seen.model_copy(update=changes)]
    return lpz_document(picture_of(AGREED, views, at=EVENING), oids=oids or {}, words=words or {})


NEVER: dict[str, object] = {"heard": False}
SEEN = "2026-01-10T18:56:00+00:00"
UNTIL = EVENING + timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "department"),
    [
        pytest.param({}, {"status": "open", "bijgewerkt": SEEN}, id="open"),
        pytest.param({"status": UnitStatus.WARNING}, {"status": "dreigende stop", "bijgewerkt": SEEN}, id="warning"),
        pytest.param(
            {"status": UnitStatus.STOP, "reason": StopReason.FULL, "until": UNTIL},
            {"status": "stop", "reden": "full", "verwachtEinde": "2026-01-10T20:00:00+00:00", "bijgewerkt": SEEN},
            id="stop",
        ),
        pytest.param({"status": UnitStatus.CLOSED}, {"status": "gesloten", "bijgewerkt": SEEN}, id="closed"),
        pytest.param({"valid_until": EVENING - timedelta(1)}, {"status": "onbekend", "bijgewerkt": SEEN}, id="old"),
        pytest.param(
            {"status": UnitStatus.STOP, "valid_until": EVENING - timedelta(1)},
            {"status": "stop", "bijgewerkt": SEEN},
            id="a-stop-stands-until-it-ends",
        ),
        pytest.param(NEVER, {"status": "onbekend", "bijgewerkt": None}, id="never-heard"),
    ],
)
def test_one_department(changes: dict[str, object], department: dict[str, object]) -> None:
    assert document(changes) == [
        {"oid": None, "locatie": "schiedam", "beschikbaarheid": [{"afdeling": "SEH", **department}]}
    ]


def test_oids_and_words_are_configured() -> None:
    told = document({}, oids={"schiedam": "2.16.528.1"}, words={"open": "OPEN", "observed-at": "tijdstip"})
    assert told == [
        {
            "oid": "2.16.528.1",
            "locatie": "schiedam",
            "beschikbaarheid": [{"afdeling": "SEH", "status": "OPEN", "tijdstip": SEEN}],
        }
    ]
