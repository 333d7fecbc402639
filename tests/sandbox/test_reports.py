"""Reports and messages from phones: when they come, in what order, and that nobody gets one twice."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway.model import Delivery, Reason, SandboxCall, SandboxInbound, SandboxReply
from smsway.sandbox import SandboxAccount, SandboxError
from smsway.sandbox._books import Books
from smsway.sandbox._desk import judge
from smsway.sandbox._orders import Injection
from smsway.sandbox._plan import Plan

A, B, C = "+8613700000001", "+8613700000002", "+8613700000003"


def _ids(reports):
    return [each["message_id"] for each in reports]


class TestReports:
    def test_every_accepted_text_has_its_report_at_once(self, line):
        (first, second) = line.send(A, B, ref="login-7", fee=2)

        pulled = line.ask("/pull")

        assert _ids(pulled) == [first, second]
        assert {key: pulled[0][key] for key in ("phone", "reference", "delivery", "reason", "fee")} == {
            "phone": A,
            "reference": "login-7",
            "delivery": "delivered",
            "reason": None,
            "fee": 2,
        }
        assert pulled[0]["at"] == pulled[0]["sent_at"]

    def test_a_refused_text_has_none(self, sandbox, line):
        sandbox.refuse_recipients("blocked_recipient", phones=[A])

        line.send(A, B)

        assert [each["phone"] for each in line.ask("/pull")] == [B]

    def test_a_text_that_the_balance_does_not_cover_has_none(self, sandbox, line):
        sandbox.set_balance("cn", 1)

        line.send(A, B)

        assert [each.phone for each in sandbox.reports()] == [A]

    def test_a_text_that_was_never_processed_has_none(self, sandbox, line, dial):
        sandbox.inject("drop_before", times=1)

        line.post(A)
        line.read_all()

        assert dial(sandbox.urls["cn"]).ask("/pull") == []

    def test_texts_may_share_an_id_of_the_sides_own(self):
        class Side:
            def judge(self, _call, desk):
                taken = [desk.accept(phone, message_id="S-1") for phone in (A, B)]
                return SandboxReply(repr(taken).encode())

        books = Books([SandboxAccount("cn", Side())], lambda: 1e9)

        reply, _ = judge(books, Plan(), "cn", SandboxCall("GET", "/", {}, {}, b""))

        assert reply.body == b"['S-1', 'S-1']"
        assert [each.message_id for each in books.submissions] == ["S-1", "S-1"]
        assert [each.message_id for each in books.accounts["cn"].returns.reports] == ["S-1", "S-1"]

    def test_each_account_has_its_own(self, sandbox, line, dial):
        world = dial(sandbox.urls["world"])
        line.send(A)
        world.send(B)

        assert [each["phone"] for each in world.ask("/pull")] == [B]
        assert [each.phone for each in sandbox.reports("cn")] == [A]
        assert [each.phone for each in sandbox.reports()] == [A, B]


class TestTime:
    def test_a_report_falls_due_when_its_delay_has_passed(self, sandbox, line):
        sandbox.set_report_delay(60, account="cn")
        sent = line.send(A)

        early = line.ask("/pull")
        sandbox.advance(59)
        still_early = line.ask("/pull")
        sandbox.advance(1)
        due = line.ask("/pull")

        assert (early, still_early) == ([], [])
        assert _ids(due) == sent
        assert due[0]["at"] == due[0]["sent_at"] + 60

    def test_reports_come_in_the_order_in_which_they_fall_due(self, sandbox, line):
        for delay, phone in ((60, A), (10, B), (30, C)):
            sandbox.set_report_delay(delay)
            line.send(phone)

        sandbox.advance(100)

        assert [each["phone"] for each in line.ask("/pull")] == [B, C, A]

    def test_a_delay_holds_for_the_texts_that_follow(self, sandbox, line):
        sandbox.set_report_delay(60)
        line.send(A)
        sandbox.set_report_delay(0)
        line.send(B)

        assert [each["phone"] for each in line.ask("/pull")] == [B]

    def test_without_a_delay_there_is_never_a_report(self, sandbox, line):
        sandbox.set_report_delay(None)
        line.send(A)

        sandbox.advance(1e6)
        sandbox.set_report_delay(0)

        assert line.ask("/pull") == []
        assert sandbox.reports() == []

    def test_a_delay_may_stand_in_the_account(self, run, account, dial):
        sandbox = run(account(report_delay=30))
        line = dial(sandbox.urls["cn"])
        line.send(A)

        sandbox.advance(29)
        early = line.ask("/pull")
        sandbox.advance(1)

        assert early == []
        assert len(line.ask("/pull")) == 1

    def test_a_wrong_clock_lets_no_time_pass(self, sandbox, line):
        sandbox.set_report_delay(60)
        line.send(A)

        sandbox.set_clock(3600)

        assert line.ask("/pull") == []

    def test_a_clock_that_is_put_back_after_time_has_passed_takes_nothing_back(self, sandbox, line):
        sandbox.set_report_delay(3600)
        line.send(A)
        before = line.ask("/now")

        sandbox.advance(3600)
        sandbox.set_clock(-3600)

        assert line.ask("/now") == pytest.approx(before, abs=5)
        assert len(line.ask("/pull")) == 1


class TestPulling:
    def test_what_was_pulled_never_comes_again(self, line):
        sent = line.send(A, B, C)

        first, second, third = (line.ask("/pull", limit=2) for _ in range(3))

        assert _ids(first + second) == sent
        assert third == []

    def test_one_request_may_pull_twice(self, line):
        sent = line.send(A, B, C)

        assert _ids(line.ask("/pull-twice", limit=1)) == sent[:2]
        assert _ids(line.ask("/pull")) == sent[2:]

    @pytest.mark.parametrize("limit", [0, -1])
    def test_whoever_asks_for_nothing_gets_nothing(self, line, limit):
        line.send(A)

        assert line.ask("/pull", limit=limit) == []
        assert len(line.ask("/pull")) == 1

    @pytest.mark.parametrize("fault", ["drop_after", "hang", "empty", "truncated", "garbled"])
    def test_a_lost_answer_loses_what_was_in_it(self, sandbox, line, dial, until, fault):
        line.send(A, B, C)
        sandbox.inject(fault, times=1)

        line.call("/pull", limit=2)
        until(lambda: not sandbox.faults())
        line.close()

        assert [each["phone"] for each in dial(sandbox.urls["cn"]).ask("/pull")] == [C]
        assert [each.phone for each in sandbox.reports()] == [A, B, C]

    @pytest.mark.parametrize(("fault", "turned"), [("drop_before", {}), ("http_503", {"processed": False})])
    def test_an_answer_that_was_never_made_loses_nothing(self, sandbox, dial, line, fault, turned):
        sent = line.send(A, B, C)
        sandbox.receive(A, "STOP", "cn")
        sandbox.inject(fault, times=2, **turned)

        for path in ("/pull", "/pull-inbound"):
            struck = dial(sandbox.urls["cn"])
            struck.write(b"POST %s HTTP/1.1\r\nHost: toy\r\nConnection: close\r\n\r\n" % path.encode())
            struck.read_all()

        assert sandbox.queued("cn") == (3, 1)
        assert _ids(line.ask("/pull")) == sent

    def test_queued_counts_what_waits(self, sandbox, line):
        line.send(A, B)
        sandbox.receive(C, "STOP", "cn")
        line.ask("/pull", limit=1)

        assert sandbox.queued("cn") == (1, 1)
        assert sandbox.queued("*") == (1, 1)
        assert sandbox.queued("world") == (0, 0)


class TestFinding:
    def test_reports_are_found_by_when_their_texts_were_sent(self, sandbox, line):
        line.send(A)
        middle = line.ask("/now")
        sandbox.advance(10)
        line.send(B)
        line.ask("/pull")

        assert [each["phone"] for each in line.ask("/find", since=0, until=middle)] == [A]
        assert [each["phone"] for each in line.ask("/find", since=middle, until=middle + 60)] == [B]
        assert [each["phone"] for each in line.ask("/find", since=0, until=middle + 60)] == [A, B]

    def test_both_ends_are_included(self, line):
        line.send(A)
        (report,) = line.ask("/pull")
        at = report["sent_at"]

        assert line.ask("/find", since=at, until=at) == [report]

    def test_what_is_not_due_is_not_found(self, sandbox, line):
        sandbox.set_report_delay(60)
        line.send(A)

        assert line.ask("/find", since=0, until=1e12) == []

    @pytest.mark.parametrize("delay", [60, None])
    def test_a_text_without_a_report_is_found_until_it_has_one(self, sandbox, line, delay):
        sandbox.fail_deliveries("unreachable_recipient", phones=[A])
        sandbox.set_report_delay(delay)
        (message_id,) = line.send(A, ref="r")
        everything = {"since": 0, "until": 1e12}

        (text,) = line.ask("/find-unreported", **everything)
        sandbox.advance(61)

        assert (text["phone"], text["message_id"], text["reference"]) == (A, message_id, "r")
        assert (text["delivery"], text["reason"], text["at"]) == ("accepted", None, text["sent_at"])
        assert line.ask("/find-unreported", since=text["sent_at"] + 1, until=1e12) == []
        assert line.ask("/find-unreported", **everything) == ([text] if delay is None else [])

    def test_the_tally_counts_texts_and_what_became_of_them(self, sandbox, line):
        sandbox.refuse_recipients("blocked_recipient", phones=[A], account="cn")
        sandbox.fail_deliveries("unreachable_recipient", phones=[B])
        line.send(A, B, C, fee=2)
        sandbox.set_report_delay(60)
        line.send(C)

        assert line.ask("/tally", since=0, until=1e12) == {
            "requested": 4,
            "accepted": 3,
            "billed": 5,
            "delivered": 1,
            "undelivered": 1,
            "failures": {"unreachable_recipient": 1},
        }
        assert line.ask("/tally", since=0, until=1)["requested"] == 0

    def test_the_tally_counts_every_text_that_the_balance_does_not_cover(self, sandbox, line):
        sandbox.set_balance("cn", 1)
        line.send(A, A, A)

        tally = line.ask("/tally", since=0, until=1e12)

        assert (tally["requested"], tally["accepted"]) == (3, 1)

    def test_the_desk_tells_what_is_left(self, sandbox, line):
        sandbox.set_balance("cn", 5)
        line.send(A, fee=2)

        assert line.ask("/balance") == 3

    def test_the_desk_tells_that_there_is_no_limit(self, line):
        assert line.ask("/balance") is None


class TestUndelivered:
    def test_texts_are_accepted_and_do_not_arrive(self, sandbox, line):
        sandbox.fail_deliveries("unreachable_recipient", phones=[A])

        sent = line.send(A, B)

        assert len(sent) == 2
        assert [(each.delivery, each.reason) for each in sandbox.reports()] == [
            (Delivery.UNDELIVERED, Reason.UNREACHABLE_RECIPIENT),
            (Delivery.DELIVERED, None),
        ]

    def test_so_many_times(self, sandbox, line):
        sandbox.fail_deliveries("carrier_failure", times=2, account="cn")

        line.send(A, B, C)

        assert [each.delivery for each in sandbox.reports()] == ["undelivered", "undelivered", "delivered"]
        assert sandbox.delivery_failures() == []

    def test_so_long(self, sandbox, line):
        sandbox.fail_deliveries("carrier_failure", seconds=60)
        line.send(A)

        sandbox.advance(60)
        line.send(B)

        assert [each.delivery for each in sandbox.reports()] == ["undelivered", "delivered"]

    def test_at_one_account(self, sandbox, line, dial):
        sandbox.fail_deliveries("carrier_failure", account="world")

        line.send(A)
        dial(sandbox.urls["world"]).send(B)

        assert [each.delivery for each in sandbox.reports()] == ["delivered", "undelivered"]

    def test_a_text_that_was_never_processed_uses_nothing_up(self, sandbox, line, dial):
        sandbox.fail_deliveries("carrier_failure", times=1)
        sandbox.inject("drop_before", times=1)
        line.post(A)
        line.read_all()

        dial(sandbox.urls["cn"]).send(B)

        assert [each.delivery for each in sandbox.reports()] == ["undelivered"]

    def test_until_it_is_lifted(self, sandbox, line):
        number = sandbox.fail_deliveries("carrier_failure")
        (told,) = sandbox.delivery_failures()

        lifted = sandbox.clear_faults(number)
        line.send(A)

        assert (told.id, told.account, told.order) == (number, "*", {"reason": "carrier_failure"})
        assert lifted == 1
        assert [each.delivery for each in sandbox.reports()] == ["delivered"]

    def test_an_unknown_reason_is_refused(self, sandbox):
        with pytest.raises(SandboxError, match="'unreachable_recipient'"):
            sandbox.fail_deliveries("bad weather")


class TestInbound:
    def test_a_phone_texts_the_account(self, sandbox, line):
        sandbox.receive(A, "STOP", "cn", extension="12", signature="Acme")

        (pulled,) = line.ask("/pull-inbound")

        assert pulled.pop("at") == pytest.approx(line.ask("/now"), abs=5)
        assert pulled == {"phone": A, "text": "STOP", "extension": "12", "signature": "Acme"}
        assert line.ask("/pull-inbound") == []

    def test_messages_come_in_their_order_and_to_their_account(self, sandbox, line):
        for text in "abc":
            sandbox.receive(A, text, "cn")
        sandbox.receive(A, "d", "world")

        assert [each["text"] for each in line.ask("/pull-inbound", limit=2)] == ["a", "b"]
        assert [each["text"] for each in line.ask("/pull-inbound")] == ["c"]

    def test_they_are_found_by_time(self, sandbox, line):
        sandbox.receive(A, "a", "cn")
        middle = line.ask("/now")
        sandbox.advance(10)
        sandbox.receive(A, "b", "cn")
        line.ask("/pull-inbound")

        assert [each["text"] for each in line.ask("/find-inbound", since=0, until=middle)] == ["a"]
        assert [each["text"] for each in line.ask("/find-inbound", since=middle, until=middle + 60)] == ["b"]

    @pytest.mark.parametrize(
        ("phone", "to", "told"),
        [("13700000001", "cn", "phone: "), (A, "nobody", "account: unknown account 'nobody'")],
    )
    def test_a_wrong_message_is_refused_without_its_phone(self, sandbox, phone, to, told):
        with pytest.raises(SandboxError) as caught:
            sandbox.receive(phone, "STOP", to)

        assert told in str(caught.value)
        assert phone.lstrip("+") not in str(caught.value)

    def test_neither_report_nor_message_shows_its_phone(self, sandbox, line):
        line.send(A)
        sandbox.receive(A, "STOP", "cn")

        (report,) = sandbox.reports()
        message = SandboxInbound(A, "STOP", 0.0)

        assert A not in repr(report) + repr(message)
        assert "STOP" not in repr(message)


def test_reset_forgets_what_came_back(sandbox, line):
    line.send(A)
    sandbox.receive(A, "STOP", "cn")
    sandbox.set_report_delay(60)
    line.send(B)
    sandbox.fail_deliveries("carrier_failure")

    sandbox.reset()
    line.send(C)

    assert [(each.phone, each.delivery) for each in sandbox.reports()] == [(C, "delivered")]
    assert sandbox.queued("cn") == (1, 0)
    sandbox.advance(100)
    assert sandbox.queued("cn") == (1, 0)


# What may happen to an account: texts, pulls, time, delays; each with a fault or none.
_steps = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("send"), st.integers(1, 4)),
            st.tuples(st.just("pull"), st.integers(0, 5)),
            st.tuples(st.just("advance"), st.integers(0, 40)),
            st.tuples(st.just("delay"), st.sampled_from([0, 5, 30, None])),
        ),
        st.sampled_from([None, None, "drop_before", "drop_after", "http_429"]),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(_steps)
def test_every_accepted_text_has_one_report_that_is_pulled_at_most_once(steps):
    told = {}

    class Side:
        def judge(self, call, desk):
            many = int(call.body)
            took = [desk.accept(A) for _ in range(many)] if call.path == "send" else desk.take_reports(many)
            told["took"] = took
            return SandboxReply(b"")

    books, plan = Books([SandboxAccount("cn", Side())], lambda: 1e9), Plan()
    book = books.accounts["cn"]
    accepted, pulled, lost = [], Counter(), []
    for (what, value), fault in steps:
        if what == "advance":
            books.clock.advance(value)
        elif what == "delay":
            book.report_delay = value
        else:
            plan.lift()
            if fault:
                plan.inject(Injection(fault=fault))
            judge(books, plan, "cn", SandboxCall("POST", what, {}, {}, str(value).encode()))
            if fault in (None, "drop_after") and what == "send":
                (accepted if book.report_delay is not None else lost).extend(told["took"])
            elif fault in (None, "drop_after"):
                pulled.update(report.message_id for report in told["took"])
    books.clock.advance(100)
    book.settle()

    assert Counter(report.message_id for report in book.returns.reports) == Counter(accepted)
    assert Counter(report.message_id for report in book.returns.report_queue) + pulled == Counter(accepted)
    assert all(count == 1 for count in pulled.values())
    assert [report.at for report in book.returns.reports] == sorted(report.at for report in book.returns.reports)
