"""Packs the recipients of many messages into full batches, in constant memory and without keeping anybody waiting."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from smsway._desk import Desk
from smsway.model import InvalidMessage, Message, Outcome, OutcomeSettled, Reason, Status
from smsway.routing import Account, Journey, Shipment, filled, pack_alike

OPEN = 2_000
"""Recipients that wait for their batch to fill, at most."""

LINGER = 0.5
"""Seconds that a recipient waits for its batch to fill, at most; half of its message's `within` if that is less."""


@dataclass(slots=True)
class _Bin:
    """A batch that is not full; *due* is when it is shipped all the same, on the engine's monotonic clock."""

    account: Account
    due: float
    journeys: list[Journey] = field(default_factory=list)


@dataclass(slots=True)
class Packer:
    """Collects recipients until a batch is full, or has waited long enough."""

    desk: Desk
    _number: int = 0
    _waiting: int = 0
    _bins: dict[tuple[str, Hashable], _Bin] = field(default_factory=dict)
    _next_due: float = float("inf")

    def add(self, message: Message) -> tuple[list[Shipment], list[Outcome]]:
        """Take *message*; return the shipments that are ready and the outcomes that are settled already."""
        number, self._number = self._number, self._number + 1
        try:
            journeys, settled = self.desk.start(message, number)
        except InvalidMessage as invalid:
            return self.due(), self._refuse(message, number, invalid)
        going = [journey for journey in journeys if journey.outcome is None] if settled else journeys
        ready: list[Shipment] = []
        for account, alike in self.desk.engine.assign(going):
            if account is None:
                settled += self._settle(alike)
            else:
                ready += self._put(alike, account)
        while self._waiting > OPEN:
            ready += self._ship(next(iter(self._bins)))
        return [*ready, *self.due()], [self.desk.outcome(journey) for journey in settled]

    def _settle(self, journeys: list[Journey]) -> list[Journey]:
        for journey in journeys:
            self.desk.engine.settle(journey)
        self.desk.tell(journeys)
        return journeys

    def _put(self, journeys: list[Journey], account: Account) -> list[Shipment]:
        """Put recipients of one message into bins; return what is full."""
        ready: list[Shipment] = []
        message = journeys[0].envelope.message
        for shared, alike in filled(journeys, account, self.desk.engine.fill):
            key = (account.name, shared)
            bin_ = self._bins.get(key) or self._open(key, account, message)
            bin_.journeys += alike
            self._waiting += len(alike)
            if len(bin_.journeys) >= account.max_batch:
                ready += self._ship_full(key, message)
        return ready

    def _open(self, key: tuple[str, Hashable], account: Account, message: Message) -> _Bin:
        linger = LINGER if message.within is None else min(LINGER, message.within / 2)
        bin_ = self._bins[key] = _Bin(account, self.desk.clock.monotonic() + linger)
        self._next_due = min(self._next_due, bin_.due)
        return bin_

    def _ship_full(self, key: tuple[str, Hashable], message: Message) -> list[Shipment]:
        """Ship the full batches of a bin; what is left over is of *message* and waits anew."""
        bin_ = self._bins[key]
        over = len(bin_.journeys) % bin_.account.max_batch
        if over:
            rest = bin_.journeys[-over:]
            del bin_.journeys[-over:]
            self._waiting -= over
        ready = self._ship(key)
        if over:
            self._open(key, bin_.account, message).journeys += rest
            self._waiting += over
        return ready

    def _ship(self, key: tuple[str, Hashable]) -> list[Shipment]:
        bin_ = self._bins.pop(key)
        self._waiting -= len(bin_.journeys)
        return pack_alike(bin_.journeys, bin_.account)

    @property
    def patience(self) -> float | None:
        """Seconds until a batch has waited long enough; `None` if none waits."""
        return max(self._next_due - self.desk.clock.monotonic(), 0.0) if self._bins else None

    def due(self) -> list[Shipment]:
        """Return the shipments that have waited long enough."""
        now = self.desk.clock.monotonic()
        if now < self._next_due:
            return []
        ready = self._ship_all([key for key, bin_ in self._bins.items() if bin_.due <= now])
        self._next_due = min((bin_.due for bin_ in self._bins.values()), default=float("inf"))
        return ready

    def flush(self) -> list[Shipment]:
        """Return what is left, full or not."""
        return self._ship_all(list(self._bins))

    def _ship_all(self, keys: Iterable[tuple[str, Hashable]]) -> list[Shipment]:
        return [shipment for key in keys for shipment in self._ship(key)]

    def _refuse(self, message: Message, number: int, invalid: InvalidMessage) -> list[Outcome]:
        """Settle every recipient of a message that is not valid, each with its own problem if it has one."""
        others = f"{len(invalid.problems)} problems, first: {invalid.problems[0]}"
        own = {problem.where.partition(".")[0]: problem.what for problem in invalid.problems}
        outcomes = []
        for index, recipient in enumerate(message.to):
            detail = own.get(f"to[{index}]", others)
            phone = str(getattr(recipient, "phone", ""))
            reference = getattr(recipient, "reference", None) or message.reference
            outcome = Outcome(phone, Status.NOT_SENT, None, Reason.INVALID_MESSAGE, None, detail, reference=reference)
            self.desk.record(OutcomeSettled((number, index), outcome))
            outcomes.append(outcome)
        return outcomes
