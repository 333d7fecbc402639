"""A store in memory: plain dictionaries, and indexes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from threading import Lock
from typing import Generic, TypeVar

from smsway.tracking._records import (
    Key,
    Pull,
    Received,
    ReceivedInbound,
    ReceivedReport,
    Stage,
    Submission,
)
from smsway.tracking._store import LookupKey, Records, Reports, StoreError, Submissions

EntryT = TypeVar("EntryT")
LookupT = TypeVar("LookupT")


class MemoryStore:
    """Keeps everything in this process; what is not pruned stays until it is closed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: _MemoryRecords | None = _MemoryRecords()

    def reading(self) -> AbstractContextManager[Records]:
        """Begin a transaction; see `Store`."""
        return self._transaction()

    def writing(self, *, durable: bool = True) -> AbstractContextManager[Records]:  # noqa: ARG002  # nothing here lasts
        """Begin a transaction; see `Store`. Nothing outlives the process, and nothing that was done is undone."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[Records]:
        with self._lock:
            if self._records is None:
                raise StoreError("the store in memory is closed; open a new client")
            yield self._records

    def take_turn(self, account: str, call: str, seconds: float) -> bool:  # noqa: ARG002  # nobody else has this store
        """Say True; see `Store`."""
        return True

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._records = None


class _Index(Generic[LookupT, EntryT]):
    """Entries by what they are looked up by."""

    def __init__(self) -> None:
        self._entries: dict[tuple[LookupT, LookupKey], dict[EntryT, None]] = {}

    def add(self, entry: EntryT, lookups: Iterable[tuple[LookupT, LookupKey]]) -> None:
        for lookup in lookups:
            self._entries.setdefault(lookup, {})[entry] = None

    def remove(self, entry: EntryT, lookups: Iterable[tuple[LookupT, LookupKey]]) -> None:
        for lookup in lookups:
            entries = self._entries[lookup]
            del entries[entry]
            if not entries:
                del self._entries[lookup]

    def move(
        self, entry: EntryT, before: Sequence[tuple[LookupT, LookupKey]], now: Sequence[tuple[LookupT, LookupKey]]
    ) -> None:
        if before != now:
            self.remove(entry, before)
            self.add(entry, now)

    def find(self, by: LookupT, keys: Iterable[LookupKey]) -> list[EntryT]:
        return [entry for key in keys for entry in self._entries.get((by, key), ())]


class _MemoryRecords:
    def __init__(self) -> None:
        self._submissions: dict[Key, Submission] = {}
        self._pending: dict[Key, None] = {}
        self._index: _Index[Submissions, Key] = _Index()
        self._received: dict[int, Received] = {}
        self._identities: dict[bytes, int] = {}
        self._reports: _Index[Reports, int] = _Index()
        self._untold: dict[int, None] = {}
        self._unmatched: dict[int, None] = {}
        self._pulls: dict[int, Pull] = {}
        self._last = self._last_pull = self._orphans = 0

    def submissions(self, by: Submissions, keys: Iterable[LookupKey]) -> list[Submission]:
        if by is Submissions.PENDING:
            pending = [self._submissions[key] for key in self._pending]
            return [each for (before,) in keys for each in pending if each.started_at < float(before)]
        return [self._submissions[key] for key in self._index.find(by, keys)]

    def begin(self, submissions: Iterable[Submission]) -> None:
        for each in submissions:
            if each.key not in self._submissions:
                self._put(each)

    def change(self, submissions: Iterable[Submission]) -> None:
        for each in submissions:
            old = self._submissions.get(each.key)
            if old is not None:
                self._index.move(each.key, _lookups(old), _lookups(each))
                self._keep(each)

    def _put(self, submission: Submission) -> None:
        self._index.add(submission.key, _lookups(submission))
        self._keep(submission)

    def _keep(self, submission: Submission) -> None:
        key = submission.key
        self._submissions[key] = submission
        if submission.answer is None:
            self._pending[key] = None
        else:
            self._pending.pop(key, None)

    def _drop(self, key: Key) -> None:
        old = self._submissions.pop(key, None)
        if old is not None:
            self._index.remove(key, _lookups(old))
            self._pending.pop(key, None)

    def add(self, received: Sequence[Received]) -> list[int]:
        numbers = []
        for each in received:
            identity = each.identity
            if identity not in self._identities:
                self._last += 1
                self._identities[identity] = self._last
                self._note(replace(each, number=self._last))
                numbers.append(self._last)
        return numbers

    def _note(self, received: Received) -> None:
        number = received.number
        self._received[number] = received
        self._reports.add(number, _report_lookups(received))
        if received.stage < Stage.TOLD:
            self._untold[number] = None
        if isinstance(received, ReceivedReport) and not received.found:
            self._unmatched[number] = None

    def _erase(self, number: int) -> Received:
        received = self._received.pop(number)
        self._reports.remove(number, _report_lookups(received))
        self._untold.pop(number, None)
        self._unmatched.pop(number, None)
        return received

    def received(self, numbers: Iterable[int]) -> list[Received]:
        return [self._received[number] for number in sorted(set(numbers)) if number in self._received]

    def reports(self, by: Reports, keys: Iterable[LookupKey]) -> list[ReceivedReport]:
        if by is Reports.LOOSE:
            return [
                each
                for account, phone, since in keys
                for each in self._found(by, [(account, phone)])
                if each.received_at >= float(since)
            ]
        return self._found(by, keys)

    def _found(self, by: Reports, keys: Iterable[LookupKey]) -> list[ReceivedReport]:
        found = (self._received[number] for number in self._reports.find(by, keys))
        return [each for each in found if isinstance(each, ReceivedReport)]

    def mark(self, received: Iterable[Received]) -> None:
        for each in received:
            if each.number in self._received:
                self._erase(each.number)
                self._note(each)

    def told(self, received: Iterable[Received]) -> None:
        for each in received:
            now = self._received.get(each.number)
            if now is not None and _is_found(now) is _is_found(each):
                self.mark([replace(now, stage=Stage.TOLD)])

    def untold(self, before: float) -> list[int]:
        waiting = sorted((self._received[number] for number in self._untold), key=_age)
        return [each.number for each in waiting if each.received_at < before]

    def unmatched(self) -> list[ReceivedReport]:
        found = sorted((self._received[number] for number in self._unmatched), key=_age, reverse=True)
        return [each for each in found if isinstance(each, ReceivedReport) and each.stage >= Stage.MATCHED]

    def inbound(self, since: float) -> list[ReceivedInbound]:
        found = sorted(self._received.values(), key=_age)
        return [each for each in found if isinstance(each, ReceivedInbound) and each.received_at >= since]

    def keep(self, pull: Pull) -> int:
        if pull.number is None:
            self._last_pull += 1
        number = pull.number or self._last_pull
        self._pulls[number] = replace(pull, number=number)
        return number

    def forget(self, number: int) -> None:
        self._pulls.pop(number, None)

    def kept(self) -> list[Pull]:
        return [self._pulls[number] for number in sorted(self._pulls)]

    def prune(self, before: float, unmatched_before: float, most: int) -> int:  # noqa: ARG002  # nobody waits for long
        old = [key for key, each in self._submissions.items() if each.started_at < before]
        for key in old:
            self._drop(key)
        latest = max(before, unmatched_before)
        told = {n: each for n, each in self._received.items() if each.stage is Stage.TOLD}
        orphans = {n for n in self._unmatched if n in told and told[n].received_at < latest}
        gone = orphans | {n for n, each in told.items() if each.received_at < before}
        for number in gone:
            del self._identities[self._erase(number).identity]
        self._orphans += len(orphans)
        return len(old) + len(gone)

    def orphans(self) -> int:
        return self._orphans


def _age(received: Received) -> tuple[float, int]:
    return received.received_at, received.number


def _is_found(received: Received) -> bool:
    return isinstance(received, ReceivedInbound) or received.found


def _lookups(submission: Submission) -> list[tuple[Submissions, LookupKey]]:
    lookups: list[tuple[Submissions, LookupKey]] = [
        (Submissions.KEY, submission.key),
        (Submissions.RECIPIENT, (submission.phone,)),
    ]
    name = submission.name
    if name:
        lookups.append((Submissions.NAME, name))
    if submission.is_open:
        lookups.append((Submissions.OPEN, submission.line))
    if submission.chain:
        lookups.append((Submissions.CHAIN, (submission.chain, submission.phone)))
    if submission.reference:
        lookups.append((Submissions.REFERENCE, (submission.reference,)))
    message_id = name[2] if name else submission.latest.provider_message_id
    if message_id:
        lookups.append((Submissions.MESSAGE_ID, (message_id,)))
    return lookups


def _report_lookups(received: Received) -> list[tuple[Reports, LookupKey]]:
    if isinstance(received, ReceivedInbound) or received.stage < Stage.MATCHED:
        return []
    lookups: list[tuple[Reports, LookupKey]] = []
    if received.name:
        lookups.append((Reports.NAME, received.name))
    if received.name and received.mention and received.found:
        lookups.append((Reports.NAMING, received.name))
    if received.mention:
        lookups.append((Reports.MENTION, (*received.line, received.mention[0])))
    if received.loose:
        lookups.append((Reports.LOOSE, received.line))
    return lookups
