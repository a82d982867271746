"""The access log over HTTP: who did what with a case is there for the auditor, read per case and per period."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from spoedplein.portal.access import Role
from tests.portal.conftest import OTHER, PROVIDER, Asker, Who, wanted

AUDITOR: Final = Who(Role.AUDITOR, subject="u-audit", two_factor=True)
BEFORE: Final = "2000-01-01T00:00:00Z"
AFTER: Final = "2100-01-01T00:00:00Z"


async def _log(ask: Asker, *, status: int = 200, who: Who = AUDITOR, **asked: object) -> Any:  # noqa: ANN401  JSON
    query = "&".join(f"{name}={value}" for name, value in {"since": BEFORE, "until": AFTER, **asked}.items())
    return await ask.get(f"access-log?{query}", status=status, who=who)


@pytest.fixture
async def case(ask: Asker) -> str:
    """Asked for by the coordinator, looked at by the provider who is asked, and sought by one who is not."""
    made = await ask.post("requests", wanted(), status=201)
    request = made["request"]
    await ask.get(f"requests/{request}", who=PROVIDER)
    await ask.get(f"requests/{request}", status=404, who=OTHER)
    return str(request)


async def test_the_auditor_reads_who_did_what_with_a_case(ask: Asker, case: str) -> None:
    found = (await _log(ask, case=case))["accesses"]
    told = [(each["role"], each["organisation"], each["action"], each["outcome"]) for each in found]
    assert told[0][:1] + told[0][2:] == ("coordinator", "request-place", "permitted")
    assert ("provider", "huis-elv-een", "read-requests", "permitted") in told
    assert all(case in each["cases"] for each in found)
    assert found[0]["event_id"]


async def test_refusals_are_in_the_log_of_the_region(ask: Asker, case: str) -> None:
    refused = [each for each in (await _log(ask))["accesses"] if each["outcome"] == "refused"]
    assert [(each["organisation"], each["what"]) for each in refused] == [
        ("huis-elv-twee", f"GET /v1/regions/rijnmond/requests/{case}")
    ]


async def test_reading_the_log_stands_in_the_log(ask: Asker, case: str) -> None:
    await _log(ask, case=case)
    last = (await _log(ask, case=case))["accesses"][-1]
    assert (last["subject"], last["action"]) == ("u-audit", "read-access-log")


async def test_pages_follow_on_each_other(ask: Asker, case: str) -> None:
    whole = (await _log(ask))["accesses"]
    read, cursor = [], ""
    while True:
        more: dict[str, Any] = {"cursor": cursor} if cursor else {}
        page = await _log(ask, limit=2, **more)
        read += page["accesses"]
        if (cursor := page["next"]) is None or len(read) >= len(whole):
            break
    assert read[: len(whole)] == whole


async def test_a_period_leaves_the_rest_out(ask: Asker, case: str) -> None:
    moment = datetime.fromisoformat((await _log(ask))["accesses"][-1]["at"]).astimezone(UTC)
    after = (moment + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (await _log(ask, since=after))["accesses"] == []


@pytest.mark.parametrize(
    ("asked", "who", "status"),
    [
        pytest.param({"since": AFTER, "until": BEFORE}, AUDITOR, 422, id="a-period-that-ends-first"),
        pytest.param({"cursor": "WzEsMl0"}, AUDITOR, 422, id="a-cursor-of-another-list"),
        pytest.param({"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwiYSJd"}, AUDITOR, 422, id="a-cursor-without-zone"),
        pytest.param({"case": "not a name"}, AUDITOR, 422, id="no-name"),
        pytest.param({}, Who(Role.AUDITOR), 403, id="one-factor"),
        pytest.param({}, Who(), 403, id="a-coordinator"),
        pytest.param({}, Who(Role.AUDITOR, regions=("nijmegen",), two_factor=True), 404, id="another-region"),
    ],
)
async def test_who_may_not_and_what_cannot_be_is_refused(
    ask: Asker, asked: dict[str, Any], who: Who, status: int
) -> None:
    await _log(ask, status=status, who=who, **asked)


async def test_while_it_is_away_it_is_not_read_unseen(ask: Asker, case: str) -> None:
    ask.backend.accesses.away = True
    refused = await _log(ask, status=503)
    assert refused["type"].endswith(":access-log-away")
