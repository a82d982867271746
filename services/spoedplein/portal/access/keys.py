"""The issuer's keys as they are now: looked at again in time, when a token names one that is new, and never too often.

A key that the issuer withdrew is gone with the next look. While the issuer does not answer the keys that we have go on
counting, for a time: a night without the issuer is no night without the portal.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, Self

from joserfc import jwk

from spoedplein.clock import Clock
from spoedplein.portal.access.oidc import IssuerAwayError, IssuerClient
from spoedplein.settings import Settings
from spoedplein.telemetry.metrics import Metrics

LOGGER = logging.getLogger(__name__)
_NEVER: Final = -(1 << 62)


class NoKeys:
    """Of a portal to which no issuer was named: no token holds, and what is public is answered."""

    async def __aenter__(self) -> Self:
        LOGGER.warning("no oidc_issuer is set: only the public comes in", extra={"action": "access.no-issuer"})
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to end."""

    async def find(self, _kid: str) -> None:
        return None


class RemoteKeys:
    """What `Verifier` asks. One look at a time, whoever waits for it."""

    def __init__(self, issuer: IssuerClient, settings: Settings, *, clock: Clock, metrics: Metrics) -> None:
        self._issuer = issuer
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._keys: Mapping[str, jwk.Key] = {}
        self._seen_ms = _NEVER
        self._tried_ms = _NEVER
        self._looking: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> jwk.Key | None:
        """The key, or None when the issuer has none by that id; IssuerAwayError when that cannot be known."""
        if self._age_seconds() > self._settings.oidc_keys_stale_seconds:
            self._keys = {}
        key = self._keys.get(kid)
        if key is not None:
            if self._age_seconds() > self._settings.oidc_keys_seconds:
                self._look()  # Nobody waits for it: this key counted a moment ago.
            return key
        await asyncio.shield(self._look())
        if not self._keys:
            raise IssuerAwayError("The issuer's keys cannot be had, so no token can be held against them.")
        return self._keys.get(kid)

    async def __aenter__(self) -> Self:
        self._look()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _look(self) -> "asyncio.Future[None]":
        """The look that is under way, a new one, or none when the last was only just."""
        if self._looking is not None and not self._looking.done():
            return self._looking
        if self._clock.now_ms() - self._tried_ms < self._settings.oidc_refetch_seconds * 1000:
            nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            nothing.set_result(None)
            return nothing
        self._tried_ms = self._clock.now_ms()
        self._looking = asyncio.create_task(self._fetch())
        return self._looking

    async def _fetch(self) -> None:
        try:
            self._keys = await self._issuer.keys()
        except IssuerAwayError as error:
            self._issuer.forget()
            self._metrics.issuer_failures.inc()
            LOGGER.warning("the issuer's keys were not had: %s", error, extra={"action": "access.issuer-away"})
            return
        self._seen_ms = self._clock.now_ms()
        LOGGER.debug("the issuer has %d keys", len(self._keys), extra={"action": "access.keys"})

    def _age_seconds(self) -> float:
        return (self._clock.now_ms() - self._seen_ms) / 1000
