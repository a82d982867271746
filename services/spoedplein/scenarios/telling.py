"""The story of a script that was played, in Dutch: what was said, what was decided, and whether that was expected."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from spoedplein.scenarios.playing import Play, Played
from spoedplein.scenarios.reading import ANYTHING, REASON
from spoedplein.scenarios.reading import expected as as_expected
from spoedplein.scenarios.sayings import fields_said, verbs
from spoedplein.wording import words
from spoedplein.wording.details import detail
from spoedplein_schemas import Decision
from spoedplein_schemas.decisions import Exclusion

GOOD: Final = "✓"
WRONG: Final = "✗"


@dataclass(frozen=True, slots=True)
class Line:
    """A decision that came, one that did not, or a reason; `good` is None for a reason that nobody asked for."""

    text: str
    good: bool | None
    came: bool = True


@dataclass(frozen=True, slots=True)
class _Told:
    sentence: str
    reasons: tuple[str, ...]


def tell(play: Play) -> Iterator[str]:
    """The whole story, line by line; the last line counts."""
    scenario, agreed = play.script.scenario, play.script.agreements
    yield scenario.titel
    yield f"{words.day(scenario.begin)}; {agreed.title}, versie {agreed.version}"
    if scenario.verhaal:
        yield ""
        yield from (line.strip() for line in scenario.verhaal.strip().splitlines())
    yield ""
    wrong = 0
    for played in play.steps:
        yield from _said(played)
        for line in compare(played, play.zone):
            wrong += line.good is False
            yield f"       {_marked(line)}"
    decided = sum(len(played.decided) for played in play.steps)
    yield ""
    yield f"{len(play.steps)} stappen, {decided} besluiten, {wrong or 'geen'} verschil{'len' if wrong != 1 else ''}"


def differences(play: Play) -> list[Line]:
    """Everything that was expected and did not come, or came and was not expected."""
    return [line for played in play.steps for line in compare(played, play.zone) if line.good is False]


def compare(played: Played, zone: tzinfo) -> list[Line]:
    """What came beside what was expected, in order; each expected sentence may stand for one that came."""
    came = [_told(decision, zone) for decision in played.decided]
    return list(_compared(came, _grouped(played.step.besluit)))


def _compared(came: Sequence[_Told], expected: Sequence[tuple[str, list[str]]]) -> Iterator[Line]:
    at = 0
    skipping = False
    for sentence, reasons in expected:
        if sentence == ANYTHING:
            skipping = True
            continue
        found = next((index for index in range(at, len(came)) if _matches(sentence, came[index].sentence)), None)
        if found is None:
            yield Line(sentence, good=False, came=False)
            continue
        yield from (Line(told.sentence, good=skipping) for told in came[at:found])
        yield Line(came[found].sentence, good=True)
        yield from _reasons(came[found], reasons)
        at, skipping = found + 1, False
    for told in came[at:]:
        yield Line(told.sentence, good=skipping)
        yield from (Line(reason, good=None) for reason in told.reasons)


def _reasons(told: _Told, expected: Sequence[str]) -> Iterator[Line]:
    asked = [reason for reason in told.reasons if any(_matches(each, reason) for each in expected)]
    yield from (Line(reason, good=True if reason in asked else None) for reason in told.reasons)
    for each in expected:
        if not any(_matches(each, reason) for reason in told.reasons):
            yield Line(each, good=False, came=False)


def _grouped(expected: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Sentences, each with the reasons that stand below it."""
    grouped: list[tuple[str, list[str]]] = []
    for line in map(as_expected, expected):
        if line.startswith(REASON) and grouped:
            grouped[-1][1].append(line)
        else:
            grouped.append((line, []))
    return grouped


def _matches(expected: str, came: str) -> bool:
    parts = (re.escape(part) for part in expected.split(ANYTHING))
    return re.fullmatch(".*".join(parts), came) is not None


def _told(decision: Decision, zone: tzinfo) -> _Told:
    data = decision.data
    passed = (*getattr(data, "excluded", ()), *getattr(data, "against", ()))
    return _Told(words.tell(decision, zone), tuple(_reason(each) for each in passed if isinstance(each, Exclusion)))


def _reason(item: Exclusion) -> str:
    told = f" ({detail(item.detail)})" if item.detail else ""
    return f"{REASON}{item.unit}: {words.EXCLUDED[item.code]}{told}"


def _said(played: Played) -> Iterator[str]:
    step = played.step
    voice = ": ".join(part for part in (step.wie, step.zegt) if part)
    yield f"{played.at:%H:%M}  {voice}".rstrip()
    for name in verbs():
        for said in getattr(step, name):
            yield f"       {name.replace('_', '-')}: {fields_said(said)}"


def _marked(line: Line) -> str:
    if line.good is None:
        return f"  {line.text}"
    if line.good:
        return f"{GOOD} {line.text}"
    return f"{WRONG} {'niet verwacht' if line.came else 'verwacht, niet gekomen'}: {line.text}"
