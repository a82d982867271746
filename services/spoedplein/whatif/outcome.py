"""What came of one side, in figures. Times in seconds, shares in tenths of a per cent; medians by nearest rank."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spoedplein.whatif.assumptions import rank_of
from spoedplein.whatif.history import History, UnitSpan
from spoedplein.whatif.waiting import queue_name
from spoedplein_schemas import Decision, decisions, kind_of, transfer
from spoedplein_schemas.vocabulary import CareType, millis

#: These say that care was found outside, or bridged until it was there.
ELSEWHERE = (transfer.TransferConfirmed, transfer.BridgingStarted)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: how often, and the median and the nine in ten, in seconds."""

    count: int
    median: int | None
    p90: int | None


@dataclass(slots=True)
class RequestStory:
    """What became of one request; seconds count from the request."""

    request: str
    care_type: str
    offers: int = 0
    placed_at: str | None = None
    to_promise_seconds: int | None = None
    to_place_seconds: int | None = None
    exhausted: int = 0
    end: str = "open"
    codes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class CareTypeOutcome:
    requests: int
    promised: int
    admitted: int
    cancelled: int
    open_without: int
    to_promise: Spread
    to_place: Spread


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """`overtaken`: how often somebody who had come later was called before one of these; `still` wait when it ends."""

    waits: Spread
    breaches: int
    overtaken: int = 0
    still: int = 0


@dataclass(frozen=True, slots=True)
class UnitOutcome:
    """Over the time that its figure was known: mean places staffed, and the share not free, in tenths of a per cent.

    Without any places there is no share of them.
    """

    known_hours: int
    staffed_mean: float
    taken_permille: int | None
    full_hours: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One side. Queues go by `site/service/urgency`; exclusions count the requests that met a code, `elsewhere` those
    that were placed with a neighbour or had care in the meantime, by the decision that says so.

    `waited` tells of each patient who was called, by `site/entrance/case`, after how many seconds.
    """

    name: str
    decisions: Mapping[str, int]
    care_types: Mapping[str, CareTypeOutcome]
    queues: Mapping[str, QueueOutcome]
    offers_ended: Mapping[str, int]
    exclusions: Mapping[str, int]
    elsewhere: Mapping[str, int]
    units: Mapping[str, UnitOutcome]
    requests: Mapping[str, RequestStory]
    waited: Mapping[str, int]
    counts: Mapping[str, int]


def outcome(history: History) -> Outcome:
    made = history.decisions
    requests = _requests(history)
    kinds = Counter(_kind(each) for each in made)
    ended = Counter(_end(each.data) for each in made if isinstance(each.data, decisions.OfferEnded))
    codes = Counter(code for story in requests.values() for code in story.codes)
    return Outcome(
        name=history.setting.name,
        decisions=_sorted(kinds),
        care_types=_care_types(requests.values()),
        queues=_queues(history),
        offers_ended=_sorted(ended),
        exclusions=_sorted(codes),
        elsewhere=_sorted(_elsewhere(made)),
        units={name: _unit(spans, until=history.end) for name, spans in sorted(history.spans.items())},
        requests=requests,
        waited={key: history.waits.waited[key] for key in sorted(history.waits.waited)},
        counts=_sorted(history.counts),
    )


def spread(seconds: Iterable[int]) -> Spread:
    ordered = sorted(seconds)
    return Spread(len(ordered), rank_of(ordered, 0.5), rank_of(ordered, 0.9))


def _kind(made: Decision) -> str:
    return kind_of(type(made.data)).short


def _end(data: decisions.OfferEnded) -> str:
    return data.end.value if data.reason is None else f"{data.end.value}: {data.reason.value}"


def _elsewhere(made: Iterable[Decision]) -> Counter[str]:
    """However often it was said of a request, it is one request."""
    told = {(_kind(each), each.data.request) for each in made if isinstance(each.data, ELSEWHERE)}
    return Counter(kind for kind, _ in told)


def _sorted(counted: Mapping[str, int]) -> dict[str, int]:
    return {name: counted[name] for name in sorted(counted) if counted[name]}


def _requests(history: History) -> dict[str, RequestStory]:
    asked = history.requested
    stories = {name: RequestStory(name, _first_choice(data)) for name, (_, data) in sorted(asked.items())}
    for made in history.decisions:
        story = stories.get(getattr(made.data, "request", None) or "")
        if story is not None:
            _tell(story, made, since=asked[story.request][0])
    return stories


def _first_choice(data: Any) -> str:  # noqa: ANN401  whatever asks for a place has a profile
    first: CareType = data.profile.care_types[0]
    return first.value


def _tell(story: RequestStory, made: Decision, *, since: int) -> None:
    data, after = made.data, max(0, millis(made.time) - since) // 1000
    match data:
        case decisions.PlacementOffered():
            story.offers += 1
            story.end = "offered" if story.placed_at is None else story.end
        case decisions.OfferEnded():
            story.end = "open" if story.end == "offered" and not data.still_open else story.end
        case decisions.PlacementAccepted() | transfer.TransferConfirmed():
            story.placed_at, story.end = data.unit, "promised"
            story.to_promise_seconds = after
        case decisions.PlacementAdmitted():
            story.placed_at, story.end = data.unit, "admitted"
            story.to_place_seconds = data.to_place_seconds
            story.to_promise_seconds = after if story.to_promise_seconds is None else story.to_promise_seconds
        case decisions.PlacementReopened() | decisions.PromiseReleased():
            story.placed_at, story.to_promise_seconds, story.end = None, None, "open"
        case decisions.PlacementExhausted():
            story.exhausted += 1
            story.codes.update({each.code.value for each in data.excluded})
        case decisions.PlacementCancelled():
            story.placed_at, story.to_promise_seconds, story.end = None, None, f"cancelled: {data.reason.value}"
        case _:
            pass


def _care_types(stories: Iterable[RequestStory]) -> dict[str, CareTypeOutcome]:
    grouped: dict[str, list[RequestStory]] = {}
    for story in stories:
        grouped.setdefault(story.care_type, []).append(story)
    return {name: _care_type(grouped[name]) for name in sorted(grouped)}


def _care_type(stories: Sequence[RequestStory]) -> CareTypeOutcome:
    ends = Counter(story.end.split(":")[0] for story in stories)
    return CareTypeOutcome(
        requests=len(stories),
        promised=sum(story.placed_at is not None for story in stories),
        admitted=ends["admitted"],
        cancelled=ends["cancelled"],
        open_without=ends["open"] + ends["offered"],
        to_promise=spread(each.to_promise_seconds for each in stories if each.to_promise_seconds is not None),
        to_place=spread(each.to_place_seconds for each in stories if each.to_place_seconds is not None),
    )


def _queues(history: History) -> dict[str, QueueOutcome]:
    waits: dict[str, list[int]] = {}
    breaches: Counter[str] = Counter()
    for each in history.decisions:
        data = each.data
        if isinstance(data, decisions.PatientTaken):
            waits.setdefault(queue_name(data.site, data.service, data.urgency), []).append(data.waited_seconds)
        elif isinstance(data, decisions.NormBreached):
            breaches[queue_name(data.site, data.service, data.urgency)] += 1
    overtaken, still = history.waits.overtaken, history.waits.still
    return {
        name: QueueOutcome(spread(waits.get(name, ())), breaches[name], overtaken[name], still[name])
        for name in sorted({*waits, *breaches, *overtaken, *still})
    }


def _unit(spans: Sequence[UnitSpan], *, until: int) -> UnitOutcome:
    """Full is known to have nothing free."""
    known = places = free = full = 0
    for span, ends in zip(spans, [each.at for each in spans[1:]] + [until], strict=True):
        if span.staffed is None or span.free is None:
            continue
        lasted = ends - span.at
        known, places = known + lasted, places + lasted * span.staffed
        free += lasted * min(span.free, span.staffed)
        full += lasted * (span.free == 0)
    return UnitOutcome(
        known_hours=known // 3_600_000,
        staffed_mean=round(places / known, 1) if known else 0.0,
        taken_permille=(places - free) * 1000 // places if places else None,
        full_hours=full // 3_600_000,
    )
