"""Agreements put in force, and coordination's answer to it: an operator should not have to look for it on a board."""

import time
from typing import NamedTuple

from spoedplein.settings import Settings
from spoedplein.workers.following import Follower
from spoedplein.workers.output import Outbox
from spoedplein.workers.publishing import adopt
from spoedplein.workers.topics import partition_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.decisions import AgreementsInForce, CommandRefused
from spoedplein_schemas.vocabulary import Topic


class Told(NamedTuple):
    """`well` unless coordination refused."""

    well: bool
    message: str


async def adopt_and_wait(settings: Settings, found: Agreements, *, older: bool, wait_seconds: float) -> Told:
    """Publishes the adoption; waits so long for the decision that it leads to."""
    now_ms = settings.clock().now_ms()
    if not wait_seconds:
        async with Outbox(settings) as outbox:
            await adopt(outbox, settings, found, now_ms=now_ms, older=older)
        return Told(well=True, message="on the log; what coordination decided was not waited for")
    place = (Topic.DECISIONS, partition_of(found.region, settings))
    async with Follower(settings, [place], back=0) as follower, Outbox(settings) as outbox:
        event = await adopt(outbox, settings, found, now_ms=now_ms, older=older)
        end = time.monotonic() + wait_seconds
        while (left := end - time.monotonic()) > 0:
            for message in await follower.more(timeout_ms=max(1, min(500, int(left * 1000)))):
                told = _told(message.said, found) if getattr(message.said, "causationid", None) == event else None
                if told is not None:
                    return told
    return Told(
        well=True,
        message="on the log; no decision came of it yet. That is so when this very text is in force already, "
        "and when coordination does not run",
    )


def _told(decision: object, found: Agreements) -> Told | None:
    match getattr(decision, "data", None):
        case AgreementsInForce() as data:
            before = f", instead of {data.previous}" if data.previous else ""
            again = ". That version stood for another text until now: raise `version` with every change"
            return Told(
                well=True,
                message=f"{data.version} is in force{before}{again if data.previous == found.version else ''}",
            )
        case CommandRefused() as data:
            return Told(well=False, message=f"refused: {data.detail}")
    return None
