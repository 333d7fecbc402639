"""What the tests of the tracker share: a clock that is set by hand, and words for what happens to a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from smsway.model import (
    Attempt,
    AttemptFinished,
    AttemptStarted,
    Certainty,
    Delivery,
    Inbound,
    InboundReceived,
    Outcome,
    OutcomeSettled,
    Reason,
    Report,
    ReportReceived,
    Status,
)
from smsway.outbox import SqlReports, open_database
from smsway.outbox._reports_tables import metadata
from smsway.tracking import MemoryStore, SqliteStore, Store, Tracker

PHONE = "+8613700000001"
BEGAN = 1_700_000_000.0


@dataclass
class Desk:
    """A tracker, the time, and what was told; *name* fills a word up to an attempt's 20 digits."""

    store: Store
    now: float = BEGAN
    told: list[ReportReceived | InboundReceived] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.store, lambda: self.now, self.told.append)

    @staticmethod
    def name(attempt: str) -> str:
        return f"{attempt:0>20}"

    def start(
        self, attempt: str, *phones: str, account: str = "cn", references: Sequence[str | None] = (), ago: float = 0
    ) -> None:
        """Begin an attempt, *ago* seconds ago."""
        recipients = phones or (PHONE,)
        keys = tuple((0, index) for index in range(len(recipients)))
        began = self.now - ago
        event = AttemptStarted(self.name(attempt), account, keys, began, tuple(recipients), tuple(references))
        self.tracker.record(event)

    def finish(
        self,
        attempt: str,
        status: Status,
        phone: str = PHONE,
        *,
        message_id: str | None = None,
        reason: Reason | None = None,
        detail: str | None = None,
    ) -> None:
        """Note the answer to an attempt with one recipient; it is buffered."""
        outcome = Outcome(phone, status, None, reason, None, detail, message_id)
        event = AttemptFinished(self.name(attempt), "cn", 1, 0, 0, 0, 0, (), 0.1, [outcome])
        self.tracker.record(event)

    def settle(self, *attempts: str, phone: str = PHONE) -> None:
        """Note that these attempts were of one recipient of one message."""
        tries = tuple(Attempt("cn", Certainty.MAYBE_SENT, reference=self.name(each)) for each in attempts)
        self.tracker.record(OutcomeSettled((0, 0), Outcome(phone, Status.UNKNOWN, attempts=tries)))

    def sent(self, attempt: str, message_id: str, phone: str = PHONE, account: str = "cn") -> None:
        """Begin an attempt, and have it accepted."""
        self.start(attempt, phone, account=account)
        self.finish(attempt, Status.ACCEPTED, phone, message_id=message_id)
        self.tracker.flush()

    def in_doubt(self, attempt: str, phone: str = PHONE, account: str = "cn") -> None:
        """Begin an attempt that gets no answer."""
        self.start(attempt, phone, account=account)
        self.finish(attempt, Status.UNKNOWN, phone, reason=Reason.NO_ANSWER)
        self.tracker.flush()

    @staticmethod
    def report(
        message_id: str | None = None,
        delivery: Delivery = Delivery.DELIVERED,
        *,
        phone: str = PHONE,
        account: str | None = "cn",
        reference: str | None = None,
        at: float | None = None,
        code: str | None = None,
    ) -> Report:
        """Make a report."""
        return Report(
            recipient=phone,
            delivery=delivery,
            provider_message_id=message_id,
            reference=reference,
            code=code,
            at=at,
            account=account,
            raw={"mobile": phone[3:], "sid": message_id},
        )

    def take(self, *items: Report | Inbound) -> list[ReportReceived | InboundReceived]:
        """Receive each item on its own, and process them all."""
        numbers: list[int] = []
        for item in items:
            numbers += self.tracker.receive([item]) if isinstance(item, Report) else self.tracker.receive([item])  # noqa: RUF034  # the two differ in type
        return self.tracker.process(numbers)

    def delivery(self, attempt: str, phone: str = PHONE) -> Delivery | None:
        """Tell what one recipient of an attempt has come to."""
        tracked = self.tracker.progress(self.name(attempt), phone)
        return tracked.delivery if tracked else None


@pytest.fixture(scope="session")
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return what makes the tables of an outbox in a database of a kind, once, and empties them from then on."""
    urls: dict[str, str] = {}

    def empty(kind: str) -> str:
        if kind not in urls:
            file = tmp_path_factory.mktemp("outbox") / "outbox.db"
            urls[kind] = (
                request.getfixturevalue("postgres").create("reports") if kind == "postgres" else f"sqlite:///{file}"
            )
        database = open_database(urls[kind])
        database.migrate()
        with database.engine.begin() as connection:
            for table in metadata.sorted_tables:
                connection.execute(table.delete())
        database.close()
        return urls[kind]

    return empty


@pytest.fixture(params=["memory", "sqlite", "outbox", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return each kind of store in turn; all have to behave alike."""
    made: Store
    match request.param:
        case "memory":
            made = MemoryStore()
        case "sqlite":
            made = SqliteStore(tmp_path / "tracking.db")
        case kind:
            made = SqlReports(open_database(request.getfixturevalue("tables")(kind)))
    yield made
    made.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    """Return a tracker over each kind of store, with its clock."""
    return Desk(store)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a store can be made."""
    return tmp_path / "tracking.db"


@pytest.fixture(scope="session")
def desks() -> type[Desk]:
    """Return how to make a tracker over a store of the test's own."""
    return Desk
