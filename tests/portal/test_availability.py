"""What is free, for whom, and how old that is; units by every property; who could take somebody now."""

from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from spoedplein.testing.builders import adopted, agreements, capacity, request, stop, unit, unit_closed
from spoedplein.testing.portal import MemoryBackend, portal_client
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.portal.conftest import COORDINATOR, EVENING, OTHER, PROVIDER, PUBLIC, Asker, Who, wanted

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: At eight in the evening it still admits, and an hour later it does not.
BY_DAY = (
    unit("elv-een", CareType.ELV_HOOG),
    unit("elv-dag", CareType.ELV_HOOG, windows=({"days": DAYS, "from": "08:00", "until": "20:30"},)),
)


async def elv(ask: Asker, who: Who = COORDINATOR) -> dict[str, object]:
    told = await ask.get("availability?care_type=elv-hoog", who=who)
    (row,) = told["care_types"]
    return dict(row)


async def test_a_sum_says_what_is_free_how_old_and_what_is_unknown(ask: Asker, backend: MemoryBackend) -> None:
    backend.passes(minutes=10)
    row = await elv(ask)
    assert (row["free"], row["units"], row["units_unknown"], row["age_seconds"]) == (3, 3, 1, 600)


async def test_unknown_is_null_and_never_zero_also_when_coordination_is_silent(
    ask: Asker, backend: MemoryBackend
) -> None:
    backend.holding = True
    backend.clock.pass_ms(481 * 60_000)
    row = await elv(ask)
    assert (row["free"], row["units_unknown"]) == (None, 3)
    told = await ask.get("units/elv-een")
    assert (told["unit"]["known"], told["unit"]["free"], told["unit"]["reported_free"]) == (False, None, 2)


async def test_a_citizen_sees_a_sum_and_no_unit_and_no_stop_per_house(ask: Asker) -> None:
    row = await elv(ask, who=PUBLIC)
    assert (row["free"], row["place"]) == (3, None)
    await ask.get("units", status=401, who=PUBLIC)


async def test_a_provider_sees_his_own_whole_and_of_others_what_is_free(ask: Asker) -> None:
    units = {each["unit"]: each for each in (await ask.get("units", who=PROVIDER))["units"]}
    assert (units["elv-een"]["staffed"], units["elv-twee"]["staffed"]) == (10, None)
    assert (units["elv-een"]["free"], units["elv-twee"]["free"]) == (2, 1)


@pytest.mark.parametrize("shut", [stop, unit_closed])
async def test_behind_a_stop_or_a_closing_nobody_is_told_a_free_place(
    ask: Asker, backend: MemoryBackend, shut: Callable[[str, datetime], Frozen]
) -> None:
    backend.says(shut("elv-een", backend.now))
    assert [(await elv(ask, who=who))["free"] for who in (COORDINATOR, PUBLIC)] == [1, 1]

    other = (await ask.get("units/elv-een", who=OTHER))["unit"]
    assert (other["status"], other["known"], other["free"]) == (None, True, 0)
    assert (await ask.get("units?free_min=1", who=OTHER))["units"][0]["unit"] == "elv-twee"
    assert (await ask.get("units/elv-een", who=PROVIDER))["unit"]["free"] == 2, "his own, with the stop"
    sums = (await ask.get("availability?care_type=elv-hoog", who=OTHER))["care_types"]
    assert {each["place"]: each["free"] for each in sums} == {"elv-een": 0, "elv-stil": None, "elv-twee": 1}


async def test_another_region_is_not_there_for_whom_it_is_not(ask: Asker) -> None:
    await ask.get("availability", status=404, who=Who(regions=("venlo",)))
    await ask.get("/v1/regions/nergens/availability", status=404)
    assert (await ask.get("/v1/regions", who=Who(regions=("venlo",))))["regions"] == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param("", ["elv-een", "elv-stil", "elv-twee", "ggz-een"], id="all"),
        pytest.param("care_type=ggz-hic", ["ggz-een"], id="care-type"),
        pytest.param("care_type=ggz-hic&care_type=elv-hoog&known=false", ["elv-stil"], id="several-and-unknown"),
        pytest.param("registration=wvggz", ["ggz-een"], id="registration"),
        pytest.param("property=single-room", ["elv-een"], id="property"),
        pytest.param("property=single-room&property=oxygen", [], id="all-properties"),
        pytest.param("age_band=80%2B&free_min=2", ["elv-een"], id="age-and-free"),
        pytest.param("free_min=0", ["elv-een", "elv-twee", "ggz-een"], id="unknown-is-not-zero"),
        pytest.param("organisation=huis-elv-twee", ["elv-twee"], id="organisation"),
        pytest.param("status=stop", ["elv-twee"], id="status"),
        pytest.param("near=3118&within_km=3", ["elv-een"], id="area"),
        pytest.param("near=3118&within_km=50", ["elv-een", "elv-twee"], id="area-wider"),
        pytest.param("admits_now=false", [], id="admission"),
        pytest.param("sex=female", ["elv-een", "elv-stil", "elv-twee", "ggz-een"], id="sex"),
        pytest.param("site=schiedam", [], id="site"),
    ],
)
async def test_units_are_found_by_their_properties(
    ask: Asker, backend: MemoryBackend, filters: str, found: list[str]
) -> None:
    backend.says(stop("elv-twee", backend.now))
    told = await ask.get(f"units?{filters}")
    assert [each["unit"] for each in told["units"]] == found


async def test_a_list_is_read_page_by_page_without_a_gap(ask: Asker) -> None:
    seen, following = [], ""
    while following is not None:
        told = await ask.get(f"units?limit=1{following and '&cursor=' + following}")
        seen += [each["unit"] for each in told["units"]]
        following = told["next"]
    assert seen == ["elv-een", "elv-stil", "elv-twee", "ggz-een"]


@pytest.mark.parametrize("cursor", ["x", "e30", "WzEse31d", "W10x", "_____"])
async def test_a_cursor_of_somebody_else_is_refused(ask: Asker, cursor: str) -> None:
    told = await ask.get(f"units?cursor={cursor}", status=422)
    assert told["type"].endswith((":cursor", ":input"))


async def test_who_has_the_newest_is_told_so_until_something_changes(ask: Asker, backend: MemoryBackend) -> None:
    first = await ask.send("GET", "units")
    tag = first.headers["etag"]
    backend.clock.pass_ms(1000)
    again = await ask.send("GET", "units", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)

    other = await ask.send("GET", "units", headers={"If-None-Match": tag}, who=PROVIDER)
    assert other.status_code == 200, "another sees something else"
    backend.says(capacity("elv-een", 1, backend.now))
    changed = await ask.send("GET", "units", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)


async def test_a_figure_that_grows_old_changes_the_answer_without_a_word_from_anybody(
    ask: Asker, backend: MemoryBackend
) -> None:
    tag = (await ask.send("GET", "units")).headers["etag"]
    backend.holding = True
    backend.clock.pass_ms(481 * 60_000)
    answer = await ask.send("GET", "units", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert {each["free"] for each in answer.json()["units"]} == {None}


def an_hour_passes(backend: MemoryBackend) -> None:
    backend.clock.pass_ms(3_600_000)


def less_is_shared(backend: MemoryBackend) -> None:
    row = {"audience": "provider", "subject": "availability", "level": "none"}
    backend.says(adopted(agreements(*BY_DAY, version="2026.2", sharing={"levels": [row]}), backend.now))


def somebody_asks(backend: MemoryBackend) -> None:
    backend.says(request("r-1", (CareType.ELV_HOOG,), backend.now))


@pytest.mark.parametrize(
    ("path", "who", "change"),
    [
        pytest.param("units/elv-dag", COORDINATOR, an_hour_passes, id="one-unit-shuts"),
        pytest.param("units", COORDINATOR, an_hour_passes, id="a-unit-shuts"),
        pytest.param("units", PROVIDER, less_is_shared, id="other-units-are-shared-no-more"),
        pytest.param("availability", PROVIDER, less_is_shared, id="nor-sums"),
        pytest.param("requests", COORDINATOR, somebody_asks, id="the-log-says-more"),
    ],
)
async def test_what_changes_before_coordination_says_anything_is_not_what_one_has(
    path: str, who: Who, change: Callable[[MemoryBackend], None]
) -> None:
    evening = MemoryBackend([agreements(*BY_DAY)], now=EVENING)
    for each in BY_DAY:
        evening.says(capacity(each.id, 2, evening.now))
    async with portal_client(evening) as client:
        ask = Asker(evening, client)
        first = await ask.send("GET", path, who=who)
        evening.holding = True
        change(evening)
        then = await ask.send("GET", path, who=who, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, then.status_code) == (200, 200)
    assert _shown(first) != _shown(then)


def _shown(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "freshness"}


async def test_who_could_take_somebody_is_told_best_first_and_why_not_the_others(ask: Asker) -> None:
    told = await ask.post("search", wanted(needs=["single-room"]))
    assert [(each["unit"], each["free"]) for each in told["fitting"]] == [("elv-een", 2)]
    assert {each["unit"]: each["code"] for each in told["excluded"]} == {
        "elv-stil": "property-missing",
        "elv-twee": "property-missing",
    }
    assert all(each["words"] for each in told["excluded"])
    (short,) = told["shortfalls"]
    assert (short["units"], short["care_type"]) == (2, "elv-hoog")


async def test_a_search_is_what_coordination_would_do(ask: Asker) -> None:
    told = await ask.post("search", wanted())
    asked = await ask.post("requests", wanted(), status=201)
    offered = asked["decisions"][0]["data"]
    best = told["fitting"][0]
    assert (offered["unit"], offered["score"]) == (best["unit"], best["score"])
    assert [each["unit"] for each in told["excluded"]] == [each["unit"] for each in offered["excluded"]]

    told = await ask.get(f"requests/{asked['request']}/candidates")
    assert {each["unit"]: each["code"] for each in told["excluded"]}[best["unit"]] == "asked"


async def test_looking_holds_nothing(ask: Asker, backend: MemoryBackend) -> None:
    for _ in range(3):
        await ask.post("search", wanted())
    assert (await ask.get("units/elv-een"))["unit"]["held"] == 0
    assert backend.sent == []


async def test_a_search_refuses_what_identifies_somebody(ask: Asker) -> None:
    told = await ask.post("search", wanted() | {"birth_date": "1941-03-02"}, status=422)
    assert [each["code"] for each in told["errors"]] == ["identifies-birth-date"]
    await ask.post("search", wanted(), status=401, who=PUBLIC)


async def test_a_provider_does_not_see_why_another_is_full(ask: Asker, backend: MemoryBackend) -> None:
    backend.says(capacity("elv-twee", 0, backend.now))
    told = await ask.post("search", wanted(), who=PROVIDER)
    assert {each["unit"]: each["detail"] for each in told["excluded"]} == {"elv-stil": None, "elv-twee": None}
    assert (told["fitting"][0]["score"], told["shortfalls"]) == ([], [])
