"""Every process is killed in mid-stream and started again: the decisions are those of the undisturbed run."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.region import Region, fold
from spoedplein.domain.turn import moment
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import System
from spoedplein.testing import builders as say
from spoedplein.testing.auditor import audit
from spoedplein.testing.witness import Witness
from spoedplein_schemas import Decision, Event, kind_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.decisions import OfferEnded, PlacementAccepted, PlacementOffered
from spoedplein_schemas.placement import DeclineReason
from spoedplein_schemas.vocabulary import CareType, Frozen
from tests.system.conftest import EPOCH_MS, StartSystem, alone, kill

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

PATIENTS = 240
REQUESTS = 80
ASKED = (CareType.ELV_LAAG, CareType.ELV_HOOG, CareType.GGZ_OPEN, CareType.RESPIJT, CareType.ONGELABELD)
#: Differ between two runs of the same story, because log offsets and the moments of appending do.
PASSING = {
    "offer",
    "answer_by",
    "admit_by",
    "review_at",
    "basis",
    "score",
    "to_place_seconds",
    "overdue_since",
    "age_seconds",
}

Disturb = Callable[[str, System], None]


def test_killing_every_process_in_mid_stream_changes_no_decision(start_system: StartSystem, tmp_path: Path) -> None:
    agreements_file = alone(deploy_file("regions", "rijnmond.toml"), tmp_path)
    agreements = read_agreements(agreements_file.read_text(encoding="utf-8"), name=agreements_file.name)
    with start_system([agreements_file]) as system:
        expected = _live_through(system, agreements, disturb=lambda _phase, _system: None)
    with start_system([agreements_file]) as system:
        disturbed = _live_through(system, agreements, disturb=_kill_in_turn)

    assert sum(map(len, expected.values())) > PATIENTS + REQUESTS
    assert disturbed == expected


def _kill_in_turn(phase: str, system: System) -> None:
    """Who dies in the middle of which phase; each comes back at once."""
    victims = {
        "reports": ["intake"],
        "patients": ["coordinate", "archive"],
        "requests": ["intake", "coordinate"],
        "answers": ["coordinate"],
        "ends": ["archive", "intake"],
    }
    for name in victims[phase]:
        child = system.workers.pop(name)
        kill(child)
        child.stop()
        system.start_worker(name)


def _live_through(
    system: System, agreements: Agreements, *, disturb: Disturb
) -> dict[str, list[tuple[str, dict[str, object]]]]:
    """The story in phases; in the middle of each, `disturb` has its way. Returns what was decided, per subject."""
    witness = Witness(system.settings, agreements.region)
    for phase, events in (("reports", _reports(agreements)), ("patients", _patients()), ("requests", _requests())):
        _publish_in_halves(witness, list(events), lambda phase=phase: disturb(phase, system))  # type: ignore[misc]
        witness.settled()
    answered: set[str] = set()
    for turn in range(20):
        answers = list(_answers(witness.decisions(), answered))
        if not answers:
            break
        _publish_in_halves(witness, answers, lambda first=turn == 0: disturb("answers", system) if first else None)  # type: ignore[misc]
        witness.settled()
    _publish_in_halves(witness, list(_ends(witness.decisions())), lambda: disturb("ends", system))
    return _check(witness)


def _publish_in_halves(witness: Witness, events: list[Event], between: Callable[[], None]) -> None:
    witness.publish(events[: len(events) // 2])
    between()
    witness.publish(events[len(events) // 2 :])


def _check(witness: Witness) -> dict[str, list[tuple[str, dict[str, object]]]]:
    log, decisions, lines = witness.settled()
    folded = fold(log, Region.empty(witness.region))
    assert [decision.model_dump_json(exclude_none=True).encode() for decision in folded] == lines
    assert len({decision.id for decision in decisions}) == len(decisions), "no decision twice"
    assert audit(log, decisions) == []
    assert witness.dead_letters() == []
    _check_archive(witness, len(log), [decision.id for decision in decisions])
    by_subject = defaultdict(list)
    for decision in decisions:
        by_subject[decision.subject or ""].append(_essence(decision))
    return dict(by_subject)


def _check_archive(witness: Witness, events: int, decision_ids: list[str]) -> None:
    count = "SELECT count(*) AS n FROM spoedplein.events"
    witness.until(lambda: witness.archived(count)[0]["n"] == events, "events missing in the archive")
    ids = "SELECT id FROM spoedplein.decisions"
    witness.until(
        lambda: sorted(row["id"] for row in witness.archived(ids)) == sorted(decision_ids),
        "decisions missing in the archive",
    )


def _essence(decision: Decision) -> tuple[str, dict[str, object]]:
    data = {name: value for name, value in decision.data.model_dump(mode="json").items() if name not in PASSING}
    return kind_of(type(decision.data)).name, data


def _at(seconds: float) -> datetime:
    """Before the story's log begins, so that no source is ahead of it."""
    return moment(EPOCH_MS) - timedelta(minutes=4) + timedelta(seconds=seconds)


def _event(data: Frozen, at: datetime) -> Event:
    return say.event(data, at=at)


def _reports(agreements: Agreements) -> Iterator[Event]:
    for unit in agreements.units:
        yield _event(say.capacity(unit.id, 2, _at(0)), _at(0))


def _patients() -> Iterator[Event]:
    codes = ("U1", "U2", "U3", "U3", "U4", "U5")
    for number in range(PATIENTS):
        case, at = f"c-{number}", _at(number / 4)
        yield _event(say.registered(case, at), at)
        yield _event(say.triaged(case, codes[number % len(codes)], at), at)
        if number % 7 == 0:
            yield _event(say.retriaged(case, "U2", at + timedelta(seconds=1)), at)


def _requests() -> Iterator[Event]:
    for number in range(REQUESTS):
        asked = (ASKED[number % len(ASKED)], ASKED[(number + 1) % len(ASKED)])
        yield _event(say.request(f"r-{number}", asked, _at(60)), _at(60 + number / 10))


def _answers(decisions: list[Decision], answered: set[str]) -> Iterator[Event]:
    """Every standing offer is answered once: one in three is declined."""
    ended = {found.data.offer for found in decisions if isinstance(found.data, OfferEnded)}
    for decision in decisions:
        offered = decision.data
        if not isinstance(offered, PlacementOffered) or offered.offer in answered | ended:
            continue
        answered.add(offered.offer)
        if (int(offered.request[2:]) + offered.attempt) % 3 == 0:
            yield _event(
                say.declined(offered.request, offered.offer, _at(120), reason=DeclineReason.CARE_TOO_COMPLEX), _at(120)
            )
        else:
            yield _event(say.accepted(offered.request, offered.offer, _at(120)), _at(120))


def _ends(decisions: list[Decision]) -> Iterator[Event]:
    for decision in decisions:
        if isinstance(decision.data, PlacementAccepted):
            yield _event(say.admitted(decision.data.request, decision.data.unit, _at(200)), _at(200))
    for number in range(PATIENTS):
        at = _at(180 + number / 10)
        ended = say.called(f"c-{number}", at) if number % 5 else say.closed(f"c-{number}", at)
        yield _event(ended, at)
