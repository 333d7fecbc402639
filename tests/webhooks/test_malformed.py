"""Bodies made from what the vendors publish by breaking it: nothing but 4xx or a good 200, and nothing half taken.

`SMSWAY_FUZZ_BODIES` is how many for each store, which gets others; 100,000 is the full number.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from smsway.config import load
from smsway.outbox import SqlReports, open_database
from smsway.tracking import MemoryStore, SqliteStore, Tracker
from smsway.webhooks import app

BODIES = int(os.environ.get("SMSWAY_FUZZ_BODIES", "6000"))
SEEDS = {"memory": 2015, "file": 2016, "postgres": 2017}

SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
PHONE = "13788888888"

STATUS = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": PHONE,
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "8:K9McEqvhRnWaNuJxAgo20151017",
}
REPLY = {
    "nationcode": "86",
    "mobile": PHONE,
    "text": "用户回复的内容",
    "sign": "短信签名",
    "time": 1457336869,
    "extend": "扩展码",
}
RECEIPT = {
    "SessionNo": "d0e1f2f7-0fc3-4f4e-9d9c-9f73d0c16c6e",
    "Phone": PHONE,
    "CostCount": 2,
    "ReceiptTime": 1563867000,
    "ReceiptResult": "发送成功",
    "ReceiptCode": "Delivrd",
    "ReceiptDesc": "用户接收成功",
    "UserId": "5f03a35d00ee52a21327-0",
}
UPLINK = {
    "ExtendCode": "12345",
    "UserId": "own",
    "Phone": PHONE,
    "ReplyContent": "好的",
    "ReplyTime": 1573552778,
}
# What the three vendors publish (cloud.tencent.com/document/product/382/5807 and 5809,
# tencentcloud.com/document/product/382/43547, docs.ucloud.cn/usms/api_docs/ret_message).
VALID: dict[str, list[Any]] = {
    "cn": [[STATUS], [STATUS, STATUS | {"report_status": "FAIL", "errmsg": "MK:0001"}], REPLY],
    "world": [[STATUS], [STATUS, STATUS | {"report_status": "FAIL", "errmsg": "MK:0001"}], REPLY],
    "backup": [{"MsgType": 2, "Data": [RECEIPT, RECEIPT]}, {"MsgType": 0, "Data": [UPLINK]}, [RECEIPT], [UPLINK]],
}

# Put in the place of any value; as JSON, for some of it Python would not write.
STRANGE = (
    *("null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 20),
    *("9" * 400, "9" * 5000, "-" + "9" * 30, "1563867000000", "253402300800", "0.1e-400", "00", "0x10", "1_000", "+1"),
    *(
        '""',
        '" "',
        '"\\u0000"',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\ud83d\\ude00"',
        '"😀"',
        '"\\x"',
        '"\u2028"',
        "'x'",
    ),
    *('"+8613788888888"', '"86"', '"\uff19"', '"-1"', '"1e5"', '"2015-13-45 99:99:99"', '"0001-01-01 00:00:00"'),
    *('"9999-12-31 23:59:59"', json.dumps("x" * 3000), "[]", "{}", "[[]]", '{"a":1}', '[{"a":null}]', "[1,2]", ""),
)
SUBSTITUTE = "\ue000"


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name the place of every value within *value*."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, (*at, key))


def put(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """Return *value* with *new* at a place, and the rest as it was."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = put(copy[at[0]], at[1:], new)
    return copy


class Breaker:
    """Breaks bodies, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def body(self, valid: Any) -> bytes:
        """Break *valid* in one to three ways."""
        whole = json.dumps(valid, ensure_ascii=self.random.random() < 0.5).encode()
        way = self.random.choice((self.swapped, self.left_out, self.doubled, self.deepened, self.many, None))
        body = way(valid) if way else whole
        for _ in range(self.random.choice((0, 0, 1, 2)) if way else self.random.choice((1, 1, 2, 3))):
            body = self.random.choice((self.flipped, self.cut, self.spliced, self.inserted, self.encoded))(body)
        return body

    def swapped(self, valid: Any) -> bytes:
        at = self.random.choice(list(paths(valid)))
        text = json.dumps(put(valid, at, SUBSTITUTE), ensure_ascii=False)
        return text.replace(f'"{SUBSTITUTE}"', self.random.choice(STRANGE)).encode("utf-8", "surrogatepass")

    def left_out(self, valid: Any) -> bytes:
        members = [at for at in paths(valid) if at and isinstance(at[-1], str)]
        at = self.random.choice(members)
        text = json.dumps(put(valid, at, SUBSTITUTE))
        key = json.dumps(at[-1])
        name = self.random.choice(('"renamed"', '""', key.upper(), '"__proto__"'))
        return text.replace(f'{key}: "\\ue000"', f"{name}: 1").encode()

    def doubled(self, valid: Any) -> bytes:
        at = self.random.choice([at for at in paths(valid) if at and isinstance(at[-1], str)])
        key = json.dumps(at[-1])
        return json.dumps(valid).replace(f"{key}:", f"{key}: {self.random.choice(STRANGE[:12])}, {key}:", 1).encode()

    def deepened(self, valid: Any) -> bytes:
        levels = self.random.choice((1, 2, 7, 8, 9, 60, 2000, 50_000))
        opening, closing = self.random.choice((("[", "]"), ('{"a":', "}"), ('{"Data":[', "]}")))
        whole = json.dumps(valid) if self.random.random() < 0.5 else "1"
        return (opening * levels + whole + closing * levels * (self.random.random() < 0.8)).encode()

    def many(self, valid: Any) -> bytes:
        items = valid if isinstance(valid, list) else valid.get("Data", [valid])
        times = self.random.choice((0, 0, 3, 1001)) if self.random.random() < 0.1 else self.random.choice((0, 2))
        whole = items * times
        return json.dumps(whole if isinstance(valid, list) else valid | {"Data": whole}).encode()

    def flipped(self, body: bytes) -> bytes:
        broken = bytearray(body)
        for _ in range(self.random.choice((1, 1, 2, 5, 40))):
            if broken:
                broken[self.random.randrange(len(broken))] = self.random.randrange(256)
        return bytes(broken)

    def cut(self, body: bytes) -> bytes:
        start = self.random.choice((0, 0, 0, self.random.randrange(len(body) + 1)))
        return body[start : self.random.randrange(start, len(body) + 1)]

    def spliced(self, body: bytes) -> bytes:
        one, other = sorted(self.random.randrange(len(body) + 1) for _ in range(2))
        return self.random.choice((body[:other] + body[one:], body[:one] + body[other:], body + body[:one]))

    def inserted(self, body: bytes) -> bytes:
        at = self.random.randrange(len(body) + 1)
        what = self.random.choice(
            (b"\0", b'"', b"\\", b"{", b"]", b",", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b" " * 99)
        )
        return body[:at] + what + body[at:]

    def encoded(self, body: bytes) -> bytes:
        text = body.decode(errors="replace")
        return self.random.choice(
            (
                lambda: b"\xef\xbb\xbf" + body,
                lambda: text.encode("utf-16"),
                lambda: text.encode("utf-32-le"),
                lambda: text.encode("gb18030"),
                lambda: gzip.compress(body, 1) if len(body) < 5000 else body,
                lambda: b"data=" + body,
                lambda: b"\r\n".join((b"--x", body, b"--x--")),
            )
        )()

    def headers(self) -> list[tuple[str, str]]:
        """Claim whatever of the body."""
        return self.random.choice(
            (
                [("Content-Type", "application/json")],
                [],
                [("Content-Type", "text/xml; charset=utf-16")],
                [("Content-Type", "multipart/form-data; boundary=x"), ("Content-Encoding", "gzip")],
                [("Content-Type", "\xff\x00"), ("X-Forwarded-For", "\xff"), ("Host", "\xff"), ("Content-Type", "x")],
            )
        )


class Counted(Tracker):
    """A tracker that counts what it was given."""

    given = 0

    def receive(self, items, pull=None):
        numbers = super().receive(items, pull)
        self.given += len(items)
        return numbers


class Holder:
    """What stands for a client."""

    def __init__(self, configuration: Any, tracker: Tracker) -> None:
        self.configuration = configuration
        self.tracker = tracker


@pytest.fixture(params=SEEDS)
def kind(request):
    return request.param


@pytest.fixture
def tracker(kind, tmp_path, request):
    match kind:
        case "memory":
            store = MemoryStore()
        case "file":
            store = SqliteStore(tmp_path / "reports.db")
        case "postgres":
            store = SqlReports(open_database(request.getfixturevalue("migrated_url")))
    made = Counted(store, lambda: 1_573_552_800.0, lambda _: None)
    yield made
    made.close()


@pytest.fixture
def hooks(configuration, tracker):
    accounts = {name: {"secrets": [f"literal:{SECRET}"]} for name in VALID}
    whole = configuration | {"reports": {"store": "memory"}, "webhooks": {"accounts": accounts}}
    return app(Holder(load(whole), tracker))


@pytest.fixture
def records():
    """Hold what is logged, by anybody."""
    kept: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record):
            kept.append(record)

    root, keeper = logging.getLogger(), Keeper()
    root.addHandler(keeper)
    yield kept
    root.removeHandler(keeper)


PHRASES = {HTTPStatus(status).phrase for status in (400, 413)}


@pytest.mark.timeout(600)
def test_whatever_is_posted_is_taken_whole_or_refused_without_a_trace(kind, hooks, tracker, make_call, records):
    caller, breaker, statuses = make_call(hooks), Breaker(SEEDS[kind]), Counter()
    cases = [(account, valid) for account, bodies in VALID.items() for valid in bodies]
    wrong = []

    async def run():
        for number in range(BODIES):
            account, valid = cases[number % len(cases)]
            body, before = breaker.body(valid), tracker.given
            answer = await caller.post(f"/{account}/{SECRET}", body, breaker.headers(), query_string=b"\xff=%ff")
            statuses[answer.status] += 1
            taken = answer.status == 200
            if (
                answer.status not in {200, 400, 413}
                or (not taken and tracker.given != before)
                or (not taken and answer.body.decode() not in PHRASES)
            ):
                wrong.append((number, answer, body[:300]))

    asyncio.run(run())

    assert wrong == []
    assert statuses[400] > BODIES / 2
    assert statuses[200] > BODIES / 100
    assert [record.getMessage() for record in records if record.exc_info or record.levelno > logging.WARNING] == []
    said = " ".join({record.getMessage() for record in records})
    assert not re.search(rf"{PHONE}|{SECRET}|用户|K9McEq|d0e1f2f7", said)


def test_the_valid_bodies_are_taken(hooks, tracker, make_call):
    async def run():
        caller = make_call(hooks)
        return [
            (await caller.post(f"/{account}/{SECRET}", json.dumps(valid).encode())).status
            for account, bodies in VALID.items()
            for valid in bodies
        ]

    assert set(asyncio.run(run())) == {200}
    assert tracker.given == 13
