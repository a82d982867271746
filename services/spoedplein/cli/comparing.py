"""A comparison of two histories in words and tables, for a person at a terminal."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from spoedplein.cli.tables import Cell, duration, table
from spoedplein.domain.turn import moment
from spoedplein.whatif.assumptions import Answer
from spoedplein.whatif.comparison import Changed, Comparison
from spoedplein.whatif.outcome import CareTypeOutcome, Outcome, QueueOutcome, RequestStory, Spread, UnitOutcome

CHANGED_MAX = 20
Side = TypeVar("Side")


def tell(comparison: Comparison) -> str:
    """The two sides, what differs first, then every table, and last what all of it rests on."""
    parts = (_heading, _summary, _placement, _requests, _whys, _queues, _units, _decisions, _rests_on)
    return "\n\n".join(text for part in parts if (text := "\n".join(part(comparison))))


def _heading(found: Comparison) -> Iterator[str]:
    begin, end = moment(found.from_ms), moment(found.until_ms)
    yield f"What if, in {found.region}: {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    yield f"  A  {found.before.name}"
    yield f"  B  {found.after.name}"
    if found.same:
        yield "  No difference: B decides as A did."


def _summary(found: Comparison) -> Iterator[str]:
    one, other = found.before, found.after
    yield "In short"
    figures: dict[str, Callable[[Outcome], int]] = {
        "requests": lambda side: len(side.requests),
        "with a place promised": lambda side: sum(each.promised for each in side.care_types.values()),
        "admitted": lambda side: sum(each.admitted for each in side.care_types.values()),
        "ended without a place": lambda side: sum(each.cancelled for each in side.care_types.values()),
        "still without a place": lambda side: sum(each.open_without for each in side.care_types.values()),
        "offers made": lambda side: side.counts.get("offers", 0),
        "offers declined or expired": _refused,
        "patients called": lambda side: len(side.waited),
        "still in a queue": lambda side: sum(each.still for each in side.queues.values()),
        "overtaken in a queue (times)": lambda side: sum(each.overtaken for each in side.queues.values()),
        "norms breached": lambda side: sum(each.breaches for each in side.queues.values()),
        "placed with a neighbour": lambda side: side.elsewhere.get("transfer-confirmed", 0),
        "bridged until a place": lambda side: side.elsewhere.get("bridging-started", 0),
    }
    rows = [(name, of(one), of(other), _signed(of(other) - of(one))) for name, of in figures.items()]
    yield from table(("", "A", "B", "B - A"), rows)


def _refused(side: Outcome) -> int:
    return sum(times for name, times in side.offers_ended.items() if name.startswith(("declined", "expired")))


def _placement(found: Comparison) -> Iterator[str]:
    yield "Time from request to promise and to admission, by the care asked first (hours:minutes; nearest rank)"
    head = ("", "asked", "promised A", "B", "median A", "B", "p90 A", "B", "admitted: median A", "B")
    yield from table(head, _pairs(found.before.care_types, found.after.care_types, _placement_row))


def _placement_row(one: CareTypeOutcome | None, other: CareTypeOutcome | None) -> tuple[Cell, ...]:
    before, after = one or _NO_CARE, other or _NO_CARE
    promise = (before.to_promise, after.to_promise)
    times = [duration(value) for name in ("median", "p90") for value in (getattr(each, name) for each in promise)]
    admitted = [duration(each.to_place.median) for each in (before, after)]
    return (max(before.requests, after.requests), before.promised, after.promised, *times, *admitted)


def _requests(found: Comparison) -> Iterator[str]:
    if not found.changed:
        return
    yield f"Requests that went otherwise: {len(found.changed)} of {len(found.before.requests)}"
    rows = [(each.before.request, each.before.care_type, *_went(each)) for each in found.changed[:CHANGED_MAX]]
    yield from table(("", "asked", "A", "B"), rows)
    if len(found.changed) > CHANGED_MAX:
        yield f"  and {len(found.changed) - CHANGED_MAX} more; --json has all of them"


def _went(changed: Changed) -> tuple[str, str]:
    return _story(changed.before), _story(changed.after)


def _story(story: RequestStory) -> str:
    if story.end == "offered":
        return "none yet: an offer stands"
    if story.placed_at is None:
        return story.end if story.end.startswith("cancelled") else f"no place (nothing fitted {story.exhausted} times)"
    return f"{story.placed_at} after {duration(story.to_promise_seconds)}"


def _whys(found: Comparison) -> Iterator[str]:
    yield "Why a place was not had: requests that met it when nothing fitted, and how offers ended"
    yield from table(("exclusion code", "A", "B"), _counted(found.before.exclusions, found.after.exclusions))
    yield from table(("offer ended", "A", "B"), _counted(found.before.offers_ended, found.after.offers_ended))


def _queues(found: Comparison) -> Iterator[str]:
    one, other = found.before.queues, found.after.queues
    yield "Waits per service point and urgency, who was overtaken how often, and norms breached"
    yield from (f"  {line}" for line in _calls(found))
    differ = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    head = ("", "called A", "B", "median A", "B", "p90 A", "B", "overtaken A", "B", "breaches A", "B", "still A", "B")
    yield from table(head, [(each, *_queue_row(one.get(each), other.get(each))) for each in differ])
    if alike := len({*one, *other}) - len(differ):
        yield f"  {alike} of {alike + len(differ)} queues and urgencies: as they were"


def _calls(found: Comparison) -> Iterator[str]:
    """Whom each side calls, and what came of it for the same people."""
    told = found.called
    for side, own in zip("AB", told.of_own_queue, strict=True):
        if own:
            yield f"{side} calls the head of its own queue when the log's people called somebody; in danger of life,"
            yield "  whom they called. He has the room and the end of treatment of who was called then."
        else:
            yield f"{side} calls whom the log's people called: {told.not_the_head} of {told.in_log} were not the head."
    if told.sooner or told.later or told.only_before or told.only_after:
        yield (
            f"Of the same patients B calls {told.sooner} sooner, {told.later} later, {told.alike} at the same moment; "
            f"{told.only_before} are called in A only, {told.only_after} in B only."
        )


def _queue_row(one: QueueOutcome | None, other: QueueOutcome | None) -> tuple[Cell, ...]:
    sides = [each or _NO_QUEUE for each in (one, other)]
    times = [duration(getattr(each.waits, name)) for name in ("median", "p90") for each in sides]
    counted = [getattr(each, name) for name in ("overtaken", "breaches", "still") for each in sides]
    return (*(each.waits.count for each in sides), *times, *counted)


def _units(found: Comparison) -> Iterator[str]:
    changed = {name: unit for name, unit in found.before.units.items() if unit != found.after.units.get(name)}
    if not changed:
        return
    yield "Units that were used otherwise, while their figure was known: places, share not free, hours full"
    head = ("", "places A", "B", "taken A", "B", "full A", "B")
    after = {name: unit for name, unit in found.after.units.items() if unit != found.before.units.get(name)}
    yield from table(head, _pairs(changed, after, _unit_row))


def _unit_row(one: UnitOutcome | None, other: UnitOutcome | None) -> tuple[Cell, ...]:
    sides = (one, other)
    return (
        *(each.staffed_mean if each else None for each in sides),
        *(_share(each.taken_permille) if each else None for each in sides),
        *(f"{each.full_hours} h" if each else None for each in sides),
    )


def _share(permille: int | None) -> str | None:
    return None if permille is None else f"{(permille + 5) // 10} %"


def _decisions(found: Comparison) -> Iterator[str]:
    one, other = found.before.decisions, found.after.decisions
    differing = [name for name in sorted({*one, *other}) if one.get(name, 0) != other.get(name, 0)]
    yield f"Decisions by kind: {sum(one.values())} in A, {sum(other.values())} in B"
    rows = [
        (name, one.get(name, 0), other.get(name, 0), _signed(other.get(name, 0) - one.get(name, 0)))
        for name in differing
    ]
    yield from table(("", "A", "B", "B - A"), rows)


def _rests_on(found: Comparison) -> Iterator[str]:
    given = found.assumptions
    yield "What this rests on"
    if found.faithful is not None:
        told = found.faithful
        exact = "A is the log's own history" if told.whole else "A departs from the log's own history"
        yield f"  {exact}: {told.equal} of {told.recorded} decisions are the same, from the first on."
    yield from _left_undone(found)
    yield "  Held fixed: who came, was triaged and left, and when; requests; stops, openings and closings; and the work"
    yield "  of a service point: when it called somebody, into which room, and until when."
    yield "  Not held fixed: whom it calls, where a side queues by other agreements than the log; see the queues above."
    yield "  An answer in the log is given again, as long after the same offer of the same unit; so is silence."
    wait = "half of his term" if given.answer_minutes is None else f"{given.answer_minutes:g} min"
    verb = "accepted" if given.answer is Answer.ACCEPT else "declined"
    yield f"  Any other offer is {verb} after the unit's median time to accept, or its care type's, or {wait}."
    yield (
        "  Admission follows the acceptance as in the log; otherwise after the unit's median, its care type's, "
        f"anybody's, or {given.admission_minutes:g} min."
    )
    stays = ", ".join(f"{care_type.value} {hours:g} h" for care_type, hours in sorted(given.stay_hours.items()))
    yield "  A neighbour, or who was proposed something, says what he said in the log to the same question; to another"
    yield "  question nobody knows what he would have said: it stays unanswered."
    yield f"  Who lies elsewhere than in the log takes that place to the end of the log ({stays or 'all care types'})."
    yield from table(("how often", "A", "B"), _counted(found.before.counts, found.after.counts), indent=4)
    if found.stray_answers:
        yield f"  Left as they are: {found.stray_answers} of the log's answers; they belong to no offer of its history."


def _left_undone(found: Comparison) -> Iterator[str]:
    """What was asked for, and could not be lived."""
    if found.without_agreements:
        yield f"  Before any agreements came {found.without_agreements} of the log's records, and were lived without:"
        yield "  name those that were in force with --agreements."
    if found.unreported:
        yield f"  Nothing came of other places of {', '.join(found.unreported)}: in this log they never report any."


def _pairs(
    one: Mapping[str, Side], other: Mapping[str, Side], row: Callable[[Side | None, Side | None], tuple[Cell, ...]]
) -> list[tuple[Cell, ...]]:
    names: list[str] = sorted({*one, *other})
    return [(name, *row(one.get(name), other.get(name))) for name in names]


def _counted(one: Mapping[str, int], other: Mapping[str, int]) -> list[tuple[Cell, ...]]:
    return [(name, one.get(name, 0), other.get(name, 0)) for name in sorted({*one, *other})]


def _signed(number: int) -> str:
    return f"{number:+d}" if number else "="


_NO_SPREAD = Spread(0, None, None)
_NO_QUEUE = QueueOutcome(_NO_SPREAD, 0)
_NO_CARE = CareTypeOutcome(0, 0, 0, 0, 0, _NO_SPREAD, _NO_SPREAD)
