"""Reports over a real archive: a small case counted by hand, and a simulated day counted by another road."""

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from pydantic import SecretStr

from spoedplein.cli import regiobeeld
from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region, fold
from spoedplein.reports.report import TOTAL, WITHHELD, Cell, Level, NotSharedError, Report, report
from spoedplein.reports.triple_aim import shipped
from spoedplein.settings import ENV_PREFIX, Settings
from spoedplein.stack.places import deploy_file
from spoedplein.store.reports import Asked, find
from spoedplein.testing import builders as say
from spoedplein.testing.builders import Script
from spoedplein.testing.simulate import FRIDAY, simulate
from spoedplein_schemas import decisions, kind_of
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.home_care import VisitOutcome
from spoedplein_schemas.placement import CancelReason, DeclineReason
from spoedplein_schemas.placement import TransferAsked as Question
from spoedplein_schemas.vocabulary import CareType
from tests.reports.conftest import Fill

pytestmark = pytest.mark.postgres

ZONE: Final = "Europe/Amsterdam"
ELV, RESPIJT, SEH = CareType.ELV_HOOG, CareType.RESPIJT, CareType.SEH
#: 20:00 in the Netherlands, on a Saturday.
BEGINS: Final = datetime(2026, 1, 10, 19, tzinfo=UTC)
DAY: Final = Asked("rijnmond", datetime(2026, 1, 9, 23, tzinfo=UTC), datetime(2026, 1, 10, 23, tzinfo=UTC))


def moment(hour: int, minute: int) -> datetime:
    """That evening, on the clock of the Netherlands."""
    return datetime(2026, 1, 10, hour - 1, minute, tzinfo=UTC)


def by_hand(**agreed: Any) -> list[Record]:  # noqa: ANN401  pydantic checks
    """Three requests for ELV and one for respijt, from 20:00 until 23:10.

    r-1 asked 20:10 by 22:00, refused by the first house (too complex), accepted by the second after 20 minutes, there
    after 50. r-2 asked 20:12 by 21:00: both houses say nothing, each for half an hour; later it is found elsewhere.
    r-3, under a title that no house is registered for, fits nowhere and stays open. r-4 wants respijt, which nobody
    reports. Both SEHs stop from 21:30; the one until 22:30, the other until the end.
    """
    script, core, offers = Script(start=BEGINS), Region.empty(say.REGION), dict[str, str]()

    def hears(record: Record) -> None:
        for made in core.step(record):
            if isinstance(made.data, PlacementOffered):
                offers[made.data.request] = made.data.offer

    def at(hour: int, minute: int) -> datetime:
        script.now = moment(hour, minute)
        return script.now

    units = (say.unit("elv-a", ELV), say.unit("elv-b", ELV), say.unit("logeerhuis", RESPIJT))
    posts = tuple(say.unit(f"seh-{name}", SEH) for name in ("noord", "zuid"))
    hears(script.adopts(say.agreements(*units, *posts, **agreed)))
    hears(script.says(say.capacity("elv-a", 1, at(20, 0))))
    hears(script.says(say.capacity("elv-b", 1, at(20, 0))))
    hears(script.says(say.registered("c-1", at(20, 1))))
    hears(script.says(say.triaged("c-1", "U3", at(20, 5))))
    hears(script.says(say.called("c-1", at(20, 9))))
    hears(script.says(say.request("r-1", say.profile(ELV, needed_by=moment(22, 0)), at(20, 10))))
    first = offers["r-1"]
    hears(script.says(say.request("r-2", say.profile(ELV, needed_by=moment(21, 0)), at(20, 12))))
    hears(script.says(say.request("r-3", say.profile(ELV, legal_title="wzd-rm"), at(20, 13))))
    hears(script.says(say.request("r-4", say.profile(RESPIJT), at(20, 14))))
    hears(script.says(say.declined("r-1", first, at(20, 20), DeclineReason.CARE_TOO_COMPLEX)))
    hears(script.ticks(minutes=23))  # 20:43: who had half an hour to answer r-2 did not
    hears(script.says(say.accepted("r-1", offers["r-1"], at(20, 44))))
    hears(script.says(say.admitted("r-1", "elv-b", at(21, 0))))
    hears(script.says(say.stop("seh-noord", at(21, 30), until=moment(22, 30))))
    hears(script.says(say.stop("seh-zuid", at(21, 30), until=moment(23, 59))))
    hears(script.says(say.cancelled("r-2", at(22, 0), CancelReason.FOUND_ELSEWHERE)))
    hears(script.ticks(minutes=31))
    hears(script.ticks(minutes=39))
    return script.records


async def _report(settings: Settings, asked: Asked, *, level: Level = Level.INTERNAL, k: int = 5) -> Report:
    return report(await find(settings, asked), level=level, k=k, parameters=shipped(), zone=ZONE)


def _cells(made: Report, section: str, row: str) -> dict[str, Cell]:
    found = next(each for each in made.sections if each.id == section)
    return dict(zip(found.columns, dict(found.rows)[row], strict=True))


async def test_a_small_evening_counted_by_hand(settings: Settings, fill: Fill) -> None:
    await fill(by_hand())
    made = await _report(settings, DAY)

    expected: list[tuple[str, str, dict[str, Cell]]] = [
        (
            "demand",
            "elv-hoog",
            {
                "placed": 1,
                "found_elsewhere": 1,
                "hospitalised": 0,
                "still_open": 1,
                "no_longer_needed": 0,
                "requested": 3,
            },
        ),
        ("demand", "respijt", {"placed": 0, "still_open": 1, "requested": 1}),
        ("demand", TOTAL, {"placed": 1, "found_elsewhere": 1, "still_open": 2, "requested": 4}),
        ("times", "elv-hoog", {"promise_median": 34 * 60, "admission_median": 50 * 60, "admission_p90": 50 * 60}),
        ("times", "respijt", {"promise_median": None, "admission_p90": None}),
        ("refusals", "elv-hoog", {"care-too-complex": 1, "no-answer": 2, TOTAL: 3}),
        ("exclusions", "elv-hoog", {"legal-title": 1}),
        ("exclusions", "respijt", {"never-reported": 1, "legal-title": 0}),
        ("needed_by", "elv-hoog", {"in_time": 1, "missed": 1, "named": 2}),
        ("stops", "seh", {"begun": 2, "hours": 2.7, "at_once": 2, "hours_together": 1.0}),
        ("gaps", "respijt", {"units": 1, "none_weekend": 0, "unknown_weekend": 100, "none_night": None}),
    ]
    for section, row, cells in expected:
        told = _cells(made, section, row)
        assert {name: told[name] for name in cells} == cells, (section, row)


async def test_what_is_published_of_it_is_next_to_nothing(settings: Settings, fill: Fill) -> None:
    await fill(by_hand())
    made = await _report(settings, DAY, level=Level.PUBLIC)

    for section in ("demand", "refusals", "exclusions", "needed_by", "snags"):
        found = next(each for each in made.sections if each.id == section)
        assert {cell for _, cells in found.rows for cell in cells} <= {0, WITHHELD}, section
    assert _cells(made, "times", "elv-hoog")["promise_median"] == WITHHELD
    assert _cells(made, "stops", "seh")["begun"] == 2  # of two departments: the region's figure, nobody's own
    assert all(each.low is None for each in made.effects if each.effect.basis == "placed")


@pytest.mark.parametrize(
    ("row", "section", "gone", "why"),
    [
        pytest.param(None, "queues", {"hap"}, "queues are not for everybody, unless agreed", id="default"),
        pytest.param({"subject": "queues", "level": "region"}, "queues", set(), "agreed", id="queues-shared"),
        pytest.param(
            {"subject": "reports", "level": "none", "care_types": ["respijt"]},
            "demand",
            {"respijt"},
            "agreed",
            id="respijt",
        ),
        pytest.param({"subject": "stops", "level": "none"}, "stops", {"seh"}, "agreed", id="stops"),
        pytest.param(
            {"subject": "availability", "level": "none"}, "gaps", {"elv-hoog", "respijt"}, "agreed", id="gaps"
        ),
    ],
)
async def test_what_is_published_is_what_the_region_shares(  # noqa: PLR0917  columns of the table
    settings: Settings, fill: Fill, row: dict[str, Any] | None, section: str, gone: set[str], why: str
) -> None:
    await fill(by_hand(sharing={"levels": [{"audience": "public"} | row]} if row else {}))
    made = await _report(settings, DAY, level=Level.PUBLIC)

    found = next(each for each in made.sections if each.id == section)
    assert set(found.not_shared) == gone, why
    assert not gone & {key for key, _ in found.rows}
    assert all(set(cells) == {WITHHELD} for key, cells in found.rows if gone and key == TOTAL)
    if section == "gaps":
        assert not gone & set(made.hours)


def rounds(*ends: tuple[str, VisitOutcome | tuple[VisitOutcome, ...]], **agreed: Any) -> list[Record]:  # noqa: ANN401
    """Nurses drive all evening: each end is of one visit, with its care path; two words on one are a correction."""
    script, core = Script(start=BEGINS), Region.empty(say.REGION)
    paths = [{"id": path, "name": path} for path in dict.fromkeys(path for path, _ in ends) if path]
    core.step(script.adopts(say.agreements(say.unit("team", CareType.WIJKVERPLEGING), care_paths=paths, **agreed)))
    core.step(script.says(say.capacity("team", 90, script.now)))
    for number, (path, outcomes) in enumerate(ends):
        name = f"r-{number}"
        decided = core.step(script.says(say.request(name, (CareType.WIJKVERPLEGING,), script.now)))
        (offer,) = [made.data.offer for made in decided if isinstance(made.data, PlacementOffered)]
        core.step(script.says(say.accepted(name, offer, script.passes(minutes=1))))
        core.step(script.says(say.admitted(name, "team", script.passes(minutes=1))))
        for outcome in outcomes if isinstance(outcomes, tuple) else (outcomes,):
            at = script.passes(minutes=1)
            core.step(script.says(say.visit_ended(name, "team", outcome, at, care_path=path or None)))
    return script.records


ALONE, CALLED, CAME, SENT, NOBODY = VisitOutcome
HOME_CARE: Final = {"home_care": {"independent_percent": 85}}


async def test_visits_are_counted_by_care_path_and_held_against_what_was_agreed(settings: Settings, fill: Fill) -> None:
    wound = [("wond", ALONE)] * 5 + [("wond", SENT), ("wond", CALLED), ("wond", NOBODY)]
    await fill(rounds(*wound, ("", ALONE), ("", (ALONE, CAME)), ("", (ALONE, NOBODY)), **HOME_CARE))
    made = await _report(settings, DAY)

    assert _cells(made, "visits", "wond") == {
        "independent": 5, "doctor_consulted": 1, "doctor_came": 0, "sent_on": 1, "helped": 7, "share": 71,
        "agreed_share": None,
    }  # fmt: skip
    assert _cells(made, "visits", "no-care-path")["doctor_came"] == 1, "the last word on a visit counts"
    assert _cells(made, "visits", TOTAL) == {
        "independent": 6, "doctor_consulted": 1, "doctor_came": 1, "sent_on": 1, "helped": 9, "share": 66,
        "agreed_share": 85,
    }  # fmt: skip
    assert "zonder zorgpad" in regiobeeld.text(made)


async def test_a_share_is_not_published_when_a_count_of_it_is_not(settings: Settings, fill: Fill) -> None:
    await fill(rounds(*[("wond", ALONE)] * 9, ("wond", SENT), **HOME_CARE))
    told = _cells(await _report(settings, DAY, level=Level.PUBLIC), "visits", "wond")

    assert (told["sent_on"], told["share"]) == (WITHHELD, WITHHELD)


async def test_visits_are_not_published_where_the_region_does_not_share_them(settings: Settings, fill: Fill) -> None:
    hidden = {"audience": "public", "subject": "reports", "level": "none", "care_types": ["wijkverpleging"]}
    await fill(rounds(*[("wond", ALONE)] * 9, sharing={"levels": [hidden]}, **HOME_CARE))
    found = next(each for each in (await _report(settings, DAY, level=Level.PUBLIC)).sections if each.id == "visits")

    assert (found.rows, found.not_shared) == ((), ("wijkverpleging",))


async def test_a_visit_corrected_after_the_period_counts_once_in_it(settings: Settings, fill: Fill) -> None:
    """It ended at 20:03; at a quarter past midnight the nurse says that a doctor came after all."""
    script = Script(start=BEGINS)
    script.adopts(say.agreements(say.unit("team", CareType.WIJKVERPLEGING)))
    script.says(say.capacity("team", 9, script.now))
    script.says(say.request("r-1", (CareType.WIJKVERPLEGING,), script.now))
    offer = next(
        made.data.offer
        for made in fold(script.records, Region.empty(say.REGION))
        if isinstance(made.data, PlacementOffered)
    )
    script.says(say.accepted("r-1", offer, script.passes(minutes=1)))
    script.says(say.admitted("r-1", "team", script.passes(minutes=1)))
    ended_at = script.passes(minutes=1)
    script.says(say.visit_ended("r-1", "team", ALONE, ended_at))
    script.passes(hours=4, minutes=12)
    script.says(say.visit_ended("r-1", "team", CAME, ended_at + timedelta(seconds=1)))
    await fill(script.records)

    told = _cells(await _report(settings, DAY), "visits", TOTAL)
    assert (told["independent"], told["doctor_came"], told["helped"]) == (0, 1, 1)
    (after,) = [
        each
        for each in (await _report(settings, Asked("rijnmond", DAY.until, DAY.until + timedelta(days=1)))).sections
        if each.id == "visits"
    ]
    assert after.rows == ()


async def test_what_neighbours_ask_is_counted_apart(settings: Settings, fill: Fill) -> None:
    """One place: a neighbour's patient gets it, the next one and our own find nothing."""
    script, core = Script(start=BEGINS), Region.empty(say.REGION)

    def asks(name: str) -> Question:
        return Question(
            request=name,
            from_region="nijmegen",
            asked_at=script.now,
            answer_by=script.now + timedelta(minutes=30),
            requester="zcc-nijmegen",
            owner="zcc-nijmegen",
            profile=say.profile(ELV, needed_by=script.now + timedelta(minutes=40)),
        )

    neighbours = [{"region": "nijmegen", "takes": [ELV], "keep_free": 0}]
    core.step(script.adopts(say.agreements(say.unit("elv-a", ELV), neighbours=neighbours)))
    core.step(script.says(say.capacity("elv-a", 1, script.now)))
    (offer,) = [
        made.data.offer
        for made in core.step(script.says(asks("nijmegen.7.0")))
        if isinstance(made.data, PlacementOffered)
    ]
    script.says(say.accepted("nijmegen.7.0", offer, script.passes(minutes=1)))
    script.says(asks("nijmegen.8.0"))
    script.says(say.request("r-1", (ELV,), script.passes(minutes=1)))
    script.ticks(minutes=50)
    await fill(script.records)
    made = await _report(settings, DAY)

    demand, guests = _cells(made, "demand", TOTAL), _cells(made, "guests", "elv-hoog")
    assert (demand["requested"], demand["placed"], demand["still_open"], demand["no_longer_needed"]) == (1, 0, 1, 0)
    assert {name: count for name, count in guests.items() if count} == {
        "guest_asked": 2, "guest_taken": 1, "guest_none": 1,
    }  # fmt: skip
    assert next(each.count for each in made.effects if each.effect.basis == "placed") == 0
    assert _cells(made, "times", "elv-hoog")["promise_median"] is None
    assert next(each for each in made.sections if each.id == "needed_by").rows == ()


async def test_what_lasts_or_is_silent_for_weeks_is_told_until_its_unit_leaves(settings: Settings, fill: Fill) -> None:
    """Two SEHs stop for two months, one leaves after forty days; of the respijthuis nothing is heard at all."""
    script, long = Script(start=BEGINS), BEGINS + timedelta(days=60)
    kept = say.unit("seh-noord", SEH), say.unit("logeerhuis", RESPIJT)
    script.adopts(say.agreements(*kept, say.unit("seh-zuid", SEH), say.unit("elv-a", ELV)))
    script.says(say.stop("seh-noord", script.now, until=long))
    script.says(say.stop("seh-zuid", script.now, until=long))
    since = BEGINS + timedelta(days=39)
    script.passes(hours=40 * 24)
    script.says(say.capacity("elv-a", 1, script.now))
    script.adopts(say.agreements(*kept, version="2026.2"))
    script.passes(hours=24)
    script.says(say.request("r-1", (RESPIJT,), script.now))
    await fill(script.records)
    made = await _report(settings, Asked("rijnmond", since, since + timedelta(days=7)))

    assert _cells(made, "stops", "seh") == {"begun": 0, "hours": 72.0, "at_once": 2, "hours_together": 24.0}
    assert {name: sum(each.looks for each in hours) for name, hours in made.hours.items()} == {
        "elv-hoog": 48, "respijt": 96,
    }  # fmt: skip
    assert _cells(made, "gaps", "respijt")["unknown_evening"] == 100


async def test_a_report_that_the_region_does_not_share_is_refused(settings: Settings, fill: Fill) -> None:
    await fill(by_hand(sharing={"levels": [{"audience": "public", "subject": "reports", "level": "none"}]}))
    with pytest.raises(NotSharedError, match="--level internal"):
        await _report(settings, DAY, level=Level.PUBLIC)
    assert (await _report(settings, DAY)).sections


async def test_a_simulated_day_adds_up_to_what_the_decisions_say(settings: Settings, fill: Fill) -> None:
    text = deploy_file("regions", "rijnmond.toml").read_text(encoding="utf-8")
    agreed = read_agreements(text, name="rijnmond.toml")
    log = list(simulate(agreed, 5, 9, region_factory=Region, intensity=3).log)
    await fill(log)
    since = FRIDAY.replace(hour=0) - timedelta(days=1)
    made = await _report(settings, Asked("rijnmond", since, since + timedelta(days=3)))

    told = [each.data for each in fold(log, Region.empty("rijnmond"))]
    # Bridging care asks for a place in the name of nobody: it is told apart.
    wanted = [each.event.data for each in log if hasattr(each.event.data, "profile")]
    asked = {each.request for each in wanted if not isinstance(each, Question)}
    declined = Counter(
        each.reason.value
        for each in told
        if isinstance(each, decisions.OfferEnded) and each.reason and each.request in asked
    )
    declined.update(
        each.reason.value for each in told if isinstance(each, decisions.PlacementReopened) and each.request in asked
    )
    met = {
        (each.request, found.code.value)
        for each in told
        if isinstance(each, decisions.PlacementExhausted) and each.request in asked
        for found in each.excluded
    }
    refused = {name: count for name, count in _cells(made, "refusals", TOTAL).items() if name != "no-answer"}

    assert len(asked) > 30
    assert _cells(made, "demand", TOTAL)["requested"] == len(asked)
    assert _cells(made, "guests", TOTAL)["guest_asked"] == len({each.request for each in wanted} - asked)
    assert {name: count for name, count in refused.items() if name != TOTAL} == declined
    excluded = next(each for each in made.sections if each.id == "exclusions")
    sums = [
        sum(int(cell or 0) for cell in column) for column in zip(*(cells for _, cells in excluded.rows), strict=True)
    ]
    assert dict(zip(excluded.columns, sums, strict=True)) == Counter(code for _, code in met)
    breaches = sum(isinstance(each, decisions.NormBreached) for each in told)
    assert sum(int(cells[1] or 0) for _, cells in made.sections[-1].rows) == breaches
    about: dict[str, set[str]] = {}
    for data in told:
        kind = kind_of(type(data)).short
        if "transfer" in kind or "bridging" in kind:
            name = getattr(data, "request", None) or getattr(data, "transfer", None)
            about.setdefault(kind, set()).add(str(name))
    elsewhere = next(each for each in made.sections if each.id == "elsewhere")
    assert {kind: cells[0] for kind, cells in elsewhere.rows} == {kind: len(names) for kind, names in about.items()}


async def test_the_role_of_readers_is_enough(settings: Settings, fill: Fill, database: str) -> None:
    await fill(by_hand())
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(files("spoedplein.store").joinpath("roles.sql").read_text())
    finally:
        await connection.close()
    as_reader = f"{database}{'&' if '?' in database else '?'}options=-c%20role%3Dspoedplein_reader"

    made = await _report(Settings(postgres_dsn=SecretStr(as_reader)), DAY)

    assert made == await _report(settings, DAY)


async def test_an_empty_archive_gives_an_empty_report(settings: Settings, fill: Fill) -> None:
    made = await _report(settings, Asked("venlo", DAY.since, DAY.until))

    assert "Het archief heeft van deze regio niets." in regiobeeld.text(made)
    assert regiobeeld.page(made).startswith("<!doctype html>")


class _Tags(HTMLParser):
    """Whether every tag that is opened is closed, in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        assert "src" not in dict(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_every_form_tells_the_same(settings: Settings, fill: Fill, tmp_path: Path) -> None:
    await fill(by_hand())
    page = tmp_path / "january.html"
    arguments = ("--region", "rijnmond", "--from", "2026-01-10", "--until", "2026-01-11", "--level", "internal")

    text, told, rows = (
        _run(settings, *arguments, "--html", str(page), "--format", form) for form in ("text", "json", "csv")
    )

    assert "Knelpunten in de regio rijnmond, 10-01-2026 tot en met 10-01-2026" in text
    assert "zorg te complex" in text
    assert "AANNAME" in text
    demand = next(each for each in json.loads(told)["sections"] if each["id"] == "demand")
    assert dict(demand["rows"])["elv-hoog"] == [1, 1, 0, 1, 0, 3]
    read = list(csv.DictReader(io.StringIO(rows)))
    assert {"section": "demand", "row": "elv-hoog", "column": "requested", "value": "3"} in read
    assert sum(each["section"] == "hours" for each in read) == 2 * 168 * 4
    tags = _Tags()
    tags.feed(page.read_text(encoding="utf-8"))
    assert tags.open == []
    assert tags.seen["table"] >= 8
    assert not {"script", "link", "img"} & set(tags.seen)


def test_a_period_that_ends_before_it_begins_is_refused(settings: Settings) -> None:
    done = _process(settings, "--region", "rijnmond", "--from", "2026-01-10", "--until", "2026-01-10")
    assert done.returncode == 2
    assert "--until is the day after the last one" in done.stderr


def _run(settings: Settings, *arguments: str) -> str:
    done = _process(settings, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _process(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
    clean |= {f"{ENV_PREFIX}POSTGRES_DSN": settings.postgres_dsn.get_secret_value()}
    command = [sys.executable, "-m", "spoedplein", "report", *arguments]
    return subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=60)
