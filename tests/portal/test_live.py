"""What the portal holds of a region: the newest of each, by its own clock, and what changed since when."""

from datetime import timedelta

import pytest

from spoedplein.portal import live
from spoedplein.portal.live import Live, LiveRegion, Plane
from spoedplein.testing.builders import EVENING
from spoedplein.workers.following import Message
from spoedplein_schemas.views import RequestsBoard, UnitAvailability
from spoedplein_schemas.vocabulary import CareType, Topic, UnitStatus, millis

NOW = millis(EVENING)


def unit(name: str = "elv-een", *, free: int | None = 2, valid_minutes: int = 60, **more: object) -> Message:
    view = UnitAvailability.model_validate(
        {
            "region": "rijnmond",
            "unit": name,
            "organisation": "huis",
            "care_type": CareType.ELV_HOOG,
            "status": UnitStatus.OPEN,
            "free": free,
            "observed_at": None if free is None else EVENING,
            "valid_until": None if free is None else EVENING + timedelta(minutes=valid_minutes),
            "as_of": EVENING,
            "version": 7,
            **more,
        }
    )
    return Message(f"rijnmond/{name}", view, Topic.AVAILABILITY)


def gone(name: str = "elv-een") -> Message:
    return Message(f"rijnmond/{name}", None, Topic.AVAILABILITY)


def requests(version: int = 1) -> Message:
    board = RequestsBoard(region="rijnmond", requests=(), open_total=version, as_of=EVENING, version=version)
    return Message("rijnmond/requests", board, Topic.BOARDS)


@pytest.fixture
def region() -> LiveRegion:
    return LiveRegion("rijnmond")


def test_a_figure_past_its_validity_is_unknown_by_our_own_clock_and_changes_the_version(region: LiveRegion) -> None:
    region.take([unit(valid_minutes=60)], now_ms=NOW)
    at_the_end = NOW + 60 * 60_000
    assert not region.settle(at_the_end)
    assert [view.free for view in region.units()] == [2]

    assert region.settle(at_the_end + 1)
    assert [view.free for view in region.units()] == [None]
    assert region.version == 2
    assert not region.settle(at_the_end + 2), "said once"

    region.take([unit(free=1, valid_minutes=120, version=8)], now_ms=at_the_end + 3)
    assert [view.free for view in region.units()] == [1]


def test_a_sum_counts_what_is_known_and_never_takes_unknown_for_none(region: LiveRegion) -> None:
    region.take([unit("elv-een", free=2), unit("elv-nooit", free=None)], now_ms=NOW)
    (elv,) = region.care_types()
    assert (elv.free, elv.units, elv.units_known, elv.units_never) == (2, 2, 1, 1)

    region.settle(NOW + 61 * 60_000)
    (elv,) = region.care_types()
    assert (elv.free, elv.units_known) == (None, 0)


@pytest.mark.parametrize(
    ("status", "free", "told"),
    [
        pytest.param(UnitStatus.OPEN, 3, 3, id="open"),
        pytest.param(UnitStatus.WARNING, 3, 3, id="a-warning-still-takes-people"),
        pytest.param(UnitStatus.STOP, 3, 0, id="a-stop-is-known-to-take-nobody"),
        pytest.param(UnitStatus.CLOSED, 3, 0, id="closed-too"),
    ],
)
def test_a_sum_counts_units_that_take_people(
    region: LiveRegion, status: UnitStatus, free: int, told: int | None
) -> None:
    region.take([unit(free=free, status=status)], now_ms=NOW)
    assert region.care_types()[0].free == told


def test_what_changed_since_a_version_is_told_once_and_in_its_newest_form(region: LiveRegion) -> None:
    region.take([unit(free=2)], now_ms=NOW)
    region.take([unit("elv-twee", free=1), requests()], now_ms=NOW)
    region.take([unit("elv-twee", free=0, version=9)], now_ms=NOW)
    changes = region.changes(1)
    assert changes is not None
    assert [(view.unit, view.free) for view in changes.units] == [("elv-twee", 0)]
    assert list(changes.boards) == ["requests"]

    assert region.changes(3) == ([], {}, [], [])
    assert region.changes(4) is None, "a version of the future is none of ours"


def test_what_left_the_agreements_is_told_as_gone(region: LiveRegion) -> None:
    region.take([unit()], now_ms=NOW)
    region.take([gone()], now_ms=NOW)
    changes = region.changes(1)
    assert changes is not None
    assert (changes.units, changes.gone) == ([], ["elv-een"])
    assert list(region.units()) == []

    assert not region.take([gone("never-there")], now_ms=NOW)


def test_planes_change_apart(region: LiveRegion) -> None:
    region.take([unit()], now_ms=NOW)
    region.take([requests()], now_ms=NOW)
    assert [region.changed_at(plane) for plane in Plane] == [1, 2, 0]


def test_whoever_missed_too_much_begins_anew(region: LiveRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GONE_MAX", 1)
    region.take([unit("elv-een")], now_ms=NOW)
    region.take([unit("elv-twee")], now_ms=NOW)
    region.take([gone("elv-een")], now_ms=NOW)
    region.take([gone("elv-twee")], now_ms=NOW)
    assert region.changes(2) is None
    assert region.changes(3) is not None


def test_regions_of_others_are_passed_over() -> None:
    all_regions = Live(["rijnmond"], epoch="e")
    other = Message("venlo/elv-een", unit().said, Topic.AVAILABILITY)
    assert all_regions.take([other], now_ms=NOW) == set()
    assert all_regions.take([unit(), other], now_ms=NOW) == {"rijnmond"}
