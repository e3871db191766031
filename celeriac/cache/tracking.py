"""Hearing of every change: one connection on which Redis tells of each key of ours that is written, dropped or expires.

CLIENT TRACKING in broadcasting mode, for the prefixes in use: the server keeps no list of who read what, a write costs
it 0.2 µs more, and a reader learns of it within a tenth of a millisecond. Redis 6 and Valkey have it; no other command
of the cache depends on it, and where a server has it not, values are kept for `bound_s` only.
https://redis.io/docs/latest/develop/reference/client-side-caching/
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError, ResponseError

from celeriac.cache.links import Port
from celeriac.cache.runners import Runner
from celeriac.cache.tier import Tier

logger = logging.getLogger("celeriac.cache")

CHANNEL = "__redis__:invalidate"
BEATS = 4
"""Signs of life within `bound_s`: one may come late."""


class Tracking:
    """Follows one server's changes into a tier."""

    def __init__(
        self,
        runner: Runner,
        tier: Tier,
        port: Callable[[], Port | None],
        prefixes: Callable[[], list[str]],
        bound_s: float,
    ) -> None:
        self._runner = runner
        self._tier = tier
        self._port = port
        self._prefixes = prefixes
        self._bound_s = bound_s
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child or another event loop."""
        self.idle = True
        self._stopped: Any = None

    def start(self) -> None:
        """Start unless it runs, or there is nothing to follow."""
        if self.idle:
            self.idle = False
            stopped = self._stopped = self._runner.event()
            self._runner.spawn("celeriac-cache-tracking", lambda: self._follow(stopped))

    def stop(self) -> None:
        """Let it end; the next use starts it again."""
        if self._stopped is not None:
            self._stopped.set()
            self._stopped, self.idle = None, True
            self._tier.flush()

    async def _follow(self, stopped: Any) -> None:
        while not stopped.is_set():
            port = self._port()
            if port is None:
                return
            try:
                await self._session(port, stopped)
            except ResponseError as refusal:
                logger.warning("Redis tells of no changes (%s); the local tier keeps values briefly", refusal)
                return
            except (RedisError, OSError):
                pass  # the cache's own commands say what is wrong; here only trust is lost
            finally:
                self._tier.flush()
                await port.close()
            await self._runner.wait(stopped, self._bound_s / BEATS)

    async def _session(self, port: Port, stopped: Any) -> None:
        prefixes = self._prefixes()
        await port.open()
        number = await self._asked(port, "CLIENT", "ID")
        words = [word for prefix in prefixes for word in ("PREFIX", prefix)]
        await self._asked(port, "CLIENT", "TRACKING", "ON", "REDIRECT", number, "BCAST", *words)
        await self._asked(port, "SUBSCRIBE", CHANNEL)
        self._tier.flush()  # what was read before this moment may have changed unheard
        while not stopped.is_set() and prefixes == self._prefixes():
            beat_s = time.monotonic()
            await port.send("PING")
            await self._hear(port, beat_s + self._bound_s, until_pong=True)
            # Redis answers in order: with the answer, all that was changed before the question has been heard of.
            self._tier.lease_until_s = beat_s + self._bound_s
            await self._hear(port, beat_s + self._bound_s / BEATS, until_pong=False)

    async def _asked(self, port: Port, *words: str | int) -> Any:
        await port.send(*words)
        answer = await port.receive(self._bound_s)
        if answer is None:
            raise TimeoutError
        return answer

    async def _hear(self, port: Port, until_s: float, *, until_pong: bool) -> None:
        while (left_s := until_s - time.monotonic()) > 0:
            message = await port.receive(left_s)
            if message is None:
                continue
            if message[0] == b"message":
                self._heard(message[2])
            elif until_pong:
                return
        if until_pong:
            raise TimeoutError

    def _heard(self, keys: list[bytes] | None) -> None:
        if keys is None:  # FLUSHALL, FLUSHDB
            self._tier.drop_all()
        else:
            self._tier.drop([key.decode("utf-8", "surrogatepass") for key in keys])
