"""Reports and messages that a vendor posts to a real little server of its customer."""

import asyncio
import json
import logging
import threading
import time
from base64 import b64encode
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from smsway.model import PushRule, SandboxInbound, SandboxPush
from smsway.sandbox import Push, Sandbox, SandboxError
from smsway.sandbox._outbox import Outbox
from smsway.sandbox._post import post

A, B, C, D = (f"+861370000000{digit}" for digit in range(1, 5))

OK = (200, b'{"ok": true}')


@dataclass
class Customer:
    """Answers with *script* one after the other and then well; `None` closes, a number waits so many seconds."""

    script: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    methods: list = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.methods.append(handler.command)
        self.seen.append((handler.path, dict(handler.headers), json.loads(body or b"null")))
        said = self.script.pop(0) if self.script else OK
        if isinstance(said, float):
            self.let_go.wait(said)
        if not isinstance(said, tuple):
            return
        handler.send_response(said[0])
        handler.send_header("Content-Length", str(len(said[1])))
        handler.end_headers()
        handler.wfile.write(said[1])

    @property
    def phones(self):
        return [[each["phone"] for each in body.get("reports") or body["inbound"]] for _, _, body in self.seen]


@pytest.fixture
def serve(stack):
    """Run a customer's server until the test ends."""

    def run(*script, context=None):
        customer = Customer(list(script))

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                customer.answer(self)

            do_GET = do_POST  # noqa: N815  # the name is the base class's

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        stack.callback(customer.let_go.set)
        scheme = "http" if context is None else "https"
        customer.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/callbacks"
        return customer

    return run


@pytest.fixture
def vendor(run, pushing):
    """Run a sandbox whose account cn posts."""
    return run(pushing("cn"))


@pytest.fixture
def line(vendor, dial):
    return dial(vendor.urls["cn"])


@pytest.fixture
def over(vendor, until):
    """Wait until so many pushes are over, and return them."""

    def wait(number):
        until(lambda: sum(push.over for push in vendor.pushes()) >= number)
        return vendor.pushes()

    return wait


class TestPosting:
    def test_a_report_is_posted_instead_of_waiting_to_be_pulled(self, vendor, line, serve, over):
        customer = serve()
        vendor.push_to("cn", customer.url)

        (sent,) = line.send(A, ref="login-7")
        (push,) = over(1)

        ((path, headers, body),) = customer.seen
        assert path == "/callbacks"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert body["reports"][0]["message_id"] == sent
        assert push == Push("cn", customer.url, tuple(vendor.reports()), 1, 200, acknowledged=True)
        assert line.ask("/pull") == []

    def test_so_is_a_message_from_a_phone(self, vendor, line, serve, over):
        customer = serve()
        vendor.push_to("cn", customer.url)

        vendor.receive(A, "STOP", "cn", extension="12")
        over(1)

        assert customer.seen[0][2]["inbound"][0]["text"] == "STOP"
        assert line.ask("/pull-inbound") == []

    def test_one_request_carries_as_many_as_the_rule_says(self, vendor, line, serve, over):
        customer = serve()
        vendor.push_to("cn", customer.url)

        line.send(A, B, C, D)
        vendor.receive(A, "a", "cn")
        vendor.receive(B, "b", "cn")
        over(4)

        assert customer.phones == [[A, B, C], [D], [A], [B]]

    def test_kinds_are_not_mixed_and_order_is_kept(self, vendor, line, serve, over):
        customer = serve(0.3)
        vendor.push_to("cn", customer.url)

        line.send(A)
        line.send(B)
        vendor.receive(C, "STOP", "cn")
        line.send(D)
        customer.let_go.set()
        vendor.advance(60)
        over(4)

        assert customer.phones == [[A], [A], [B], [C], [D]]

    def test_a_report_that_is_not_due_is_posted_when_it_is(self, vendor, line, serve, over):
        customer = serve()
        vendor.set_report_delay(3600)
        vendor.push_to("cn", customer.url)
        line.send(A)

        before = vendor.pushes()
        vendor.advance(3600)
        over(1)

        assert before == []
        assert customer.phones == [[A]]

    def test_a_short_delay_passes_by_itself(self, vendor, line, serve, over):
        customer = serve()
        vendor.set_report_delay(0.1)
        vendor.push_to("cn", customer.url)

        line.send(A)
        over(1)

        assert customer.phones == [[A]]

    def test_only_what_comes_from_then_on_is_posted(self, vendor, line, serve, over):
        customer = serve()
        line.send(A)
        vendor.push_to("cn", customer.url)
        line.send(B)
        over(1)
        vendor.push_to("cn", None)
        line.send(C)

        assert customer.phones == [[B]]
        assert [each["phone"] for each in line.ask("/pull")] == [A, C]

    def test_an_address_may_stand_in_the_account(self, run, pushing, dial, serve, until):
        customer = serve()
        sandbox = run(pushing(push_to=customer.url))

        sandbox.reset()
        dial(sandbox.urls["cn"]).send(A)
        until(lambda: customer.seen)

        assert customer.phones == [[A]]

    def test_a_user_in_the_address_is_told_in_the_header(self, vendor, line, serve, over):
        customer = serve()
        vendor.push_to("cn", customer.url.replace("//", "//me:p%40ss@") + "?key=1")

        line.send(A)
        over(1)

        path, headers, _ = customer.seen[0]
        assert path == "/callbacks?key=1"
        assert headers["Authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"
        assert "@" not in headers["Host"]

    def test_a_side_may_sign_what_it_posts_and_where_to(self, run, pushing, dial, serve, until):
        class Signing(type(pushing().side)):
            def push(self, items):
                return replace(super().push(items), headers={"X-Vendor": "toy"})

            def sign(self, push, url):
                return {"X-Sign": f"{len(push.body)} {url}"}

        customer = serve((500, b""))
        address = f"{customer.url}?key=1"
        sandbox = run(replace(pushing(push_to=address), side=Signing()))

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].tries)
        sandbox.advance(60)
        until(lambda: sandbox.pushes()[0].acknowledged)

        for _, headers, _ in customer.seen:
            assert headers["X-Vendor"] == "toy"
            assert headers["X-Sign"] == f"{headers['Content-Length']} {address}"

    def test_a_customer_may_have_tls(self, run, pushing, dial, serve, until, make_authority):
        authority = make_authority()
        customer = serve(context=authority.server())
        sandbox = run(pushing(push_to=customer.url), push_ssl_context=authority.client())

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].acknowledged)

        assert customer.phones == [[A]]

    def test_a_certificate_that_nobody_vouches_for_is_no_answer(self, run, pushing, dial, serve, until, make_authority):
        customer = serve(context=make_authority().server())
        sandbox = run(pushing(push_to=customer.url))

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].tries)

        assert sandbox.pushes()[0].status is None
        assert customer.seen == []


class TestTrying:
    def test_it_tries_again_after_the_interval_until_it_is_acknowledged(self, vendor, line, serve, over, until):
        customer = serve((500, b"{}"), (200, b'{"ok": false}'))
        vendor.push_to("cn", customer.url)
        line.send(A)

        told = []
        for tries in (1, 2):
            until(lambda tries=tries: vendor.pushes() and vendor.pushes()[0].tries == tries)
            told.append(vendor.pushes()[0])
            vendor.advance(60)
        (push,) = over(1)

        assert [(each.tries, each.status, each.over) for each in told] == [(1, 500, False), (2, 200, False)]
        assert (push.tries, push.status, push.acknowledged, push.given_up) == (3, 200, True, False)
        assert customer.phones == [[A], [A], [A]]

    def test_it_gives_up_after_so_many_tries(self, vendor, line, serve, over, until):
        customer = serve(*[(500, b"{}")] * 3)
        vendor.push_to("cn", customer.url)
        line.send(A)

        until(lambda: vendor.pushes() and vendor.pushes()[0].tries == 1)
        vendor.advance(1000)
        (push,) = over(1)
        vendor.advance(1000)
        line.send(B)
        over(2)

        assert (push.tries, push.status, push.acknowledged, push.given_up) == (3, 500, False, True)
        assert customer.phones == [[A], [A], [A], [B]]
        assert line.ask("/pull") == []

    def test_it_waits_for_the_interval(self, vendor, line, serve, until):
        customer = serve((500, b"{}"))
        vendor.push_to("cn", customer.url)
        line.send(A)
        until(lambda: vendor.pushes() and vendor.pushes()[0].tries == 1)

        vendor.advance(50)
        line.send(B)
        time.sleep(0.05)

        assert len(customer.seen) == 1

    def test_each_interval_may_have_a_length_of_its_own_and_the_last_one_stays(self):
        outbox = Outbox("cn", PushRule(reports=1, inbound=1, tries=5, interval=(60.0, 300.0)))
        outbox.add("http://127.0.0.1:1/", SandboxInbound(A, "Hello", 0.0))
        outbox.next(1_000.0)

        due = []
        for _ in range(4):
            outbox.tried(500, acknowledged=False)
            due.append(outbox.due)

        assert due == [1_060.0, 1_360.0, 1_660.0, 1_960.0]

    def test_an_interval_may_pass_by_itself(self, run, pushing, dial, serve, until):
        customer = serve((500, b"{}"))
        quick = pushing(push_to=customer.url)
        quick.side.push_rule = PushRule(reports=3, inbound=1, tries=3, interval=0.05)
        sandbox = run(quick)

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].acknowledged)

        assert sandbox.pushes()[0].tries == 2

    @pytest.mark.parametrize("said", [None, (200, b"x" * 100_000), (302, b""), (200, b"\xff")])
    def test_what_is_no_receipt_is_tried_again(self, vendor, line, serve, over, until, said):
        customer = serve(said)
        vendor.push_to("cn", customer.url)
        line.send(A)

        until(lambda: vendor.pushes() and vendor.pushes()[0].tries == 1)
        vendor.advance(60)
        (push,) = over(1)

        assert (push.tries, push.acknowledged) == (2, True)

    def test_nobody_there_is_tried_again_as_well(self, vendor, line, free_port, over, until):
        vendor.push_to("cn", f"http://127.0.0.1:{free_port()}/")
        line.send(A)

        until(lambda: vendor.pushes() and vendor.pushes()[0].tries == 1)
        vendor.advance(1000)
        (push,) = over(1)

        assert (push.tries, push.status, push.given_up) == (3, None, True)

    def test_one_account_that_hangs_holds_up_no_other(self, run, pushing, dial, serve, until):
        slow, quick = serve(5.0), serve()
        sandbox = run(pushing("cn", push_to=slow.url), pushing("world", push_to=quick.url))

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: slow.seen)
        dial(sandbox.urls["world"]).send(B)
        until(lambda: sandbox.pushes("world") and sandbox.pushes("world")[0].acknowledged)

        assert not sandbox.pushes("cn")[0].over

    def test_the_end_is_prompt_in_the_middle_of_a_try_which_counts(self, pushing, dial, serve, until):
        customer = serve(5.0)
        sandbox = Sandbox([pushing(push_to=customer.url)])
        with sandbox:
            dial(sandbox.urls["cn"]).send(A)
            until(lambda: customer.seen)

        assert [(push.tries, push.over) for push in sandbox.pushes()] == [(1, False)]
        sandbox.advance(60)
        with sandbox:
            until(lambda: sandbox.pushes()[0].over)
        assert [(push.tries, push.acknowledged) for push in sandbox.pushes()] == [(2, True)]


class TestReset:
    def test_reset_forgets_pushes_and_the_address(self, vendor, line, serve, over):
        customer = serve()
        vendor.push_to("cn", customer.url)
        line.send(A)
        over(1)

        vendor.reset()
        line.send(B)

        assert vendor.pushes() == []
        assert vendor.accounts()[0].push_to is None
        assert [each["phone"] for each in line.ask("/pull")] == [B]

    def test_reset_ends_a_try_that_hangs(self, vendor, line, serve, over, until):
        customer, other = serve(5.0), serve()
        vendor.push_to("cn", customer.url)
        line.send(A)
        until(lambda: customer.seen)

        vendor.reset()
        vendor.push_to("cn", other.url)
        line.send(B)
        (push,) = over(1)

        assert (push.items[0].phone, push.acknowledged) == (B, True)

    def test_what_waits_to_be_tried_again_is_forgotten(self, vendor, line, serve, until):
        customer = serve((500, b"{}"))
        vendor.push_to("cn", customer.url)
        line.send(A)
        until(lambda: vendor.pushes() and vendor.pushes()[0].tries == 1)

        vendor.reset()
        vendor.advance(1000)

        assert vendor.pushes() == []
        assert len(customer.seen) == 1


class TestRefusals:
    def test_a_side_that_does_not_push_is_named(self, sandbox):
        with pytest.raises(SandboxError, match="the side of account 'cn' does not push"):
            sandbox.push_to("cn", "http://127.0.0.1:1/")

    def test_so_it_is_when_the_sandbox_is_made(self, account):
        with pytest.raises(SandboxError, match=r"account 'cn'\.push_to: the side of account 'cn' does not push"):
            Sandbox([account(push_to="http://127.0.0.1:1/")])

    def test_all_accounts_can_stop_posting_at_once(self, sandbox):
        sandbox.push_to("*", None)

        assert [each.push_to for each in sandbox.accounts()] == [None, None]

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "secret",
            "ftp://127.0.0.1/secret",
            "http:///secret",
            "http://127.0.0.1:0/secret",
            "http://127.0.0.1:99999/secret",
            "http://[::1/secret",
            "http://127.0.0.1/secret päth",
            "http://127.0.0.1/secret path",
            "http://127.0.0.1/secret\n",
        ],
    )
    def test_what_is_no_address_is_refused_and_not_repeated(self, vendor, url):
        with pytest.raises(SandboxError, match="url: is no http or https address") as caught:
            vendor.push_to("cn", url)

        assert "secret" not in str(caught.value)

    def test_another_machine_is_refused_unless_it_is_meant(self, vendor, pushing):
        with pytest.raises(SandboxError, match="is not on this machine") as caught:
            vendor.push_to("cn", "https://sms.example.com/secret")

        assert "secret" not in str(caught.value)
        Sandbox([pushing()], allow_remote=True).push_to("cn", "https://sms.example.com/secret")

    @pytest.mark.parametrize("url", ["http://localhost:8000/", "https://[::1]/", "http://127.0.0.2"])
    def test_addresses_of_this_machine_are_taken(self, vendor, url):
        vendor.push_to("cn", url)

        assert vendor.accounts()[0].push_to == url


class TestBrokenSides:
    def test_a_side_that_breaks_while_it_writes_is_told_by_place(self, run, pushing, dial, serve, until, caplog):
        class Broken(type(pushing().side)):
            def push(self, items):
                raise KeyError(items[0].phone)

        customer = serve()
        sandbox = run(replace(pushing(push_to=customer.url), side=Broken()))

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].given_up)

        assert sandbox.pushes()[0].tries == 0
        assert "account 'cn' raised KeyError at test_pushes.py:" in caplog.text
        assert A not in caplog.text

    def test_a_side_that_breaks_while_it_reads_takes_nothing_for_a_receipt(
        self, run, pushing, dial, serve, until, caplog
    ):
        customer = serve((200, b"not JSON, " + A.encode()))
        sandbox = run(pushing(push_to=customer.url))

        dial(sandbox.urls["cn"]).send(A)
        until(lambda: sandbox.pushes() and sandbox.pushes()[0].tries)

        assert not sandbox.pushes()[0].over
        assert "JSONDecodeError" in caplog.text
        assert A not in caplog.text


def test_neither_phone_nor_address_is_shown_or_logged(vendor, line, serve, over, caplog):
    caplog.set_level(logging.DEBUG)
    customer = serve()
    vendor.push_to("cn", customer.url)

    line.send(A)
    (push,) = over(1)

    shown = repr(push) + repr(vendor.accounts()) + caplog.text
    assert A not in shown
    assert "/callbacks" not in shown


@pytest.mark.parametrize("query", ["", "?a=%20"])
def test_a_vendor_may_say_it_in_the_query_of_a_get(serve, query):
    customer = serve()

    answer = asyncio.run(post(customer.url + query, SandboxPush(method="GET", query="to=%2B1&b"), None))

    ((path, headers, body),) = customer.seen
    assert (answer.status, customer.methods, body) == (200, ["GET"], None)
    assert path == f"/callbacks{query}{'&' if query else '?'}to=%2B1&b"
    assert {"Content-Type", "Content-Length"}.isdisjoint(headers)


def test_a_post_without_a_body_says_so(serve):
    customer = serve()

    asyncio.run(post(customer.url, SandboxPush(), None))

    ((_, headers, _),) = customer.seen
    assert (customer.methods, headers["Content-Length"]) == (["POST"], "0")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", (200, b"ok")),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, b"until the end")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"", None),
        (b"nonsense\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", None),
    ],
)
def test_only_a_whole_answer_is_one(said, heard):
    async def answer(reader, writer):
        await reader.readuntil(b"{}")
        writer.write(said)
        writer.close()
        await writer.wait_closed()

    async def exchange():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await post(f"http://127.0.0.1:{port}", SandboxPush(b"{}"), None)

    assert asyncio.run(exchange()) == heard
