"""Every no is a problem after RFC 9457, whoever says it."""

from collections.abc import AsyncIterator

import pytest

from spoedplein.portal.access import Role
from spoedplein.testing.builders import REGION
from spoedplein.testing.portal import MemoryBackend
from tests.portal.conftest import Asker, wanted


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/nowhere", 404, "not-found", id="no-such-address"),
        pytest.param("DELETE", "/v1/regions", 405, "method-not-allowed", id="no-such-method"),
        pytest.param("GET", "units?limit=0", 422, "input", id="too-few"),
        pytest.param("GET", "units?care_type=hotel", 422, "input", id="no-such-code"),
        pytest.param("GET", "/v1/regions/Rijnmond/units", 422, "input", id="no-such-form"),
        pytest.param("GET", "decisions?until=gisteren", 422, "input", id="no-moment"),
        pytest.param("GET", "decisions?until=2026-01-10T19:00:00", 422, "input", id="no-time-zone"),
        pytest.param("GET", "decisions?until=1768071600", 422, "input", id="a-number-is-no-moment"),
    ],
)
async def test_a_no_is_a_problem(*, ask: Asker, method: str, path: str, status: int, code: str) -> None:
    answer = await ask.send(method, path)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (told["status"], told["type"].rsplit(":", 1)[-1]) == (status, code)
    assert told["title"]
    assert told["detail"]


async def test_a_parameter_that_does_not_fit_is_named_and_not_repeated(ask: Asker) -> None:
    told = await ask.get("units?limit=veel&age_band=84", status=422)
    assert [each["parameter"] for each in told["errors"]] == ["limit", "age_band"]
    assert "veel" not in str(told)


async def test_another_method_is_told_which_there_are(ask: Asker) -> None:
    answer = await ask.send("PUT", "requests")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        pytest.param(b"<a/>", "application/xml", 415, "media-type", id="xml"),
        pytest.param(b"{", "application/json", 422, "input", id="no-json"),
        pytest.param(b"[]", "application/json; charset=utf-8", 422, "input", id="a-list"),
        pytest.param(b'{"a": 1, "a": 2}', "application/json", 422, "input", id="twice"),
        pytest.param(b"\xff", "application/json", 422, "input", id="no-text"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    *, ask: Asker, content: bytes, kind: str, status: int, code: str
) -> None:
    headers = ask.backend.minter.bearer(Role.COORDINATOR) | {"Content-Type": kind}
    answer = await ask.client.post("/v1/regions/rijnmond/requests", content=content, headers=headers)
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (status, code)


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in-pieces"])
@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        pytest.param("POST", "/v1/regions/rijnmond/requests", "application/problem+json", id="api"),
        pytest.param("PUT", "/fhir/rijnmond/Task/rijnmond.1.0", "application/fhir+json", id="fhir"),
    ],
)
async def test_a_body_past_what_is_read_is_refused_in_the_words_of_who_asks(
    *, ask: Asker, method: str, path: str, kind: str, announced: bool
) -> None:
    size = ask.backend.settings.portal_body_bytes_max + 1

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // 1000 + 1):
            yield b" " * 1000

    headers = ask.backend.minter.bearer(Role.COORDINATOR) | {"Content-Type": kind.replace("problem+", "")}
    answer = await ask.client.request(method, path, content=b" " * size if announced else pieces(), headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (413, kind)
    told = answer.json()
    if "issue" in told:
        assert (told["resourceType"], told["issue"][0]["code"]) == ("OperationOutcome", "too-long")
    else:
        assert (told["type"].rsplit(":", 1)[-1], told["status"]) == ("too-large", 413)


@pytest.mark.parametrize(
    ("path", "fails", "kind"),
    [
        pytest.param("/v1/regions/{region}/units", "api.units.units_now", "application/problem+json", id="api"),
        pytest.param("/fhir/{region}/Slot", "standards.fhir.routes.search", "application/fhir+json", id="fhir"),
        pytest.param("/v1/regions/{region}/boards", "access.visit.Visit.about", "application/problem+json", id="visit"),
    ],
)
async def test_a_fault_of_ours_is_dressed_and_counted_as_any_answer(
    *, ask: Asker, monkeypatch: pytest.MonkeyPatch, path: str, fails: str, kind: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("what nobody is told")

    well = await ask.send("GET", "/health/live")
    monkeypatch.setattr(f"spoedplein.portal.{fails}", fail)
    answer = await ask.send("GET", path.format(region=REGION))

    assert (answer.status_code, answer.headers["content-type"]) == (500, kind)
    assert "nobody" not in answer.text
    assert well.headers.items() - answer.headers.items() <= {
        ("content-length", well.headers["content-length"]),
        ("content-type", well.headers["content-type"]),
    }
    assert answer.headers["cache-control"] == "no-store"
    assert ask.backend.metrics.portal_requests.labels(path, "5xx")._value.get() == 1


async def test_an_archive_that_is_away_takes_nothing_from_what_is_live(ask: Asker, backend: MemoryBackend) -> None:
    backend.archive.away = True
    told = await ask.get("units/elv-een/history?since=2026-01-10T00:00:00Z&until=2026-01-11T00:00:00Z", status=503)
    assert told["type"].endswith(":archive-away")
    asked = await ask.post("requests", wanted(), status=201, key="sleutel-1")
    assert asked["decided"]
    assert (await ask.get("decisions"))["decisions"][0]["kind"] == "placement-offered"
