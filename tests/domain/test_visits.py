"""What a site told of its visits: found by the moment of leaving, also when that is corrected or forgotten."""

from typing import Final

from spoedplein.domain.visits import KEEP_MS, Visit, Visits

SITE: Final = "rotterdam-centrum"
NAMES: Final = ("v-1", "v-2", "v-3")
NOW: Final = 10_000


def left(visits: Visits, name: str, at: int) -> Visit | None:
    def change(visit: Visit) -> bool:
        known, visit.left_at = visit.left_at, at
        return known != at

    return visits.change(SITE, name, NOW, change)


def gone(visits: Visits, since: int) -> list[str]:
    return sorted(visit.key.removeprefix(f"{SITE}/") for visit in visits.at(SITE).left.since(since))


def test_of_those_who_left_at_one_moment_each_is_moved_and_forgotten_by_himself() -> None:
    visits = Visits({}, {})
    for name in NAMES:
        left(visits, name, 5_000)

    assert left(visits, "v-2", 4_000) is not None
    visits.forget(f"{SITE}/v-3")

    assert gone(visits, 4_000) == ["v-1", "v-2"]
    assert gone(visits, 4_001) == ["v-1"]
    assert gone(Visits(visits.visits, {}), 4_001) == ["v-1"]


def test_who_left_is_there_no_more_and_a_word_that_says_nothing_new_keeps_nobody_longer() -> None:
    visits = Visits({}, {})
    visits.change(SITE, "v-1", NOW, lambda visit: visit.left_at is None)
    assert list(visits.at(SITE).going) == [f"{SITE}/v-1"]

    found = left(visits, "v-1", 5_000)

    assert found is not None
    assert not visits.at(SITE).going
    assert visits.change(SITE, "v-1", NOW + 1, lambda _: False) is None
    assert found.kept_until == NOW + KEEP_MS
