"""A region folds its log: the same log gives the same bytes, from any snapshot, in any process, with any duplicate.

"In the end", where duplicates and reordering change nothing, compares:

- a message repeated: the whole state, as the bytes of the snapshot; a duplicate does no more than the clock ticking
  at that moment would (it may be answered with a refusal, which is no state);
- messages reordered: queues (who waits, as what, since when, by when), figures and statuses of units that nobody
  competes for, ambulances under way, and that a cancelled request is cancelled. Two requests for one place are served
  in the order of the log, and so may end otherwise in another order: that is the log's meaning, not its accident.
"""

import gc
import os
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final
from weakref import ref

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spoedplein.domain.errors import SnapshotError
from spoedplein.domain.log import Record, write_record
from spoedplein.domain.region import Region, fold
from spoedplein.stack.places import deploy_file
from spoedplein.testing.auditor import audit, same_views
from spoedplein.testing.builders import EVENING, REGION, Script, cancelled, capacity, event, registered, request, unit
from spoedplein.testing.builders import adopted as taken_over
from spoedplein.testing.simulate import simulate
from spoedplein_schemas import Decision
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.clock import ClockTicked
from spoedplein_schemas.decisions import (
    CommandRefused,
    OfferEnded,
    PlacementAccepted,
    PlacementAdmitted,
    PlacementOffered,
    PlacementReopened,
    PromiseReleased,
)
from spoedplein_schemas.placement import PatientAdmitted
from spoedplein_schemas.views import RequestState
from spoedplein_schemas.vocabulary import CareType, millis
from tests.domain.histories import AGREED, OF_PLACES, STRIDE, History, Said, histories, tick
from tests.domain.story import Story, thorough

ELV: Final = CareType.ELV_HOOG
HOUR_MS: Final = 3_600_000


def shipped(name: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{name}.toml").read_text()))


def as_bytes(decisions: list[Decision]) -> list[bytes]:
    return [made.model_dump_json(exclude_none=True).encode() for made in decisions]


def folded(records: list[Record], core: Region) -> tuple[list[bytes], bytes]:
    decisions = as_bytes(list(fold(records, core)))
    return decisions, core.snapshot()


@pytest.fixture(scope="module")
def lives() -> list[list[Record]]:
    """Logs of the seeded workload, with every fault."""
    return [
        list(simulate(shipped("nijmegen"), seed, 3, region_factory=Region, intensity=4).log)[:900] for seed in range(3)
    ]


# --- replay -------------------------------------------------------------------------------------------------------


@thorough
@given(histories(), st.integers(0, 60))
def test_a_snapshot_at_any_point_and_the_rest_of_the_log_give_the_whole(said: list[Said], cut: int) -> None:
    """I7: decisions and final state, byte for byte."""
    log = History(said).log
    cut = min(cut, len(log))
    before, snapshot = folded(log[:cut], Region.empty(REGION))
    after, end = folded(log[cut:], Region.restore(snapshot))

    assert (before + after, end) == folded(log, Region.empty(REGION))


@settings(max_examples=25)
@given(seed=st.integers(0, 2), cuts=st.lists(st.integers(0, 899), max_size=3))
def test_the_same_holds_for_a_seeded_life_with_several_restarts(
    lives: list[list[Record]], seed: int, cuts: list[int]
) -> None:
    log, core, parts = lives[seed], Region.empty("nijmegen"), list[bytes]()
    marks = [0, *sorted(cuts), len(log)]
    for start, end in pairwise(marks):
        parts += as_bytes(list(fold(log[start:end], core)))
        core = Region.restore(core.snapshot())

    assert (parts, core.snapshot()) == folded(log, Region.empty("nijmegen"))


def test_a_restart_after_every_single_record_changes_nothing(lives: list[list[Record]]) -> None:
    log, core, parts = lives[0][:150], Region.empty("nijmegen"), list[bytes]()
    for record in log:
        parts += as_bytes(core.step(record))
        core = Region.restore(core.snapshot())

    assert (parts, core.snapshot()) == folded(log, Region.empty("nijmegen"))


@thorough
@given(histories())
def test_the_next_deadline_survives_a_restart(said: list[Said]) -> None:
    """A quiet region must wake up at the same moment, whoever owns it."""
    core = History(said).core

    assert Region.restore(core.snapshot()).next_due_ms() == core.next_due_ms()


@thorough
@given(histories())
def test_a_restored_region_shows_the_same_as_one_that_lived_on(said: list[Said]) -> None:
    live = History(said).core
    again = Region.restore(live.snapshot())
    live.parts.all_changed = True

    assert live.views() == again.views()


def test_two_interpreters_with_other_hash_seeds_write_the_same_bytes(lives: list[list[Record]], tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(write_record(record) for record in lives[1]))
    written = []
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-m", "spoedplein", "fold", str(log)],
            capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
        )  # fmt: skip
        written.append(done.stdout)

    assert written[0].count(b"\n") > 100
    assert written == [written[0]] * 3
    assert written[0].splitlines() == folded(lives[1], Region.empty("nijmegen"))[0]


# --- ids, time, and what is included ------------------------------------------------------------------------------


@thorough
@given(histories())
def test_ids_are_unique_and_go_up_and_offers_are_named_after_their_decision(said: list[Said]) -> None:
    history = History(said)
    places = [(int(made.id.split(".")[1]), int(made.id.split(".")[2])) for made in history.decisions]

    assert places == sorted(set(places))
    assert {offset for offset, _ in places} <= {record.offset for record in history.log}
    for made in history.decisions:
        assert not isinstance(made.data, PlacementOffered) or made.data.offer == made.id


def test_a_record_that_the_state_includes_changes_nothing() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 1, story.now))
    before = story.core.snapshot()

    assert [story.core.step(record) for record in story.script.records] == [[], []]
    assert story.core.snapshot() == before


def test_time_does_not_run_back_when_the_logs_does() -> None:
    story = Story(unit("elv", ELV))
    story.ticks(hours=2)
    early = Record(len(story.script.records), millis(EVENING), event(capacity("elv", 1, EVENING), at=EVENING))
    assert story.core.step(early) == []
    assert story.core.now == millis(EVENING) + 2 * HOUR_MS


def test_every_decision_names_its_cause_its_agreements_and_the_time_of_the_log() -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 1, story.now))
    record = story.script.says(request("r-1", (ELV,), story.passes(minutes=5)))
    (made,) = story.core.step(record)

    assert (made.causationid, made.agreements, made.subject) == (record.event.id, "2026.1", "r-1")
    assert (made.time, made.id, made.region) == (story.now, f"rijnmond.{record.offset}.0", "rijnmond")


def test_without_agreements_decisions_say_so_and_nothing_is_offered() -> None:
    script, core = Script(), Region.empty(REGION)
    for data in (capacity("elv", 3, script.now), registered("c-1", script.now), request("r-1", (ELV,), script.now)):
        made = core.step(script.says(data))
        assert [decision.agreements for decision in made] == ["none"] * len(made)
        assert not any(isinstance(decision.data, PlacementOffered) for decision in made)

    assert core.next_due_ms() == millis(EVENING) + 30 * 60_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "does not fit this version", id="nothing"),
        pytest.param(b"{}", "does not fit this version", id="an empty object"),
        pytest.param(b'{"region": "rijnmond", "patients": []}', "does not fit this version", id="another type"),
        pytest.param(b'{"region": "rijnmond", "version": 0}', "has shape 0", id="another version"),
    ],
)
def test_a_snapshot_of_another_shape_is_refused_and_not_guessed_at(data: bytes, says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        Region.restore(data)


def test_an_empty_region_has_nothing_to_do() -> None:
    core = Region.empty(REGION)

    assert (core.offset, core.now, core.next_due_ms()) == (-1, 0, None)
    assert Region.restore(core.snapshot()).snapshot() == core.snapshot()


# --- what must hold whatever is said ------------------------------------------------------------------------------


@thorough
@given(histories(late_min=0))
def test_no_unit_has_more_holds_and_promises_than_it_had_free_when_one_was_added(said: list[Said]) -> None:
    """I2, where the rules place (a professional may place beyond them), counted from the log and the decisions."""
    claims, admissions = dict[tuple[str, str], None](), dict[str, datetime]()
    arrivals = dict[tuple[str, str], list[datetime]]()
    reports, older = dict[str, CapacityReported](), dict[str, list[CapacityReported]]()
    again = Region.empty(REGION)
    for record in History(said).log:
        data = record.event.data
        if isinstance(data, CapacityReported):
            known = reports.get(data.unit)
            if known is None or (data.observed_at, -data.free) > (known.observed_at, -known.free):
                reports[data.unit] = data
        if isinstance(data, PatientAdmitted):
            arrivals.setdefault((data.request, data.unit), []).append(data.admitted_at)
        for made in again.step(record):
            if isinstance(made.data, PlacementOffered):
                # What was due before the record rests on the figure before it; the decision says which it was.
                figures = [reports[made.data.unit], *older.get(made.data.unit, ())]
                here = [name for name, where in claims if where == made.data.unit]
                assert any(
                    sum(not counted(figure, name, admissions) for name in here) < figure.free
                    for figure in figures
                    if figure.free == made.data.basis.free
                )
            note(made.data, claims)
            if isinstance(made.data, PlacementAdmitted):
                # It may have been said before what placed him there.
                heard = arrivals[made.data.request, made.data.unit]
                own = isinstance(data, PatientAdmitted) and data.request == made.data.request
                admissions[made.data.request] = data.admitted_at if own else min(heard)
        older = {unit: [report] for unit, report in reports.items()}


def counted(report: CapacityReported, name: str, admissions: dict[str, datetime]) -> bool:
    """Whether the report has this patient in it."""
    return name in report.includes or (name in admissions and report.observed_at >= admissions[name])


def note(made: Any, claims: dict[tuple[str, str], None]) -> None:  # noqa: ANN401
    """Who has a place where, by the decisions."""
    match made:
        case PlacementOffered() | PlacementAccepted():
            claims[made.request, made.unit] = None
        case OfferEnded() | PromiseReleased() | PlacementReopened():
            claims.pop((made.request, made.unit), None)


@thorough
@given(histories(late_min=0))
def test_every_open_request_has_an_owner_a_deadline_to_come_and_at_most_one_place(said: list[Said]) -> None:
    """I1. A deadline may fall on this very moment, not before it."""
    core = History(said).core
    for name, wanted in core.state.requests.items():
        claims = [unit_id for unit_id, state in core.state.units.items() if name in state.claims]
        assert claims == sorted({*wanted.offers, *([wanted.unit] if claims and wanted.unit else [])})
        if wanted.open:
            assert wanted.owner
            assert wanted.deadline >= core.now
            assert (wanted.state in (RequestState.WAITING, RequestState.FIRST_TRY)) is (claims == [])
            assert core.next_due_ms() is not None


@thorough
@given(histories(kinds=OF_PLACES, late_min=0))
def test_the_auditor_finds_nothing_in_what_hypothesis_makes_up(said: list[Said]) -> None:
    """Of places and requests; the queues' facts contradict each other here, which those of a source do not."""
    history = History(said, orderly=True)

    assert audit(history.log, history.decisions) == []


# --- duplicates and reordering ------------------------------------------------------------------------------------


@thorough
@given(histories(), st.data())
def test_a_duplicate_anywhere_does_no_more_than_the_clock_would(said: list[Said], data: st.DataObject) -> None:
    """I8: the log with one message repeated, against the log with a tick in its place: equal states, byte for byte.

    A message that was refused, since its request was not known yet, may be said again and is heard then: a new try.
    """
    history = History(said)
    log = history.log
    original = data.draw(st.integers(0, len(log) - 1), label="which")
    refusals = [made for made in history.decisions if isinstance(made.data, CommandRefused)]
    refused = {made.causationid for made in refusals}
    assume(log[original].event.id not in refused)
    said = log[original].event.data
    lapsed = {(made.data.command, made.data.subject) for made in refusals}
    assume((type(said).__name__, getattr(said, "request", "")) not in lapsed)
    after = data.draw(st.integers(original, len(log) - 1), label="heard again after")
    place = log[after].offset + STRIDE // 2
    repeated = Record(place, log[after].at, log[original].event)
    ticked = tick(log[after].at, place, log[after].event)
    ends = []
    for between in (ticked, repeated):
        decisions = list(fold([*log[: after + 1], between, *log[after + 1 :]], Region.empty(REGION)))
        ends.append([made for made in as_bytes(decisions) if f".{place}." not in made.decode()])
        if between is repeated:
            its_own = [made.data for made in decisions if made.id.startswith(f"{REGION}.{place}.")]
            assert all(isinstance(made, CommandRefused) for made in its_own)

    assert ends[0] == ends[1]
    assert state_after(log, after, ticked) == state_after(log, after, repeated)


def state_after(log: list[Record], after: int, between: Record) -> bytes:
    return folded([*log[: after + 1], between, *log[after + 1 :]], Region.empty(REGION))[1]


ORDERLESS: Final = (
    "reported", "stop", "lifted", "closed", "opened", "warning", "answered",
    "registered", "triaged", "retriaged", "gone", "arrived", "seh-triaged", "called-seh", "announced", "released",
)  # fmt: skip


@thorough
@given(histories(kinds=ORDERLESS, late_min=0), st.randoms(use_true_random=False))
def test_every_order_and_every_duplicate_ends_in_the_same_views(said: list[Said], chance: Random) -> None:
    """All is heard after it happened, in the last minute, in two orders; the second time with duplicates."""
    history = History(said)
    events = [record.event for record in history.log[1:]]
    mixed = [*events, *chance.choices(events, k=len(events) // 2)] if events else []
    chance.shuffle(mixed)
    views = []
    for order in (events, mixed):
        core = Region.empty(REGION)
        end = millis(history.now)
        heard = [event(taken_over(AGREED, EVENING), at=EVENING), *order, _tick_at(end)]
        for offset, each in enumerate(heard):
            core.step(Record(offset, end, each))
        core.parts.all_changed = True
        views.append(core.views())

    assert same_views(*views) == []


def _tick_at(at_ms: int) -> Any:  # noqa: ANN401
    moment = EVENING + timedelta(milliseconds=at_ms - millis(EVENING))
    return event(ClockTicked(ticked_at=moment), at=moment)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0), (0, 1, 0, 1)])
def test_a_cancelled_request_is_cancelled_in_every_order(order: tuple[int, ...]) -> None:
    story = Story(unit("elv", ELV))
    story.says(capacity("elv", 1, EVENING))
    facts = (request("r-1", (ELV,), EVENING), cancelled("r-1", EVENING + timedelta(minutes=1)))
    story.passes(minutes=2)
    for which in order:
        story.says(facts[which])

    assert (story.state("r-1"), story.unit("elv").free) == (RequestState.CANCELLED, 1)


# --- views --------------------------------------------------------------------------------------------------------


def test_views_are_those_that_changed_since_the_last_call() -> None:
    story = Story(unit("elv", ELV), unit("respijt", CareType.RESPIJT))
    assert story.published() == {
        *("/elv", "/respijt", "//elv-hoog", "//respijt", "/schiedam"),
        *("/requests", "/ambulance", "/rounds", "/consults"),
    }
    assert story.published() == set()
    story.says(registered("c-1", story.now))
    assert story.published() == {"/schiedam"}
    story.says(request("r-1", (ELV,), story.now))
    assert story.published() == {"/requests"}
    story.says(capacity("elv", 1, story.now))
    assert story.published() == {"/elv", "//elv-hoog", "/requests"}


def test_every_view_carries_the_moment_and_the_version_of_the_log() -> None:
    story = Story(unit("elv", ELV))
    story.ticks(minutes=3)
    for _, view in story.core.views():
        assert (view.model_dump()["as_of"], view.model_dump()["version"]) == (story.now, 1)


@thorough
@given(histories())
def test_what_was_published_is_what_is_true(said: list[Said]) -> None:
    """A reader who took every change in has the same as one who asks for everything now: nothing changes in silence."""
    history, kept = History(said), dict[bytes, Any]()
    core = Region.empty(REGION)
    for record in history.log:
        core.step(record)
        kept.update(core.views())
    core.parts.all_changed = True

    assert same_views(kept.items(), core.views()) == []


def test_a_region_that_is_dropped_goes_at_once() -> None:
    """Garbage is looked for seldom: what held itself would stay, of every region that another worker took over."""
    script = Script()
    script.says(taken_over(shipped("rijnmond"), script.now))
    core = Region.empty(REGION)
    for record in script.records:
        core.step(record)
    held = [ref(each) for each in (core.parts, *vars(core.parts).values()) if hasattr(each, "__weakref__")]

    gc.disable()
    try:
        del core
        assert [each() for each in held if each() is not None] == []
    finally:
        gc.enable()
