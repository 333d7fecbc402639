"""Answers as a vendor gave them, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smsway.model import Batch, Response, Stamp
from smsway.provider import Exchange
from smsway.testing._cast import frozen_stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One recorded conversation: what is asked, the vendor's *answers* in order, and what the provider makes of them.

    *source* is the page or the day that it comes from. What is asked is *batch*, or else *call*, which is given the
    provider and the stamp and begins an exchange. Of a batch, *statuses* are those of its outcomes, in its order, such
    as `["accepted", "rejected"]`, and *codes* the vendor's codes that they keep, where these are given.
    """

    name: str
    source: str
    answers: Sequence[Response | bytes] = field(repr=False)
    batch: Batch | None = None
    call: Callable[[Any, Stamp], Exchange[Any]] | None = None
    statuses: Sequence[str] = ()
    codes: Sequence[str | None] | None = None
    stamp: Stamp = field(default_factory=frozen_stamp)

    @property
    def responses(self) -> list[Response]:
        """The answers, of which plain bytes came with status 200 on a connection of their own."""
        return [Response(200, each) if isinstance(each, bytes) else each for each in self.answers]

    def begin(self, provider: Any) -> Exchange[Any]:
        """Begin the exchange."""
        if self.batch is not None:
            exchange: Exchange[Any] = provider.submit(self.batch, self.stamp)
            return exchange
        if self.call is None:
            raise AssertionError(f"sample {self.name!r} has neither a batch nor a call")
        return self.call(provider, self.stamp)
