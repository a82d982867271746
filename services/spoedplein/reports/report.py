"""A report: sections of rows by care type, service or code, with what may be shown at the chosen level.

Names here are keys; whoever shows them has the words. A cell is a figure, None where there is nothing to tell, or
WITHHELD where a count is too small to publish or would betray one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from spoedplein.domain.agreements import Rules
from spoedplein.domain.errors import SpoedpleinError
from spoedplein.domain.sharing import Viewer
from spoedplein.reports.gaps import Admission, DayPart, Gaps, Looks, gaps
from spoedplein.reports.small_counts import Count, shown, shown_table
from spoedplein.reports.stops import Stops, stops
from spoedplein.reports.triple_aim import Basis, Estimate, Parameters, estimates
from spoedplein.store.reports import Asked, Found, Row
from spoedplein_schemas.sharing import Audience, PublicationLevel, Subject
from spoedplein_schemas.vocabulary import CareType

WITHHELD: Final = "withheld"
TOTAL: Final = "total"
#: Of the requests each is one of these; or `otherwise`, in a state that is none of them.
ENDS: Final = ("placed", "found_elsewhere", "hospitalised", "still_open", "no_longer_needed")
SNAGS: Final = ("nothing_fitted", "taken_back", "overridden")
#: Of what neighbours ask each is one of these.
GUESTS: Final = ("guest_taken", "guest_none", "guest_released", "guest_withdrawn", "guest_waiting")
#: How visits of acute home care end, those without a doctor first.
VISITS: Final = ("independent", "doctor_consulted", "doctor_came", "sent_on")
NO_CARE_PATH: Final = "no-care-path"
Cell = int | float | Literal["withheld"] | None


#: What a section is about, for the region's agreements on sharing; the others are a report and no more.
_SUBJECTS: Final = {"stops": Subject.STOPS, "gaps": Subject.AVAILABILITY, "queues": Subject.QUEUES}
#: Where else than in `demand` the total of a basis stands.
_RESTS_ON: Final = {Basis.REFUSED: "refusals", Basis.STOPS: "stops"}


class NotSharedError(SpoedpleinError):
    """The region agreed not to publish this; the message says what can be had instead."""


class Level(StrEnum):
    """For whom: the partners at their own table, or everybody."""

    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows by key, each with a cell per column; `not_shared` names rows that the region agreed not to show."""

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    not_shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    asked: Asked
    level: Level
    k: int
    zone: str
    begins: datetime | None
    ends: datetime | None
    agreements: tuple[str, ...]
    sections: tuple[Section, ...]
    hours: Mapping[str, tuple[Looks, ...]]
    effects: tuple[Estimate, ...]


def report(
    found: Found, *, level: Level, k: int, parameters: Parameters, zone: str, rules: Rules | None = None
) -> Report:
    """`k`: counts from 1 to below it are withheld at the public level. `zone`: where the hours of the week are.

    `rules`: what the region shares by now; without them, by what it adopted last. Raises `NotSharedError`.
    """
    least = k if level is Level.PUBLIC else 1
    known = Admission([row for row in found.agreements if row["appended_at"] < found.asked.until])
    public = _everybody(found, rules) if level is Level.PUBLIC else None
    looks = found.looks if public is None else public.told(found.looks, Subject.AVAILABILITY)
    statuses = found.statuses if public is None else public.told(found.statuses, Subject.STOPS)
    looked = gaps(looks, admits=known.admits, zone=ZoneInfo(zone))
    stopped = stops(statuses, since=found.asked.since, until=_told_until(found), left=known.left)
    few = public.few(looked) if public else frozenset()
    alone = public.alone(stopped, known) if public else frozenset()
    sections = (
        _demand(found.demand, least),
        _times(found.demand, least),
        _snags(found.demand, least),
        _crossed("refusals", found.refusals, least, of=("reason", "times")),
        _exclusions(found.exclusions, least),
        _needed_by(found.needed_by, least),
        _guests(found.guests, least),
        _elsewhere(found.elsewhere, least),
        _stops(stopped, alone),
        _gaps(looked, few),
        _visits(found.visits, known.newest, least),
        _queues(found.queues, least),
    )
    made = Report(
        asked=found.asked,
        level=level,
        k=least,
        zone=zone,
        begins=found.begins,
        ends=found.ends,
        agreements=known.versions(found.asked.since),
        sections=sections,
        hours={care_type: tuple(gap.hours) for care_type, gap in looked.items() if care_type not in few},
        effects=estimates(parameters, _bases(found.demand, sections, least)),
    )
    return made if public is None else _as_agreed(made, public.viewer)


def only(made: Report, care_types: Collection[str]) -> Report:
    """The same report of this care alone. Totals stay those of all care: nothing is told that was withheld."""
    gone = set(CareType) - set(care_types)
    return replace(
        made,
        asked=replace(made.asked, care_types=tuple(care_types)),
        sections=tuple(_only(each, gone) for each in made.sections),
        hours={name: hours for name, hours in made.hours.items() if name not in gone},
    )


def _only(section: Section, gone: Collection[str]) -> Section:
    """Queues are told of all; visits, by care path, are those of acute home care."""
    if section.id == "queues":
        return section
    kept = tuple((key, cells) for key, cells in section.rows if key not in gone)
    if section.id == "visits":
        kept = () if CareType.WIJKVERPLEGING in gone else section.rows
    return replace(section, rows=kept, not_shared=tuple(key for key in section.not_shared if key not in gone))


class _Everybody:
    """What the region, and each organisation of what is its own, shows to everybody by the agreements of now."""

    def __init__(self, rules: Rules) -> None:
        assert rules.agreements is not None, "without agreements nothing is told to everybody"
        self.viewer = Viewer(rules, Audience.PUBLIC)
        self._rules = rules
        self._least_places = rules.agreements.sharing.least_places

    def told(self, rows: Sequence[Row], subject: Subject) -> list[Row]:
        """Without units of whoever does not want to be shown. What the region does not show is named elsewhere."""
        silent = self._silent(subject)
        return [row for row in rows if row["unit_id"] not in silent]

    def few(self, looked: Mapping[str, Gaps]) -> frozenset[str]:
        """Care of which a gap is one house's, or one person's."""
        return frozenset(name for name, gap in looked.items() if gap.units < 2 or gap.staffed < self._least_places)

    def alone(self, stopped: Mapping[str, Stops], then: Admission) -> frozenset[str]:
        """Care of which there was one unit: its stops are that provider's (LNAZ: per region)."""
        silent = self._silent(Subject.STOPS)
        return frozenset(
            name for name, found in stopped.items() if max(then.units_of(name, without=silent), found.units) < 2
        )

    def _silent(self, subject: Subject) -> set[str]:
        """Units that are not shown, of care that is."""
        return {
            unit.id
            for unit in self._rules.units.values()
            for each in (subject, Subject.REPORTS)
            if self.viewer.level(each, care_type=unit.care_type) is not PublicationLevel.NONE
            and self.viewer.level(each, care_type=unit.care_type, organisation=unit.organisation)
            is PublicationLevel.NONE
        }


def _everybody(found: Found, rules: Rules | None) -> _Everybody:
    """Raises `NotSharedError` when the region shows nothing, and when what it shows is not known."""
    newest = rules or Admission(found.agreements[-1:]).newest
    if newest.agreements is None:
        msg = (
            f"The archive has no agreements of {found.asked.region}, so what it shows to everybody ([sharing]) is not "
            "known: adopt them, or use --level internal"
        )
        raise NotSharedError(msg)
    public = _Everybody(newest)
    if public.viewer.level(Subject.REPORTS) is PublicationLevel.NONE:
        msg = f"{found.asked.region} agreed not to show its reports to everybody ([sharing]): use --level internal"
        raise NotSharedError(msg)
    return public


def _as_agreed(made: Report, viewer: Viewer) -> Report:
    """As the region shares it with everybody."""
    sections = tuple(_shared(each, viewer) for each in made.sections)
    gone = {name for each in sections if each.id in ("demand", "gaps") for name in each.not_shared}
    hidden = {each.id for each in sections if each.not_shared}
    effects = tuple(
        replace(each, count=None, low=None, high=None)
        if hidden & {"demand", _RESTS_ON.get(each.effect.basis, "demand")}
        else each
        for each in made.effects
    )
    hours = {name: hours for name, hours in made.hours.items() if name not in gone}
    return replace(made, sections=sections, effects=effects, hours=hours)


def _shared(section: Section, viewer: Viewer) -> Section:
    """Without what is not shared; then no total either, from which it could be told."""
    if section.id == "visits":
        hidden = viewer.level(Subject.REPORTS, care_type=CareType.WIJKVERPLEGING) is PublicationLevel.NONE
        return replace(section, rows=(), not_shared=(CareType.WIJKVERPLEGING.value,)) if hidden else section
    subject, known = _SUBJECTS.get(section.id, Subject.REPORTS), set(CareType)
    gone = tuple(
        key
        for key, _ in section.rows
        if key in known
        and PublicationLevel.NONE
        in (viewer.level(each, care_type=CareType(key)) for each in (subject, Subject.REPORTS))
    )
    if not gone:
        return section
    kept = ((key, cells) for key, cells in section.rows if key not in gone)
    return replace(
        section, rows=tuple((key, _withheld(cells) if key == TOTAL else cells) for key, cells in kept), not_shared=gone
    )


def _withheld(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(WITHHELD for _ in cells)


def _told_until(found: Found) -> datetime:
    """Nothing is known after the archive's end: a stop that nobody ended lasted at least until then."""
    ends = found.ends or found.asked.since
    return max(found.asked.since, min(found.asked.until, ends))


def _demand(rows: Sequence[Row], k: int) -> Section:
    ends = [*ENDS, *(["otherwise"] if any(row["otherwise"] for row in rows) else [])]
    counts = [[row[name] for name in ends] + [row["requested"]] for row in rows]
    # The effects tell who was placed by origin: where that line cannot be told with its total, neither can it here.
    total = [(at, ends.index("placed")) for at, row in enumerate(rows) if row["care_type"] is None]
    without = [place for place in total if _by_origin(rows[place[0]], k)[-1] is None]
    return Section("demand", (*ends, "requested"), _keyed(rows, map(_cells, shown_table(counts, k=k, without=without))))


def _by_origin(row: Row, k: int) -> list[Count]:
    """Who was placed: without and with a site of origin, and all."""
    parts = [row[basis.value] for basis in (Basis.PLACED_WITHOUT_SITE, Basis.PLACED_FROM_SITE)]
    return shown_table([[*parts, sum(parts)]], k=k)[0]


def _times(rows: Sequence[Row], k: int) -> Section:
    """Nearest ranks, in seconds, and only of as many as may be counted."""
    columns = ("promise_median", "promise_p90", "admission_median", "admission_p90")
    cells = [
        [*_ranks(row["to_promise"], row["promises"], k), *_ranks(row["to_place"], row["admissions"], k)] for row in rows
    ]
    return Section("times", columns, _keyed(rows, cells))


def _snags(rows: Sequence[Row], k: int) -> Section:
    columns = [shown_table([[row[name]] for row in rows], k=k) for name in SNAGS]
    cells = [_cells(column[at][0] for column in columns) for at in range(len(rows))]
    return Section("snags", SNAGS, _keyed(rows, cells))


def _crossed(section: str, rows: Sequence[Row], k: int, *, of: tuple[str, str]) -> Section:
    """Care types down, codes across, and totals both ways."""
    code, times = of
    names, codes = _names(rows, "care_type"), _names(rows, code)
    told = {(row["care_type"], row[code]): row[times] for row in rows}
    counts = [[told.get((name, each), 0) for each in codes] for name in names]
    counts = [[*row, sum(row)] for row in counts]
    if counts:
        counts.append([sum(column) for column in zip(*counts, strict=True)])
    cells = shown_table(counts, k=k)
    keys = [*names, TOTAL] if counts else []
    return Section(section, (*codes, TOTAL), tuple(zip(keys, map(_cells, cells), strict=True)))


def _exclusions(rows: Sequence[Row], k: int) -> Section:
    """A request may meet several codes, so there are no totals to take anything off."""
    names, codes = _names(rows, "care_type"), _names(rows, "code")
    told = {(row["care_type"], row["code"]): row["requests"] for row in rows}
    cells = [_cells(shown(told.get((name, code), 0), k=k) for code in codes) for name in names]
    return Section("exclusions", tuple(codes), tuple(zip(names, cells, strict=True)))


def _needed_by(rows: Sequence[Row], k: int) -> Section:
    counts = [[row["named"] - row["missed"], row["missed"], row["named"]] for row in rows]
    keys = [row["care_type"] for row in rows]
    if counts:
        counts.append([sum(column) for column in zip(*counts, strict=True)])
        keys.append(TOTAL)
    cells = map(_cells, shown_table(counts, k=k))
    return Section("needed_by", ("in_time", "missed", "named"), tuple(zip(keys, cells, strict=True)))


def _guests(rows: Sequence[Row], k: int) -> Section:
    """What neighbours asked of us, apart from what was asked here: they answer for it, and count it there."""
    asked = [row for row in rows if row["guest_asked"]]
    counts = [[row[name] for name in (*GUESTS, "guest_asked")] for row in asked]
    return Section("guests", (*GUESTS, "guest_asked"), _keyed(asked, map(_cells, shown_table(counts, k=k))))


def _elsewhere(rows: Sequence[Row], k: int) -> Section:
    return Section(
        "elsewhere", ("requests",), tuple((row["kind"], _cells([shown(row["requests"], k=k)])) for row in rows)
    )


def _stops(stopped: Mapping[str, Stops], withheld: Collection[str]) -> Section:
    columns = ("begun", "hours", "at_once", "hours_together")
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for care_type, found in stopped.items():
        told: tuple[Cell, ...] = (found.begun, round(found.hours, 1), found.at_once, round(found.hours_together, 1))
        rows.append((care_type, _withheld(told) if care_type in withheld else told))
    return Section("stops", columns, tuple(rows))


def _gaps(looked: Mapping[str, Gaps], withheld: Collection[str]) -> Section:
    """Shares in whole per cents of the looks in that part of the week."""
    columns = [f"{what}_{part.name.lower()}" for part in DayPart for what in ("none", "unknown")]
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for name, gap in looked.items():
        parts = [gap.part(part) for part in DayPart]
        shares = [_share(count, looks.looks) for looks in parts for count in (looks.none, looks.unknown)]
        told: tuple[Cell, ...] = (gap.units, *shares)
        rows.append((name, _withheld(told) if name in withheld else told))
    return Section("gaps", ("units", *columns), tuple(rows))


def _visits(rows: Sequence[Row], rules: Rules, k: int) -> Section:
    """Of acute home care, by care path: how visits ended, and the share without a doctor beside what was agreed."""
    counts = [[row[name] for name in VISITS] for row in rows]
    counts = [[*row, sum(row)] for row in counts]
    if counts:
        counts.append([sum(column) for column in zip(*counts, strict=True)])
    agreed = rules.agreements.home_care if rules.agreements else None
    keys = [*(row["care_path"] or NO_CARE_PATH for row in rows), *([TOTAL] if counts else [])]
    told = []
    for key, cells in zip(keys, map(_cells, shown_table(counts, k=k)), strict=True):
        told.append(
            (
                key,
                (
                    *cells,
                    _share_of(cells[0], cells[-1]),
                    agreed.independent_percent if agreed and key == TOTAL else None,
                ),
            )
        )
    return Section("visits", (*VISITS, "helped", "share", "agreed_share"), tuple(told))


def _queues(rows: Sequence[Row], k: int) -> Section:
    columns = ("taken", "breaches", "left_unseen", "wait_median", "wait_p90")
    cells = [
        [
            *(_cell(shown(row[name], k=k)) for name in columns[:3]),
            *_ranks(row["waits"], row["taken"], k),
        ]
        for row in rows
    ]
    return Section(
        "queues", columns, tuple((row["service"], tuple(each)) for row, each in zip(rows, cells, strict=True))
    )


def _bases(rows: Sequence[Row], sections: Iterable[Section], k: int) -> dict[Basis, int | None]:
    """The region's totals that effects rest on: what is withheld in a table is withheld here."""
    tables = {each.id: each for each in sections}
    demand = tables["demand"]
    told = {basis: _total(demand, basis.value) for basis in (Basis.PLACED, Basis.HOSPITALISED)}
    everything = next((row for row in rows if row["care_type"] is None), None)
    without_site, from_site, _ = (0, 0, 0) if everything is None else _by_origin(everything, k)
    placed = told[Basis.PLACED] is not None
    stopped = [cells[0] for _, cells in tables["stops"].rows]
    counted = [count for count in stopped if isinstance(count, int)]
    return told | {
        # Of a total that is withheld no parts: they are what it is.
        Basis.PLACED_WITHOUT_SITE: without_site if placed else None,
        Basis.PLACED_FROM_SITE: from_site if placed else None,
        Basis.REFUSED: _total(tables["refusals"], TOTAL),
        Basis.STOPS: shown(sum(counted), k=k) if len(counted) == len(stopped) else None,
    }


def _total(section: Section, column: str) -> int | None:
    """As the section shows it; of nothing there is none."""
    cells = dict(section.rows).get(TOTAL)
    if cells is None:
        return 0
    cell = cells[section.columns.index(column)]
    return cell if isinstance(cell, int) else None


def _ranks(found: Sequence[int] | None, count: int, k: int) -> list[Cell]:
    if not found or not count:
        return [None, None]
    return list(found) if count >= k else [WITHHELD, WITHHELD]


def _share_of(part: Cell, whole: Cell) -> Cell:
    """A share says no more than the two counts that it is of; rounded down, so that nearly is not as agreed."""
    return 100 * part // whole if isinstance(part, int) and isinstance(whole, int) else WITHHELD


def _share(part: int, whole: int) -> Cell:
    return round(100 * part / whole) if whole else None


def _names(rows: Iterable[Row], key: str) -> list[str]:
    return sorted({row[key] for row in rows})


def _keyed(rows: Sequence[Row], cells: Iterable[Sequence[Cell]]) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    return tuple((row["care_type"] or TOTAL, tuple(each)) for row, each in zip(rows, cells, strict=True))


def _cells(counts: Iterable[int | None]) -> tuple[Cell, ...]:
    """Counts that may be shown: here None is one that may not."""
    return tuple(_cell(count) for count in counts)


def _cell(count: int | None) -> Cell:
    return WITHHELD if count is None else count
