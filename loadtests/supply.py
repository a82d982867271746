"""What goes through the system under test: records of a national day's log, or what its sources publish.

The log is played back at the offsets at which the day was lived, so every answer finds its offer. What sources publish
gets other offsets: answers to offers are left out there, and given by `people` while it runs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from loadtests.nation import Day, recorded
from loadtests.replay.agreements_toml import as_toml
from loadtests.rig import PARTITIONS
from loadtests.scenario import Plan
from spoedplein.workers.output import Outgoing
from spoedplein_schemas import EVENTS
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import SOURCE_TOPICS, Topic

#: A Saturday, the busiest day: its peak at eleven is the national peak.
SATURDAY: Final = date(2026, 1, 10)
REPORT: Final = "capacity.reported"
#: Of all messages, so many are reports of places in the busiest hour of the day that is lived here: ten a second by
#: 3,000 sources, beside the four and a half that the country's patients give cause to.
PEAK_REPORTS: Final = 0.7
#: The same ten a second beside forty about patients, which no hour of the year comes near: dear for the core.
FEW_REPORTS: Final = 0.2
#: What people say to something that was decided, or by the name of it.
REACTIONS: Final = frozenset(
    {
        *("placement.offer-accepted", "placement.offer-declined", "placement.late-rejected", "placement.overridden"),
        *(
            "placement.patient-admitted",
            "placement.label-decided",
            "placement.visit-ended",
            "placement.first-try-abandoned",
        ),
        *("placement.transfer-asked", "placement.transfer-answered"),
        *("placement.transfer-confirmed", "placement.transfer-withdrawn"),
        *("proposal.confirmed", "proposal.rejected", "capacity.report-answered"),
    }
)
_LINE: Final = re.compile(rb'\{"offset":(\d+),"at":(\d+),"event":(.*)\}\n?', re.DOTALL)
_ID: Final = re.compile(rb'"id":"([^"]+)"')
_TYPE: Final = re.compile(rb'"type":"([^"]+)"')
_MOMENT: Final = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')
#: The simulated world names everybody after itself: x and four figures.
_NAME: Final = re.compile(rb"([-.])x([0-9a-f]{4}[-.])")
_PEOPLE: Final = (b"x", b"y", b"z", b"w", b"v", b"u", b"t", b"s", b"r", b"q")
_REGION: Final = re.compile(rb'"region":"([^"]+)"')


class Line(NamedTuple):
    """One record of the day's log, not decoded."""

    offset: int
    at_ms: int
    region: str
    kind: str
    id: str
    value: bytes


class Said(NamedTuple):
    """One message of a source, and where it goes."""

    topic: str
    partition: int
    key: bytes
    id: str
    value: bytes
    at_ms: int


@dataclass(frozen=True)
class Supply:
    """A day, and where its regions live. `lines` reads its log from the file that keeps it."""

    day: Day
    kinds: Mapping[bytes, str] = field(default_factory=lambda: {kind.type.encode(): kind.name for kind in EVENTS})
    topics: Mapping[str, Topic] = field(default_factory=lambda: {kind.name: kind.topic for kind in EVENTS})

    @cached_property
    def agreements(self) -> list[Agreements]:
        return list(self.day.agreements())

    @cached_property
    def regions(self) -> dict[str, int]:
        """Partition of each region, as in the settings."""
        return {agreed.region: self.day.partition_of(number) for number, agreed in enumerate(self.agreements)}

    def settings(self, folder: Path) -> dict[str, object]:
        """For every process: who lives where, under which agreements; the files are written to `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for agreed in self.agreements:
            files.append(folder / f"{agreed.region}.toml")
            files[-1].write_text(as_toml(agreed), encoding="utf-8")
        return {"regions": self.regions, "agreements_files": [str(file) for file in files]}

    def lines(self) -> Iterator[Line]:
        with recorded(self.day).open("rb") as file:
            for text in file:
                match = _LINE.fullmatch(text)
                assert match is not None, "the file of a day holds lines of a log"
                value = match[3]
                yield Line(
                    int(match[1]),
                    int(match[2]),
                    _found(_REGION, value).decode(),
                    self.kinds[_found(_TYPE, value)],
                    _found(_ID, value).decode(),
                    value,
                )

    def log(self, events: int) -> dict[int, list[Outgoing]]:
        """The first so many records of the log, by partition."""
        found: dict[int, list[Outgoing]] = {partition: [] for partition in range(PARTITIONS)}
        for line in islice(self.lines(), events):
            partition = self.regions[line.region]
            assert line.offset == len(found[partition]), "a partition has every offset"
            found[partition].append(Outgoing(line.region.encode(), line.value, line.at_ms))
        return found

    def said(self, reports: float = PEAK_REPORTS) -> Iterator[Said]:
        """What sources publish, of which this share at most is reports of places: others are left out. Without end:
        after the day comes the same day with other people.
        """
        told = kept = 0
        for people in _PEOPLE:
            for line in self.lines():
                topic = self.topics[line.kind]
                if topic not in SOURCE_TOPICS or line.kind in REACTIONS:
                    continue
                if line.kind == REPORT:
                    if kept + 1 > reports * (told + 1):
                        continue
                    kept += 1
                told += 1
                value = _NAME.sub(rb"\1" + people + rb"\2", line.value)
                name = id_of(value)
                yield Said(topic, self.regions[line.region], line.region.encode(), name, value, line.at_ms)


def national(plan: Plan, *, hours: float = 24.0) -> Supply:
    """The whole country on a Saturday; four small regions for two hours in a check of the harness."""
    if plan.quick:
        return Supply(Day(SATURDAY, regions=PARTITIONS, scale=PARTITIONS / 43, hours=2, partitions=PARTITIONS))
    return Supply(Day(SATURDAY, hours=hours, partitions=PARTITIONS))


def stamped(said: Iterable[Said], start_ms: int, gap_ms: float) -> Iterator[Said]:
    """The same messages, evenly in time: all moments in a message are moved by as much as the message itself."""
    for number, each in enumerate(said):
        at_ms = start_ms + round(number * gap_ms)
        moved = timedelta(milliseconds=at_ms - each.at_ms)
        value = _MOMENT.sub(lambda found, by=moved: _later(found, by), each.value)  # type: ignore[misc]
        yield each._replace(value=value, at_ms=at_ms)


def _later(found: re.Match[bytes], by: timedelta) -> bytes:
    text = (datetime.fromisoformat(found[1].decode()) + by).isoformat()
    return f'"{text.removesuffix("+00:00")}Z"'.encode()


def by_place(said: Iterable[Said]) -> dict[str, dict[int, list[Outgoing]]]:
    """For filling topics."""
    found: dict[str, dict[int, list[Outgoing]]] = {}
    for each in said:
        found.setdefault(each.topic, {}).setdefault(each.partition, []).append(
            Outgoing(each.key, each.value, each.at_ms)
        )
    return found


def id_of(value: bytes) -> str:
    """Of an event or a decision, without decoding it."""
    return _found(_ID, value).decode()


def _found(pattern: re.Pattern[bytes], value: bytes) -> bytes:
    match = pattern.search(value)
    assert match is not None, "every event has an id, a type and a region"
    return match[1]
