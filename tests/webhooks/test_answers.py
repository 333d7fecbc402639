"""What becomes of a callback: stored, then answered in the vendor's shape, then processed."""

import asyncio
import logging
import threading
import time

import pytest

from smsway import ConfigError, SmswayError
from smsway.model import Inbound
from smsway.webhooks import app


def test_reports_are_stored_for_their_account_and_answered_in_the_shape_of_the_vendor(
    post, secrets, notebook, make_reports
):
    answer = post(f"/toy/{secrets[0]}", make_reports("+8613700000001", "+8613700000002"))

    assert (answer.status, answer.body) == (200, b'{"got":true}')
    assert answer.headers["content-type"] == "application/toy+json"
    assert [(item.recipient, item.account) for item in notebook.items] == [
        ("+8613700000001", "toy"),
        ("+8613700000002", "toy"),
    ]


def test_a_message_comes_to_the_same_address(post, secrets, notebook):
    answer = post(f"/other/{secrets[2]}", b'{"from": "+8613700000001", "text": "T"}')

    assert answer.status == 200
    assert notebook.items == [Inbound(sender="+8613700000001", text="T", account="other")]


def test_a_vendor_may_say_its_report_in_the_query_of_a_get(post, source, notebook):
    source["accounts"]["curt"] = {"provider": "curt"}
    source["webhooks"]["accounts"]["curt"] = {"secrets": [f"literal:{'s' * 32}"]}

    answer = post(f"/curt/{'s' * 32}", b"", method="GET", query_string=b"to=%2B8613700000001&is=delivered")

    assert (answer.status, answer.body) == (200, b"")
    assert [(item.recipient, item.delivery, item.account) for item in notebook.items] == [
        ("+8613700000001", "delivered", "curt")
    ]


def test_a_callback_without_items_is_taken_and_nothing_is_written(post, secrets, notebook):
    assert post(f"/toy/{secrets[0]}", b"[]").status == 200
    assert notebook.received == []


def test_the_body_may_come_in_parts(post, secrets, notebook, make_reports):
    body = make_reports("+8613700000001")

    answer = post(f"/toy/{secrets[0]}", [body[index : index + 3] for index in range(0, len(body), 3)])

    assert answer.status == 200
    assert len(notebook.items) == 1


def test_the_provider_is_told_headers_query_and_address(source, secrets, make_holder, make_call):
    holder = make_holder(source)
    raw = f"/toy/{secrets[0]}"

    asyncio.run(
        make_call(app(holder)).post(
            raw,
            b"{}",
            [("Host", "hooks.example"), ("X-Sign", "a"), ("X-Sign", "b")],
            query_string=b"a=1&b=%20&c",
            raw_path=raw.encode(),
        )
    )

    (callback,) = holder.configuration.accounts["toy"].provider.seen
    assert callback.body == b"{}"
    assert callback.headers == {"host": "hooks.example", "x-sign": "a, b"}
    assert callback.query == {"a": "1", "b": " ", "c": ""}
    assert callback.url == f"https://hooks.example{raw}?a=1&b=%20&c"


@pytest.mark.parametrize("prefix", ["", "/mounted/here"])
@pytest.mark.parametrize("end", ["", "/"])
def test_behind_a_proxy_the_provider_is_told_the_public_address(source, secrets, make_holder, make_call, prefix, end):
    source["webhooks"]["public_url"] = f"https://hooks.example/sms{end}"
    holder = make_holder(source)
    called = f"/toy/{secrets[0]}"

    asyncio.run(
        make_call(app(holder)).post(
            called,
            b"{}",
            [("Host", "10.0.0.7:8080"), ("X-Forwarded-Host", "evil.example")],
            scheme="http",
            query_string=b"a=%20",
            raw_path=(prefix + called).encode(),
        )
    )

    (callback,) = holder.configuration.accounts["toy"].provider.seen
    assert callback.url == f"https://hooks.example/sms{called}?a=%20"


def test_observers_never_delay_the_answer(post, secrets, notebook, make_reports):
    notebook.processing.clear()

    answer = post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))

    assert answer.status == 200
    assert notebook.processed == []
    notebook.processing.set()
    assert notebook.told.wait(5)
    assert notebook.processed == [[0]]


def test_nothing_is_processed_before_the_vendor_has_its_answer(source, secrets, notebook, make_caller, make_reports):
    caller, seen = make_caller(source), []

    async def watching(scope, receive, send):
        async def slowly(message):
            time.sleep(0.05)  # noqa: ASYNC251  # whoever processes has a thread of its own
            seen.append(list(notebook.processed))
            await send(message)

        await inner(scope, receive, slowly)

    inner, caller.application = caller.application, watching
    answer = asyncio.run(caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001")))

    assert answer.status == 200
    assert seen == [[], []]
    assert notebook.told.wait(5)


def test_a_store_that_fails_is_answered_so_that_the_vendor_posts_again(
    post, secrets, notebook, make_reports, store_error, caplog
):
    notebook.failure = lambda _: store_error

    answer = post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))

    assert (answer.status, answer.body) == (503, b'{"got":false}')
    assert [record.getMessage() for record in caplog.records] == [
        f"callbacks cannot be stored, and are refused: {store_error}"
    ]


def test_a_defect_of_the_store_is_logged_without_its_text(post, secrets, notebook, make_reports, caplog):
    notebook.failure = lambda items: RuntimeError(f"no room for {items[0].recipient}")

    answer = post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))

    assert answer.status == 503
    assert "RuntimeError" in caplog.text
    assert "13700000001" not in caplog.text


@pytest.mark.parametrize("error", [UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), OverflowError("int")])
def test_what_no_store_can_hold_is_malformed(post, secrets, notebook, make_reports, error):
    notebook.failure = lambda _: error

    assert post(f"/toy/{secrets[0]}", make_reports("+8613700000001")).status == 400


def test_processing_that_fails_is_logged_and_tried_again_later(
    source, secrets, notebook, make_caller, make_reports, caplog
):
    caller = make_caller(source)
    failures = [SmswayError("reports.db is locked"), RuntimeError("+8613700000001")]
    process = notebook.process

    def failing(numbers):
        if failures:
            raise failures.pop(0)
        return process(numbers)

    notebook.process = failing

    async def post_thrice():
        for _ in range(3):
            assert (await caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))).status == 200
            await asyncio.sleep(0.1)

    asyncio.run(post_thrice())

    assert notebook.told.wait(5)
    assert notebook.processed == [[2]]
    assert "will be processed later: reports.db is locked" in caplog.text
    assert "RuntimeError at" in caplog.text
    assert "13700000001" not in caplog.text


def test_what_an_earlier_process_left_is_processed_at_the_start(source, notebook, make_caller):
    notebook.left = [7, 8]
    caller = make_caller(source)

    async def run():
        async with caller.application.router.lifespan_context(caller.application):
            await asyncio.to_thread(notebook.told.wait, 5)

    asyncio.run(run())

    assert notebook.processed == [[7, 8]]


def test_without_a_lifespan_it_is_processed_with_the_first_caller(post, notebook):
    notebook.left = [7, 8]

    assert post("/nobody/nothing").status == 404
    assert notebook.told.wait(5)
    assert notebook.processed == [[7, 8]]


def test_the_end_of_the_lifespan_waits_until_all_is_processed(source, secrets, notebook, make_caller, make_reports):
    caller, before = make_caller(source), set(threading.enumerate())
    notebook.processing.clear()

    async def run():
        async with caller.application.router.lifespan_context(caller.application):
            await caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))
            threading.Timer(0.2, notebook.processing.set).start()

    asyncio.run(run())

    assert [0] in notebook.processed
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("smsway")]


def test_the_application_goes_on_after_its_lifespan(source, secrets, notebook, make_caller, make_reports):
    caller = make_caller(source)

    async def run():
        for _ in range(2):
            async with caller.application.router.lifespan_context(caller.application):
                assert (await caller.post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))).status == 200

    asyncio.run(run())

    assert len(notebook.items) == 2


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"webhooks": {}}, "webhooks.accounts", "names no account"),
        ({"reports": {}}, "reports.store", "is required for webhooks: an SQLite file, or 'memory'"),
        (
            {"webhooks": {"accounts": {"mute": {"secrets": [f"literal:{'s' * 32}"]}}}},
            "webhooks.accounts.mute",
            "provider 'mute' takes no callbacks; accounts that do: toy, other",
        ),
    ],
)
def test_what_cannot_work_is_said_when_the_application_is_made(source, make_holder, change, where, words):
    with pytest.raises(ConfigError) as caught:
        app(make_holder(source | change))

    assert [(problem.where, problem.what) for problem in caught.value.problems if words in problem.what] == [
        (where, caught.value.problems[0].what)
    ]


def test_nobody_is_served_while_a_secret_is_not_there(source, make_holder):
    source["webhooks"]["accounts"]["other"]["secrets"] = ["env:SMSWAY_TEST_UNSET"]
    source["webhooks"]["accounts"]["toy"] |= {"username": "vendor", "password": "env:SMSWAY_TEST_UNSET_TOO"}
    holder = make_holder(source)

    with pytest.raises(ConfigError) as caught:
        app(holder)

    assert [str(problem) for problem in caught.value.problems] == [
        "webhooks.accounts.toy.password: environment variable 'SMSWAY_TEST_UNSET_TOO' is not set",
        "webhooks.accounts.other.secrets[0]: environment variable 'SMSWAY_TEST_UNSET' is not set",
    ]


def test_a_secret_that_is_not_there_is_told_with_whatever_else_keeps_us_from_serving(source, make_holder):
    source["webhooks"]["accounts"]["other"]["secrets"] = ["env:SMSWAY_TEST_UNSET"]
    source["webhooks"]["accounts"]["mute"] = {"secrets": [f"literal:{'s' * 32}"]}
    source["reports"] = {}

    with pytest.raises(ConfigError) as caught:
        app(make_holder(source))

    assert {problem.where for problem in caught.value.problems} == {
        "webhooks.accounts.other.secrets[0]",
        "webhooks.accounts.mute",
        "reports.store",
    }


def test_a_broken_provider_is_named(source, make_holder, install):
    install("smsway-broken", "raise ValueError('no')", "smsway.providers")
    source["accounts"]["bad"] = {"provider": "smsway-broken"}
    source["webhooks"]["accounts"]["bad"] = {"secrets": [f"literal:{'s' * 32}"]}

    with pytest.raises(ConfigError, match="fails on import: ValueError"):
        app(make_holder(source))


def test_nothing_of_a_good_callback_is_logged(post, secrets, make_reports, caplog):
    caplog.set_level(logging.DEBUG)

    post(f"/toy/{secrets[0]}", make_reports("+8613700000001"))

    assert not any(word in caplog.text for word in (*secrets, "13700000001", "delivered"))
