from datetime import UTC, datetime

import pytest

from spoedplein.clock import Clock
from spoedplein.testing.builders import EVENING, Script, capacity, event
from spoedplein.testing.clock import ManualClock
from spoedplein_schemas import EVENT
from spoedplein_schemas.vocabulary import millis


def test_the_clock_moves_only_when_told() -> None:
    clock: Clock = (manual := ManualClock(1_000))

    manual.pass_ms(250)

    assert clock.now_ms() == 1_250
    assert clock.wall_seconds(60_000) == 0


def test_time_does_not_run_back() -> None:
    with pytest.raises(ValueError, match="does not run back"):
        ManualClock(0).pass_ms(-1)


def test_a_script_numbers_and_times_what_is_said() -> None:
    script = Script()

    script.says(capacity("a", 1, script.now))
    script.passes(minutes=5)
    script.ticks(seconds=1)

    assert [record.offset for record in script.records] == [0, 1]
    assert [record.at - millis(EVENING) for record in script.records] == [0, 301_000]


def test_saying_the_same_twice_gives_the_same_id_and_something_else_another() -> None:
    said = capacity("a", 1, EVENING)

    assert event(said, at=EVENING).id == event(said, at=datetime(2027, 1, 1, tzinfo=UTC)).id
    assert event(said, at=EVENING).id != event(capacity("a", 2, EVENING), at=EVENING).id


def test_what_a_builder_makes_survives_the_wire() -> None:
    made = event(capacity("a", 1, EVENING, includes=("r-1",)), at=EVENING)

    assert EVENT.validate_json(made.model_dump_json(exclude_none=True)) == made
