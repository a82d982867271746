"""A broken file of agreements: every mistake is named with file, line, key, what is wrong, and the mend.

In the table a line of the good file is replaced; `says` is all that is told of it.
"""

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.errors import AgreementsError
from spoedplein.domain.toml_lines import line_of, lines_of
from spoedplein.stack.places import deploy_file

GOOD = """\
# Agreements for a test
region = "rijnmond"
version = "2026.1"
title = "Afspraken"
owner = "zcc-rijnmond"
timezone = "Europe/Amsterdam"

[placement]
review_minutes = 30

[[sites]]
id = "schiedam"
name = "Schiedam"
organisation = "franciscus"
services = [{ care_type = "hap" }]

[[units]]   # the first
id = "elv-een"
name = "ELV een"
organisation = "frankeland"
care_type = "elv-hoog"

[[units]]
id = "elv-twee"
name = "ELV twee"
organisation = "frankeland"
care_type = "elv-hoog"
place = { lon = 4.4, lat = 51.9 }
windows = [
    { from = "08:00", until = "20:00" },
    { days = ["sat"], from = "10:00", until = "16:00" },
]
"""


def told(text: str) -> list[str]:
    with pytest.raises(AgreementsError) as raised:
        read_agreements(text, name="rijnmond.toml")
    return str(raised.value).splitlines()


def changed(old: str, new: str) -> str:
    """The last occurrence is replaced."""
    assert old in GOOD
    at = GOOD.rindex(old)
    return GOOD[:at] + new + GOOD[at + len(old) :]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # --- not TOML
        pytest.param(
            'title = "Afspraken"', 'title = "Afspraken',
            "4: column 19: not valid TOML: Illegal character '\\n'; "
            "look for a quote, bracket or equals sign too many or too few",
            id="a quote is forgotten"),
        pytest.param(
            'owner = "zcc-rijnmond"', 'owner "zcc-rijnmond"',
            "5: column 7: not valid TOML: Expected '=' after a key in a key/value pair; "
            "look for a quote, bracket or equals sign too many or too few",
            id="an equals sign is forgotten"),
        # --- a key
        pytest.param(
            'owner = "zcc-rijnmond"\n', "",
            '1: owner: is missing; add it, such as owner = "zcc-rijnmond"', id="the owner is missing"),
        pytest.param(
            'organisation = "franciscus"\n', "",
            '11: sites.0.organisation: is missing; add it, such as organisation = "frankeland"', id="of a site"),
        pytest.param(
            'name = "ELV twee"\n', "", "23: units.1.name: is missing; add it", id="of the second unit"),
        pytest.param(
            "review_minutes", "reveiw_minutes",
            '9: placement.reveiw_minutes: is no key here; did you mean "review_minutes"?', id="a key is misspelt"),
        pytest.param(
            'owner = "zcc', 'eigenaar = "zcc',
            ["1: owner: is missing; add it", "5: eigenaar: is no key here; known are "],
            id="a key in another language"),
        pytest.param(
            "timezone = ", "Timezone = ", '6: Timezone: is no key here; did you mean "timezone"?', id="a capital"),
        pytest.param(
            '{ from = "08:00"', '{ form = "08:00"',
            '30: units.1.windows.0.form: is no key here; did you mean "from"?', id="misspelt in a list of tables"),
        pytest.param(
            "lon = 4.4", "long = 4.4", '28: units.1.place.long: is no key here; did you mean "lon"?', id="in a table"),
        pytest.param(
            "[[units]]\n", "[[unit]]\n", '23: unit: is no key here; did you mean "units"?', id="a heading is misspelt"),
        # --- a value
        pytest.param(
            'region = "rijnmond"', 'region = "Rijnmond!"',
            '2: region: "Rijnmond!" is no identifier; write small letters and digits, beginning with a letter, parts '
            'joined by - or ., such as region = "rijnmond"', id="no identifier"),
        pytest.param(
            'version = "2026.1"', 'version = "2026 1"',
            '3: version: "2026 1" is no code; write letters, digits, and . _ + - between them', id="no code"),
        pytest.param(
            'version = "2026.1"', "version = 2026.1", "3: version: 2026.1 is not text; write it between quotes",
            id="a number where text belongs"),
        pytest.param(
            'title = "Afspraken"', 'title = ""', '4: title: "" has fewer than 1 characters; fill it', id="empty"),
        pytest.param(
            'Europe/Amsterdam"', 'Europe/Schiedam"',
            '6: timezone: "Europe/Schiedam" is no time zone; write one such as "Europe/Amsterdam"', id="no time zone"),
        pytest.param(
            'Europe/Amsterdam"', '../etc/passwd"',
            '6: timezone: "../etc/passwd" is no time zone; write one such as "Europe/Amsterdam"', id="a path"),
        pytest.param(
            'Europe/Amsterdam"', 'Europe"',
            '6: timezone: "Europe" is no time zone; write one such as "Europe/Amsterdam"', id="half a time zone"),
        pytest.param(
            "review_minutes = 30", "review_minutes = 0",
            "9: placement.review_minutes: 0 is below 1; write 1 or more", id="too few"),
        pytest.param(
            "review_minutes = 30", "review_minutes = 1_000_000",
            "9: placement.review_minutes: 1000000 is above 129600; write 129600 or less", id="too many"),
        pytest.param(
            "review_minutes = 30", 'review_minutes = "half uur"',
            '9: placement.review_minutes: "half uur" is not a whole number; write digits only, without quotes and '
            "without a fraction", id="words for a number"),
        pytest.param(
            'care_type = "hap"', 'care_type = "sehh"',
            ['15: sites.0.services.0.care_type: "sehh" is none of hap, seh, ', 'did you mean "seh"?'], id="near one"),
        pytest.param(
            'days = ["sat"]', 'days = ["zaterdag"]',
            '31: units.1.windows.1.days.0: "zaterdag" is none of mon, tue, wed, thu, fri, sat, sun', id="not a day"),
        pytest.param(
            'days = ["sat"]', 'days = "sat"',
            '31: units.1.windows.1.days: "sat" is not a list; write it between square brackets, also when it is '
            "only one", id="one thing where a list belongs"),
        pytest.param(
            'until = "20:00"', 'until = "25:00"',
            '30: units.1.windows.0.until: "25:00" is no time of day; write one between quotes, such as "08:30"',
            id="no time of day"),
        pytest.param("lon = 4.4", "lon = 444", "28: units.1.place.lon: 444 is above 180; write 180 or less",
            id="nowhere"),
        pytest.param(
            'id = "elv-een"', 'id = "ELV een"', ['18: units.0.id: "ELV een" is no identifier; '], id="the first unit"),
        # --- what does not fit together
        pytest.param(
            'id = "elv-twee"', 'id = "elv-een"',
            '24: units.1.id: "elv-een" is listed twice; take one out, or rename it', id="a unit twice"),
        pytest.param(
            "windows = [", 'site = "schidam"\nwindows = [',
            '29: units.1.site: "schidam" is not in [[sites]]; add it there, or write one that is; '
            'did you mean "schiedam"?', id="no such site"),
        pytest.param(
            '{ care_type = "hap" }', '{ care_type = "hap" }, { care_type = "hap" }',
            '15: sites.0.services.1.care_type: "hap" is listed twice; take one out, or rename it',
            id="a service twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_its_mend(old: str, new: str, says: str | list[str]) -> None:
    lines = told(changed(old, new))

    if isinstance(says, str):
        assert lines == [f"rijnmond.toml:{says}"]
    else:
        assert all(part in "\n".join(lines) for part in says)


def test_every_mistake_is_named_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace('id = "elv-een"', 'id = "ELV"').replace("review_minutes = 30", "review_minutes = -1")
    text = text.replace('name = "ELV twee"\n', "").replace('days = ["sat"]', 'days = ["sat", "son"]')

    assert [line.split(": ")[:2] for line in told(text)] == [
        ["rijnmond.toml:9", "placement.review_minutes"],
        ["rijnmond.toml:18", "units.0.id"],
        ["rijnmond.toml:23", "units.1.name"],
        ["rijnmond.toml:30", "units.1.windows.1.days.1"],
    ]


def test_all_that_does_not_fit_together_is_named_at_once() -> None:
    text = GOOD.replace('id = "elv-twee"', 'id = "elv-een"\nsite = "delft"')

    assert [line.split(": ")[:2] for line in told(text)] == [
        ["rijnmond.toml:24", "units.1.id"],
        ["rijnmond.toml:25", "units.1.site"],
    ]


def test_what_does_not_fit_together_does_not_wait_until_the_rest_is_well_written() -> None:
    text = GOOD.replace("review_minutes = 30", "review_minutes = 0").replace('owner = "zcc-rijnmond"\n', "")
    text = text.replace('name = "ELV een"', "name = 1").replace('id = "elv-twee"', 'id = "elv-twee"\nsite = "delft"')

    assert [line.split(": ")[:2] for line in told(text)] == [
        ["rijnmond.toml:1", "owner"],
        ["rijnmond.toml:8", "placement.review_minutes"],
        ["rijnmond.toml:18", "units.0.name"],
        ["rijnmond.toml:24", "units.1.site"],
    ]


def test_what_leans_on_something_broken_is_no_fault_of_its_own() -> None:
    text = GOOD.replace('name = "Schiedam"', "name = 1").replace(
        'id = "elv-twee"', 'id = "elv-twee"\nsite = "schiedam"'
    )

    assert [line.split(": ")[:2] for line in told(text)] == [["rijnmond.toml:13", "sites.0.name"]]


@given(st.data())
def test_whatever_is_broken_is_told_by_line_and_never_a_crash(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        put = data.draw(
            st.sampled_from(["", "x = 1", "[units]", "[[units]]", "[[sites]]", "id = []", "name = {}", "}"])
        )
        lines[at : at + data.draw(st.integers(0, 1))] = [put]
    text = "\n".join(lines)

    told = faults_in(text)
    found = [re.match(r"x\.toml:(\d+): \S.*: \S", line) for line in told]
    numbers = [int(match[1]) for match in found if match]
    assert all(found), told
    assert numbers == sorted(numbers)
    assert max(numbers, default=1) <= len(lines)


def faults_in(text: str) -> list[str]:
    try:
        read_agreements(text, name="x.toml")
    except AgreementsError as error:
        return str(error).splitlines()
    return []


# --- the lines themselves -------------------------------------------------------------------------------------------


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return {path} - {()} | {found for key, each in inner for found in paths(each, (*path, key))}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a.b."c.d" = 1\n[e]\n"\\u0066" = 2\n\'g h\'.i = 3', id="dotted and quoted keys"),
        pytest.param("[[a]]\nb = 1\n[[a.c]]\nd = 2\n[[a.c]]\n[a.e.f]\ng = 1\n[[a]]\n[[a.c]]\nd = 3", id="within lists"),
        pytest.param("a = [1, [2, [3, ],\n # no\n 4], {b = [{c = 1}, {}]},\n]\nd = {}", id="lists in lists"),
        pytest.param('a = """\n[[x]] # "\\""" = 1"""\nb = \'\'\'c = "\'\'\'\nd = """""x"""""', id="long texts"),
        pytest.param("a = 1979-05-27 07:32:00\nb = +1e5 # c = 1\nd = [inf, nan,true]\n", id="plain values"),
        pytest.param("\r\n# only\r\na = 1\r\n[b]\r\nc = 2", id="the breaks of another system"),
        pytest.param("", id="nothing"),
    ],
)
def test_every_key_and_item_has_a_line(text: str) -> None:
    assert set(lines_of(text)) == paths(tomllib.loads(text))


@pytest.mark.parametrize("region", ["rijnmond", "nijmegen"])
def test_every_key_of_a_region_file_has_a_line(region: str) -> None:
    text = deploy_file("regions", f"{region}.toml").read_text(encoding="utf-8")

    assert set(lines_of(text)) == paths(tomllib.loads(text))


def test_what_is_not_written_stands_where_its_table_stands() -> None:
    lines = lines_of(GOOD)

    assert line_of(lines, ("units", 1, "windows", 1, "until")) == 31
    assert line_of(lines, ("units", 1, "sex")) == 23
    assert line_of(lines, ("placement", "admit_minutes")) == 8
    assert line_of(lines, ("mappings", 3, "path")) == 1


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def written(value: Any, *, breaks: bool) -> str:  # noqa: ANN401  any TOML value
    """As TOML, every table inline."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{written(key, breaks=False)} = {written(each, breaks=breaks)}" for key, each in value.items())
            + "}"
        )
    if isinstance(value, list):
        gap = "\n  # next\n" if breaks else ""
        return "[" + "".join(f"{gap}{written(each, breaks=breaks)}," for each in value) + gap + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value).lower()


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_any_text_that_is_read_has_a_line_for_each_key(table: dict[str, Any], breaks: bool) -> None:
    text = "".join(f"{written(key, breaks=False)} = {written(each, breaks=breaks)}\n" for key, each in table.items())

    lines = lines_of(text)

    assert tomllib.loads(text) == table
    assert set(lines) == paths(table)
    tops = [lines[(key,)] for key in table]
    assert tops == sorted(tops)
