"""Everybody of a region in his queue at once, as after a restore: by his facts, for half of one by one (`queue`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from spoedplein.domain.agreements import MINUTE_MS
from spoedplein.domain.line import Line, Place, Standing
from spoedplein.domain.norms import Norm, Norms
from spoedplein.domain.patient import Patient
from spoedplein.domain.timers import Timer

#: Facts about a patient may trail in for a day after he left; then he is forgotten.
KEEP_MS: Final = 24 * 60 * MINUTE_MS


@dataclass(slots=True)
class LinedUp:
    """`standing` has who waits, by key; `unseen` who left unseen. `dues` are deadlines by kind and key."""

    lines: dict[Place, Line] = field(default_factory=dict)
    standing: dict[str, tuple[Place, Standing]] = field(default_factory=dict)
    unseen: dict[str, Place] = field(default_factory=dict)
    dues: dict[Timer, dict[str, int]] = field(default_factory=dict)


def line_up(patients: dict[str, Patient], norms: Norms, *, waits: Callable[[Patient], bool]) -> LinedUp:
    """`waits`: whether he stands in a queue, and his waiting did not end."""
    found, queues = LinedUp(), dict[Place, list[Standing]]()
    norm_dues, looked_at, forgotten = dict[str, int](), dict[str, int](), dict[str, int]()
    for key, patient in patients.items():
        norm, place = norms.of(patient), patient.place
        queue = queues.setdefault(place, []) if place is not None else []
        if not waits(patient):
            forgotten[key] = patient.settled_at + KEEP_MS
            if place is not None and patient.left_unseen:
                found.unseen[key] = place
            continue
        due, again = norm.due(patient), norms.reassess_at(patient, norm)
        breached = norm.is_breached(patient, due)
        if again is not None:
            looked_at[key] = again
        if due is not None and not breached:
            norm_dues[key] = due + 1
        if place is not None:
            standing = standing_of(patient, norm, due, breached=breached)
            found.standing[key] = place, standing
            queue.append(standing)
    found.lines = {place: Line.of(queue) for place, queue in queues.items()}
    for place in found.unseen.values():
        found.lines[place].left_unseen += 1
    found.dues = {Timer.NORM: norm_dues, Timer.REASSESS: looked_at, Timer.FORGET_PATIENT: forgotten}
    return found


def standing_of(patient: Patient, norm: Norm, due: int | None, *, breached: bool) -> Standing:
    """Where he stands in the queue in which he waits."""
    rank, urgency = None if norm.life_threatening else norm.rank, patient.urgency
    code = None if urgency is None else urgency.code
    return Standing(rank, (patient.since, patient.key), None if breached else due, breached, code)
