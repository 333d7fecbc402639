"""The statements with which the records are kept in a database: each lookup is a line of a table, and has its index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smsway.tracking._rows import PULL, RECEIVED, SUBMISSION
from smsway.tracking._store import Reports, Submissions

VERSION = 1
"""The version of the schema in a file of SQLite."""

SCHEMA = """
create table submissions (
    attempt text not null, phone text not null, account text not null, started_at real not null,
    reference text, chain text, open integer not null, message_id text,
    answer text, answer_source integer, answer_reason text, answer_code text, answer_detail text,
    latest text, latest_source integer, latest_reason text, latest_code text, latest_detail text,
    reported_id text, reported_at real,
    unique (attempt, phone)
);
create index submissions_by_name on submissions (message_id, phone) where message_id is not null;
create index submissions_by_report on submissions (reported_id) where reported_id is not null;
create index submissions_by_phone on submissions (phone, open, account);
create index submissions_pending on submissions (started_at) where answer is null;
create index submissions_by_chain on submissions (chain, phone) where chain is not null;
create index submissions_by_reference on submissions (reference) where reference is not null;
create index submissions_by_start on submissions (started_at);

create table received (
    number integer primary key autoincrement,
    kind integer not null, account text not null, phone text not null, received_at real not null,
    stage integer not null, found integer not null, changed integer not null, loose integer not null,
    identity blob not null unique, message_id text, attempt text, content text not null
);
create index received_by_name on received (message_id, phone) where message_id is not null;
create index received_by_attempt on received (attempt, phone) where attempt is not null;
create index received_naming on received (message_id, phone) where found and attempt is not null;
create index received_loose on received (phone, account, received_at) where loose;
create index received_untold on received (received_at) where stage < 2;
create index received_unmatched on received (received_at) where not found;
create index received_inbound on received (received_at) where kind = 1;
create index received_by_time on received (received_at);

create table pulls (
    number integer primary key autoincrement,
    account text not null, call text not null, now real not null, nonce text not null, most integer not null,
    answers text not null
);

create table counts (name text primary key, value integer not null);
"""

_SUBMISSIONS: Mapping[Submissions, tuple[str, ...]] = {
    Submissions.KEY: ("attempt = {}", "phone = {}"),
    Submissions.NAME: ("account = {}", "phone = {}", "message_id = {}"),
    Submissions.OPEN: ("account = {}", "phone = {} and open = true"),
    Submissions.PENDING: ("answer is null and started_at < cast({} as double precision)",),
    Submissions.CHAIN: ("chain = {}", "phone = {}"),
    Submissions.REFERENCE: ("reference = {}",),
    Submissions.RECIPIENT: ("phone = {}",),
    Submissions.MESSAGE_ID: ("(message_id = {0} or reported_id = {0} and message_id is null)",),
}
"""For each lookup, what each part of a key has to fit."""

_REPORTS: Mapping[Reports, tuple[str, ...]] = {
    Reports.NAME: ("account = {}", "phone = {}", "stage > 0 and message_id = {}"),
    Reports.MENTION: ("account = {}", "phone = {}", "stage > 0 and attempt = {}"),
    Reports.NAMING: ("account = {}", "phone = {}", "stage > 0 and found and attempt is not null and message_id = {}"),
    Reports.LOOSE: (
        "account = {}",
        "stage > 0 and loose and phone = {}",
        "received_at >= cast({} as double precision)",
    ),
}

_READ = (*RECEIVED[:-4], RECEIVED[-1])


@dataclass(frozen=True, slots=True)
class Lookup:
    """A statement that lacks the table of its keys, which has the columns *names*."""

    names: tuple[str, ...]
    text: str

    def by(self, keys: str) -> str:
        """Return the statement with the query *keys* as its table of keys."""
        return f"with keys ({', '.join(self.names)}) as ({keys}) {self.text}"


def _find(table: str, columns: Sequence[str], conditions: Sequence[str]) -> Lookup:
    names = tuple(f"key{each}" for each in range(len(conditions)))
    fits = " and ".join(condition.format(f"keys.{name}") for condition, name in zip(conditions, names, strict=True))
    return Lookup(names, _select(columns, f"keys cross join {table}", f"where {fits}"))


def _select(columns: Sequence[str], table: str, rest: str) -> str:
    return f"select {', '.join(columns)} from {table} {rest}"  # noqa: S608  # nothing but what stands in this module


class Statements:
    """The statements that are the same in SQLite and PostgreSQL.

    The names of the tables begin with *prefix*, and *value* stands where a value goes.
    """

    def __init__(self, prefix: str, value: str) -> None:
        self.table_of_submissions, self.table_of_received, self.table_of_pulls, counts = (
            f"{prefix}{table}" for table in ("submissions", "received", "pulls", "counts")
        )
        submissions, received, pulls = self.table_of_submissions, self.table_of_received, self.table_of_pulls
        self.find_submissions = {by: _find(submissions, SUBMISSION, fits) for by, fits in _SUBMISSIONS.items()}
        self.find_reports = {by: _find(received, _READ, fits) for by, fits in _REPORTS.items()}
        self.find_received = _find(received, _READ, ("number = cast({} as bigint)",))
        self.untold = _select(
            ("number",), received, f"where stage < 2 and received_at < {value} order by received_at, number"
        )
        self.unmatched = _select(
            _READ, received, "where not found and stage > 0 order by received_at desc, number desc"
        )
        self.inbound = _select(
            _READ, received, f"where kind = 1 and received_at >= {value} order by received_at, number"
        )
        self.kept = _select(PULL, pulls, "order by number")
        self.forget = f"delete from {pulls} where number = {value}"  # noqa: S608  # as above
        self.orphans = _select(("coalesce(sum(value), 0)",), counts, "where name = 'orphans'")
        self.count_orphans = (
            f"insert into {counts} (name, value) values ('orphans', {value}) "  # noqa: S608  # as above
            f"on conflict (name) do update set value = {counts}.value + excluded.value"
        )

        def prune(table: str, key: str, old: str) -> str:
            some = _select((key,), table, f"where {old} < {value} limit {value}")
            return f"delete from {table} where ({key}) in ({some})"  # noqa: S608  # as above

        self.prune_orphans = prune(received, "number", "not found and stage = 2 and received_at")
        self.prune_received = prune(received, "number", "found and stage = 2 and received_at")
        self.prune_submissions = prune(submissions, "attempt, phone", "started_at")


class SqliteStatements(Statements):
    """Those of SQLite, over tables whose names begin with *prefix*."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix, "?")
        submissions, received = self.table_of_submissions, self.table_of_received
        self.begin = _insert(submissions, SUBMISSION, "(attempt, phone) do nothing")
        self.change = f"update {submissions} set {_assign(SUBMISSION[5:])} where attempt = ? and phone = ?"  # noqa: S608  # as above
        self.last = _select(("coalesce(max(number), 0)",), received, "")
        self.add = _insert(received, RECEIVED[1:], "(identity) do nothing")
        self.new = _select(("number",), received, "where number > ? order by number")
        self.mark = f"update {received} set stage = ?, found = ?, changed = ?, loose = ? where number = ?"  # noqa: S608  # as above
        self.told = f"update {received} set stage = 2 where number = ? and found = ?"  # noqa: S608  # as above
        self.keep = _insert(self.table_of_pulls, PULL, "(number) do update set answers = excluded.answers")


def _insert(table: str, columns: Sequence[str], conflict: str) -> str:
    places = ", ".join("?" * len(columns))
    return f"insert into {table} ({', '.join(columns)}) values ({places}) on conflict {conflict}"  # noqa: S608  # as above


def _assign(columns: Sequence[str]) -> str:
    return ", ".join(f"{each} = ?" for each in columns)
