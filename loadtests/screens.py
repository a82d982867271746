"""A portal on a stack, the followers of it, and how soon they had what stood on Kafka."""

import asyncio
import json
import re
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

from loadtests import rig
from loadtests.followers import Followed, Followers, Frame
from loadtests.onlooker import Latency, Onlooker, latency
from loadtests.rig import LoadTestError
from loadtests.stack import Stack
from spoedplein.clock import SystemClock
from spoedplein.portal.access import Role
from spoedplein.portal.access.oidc import DISCOVERY_PATH
from spoedplein.portal.issuer.granting import Granter
from spoedplein.portal.issuer.keys import signing_key
from spoedplein.portal.issuer.users import User
from spoedplein.settings import Settings
from spoedplein.stack.ports import HOST, claim_port
from spoedplein_schemas.vocabulary import Topic

READY_SECONDS_MAX: Final = 180.0
TOKEN_SECONDS: Final = 3600
_POLL_SECONDS: Final = 0.05
_UNIT: Final = re.compile(rb'"unit":"([^"]+)"')
_NO_LIMIT: Final = "1000000/minute"
#: How a view and a row of a frame are known to be of the same moment.
_SAME: Final = ("unit", "status", "observed_at", "staffed", "reported_free", "free", "held", "promised")


@dataclass(frozen=True, slots=True)
class Delivered:
    """To all followers together; `known_share` of what was shown stood on Kafka as it was shown."""

    followed: Followed
    latency: Latency
    known_share: float


@dataclass(frozen=True, slots=True)
class ShownBy:
    """What the portal spent, and what it delivered where anybody followed."""

    portal_cores: float
    delivered: Delivered | None


class Screens:
    """Issuer, portal and `count` followers; open once each follower knows everything."""

    def __init__(self, stack: Stack, settings: Settings, *, count: int) -> None:
        self._stack = stack
        self._count = count
        self._port = claim_port(None, what="the portal")
        self._settings = settings.model_copy(
            update={
                "portal_port": self._port,
                "portal_url": f"http://{HOST}:{self._port}",
                "portal_streams_max": count + 10,
                "portal_streams_per_address": count + 10,
                "portal_rate_per_user": _NO_LIMIT,
                "portal_rate_per_address": _NO_LIMIT,
                "oidc_issuer": f"http://{HOST}:{claim_port(None, what='the issuer')}",
                "local_stack": True,
                "local_issuer_dir": stack.state / "issuer",
            }
        )
        self._views: list[tuple[float, bytes]] = []
        self._witness = Onlooker(stack.bootstrap, Topic.AVAILABILITY, _UNIT, hears=self._see)
        self._began = (0.0, 0.0)

    async def __aenter__(self) -> Self:
        # A portal that finds no issuer asks again only after oidc_refetch_seconds: it begins when there is one.
        for name, place in (
            ("issuer", self._settings.oidc_issuer + DISCOVERY_PATH),
            ("portal", f"{self._settings.portal_url}/health/ready"),
        ):
            self._stack.start(name, settings=self._settings)
            await self._until_answered(place)
        await self._witness.__aenter__()
        if self._count:
            await self._follow()
        self._began = time.monotonic(), rig.cpu_seconds(self._stack.process("portal").pid)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._witness.__aexit__(kind, error, trace)

    def shown(self) -> ShownBy:
        """Once, while all of it runs still: followers are stopped by it."""
        seconds = time.monotonic() - self._began[0]
        cores = (rig.cpu_seconds(self._stack.process("portal").pid) - self._began[1]) / seconds
        if not self._count:
            return ShownBy(cores, None)
        output = self._stack.output("followers")
        self._stack.stop("followers")
        followed = Followed.model_validate_json(output.read_text(encoding="utf-8").strip().splitlines()[-1])
        with self._frames.open(encoding="utf-8") as lines:
            took, known = deliveries(map(Frame.model_validate_json, lines), self._read())
        return ShownBy(cores, Delivered(followed, took, known))

    @property
    def _frames(self) -> Any:  # noqa: ANN401  a path
        return self._stack.state / "frames.jsonl"

    def _see(self, _unit: str, value: bytes) -> None:
        self._views.append((time.monotonic(), value))

    def _read(self) -> Iterable[tuple[float, Mapping[str, Any]]]:
        return ((at, json.loads(value)) for at, value in self._views)

    async def _follow(self) -> None:
        ready = self._stack.state / "following"
        ready.unlink(missing_ok=True)
        told = Followers(
            host=HOST,
            port=self._port,
            token=self._token(),
            regions=tuple(sorted(self._settings.regions)),
            count=self._count,
            ready=ready,
            frames=self._frames,
        )
        self._stack.start_module("followers", "loadtests.followers", told.model_dump_json())
        await self._until(lambda: asyncio.to_thread(ready.exists), "followers have not had everything")

    def _token(self) -> str:
        assert self._settings.local_issuer_dir is not None, "it was just set"
        granter = Granter(self._settings, signing_key(self._settings.local_issuer_dir), SystemClock())
        user = User("screens", "screens", Role.COORDINATOR, tuple(self._settings.regions))
        return granter.access_token(user, seconds=TOKEN_SECONDS)

    async def _until_answered(self, place: str) -> None:
        async with httpx.AsyncClient() as client:

            async def answered() -> bool:
                try:
                    return (await client.get(place)).is_success
                except httpx.TransportError:
                    return False

            await self._until(answered, f"{place} does not answer well")

    async def _until(self, holds: Any, what: str) -> None:  # noqa: ANN401  an asynchronous condition
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not await holds():
            self._stack.check()
            if time.monotonic() > deadline:
                raise LoadTestError(f"{what} within {READY_SECONDS_MAX:.0f} s")
            await asyncio.sleep(_POLL_SECONDS)


def deliveries(frames: Iterable[Frame], views: Iterable[tuple[float, Mapping[str, Any]]]) -> tuple[Latency, float]:
    """How long each unit's view took from Kafka to each follower, and the share of what was shown that Kafka had.

    `views` come with the moment at which they were read.
    """
    seen: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for at, view in views:
        seen[_moment(str(view["region"]), view)].append(at)
    seconds: list[float] = []
    known = shown = 0
    for frame in frames:
        for unit in frame.units:
            shown += 1
            moments = seen.get(_moment(frame.region, unit), [])
            known += bool(moments)
            for arrival in frame.arrivals if moments else ():
                newest = moments[max(0, bisect_right(moments, arrival) - 1)]
                seconds.append(max(0.0, arrival - newest))
    return latency(seconds), known / shown if shown else 0.0


def _moment(region: str, told: Mapping[str, Any]) -> tuple[object, ...]:
    return region, *(told.get(name) for name in _SAME)
