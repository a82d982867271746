"""Both sides beside each other, what differs per request, and what the comparison rests on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from spoedplein.domain.log import Record
from spoedplein.domain.parts import RegionState
from spoedplein.domain.region import Region
from spoedplein.whatif.assumptions import Assumptions, WhatifError
from spoedplein.whatif.calls import orders_alike
from spoedplein.whatif.history import History, Setting
from spoedplein.whatif.outcome import Outcome, RequestStory, outcome
from spoedplein.whatif.recorded import Recorded
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.vocabulary import millis


@dataclass(frozen=True, slots=True)
class Sides:
    """The comparison, and the log of its second side: to be folded, explained, or lived again."""

    found: "Comparison"
    log: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Faithful:
    """How far the first side is the log's own history: decisions equal from the start on, of how many."""

    equal: int
    recorded: int
    lived: int

    @property
    def whole(self) -> bool:
        return self.equal == self.recorded == self.lived


@dataclass(frozen=True, slots=True)
class Changed:
    """A request that ended otherwise, or elsewhere, or later or sooner."""

    before: RequestStory
    after: RequestStory


@dataclass(frozen=True, slots=True)
class Called:
    """Whom the log called: of the queues, how many were not the head; and who of both sides was called when."""

    in_log: int
    not_the_head: int
    of_own_queue: tuple[bool, bool]
    alike: int
    sooner: int
    later: int
    only_before: int
    only_after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    region: str
    from_ms: int
    until_ms: int
    records: int
    stray_answers: int
    #: How many of the records came before any agreements, and were lived without.
    without_agreements: int
    #: Units whose places are changed, and that report none of them in this log.
    unreported: tuple[str, ...]
    faithful: Faithful | None
    assumptions: Assumptions
    before: Outcome
    after: Outcome
    changed: tuple[Changed, ...]
    called: Called

    @property
    def same(self) -> bool:
        """Nothing to see: figures and requests alike, whatever the sides are called."""
        one, other = self.before, self.after
        return not self.changed and all(
            getattr(one, name) == getattr(other, name)
            for name in ("decisions", "queues", "exclusions", "units", "waited")
        )


def compare(
    log: Sequence[Record],
    before: Setting,
    after: Setting,
    assumptions: Assumptions,
    *,
    told: Callable[[str, int], None] = lambda _step, _count: None,
) -> Comparison:
    """Live one region's log under both settings; see `live_both`."""
    return live_both(log, before, after, assumptions, told=told).found


def live_both(
    log: Sequence[Record],
    before: Setting,
    after: Setting,
    assumptions: Assumptions,
    *,
    told: Callable[[str, int], None] = lambda _step, _count: None,
) -> Sides:
    """`told` hears what is done and how many records are. Raises `WhatifError` when there is nothing to live by."""
    if not log:
        msg = "the log holds no record of this region"
        raise WhatifError(msg)
    region = log[0].event.region
    opened = _opened(log, before)
    recorded = _recorded(region, opened, assumptions, told=lambda count: told("as recorded", count))
    sides = [_by_its_queue(side, opened, assumptions) for side in (before, after)]
    lived = [_lived(opened, History(region, recorded, side, assumptions), told=told) for side in sides]
    one, other = (outcome(each) for each in lived)
    changed = [Changed(story, other.requests[name]) for name, story in one.requests.items() if _differs(story, other)]
    found = Comparison(
        region=region,
        from_ms=log[0].at,
        until_ms=recorded.end,
        records=len(log),
        stray_answers=recorded.stray,
        without_agreements=_without_agreements(opened),
        unreported=_unreported(log, after),
        faithful=_faithful(recorded.decisions, lived[0].decisions) if _as_logged(sides[0], opened) else None,
        assumptions=assumptions,
        before=one,
        after=other,
        changed=tuple(changed),
        called=_called(recorded, sides, one, other),
    )
    return Sides(found, lived[1].log)


def _opened(log: Sequence[Record], before: Setting) -> Sequence[Record]:
    """With the agreements of the first side adopted just before, where the log begins without any.

    Nothing can come before offset 0 in a file: the record that stands at -1 then is for us alone.
    """
    without, region = _without_agreements(log), log[0].event.region
    early, first, later = log[:without], log[without : without + 1], log[without + 1 :]
    if before.agreements is None and not first:
        msg = f"the log of {region} adopts no agreements: name those that were in force with --agreements"
        raise WhatifError(msg)
    if before.agreements is None or not early:
        return log
    # The log's own adoption took effect, whatever is given for the time before it: not as an older text, nor too late.
    at = min([log[0].at, *(millis(each.event.data.adopted_at) for each in first)])
    opening = Record(log[0].offset - 1, log[0].at, before.adoption(region, at))
    return [opening, *early, *map(_going_back, first), *later]


def _going_back(record: Record) -> Record:
    """The same adoption, also when its version is the older one."""
    data = record.event.data.model_copy(update={"older": True})
    return record._replace(event=record.event.model_copy(update={"data": data}))


def _without_agreements(log: Sequence[Record]) -> int:
    """How many records come before the first adoption."""
    adoptions = (at for at, each in enumerate(log) if isinstance(each.event.data, AgreementsAdopted))
    return next(adoptions, len(log))


def _recorded(region: str, log: Sequence[Record], assumptions: Assumptions, *, told: Callable[[int], None]) -> Recorded:
    """Under the log's own agreements; before it adopts any, under those of the first side."""
    core = Region(RegionState(region, offset=log[0].offset - 1))

    def stay_ms(unit: str) -> int | None:
        known = core.parts.rules.units.get(unit)
        return assumptions.stay_ms(known.care_type if known else None)

    return Recorded(core, log, stay_ms=stay_ms, told=told)


def _lived(log: Sequence[Record], history: History, *, told: Callable[[str, int], None]) -> History:
    history.live(log, told=lambda count: told(history.setting.name, count))
    return history


def _as_logged(side: Setting, log: Sequence[Record]) -> bool:
    """Whether this side lives by the log's own text, places and calls."""
    if side.changes or side.own_queue:
        return False
    return side.agreements is None or all(each == side.agreements for each in _adoptions(log))


def _adoptions(log: Sequence[Record]) -> Iterator[Agreements]:
    return (each.event.data.agreements for each in log if isinstance(each.event.data, AgreementsAdopted))


def _unreported(log: Sequence[Record], side: Setting) -> tuple[str, ...]:
    told = {each.event.data.unit for each in log if isinstance(each.event.data, CapacityReported)}
    return tuple(change.unit for change in side.changes if change.unit not in told)


def _by_its_queue(side: Setting, log: Sequence[Record], assumptions: Assumptions) -> Setting:
    """Under other agreements about who waits where, and before whom, its own queue says who is called."""
    mine = side.agreements
    other = mine is not None and not all(orders_alike(mine, each) for each in _adoptions(log))
    return replace(side, own_queue=other or assumptions.by_the_book)


def _called(recorded: Recorded, sides: Sequence[Setting], one: Outcome, other: Outcome) -> Called:
    later = [other.waited[key] - waited for key, waited in one.waited.items() if key in other.waited]
    ordered = [call for call in recorded.calls.values() if not call.immediate]
    return Called(
        in_log=len(ordered),
        not_the_head=sum(not recorded.helped_otherwise.issuperset(call.ahead) for call in ordered),
        of_own_queue=(sides[0].own_queue, sides[1].own_queue),
        alike=later.count(0),
        sooner=sum(each < 0 for each in later),
        later=sum(each > 0 for each in later),
        only_before=len(one.waited) - len(later),
        only_after=len(other.waited) - len(later),
    )


def _faithful(recorded: Sequence[Decision], lived: Sequence[Decision]) -> Faithful:
    equal = 0
    for one, other in zip(recorded, lived, strict=False):
        if one.time != other.time or _content(one) != _content(other):
            break
        equal += 1
    return Faithful(equal, len(recorded), len(lived))


def _content(decision: Decision) -> object:
    """What was decided, without what only numbers it."""
    return type(decision.data), decision.data.model_dump(exclude={"offer", "detail", "adopted_at", "sha256"})


def _differs(story: RequestStory, other: Outcome) -> bool:
    found = other.requests[story.request]
    told = ("placed_at", "to_promise_seconds", "to_place_seconds", "end", "offers")
    return any(getattr(story, name) != getattr(found, name) for name in told)
