"""Stands in for phones and callers: a keyed hash, so that what is remembered names nobody."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

SIZE = 16
"""Bytes of an alias."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """Makes aliases under one *key*. Without the key, nobody can find out by trying which phone has which."""

    key: bytes = field(repr=False)

    def __call__(self, *parts: str) -> bytes:
        """Return what stands for *parts*, the same for the same."""
        return hmac.digest(self.key, "\0".join(parts).encode(), "sha256")[:SIZE]

    @property
    def print(self) -> bytes:
        """What tells this key from another one, and does not tell the key."""
        return self("the key itself")
