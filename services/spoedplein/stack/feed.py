"""The simulated region behind `spoedplein up`: sources that publish, providers who react. A process of its own.

    python -m spoedplein.stack.feed --run x3 --seed 8

Settings come as for every process; the regions are those of `agreements_files`. What it publishes goes over the source
topics and through intake, as a real source's words do, and it knows only what the published topics tell.
"""

import asyncio
import logging
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import click

from spoedplein import settings as configuration
from spoedplein.domain.agreements import read_agreements
from spoedplein.settings import Settings
from spoedplein.stack.topics import places
from spoedplein.telemetry import logs
from spoedplein.testing.chance import MINUTE_MS
from spoedplein.testing.faults import Edge, Faults
from spoedplein.testing.workload import Workload
from spoedplein.workers.following import Follower, Message
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import publish_events
from spoedplein_schemas import Decision, Event, kind_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.ambulance import CallReferred, RideReleased
from spoedplein_schemas.capacity import CapacityReported
from spoedplein_schemas.hap import ContactClosed, ServiceStatusReported
from spoedplein_schemas.placement import RequestCancelled
from spoedplein_schemas.seh import PatientLeft, StatusReported
from spoedplein_schemas.views import RequestsBoard, SiteBoard
from spoedplein_schemas.vocabulary import Topic, millis

LOGGER = logging.getLogger(__name__)
POLL_MS: Final = 100
#: The posts and SEHs of a large city, each as busy as two or three average ones: something to look at.
INTENSITY: Final = 2.5
#: Doubles, delays, gaps and wrong clocks, but no source that falls silent for good: its queue would never end.
FAULTS: Final = Faults(silent=0)


OLD_QUESTION_MINUTES: Final = 60
_ENDS: Final = (ContactClosed, PatientLeft, RideReleased, RequestCancelled)
_FIGURES: Final = (CapacityReported, StatusReported, ServiceStatusReported)
_OF_PATIENTS: Final = {Topic.HAP, Topic.SEH, Topic.AMBULANCE}


@dataclass(frozen=True, slots=True)
class Simulated:
    """One region: its people, and the lines between them and Kafka."""

    name: str
    workload: Workload
    edge: Edge

    @classmethod
    def of(cls, agreements: Agreements, *, run: str, seed: int, start_ms: int) -> "Simulated":
        workload = Workload(agreements, seed=seed, start_ms=start_ms, intensity=INTENSITY, run=run)
        return cls(agreements.region, workload, Edge(FAULTS, seed=seed, start_ms=start_ms))

    def learn(self, message: Message) -> None:
        """Providers see the decisions; who was left by an earlier run is taken over."""
        match message.said:
            case Decision() as decision:
                self.workload.observe(decision)
            case (SiteBoard() | RequestsBoard()) as board if board.region == self.name:
                self.workload.take_over(board)

    def says(self, until_ms: int) -> list[Event]:
        self.edge.take(self.workload.emit(until_ms))
        return [event for _, event in self.edge.give(until_ms)]


def still_there(said: Iterable[tuple[int, Event]], now_ms: int) -> list[Event]:
    """What a source that is linked now tells of the hours before: who is there, not who has gone; its newest figures.

    The newest word about a patient comes first: nobody is to be taken for late who was helped hours ago.
    """
    newest = {(event.subject, event.type) if isinstance(event.data, _FIGURES) else event.id: event for _, event in said}
    events = list(newest.values())
    gone = {event.subject for event in events if isinstance(event.data, _ENDS)}
    here = [event for event in events if event.subject not in gone and not _is_old_question(event, now_ms)]
    patients: list[Event] = []
    others: list[Event] = []
    for event in here:
        (patients if kind_of(type(event.data)).topic in _OF_PATIENTS else others).append(event)
    return [*patients[::-1], *others]


async def feed(settings: Settings, *, run: str, seed: int, head_start_ms: int) -> None:
    """Until SIGTERM. With a head start the region lives already when it is first heard of."""
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    clock = settings.clock()
    agreed = [read_agreements(file.read_text(encoding="utf-8"), name=str(file)) for file in settings.agreements_files]
    async with (
        Outbox(settings) as outbox,
        Follower(settings, places((Topic.BOARDS, Topic.DECISIONS)), back=0) as follower,
    ):
        learned = await follower.standing()
        begins_ms = clock.now_ms()
        regions = [Simulated.of(each, run=run, seed=seed, start_ms=begins_ms - head_start_ms) for each in agreed]
        for region in regions:
            await publish_events(outbox, settings, still_there(region.workload.emit(begins_ms), begins_ms))
        LOGGER.info("%s feeds %s", run, ", ".join(region.name for region in regions), extra={"action": "feed.starts"})
        while not asked.is_set():
            for region in regions:
                for message in learned:
                    region.learn(message)
                await publish_events(outbox, settings, region.says(clock.now_ms()))
            learned = await follower.more(timeout_ms=POLL_MS)


def _is_old_question(event: Event, now_ms: int) -> bool:
    """A request or a referral that its owner would have seen to by hand, before he was linked."""
    is_question = kind_of(type(event.data)).topic is Topic.PLACEMENT or isinstance(event.data, CallReferred)
    return is_question and now_ms - millis(event.time) > OLD_QUESTION_MINUTES * MINUTE_MS


@click.command()
@click.option("--run", required=True, help="Part of every id; no other run on these topics may have it.")
@click.option("--seed", type=int, required=True)
@click.option("--head-start-minutes", type=click.IntRange(0), default=0)
def main(run: str, seed: int, head_start_minutes: int) -> None:
    settings = configuration.load()
    logs.configure(level=settings.log_level, process="feed")
    asyncio.run(feed(settings, run=run, seed=seed, head_start_ms=head_start_minutes * MINUTE_MS))


if __name__ == "__main__":
    main()
