"""The simulated region behind `up`: what it tells when it is linked, and how a later run takes an earlier one over."""

from collections import Counter
from datetime import timedelta

import pytest

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.stack.feed import Simulated, still_there
from spoedplein.stack.places import deploy_file
from spoedplein.stack.up import BEGINS
from spoedplein.testing.builders import adopted, capacity, event
from spoedplein.testing.chance import HOUR_MS, MINUTE_MS
from spoedplein.testing.workload import Workload
from spoedplein.workers.following import Message
from spoedplein_schemas import Decision, Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.decisions import NormBreached
from spoedplein_schemas.hap import ContactClosed
from spoedplein_schemas.seh import PatientLeft
from spoedplein_schemas.views import RequestsBoard, SiteBoard
from spoedplein_schemas.vocabulary import millis

START_MS = millis(BEGINS)


@pytest.fixture(scope="module")
def rijnmond() -> Agreements:
    file = deploy_file("regions", "rijnmond.toml")
    return read_agreements(file.read_text(encoding="utf-8"), name=str(file))


class Coordinated:
    """A region in this process, fed second by second as `up` feeds the real one."""

    def __init__(self, agreements: Agreements) -> None:
        self.region = Region.empty(agreements.region)
        self.decisions: list[Decision] = []
        self.boards: dict[str, SiteBoard | RequestsBoard] = {}
        self.offset = 0
        self.put([event(adopted(agreements, BEGINS), at=BEGINS, region=agreements.region)], START_MS)

    def put(self, events: list[Event], at_ms: int) -> list[Message]:
        messages = []
        for each in events:
            messages += [Message("", said) for said in self.region.step(Record(self.offset, at_ms, each))]
            self.offset += 1
        self.decisions += [message.said for message in messages if isinstance(message.said, Decision)]
        for key, view in self.region.views():
            if isinstance(view, SiteBoard | RequestsBoard):
                self.boards[key.decode()] = view
                messages.append(Message(key.decode(), view))
        return messages

    def live(self, simulated: Simulated, *, from_ms: int, minutes: int) -> int:
        for now_ms in range(from_ms, from_ms + minutes * MINUTE_MS, 10_000):
            for message in self.put(simulated.says(now_ms), now_ms):
                simulated.learn(message)
        return from_ms + minutes * MINUTE_MS


def test_who_has_gone_is_not_told_and_who_is_there_is_not_taken_for_late(rijnmond: Agreements) -> None:
    said = Workload(rijnmond, seed=1, start_ms=START_MS - 12 * HOUR_MS, run="x1").emit(START_MS)

    told = still_there(said, START_MS)

    gone = {each.subject for _, each in said if isinstance(each.data, ContactClosed | PatientLeft)}
    assert len(gone) > 50
    assert gone & {each.subject for each in told} == set()
    core = Coordinated(rijnmond)
    core.put(told, START_MS)
    late = [each.data for each in core.decisions if isinstance(each.data, NormBreached)]
    boards = [board for board in core.boards.values() if isinstance(board, SiteBoard)]
    assert len(late) == sum(line.breaches for board in boards for queue in board.queues for line in queue.classes)
    assert sum(line.length for board in boards for queue in board.queues for line in queue.classes) > 3


def test_of_figures_only_the_newest_is_told_and_of_requests_only_the_last_hour() -> None:
    told = still_there(
        [
            (millis(at), event(data, at=at))
            for at, data in (
                (BEGINS - timedelta(hours=2), capacity("elv-hoog-frankeland", 3, BEGINS - timedelta(hours=2))),
                (BEGINS - timedelta(hours=1), capacity("elv-hoog-frankeland", 2, BEGINS - timedelta(hours=1))),
            )
        ],
        START_MS,
    )

    assert [each.data.free for each in told] == [2]


def test_nobody_whom_the_control_room_referred_is_forgotten_at_the_post(rijnmond: Agreements) -> None:
    core = Coordinated(rijnmond)
    begins_ms = START_MS + 3 * HOUR_MS
    simulated = Simulated.of(rijnmond, run="x1", seed=1, start_ms=begins_ms - 12 * HOUR_MS)
    for message in core.put(still_there(simulated.workload.emit(begins_ms), begins_ms), begins_ms):
        simulated.learn(message)
    core.live(simulated, from_ms=begins_ms, minutes=180)

    boards = [board for board in core.boards.values() if isinstance(board, SiteBoard)]
    lines = [line for board in boards for queue in board.queues for line in queue.classes]
    assert min(millis(line.oldest_since) for line in lines if line.oldest_since) > begins_ms - HOUR_MS


def test_a_later_run_takes_over_who_the_earlier_one_left_waiting_and_asking(rijnmond: Agreements) -> None:
    core = Coordinated(rijnmond)
    first = Simulated.of(rijnmond, run="x1", seed=1, start_ms=START_MS)
    now_ms = core.live(first, from_ms=START_MS, minutes=180)
    left = _names(core, "-x1-")
    assert left["queue"] >= 3
    assert left["requests"] >= 3

    second = Simulated.of(rijnmond, run="x2", seed=2, start_ms=now_ms)
    for key, board in core.boards.items():
        second.learn(Message(key, board))
    core.live(second, from_ms=now_ms, minutes=600)

    assert _names(core, "-x1-")["queue"] == 0
    assert _names(core, "-x1-")["underway"] == 0
    assert _names(core, "-x1-")["requests"] <= left["requests"] // 2
    assert _names(core, "-x2-")["queue"] >= 1


def test_runs_of_other_names_share_no_id(rijnmond: Agreements) -> None:
    ids = [
        said.id
        for run in ("x1", "x2")
        for _, said in Workload(rijnmond, seed=1, start_ms=START_MS, run=run).emit(START_MS + 2 * HOUR_MS)
    ]

    assert len(ids) > 400
    assert [each for each, times in Counter(ids).items() if times > 1] == []


def _names(core: Coordinated, run: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for board in core.boards.values():
        if isinstance(board, RequestsBoard):
            found["requests"] += sum(run in request.request for request in board.requests)
            continue
        found["underway"] += sum(run in ride.ride for ride in board.underway)
        for queue in board.queues:
            found["queue"] += sum(run in case for case in (*queue.immediate, *(each.case for each in queue.next)))
    return found
