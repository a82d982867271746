"""Deadlines fire once, in one order, whatever was set, taken back and set again before."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoedplein.domain.timers import SWEEP_MIN, Timer, Timers
from tests.domain.story import thorough

KINDS = (Timer.NORM, Timer.OFFER, Timer.STALE)
SETTINGS = st.tuples(st.sampled_from(KINDS), st.sampled_from("abcd"), st.none() | st.integers(0, 20))


def drained(timers: Timers, now: int = 1_000_000) -> list[tuple[Timer, str]]:
    return list(iter(lambda: timers.pop_due(now), None))


def test_deadlines_fire_by_moment_then_kind_then_key_in_whatever_order_they_were_set() -> None:
    deadlines = [(10, Timer.STALE, "b"), (10, Timer.NORM, "z"), (10, Timer.STALE, "a"), (9, Timer.STATUS, "c")]
    orders = set()
    for order in itertools.permutations(deadlines):
        timers = Timers()
        for due, timer, key in order:
            timers.set(timer, key, due)
        orders.add(tuple(drained(timers)))

    assert orders == {((Timer.STATUS, "c"), (Timer.NORM, "z"), (Timer.STALE, "a"), (Timer.STALE, "b"))}


def test_deadlines_set_at_once_are_as_set_one_by_one() -> None:
    dues = {f"c-{number}": number * 7919 % 100 for number in range(2 * SWEEP_MIN)}
    at_once, one_by_one = Timers(), Timers()
    for timers in (at_once, one_by_one):
        timers.set(Timer.OFFER, "r-1", 50)
    at_once.fill(Timer.NORM, dict(dues))
    for key, due in dues.items():
        one_by_one.set(Timer.NORM, key, due)
    for timers in (at_once, one_by_one):
        timers.set(Timer.NORM, "c-0", 99)
        timers.set(Timer.NORM, "c-1", None)

    assert len(at_once) == len(one_by_one) == len(dues)
    assert drained(at_once) == drained(one_by_one)


@pytest.mark.parametrize(
    ("now", "fires"),
    [
        pytest.param(99, False, id="one millisecond before"),
        pytest.param(100, True, id="at its moment"),
        pytest.param(101, True, id="after it"),
    ],
)
def test_a_deadline_fires_from_its_moment_on(now: int, fires: bool) -> None:
    timers = Timers()
    timers.set(Timer.OFFER, "r-1", 100)

    assert (timers.pop_due(now) is not None) is fires
    assert len(timers) == (not fires)


def test_setting_again_moves_a_deadline_and_the_old_moment_passes_in_silence() -> None:
    timers = Timers()
    timers.set(Timer.OFFER, "r-1", 100)
    timers.set(Timer.OFFER, "r-1", 200)

    assert timers.pop_due(150) is None
    assert timers.next_due() == 200
    assert drained(timers, 200) == [(Timer.OFFER, "r-1")]


def test_a_deadline_that_moves_forward_fires_at_the_new_moment_only() -> None:
    timers = Timers()
    timers.set(Timer.OFFER, "r-1", 200)
    timers.set(Timer.OFFER, "r-1", 100)

    assert drained(timers, 100) == [(Timer.OFFER, "r-1")]
    assert drained(timers, 300) == []


def test_a_deadline_taken_back_does_not_fire_and_set_once_more_fires_once() -> None:
    timers = Timers()
    timers.set(Timer.OFFER, "r-1", 100)
    timers.set(Timer.OFFER, "r-1", None)
    assert timers.next_due() is None
    timers.set(Timer.OFFER, "r-1", 100)

    assert drained(timers) == [(Timer.OFFER, "r-1")]


def test_a_deadline_that_fired_may_be_set_to_the_same_moment_again() -> None:
    """As a review that finds nothing: it is asked for anew, and must not be taken for the old one."""
    timers = Timers()
    timers.set(Timer.REVIEW, "r-1", 100)
    assert timers.pop_due(100) == (Timer.REVIEW, "r-1")
    timers.set(Timer.REVIEW, "r-1", 100)

    assert timers.next_due() == 100
    assert drained(timers) == [(Timer.REVIEW, "r-1")]


def test_kinds_of_one_key_are_apart() -> None:
    timers = Timers()
    timers.set(Timer.OFFER, "r-1", 100)
    timers.set(Timer.REVIEW, "r-1", 50)
    timers.set(Timer.OFFER, "r-1", None)

    assert drained(timers) == [(Timer.REVIEW, "r-1")]


def test_outdated_entries_are_swept_out_before_they_fill_the_memory() -> None:
    timers = Timers()
    for due in range(50 * SWEEP_MIN):
        timers.set(Timer.STALE, "elv", due)
        timers.set(Timer.NORM, "c-1", 2 * due)

    assert len(timers._heap) <= SWEEP_MIN
    assert drained(timers) == [(Timer.STALE, "elv"), (Timer.NORM, "c-1")]


@thorough
@given(st.lists(SETTINGS, max_size=60), st.integers(0, 20))
def test_what_fires_is_what_stands_sorted(settings: list[tuple[Timer, str, int | None]], now: int) -> None:
    """Against a dictionary: the last word on each deadline counts."""
    timers, stands = Timers(), dict[tuple[Timer, str], int]()
    for timer, key, due in settings:
        timers.set(timer, key, due)
        stands.pop((timer, key), None)
        if due is not None:
            stands[timer, key] = due
    expected = sorted((due, timer, key) for (timer, key), due in stands.items())

    assert timers.next_due() == (expected[0][0] if expected else None)
    assert drained(timers, now) == [(timer, key) for due, timer, key in expected if due <= now]
    assert len(timers) == sum(due > now for due in stands.values())


@thorough
@given(st.lists(SETTINGS | st.integers(0, 20), max_size=60))
def test_what_fires_between_settings_is_what_stands_then(happenings: list[tuple[Timer, str, int | None] | int]) -> None:
    """A number is a moment up to which everything fires; deadlines before it may be set after it."""
    timers, stands = Timers(), dict[tuple[Timer, str], int]()
    for each in happenings:
        if isinstance(each, int):
            expected = sorted((due, *name) for name, due in stands.items() if due <= each)
            assert drained(timers, each) == [(timer, key) for _, timer, key in expected]
            stands = {name: due for name, due in stands.items() if due > each}
            continue
        timer, key, due = each
        timers.set(timer, key, due)
        stands.pop((timer, key), None)
        if due is not None:
            stands[timer, key] = due

    assert timers.next_due() == min(stands.values(), default=None)


@thorough
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)) | st.integers(0, 40), max_size=60))
def test_whose_owner_is_asked_fires_when_he_says_however_often_it_was_put_off(
    happenings: list[tuple[str, int] | int],
) -> None:
    """A pair puts a deadline off, unheard, or sets it when there is none; a number is a moment that comes."""
    timers, stands, now = Timers(), dict[str, int](), 0
    timers.ask(Timer.STALE, stands.get)
    for each in happenings:
        if isinstance(each, int):
            now = max(now, each)
            expected = sorted((due, key) for key, due in stands.items() if due <= now)
            for _, key in expected:
                assert timers.is_due(now)
                assert timers.pop_due(now) == (Timer.STALE, key)
                del stands[key]
            assert not timers.is_due(now)
            continue
        key, by = each
        if key in stands:
            stands[key] += by
        else:
            stands[key] = now + by
            timers.set(Timer.STALE, key, now + by)

    assert timers.next_due() == min(stands.values(), default=None)
    assert len(timers) == len(stands)


def test_whose_owner_is_asked_may_come_sooner_and_may_be_taken_back() -> None:
    timers, stands = Timers(), {"elv": 100, "grz": 50}
    timers.ask(Timer.STALE, stands.get)
    for key, due in stands.items():
        timers.set(Timer.STALE, key, due)
    stands["elv"] = 20
    timers.set(Timer.STALE, "elv", 20)
    del stands["grz"]

    assert timers.next_due() == 20
    assert drained(timers, 20) == [(Timer.STALE, "elv")]
    stands.clear()
    assert timers.next_due() is None
