"""The comparison with other runtimes: state in small records comes back whole, and the oracle sees every difference."""

import json
from datetime import UTC, datetime
from typing import Final

import pytest
from loadtests.peers import ring
from loadtests.peers.job import Job
from loadtests.peers.kept import from_quix
from loadtests.peers.oracle import Oracle
from loadtests.peers.ring import Ring

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein.testing.builders import REGION

START: Final = datetime(2026, 1, 10, 19, 0, tzinfo=UTC)
EVENTS: Final = 25


class Kept(dict[str, bytes]):
    """What outlives a process."""

    def get_bytes(self, key: str) -> bytes | None:
        return self.get(key)

    def set_bytes(self, key: str, value: bytes) -> None:
        self[key] = value


def log() -> list[Record]:
    story = say.Script(start=START)
    for number in range(EVENTS):
        story.passes(minutes=1)
        story.says(say.triaged(f"c-{number}", "U3", story.now))
    return story.records


def handle(process: Ring, kept: Kept, records: list[Record]) -> list[bytes]:
    decided = []
    for record in records:
        value = record.event.model_dump_json(exclude_none=True).encode()
        decided += process.step(kept, REGION, value, offset=record.offset, at=record.at)
    return decided


def folded(records: list[Record]) -> tuple[list[bytes], Region]:
    region = Region.empty(REGION)
    decided = [decision for record in records for decision in region.step(record)]
    return [each.model_dump_json(exclude_none=True).encode() for each in decided], region


@pytest.mark.parametrize("broken_off_at", [0, 1, 9, 10, 11, 20, EVENTS])
def test_a_new_process_goes_on_from_the_region_and_the_ring(
    broken_off_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, at and after the places where all of the region is saved."""
    monkeypatch.setattr(ring, "RING", 10)
    records, kept = log(), Kept()
    before = handle(Ring(Job()), kept, records[:broken_off_at])
    job = Job()
    after = handle(Ring(job), kept, records[broken_off_at:])

    decided, region = folded(records)
    assert before + after == decided
    if broken_off_at < EVENTS:
        assert job.regions[REGION].snapshot() == region.snapshot()


@pytest.mark.parametrize("events", [9, 10, EVENTS])
def test_a_region_is_read_from_the_changelog_of_quix_also_when_its_ring_went_round(
    events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are as Quix writes them."""
    monkeypatch.setattr(ring, "RING", 10)
    kept = Kept()
    handle(Ring(Job()), kept, log()[:events])
    changelog = {f"{json.dumps(REGION)}|{json.dumps(key)}".encode(): value for key, value in kept.items()}

    _, region = folded(log()[:events])
    found = from_quix(changelog)
    assert list(found) == [REGION]
    assert found[REGION].snapshot() == region.snapshot()


def test_the_oracle_sees_what_is_missing_doubled_changed_or_forgotten() -> None:
    decided, region = folded(log())
    names = [f"{REGION}.{number}.0" for number in range(len(decided))]
    oracle = Oracle({}, b"", dict(zip(names, decided, strict=True)), {REGION: region.snapshot()})
    _, shorter = folded(log()[:-1])
    changed = decided[0].replace(START.strftime("%Y-%m-%d").encode(), b"2026-01-11", 1)

    assert oracle.faults(decided, {REGION: region}) == []
    assert oracle.faults(decided[::-1], {REGION: region}) == []
    assert oracle.faults([*decided, decided[3]], {REGION: region}) == ["1 decisions stand there twice"]
    assert oracle.faults(decided[1:], {REGION: region}) == [
        "1 decisions missing, 0 that nobody made, 0 with other bytes"
    ]
    assert oracle.faults([changed, *decided[1:]], {REGION: region}) == [
        "0 decisions missing, 0 that nobody made, 1 with other bytes"
    ]
    assert oracle.faults(decided, {REGION: shorter}) == [f"another state of {REGION}"]
    assert oracle.faults(decided, {}) == [f"another state of {REGION}"]
