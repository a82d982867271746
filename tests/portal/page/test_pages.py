"""Pages as they are drawn: what stands in them, for whom, in which language, and what is kept of who looked."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from spoedplein.portal.access import Role
from spoedplein.portal.page import routes
from spoedplein.portal.page.words import TEXTS, Language, Texts
from spoedplein.testing.builders import REGION, SITE, admitted, capacity, declined, profile, queue, request, stop
from spoedplein.testing.portal import MemoryBackend
from spoedplein_schemas.intended_use import INTENDED_USE
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType
from tests.portal.conftest import COORDINATOR, OTHER, PROVIDER, PUBLIC, Who

HTML = {"Accept": "text/html"}
BASE = f"/regio/{REGION}"
PAGES = ("", f"/plein/{SITE}", "/aanvragen", "/vragen", "/verloop", "/inwoners", "/zorg/elv-hoog")


async def get(
    client: httpx.AsyncClient, backend: MemoryBackend, path: str, *, who: Who = COORDINATOR, english: bool = False
) -> httpx.Response:
    cookies = {"Cookie": "spoedplein-taal=en"} if english else {}
    return await client.get(path, headers=HTML | who.bearer(backend.minter) | cookies)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("english", [False, True])
async def test_every_page_says_what_the_system_is_for_in_the_one_wording(
    client: httpx.AsyncClient, backend: MemoryBackend, path: str, *, english: bool
) -> None:
    answer = await get(client, backend, BASE + path, english=english)

    assert answer.status_code == 200, answer.text
    assert INTENDED_USE in unescape(answer.text)
    assert f'<html lang="{"en" if english else "nl"}"' in answer.text
    assert answer.headers["content-language"] == ("en" if english else "nl")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_holds_a_script_a_style_or_an_address_of_elsewhere(
    client: httpx.AsyncClient, backend: MemoryBackend, path: str
) -> None:
    text = (await get(client, backend, BASE + path)).text

    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert "http" not in text.replace("http-equiv", "").replace("hx-", "")


async def test_unknown_is_shown_as_unknown_and_zero_as_zero(client: httpx.AsyncClient, backend: MemoryBackend) -> None:
    text = (await get(client, backend, f"{BASE}/zorg/elv-hoog")).text

    rows = {row.partition("<br>")[0]: row for row in text.split('<th scope="row">')[1:]}
    assert '<span class="tag unknown">onbekend</span>' in rows["elv-stil"]
    assert "nooit gemeld" in rows["elv-stil"]
    assert "<strong>0</strong>" in rows["elv-twee"]
    assert "<strong>2</strong>" in rows["elv-een"]


async def test_a_figure_past_its_validity_is_unknown_though_nobody_says_so(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.holding = True
    backend.clock.pass_ms(48 * 3_600_000)

    text = (await get(client, backend, BASE)).text

    row = text.partition("zorg/elv-hoog")[2].partition("</tr>")[0]
    assert "onbekend" in row
    assert "<strong>2</strong>" not in row


async def test_a_portal_that_hears_nothing_says_that_what_it_shows_may_be_behind(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.source.answers = False

    assert "kan achterlopen" in (await get(client, backend, BASE)).text


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("", PUBLIC, 303),
        ("/aanvragen", PUBLIC, 303),
        ("/inwoners", PUBLIC, 200),
        (f"/plein/{SITE}", PROVIDER, 404),
        ("", PROVIDER, 200),
        ("/aanvragen", OTHER, 200),
        ("", Who(regions=("nijmegen",)), 404),
        ("/plein/nergens", COORDINATOR, 404),
        ("/zorg/nergens", COORDINATOR, 422),
    ],
)
async def test_who_may_not_see_a_page_is_told_so_as_a_page(  # noqa: PLR0917  the row
    client: httpx.AsyncClient, backend: MemoryBackend, path: str, who: Who, status: int
) -> None:
    answer = await get(client, backend, BASE + path, who=who)

    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"] == f"/sign-in?to={BASE}{path}"
    elif status >= 400:
        assert "<h1>" in answer.text
        assert "urn:" not in answer.text


async def test_who_may_not_read_boards_or_requests_finds_none_of_them_at_a_glance(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    for said in queue("c-nu", "U0", backend.now):
        backend.says(said)
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    backend.says(request("r-ggz", profile(CareType.GGZ_HIC), backend.now))
    backend.says(stop("elv-stil", backend.now))
    await client.post(f"/v1/regions/{REGION}/rounds", json={}, headers=COORDINATOR.bearer(backend.minter))
    named = ("c-nu", "r-84", "r-ggz", f"/plein/{SITE}", "meldrondes")

    centre, operator = [(await get(client, backend, BASE, who=who)).text for who in (COORDINATOR, Who(Role.OPERATOR))]
    assert [each for each in named if each not in centre] == []
    assert [each for each in named if each in operator] == []
    assert f"{BASE}/zorg/elv-hoog" in operator, "what is free is for him"
    rounds = await get(client, backend, f"{BASE}/zorg/elv-hoog", who=Who(Role.OPERATOR))
    assert "meldrondes" not in rounds.text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.AUDITOR, Role.OPERATOR])
async def test_no_page_leads_to_one_that_refuses(client: httpx.AsyncClient, backend: MemoryBackend, role: Role) -> None:
    first = await get(client, backend, BASE, who=Who(role))
    menu = first.text[first.text.index("<nav") : first.text.index("</nav>")]
    found = re.findall(r'href="([^"]+)"', menu)
    for path in found:
        page = await get(client, backend, path, who=Who(role))
        found += [each for each in re.findall(rf'class="button" href="({BASE}[^"]+)"', page.text) if each not in found]
        assert page.status_code == 200, path


async def test_a_program_that_asks_for_a_page_gets_its_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get(BASE, headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_provider_sees_the_offer_to_him_and_nothing_of_another(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))

    own = await get(client, backend, f"{BASE}/aanvragen/r-84", who=PROVIDER)
    other = await get(client, backend, f"{BASE}/aanvragen/r-84", who=OTHER)

    assert "/accept" in own.text
    assert "/override" not in own.text
    assert other.status_code == 404


async def test_whom_a_request_is_passed_on_to_reads_on_no_page_what_another_answered(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.says(capacity("elv-twee", 1, backend.now))
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    asked = await client.get(f"/v1/regions/{REGION}/requests/r-84", headers=COORDINATOR.bearer(backend.minter))
    backend.says(declined("r-84", asked.json()["request"]["offers"][0]["offer"], backend.now, DeclineReason.STAFF))
    offered = list(backend.archive._decisions)[-1]

    paths = (f"{BASE}/aanvragen/r-84", f"{BASE}/besluiten/{offered}", BASE)
    told = {path: (await get(client, backend, path, who=OTHER)).text for path in paths}

    for path, text in told.items():
        assert "r-84 aangeboden aan elv-twee" in text, path
        assert "wees af" not in text, path
        assert "wijst af" not in text.partition('id="loop"')[2], path
        assert "aangeboden aan elv-een" not in text, path
    assert "1 wees af, 1 nooit gemeld" in (await get(client, backend, paths[1])).text, "to the centre"


@pytest.mark.parametrize(("english", "said"), [(False, "zorg te complex"), (True, "care too complex")])
async def test_why_a_place_said_no_is_told_in_words(
    client: httpx.AsyncClient, backend: MemoryBackend, *, english: bool, said: str
) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    asked = await client.get(f"/v1/regions/{REGION}/requests/r-84", headers=COORDINATOR.bearer(backend.minter))
    offer = asked.json()["request"]["offers"][0]["offer"]
    backend.says(declined("r-84", offer, backend.now, DeclineReason.CARE_TOO_COMPLEX))

    text = (await get(client, backend, f"{BASE}/aanvragen/r-84", english=english)).text

    assert f"({said})" in text.partition('id="profiel"')[0]


async def test_whoever_looks_at_a_request_is_put_on_record(client: httpx.AsyncClient, backend: MemoryBackend) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))

    await get(client, backend, f"{BASE}/aanvragen/r-84")

    seen = backend.accesses.entries
    assert any("r-84" in entry.cases for entry in seen)


async def test_a_stay_that_the_course_of_a_request_names_is_on_record_too(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    backend.says(admitted("r-84", "elv-een", backend.now))
    follows = request("r-85", profile(CareType.GGZ_HIC), backend.now).model_copy(update={"follows": "r-84"})
    backend.says(follows)

    text = (await get(client, backend, f"{BASE}/aanvragen/r-85")).text

    assert "vervolg op verblijf r-84" in text
    assert "r-84" in {case for entry in backend.accesses.entries for case in entry.cases}


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        pytest.param(COORDINATOR, {"c-wacht", "c-nu", "r-84", "r-ggz"}, id="centre"),
        pytest.param(PROVIDER, {"r-84"}, id="provider"),
        pytest.param(OTHER, set(), id="nothing-of-him"),
    ],
)
async def test_every_case_that_the_region_at_a_glance_names_is_on_record_or_it_is_not_shown(
    client: httpx.AsyncClient, backend: MemoryBackend, who: Who, shown: set[str]
) -> None:
    for said in queue("c-nu", "U0", backend.now):
        backend.says(said)
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    backend.says(request("r-ggz", profile(CareType.GGZ_HIC), backend.now))

    text = (await get(client, backend, BASE, who=who)).text

    assert shown >= {each for each in ("c-nu", "r-84", "r-ggz") if each in text}
    assert {case for entry in backend.accesses.entries for case in entry.cases} == shown
    backend.accesses.away = True
    away = await get(client, backend, BASE, who=who)
    assert away.status_code == (503 if shown else 200)
    assert not [case for case in ("c-nu", "r-84", "r-ggz") if case in away.text]


async def test_citizens_see_sums_and_no_unit_request_or_patient(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))

    text = (await get(client, backend, f"{BASE}/inwoners", who=PUBLIC)).text

    assert "ELV hoog-complex" in text
    for hidden in ("elv-een", "r-84", "c-wacht", "huis-elv"):
        assert hidden not in text


async def test_who_reads_english_reads_why_in_english(client: httpx.AsyncClient, backend: MemoryBackend) -> None:
    backend.says(request("r-84", profile(CareType.ELV_HOOG), backend.now))
    backend.says(request("r-ggz", profile(CareType.GGZ_OPEN), backend.now))
    offered = next(each for each in backend.archive._decisions.values() if each.type.endswith("placement-offered.v1"))

    told = {
        path: (await get(client, backend, BASE + path, english=True)).text
        for path in ("", "/aanvragen/r-84", "/aanvragen/r-ggz", f"/besluiten/{offered.id}", f"/plein/{SITE}")
    }

    assert "r-84 offered to elv-een until" in told[""]
    assert "r-84 offered to elv-een until" in told[f"/besluiten/{offered.id}"]
    assert "no unit of that care in the agreements" in told["/aanvragen/r-ggz"]
    assert "never reported" in told["/aanvragen/r-84"]
    assert "first: nobody before you" in told[f"/plein/{SITE}"]
    for text in told.values():
        assert 'lang="nl"' not in text.replace('lang="nl">Nederlands', "")
        for dutch in ("aangeboden", "niets past", "nooit gemeld", "niemand voor u", "vrij,"):
            assert dutch not in text


async def test_history_is_drawn_with_gaps_where_nothing_was_known(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    backend.says(capacity("elv-een", 1, backend.now - timedelta(minutes=5)))

    answer = await get(client, backend, f"{BASE}/verloop?zorg=elv-hoog&uren=24")

    assert answer.text.count("<figure") == 3


async def test_a_provider_finds_no_history_but_of_his_own_units(
    client: httpx.AsyncClient, backend: MemoryBackend
) -> None:
    text = (await get(client, backend, f"{BASE}/verloop?zorg=elv-hoog", who=OTHER)).text

    plots = text.split("<figure")[1:]
    assert [("elv-twee" in each, "elv-een" in each) for each in plots] == [(True, False)]


async def test_of_a_long_history_the_newest_part_is_drawn(
    client: httpx.AsyncClient, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SAMPLES_MAX", 3)
    for free in (9, 8, 7, 6, 5):
        backend.passes(minutes=10)
        backend.says(capacity("elv-twee", free, backend.now))
    backend.passes(minutes=10)

    text = (await get(client, backend, f"{BASE}/verloop?zorg=elv-hoog&uren=168", who=OTHER)).text

    assert "min 5, max 7" in text
    assert 'class="dark"' not in text.partition("<figure")[2], "what is not drawn is not unknown"


@pytest.mark.parametrize(
    ("to", "lands"), [(BASE, BASE), ("//elders", "/"), ("https:elders", "/"), ("/\\elders", "/"), ("", "/")]
)
async def test_another_language_leads_back_to_a_page_of_ours(client: httpx.AsyncClient, to: str, lands: str) -> None:
    answer = await client.get("/taal/en", params={"op": to})

    assert answer.status_code == 303
    assert answer.headers["location"] == lands


@pytest.mark.parametrize("language", Language)
def test_every_text_is_there_in_both_languages(language: Language) -> None:
    t = Texts(language)

    for key, (dutch, english) in TEXTS.items():
        named = re.findall(r"{(\w+)}", dutch)
        assert named == re.findall(r"{(\w+)}", english)
        assert t(key, **dict.fromkeys(named, 3))
    assert t.span(3 * 3600 + 7 * 60) == {"nl": "3u07", "en": "3h07"}[language]
