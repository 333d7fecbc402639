"""Counts requests per second in a Redis server, for several processes and machines together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr
from pyrate_limiter import RedisStateStore, StateStore
from pyrate_limiter.clocks import WallClock

if TYPE_CHECKING:
    from redis import Redis

TIMEOUT = 0.5
"""Seconds that the server may take to connect or to answer; a text should not wait long for a counter."""

PREFIX = "smsway:limit:"
"""What the keys begin with; the account's name follows."""


class _ServerClock(WallClock):
    """The server's own time, for the clocks of several machines differ."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def now(self) -> int:
        """Return it, in milliseconds since the epoch."""
        seconds, microseconds = self._redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


class RedisStores:
    """Makes the stores of one server, which is first asked when the first request goes out."""

    def __init__(self, url: SecretStr) -> None:
        # An extra, which most do without.
        from redis import Redis  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        # Whoever cannot be asked is done without, so nothing is repeated here.
        self._redis = Redis.from_url(
            url.get_secret_value(),
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=[],
        )
        self._clock = _ServerClock(self._redis)

    def __call__(self, name: str) -> StateStore:
        """Return the store of the limit *name*."""
        store = RedisStateStore(self._redis, f"{PREFIX}{name}")
        store.default_clock = self._clock
        return store

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
