"""A recipient on its way: what it shall be told, where that may go, and what has happened so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smsway.model import Attempt, Filled, Message, Outcome, Phone
from smsway.routing._account import Account
from smsway.routing._rules import Route
from smsway.routing._strategies import Turns
from smsway.routing._ways import Ways


@dataclass(slots=True, eq=False)
class Envelope:
    """What the recipients of one message share.

    *number* counts the messages of one call. *options* are the validated extras per provider. *expires* is on the
    engine's monotonic clock, in seconds. *filled* keeps the content per account for recipients without params of
    their own, and *ways* the routes per place that rules tell apart. *turns* are those that a dry run takes instead of
    the router's.
    """

    number: int
    message: Message
    template: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    expires: float | None = None
    filled: dict[str, Filled] = field(default_factory=dict)
    segments: dict[tuple[str, str], int | None] = field(default_factory=dict)
    ways: dict[str, Ways] = field(default_factory=dict)
    turns: Turns | None = None


@dataclass(slots=True, eq=False)
class Setbacks:
    """What has come between a recipient and its text so far.

    *tries* counts those at the account that is asked next. *doubts* counts attempts that may have sent. *vain* and
    *risked* count those of this delivery only: that certainly did not send, and that may have, whatever was learned of
    them later. *yielded* is True once it has left an account that was only busy. *toll* is what its next submission
    costs of the retry budget. *until* is when a veto ends by itself that has settled it, in seconds since the epoch.
    *refusal* is the last one, and *doubt* the first outcome that may have been sent.
    """

    tries: int = 0
    doubts: int = 0
    vain: int = 0
    risked: int = 0
    yielded: bool = False
    toll: int = 0
    until: float | None = None
    refusal: Outcome | None = None
    doubt: Outcome | None = None


@dataclass(slots=True, eq=False)
class Journey:
    """The state of one recipient between `send` and its outcome.

    *index* is its position in `Message.to`. *params* are its own merged params, `None` if it has only the message's.
    *candidates* are the accounts it may still go to, the best first.
    """

    envelope: Envelope
    index: int
    phone: Phone
    country: str
    params: Mapping[str, str] | None = None
    reference: str | None = None
    route: Route | None = None
    candidates: tuple[Account, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    content: Filled | None = None
    attempts: tuple[Attempt, ...] = ()
    outcome: Outcome | None = None
    _setbacks: Setbacks | None = None

    @property
    def setbacks(self) -> Setbacks:
        """What has come between; most journeys know nothing of it, and so it is made where it is first asked for."""
        if self._setbacks is None:
            self._setbacks = Setbacks()
        return self._setbacks

    @property
    def doubts(self) -> int:
        """How many attempts may have sent."""
        return 0 if self._setbacks is None else self._setbacks.doubts

    @property
    def key(self) -> tuple[int, int]:
        """Which recipient it is: the number of the message in the call, and the position in `Message.to`."""
        return self.envelope.number, self.index

    def __repr__(self) -> str:
        return f"Journey({self.phone!r}, {len(self.attempts)} attempts)"
