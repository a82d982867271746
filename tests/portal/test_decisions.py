"""Decisions and boards: all to the centre, to a provider what is his; from memory, and from the archive after it."""

import pytest

from spoedplein.portal import live
from spoedplein.portal.access import Role
from spoedplein.testing.builders import capacity, queue, stop
from spoedplein.testing.portal import MemoryBackend, portal_client
from spoedplein_schemas.sharing import Sharing
from tests.portal.conftest import AGREED, COORDINATOR, EVENING, OTHER, PROVIDER, PUBLIC, Asker, Who, wanted


async def kinds(ask: Asker, path: str = "decisions", who: Who = COORDINATOR) -> list[str]:
    return [each["kind"] for each in (await ask.get(path, who=who))["decisions"]]


async def test_the_newest_comes_first_and_filters_narrow(ask: Asker, backend: MemoryBackend) -> None:
    asked = await ask.post("requests", wanted(), status=201)
    backend.says(stop("elv-twee", backend.now))
    assert await kinds(ask) == ["unit-status-changed", "placement-offered", "agreements-in-force"]
    assert await kinds(ask, "decisions?kind=placement-offered&kind=no-such-kind") == ["placement-offered"]
    assert await kinds(ask, "decisions?unit=elv-twee") == ["unit-status-changed"]
    assert await kinds(ask, f"decisions?request={asked['request']}") == ["placement-offered"]
    assert await kinds(ask, "decisions?until=2026-01-10T19:00:00Z") == []


async def test_what_memory_let_go_comes_from_the_archive(
    ask: Asker, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "DECISIONS_MAX", 2)
    for minute in range(3):
        backend.passes(minutes=1)
        backend.says(stop("elv-twee", backend.now))
        backend.passes(minutes=1)
        backend.says(capacity("elv-een", minute, backend.now))
        backend.passes(minutes=241)
    whole = await kinds(ask)
    assert whole.count("unit-status-changed") == 6
    assert whole[-1] == "agreements-in-force"

    paged, following = [], ""
    while following is not None:
        told = await ask.get(f"decisions?limit=2{following and '&cursor=' + following}")
        assert len(told["decisions"]) <= 2
        paged += [each["kind"] for each in told["decisions"]]
        following = told["next"]
    assert paged == whole


async def test_a_decision_is_explained_with_what_was_passed_over(ask: Asker, backend: MemoryBackend) -> None:
    await ask.post("requests", wanted(needs=["single-room"]), status=201)
    (offered,) = (await ask.get("decisions?kind=placement-offered"))["decisions"]
    told = await ask.get(f"decisions/{offered['id']}")
    assert told["decision"] == offered
    assert "  rests on: elv-een, 2 free of which 0 held, seen 0 s before" in told["explanation"]
    assert any("elv-twee" in line and "property-missing" in line for line in told["explanation"])
    assert told["sentence"].startswith(offered["data"]["request"])
    await ask.get("decisions/rijnmond.99999.0", status=404)


@pytest.mark.parametrize(
    "path",
    [
        "decisions",
        "decisions/{decision}",
        "events/{event}",
        "units/elv-een/history?since=2026-01-10T00:00:00Z&until=2026-01-11T00:00:00Z",
    ],
)
async def test_what_was_says_how_current_it_is_too(ask: Asker, backend: MemoryBackend, path: str) -> None:
    asked = await ask.post("requests", wanted(), status=201)
    whole = path.format(decision=asked["decisions"][0]["id"], event=asked["event"])
    told = (await ask.get(whole))["freshness"]
    assert (told["as_of"], told["stale"], told["why"]) == ("2026-01-10T19:00:00Z", False, None)

    backend.passes(minutes=2)
    backend.source.answers = False
    answer = await ask.send("GET", whole)
    told = answer.json()["freshness"]
    assert (told["now"], told["stale"], told["why"]) == ("2026-01-10T19:02:00Z", True, "kafka-silent")
    assert answer.headers["spoedplein-as-of"].startswith(told["as_of"].removesuffix("Z"))
    assert answer.headers["spoedplein-stale"] == "kafka-silent"


async def test_a_provider_sees_what_was_decided_of_his_own_and_nothing_of_others(
    ask: Asker, backend: MemoryBackend
) -> None:
    await ask.post("requests", wanted(needs=["single-room"]), status=201)
    backend.says(stop("elv-twee", backend.now))
    assert await kinds(ask, who=PROVIDER) == ["placement-offered"]
    assert await kinds(ask, who=OTHER) == ["unit-status-changed"]

    (offered,) = (await ask.get("decisions", who=PROVIDER))["decisions"]
    assert (offered["redacted"], "excluded" in offered["data"], "score" in offered["data"]) == (True, False, False)
    told = await ask.get(f"decisions/{offered['id']}", who=PROVIDER)
    assert not any("elv-twee" in line for line in told["explanation"])
    await ask.get(f"decisions/{offered['id']}", status=404, who=OTHER)
    await ask.get("decisions", status=401, who=PUBLIC)
    await ask.get("decisions", status=403, who=Who(Role.OPERATOR))


async def test_boards_are_for_the_centre_and_lengths_for_whom_they_are_shared_with(
    ask: Asker, backend: MemoryBackend
) -> None:
    for case, code in (("c-een", "U2"), ("c-twee", "U3")):
        for said in queue(case, code, backend.now):
            backend.says(said)
    told = await ask.get("boards")
    (site,) = told["sites"]
    assert [each["case"] for each in site["queues"][0]["next"]] == ["c-een", "c-twee"]
    assert backend.accesses.entries[-1].cases == ("c-een", "c-twee")
    assert (await ask.get("boards/schiedam"))["board"] == site

    told = await ask.get("boards", who=PROVIDER)
    assert (told["sites"], told["queues"][0]["waiting"]) == ([], 2)
    assert "c-een" not in str(told)
    await ask.get("boards/schiedam", status=404, who=PROVIDER)
    await ask.get("boards/nergens", status=404)


async def test_what_units_say_is_for_themselves_to_say(ask: Asker, backend: MemoryBackend) -> None:
    figure = {"staffed": 4, "free": 3}
    await ask.post("units/elv-twee/figure", figure, status=403, who=PROVIDER)
    await ask.post("units/elv-nergens/figure", figure, status=404)
    told = await ask.post("units/elv-een/figure", figure, who=PROVIDER)
    assert (told["decided"], told["decisions"]) == (True, [])

    backend.passes(seconds=1)
    await ask.post("units/elv-een/figure", figure, who=PROVIDER)
    assert (await ask.get("units/elv-een"))["unit"]["free"] == 3
    told = await ask.post("units/elv-een/stop", {"reason": "staff"}, who=PROVIDER)
    assert [each["kind"] for each in told["decisions"]] == ["unit-status-changed"]
    backend.passes(seconds=1)
    told = await ask.post("units/elv-een/lift", who=PROVIDER)
    assert [each["data"]["status"] for each in told["decisions"]] == ["open"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("units/elv-een/lift", None, id="lift"),
        pytest.param("units/elv-een/open", None, id="open"),
        pytest.param("units/elv-een/figure", {"staffed": 4, "free": 3}, id="figure"),
    ],
)
async def test_a_case_in_what_was_decided_of_a_units_word_is_on_record_or_not_told(
    ask: Asker, backend: MemoryBackend, path: str, body: object
) -> None:
    backend.says(stop("elv-een", backend.now) if body is None else capacity("elv-een", 0, backend.now))
    for name in ("elv-twee", "elv-stil"):
        backend.says(capacity(name, 0, backend.now))
    request = (await ask.post("requests", wanted(), status=201))["request"]
    backend.passes(seconds=1)
    before = len(backend.accesses.entries)

    told = await ask.post(path, body, who=PROVIDER, key="sleutel-1")
    assert request in {each["data"].get("request") for each in told["decisions"]}
    seen = backend.accesses.entries[before:]
    assert [(each.action, each.cases) for each in seen] == [("report-capacity", ()), ("report-capacity", (request,))]

    backend.accesses.away = True
    answer = await ask.send("POST", path, body, who=PROVIDER, headers={"Idempotency-Key": "sleutel-1"})
    assert (answer.status_code, answer.json()["decided"]) == (202, False), "said, and not told what became of it"
    assert request not in answer.text
    assert answer.headers["Location"].endswith(f"/events/{told['event']}")


async def test_units_are_asked_to_report_now_by_the_centre(ask: Asker) -> None:
    told = await ask.post("rounds", {"care_types": ["elv-hoog"]})
    (opened,) = told["decisions"]
    assert (opened["kind"], opened["data"]["units"]) == ("round-opened", ["elv-een", "elv-stil", "elv-twee"])
    assert (await ask.get("boards"))["rounds"]["open_total"] == 1
    await ask.post("rounds", status=403, who=PROVIDER)


async def test_a_proposal_that_nobody_made_cannot_be_confirmed(ask: Asker) -> None:
    told = await ask.post("proposals/rijnmond.1.0/confirm", status=409)
    assert told["refusal"] == "unknown-proposal"


async def passed_on(ask: Asker, backend: MemoryBackend, *, who: Who = COORDINATOR) -> str:
    """A request that elv-een was offered and declines for staff, and that is offered to elv-twee since."""
    told = await ask.post("requests", wanted(), status=201, who=who)
    request, (offered,) = told["request"], told["decisions"]
    assert offered["data"]["unit"] == "elv-een"
    backend.passes(minutes=1)
    told = await ask.post(f"requests/{request}/offers/{offered['id']}/decline", {"reason": "staff"}, who=PROVIDER)
    assert [each["kind"] for each in told["decisions"]] == ["offer-ended"], "what follows is of another"
    return str(request)


@pytest.mark.parametrize("kept", [live.DECISIONS_MAX, 2], ids=["in-memory", "in-the-archive"])
async def test_whom_a_request_is_passed_on_to_does_not_hear_what_others_answered(
    ask: Asker, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(live, "DECISIONS_MAX", kept)
    request = await passed_on(ask, backend)
    whole = (await ask.get(f"decisions?request={request}"))["decisions"]
    assert [(each["kind"], each["data"]["unit"]) for each in whole] == [
        ("placement-offered", "elv-twee"),
        ("offer-ended", "elv-een"),
        ("placement-offered", "elv-een"),
    ]

    told = (await ask.get(f"decisions?request={request}", who=OTHER))["decisions"]
    assert [each["data"]["unit"] for each in told] == ["elv-twee"]
    for each in whole[1:]:
        await ask.get(f"decisions/{each['id']}", status=404, who=OTHER)
    assert "elv-een" not in str(await ask.get(f"decisions/{whole[0]['id']}", who=OTHER))


async def test_of_whom_else_to_ask_a_provider_hears_no_answers_but_to_his_own_request(
    ask: Asker, backend: MemoryBackend
) -> None:
    own = Who(Role.PROVIDER, "huis-ggz-een")
    request = await passed_on(ask, backend, who=own)
    answers = {"elv-een": "declined", "elv-twee": "asked", "elv-stil": "never-reported"}
    for who, units in (
        (COORDINATOR, answers),
        (own, answers),
        (OTHER, {each: answers[each] for each in list(answers)[1:]}),
    ):
        told = await ask.get(f"requests/{request}/candidates", who=who)
        assert {each["unit"]: each["code"] for each in told["excluded"]} == units
        assert told["not_shared"] == len(answers) - len(units)


@pytest.mark.parametrize(("level", "codes"), [("site", []), ("unit", ["stop"])])
async def test_a_search_tells_of_a_stop_to_whom_stops_are_shared_with_per_unit(level: str, codes: list[str]) -> None:
    sharing = {"levels": [{"audience": "provider", "subject": "stops", "level": level}]}
    backend = MemoryBackend([AGREED.model_copy(update={"sharing": Sharing.model_validate(sharing)})], now=EVENING)
    backend.says(capacity("elv-een", 2, backend.now))
    backend.says(stop("elv-een", backend.now))
    async with portal_client(backend) as client:
        asks = Asker(backend, client)
        told = await asks.post("search", wanted(), who=OTHER)
        own = await asks.post("search", wanted(), who=PROVIDER)
    assert [each["code"] for each in told["excluded"] if each["unit"] == "elv-een"] == codes
    assert [each["code"] for each in own["excluded"] if each["unit"] == "elv-een"] == ["stop"]
