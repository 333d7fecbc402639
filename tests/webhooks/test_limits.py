"""What a callback may not be: too long, too slow, too deep, too many, or anything but what its vendor posts."""

import asyncio
import gzip

import pytest

from smsway.webhooks import app


def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_too_large(source, post, secrets, make_reports):
    body = make_reports("+8613700000001")
    source["webhooks"]["body_limit"] = len(body)

    assert post(f"/toy/{secrets[0]}", body).status == 200
    assert post(f"/toy/{secrets[0]}", body, [("Content-Length", str(len(body)))]).status == 200
    assert post(f"/toy/{secrets[0]}", body + b" ").status == 413
    assert post(f"/toy/{secrets[0]}", [body, b" "]).status == 413


@pytest.mark.parametrize("length", ["262145", "9" * 5000, "00000000000262145"])
def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read(post, secrets, length):
    async def receive():
        raise AssertionError("read")

    answer = post(f"/toy/{secrets[0]}", headers=[("Content-Length", length)], receive=receive)

    assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_http_2_is_not_told_to_close(post, secrets):
    answer = post(f"/toy/{secrets[0]}", headers=[("Content-Length", "262145")], http_version="2")

    assert answer.status == 413
    assert "connection" not in answer.headers


@pytest.mark.parametrize("length", ["", "-1", "x", "1.5", "²", "1, 1"])
def test_a_length_that_is_no_number_is_malformed(post, secrets, length):
    assert post(f"/toy/{secrets[0]}", headers=[("Content-Length", length)]).status == 400


def test_a_body_that_does_not_come_is_given_up(source, post, secrets, notebook):
    source["webhooks"]["read_timeout"] = 0.05

    async def receive():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    answer = post(f"/toy/{secrets[0]}", receive=receive)

    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert notebook.received == []


def test_a_caller_that_leaves_is_no_error(post, secrets, notebook, caplog):
    events = [
        {"type": "http.request", "body": b"[", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return events.pop(0)

    assert post(f"/toy/{secrets[0]}", receive=receive).status == 400
    assert notebook.received == []
    assert not [record for record in caplog.records if record.exc_info]


def test_items_at_the_limit_are_taken_and_one_more_is_too_many(source, post, secrets, notebook, make_reports):
    source["webhooks"]["item_limit"] = 3
    phones = [f"+861370000000{index}" for index in range(4)]

    assert post(f"/toy/{secrets[0]}", make_reports(*phones[:3])).status == 200
    assert post(f"/toy/{secrets[0]}", make_reports(*phones)).status == 400
    assert len(notebook.items) == 3


def test_items_beyond_the_limit_are_not_even_read(source, make_holder, make_call, secrets, make_reports):
    source["webhooks"]["item_limit"] = 3
    holder = make_holder(source)

    body = make_reports(*["+8613700000001"] * 4)
    answer = asyncio.run(make_call(app(holder)).post(f"/toy/{secrets[0]}", body))

    assert answer.status == 400
    assert holder.configuration.accounts["toy"].provider.seen == []


@pytest.mark.parametrize(("body", "status"), [(b"3", 200), (b"4", 400), (b"x", 400)])
def test_items_that_no_list_shows_are_counted_when_they_are_made(source, post, notebook, body, status):
    source["accounts"]["chatty"] = {"provider": "chatty"}
    source["webhooks"] |= {"item_limit": 3, "accounts": {"chatty": {"secrets": [f"literal:{'s' * 32}"]}}}

    assert post(f"/chatty/{'s' * 32}", body).status == status
    assert len(notebook.items) == (3 if status == 200 else 0)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 9 + b"]" * 9,
        b'[{"a":[[[[[[[1]]]]]]]}]',
        b" \r\n\t" + b"[" * 9,
        b"[" * 8 + b'"]]"' + b"[]" + b"]" * 8,
    ],
)
def test_what_is_deeper_than_the_limit_is_not_parsed(source, make_holder, make_call, secrets, body):
    holder = make_holder(source)

    answer = asyncio.run(make_call(app(holder)).post(f"/toy/{secrets[0]}", body))

    assert answer.status == 400
    assert holder.configuration.accounts["toy"].provider.seen == []


def test_brackets_in_texts_are_no_depth(post, secrets, notebook):
    text = '[[[{{{\\"[[[{{{'

    assert post(f"/toy/{secrets[0]}", f'{{"from": "+8613700000001", "text": "{text}"}}'.encode()).status == 200
    assert notebook.items[0].text == '[[[{{{"[[[{{{'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"null",
        b"NaN",
        b'"text"',
        b'[{"to": "+8613700000001", "is": "lost"}]',
        b'[{"to": "+8613700000001"}]',
        b'{"from": "1", "from": "2", "text": ""}',
        b"\xff\xfe[\x00]\x00",
        b"\x1f\x8b\x08\x00",
        b'[{"to": "x", "to": "+8613700000001", "is": "delivered"}]',
        b'[{"to": "+8613700000001", "is": "delivered", "x": NaN}]',
        b'[{"to": "+8613700000001", "is": "delivered", "x": -Infinity}]',
        b'[{"to": "+8613700000001", "is": "delivered", "x": 1e999}]',
        b'[{"to": "+8613700000001", "is": "delivered", "x": ' + b"9" * 100_000 + b"}]",
        b'[{"to": "+8613700000001", "is": "delivered"}] x',
        b'\xef\xbb\xbf[{"to": "+8613700000001", "is": "delivered"}]',
        '[{"to": "+8613700000001", "is": "delivered"}]'.encode("utf-16"),
        '[{"to": "+8613700000001", "is": "delivered", "x": "\u597d"}]'.encode("gbk"),
        gzip.compress(b'[{"to": "+8613700000001", "is": "delivered"}]', mtime=0),
        gzip.compress(b"[" + b" " * 10_000_000, mtime=0),
        b"data=%5B%5D",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": "application/json; charset=utf-16", "Content-Encoding": "gzip"},
        {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "br, gzip"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "; charset=\xff", "Content-Encoding": "\xff"},
    ],
)
def test_what_the_provider_cannot_read_is_malformed_and_not_repeated(post, secrets, notebook, caplog, body, headers):
    answer = post(f"/toy/{secrets[0]}", body, list(headers.items()))

    assert (answer.status, answer.body) == (400, b"Bad Request")
    assert "13700000001" not in caplog.text
    assert "refused a callback for account toy: 400" in caplog.text
    assert notebook.received == []
