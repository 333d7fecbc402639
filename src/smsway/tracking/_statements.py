"""The statements with which the records are kept in SQLite: each lookup is a line of a table, and has its index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsway.tracking._rows import PULL, RECEIVED, SUBMISSION
from smsway.tracking._store import Reports, Submissions

VERSION = 1
"""The version of the schema."""

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
    Submissions.OPEN: ("account = {}", "phone = {} and open = 1"),
    Submissions.PENDING: ("answer is null and started_at < {}",),
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
    Reports.LOOSE: ("account = {}", "stage > 0 and loose and phone = {}", "received_at >= {}"),
}

_READ = (*RECEIVED[:-4], RECEIVED[-1])

TURNS = (1, 16, 256)
"""So many keys are looked up by one statement: few statements, so that each is prepared once."""


def _find(table: str, columns: Sequence[str], conditions: Sequence[str]) -> dict[int, str]:
    """Return the statements that look up so many keys at once."""
    names = [f"key{each}" for each in range(len(conditions))]
    fits = " and ".join(condition.format(f"keys.{name}") for condition, name in zip(conditions, names, strict=True))
    places = f"({', '.join('?' * len(names))})"
    return {
        turn: f"with keys ({', '.join(names)}) as (values {', '.join([places] * turn)}) "  # noqa: S608  # nothing but what stands in this module
        f"select {', '.join(columns)} from keys cross join {table} where {fits}"
        for turn in TURNS
    }


FIND_SUBMISSIONS = {by: _find("submissions", SUBMISSION, fits) for by, fits in _SUBMISSIONS.items()}
FIND_REPORTS = {by: _find("received", _READ, fits) for by, fits in _REPORTS.items()}
FIND_RECEIVED = _find("received", _READ, ("number = {}",))


def _select(columns: Sequence[str], table: str, rest: str) -> str:
    return f"select {', '.join(columns)} from {table} {rest}"  # noqa: S608  # as above


UNTOLD = _select(("number",), "received", "where stage < 2 and received_at < ? order by received_at, number")
UNMATCHED = _select(_READ, "received", "where not found and stage > 0 order by received_at desc, number desc")
INBOUND = _select(_READ, "received", "where kind = 1 and received_at >= ? order by received_at, number")
LAST = _select(("coalesce(max(number), 0)",), "received", "")
NEW = _select(("number",), "received", "where number > ? order by number")
KEPT = _select(PULL, "pulls", "order by number")
ORPHANS = _select(("coalesce(sum(value), 0)",), "counts", "where name = 'orphans'")


def _insert(table: str, columns: Sequence[str], conflict: str) -> str:
    places = ", ".join("?" * len(columns))
    return f"insert into {table} ({', '.join(columns)}) values ({places}) on conflict {conflict}"  # noqa: S608  # as above


def _assign(columns: Sequence[str]) -> str:
    return ", ".join(f"{each} = ?" for each in columns)


BEGIN = _insert("submissions", SUBMISSION, "(attempt, phone) do nothing")
CHANGE = f"update submissions set {_assign(SUBMISSION[5:])} where {SUBMISSION[0]} = ? and {SUBMISSION[1]} = ?"  # noqa: S608  # as above
ADD = _insert("received", RECEIVED[1:], "(identity) do nothing")
MARK = "update received set stage = ?, found = ?, changed = ?, loose = ? where number = ?"
TOLD = "update received set stage = 2 where number = ? and found = ?"
KEEP = _insert("pulls", PULL, "(number) do update set answers = excluded.answers")
COUNT_ORPHANS = (
    "insert into counts values ('orphans', ?) on conflict (name) do update set value = value + excluded.value"
)


def _delete(table: str, key: str, old: str) -> str:
    return f"delete from {table} where {key} in (select {key} from {table} where {old} < ? limit ?)"  # noqa: S608  # as above


PRUNE_ORPHANS = _delete("received", "number", "not found and stage = 2 and received_at")
PRUNE_RECEIVED = _delete("received", "number", "found and stage = 2 and received_at")
PRUNE_SUBMISSIONS = _delete("submissions", "rowid", "started_at")
