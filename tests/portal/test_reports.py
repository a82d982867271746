"""Over which period everybody's report may be asked: of two that overlap, one less the other tells what is withheld."""

from urllib.parse import quote

import pytest

from spoedplein.portal.access import Role
from tests.portal.conftest import COORDINATOR, PROVIDER, Asker, Who

AUDITOR = Who(Role.AUDITOR, two_factor=True)
#: It is 10 January 2026, 20:00 in the Netherlands.
MONTH = ("2025-12-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00")


def path(since: str, until: str, more: str = "") -> str:
    return f"reports/bottlenecks?since={quote(since)}&until={quote(until)}{more}"


@pytest.mark.parametrize("who", [PROVIDER, AUDITOR, COORDINATOR], ids=["provider", "auditor", "coordinator"])
@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param("2025-12-01T00:00:00+01:00", "2025-12-31T23:59:59+01:00", id="a-second-less"),
        pytest.param("2025-12-08T00:00:00+01:00", "2025-12-09T00:00:00+01:00", id="a-day"),
        pytest.param("2025-11-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00", id="two-months"),
        pytest.param("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", id="the-month-of-another-zone"),
        pytest.param("2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00", id="not-over-yet"),
        pytest.param("0001-01-01T00:00:00Z", "1900-01-05T00:00:00Z", id="the-first-month-of-all"),
    ],
)
async def test_everybodys_report_is_of_one_month_that_is_over(ask: Asker, who: Who, since: str, until: str) -> None:
    told = await ask.get(path(since, until), who=who, status=422)
    (fault,) = told["errors"]
    assert (fault["parameter"], fault["code"]) == ("since", "period")
    assert fault["mend"] == f"ask a month that is over, like since={MONTH[0]} and until={MONTH[1]}"


@pytest.mark.parametrize(
    ("since", "until", "who", "more"),
    [
        pytest.param(*MONTH, PROVIDER, "", id="the-month"),
        pytest.param("2025-11-30T23:00:00Z", "2025-12-31T23:00:00Z", PROVIDER, "", id="the-month-by-other-clocks"),
        pytest.param("2025-10-01T00:00:00+02:00", "2025-11-01T00:00:00+01:00", AUDITOR, "", id="winter-time-begins"),
        pytest.param("2025-12-08T00:00:00Z", "2025-12-09T00:00:00Z", COORDINATOR, "&level=internal", id="the-centre"),
    ],
)
async def test_it_is_looked_for_in_the_archive(*, ask: Asker, since: str, until: str, who: Who, more: str) -> None:
    """Of which there is none here."""
    told = await ask.get(path(since, until, more), who=who, status=503)
    assert told["type"].endswith(":archive-away")
