"""The national day of the load tests: small, it is a life like any other, and the auditor says so."""

from dataclasses import replace
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import pytest
from loadtests.nation import Day, Published, live, write
from loadtests.nation.days import SILENCE
from loadtests.nation.lives import STORM_MS

from spoedplein.domain.log import Record, read_log
from spoedplein.domain.region import Region
from spoedplein.testing.auditor import audit
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.vocabulary import millis

SMALL: Final = Day(date(2026, 1, 10), regions=3, scale=0.03, hours=1, partitions=2)


def of_partitions(published: list[Published]) -> list[list[Published]]:
    ordered = sorted(published, key=lambda each: each.partition)
    return [list(group) for _, group in groupby(ordered, key=lambda each: each.partition)]


def test_the_same_day_is_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for file in files:
        write(SMALL, file)

    assert files[0].read_bytes() == files[1].read_bytes()


def test_each_partition_is_a_log_and_the_auditor_finds_nothing_in_it(tmp_path: Path) -> None:
    write(SMALL, tmp_path / "day.jsonl")
    with (tmp_path / "day.jsonl").open("rb") as lines:
        records = list(read_log(lines))
    regions = sorted({record.event.region for record in records})

    assert len(regions) == SMALL.regions
    for name in regions:
        log = [record for record in records if record.event.region == name]
        core = Region.empty(name)
        assert all(one.offset < other.offset and one.at <= other.at for one, other in pairwise(log))
        assert audit(log, [decision for record in log for decision in core.step(record)]) == []


def test_offsets_count_within_a_partition() -> None:
    for group in of_partitions(list(live(SMALL))):
        assert [each.offset for each in group] == list(range(len(group)))


def test_of_what_is_said_most_is_capacity_and_all_sources_speak() -> None:
    published = list(live(SMALL))
    units = {(each.event.region, each.event.data.unit) for each in published if _counts(each)}

    assert len(units) == sum(len(agreements.units) for agreements in SMALL.agreements()) == 90
    assert 0.8 < sum(map(_counts, published)) / len(published) < 0.97


@pytest.mark.parametrize("when", ["silence", "storm"])
def test_on_a_bad_day_nothing_is_heard_and_then_everything_at_once(when: str) -> None:
    bad = replace(SMALL, bad=True, hours=11.25, regions=1, scale=0.006, partitions=None)
    silent_from, back = (bad.at_ms(clock) for clock in SILENCE)
    published = [each for each in live(bad) if each.event.type != "nl.spoedplein.clock.ticked.v1"]

    if when == "silence":
        assert [each for each in published if silent_from < each.at_ms <= back] == []
        return
    storm = [each for each in published if back < each.at_ms <= back + STORM_MS]
    late = [each for each in storm if _counts(each) and millis(each.event.time) < back]
    units = {each.event.data.unit for each in late}
    assert len(units) == 18, "every source counted meanwhile"
    assert len(late) - len({each.event.id for each in late}) == len(units), "and told its newest figure once more"


def test_a_record_is_what_the_core_takes() -> None:
    first = next(live(SMALL))
    assert Region.empty(first.event.region).step(Record(first.offset, first.at_ms, first.event))


def _counts(published: Published) -> bool:
    return isinstance(published.event.data, CapacityReported)
