"""What a side is told while it judges, and what is recorded of it."""

import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.model import Reason, SandboxCall, SandboxReply, SandboxTemplate
from smsway.sandbox import FAULTS, Injection, Refusal, SandboxAccount, SandboxError
from smsway.sandbox._account import TextPattern
from smsway.sandbox._books import Books
from smsway.sandbox._desk import judge
from smsway.sandbox._plan import Plan

A, B, C, D = (f"+861370000000{digit}" for digit in range(1, 5))


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_ask(account, clock):
    """Make a way to judge requests without sockets."""

    def make(plan=None, **filed):
        books = Books([account(**filed)], clock)
        plan = plan or Plan()

        def ask(*to, **asked):
            call = SandboxCall("POST", "/send", {}, {}, json.dumps({"to": to, **asked}).encode())
            reply, _ = judge(books, plan, "cn", call)
            return json.loads(reply.body)

        ask.books = books
        return ask

    return make


def _oks(answer):
    return [each["ok"] for each in answer["results"]]


def test_the_balance_runs_out_in_the_middle_of_a_batch(make_ask):
    ask = make_ask(balance=2)

    answer = ask(A, B, C, D)

    assert _oks(answer) == [True, True, False, False]
    assert ask.books.texts == {A: 1, B: 1}
    assert ask.books.accounts["cn"].balance == 0


def test_a_fee_that_the_balance_does_not_cover_is_refused_and_a_smaller_one_is_not(make_ask):
    ask = make_ask(balance=5)

    assert _oks(ask(A, fee=6)) == [False]
    assert _oks(ask(A, B, fee=3)) == [True, False]
    assert _oks(ask(C, D, fee=1)) == [True, True]
    assert ask.books.accounts["cn"].balance == 0


def test_without_a_balance_nothing_runs_out(make_ask):
    ask = make_ask()

    assert _oks(ask(A, fee=10**9)) == [True]
    assert ask.books.accounts["cn"].balance is None


def test_a_rate_lets_so_many_requests_through_in_any_second(make_ask, clock):
    ask = make_ask(rate=2)

    now = [ask(A).get("error") for _ in range(3)]
    clock.now += 0.99
    later = ask(A).get("error")
    clock.now += 0.02
    much_later = [ask(A).get("error") for _ in range(3)]

    assert now == [None, None, "throttled"]
    assert later == "throttled"
    assert much_later == [None, None, "throttled"]


@pytest.mark.parametrize(("rate", "apart"), [(0.5, 2.0), (1.5, 1 / 1.5)])
def test_a_rate_may_be_a_fraction(make_ask, clock, rate, apart):
    ask = make_ask(rate=rate)
    ask(A)

    clock.now += apart * 0.98
    early = ask(A)
    clock.now += apart * 0.04
    late = ask(A)

    assert early == {"error": "throttled"}
    assert _oks(late) == [True]


def test_a_clock_that_is_set_back_does_not_throttle_for_long(make_ask, clock):
    ask = make_ask(rate=1)
    ask(A)

    clock.now -= 3600

    assert _oks(ask(A)) == [True]


def test_throttled_requests_are_counted_as_requests_but_use_up_no_rate(make_ask, clock):
    ask = make_ask(rate=1)
    ask(A)

    for _ in range(5):
        clock.now += 0.19
        ask(A)
    clock.now += 0.06

    assert _oks(ask(A)) == [True]
    assert ask.books.accounts["cn"].requests == 7


def test_the_clock_of_the_vendor_can_be_ahead(make_ask, clock):
    ask = make_ask()
    ask.books.accounts["cn"].offset = 700.0

    assert ask(A, at=clock.now) == {"error": "clock"}
    assert _oks(ask(A, at=clock.now + 700)) == [True]
    assert ask.books.submissions[0].at == clock.now + 700


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"template": "19"}, None),
        ({"template": "20"}, "template"),
        ({"text": "Your code is 1234."}, None),
        ({"text": "Your code is 1234"}, "text"),
        ({"signature": "Acme"}, None),
        ({"signature": "acme"}, "signature"),
        ({"sender": "ACME"}, None),
        ({"sender": "Other"}, "sender"),
    ],
)
def test_the_desk_knows_what_is_approved(make_ask, asked, error):
    assert make_ask()(A, **asked).get("error") == error


def test_the_desk_tells_how_many_params_a_template_has(clock):
    class Side:
        def judge(self, _call, desk):
            return SandboxReply(str(desk.template("19").params).encode())

    books = Books([SandboxAccount("cn", Side(), templates=[SandboxTemplate("19", 2)])], clock)

    reply, _ = judge(books, Plan(), "cn", SandboxCall("GET", "/", {}, {}, b""))

    assert reply.body == b"2"


def test_an_injected_refusal_reaches_the_side(make_ask):
    plan = Plan()
    ask = make_ask(plan)

    plan.refuse(_refusal(phones=[B], times=1))

    first, second = ask(A, B), ask(B)
    assert [each.get("reason") for each in first["results"]] == [None, "blocked_recipient"]
    assert _oks(second) == [True]
    assert ask.books.texts == {A: 1, B: 1}


@pytest.mark.parametrize(
    ("filed", "said", "shown"),
    [
        ("Code {1}, {2} minutes, {1}.", {"template": "19", "params": ["1234", "4"]}, "Code 1234, 4 minutes, 1234."),
        ("Welcome.", {"template": "19"}, "Welcome."),
        ("", {"template": "19", "params": ["1234"]}, None),
        ("Code {2}.", {"template": "19", "params": ["1234"]}, None),
        ("Code {1}.", {"template": "20", "params": ["1234"]}, None),
        ("Code {1}.", {"template": "19", "text": "As it was sent", "params": ["1234"]}, "As it was sent"),
        ("", {"text": "{1}"}, "{1}"),
        ("", {}, None),
    ],
)
def test_a_submission_tells_what_the_phone_shows_as_far_as_the_side_knows(clock, filed, said, shown):
    class Side:
        def judge(self, _call, desk):
            desk.accept(A, **said)
            return SandboxReply(b"")

    books = Books([SandboxAccount("cn", Side(), templates=[SandboxTemplate("19", 2, filed)])], clock)

    judge(books, Plan(), "cn", SandboxCall("GET", "/", {}, {}, b""))

    (submission,) = books.submissions
    assert submission.text == shown
    assert submission.params == tuple(said.get("params", ()))


def _refusal(**limits):
    return Refusal(reason=Reason.BLOCKED_RECIPIENT, **limits)


def test_a_side_that_asks_twice_about_a_phone_hears_the_same_twice(clock):
    heard = []

    class Side:
        def judge(self, _call, desk):
            heard.extend((desk.refusal(A), desk.refusal(A), desk.throttled(), desk.throttled()))
            return SandboxReply(b"")

    plan = Plan()
    plan.refuse(_refusal(times=1))
    books = Books([SandboxAccount("cn", Side(), rate=1)], clock)

    judge(books, plan, "cn", SandboxCall("GET", "/", {}, {}, b""))

    assert heard == [Reason.BLOCKED_RECIPIENT, Reason.BLOCKED_RECIPIENT, False, False]


def test_a_broken_side_is_told_by_place_and_never_by_content(account, clock, caplog):
    books = Books([account()], clock)
    call = SandboxCall("POST", "/broken", {}, {}, A.encode())

    reply, fault = judge(books, Plan(), "cn", call)

    assert (reply.status, fault) == (500, None)
    assert b"account 'cn' raised KeyError at conftest.py:" in reply.body
    assert "KeyError" in caplog.text
    assert A not in caplog.text + reply.body.decode()


def test_a_submission_shows_its_phone_only_when_asked(make_ask):
    ask = make_ask()

    ask(A, ref="login-7")

    at, account, phone, message_id, reference, *_ = ask.books.submissions[0]
    assert (at, account, phone, reference) == (ask.books.clock(), "cn", A, "login-7")
    assert message_id in repr(ask.books.submissions[0])
    assert A not in repr(ask.books.submissions)


UNPROCESSED = {"drop_before", "http_429", "redirect"}

batches = st.lists(st.sampled_from([A, B, C, D, "+8613700990001", "+8613700990102"]), min_size=1, max_size=5)
faults = st.sampled_from([None, *(name for name in FAULTS if name not in ("refuse", "reset"))])


@given(st.lists(st.tuples(batches, faults), max_size=12), st.none() | st.integers(0, 12))
def test_every_text_is_one_that_was_accepted_and_not_taken_back(requests, balance):
    expected: Counter[str] = Counter()
    accepted: list[str] = []
    ids: list[str] = []

    class Side:
        def judge(self, call, desk):
            accepted.clear()
            for phone in json.loads(call.body):
                message_id = None if desk.refusal(phone) else desk.accept(phone)
                if message_id:
                    accepted.append(phone)
                    ids.append(message_id)
            desk.results(list(accepted))
            return SandboxReply(b"")

    books, plan = Books([SandboxAccount("cn", Side(), balance=balance)], Clock()), Plan()
    for phones, name in requests:
        plan.lift()
        if name:
            plan.inject(Injection(fault=name))
        judge(books, plan, "cn", SandboxCall("POST", "/", {}, {}, json.dumps(phones).encode()))
        magic = "+8613700990102" in phones
        injected_reply = name is not None and name not in ("missing", "reordered", "duplicated", "surplus")
        lost = name in UNPROCESSED if injected_reply else magic
        if not lost:
            expected.update(accepted)

    assert books.texts == expected
    assert Counter(each.phone for each in books.submissions) == expected
    assert len(set(ids)) == len(ids)
    if balance is not None:
        assert books.accounts["cn"].balance == balance - expected.total()
        assert books.accounts["cn"].balance >= 0


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("Hello", "Hello", True),
        ("Hello", "Hello!", False),
        ("Your code is {code}.", "Your code is 1.", True),
        ("Your code is {code}.", "Your code is .", False),
        ("{a}", "", False),
        ("{a}", "anything\nat all", True),
        ("{a}{b}", "x", False),
        ("{a}{b}", "xy", True),
        ("{a}-{b}", "--", False),
        ("{a}-{b}", "---", True),
        ("aa{x}aa", "aaa", False),
        ("aa{x}aa", "aaaaa", True),
        ("{x}aa", "aaa", True),
        ("a {not a name} b", "a {not a name} b", True),
        ("验证码{code},{minutes}分钟", "验证码1234,5分钟", True),
    ],
)
def test_a_text_fits_if_every_placeholder_stands_for_something(pattern, text, fits):
    assert TextPattern.of(pattern).fits(text) is fits


@given(st.lists(st.sampled_from(["a", "b", "ab", "{x}"]), max_size=6).map("".join), st.text("ab", max_size=8))
def test_a_pattern_agrees_with_the_regular_expression_that_says_the_same(pattern, text):
    said = ".+".join(re.escape(piece) for piece in pattern.split("{x}"))

    assert TextPattern.of(pattern).fits(text) is (re.fullmatch(said, text, re.DOTALL) is not None)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.lists(st.text("x .", max_size=4), min_size=5))
def test_a_text_made_of_an_approved_one_fits_it(values, pieces):
    template = "".join(f"{piece}{{p{index}}}" for index, piece in enumerate(pieces[: len(values)]))
    text = "".join(piece + value for piece, value in zip(pieces, values, strict=False))

    assert TextPattern.of(template).fits(text)


def test_a_huge_text_is_judged_in_no_time():
    pattern = TextPattern.of("{a}a" * 30 + "b")

    assert not pattern.fits("a" * 100_000)


@pytest.mark.parametrize(
    ("accounts", "told"),
    [
        ([{"name": "cn"}, {"name": "cn"}], "accounts: two have the same name"),
        ([{"name": "*"}], "accounts[0].name: '*' is no name"),
        ([{"rate": 0}], "accounts[0].rate: 0 is no rate"),
        ([{"rate": float("inf")}], "accounts[0].rate: inf is no rate"),
        ([{"port": 70000}], "accounts[0].port: 70000 is no port"),
        ([{"review_after": -1}], "accounts[0].review_after: -1 is no time"),
        ([{"report_delay": float("nan")}], "accounts[0].report_delay: nan is no time"),
    ],
)
def test_accounts_that_cannot_be_played_are_refused(account, clock, accounts, told):
    with pytest.raises(SandboxError) as caught:
        Books([account(**each) for each in accounts], clock)

    assert told in str(caught.value)
