"""The smallest Dutch words of the board: lengths of time, hours, urgencies, reasons of a stop."""

from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from spoedplein_schemas.vocabulary import StopReason, Urgency

MINUTE_SECONDS: Final = 60

STOP_REASON: Final = {
    StopReason.FULL: "vol",
    StopReason.STAFF: "personeel",
    StopReason.CROWDING: "drukte",
    StopReason.OUTFLOW: "uitstroom stokt",
    StopReason.ISOLATION: "isolatie",
    StopReason.TECHNICAL: "techniek",
    StopReason.OTHER: "andere reden",
}
COLOUR_CODES: Final = {"red": "rood", "orange": "oranje", "yellow": "geel", "green": "groen", "blue": "blauw"}


def span(seconds: float) -> str:
    """A length of time, as short as can be: `12 min`, `3u07`, `2 d`."""
    minutes = int(seconds) // MINUTE_SECONDS
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}u{minutes:02d}" if hours < 24 else f"{hours // 24} d"


def code(urgency: Urgency) -> str:
    return COLOUR_CODES.get(urgency.code, urgency.code)


class Here(NamedTuple):
    """Where and when something is told."""

    zone: tzinfo
    now: datetime


def clock(moment: datetime, here: Here) -> str:
    """`07:30`, with the day when it is another one: `11-1 07:30`."""
    local = moment.astimezone(here.zone)
    if local.date() == here.now.astimezone(here.zone).date():
        return f"{local:%H:%M}"
    return f"{local.day}-{local.month} {local:%H:%M}"
