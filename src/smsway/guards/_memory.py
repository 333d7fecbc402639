"""Remembers in this process: for one process alone, until it ends."""

from __future__ import annotations

import secrets
from collections import ChainMap
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from functools import partial
from threading import Lock
from typing import TypeVar

from smsway.guards._sliding import Ask, Counted, Party, admit
from smsway.guards._store import OptOut

T = TypeVar("T")

TIDY = 60.0
"""Seconds after which what matters no more is thrown away."""


class MemoryGuards:
    """Keeps everything in dictionaries."""

    waits = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: dict[bytes, Counted] = {}
        self._optouts: dict[bytes, dict[str, OptOut]] = {}
        self._tidied = 0.0

    def key(self, given: bytes | None) -> bytes:
        """Return the key; see `GuardStore`."""
        return given or secrets.token_bytes(32)

    def admit(self, parties: Sequence[Party], now: float, *, dry: bool = False) -> list[list[Ask]]:
        """Count *parties*; see `GuardStore`."""
        if not dry:
            return self.change((), partial(admit, parties, now=now), now)
        with self._lock:
            return admit(parties, ChainMap({}, self._counted), now)

    def known(self, keys: Collection[bytes]) -> Mapping[bytes, Counted]:
        """Return what is kept; see `GuardStore`."""
        with self._lock:
            return {key: found for key in keys if (found := self._counted.get(key)) is not None}

    def change(
        self,
        keys: Collection[bytes],  # noqa: ARG002  # all of it is there
        work: Callable[[MutableMapping[bytes, Counted]], T],
        now: float,
    ) -> T:
        """Let *work* change what is kept; see `GuardStore`."""
        with self._lock:
            if now > self._tidied + TIDY:
                self._tidied = now
                self._counted = {key: each for key, each in self._counted.items() if each.until > now}
            return work(self._counted)

    def opted_out(self, phones: Collection[bytes]) -> Mapping[bytes, Sequence[OptOut]]:
        """Return opt-outs; see `GuardStore`."""
        with self._lock:
            return {phone: [*found.values()] for phone in phones if (found := self._optouts.get(phone))}

    def opt_out(self, phones: Sequence[bytes], what: OptOut) -> int:
        """Add opt-outs; see `GuardStore`."""
        with self._lock:
            new = [phone for phone in dict.fromkeys(phones) if what.scope not in self._optouts.get(phone, {})]
            for phone in new:
                self._optouts.setdefault(phone, {})[what.scope] = what
            return len(new)

    def opt_in(self, phone: bytes, scope: str | None) -> int:
        """Remove opt-outs; see `GuardStore`."""
        with self._lock:
            found = self._optouts.get(phone, {})
            gone = [each for each in found if scope is None or each == scope]
            for each in gone:
                del found[each]
            return len(gone)

    def close(self) -> None:
        """Do nothing: what is here goes with its process."""
