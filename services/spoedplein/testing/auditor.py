"""A second opinion on what the core decided: from a log and its decisions alone, by another road than the core's.

Plain dictionaries and recounting, slow on purpose. Invariants as numbered in the design: I1 every case has an owner and
a next deadline; I2 no place twice; I3 hard rules; I4 nothing delays the life-threatening; I5 urgency leaves as it came;
I6 nothing rests on stale data; I8 duplicates and reordering change nothing in the end; I9 cause, version, reasons;
I10 nothing identifies a person. (I7, replay, is a comparison of bytes: the simulator makes it.)
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from spoedplein.domain.log import Record
from spoedplein.testing.audit_levels import LevelAuditor
from spoedplein.testing.audit_places import PlaceAuditor
from spoedplein.testing.audit_queues import QueueAuditor
from spoedplein.testing.audit_roaz import RoazAuditor
from spoedplein.testing.audit_rooms import RoomAuditor
from spoedplein.testing.audit_rules import Findings, Violation
from spoedplein.testing.audit_statuses import StatusAuditor
from spoedplein.testing.audit_terms import TermAuditor
from spoedplein.testing.audit_transfers import TransferAuditor
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements, AgreementsAdopted
from spoedplein_schemas.decisions import AgreementsInForce
from spoedplein_schemas.vocabulary import millis

__all__ = ["Violation", "audit", "same_views"]

_ID: Final = re.compile(r"^(?P<region>[a-z][a-z0-9.-]*)\.(?P<offset>\d+)\.(?P<index>\d+)$")
_NINE_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z])\d{9}(?![0-9A-Za-z])")
_TELEPHONE: Final = re.compile(r"(?<![0-9A-Za-z.:-])(?:\+31|0031|0)[ -]?(?:\(0\))?[1-9](?:[ -]?\d){8}(?![0-9A-Za-z])")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}")


def audit(log: Iterable[Record], decisions: Sequence[Decision]) -> list[Violation]:
    """Everything in `decisions` that does not follow from `log`, in the order of the log; empty when all is well."""
    findings = Findings()
    by_offset = _grouped(decisions, findings)
    in_force = _InForce()
    auditors = (
        QueueAuditor(findings),
        PlaceAuditor(findings),
        TransferAuditor(findings),
        TermAuditor(findings),
        RoomAuditor(findings),
        RoazAuditor(findings),
        StatusAuditor(findings),
        LevelAuditor(findings),
    )
    for record in log:
        decided = by_offset.pop(record.offset, [])
        adopted = in_force.take(record)
        _check_heard(record, findings)
        _check_causes(record, decided, in_force, findings)
        for auditor in auditors:
            if adopted is not None:
                auditor.adopt(adopted)
            auditor.step(record, decided)
    for offset in by_offset:
        findings.add("I9", "decision on an offset that the log does not have", offset)
    return findings.violations


def same_views(first: Iterable[tuple[bytes, BaseModel]], second: Iterable[tuple[bytes, BaseModel]]) -> list[Violation]:
    """I8: whether two final sets of views say the same, the moments and versions of writing apart."""
    left, right = _newest(first), _newest(second)
    return [
        Violation("I8", f"view {key.decode()}: {left.get(key, 'absent')} against {right.get(key, 'absent')}", 0)
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


@dataclass(slots=True)
class _InForce:
    """Versions that decisions of the present record may name, newest last; and the log's time: it never runs back."""

    current: Agreements | None = None
    since: datetime | None = None
    allowed: list[str] = field(default_factory=list)
    now_ms: int = 0

    def take(self, record: Record) -> Agreements | None:
        data = record.event.data
        self.allowed = self.allowed[-1:]
        self.now_ms = max(self.now_ms, record.at)
        if not isinstance(data, AgreementsAdopted) or (self.since is not None and data.adopted_at < self.since):
            return None
        if self.current is not None and not data.older and _goes_back(self.current.version, data.agreements.version):
            return None
        self.current, self.since = data.agreements, data.adopted_at
        self.allowed.append(data.agreements.version)
        return data.agreements


def _goes_back(current: str, proposed: str) -> bool:
    """Counted by hand: the numbers of both texts, when all else in them is the same."""
    frames = ["".join("#" if sign.isdigit() else sign for sign in text) for text in (current, proposed)]
    while any("##" in frame for frame in frames):
        frames = [frame.replace("##", "#") for frame in frames]
    counts = [[int(number) for number in re.findall("[0-9]+", text)] for text in (current, proposed)]
    return frames[0].startswith(frames[1]) and counts[1] < counts[0]


def _grouped(decisions: Sequence[Decision], findings: Findings) -> dict[int, list[Decision]]:
    """By log offset, with the form, order and completeness of ids checked."""
    groups: dict[int, list[Decision]] = defaultdict(list)
    last = (-1, -1)
    for decision in decisions:
        match = _ID.match(decision.id)
        if match is None or match["region"] != decision.region:
            findings.add("I9", f"id {decision.id} is not <{decision.region}>.<offset>.<index>", max(last[0], 0))
            continue
        place = (int(match["offset"]), int(match["index"]))
        if place <= last:
            findings.add("I9", f"id {decision.id} comes after {last[0]}.{last[1]}: repeated or out of order", place[0])
        elif place[1] != len(groups[place[0]]):
            findings.add("I9", f"id {decision.id}: expected index {len(groups[place[0]])}", place[0])
        last = max(last, place)
        groups[place[0]].append(decision)
    return groups


def _check_heard(record: Record, findings: Findings) -> None:
    """What got past intake; a text of agreements names organisations and their telephones, which are no persons."""
    if isinstance(record.event.data, AgreementsAdopted):
        return
    for what in identifying(record.event.model_dump_json(exclude_none=True)):
        findings.add("I10", f"{record.event.id} holds what looks like {what}", record.offset)


def _check_causes(record: Record, decided: list[Decision], in_force: _InForce, findings: Findings) -> None:
    for decision in decided:
        if decision.region != record.event.region:
            findings.add("I9", f"{decision.id} is of region {decision.region}, its cause of another", record.offset)
        if decision.causationid != record.event.id:
            findings.add("I9", f"{decision.id} names {decision.causationid} as cause; the log has {record.event.id}",
                         record.offset)  # fmt: skip
        if millis(decision.time) != in_force.now_ms:
            findings.add("I9", f"{decision.id} has another time than the log", record.offset)
        if in_force.allowed and decision.agreements not in in_force.allowed:
            findings.add("I9", f"{decision.id} follows agreements {decision.agreements}; in force: {in_force.allowed}",
                         record.offset)  # fmt: skip
        data = decision.data
        if isinstance(data, AgreementsInForce) and data.version not in in_force.allowed:
            findings.add("I9", f"{decision.id} puts {data.version} in force, which was not adopted here", record.offset)
        for what in identifying(decision.model_dump_json(exclude_none=True)):
            findings.add("I10", f"{decision.id} holds what looks like {what}", record.offset)


def identifying(text: str) -> list[str]:
    """Kinds of personal data that a text seems to hold."""
    found = []
    if any(_passes_the_eleven_test(digits) for digits in _NINE_DIGITS.findall(text)):
        found.append("a citizen service number")
    if _TELEPHONE.search(text):
        found.append("a telephone number")
    if _EMAIL.search(text):
        found.append("an e-mail address")
    return found


def _passes_the_eleven_test(digits: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return total % 11 == 0 and int(digits) > 0


def _newest(views: Iterable[tuple[bytes, BaseModel]]) -> dict[bytes, str]:
    return {key: view.model_dump_json(exclude={"version", "as_of"}) for key, view in views}
