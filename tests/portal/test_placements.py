"""What people say of placements becomes an event, once, and is answered with what was decided."""

import pytest

from spoedplein.portal import folding, naming
from spoedplein.portal.access import Role
from spoedplein.testing.portal import MemoryBackend, portal_client
from tests.portal.conftest import OTHER, PROVIDER, Asker, Who, wanted


async def placed(ask: Asker) -> tuple[str, str]:
    """A request that is offered to elv-een; its name and the offer's."""
    told = await ask.post("requests", wanted(needs=["single-room"]), status=201)
    offered = next(each for each in told["decisions"] if each["kind"] == "placement-offered")
    assert offered["data"]["unit"] == "elv-een"
    return told["request"], offered["id"]


async def test_a_request_is_asked_offered_accepted_and_admitted(ask: Asker, backend: MemoryBackend) -> None:
    request, offer = await placed(ask)
    (open_request,) = (await ask.get("requests"))["requests"]
    assert (open_request["request"], open_request["state"]) == (request, "offered")
    assert [each["unit"] for each in open_request["offers"]] == ["elv-een"]

    told = await ask.post(f"requests/{request}/offers/{offer}/accept", who=PROVIDER)
    assert [each["kind"] for each in told["decisions"]] == ["placement-accepted"]

    told = await ask.post(f"requests/{request}/admit", who=PROVIDER)
    assert [each["kind"] for each in told["decisions"]] == ["placement-admitted"]
    assert (await ask.get("requests"))["requests"] == []
    assert (await ask.get(f"requests/{request}"))["request"]["state"] == "admitted"
    assert backend.refused == []
    assert [event.type.split(".", 2)[2] for event in backend.sent] == [
        "placement.requested.v1",
        "placement.offer-accepted.v1",
        "placement.patient-admitted.v1",
    ]


async def test_the_same_key_and_body_is_the_same_event_and_answer_also_after_a_restart(
    ask: Asker, backend: MemoryBackend
) -> None:
    first = await ask.post("requests", wanted(), status=201, key="sleutel-1")
    again = await ask.post("requests", wanted(), status=201, key="sleutel-1")
    assert (again["event"], again["request"]) == (first["event"], first["request"])
    assert again["decisions"] == first["decisions"]

    async with portal_client(backend) as client:
        restarted = await Asker(backend, client).post("requests", wanted(), status=201, key="sleutel-1")
    assert restarted["event"] == first["event"]
    assert restarted["decisions"] == first["decisions"]
    assert len(backend.sent) == 1


async def test_the_same_key_for_something_else_is_refused_also_after_a_restart(
    ask: Asker, backend: MemoryBackend
) -> None:
    await ask.post("requests", wanted(), status=201, key="sleutel-1")
    other = wanted(age_band="65-79")
    assert (await ask.post("requests", other, status=422, key="sleutel-1"))["type"].endswith(":key-used")

    async with portal_client(backend) as client:
        told = await Asker(backend, client).post("requests", other, status=422, key="sleutel-1")
    assert told["type"].endswith(":key-used")
    assert len(backend.sent) == 1


@pytest.mark.parametrize("known_by", ["log", "archive"])
async def test_what_was_said_when_ids_were_hexadecimal_is_known_by_its_key(
    ask: Asker, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch, known_by: str
) -> None:
    with monkeypatch.context() as once:
        once.setattr(naming, "_spelled", str)
        first = await ask.post("requests", wanted(), status=201, key="sleutel-1")
    assert any(letter.isdigit() for letter in first["event"])

    if known_by == "archive":
        monkeypatch.setattr(folding, "key_of", lambda _event_id: None)
    async with portal_client(backend) as client:
        asker = Asker(backend, client)
        again = await asker.post("requests", wanted(), status=201, key="sleutel-1")
        told = await asker.post("requests", wanted(age_band="65-79"), status=422, key="sleutel-1")

    assert (again["event"], again["request"]) == (first["event"], first["request"])
    assert told["type"].endswith(":key-used")
    assert len(backend.sent) == 1


async def test_one_persons_key_is_not_anothers(ask: Asker) -> None:
    first = await ask.post("requests", wanted(), status=201, key="sleutel-1")
    second = await ask.post("requests", wanted(), status=201, key="sleutel-1", who=Who(subject="iemand-anders"))
    assert first["request"] != second["request"]


async def test_without_a_key_twice_is_two_requests(ask: Asker, backend: MemoryBackend) -> None:
    first = await ask.post("requests", wanted(), status=201)
    backend.passes(seconds=1)
    second = await ask.post("requests", wanted(), status=201)
    assert first["request"] != second["request"]


async def test_an_answer_that_comes_too_late_is_a_conflict_with_the_reason_of_the_core(
    ask: Asker, backend: MemoryBackend
) -> None:
    request, offer = await placed(ask)
    backend.passes(minutes=31)
    told = await ask.post(f"requests/{request}/offers/{offer}/accept", status=409, who=PROVIDER)
    assert told["type"].endswith(":refused-offer-lapsed")
    assert told["refusal"] == "offer-lapsed"
    assert told["decision"].startswith("rijnmond.")


async def test_saying_yes_twice_changes_nothing_the_second_time(ask: Asker, backend: MemoryBackend) -> None:
    request, offer = await placed(ask)
    await ask.post(f"requests/{request}/offers/{offer}/accept", who=PROVIDER)
    backend.passes(seconds=1)
    told = await ask.post(f"requests/{request}/offers/{offer}/accept", who=PROVIDER)
    assert (told["decided"], told["decisions"]) == (True, [])


@pytest.mark.parametrize("path", ["requests/{request}", "requests/{request}/candidates"])
async def test_another_provider_knows_nothing_of_the_request(ask: Asker, path: str) -> None:
    request, _ = await placed(ask)
    await ask.get(path.format(request=request), status=404, who=OTHER)
    assert (await ask.get("requests", who=OTHER))["requests"] == []


async def test_another_provider_cannot_answer_the_offer(ask: Asker, backend: MemoryBackend) -> None:
    request, offer = await placed(ask)
    for what in ("accept", "decline"):
        await ask.post(f"requests/{request}/offers/{offer}/{what}", {"reason": "full"}, status=404, who=OTHER)
    await ask.post(f"requests/{request}/admit", status=404, who=OTHER)
    assert len(backend.sent) == 1


async def test_what_coordination_does_not_answer_in_time_is_accepted_and_found_later(
    ask: Asker, backend: MemoryBackend
) -> None:
    backend.holding = True
    answer = await ask.send("POST", "requests", wanted(), headers={"Idempotency-Key": "sleutel-1"})
    assert answer.status_code == 202
    assert answer.json()["decided"] is False
    place = answer.headers["location"]
    assert (await ask.get(place))["decided"] is False

    backend.publishes_again()
    told = await ask.get(place)
    assert (told["decided"], [each["kind"] for each in told["decisions"]]) == (True, ["placement-offered"])
    assert (await ask.post("requests", wanted(), status=201, key="sleutel-1"))["event"] == told["event"]
    assert len(backend.sent) == 1


@pytest.mark.parametrize("what", ["request", "accept", "decline", "admit"])
async def test_a_provider_finds_what_he_said_at_its_location_and_nobody_else_does(
    ask: Asker, backend: MemoryBackend, what: str
) -> None:
    request, offer = await placed(ask)
    path, body = {
        "request": ("requests", wanted(care_types=["ggz-hic"])),
        "accept": (f"requests/{request}/offers/{offer}/accept", {}),
        "decline": (f"requests/{request}/offers/{offer}/decline", {"reason": "full"}),
        "admit": (f"requests/{request}/admit", {"unit": "elv-een"}),
    }[what]
    backend.passes(seconds=1)
    backend.holding = True
    answer = await ask.send("POST", path, body, who=PROVIDER)
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    assert (await ask.get(place, who=PROVIDER))["decided"] is False
    await ask.get(place, who=OTHER, status=404)

    backend.publishes_again()
    told = await ask.get(place, who=PROVIDER)
    assert (told["event"], told["decided"]) == (answer.json()["event"], True)
    await ask.get(place, who=OTHER, status=404)


async def test_two_organisations_with_one_key_do_not_meet(ask: Asker, backend: MemoryBackend) -> None:
    """Not even when the issuer calls both users the same, as for somebody who works for two houses."""
    for house in ("huis-elv-een", "huis-elv-twee"):
        asker = Who(Role.PROVIDER, house, subject="verpleegkundige-7")
        told = await ask.post("requests", wanted(), status=201, who=asker, key="dienst-1-aanvraag")
        again = await ask.post("requests", wanted(), status=201, who=asker, key="dienst-1-aanvraag")
        assert (again["event"], again["request"]) == (told["event"], told["request"])
    assert [each.data.requester for each in backend.sent] == ["huis-elv-een", "huis-elv-twee"]
    assert len({each.data.request for each in backend.sent}) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        pytest.param({}, "/profile", "schema", id="nothing"),
        pytest.param(wanted(age_band="84"), "/profile/age_band", "schema", id="a-code-of-nobody"),
        pytest.param(wanted() | {"preferred": ["elv-nergens"]}, "/preferred/0", "unknown-unit", id="a-unit-of-nobody"),
        pytest.param(wanted() | {"name": "J. Jansen"}, "/name", "identifies-name", id="a-name"),
        pytest.param(wanted(age_band="123456782"), "/profile/age_band", "identifies-bsn", id="a-number"),
        pytest.param(wanted() | {"requested_at": "2026-01-10T23:00:00Z"}, "/requested_at", "clock-ahead", id="ahead"),
        pytest.param(wanted() | {"preferred": None}, "/preferred", "schema", id="nothing-where-a-list-belongs"),
        pytest.param(wanted(needs="single-room"), "/profile/needs", "schema", id="no-list"),
        pytest.param({"profile": wanted()["profile"], "profiel": 1}, "/profiel", "schema", id="a-field-of-nobody"),
    ],
)
async def test_what_does_not_fit_is_told_with_its_place_and_mend_and_goes_nowhere(
    *, ask: Asker, backend: MemoryBackend, body: dict[str, object], pointer: str, code: str
) -> None:
    told = await ask.post("requests", body, status=422)
    (fault,) = told["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert fault["mend"]
    assert "Jansen" not in str(told)
    assert "123456782" not in str(told)
    assert backend.sent == []


async def test_what_the_address_says_is_not_said_again(ask: Asker) -> None:
    request, offer = await placed(ask)
    body = {"request": "r-anders", "by": {"role": "gp", "organisation": "x"}}
    told = await ask.post(f"requests/{request}/offers/{offer}/accept", body, status=422, who=PROVIDER)
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [
        ("/request", "filled-in"),
        ("/by", "filled-in"),
    ]


async def test_a_provider_asks_for_himself_only(ask: Asker) -> None:
    body = wanted() | {"requester": "huis-elv-twee"}
    await ask.post("requests", body, status=403, who=PROVIDER)
    told = await ask.post("requests", wanted(), status=201, who=PROVIDER)
    assert (await ask.get(f"requests/{told['request']}", who=PROVIDER))["request"]["requester"] == "huis-elv-een"


async def test_regie_is_handed_over_and_the_request_is_cancelled(ask: Asker) -> None:
    request, _ = await placed(ask)
    told = await ask.post(f"requests/{request}/hand-over", {"to_owner": "zcc-dag"})
    assert [each["kind"] for each in told["decisions"]] == ["ownership-changed"]
    stale = {"to_owner": "zcc-nacht", "from_owner": "zcc-rijnmond"}
    assert (await ask.post(f"requests/{request}/hand-over", stale, status=409))["refusal"] == "not-the-owner"
    told = await ask.post(f"requests/{request}/cancel", {"reason": "no-longer-needed"})
    assert "placement-cancelled" in [each["kind"] for each in told["decisions"]]


async def test_a_professional_places_otherwise_and_it_is_recorded(ask: Asker) -> None:
    request, _ = await placed(ask)
    body = {"unit": "elv-stil", "ground": "by-telephone"}
    told = await ask.post(f"requests/{request}/override", body)
    recorded = next(each for each in told["decisions"] if each["kind"] == "override-recorded")
    assert [each["code"] for each in recorded["data"]["against"]] == ["property-missing", "never-reported"]
    await ask.post(f"requests/{request}/override", body, status=403, who=PROVIDER)


async def test_every_access_to_a_case_is_on_record(ask: Asker, backend: MemoryBackend) -> None:
    request, offer = await placed(ask)
    await ask.post(f"requests/{request}/offers/{offer}/accept", who=PROVIDER)
    entry = backend.accesses.entries[-1]
    assert (entry.action, entry.organisation, request in entry.cases) == ("answer-offer", "huis-elv-een", True)
    assert entry.event_id == backend.sent[-1].id
