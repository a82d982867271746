"""Faults at the edge: each of them happens, none of them loses what a source said, and a seed repeats them."""

from collections import Counter
from datetime import timedelta

import pytest

from spoedplein.testing.builders import EVENING, capacity, event, profile
from spoedplein.testing.chance import HOUR_MS, MINUTE_MS
from spoedplein.testing.faults import NONE, Edge, Faults, shifted
from spoedplein_schemas import Event
from spoedplein_schemas.vocabulary import CareType, millis

START_MS = millis(EVENING)
Timed = list[tuple[int, Event]]


def said(count: int = 600) -> Timed:
    """Ten sources, each with a report every few minutes."""
    timed = []
    for number in range(count):
        at = EVENING + timedelta(seconds=20 * number)
        source = f"urn:spoedplein-testing:source-{number % 10}"
        timed.append((millis(at), event(capacity("elv", number, at), at=at, source=source)))
    return timed


def through(faults: Faults, *, seed: int = 1) -> Timed:
    edge = Edge(faults, seed=seed, start_ms=START_MS)
    edge.take(said())
    return edge.give(START_MS + 48 * HOUR_MS)


def only(**faults: float) -> Faults:
    """No fault but these."""
    off: dict[str, float] = {"doubled": 0, "delayed": 0, "gap_hours": 0, "skewed": 0, "silent": 0}
    return Faults(**(off | faults))  # type: ignore[arg-type]


def test_without_faults_everything_arrives_as_it_was_said() -> None:
    assert through(NONE) == said()


def test_the_same_seed_gives_the_same_faults() -> None:
    assert through(Faults(), seed=4) == through(Faults(), seed=4)
    assert through(Faults(), seed=4) != through(Faults(), seed=5)


def test_doubles_are_the_same_message_later() -> None:
    counts = Counter(arrived.id for _, arrived in through(only(doubled=0.2)))

    assert set(counts.values()) == {1, 2}
    assert len(counts) == len(said())


def test_delays_change_the_order_within_the_window_and_lose_nothing() -> None:
    arrived = through(only(delayed=0.3, window_seconds=900))
    first_said = {event.id: at for at, event in said()}

    assert [event.id for _, event in arrived] != [event.id for _, event in said()]
    assert sorted(event.id for _, event in arrived) == sorted(first_said)
    assert all(0 <= at - first_said[event.id] <= 900_000 for at, event in arrived)


def test_after_a_gap_everything_comes_at_once() -> None:
    arrived = through(only(gap_hours=1, gap_minutes=25))
    moments = Counter(at for at, _ in arrived)

    assert len(arrived) == len(said())
    assert max(moments.values()) > 2
    assert max(at for at, _ in arrived) <= START_MS + 4 * HOUR_MS + 25 * MINUTE_MS


def test_a_wrong_clock_shifts_all_that_its_source_says() -> None:
    told = {event.id: event for _, event in said()}
    skews: dict[str, set[timedelta]] = {}
    for _, arrived in through(only(skewed=1, skew_seconds=60)):
        original = told[arrived.id]
        skews.setdefault(arrived.source, set()).add(arrived.data.observed_at - original.data.observed_at)
        assert arrived.time - original.time == arrived.data.observed_at - original.data.observed_at

    assert all(len(skew) == 1 for skew in skews.values())
    assert len({min(skew) for skew in skews.values()}) > 1


def test_a_skew_reaches_moments_inside_moments() -> None:
    wanted = profile(CareType.ELV_HOOG, needed_by=EVENING)

    assert shifted(wanted, timedelta(seconds=5)).needed_by == EVENING + timedelta(seconds=5)
    assert shifted(wanted, timedelta()) is wanted


def test_a_silent_source_says_nothing_more() -> None:
    edge = Edge(only(silent=1), seed=1, start_ms=START_MS - 30 * HOUR_MS)
    edge.take(said())

    assert edge.give(START_MS + 48 * HOUR_MS) == []


@pytest.mark.parametrize("until_seconds", [0, 100, 5000])
def test_nothing_arrives_before_it_is_due(until_seconds: int) -> None:
    edge = Edge(NONE, seed=1, start_ms=START_MS)
    edge.take(said())

    assert all(at <= START_MS + until_seconds * 1000 for at, _ in edge.give(START_MS + until_seconds * 1000))
