"""A report in Dutch words, for the regiobeeld: as text, as rows for a spreadsheet, and as a page to read or print."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from spoedplein.cli.tables import duration, table
from spoedplein.reports.gaps import DayPart, Looks
from spoedplein.reports.report import TOTAL, WITHHELD, Cell, Level, Report, Section
from spoedplein.reports.triple_aim import Aim, Basis, Estimate, Status
from spoedplein.wording.words import DECLINE, EXCLUDED
from spoedplein_schemas.intended_use import INTENDED_USE

NOT_SHOWN: Final = "·"
NOTHING: Final = "-"
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "demand": (
        "Vraag en hoe die afliep",
        "Aanvragen van de regio zelf, naar de zorg die het eerst gevraagd werd; wat buurregio's vroegen staat apart.",
    ),
    "times": (
        "Tijd tot een plek",
        "Uren:minuten van aanvraag tot toezegging en tot opname; mediaan en negen van de tien.",
    ),
    "snags": (
        "Waar het haperde",
        ("Aanvragen waarbij eerst niets paste, een toezegging werd teruggenomen, of een professional anders besloot."),
    ),
    "refusals": ("Afwijzingen", "Hoe vaak aanbieders nee zeiden, hun ja terugnamen of niet antwoordden."),
    "exclusions": (
        "Waarom niets paste",
        "Aanvragen die deze reden tegenkwamen toen niets paste; een aanvraag kan er meer hebben.",
    ),
    "needed_by": ("Op tijd", "Aanvragen met een uiterste moment: wie was er dan opgenomen?"),
    "guests": ("Gevraagd door buurregio's", "Hun aanvragen hier, naar het laatste antwoord dat zij kregen."),
    "elsewhere": ("Buiten de regio en overbrugging", "Aanvragen met een besluit hierover."),
    "stops": ("Stops", "Begonnen stops, uren, en hoeveel tegelijk. Per regio, nooit per aanbieder."),
    "gaps": (
        "Gaten in de week",
        (
            "Deel van de tijd, in %, zonder plek waarvan bekend was dat ze vrij was en opnam ('geen'), "
            "en deel waarin dat niet bekend was ('onbekend')."
        ),
    ),
    "visits": (
        "Acute thuiszorg",
        "Bezoeken per zorgpad, naar hoe ze eindigden; deel zonder dokter in %, en wat de regio daarover afsprak.",
    ),
    "queues": ("Wachtrijen", "Van wie geholpen werd: wachttijd in uren:minuten, en overschreden normen."),
}
COLUMNS: Final = {
    "requested": "gevraagd",
    "placed": "geplaatst",
    "found_elsewhere": "zelf of elders gevonden",
    "hospitalised": "onvervuld: ziekenhuis",
    "still_open": "onvervuld: open",
    "otherwise": "buiten de regio of overbrugd",
    "no_longer_needed": "niet meer nodig, of anders",
    "promise_median": "toezegging",
    "promise_p90": "toezegging, 9 van 10",
    "admission_median": "opname",
    "admission_p90": "opname, 9 van 10",
    "nothing_fitted": "eerst niets",
    "taken_back": "teruggenomen",
    "overridden": "anders besloten",
    "guest_taken": "geplaatst",
    "guest_none": "geen plek",
    "guest_released": "teruggenomen",
    "guest_withdrawn": "hoefde niet meer",
    "guest_waiting": "zonder antwoord",
    "guest_asked": "gevraagd",
    "no-answer": "geen antwoord",
    "in_time": "op tijd",
    "missed": "te laat",
    "named": "totaal",
    "requests": "aanvragen",
    "begun": "begonnen",
    "hours": "uren",
    "at_once": "meeste tegelijk",
    "hours_together": "uren 2 of meer",
    "units": "plekken",
    "independent": "zonder dokter",
    "doctor_consulted": "dokter dacht mee",
    "doctor_came": "dokter kwam",
    "sent_on": "doorgestuurd",
    "helped": "bezoeken",
    "share": "deel",
    "agreed_share": "afspraak",
    "no-care-path": "zonder zorgpad",
    "taken": "geholpen",
    "breaches": "norm voorbij",
    "left_unseen": "ongezien weg",
    "wait_median": "wacht",
    "wait_p90": "wacht, 9 van 10",
    "bridging-sought": "overbrugging gezocht",
    "bridging-started": "overbrugging begonnen",
    "bridging-ended": "overbrugging geëindigd",
    "transfer-asked": "buurregio gevraagd",
    "transfer-confirmed": "plek bij buurregio genomen",
    "transfer-withdrawn": "buurregio: hoeft niet meer",
    "transfer-answered": "geantwoord aan buurregio",
    TOTAL: "totaal",
}
AIMS: Final = {Aim.EXPERIENCE: "ervaren kwaliteit", Aim.HEALTH: "gezondheid", Aim.COST: "kosten"}
BASES: Final = {
    Basis.PLACED: "geplaatst",
    Basis.PLACED_WITHOUT_SITE: "geplaatst, zonder spoedplein van herkomst",
    Basis.PLACED_FROM_SITE: "geplaatst vanaf een spoedplein",
    Basis.HOSPITALISED: "toch in het ziekenhuis",
    Basis.REFUSED: "afwijzingen",
    Basis.STOPS: "begonnen stops",
}
ESTIMATED: Final = (
    "Schattingen, geen metingen: aantal uit dit rapport maal de parameters eronder. Ze zeggen niet wat zonder "
    "coördinatie gebeurd was; wie een parameter verandert, verandert de uitkomst."
)
_SECONDS: Final = ("median", "p90")
_PARTS: Final = {part.name.lower(): part.value for part in DayPart}


def text(report: Report) -> str:
    """For a terminal or a mail."""
    parts = [
        _heading(report),
        *(_section(each) for each in report.sections),
        _hours(report),
        _effects(report),
        _account(report),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def rows(report: Report) -> str:
    """CSV: section, row, column, value; every hour of the week and every effect too."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("section", "row", "column", "value"))
    for section in report.sections:
        for key, cells in section.rows:
            writer.writerows(
                (section.id, key, name, _plain(cell)) for name, cell in zip(section.columns, cells, strict=True)
            )
    for care_type, hours in report.hours.items():
        for hour, looks in enumerate(hours):
            counts = (("looks", looks.looks), ("none", looks.none), ("unknown", looks.unknown), ("shut", looks.shut))
            writer.writerows(("hours", f"{care_type} {hour:03}", name, count) for name, count in counts)
    for each in report.effects:
        values = (("count", each.count), ("low", each.low), ("high", each.high))
        writer.writerows(
            ("effects", each.effect.id, name, WITHHELD if value is None else value) for name, value in values
        )
    return out.getvalue()


def _plain(cell: Cell) -> object:
    return "" if cell is None else cell


def _heading(report: Report) -> list[str]:
    zone, asked = ZoneInfo(report.zone), report.asked
    last = (asked.until - timedelta(seconds=1)).astimezone(zone)
    kinds = ", ".join(asked.care_types) if asked.care_types else "alle zorgsoorten"
    return [
        f"Knelpunten in de regio {asked.region}, {asked.since.astimezone(zone):%d-%m-%Y} tot en met {last:%d-%m-%Y}",
        (
            f"  {kinds}; {'om te publiceren' if report.level is Level.PUBLIC else 'alleen voor de partners'}; "
            f"afspraken {', '.join(dict.fromkeys(report.agreements)) or 'onbekend'}"
        ),
    ]


def _section(section: Section) -> list[str]:
    title, what = TITLES[section.id]
    body = table(["", *map(column, section.columns)], [(row(key), *cells) for key, cells in _told(section)])
    missing = [f"  {_not_shared(section)}"] if section.not_shared else []
    return [title, f"  {what}", *(body or ([] if missing else ["  Niets in deze periode."])), *missing]


def _not_shared(section: Section) -> str:
    return f"Volgens de afspraken van de regio niet openbaar: {', '.join(map(row, section.not_shared))}."


def _told(section: Section) -> list[tuple[str, list[str]]]:
    return [
        (key, [cell(value, name) for name, value in zip(section.columns, cells, strict=True)])
        for key, cells in section.rows
    ]


def column(name: str) -> str:
    what, _, part = name.partition("_")
    if part in _PARTS:
        return f"{'geen' if what == 'none' else 'onbekend'} {_PARTS[part]}"
    return COLUMNS.get(name) or _words(name)


def row(key: str) -> str:
    return COLUMNS.get(key) or _words(key)


def _words(code: str) -> str:
    """A decline reason or an exclusion code in words; any other code as it is."""
    words: dict[str, str] = {each.value: told for each, told in EXCLUDED.items()}
    words |= {each.value: told for each, told in DECLINE.items()}
    return words.get(code, code)


def cell(value: Cell, name: str) -> str:
    if value == WITHHELD:
        return NOT_SHOWN
    if value is None:
        return NOTHING
    if name.endswith(_SECONDS) and isinstance(value, int):
        return duration(value)
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


def _hours(report: Report) -> list[str]:
    """A day per care type: a figure per hour, tenths of the time without a place known to be free."""
    lines = [
        "Gaten per uur van de dag",
        "  Tienden van de tijd zonder plek die bekend vrij was en opnam, per uur, hele week; x: altijd.",
    ]
    shown = [(care_type, _day(hours)) for care_type, hours in report.hours.items()]
    width = max((len(name) for name, _ in shown), default=0)
    if shown:
        lines.append(f"  {'':{width}}  0     6     12    18")
    return lines + [f"  {name:{width}}  {day}" for name, day in shown]


def _day(hours: Sequence[Looks]) -> str:
    return "".join(_tenth(each) for each in by_hour(hours))


def by_hour(hours: Sequence[Looks]) -> list[Looks]:
    """The 168 hours of a week folded into the 24 of a day."""
    found = [Looks() for _ in range(24)]
    for at, looks in enumerate(hours):
        found[at % 24].add(looks)
    return found


def share(looks: Looks) -> float | None:
    """Of the looks in that hour, those without a known free place, for whatever reason."""
    return (looks.none + looks.unknown) / looks.looks if looks.looks else None


def _tenth(looks: Looks) -> str:
    found = share(looks)
    if found is None:
        return " "
    return "x" if found == 1 else str(int(found * 10))


def _effects(report: Report) -> list[str]:
    return ["Triple Aim: geschat uit gegeven parameters", f"  {ESTIMATED}", *_estimates(report.effects)]


def _estimates(effects: Sequence[Estimate]) -> Iterator[str]:
    for each in effects:
        yield f"  {AIMS[each.effect.aim]}: {each.effect.title}: {outcome(each)}"
        yield f"      {BASES[each.effect.basis]}: {NOT_SHOWN if each.count is None else each.count}"
        yield from (f"      {line}" for line in parameter_lines(each))


def outcome(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{NOT_SHOWN} (het aantal wordt niet getoond)"
    low, high = (f"{value:g}".replace(".", ",") for value in (estimate.low, estimate.high))
    told = low if low == high else f"{low} tot {high}"
    return f"{told} {estimate.effect.unit} (schatting{', op een aanname' if estimate.assumed else ''})"


def parameter_lines(estimate: Estimate) -> Iterator[str]:
    for each in estimate.effect.parameters:
        low, high = (f"{value:g}".replace(".", ",") for value in (each.low, each.high))
        mark = "AANNAME" if each.status is Status.ASSUMPTION else "bron"
        yield f"x {each.name}: {low if low == high else f'{low} tot {high}'} [{mark}: {each.source}]"


def account(report: Report) -> list[str]:
    """What the figures are, and are not."""
    zone = ZoneInfo(report.zone)
    lines = []
    if report.begins is None or report.ends is None:
        lines.append("Het archief heeft van deze regio niets.")
    else:
        begins, ends = report.begins.astimezone(zone), report.ends.astimezone(zone)
        lines.append(
            f"Het archief loopt van {begins:%d-%m-%Y %H:%M} tot {ends:%d-%m-%Y %H:%M}; verder weet dit rapport niets."
        )
    if report.k > 1:
        lines.append(
            f"{NOT_SHOWN} niet getoond: een aantal van 1 tot en met {report.k - 1}, of wat zo'n aantal zou verraden; "
            f"tijden alleen van {report.k} of meer; stops en gaten niet waar er één plek van die zorg is, gaten ook "
            "niet bij heel weinig bedden."
        )
    lines += [
        "Mediaan en negen van de tien: de kleinste tijd die zoveel niet overschrijden.",
        "Een aanvraag kan het spoedplein noemen waar iemand is, op HAP of SEH; zonder is niet gezegd waar iemand is.",
        "Zorg ter overbrugging zoekt een plek zonder eigen aanvraag: die telt alleen mee onder overbrugging.",
        "Gaten: elk half uur bekeken zoals het toen bekend was; een cijfer over zijn geldigheid is onbekend, niet nul.",
        f"Tijden zijn die van het logboek, uren die van {report.zone}.",
        INTENDED_USE,
    ]
    return lines


def _account(report: Report) -> list[str]:
    return ["Verantwoording", *(f"  {line}" for line in account(report))]


def page(report: Report) -> str:
    """One file of HTML: nothing is fetched, nothing runs. Wide tables scroll by themselves, also by keyboard."""
    title, under = _heading(report)
    body = ["<main>", f"<h1>{escape(title)}</h1>", f"<p>{escape(under.strip())}</p>"]
    for section in report.sections:
        body += _html_section(section)
    body += [*_html_hours(report), *_html_effects(report), "<h2>Verantwoording</h2><ul>"]
    body += [f"<li{' lang=en' if line == INTENDED_USE else ''}>{escape(line)}</li>" for line in account(report)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html>\n<html lang="nl"><head>{head}<style>{_STYLE}</style></head>\n<body>\n' + "\n".join(
        [*body, "</ul>", "</main>", "</body></html>", ""]
    )


def _html_section(section: Section) -> list[str]:
    title, what = TITLES[section.id]
    lines = [f"<h2>{escape(title)}</h2>", f"<p>{escape(what)}</p>"]
    if section.not_shared:
        lines.append(f"<p>{escape(_not_shared(section))}</p>")
    if not section.rows:
        return lines if section.not_shared else [*lines, "<p>Niets in deze periode.</p>"]
    head = "".join(f'<th scope="col">{escape(column(name))}</th>' for name in section.columns)
    lines.append(f"{_scrolls(title)}<table><thead><tr><td></td>{head}</tr></thead><tbody>")
    for key, cells in _told(section):
        told = "".join(f"<td>{escape(each)}</td>" for each in cells)
        lines.append(f'<tr{" class=total" if key == TOTAL else ""}><th scope="row">{escape(row(key))}</th>{told}</tr>')
    return [*lines, "</tbody></table></div>"]


def _scrolls(title: str) -> str:
    """Who cannot drag reaches the rest of a table with the arrows."""
    return f'<div class=wide tabindex=0 role=region aria-label="{escape(title)}">'


def _html_hours(report: Report) -> list[str]:
    if not report.hours:
        return []
    head = "".join(f'<th scope="col">{hour}</th>' for hour in range(24))
    lines = [
        "<h2>Gaten per uur van de dag</h2>",
        (
            "<p>Deel van de tijd, in %, zonder plek die bekend vrij was en opnam; hele week. Donkerder is vaker; "
            "gearceerd: van dat uur weet het archief niets.</p>"
        ),
        f"{_scrolls('Gaten per uur van de dag')}<table class=hours><thead><tr><td></td>{head}</tr></thead><tbody>",
    ]
    for care_type, hours in report.hours.items():
        told = "".join(_html_hour(each) for each in by_hour(hours))
        lines.append(f'<tr><th scope="row">{escape(care_type)}</th>{told}</tr>')
    return [*lines, "</tbody></table></div>"]


def _html_hour(looks: Looks) -> str:
    found = share(looks)
    if found is None:
        return "<td class=no></td>"
    return f'<td class="d{round(found * 5)}">{round(found * 100)}</td>'


def _html_effects(report: Report) -> list[str]:
    lines = [
        "<h2>Triple Aim: geschat uit gegeven parameters</h2>",
        f"<p><strong>{escape(ESTIMATED)}</strong></p>",
        "<ul>",
    ]
    for each in report.effects:
        count = NOT_SHOWN if each.count is None else str(each.count)
        told = f"{AIMS[each.effect.aim]}: {each.effect.title}: {outcome(each)}"
        under = "".join(f"<br>{escape(line)}" for line in parameter_lines(each))
        lines.append(f"<li>{escape(told)}<small><br>{escape(BASES[each.effect.basis])}: {count}{under}</small></li>")
    return [*lines, "</ul>"]


_STYLE: Final = """
:root{color-scheme:light}
body{font:16px/1.45 system-ui,sans-serif;color:#1f2933;background:#fff;max-width:75rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .2rem;break-after:avoid}p{margin:.2rem 0 .6rem;max-width:60rem}
.wide{overflow-x:auto}.wide:focus-visible{outline:3px solid #0b6fa4}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #cbd2d9}thead th{vertical-align:bottom}
th[scope=row],thead td{text-align:left;white-space:nowrap;position:sticky;left:0;background:#fff;padding-left:0}
.total td,.total th{font-weight:600;border-top:2px solid #1f2933}tr{break-inside:avoid}
.hours td,.hours th[scope=col]{padding:.2rem .3rem;min-width:1.9rem;box-sizing:border-box}
.no{background:repeating-linear-gradient(135deg,#fff 0 4px,#e4e7eb 4px 5px)}
li{margin:.3rem 0;max-width:60rem}small{color:#3e4c59;overflow-wrap:anywhere}
.d1{background:#e8f1f8}.d2{background:#c5dff0}.d3{background:#8fc1e3}.d4{background:#256a9b;color:#fff}
.d5{background:#0b4f7d;color:#fff}
@media print{body{margin:0;max-width:none}.wide{overflow:visible}th,td{padding:.15rem .3rem}table{font-size:.75rem}}
""".strip()
