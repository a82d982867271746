"""The board of a region on a terminal, in Dutch: a pure drawing of what the published topics said, at one moment.

What is not known is shown as unknown ("onbekend"), never as none; every figure comes with its age.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Column, Table
from rich.text import Text

from spoedplein.wording import room_words, words
from spoedplein.workers.following import Message
from spoedplein_schemas import Decision, crowding, decisions, rooms
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.dead_letters import DeadLetter
from spoedplein_schemas.views import (
    CareTypeAvailability,
    ConsultsBoard,
    EscalationBoard,
    OpenProposal,
    OpenRequest,
    QueueBoard,
    RequestsBoard,
    RequestState,
    RoomOnBoard,
    RoomUse,
    RoundsBoard,
    SiteBoard,
    SiteLevel,
    Underway,
)
from spoedplein_schemas.vocabulary import (
    CareType,
    CrowdingLevel,
    Frozen,
    Instant,
    Measure,
    UnitStatus,
    UrgencySystem,
    millis,
)

UNKNOWN: Final = "onbekend"
NONE: Final = "-"
#: Below this many columns the tables give up what can be missed.
WIDE: Final = 96
#: From so many lines on there is room to say why the last in each queue stands there.
TALL: Final = 45
DECISIONS_KEPT: Final = 100
#: With more rooms than this a side is told in counts, and not drawn room by room.
ROOMS_DRAWN: Final = 24
PROPOSALS_SHOWN: Final = 3
#: On fewer lines rooms and levels of sites give way; what is proposed never does.
ROOMY: Final = 30
#: Log time without any news after which the board says that it may be behind.
QUIET_SECONDS: Final = 15 * 60
_STYLES: Final[dict[type[Frozen], str]] = {
    decisions.PatientImmediate: "bold red",
    decisions.NormBreached: "red",
    decisions.FigureStale: "yellow",
    decisions.FigureConflict: "yellow",
    decisions.UnitStatusChanged: "magenta",
    decisions.PlacementExhausted: "yellow",
    decisions.RoundClosed: "yellow",
    decisions.DivertProposed: "magenta",
    decisions.OffloadOverdue: "red",
    decisions.ConsultEscalated: "red",
    decisions.AdmissionOverdue: "red",
    decisions.PlacementAccepted: "green",
    decisions.PlacementAdmitted: "bold green",
    crowding.LevelChanged: "magenta",
    crowding.ProposalMade: "magenta",
    rooms.RoomConflict: "red",
}
_LEVEL_STYLES: Final = {
    CrowdingLevel.GREEN: "green",
    CrowdingLevel.YELLOW: "yellow",
    CrowdingLevel.ORANGE: "bold yellow",
    CrowdingLevel.RED: "bold red",
}
#: How one room is drawn; the heading tells what each means.
_ROOMS: Final = {
    RoomUse.FREE: ("□", "bold green"),
    RoomUse.TAKEN: ("■", "default"),
    RoomUse.CLEANING: ("▨", "yellow"),
    RoomUse.OUT_OF_USE: ("x", "red"),
    RoomUse.UNKNOWN: ("?", "yellow"),
}
_UNTRIAGED: Final = 5


@dataclass(slots=True)
class Seen:
    """What a reader of the topics knows by now, by region."""

    care_types: dict[str, dict[CareType, CareTypeAvailability]] = field(default_factory=lambda: defaultdict(dict))
    sites: dict[str, dict[str, SiteBoard]] = field(default_factory=lambda: defaultdict(dict))
    requests: dict[str, RequestsBoard] = field(default_factory=dict)
    rounds: dict[str, RoundsBoard] = field(default_factory=dict)
    consults: dict[str, ConsultsBoard] = field(default_factory=dict)
    escalations: dict[str, EscalationBoard] = field(default_factory=dict)
    decisions: dict[str, deque[Decision]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=DECISIONS_KEPT))
    )
    heard_ms: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def take(self, messages: Iterable[Message]) -> None:
        for message in messages:
            match message.said:
                case CareTypeAvailability() as view:
                    self.care_types[view.region][view.care_type] = view
                    self._heard(view.region, view.as_of)
                case SiteBoard() as view:
                    self.sites[view.region][view.site] = view
                    self._heard(view.region, view.as_of)
                case RoundsBoard() | ConsultsBoard() | EscalationBoard() | RequestsBoard() as view:
                    self._of_region(view)
                    self._heard(view.region, view.as_of)
                case Decision() as decision if not words.ordinary(decision.data):
                    self.decisions[decision.region].appendleft(decision)
                case DeadLetter():
                    self.refused += 1
                case None:
                    self._gone(message.key)

    def _of_region(self, view: RoundsBoard | ConsultsBoard | EscalationBoard | RequestsBoard) -> None:
        match view:
            case RoundsBoard():
                self.rounds[view.region] = view
            case ConsultsBoard():
                self.consults[view.region] = view
            case EscalationBoard():
                self.escalations[view.region] = view
            case RequestsBoard():
                self.requests[view.region] = view

    def _gone(self, key: str) -> None:
        """A care type, a site or all that is proposed, when it is in the agreements no more."""
        region, _, rest = key.partition("/")
        self.sites[region].pop(rest, None)
        if rest == "escalation":
            self.escalations.pop(region, None)
        if rest.removeprefix("/") in set(CareType):
            self.care_types[region].pop(CareType(rest.removeprefix("/")), None)

    def _heard(self, region: str, at: Instant) -> None:
        self.heard_ms[region] = max(self.heard_ms.get(region, 0), millis(at))


@dataclass(frozen=True, slots=True)
class Frame:
    """For whom and when it is drawn. `notes` are about the system itself; `foot` says where everything is.

    `height` in lines: what does not fit gives way, the oldest first; without it everything is shown.
    """

    agreements: Agreements
    now_ms: int
    speed: float = 1.0
    width: int = 100
    height: int | None = None
    notes: Sequence[str] = ()
    foot: Sequence[str] = ()

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.agreements.timezone)

    def age(self, at: Instant | None) -> str:
        return NONE if at is None else words.span(max(0, self.now_ms - millis(at)) / 1000)

    def left(self, at: Instant) -> Text:
        """Until a deadline: `4 min`, or `12 min over` when it has passed."""
        seconds = (millis(at) - self.now_ms) / 1000
        return Text(words.span(seconds)) if seconds >= 0 else Text(f"{words.span(-seconds)} over", "bold red")


def draw(seen: Seen, frame: Frame) -> RenderableType:
    parts = [_title(seen, frame), *_availability(seen, frame), *_queues(seen, frame), *_floors(seen, frame)]
    asked = _asked(seen, frame)
    requests, told = _shares(seen, frame, taken=sum(_lines(part, frame.width) for part in [*parts, *asked]))
    parts += _requests(seen, frame, rows_max=requests)
    parts += asked
    parts += _decisions(seen, frame, lines_max=told)
    parts += [Text(note, "bold red", no_wrap=True, overflow="ellipsis") for note in frame.notes]
    if _has_foot(frame):
        parts += [Rule(style="dim"), *(Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in frame.foot)]
    return Group(*parts)


# --- parts ----------------------------------------------------------------------------------------------------------


def _title(seen: Seen, frame: Frame) -> RenderableType:
    now = datetime.fromtimestamp(frame.now_ms / 1000, UTC).astimezone(frame.zone)
    title = Text.assemble((" spoedplein ", "bold white on blue"), (f" {frame.agreements.region} ", "bold"))
    title.append(f" {words.day(now)}, {now:%H:%M}", "bold")
    if frame.speed != 1:
        title.append(f"  gesimuleerd, {frame.speed:g}x zo snel", "dim")
    heard = seen.heard_ms.get(frame.agreements.region)
    if heard is None:
        title.append("  nog geen gegevens", "bold yellow")
    elif (quiet := (frame.now_ms - heard) / 1000) > QUIET_SECONDS:
        title.append(f"  al {words.span(quiet)} geen nieuws: verouderd", "bold red")
    if seen.refused:
        title.append(f"  {seen.refused} berichten geweigerd", "yellow")
    title.no_wrap, title.overflow = True, "ellipsis"
    return title


def _availability(seen: Seen, frame: Frame) -> list[RenderableType]:
    """Per care type: free places, of how many units that is known, what stands in the way, the oldest figure."""
    views = seen.care_types.get(frame.agreements.region, {})
    wanted = [care_type for care_type in CareType if _units(frame.agreements, care_type)]
    parts: list[RenderableType] = [_heading("Beschikbaarheid", "vrije plaatsen per zorgsoort")]
    if frame.width < WIDE:
        short = Text("   ").join(
            Text.assemble((f"{care_type} ", "dim"), _free(views.get(care_type))) for care_type in wanted
        )
        return [*parts, Padding(short, (0, 1))]
    half = (len(wanted) + 1) // 2
    halves = Table.grid(padding=(0, 3), expand=True)
    halves.add_row(
        *(_availability_table(frame, views, column) for column in (wanted[:half], wanted[half:])),
    )
    return [*parts, halves]


def _availability_table(
    frame: Frame, views: dict[CareType, CareTypeAvailability], care_types: Sequence[CareType]
) -> Table:
    table = _table(
        Column("Zorgsoort", no_wrap=True, ratio=1),
        Column("Vrij", justify="right", width=8),
        Column("Bekend", justify="center", width=6),
        Column("Let op", no_wrap=True, width=9),
        Column("Oudste", justify="right", width=6),
    )
    for care_type in care_types:
        view = views.get(care_type)
        units = view.units if view else _units(frame.agreements, care_type)
        known = view.units_known if view else 0
        bekend = Text(f"{known}/{units}", "yellow" if known < units else "dim")
        oldest = frame.age(view.oldest_observed_at if view else None)
        table.add_row(care_type.value, _free(view), bekend, _troubles(view), oldest)
    return table


def _queues(seen: Seen, frame: Frame) -> list[RenderableType]:
    """Per site and service: how many wait per class, the longest wait, the next norm, who is past his, who comes."""
    boards = seen.sites.get(frame.agreements.region, {})
    wide = frame.width >= WIDE
    table = _table(
        Column("Plein", no_wrap=True, min_width=10),
        Column("", no_wrap=True, width=3),
        *(Column(name, justify="right", width=6) for name in (_class_names(frame.agreements) if wide else ["Wacht"])),
        Column("Langst", justify="right", width=6),
        Column("Norm\nover" if wide else "Norm over", justify="right", width=6),
        Column("Te\nlaat" if wide else "Te laat", justify="right", width=4),
        Column("Onderweg per ambulance", no_wrap=True, overflow="ellipsis", ratio=1),
    )
    for site in frame.agreements.sites:
        board = boards.get(site.id)
        for place, point in enumerate(site.services):
            queue = next((each for each in board.queues if each.service is point.care_type), None) if board else None
            name = site.id if place == 0 else ""
            cells = _queue(queue, frame, wide=wide) if queue else [Text("?", "yellow")] * (len(table.columns) - 3)
            coming = Text("") if board else Text(UNKNOWN, "yellow")
            if board and point.care_type is CareType.SEH:
                coming = _underway(board.underway, frame)
            table.add_row(name, point.care_type.upper(), *cells, coming)
    parts: list[RenderableType] = [_heading("Wachtrij", "wachtenden per urgentieklasse"), table]
    return [*parts, *_last_in_line(frame, boards)] if frame.height is None or frame.height >= TALL else parts


def _last_in_line(frame: Frame, boards: Mapping[str, SiteBoard]) -> Iterator[Text]:
    """Who waits at the end of each queue, and why there: what the desk tells whoever asks."""
    now = datetime.fromtimestamp(frame.now_ms / 1000, UTC)
    for site in frame.agreements.sites:
        for queue in boards[site.id].queues if site.id in boards else ():
            if len(queue.next) > 1:
                why = words.standing(queue, len(queue.next) - 1, now=now)
                line = f"{site.id} {queue.service.upper()}: {queue.next[-1].case} {why}"
                yield Text(line, "dim", no_wrap=True, overflow="ellipsis")


def _queue(queue: QueueBoard, frame: Frame, *, wide: bool) -> list[str | Text]:
    counts = [line.length for line in queue.classes]
    now = len(queue.immediate)
    since = [line.oldest_since for line in queue.classes if line.oldest_since]
    # Those of patients past theirs are counted as late: the next norm is one that can still be met.
    norms = [*(line.next_due_at for line in queue.classes), *(waiting.due_at for waiting in queue.next)]
    coming = [due for due in norms if due is not None and millis(due) > frame.now_ms]
    late = sum(line.breaches for line in queue.classes)
    cells = [_count(counts[0] + now, "bold red"), *(_count(count) for count in counts[1:])]
    return [
        *(cells if wide else [_count(now + sum(counts))]),
        frame.age(min(since)) if since else NONE,
        frame.left(min(coming)) if coming else NONE,
        _count(late, "bold red"),
    ]


def _floors(seen: Seen, frame: Frame) -> list[RenderableType]:
    """Per site: how crowded it is and on what, and its rooms, drawn one by one; then what was proposed to people."""
    agreed, boards = frame.agreements, seen.sites.get(frame.agreements.region, {})
    with_rooms = {room.site for room in agreed.rooms} | {rule.site for rule in agreed.crowding}
    sites = [site.id for site in agreed.sites if site.id in with_rooms]
    if not sites:
        return []
    wide = frame.width >= WIDE
    table = _table(
        Column("Plein", no_wrap=True, min_width=10),
        Column("Drukte", no_wrap=True),
        *(Column(f"Kamers {home.upper()}", no_wrap=True) for home in (CareType.SEH, CareType.HAP)),
        *([Column("Waardoor", no_wrap=True, overflow="ellipsis", ratio=1)] if wide else []),
    )
    for site in sites:
        board = boards.get(site)
        level = _level(board.crowding, frame) if board else Text(UNKNOWN, "yellow")
        homes = (_rooms(board.rooms if board else (), home) for home in (CareType.SEH, CareType.HAP))
        table.add_row(site, level, *homes, *([_crowded_by(board)] if wide else []))
    escalation = seen.escalations.get(agreed.region)
    signs = " ".join(f"{_ROOMS[use][0]} {room_words.ROOM_USE[use]}" for use in RoomUse if use is not RoomUse.UNKNOWN)
    region = _region_level(escalation, frame)
    heading = _heading("Drukte en kamers", f"{region}   {signs}" if wide else region)
    low = frame.height is not None and frame.height < ROOMY
    return [heading, *([] if low else [table]), *_proposals(escalation, frame)]


def _rooms(here: Sequence[RoomOnBoard], home: CareType) -> Text:
    """`7 vrij □□□□□□□■■▨`: the free ones first, as they are looked for."""
    mine = [room.use for room in here if room.home is home]
    if not mine:
        return Text(NONE, "dim")
    free = mine.count(RoomUse.FREE)
    told = Text(f"{free:>2} vrij ", "bold green" if free else "bold red")
    if len(mine) > ROOMS_DRAWN:
        return told.append(f"van {len(mine)}", "dim")
    for use, (sign, style) in _ROOMS.items():
        told.append(sign * mine.count(use), style)
    return told


def _level(level: SiteLevel | None, frame: Frame) -> Text:
    if level is None:
        return Text(NONE, "dim")
    return Text.assemble((room_words.LEVEL[level.level], _LEVEL_STYLES[level.level]), f" {frame.age(level.since)}")


def _crowded_by(board: SiteBoard | None) -> Text:
    """The measures that are crowded now, and how many are not known."""
    if board is None or board.crowding is None:
        return Text("")
    measures = board.crowding.measures
    crowded = [room_words.measured(each) for each in measures if each.state is crowding.MeasureState.CROWDED]
    unknown = sum(each.state is crowding.MeasureState.UNKNOWN for each in measures)
    return Text(", ".join([*crowded, *([f"{unknown} {UNKNOWN}"] if unknown else [])]) or NONE, "dim")


def _region_level(board: EscalationBoard | None, frame: Frame) -> str:
    if board is None:
        return f"regio {UNKNOWN}"
    stops = f"{board.sites_stopped} SEH met stop"
    if board.level is None:
        return stops
    since = f" {frame.age(board.since)}" if board.since else ""
    return f"regio {room_words.LEVEL[board.level]}{since}, {stops}"


def _proposals(board: EscalationBoard | None, frame: Frame) -> Iterator[Text]:
    """Those that wait for somebody first; of the others who was asked does not matter any more."""
    standing = sorted(board.proposals, key=lambda each: each.confirmed) if board else []
    for proposal in standing[:PROPOSALS_SHOWN]:
        yield _proposal(proposal, frame)
    if len(standing) > PROPOSALS_SHOWN:
        yield Text(f" … en nog {len(standing) - PROPOSALS_SHOWN} voorstellen", "dim")


def _proposal(proposal: OpenProposal, frame: Frame) -> Text:
    place = proposal.site or "de regio"
    line = Text.assemble((" Voorstel ", "bold"), f"{place}: {room_words.PROPOSAL[proposal.kind]}, ")
    if proposal.confirmed:
        line.append("overgenomen", "green").append(f", {frame.age(proposal.since)} geleden voorgesteld", "dim")
    else:
        roles = ", ".join(room_words.ROLE[role] for role in proposal.roles)
        line.append("wacht ").append_text(frame.left(proposal.answer_by)).append(f" op {roles}", "dim")
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _requests(seen: Seen, frame: Frame, *, rows_max: int) -> list[RenderableType]:
    board = seen.requests.get(frame.agreements.region)
    if board is None:
        return [_heading("Openstaande aanvragen", UNKNOWN)]
    table = _table(
        Column("Aanvraag", no_wrap=True),
        Column("Zorgsoort", no_wrap=True),
        Column("Urg.", no_wrap=True),
        Column("Stand", no_wrap=True),
        Column("Plek", no_wrap=True, overflow="ellipsis", ratio=1, min_width=8),
        Column("Volgende stap", no_wrap=True),
        Column("Sinds", justify="right", no_wrap=True),
        Column("Regie", no_wrap=True, overflow="ellipsis"),
    )
    fits = len(board.requests) <= rows_max
    shown = board.requests if fits else board.requests[: max(0, rows_max - 1)]
    for request in shown:
        table.add_row(*_request(request, frame))
    total = f"{board.open_total}, dringendste eerst" if board.open_total else "geen"
    parts: list[RenderableType] = [_heading("Openstaande aanvragen", total), table]
    if board.open_total > len(shown):
        parts.append(Text(f" … en nog {board.open_total - len(shown)}", "dim"))
    return parts if shown else parts[:1]


def _request(request: OpenRequest, frame: Frame) -> list[str | Text]:
    state, asks = words.REQUEST_STATE[request.state]
    style = {RequestState.WAITING: "yellow", RequestState.ACCEPTED: "green"}.get(request.state, "")
    others = f" +{len(request.care_types) - 1}" if len(request.care_types) > 1 else ""
    return [
        request.request,
        f"{request.care_types[0]}{others}",
        words.code(request.urgency),
        Text(state, style),
        _where(request),
        Text.assemble(f"{asks} ", frame.left(request.next_deadline)),
        frame.age(request.since),
        request.owner,
    ]


def _asked(seen: Seen, frame: Frame) -> list[RenderableType]:
    """Acute home care where it was agreed; open rounds with who is silent, open consults with the first deadline."""
    region = frame.agreements.region
    lines: list[Text] = [*_visits(seen, frame)]
    rounds, consults = seen.rounds.get(region), seen.consults.get(region)
    for each in [view for view in rounds.rounds if not view.closed][:2] if rounds else ():
        line = Text.assemble((" Meldronde ", "bold"), f"{each.round}: {each.answered} van {each.asked}, nog ")
        lines.append(line.append_text(frame.left(each.answer_by)).append(f", niets van {words.some(each.outstanding)}"))
    if consults and consults.consults:
        first = consults.consults[0]
        line = Text.assemble((" Meedenkadvies ", "bold"), f"{consults.open_total} open; eerst {first.consult} ")
        line.append(f"({first.specialty}) bij {first.owner}, ")
        lines.append(line.append_text(frame.left(first.next_deadline)))
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return [*lines]


def _visits(seen: Seen, frame: Frame) -> Iterator[Text]:
    """Visits that can start within the hour, and how many of those that ended did so without a doctor."""
    region, agreed = frame.agreements.region, frame.agreements.home_care
    if agreed is None:
        return
    board = seen.requests.get(region)
    ended, free = board.home_care if board else None, seen.care_types.get(region, {}).get(CareType.WIJKVERPLEGING)
    line = Text.assemble((" Acute thuiszorg ", "bold"), _free(free), " bezoeken kunnen dit uur beginnen; ")
    if ended is None or ended.percent is None:
        yield line.append(f"nog geen bezoek klaar (afgesproken: {agreed.independent_percent}% zonder arts)")
        return
    days = f"in {agreed.window_days} dagen {ended.independent} van {ended.helped} zonder arts klaar: "
    style = "green" if ended.percent >= ended.agreed_percent else "yellow"
    line.append(days).append(f"{ended.percent}%", style).append(f" (afgesproken {ended.agreed_percent}%)")
    yield line.append(f", {ended.not_seen} niemand gezien" if ended.not_seen else "")


def _where(request: OpenRequest) -> str:
    """The place that is asked or promised, and how many are asked beside it; what came nearest when nothing fits."""
    if request.unit is not None:
        return f"{request.unit} +{len(request.asked) - 1}" if len(request.asked) > 1 else request.unit
    near = next((each.nearest for each in request.shortfalls if each.nearest is not None), None)
    return NONE if near is None else f"bijna {near.unit}: {words.EXCLUDED[near.code]}"


def _decisions(seen: Seen, frame: Frame, *, lines_max: int) -> list[RenderableType]:
    """Newest first; what does not fit in its whole gives way to the heading."""
    parts: list[RenderableType] = [_heading("Besluiten", "nieuwste eerst, met de reden")]
    left = lines_max
    for decision in seen.decisions.get(frame.agreements.region, ()):
        sentence = words.tell(decision, frame.zone)
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=6, style="dim", justify="right")
        line.add_column(ratio=1)
        at = decision.time.astimezone(frame.zone)
        line.add_row(f"{at:%H:%M}", Text(sentence, _STYLES.get(type(decision.data), "")))
        left -= _lines(line, frame.width)
        if left < 0:
            break
        parts.append(line)
    return parts if len(parts) > 1 else [*parts, Text(f" {NONE}", "dim")][: max(1, lines_max)]


# --- cells ----------------------------------------------------------------------------------------------------------


def _heading(title: str, more: str) -> Rule:
    return Rule(Text.assemble((title, "bold cyan"), (f"  {more}", "dim")), align="left", style="cyan")


def _table(*columns: Column) -> Table:
    return Table(
        *columns, box=None, expand=True, pad_edge=True, padding=(0, 1, 0, 0), header_style="dim", show_edge=False
    )


def _free(view: CareTypeAvailability | None) -> Text:
    if view is None or view.units_known == 0:
        return Text(UNKNOWN, "yellow")
    per = "/u" if view.measure is Measure.VISITS_PER_HOUR else ""
    return Text(f"{view.free}{per}", "bold green" if view.free else "bold red")


def _troubles(view: CareTypeAvailability | None) -> Text:
    """`1 stop`, and how many units more are not simply open: `1 stop +2`."""
    if view is None:
        return Text("")
    counts = {
        UnitStatus.STOP: (view.units_stop, "bold red"),
        UnitStatus.CLOSED: (view.units_closed, "red"),
        UnitStatus.WARNING: (view.units_warning, "yellow"),
    }
    found = [(count, status, style) for status, (count, style) in counts.items() if count]
    if not found:
        return Text("")
    count, status, style = found[0]
    more = sum(each[0] for each in found[1:])
    word = "waarsch" if status is UnitStatus.WARNING else words.STATUS[status]
    return Text(f"{count} {word}{f' +{more}' if more else ''}", style)


def _count(count: int, style: str = "bold") -> Text:
    return Text(str(count), style) if count else Text("·", "dim")


def _underway(rides: Sequence[Underway], frame: Frame) -> Text:
    """`A1 4 min`, `A2 is er`, first expected first."""
    here = [ride for ride in rides if ride.arrived_at is not None]
    told = [Text(f"{words.code(ride.urgency)} is er", "bold red" if ride.overdue else "bold") for ride in here]
    for ride in rides:
        if ride.arrived_at is None:
            late = millis(ride.eta) < frame.now_ms
            when = "verwacht" if late else words.span((millis(ride.eta) - frame.now_ms) / 1000)
            told.append(Text(f"{words.code(ride.urgency)} {when}"))
    return Text(", ", no_wrap=True).join(told) if told else Text("")


def _class_names(agreements: Agreements) -> list[str]:
    """Per rank the codes of the HAP (NTS) above those of the SEH (MTS), as this region ranks them."""
    return [*("\n".join(_codes(agreements, rank)) for rank in range(_UNTRIAGED)), "zonder\ntriage"]


def _codes(agreements: Agreements, rank: int) -> Iterator[str]:
    for system in (UrgencySystem.NTS, UrgencySystem.MTS):
        codes = [each.code for each in agreements.ranks if each.system is system and each.rank == rank]
        yield " ".join(words.COLOUR_CODES.get(code, code) for code in sorted(codes)) or NONE


def _units(agreements: Agreements, care_type: CareType) -> int:
    return sum(unit.care_type is care_type for unit in agreements.units)


# --- room -----------------------------------------------------------------------------------------------------------


def _shares(seen: Seen, frame: Frame, *, taken: int) -> tuple[int, int]:
    """Lines for open requests and for decisions: of what is left, the requests get what they need up to a half."""
    if frame.height is None:
        return 1000, 20
    foot = 1 + len(frame.foot) if _has_foot(frame) else 0
    left = max(2, frame.height - taken - foot - len(frame.notes) - 3)
    board = seen.requests.get(frame.agreements.region)
    wanted = len(board.requests) if board else 0
    requests = min(wanted, max(left // 2, left - 8))
    return requests, left - requests


def _lines(part: RenderableType, width: int) -> int:
    return len(Console(file=StringIO(), width=width).render_lines(part))


def _has_foot(frame: Frame) -> bool:
    return bool(frame.foot) and (frame.height is None or frame.height >= 34)
