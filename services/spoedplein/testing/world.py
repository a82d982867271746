"""What the parts of a simulated region share: the agenda of what happens when, voices that publish, names, local time.

An action on the agenda happens at a moment of the simulated world; what it says is published a little later, as
systems and people do. Nothing here reads a clock.
"""

import hashlib
import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from spoedplein.testing import rates
from spoedplein.testing.builders import VERSIONS
from spoedplein.testing.chance import HOUR_MS, Chance
from spoedplein_schemas import Event, event_class, kind_of
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.vocabulary import Frozen, Urgency, UrgencySystem

Action = Callable[[], None]

#: Publishing delay in seconds, from and to: a linked system, and a person who fills a screen.
SYSTEM: Final = (0.3, 3.0)
BY_HAND: Final = (2.0, 45.0)

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class World:
    def __init__(
        self, agreements: Agreements, *, seed: int, start_ms: int, intensity: float, run: str | None = None
    ) -> None:
        self.agreements = agreements
        self.seed = seed
        self.start_ms = start_ms
        self.now_ms = start_ms
        self.intensity = intensity
        self.run = run or _run_name(agreements.region, seed=seed, start_ms=start_ms)
        self._zone = ZoneInfo(agreements.timezone)
        self._agenda: list[tuple[int, int, Action]] = []
        self._outbox: list[tuple[int, int, Event]] = []
        self._turns = count()
        self._names: dict[str, int] = {}
        self._voices: dict[str, Voice] = {}
        self._listeners: list[Callable[[Frozen], None]] = []

    def at(self, at_ms: int, action: Action) -> None:
        """Puts it on the agenda; what should have happened already happens next."""
        heapq.heappush(self._agenda, (max(at_ms, self.now_ms), next(self._turns), action))

    def after(self, delay_ms: int, action: Action) -> None:
        self.at(self.now_ms + delay_ms, action)

    def by_the_hour(self, chance: Chance, rate: Callable[[datetime], float], action: Action) -> None:
        """Independent happenings, `rate` of them in the hour of a local moment; each hour is drawn as it begins."""
        ends_ms = (self.now_ms // HOUR_MS + 1) * HOUR_MS
        left_ms = ends_ms - self.now_ms
        for _ in range(chance.count(rate(self.local()) * self.intensity * left_ms / HOUR_MS)):
            self.after(chance.whole(0, left_ms - 1), action)
        self.at(ends_ms, lambda: self.by_the_hour(chance, rate, action))

    def publish(self, at_ms: int, event: Event) -> None:
        heapq.heappush(self._outbox, (at_ms, next(self._turns), event))

    def live(self, until_ms: int) -> list[tuple[int, Event]]:
        """Lets everything up to then happen; gives what was published up to then, in time order."""
        while self._agenda and self._agenda[0][0] <= until_ms:
            self.now_ms, _, action = heapq.heappop(self._agenda)
            action()
        self.now_ms = max(self.now_ms, until_ms)
        published = []
        while self._outbox and self._outbox[0][0] <= until_ms:
            at_ms, _, event = heapq.heappop(self._outbox)
            published.append((at_ms, event))
        return published

    def listen(self, hears: Callable[[Frozen], None]) -> None:
        """Let somebody hear what every source says, at the moment of saying it."""
        self._listeners.append(hears)

    def said(self, data: Frozen) -> None:
        for hears in self._listeners:
            hears(data)

    def voice(self, name: str, delay_seconds: tuple[float, float] = SYSTEM) -> "Voice":
        """The one voice of this name: a source system, with its own order and its own delay."""
        if name not in self._voices:
            self._voices[name] = Voice(self, name, delay_seconds)
        return self._voices[name]

    def chance(self, name: str) -> Chance:
        return Chance(self.seed, f"{self.agreements.region}/{name}")

    def name(self, prefix: str) -> str:
        """A pseudonym nobody else has: `c-b41c-2f`."""
        self._names[prefix] = number = self._names.get(prefix, -1) + 1
        return f"{prefix}-{self.run}-{_base36(number)}"

    def made(self, name: str) -> bool:
        """Whether `name` is a pseudonym of this world."""
        return f"-{self.run}-" in name

    def area(self, chance: Chance) -> str | None:
        """A postcode (four figures) of the region, where we know them."""
        areas = rates.AREAS.get(self.agreements.region)
        return None if areas is None else chance.one_of(areas)

    def moment(self, at_ms: int | None = None) -> datetime:
        return datetime.fromtimestamp((self.now_ms if at_ms is None else at_ms) / 1000, UTC)

    def local(self, at_ms: int | None = None) -> datetime:
        return self.moment(at_ms).astimezone(self._zone)


class Voice:
    """A source: what it says comes out in the order in which it was said."""

    def __init__(self, world: World, name: str, delay_seconds: tuple[float, float]) -> None:
        self.source = f"urn:spoedplein-testing:{world.agreements.region}.{name}"
        self._world = world
        self._name = name
        self._delay_seconds = delay_seconds
        self._chance = world.chance(f"voice/{name}")
        self._said = 0
        self._last_ms = 0

    def says(self, data: Frozen, *, subject: str) -> None:
        delay_ms = round(self._chance.between(*self._delay_seconds) * 1000)
        self._last_ms = max(self._last_ms, self._world.now_ms + delay_ms)
        self._said += 1
        kind = kind_of(type(data))
        event = event_class(type(data))(
            id=f"{self._name}.{self._world.run}.{self._said}",
            source=self.source,
            type=kind.type,
            subject=subject,
            time=self._world.moment(self._last_ms),
            region=self._world.agreements.region,
            data=data,
        )
        self._world.publish(self._last_ms, event)
        self._world.said(data)


def urgency(system: UrgencySystem, code: str, **more: object) -> Urgency:
    return Urgency.model_validate({"system": system, "version": VERSIONS[system], "code": code} | more)


def _run_name(region: str, *, seed: int, start_ms: int) -> str:
    """A letter first, so that no name can look like a number of a person or a telephone."""
    return "x" + hashlib.sha256(f"{region}/{seed}/{start_ms}".encode()).hexdigest()[:4]


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
        if not number:
            return digits
