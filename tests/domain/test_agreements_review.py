"""What deserves a look in agreements that are well written, and which themes of the Leidraad are covered."""

import tomllib
from datetime import date
from typing import Any

import pytest

from spoedplein.domain.agreements_diff import compared
from spoedplein.domain.agreements_review import review
from spoedplein.domain.checklist import POINTS, checklist
from spoedplein.stack.places import deploy_file
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.checklist import Review, Theme

TODAY = date(2026, 11, 22)
HEAD = 'region = "r"\nversion = "1"\ntitle = "T"\nowner = "zcc"\n'
SITE = '[[sites]]\nid = "s"\nname = "S"\norganisation = "o"\nplace = { lon = 4.4, lat = 51.9 }\n'
UNIT = '[[units]]\nid = "elv"\nname = "ELV"\norganisation = "huis"\ncare_type = "elv-laag"\n'
HERE = "place = { lon = 4.4, lat = 51.9 }\n"
WVGGZ = UNIT.replace("elv-laag", "ggz-hic") + 'registration = "wvggz"\n'
DAY = 'windows = [{ from = "08:00", until = "20:00" }]\n'
WEEKDAYS = 'windows = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "00:00", until = "00:00" }]\n'


def agreed(text: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(HEAD + text))


def warned(text: str) -> dict[tuple[str, str], str | None]:
    return {(each.code.value, each.about): each.accepted for each in review(agreed(text), today=TODAY)}


# fmt: off
WARNINGS = [
    # --- places
    pytest.param(SITE, "absent", "elv-laag", True, id="no ELV in the region"),
    pytest.param(UNIT, "absent", "elv-laag", False, id="there is one"),
    pytest.param(SITE, "absent", "seh", False, id="a SEH is a queue, not a place"),
    pytest.param(UNIT + DAY, "night-gap", "elv-laag", True, id="the only one admits by day"),
    pytest.param(UNIT + WEEKDAYS, "night-gap", "elv-laag", True, id="no weekend nights"),
    pytest.param(UNIT, "night-gap", "elv-laag", False, id="day and night"),
    pytest.param(
        UNIT + DAY + UNIT.replace('"elv"', '"elv-2"'), "night-gap", "elv-laag", False,
        id="another admits at night"),
    pytest.param(UNIT + 'windows = [{ from = "20:00", until = "08:00" }]\n', "night-gap", "elv-laag", False,
        id="nights only"),
    pytest.param(SITE, "legal-gap", "wvggz", True, id="nobody can take a crisismaatregel"),
    pytest.param(WVGGZ, "legal-gap", "wvggz", False, id="a registered unit, day and night"),
    pytest.param(WVGGZ + DAY, "legal-gap", "wvggz", True, id="a registered unit by day"),
    pytest.param(WVGGZ, "legal-gap", "wzd", True, id="the other law"),
    pytest.param(WVGGZ.replace('"wvggz"', '"wzd+wvggz"'), "legal-gap", "wzd", False, id="both laws"),
    pytest.param(UNIT, "no-place", "elv", True, id="a unit that lies nowhere"),
    pytest.param(UNIT + HERE, "no-place", "elv", False, id="with a place"),
    pytest.param(SITE + UNIT + 'site = "s"\n', "no-place", "elv", False, id="on a site with a place"),
    pytest.param(UNIT + "validity_minutes = 1441\n", "long-validity", "elv", True, id="a figure of yesterday"),
    pytest.param(UNIT + "validity_minutes = 1440\n", "long-validity", "elv", False, id="a figure a day old"),
    # --- urgency
    pytest.param('[[ranks]]\nsystem = "nts"\ncode = "U2"\nrank = 1\nnorm_minutes = 90\n', "looser-norm", "nts U2",
        True, id="a looser norm"),
    pytest.param('[[ranks]]\nsystem = "nts"\ncode = "U2"\nrank = 1\nnorm_minutes = 45\n', "looser-norm", "nts U2",
        False, id="a stricter norm"),
    pytest.param('[[ranks]]\nsystem = "nts"\ncode = "U2"\nrank = 1\n', "looser-norm", "nts U2", True,
        id="the norm is taken away"),
    pytest.param('[[ranks]]\nsystem = "nts"\ncode = "U1"\nrank = 0\n', "not-life-threatening", "nts U1", True,
        id="U1 waits in the queue"),
    pytest.param('[[ranks]]\nsystem = "nts"\ncode = "U1"\nrank = 0\nlife_threatening = true\n',
        "not-life-threatening", "nts U1", False, id="U1 as usual"),
    # --- sites
    pytest.param(SITE, "no-services", "s", True, id="a site without a queue"),
    pytest.param(SITE + 'services = [{ care_type = "seh" }]\n', "no-services", "s", False, id="with one"),
    pytest.param(SITE + 'services = [{ care_type = "hap" }]\n', "no-hours", "s hap", True,
        id="a HAP without hours"),
    pytest.param(SITE + 'services = [{ care_type = "hap", hours = "anw" }]\n', "no-hours", "s hap", False,
        id="in ANW hours"),
    pytest.param(SITE + 'services = [{ care_type = "seh" }]\n', "no-hours", "s seh", False, id="a SEH needs none"),
    pytest.param(SITE + 'services = [{ care_type = "seh", policy = "accumulating" }]\n', "no-rates", "s seh", True,
        id="accumulating at no rate"),
    pytest.param(SITE + 'services = [{ care_type = "seh", policy = "accumulating", rates = [0, 4, 2, 1] }]\n',
        "no-rates", "s seh", False, id="with rates"),
    # --- the rest
    pytest.param("", "no-neighbour", "ggz-hic", True, id="nobody next door"),
    pytest.param('[[neighbours]]\nregion = "n"\nasks = ["ggz-hic"]\n', "no-neighbour", "ggz-hic", False,
        id="asked there"),
    pytest.param('[[neighbours]]\nregion = "n"\nasks = ["ggz-hic"]\n', "no-neighbour", "grz", True, id="not for this"),
    pytest.param("", "no-neighbour", "wijkverpleging", False, id="a nurse from next door is too far"),
    pytest.param('[[themes]]\ntheme = "triage"\ndocument = "D"\ndated = "2024-01-01"\nreview_by = "2026-11-21"\n',
        "document-expired", "triage", True, id="a document past its review"),
    pytest.param('[[themes]]\ntheme = "triage"\ndocument = "D"\ndated = "2024-01-01"\nreview_by = "2026-11-22"\n',
        "document-expired", "triage", False, id="to be reviewed today"),
]
# fmt: on


@pytest.mark.parametrize(("text", "code", "about", "told"), WARNINGS)
def test_a_warning_says_what_deserves_a_look(text: str, code: str, about: str, told: bool) -> None:
    assert ((code, about) in warned(text)) is told


def test_every_kind_of_warning_has_a_case() -> None:
    assert {case.values[1] for case in WARNINGS} == {code.value for code in Review} - {"accepted-in-vain"}


def test_what_the_region_accepts_is_told_with_its_reason() -> None:
    text = UNIT + DAY + '[[accepted]]\nwarning = "night-gap"\nabout = "elv-laag"\nreason = "ongelabeld bed is er wel"\n'

    assert warned(text)[("night-gap", "elv-laag")] == "ongelabeld bed is er wel"


def test_what_is_accepted_and_is_not_so_is_told() -> None:
    text = UNIT + '[[accepted]]\nwarning = "night-gap"\nabout = "elv-laag"\nreason = "was ooit zo"\n'

    assert ("accepted-in-vain", "night-gap elv-laag") in warned(text)


# --- the checklist -------------------------------------------------------------------------------------------------


def standing(text: str, theme: str) -> tuple[str, ...]:
    return next(each.by for each in checklist(agreed(text), today=TODAY) if each.point.theme == theme)


def test_every_theme_is_on_the_list_once_in_the_order_of_the_leidraad() -> None:
    assert [point.theme for point in POINTS] == list(Theme)
    assert all(point.title and point.chapter for point in POINTS)


@pytest.mark.parametrize(
    ("text", "theme", "by"),
    [
        pytest.param("", "triage", (), id="nothing agreed is open"),
        pytest.param(
            SITE + 'desk = { joint = true, self_referrals = "hap" }\n', "triage",
            ("S: one desk, self-referrers triaged by hap (desk)",), id="a desk"),
        pytest.param(SITE, "triage", (), id="a desk that nobody spoke of"),
        pytest.param(
            '[[consults]]\nspecialty = "seh"\nanswer_minutes = 15\n', "meedenkadvies",
            ("seh: answer within 15 min ([[consults]])",), id="a term for consults"),
        pytest.param(
            SITE + 'services = [{ care_type = "hap" }, { care_type = "seh" }]\n', "colocatie",
            ("HAP and SEH at S ([[sites]])",), id="both at one place"),
        pytest.param(SITE + 'services = [{ care_type = "hap" }]\n', "colocatie", (), id="one of both"),
        pytest.param(UNIT.replace("elv-laag", "ongelabeld"), "ongelabeld-bed", ("ELV ([[units]])",), id="a bed"),
        pytest.param(
            '[[sharing.levels]]\naudience = "public"\nsubject = "stops"\nlevel = "none"\n', "gegevensuitwisseling",
            ("1 publication levels ([sharing])",), id="publication levels"),
        pytest.param(
            SITE + 'services = [{ care_type = "hap", hours = "anw" }]\n', "dag-en-nacht",
            ("hours of 1 HAP services ([[sites]])",), id="hours"),
        pytest.param(
            '[[themes]]\ntheme = "opleiden"\ndocument = "Scholingsplan"\ndated = "2025-11-03"\nplace = "intranet"\n',
            "opleiden", ("Scholingsplan (03-11-2025, intranet)",), id="a document"),
        pytest.param(
            '[[themes]]\ntheme = "opleiden"\ndocument = "Oud"\ndated = "2020-01-01"\nreview_by = "2021-01-01"\n',
            "opleiden", (), id="a document past its review is open again"),
    ],
)  # fmt: skip
def test_a_theme_is_covered_by_settings_or_by_a_document(text: str, theme: str, by: tuple[str, ...]) -> None:
    assert standing(text, theme) == by


# --- two texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(UNIT, UNIT, [], id="the same"),
        pytest.param("", UNIT, ["+ units elv"], id="a unit is added"),
        pytest.param(UNIT, "", ["- units elv"], id="a unit is gone"),
        pytest.param(
            UNIT, UNIT + "validity_minutes = 60\n", ["~ units elv validity_minutes: not said -> 60"],
            id="a first figure"),
        pytest.param(
            UNIT, UNIT + HERE, ["~ units elv place: not said -> lon 4.4 lat 51.9"], id="a place"),
        pytest.param(
            "triage_minutes = 10\n", "triage_minutes = 8\n", ["~ triage_minutes: 10 -> 8"], id="a figure"),
        pytest.param(
            "", '[[rules]]\ncare_type = "elv-laag"\nvalidity_minutes = 480\nanswer_minutes = 20\n',
            ["~ rules elv-laag answer_minutes: 30 -> 20"], id="only what differs from the default"),
        pytest.param(
            UNIT + UNIT.replace('"elv"', '"elv-2"'), UNIT.replace('"elv"', '"elv-2"') + UNIT, [],
            id="moved in the file"),
        pytest.param(
            UNIT, UNIT.replace("elv-laag", "elv-hoog"), ["~ units elv care_type: elv-laag -> elv-hoog"], id="a kind"),
        pytest.param("", "[placement]\nadmit_minutes = 90\n", ["~ placement admit_minutes: 240 -> 90"],
            id="in a table"),
    ],
)  # fmt: skip
def test_a_difference_is_told_by_the_name_of_the_thing(before: str, after: str, says: list[str]) -> None:
    assert list(compared(agreed(before), agreed(after))) == says


@pytest.mark.parametrize("region", ["rijnmond", "nijmegen", "schiedam"])
def test_a_text_does_not_differ_from_itself_and_from_any_other_it_does(region: str) -> None:
    texts: dict[str, Any] = {
        name: Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{name}.toml").read_text()))
        for name in (region, "venlo")
    }

    assert list(compared(texts[region], texts[region])) == []
    assert len(list(compared(texts[region], texts["venlo"]))) > 20
