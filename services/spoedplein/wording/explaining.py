"""A decision in words, for a person at a terminal."""

from collections.abc import Iterator
from datetime import UTC

from pydantic import BaseModel

from spoedplein.wording import shortfalls, words
from spoedplein_schemas import Decision, kind_of
from spoedplein_schemas.decisions import Basis, CodeCount, Exclusion, PatientQueued, ScorePart, Shortfall
from spoedplein_schemas.front_door import PassedDestination
from spoedplein_schemas.rooms import RoomExclusion

_SEPARATE = ("basis", "score", "excluded", "not_named", "against", "runners_up", "passed", "before", "shortfalls")


def tell(decision: Decision) -> str:
    """What was decided and when, its cause and agreement, the data with its age, and the alternatives."""
    return "\n".join(_lines(decision))


def _lines(decision: Decision) -> Iterator[str]:
    data = decision.data
    yield f"{kind_of(type(data)).name.removeprefix('decision.')}   {decision.id}"
    yield f"  region      {decision.region}, at {decision.time:%Y-%m-%d %H:%M:%S} UTC"
    yield f"  cause       {decision.causationid}"
    yield f"  agreements  {decision.agreements}"
    for name, value in data:
        if name not in _SEPARATE and value is not None:
            yield f"  {name:<11} {_shown(value)}"
    if basis := getattr(data, "basis", None):
        yield from _basis(basis)
    if score := getattr(data, "score", None):
        yield from _score(score)
    if runners_up := getattr(data, "runners_up", None):
        yield f"  next in line: {', '.join(runners_up)}"
    if isinstance(data, PatientQueued):
        yield f"  in words    {words.position(data.before, now=decision.time)}"
    if passed := getattr(data, "passed", None):
        yield from _passed(passed)
    yield from _shortfalls(getattr(data, "shortfalls", ()))
    for title, name in (("passed over", "excluded"), ("set aside", "against")):
        if excluded := getattr(data, name, None):
            yield from _excluded(title, excluded)
    yield from _not_named(getattr(data, "not_named", None) or ())


def _basis(basis: Basis) -> Iterator[str]:
    yield f"  rests on: {basis.unit}, {basis.free} free of which {basis.held} held, seen {basis.age_seconds} s before"


def _score(score: tuple[ScorePart, ...]) -> Iterator[str]:
    yield f"  score (lowest is asked first): {sum(part.points for part in score)}"
    for part in (part for part in score if part.points):
        yield f"    {part.points:+6d}  {part.part}"


def _passed(passed: tuple[PassedDestination, ...]) -> Iterator[str]:
    yield "  not to:"
    for item in passed:
        opens = f", opens {item.opens_at:%Y-%m-%d %H:%M} UTC" if item.opens_at else ""
        yield f"    {item.destination:<18} {item.code} (route {item.route}{opens})"


def _shortfalls(short: tuple[Shortfall, ...]) -> Iterator[str]:
    """In English, and in the words of the board; times are UTC here."""
    if short:
        yield "  what would have met it:"
    for each in short:
        yield f"    {shortfalls.sentence(each, shortfalls.ENGLISH, UTC)}"
        yield f"    {words.shortage(each, UTC)}"


def _excluded(title: str, excluded: tuple[Exclusion | RoomExclusion, ...]) -> Iterator[str]:
    yield f"  {title}:"
    for item in excluded:
        name = item.room if isinstance(item, RoomExclusion) else item.unit
        detail = None if isinstance(item, RoomExclusion) else item.detail
        yield f"    {name:<28} {item.code}{f' ({detail})' if detail else ''}"


def _not_named(others: tuple[CodeCount, ...]) -> Iterator[str]:
    for each in others:
        yield f"    {f'{each.units} others':<28} {each.code}"


def _shown(value: object) -> str:
    if isinstance(value, BaseModel):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value if part is not None)
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    return str(value)
