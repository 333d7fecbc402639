"""Routes: which one matches, which accounts it leaves, and in which order."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway import Message, Reason, Recipient, Status, Template
from smsway.provider import hookimpl

MAINLAND = [f"+86137{index:08}" for index in range(4000)]
AB = {"a": "both", "b": "both"}
ABC = {**AB, "c": "both"}
C, MY, US = "+8613788888888", "+60198890000", "+12015550123"


def plan_of(client, phone=C, **message):
    return client.explain(Message(to=phone, content=message.pop("content", "hello"), **message)).recipients[0]


def firsts(client, phones, **message):
    plans = client.explain(Message(to=phones, content="hello", **message)).recipients
    return [plan.candidates[0].account for plan in plans]


def test_without_routes_every_account_serves_in_the_order_of_the_file(make_client):
    client = make_client({"b": "both", "a": "both"}, [])

    assert [each.account for each in plan_of(client).candidates] == ["b", "a"]


def test_the_first_route_that_matches_wins_and_the_passed_ones_say_why(make_client):
    routes = [
        {"name": "codes", "when": {"kinds": ["otp"]}, "accounts": ["a"]},
        {"name": "abroad", "when": {"not_countries": ["CN"]}, "accounts": ["a"]},
        {"name": "prefix", "when": {"prefixes": ["+86139"]}, "accounts": ["a"]},
        {"name": "tagged", "when": {"tags": ["vip", "beta"]}, "accounts": ["a"]},
        {"name": "template", "when": {"templates": ["t"]}, "accounts": ["a"]},
        {"name": "first", "when": {"countries": ["CN"]}, "accounts": ["b"]},
        {"name": "second", "accounts": ["a"]},
    ]
    client = make_client(AB, routes, templates={"t": {"text": "hi"}})

    plan = plan_of(client, tags=["vip"])

    assert plan.route == "first"
    assert plan.passed == (
        ("codes", "kind notification"),
        ("abroad", "country CN"),
        ("prefix", "prefix"),
        ("tagged", "tags lack beta"),
        ("template", "template None"),
    )
    assert plan_of(client, kind="otp").route == "codes"
    assert plan_of(client, MY).route == "abroad"
    assert plan_of(client, "+8613912345678").route == "prefix"
    assert plan_of(client, tags=["vip", "beta", "other"]).route == "tagged"
    assert plan_of(client, content=Template("t")).route == "template"


def test_where_no_route_matches_nothing_is_sent_and_the_outcome_says_so(make_client):
    client = make_client(AB, [{"when": {"countries": ["US"]}, "accounts": ["a"]}])

    outcome = client.send(Message(to=C, content="hello"))[0]

    assert (outcome.status, outcome.reason, outcome.detail) == (Status.NOT_SENT, Reason.NO_ROUTE, "no route matches")
    assert outcome.attempts == ()


def test_every_exclusion_has_its_cause(make_client):
    accounts = {
        "abroad": "abroad",
        "template": "template",
        "text": "text",
        "unsigned": "both",
        "anonymous": "both",
        "restricted": "both",
        "good": "both",
    }
    client = make_client(
        accounts,
        [{"accounts": list(accounts)}],
        templates={"t": {"params": [], "accounts": {name: {"id": "1"} for name in accounts if name[0] != "t"}}},
        signatures={"own": {name: "Acme" for name in accounts if name != "unsigned"}},
        senders={"own": {name: "ACME" for name in accounts if name != "anonymous"}},
    )

    message = Message(
        to=C,
        content=Template("t"),
        signature="own",
        sender="own",
        accounts=[each for each in accounts if each != "restricted"],
    )
    plan = client.explain(message).recipients[0]

    assert [each.account for each in plan.candidates] == ["good"]
    assert dict(plan.excluded) == {
        "abroad": "does not serve CN",
        "template": "has no mapping of template 't' (templates.t.accounts)",
        "text": "has no mapping of template 't', and the catalogue has no text for it",
        "unsigned": "has no signature 'own' (signatures.own.unsigned)",
        "anonymous": "has no sender 'own' (senders.own.anonymous)",
        "restricted": "the message is restricted to other accounts",
    }


def test_free_text_goes_through_accounts_that_take_it_only(make_client):
    client = make_client({"template": "template"}, [])

    outcome = client.send(Message(to=C, content="hello"))[0]

    assert outcome.reason is Reason.NO_ROUTE
    assert "template takes templates only, no free text" in outcome.detail


def test_accounts_of_a_message_keep_the_order_of_the_route(make_client):
    client = make_client(ABC, [{"accounts": ["c", "b", "a"]}])

    assert [each.account for each in plan_of(client, accounts=["a", "c"]).candidates] == ["c", "a"]


def test_a_text_account_gets_the_rendered_template(make_client, providers):
    client = make_client({"text": "text"}, [], templates={"t": {"params": ["code"], "text": "Code {code} {{x}}"}})

    client.send(Message(to=[C, Recipient(MY, {"code": "2"})], content=Template("t", {"code": "1"})))

    contents = {str(parcel.phone): parcel.content for parcel in providers.sayer.batches[-1].parcels}
    assert {phone: content.text for phone, content in contents.items()} == {C: "Code 1 {x}", MY: "Code 2 {x}"}
    assert {content.template for content in contents.values()} == {None}


@pytest.mark.parametrize("what", ["signature", "sender"])
@pytest.mark.parametrize(
    ("message", "mapping", "account", "shown"),
    [
        ("of_message", "of_mapping", "of_account", "M"),
        (None, "of_mapping", "of_account", "T"),
        (None, None, "of_account", "A"),
        (None, None, None, "D"),
    ],
)
def test_the_message_outranks_the_mapping_outranks_the_account_outranks_the_default(
    providers, what, message, mapping, account, shown
):
    from smsway import Client  # noqa: PLC0415  # the account has settings of its own here

    names = {"of_message": {"a": "M"}, "of_mapping": {"a": "T"}, "of_account": {"a": "A"}, "default": {"a": "D"}}
    source = {
        "accounts": {"a": {"provider": "both", **({what: account} if account else {})}},
        "templates": {"t": {"accounts": {"a": {"id": 1, **({what: mapping} if mapping else {})}}}},
        f"{what}s": names,
    }
    client = Client.from_config(source, plugins=[providers])

    candidate = plan_of(client, content=Template("t"), **({what: message} if message else {})).candidates[0]

    assert getattr(candidate, what) == shown


def test_a_mapping_orders_the_params_and_may_leave_some_out(make_client):
    mapping = {"a": {"id": "1", "params": ["minutes", "code"]}, "b": {"id": 2, "params": ["code"]}}
    client = make_client(AB, [], templates={"t": {"params": ["code", "minutes"], "accounts": mapping}})

    plan = plan_of(client, content=Template("t", {"code": "1", "minutes": "4"}))

    assert [(each.template, each.params) for each in plan.candidates] == [("1", ("4", "1")), ("2", ("1",))]


@pytest.mark.parametrize(
    ("given", "names", "values"),
    [
        ({}, ("code", "minutes"), ("1", "4")),
        ({"params": ["minutes", "code"]}, ("minutes", "code"), ("4", "1")),
        ({"params": {"minutes": "ttl", "code": "captcha"}}, ("ttl", "captcha"), ("4", "1")),
        ({"params": {"code": "minutes"}}, ("minutes",), ("1",)),
    ],
)
def test_an_account_is_told_what_it_calls_each_param(make_client, providers, given, names, values):
    template = {"params": ["code", "minutes"], "accounts": {"a": {"id": "1", **given}}}
    client = make_client(AB, [{"accounts": ["a"]}], templates={"t": template})

    client.send(Message(to=MAINLAND[0], content=Template("t", {"code": "1", "minutes": "4"})))

    content = providers.sayer.batches[-1].parcels[0].content
    assert (content.names, content.params) == (names, values)


def test_weights_are_kept_within_tolerance_and_each_recipient_keeps_its_account(make_client):
    client = make_client(AB, [{"accounts": {"a": 3, "b": 1}, "strategy": "weighted"}])

    found = firsts(client, MAINLAND, reference="x")

    assert Counter(found)["a"] / len(found) == pytest.approx(0.75, abs=0.03)
    assert firsts(client, MAINLAND, reference="x") == found
    assert firsts(client, MAINLAND, reference="y") != found


def test_an_account_of_weight_zero_is_a_backup_only(make_client):
    client = make_client(AB, [{"accounts": {"a": 0, "b": 1}, "strategy": "weighted"}])

    assert set(firsts(client, MAINLAND[:500])) == {"b"}
    assert [each.account for each in plan_of(client).candidates] == ["b", "a"]


def test_a_share_takes_its_part_of_the_recipients(make_client):
    client = make_client(AB, [{"when": {"share": 0.1}, "accounts": ["a"]}, {"accounts": ["b"]}])

    found = Counter(firsts(client, MAINLAND))

    assert found["a"] / len(MAINLAND) == pytest.approx(0.1, abs=0.02)


def test_weights_hold_within_a_share(make_client):
    routes = [
        {"when": {"share": 0.5}, "accounts": {"a": 1, "b": 1}, "strategy": "weighted"},
        {"accounts": ["c"]},
    ]
    client = make_client(ABC, routes)

    found = Counter(firsts(client, MAINLAND))

    assert [found[each] / len(MAINLAND) for each in "abc"] == pytest.approx([0.25, 0.25, 0.5], abs=0.03)


def test_a_share_after_a_share_takes_its_part_of_the_rest(make_client):
    routes = [
        {"when": {"share": 0.5}, "accounts": ["a"]},
        {"when": {"share": 0.5}, "accounts": ["b"]},
        {"accounts": ["c"]},
    ]
    client = make_client(ABC, routes)

    found = Counter(firsts(client, MAINLAND))

    assert [found[each] / len(MAINLAND) for each in "abc"] == pytest.approx([0.5, 0.25, 0.25], abs=0.03)


def test_round_robin_begins_with_the_next_account_at_each_recipient(make_client):
    client = make_client(ABC, [{"accounts": ["a", "b", "c"], "strategy": "round_robin"}])

    result = client.send(Message(to=MAINLAND[:7], content="hello"))

    assert [outcome.account for outcome in result] == ["a", "b", "c", "a", "b", "c", "a"]
    assert client.send(Message(to=C, content="hello"))[0].account == "b"


def test_a_dry_run_uses_up_no_turn_and_tells_the_turns_that_come(make_client):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "round_robin"}])
    message = Message(to=MAINLAND[:3], content="hello")

    dry = [client.explain(message) for _ in range(2)]
    sent = [outcome.account for outcome in client.send(message)]

    assert [[plan.candidates[0].account for plan in each.recipients] for each in dry] == [sent, sent]


def test_least_cost_begins_with_the_cheapest_for_the_country(make_client):
    client = make_client(
        ABC,
        [{"accounts": ["c", "a", "b"], "strategy": "least_cost"}],
        prices={"a": {"CN": 0.05, "*": 0.01}, "b": {"CN": 0.04, "US": 0.02}},
    )

    orders = {phone: plan_of(client, phone).candidates for phone in (C, US, MY)}

    assert [each.account for each in orders[C]] == ["b", "a", "c"]
    assert [each.account for each in orders[US]] == ["a", "b", "c"]
    assert [each.account for each in orders[MY]] == ["a", "c", "b"]
    assert [each.price for each in orders[C]] == [0.04, 0.05, None]


class Strategies:
    """Registers strategies that reverse, invent accounts, and fail."""

    @hookimpl
    def register_strategies(self, register):
        register("reverse", lambda candidates, _: candidates[::-1])
        register("inventive", lambda candidates, choice: [object(), *candidates[1:], choice])
        register("twice", lambda candidates, _: [*candidates, *candidates])
        register("picky", lambda candidates, _: candidates[:1])
        register("none", lambda *_: ())
        register("broken", lambda _, choice: {}[choice.subject.phone])


def test_a_plugin_can_bring_a_strategy(make_client):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "reverse"}], Strategies())

    assert client.send(Message(to=C, content="hello"))[0].account == "b"


def test_a_strategy_cannot_add_accounts(make_client):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "inventive"}], Strategies())

    assert [each.account for each in plan_of(client).candidates] == ["b"]


def test_an_account_that_a_strategy_returns_twice_counts_once(make_client):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "twice"}], Strategies())

    assert [each.account for each in plan_of(client).candidates] == ["a", "b"]


def test_an_account_that_a_strategy_leaves_out_is_excluded_with_that_cause(make_client):
    client = make_client({**AB, "x": "abroad"}, [{"accounts": ["x", "a", "b"], "strategy": "picky"}], Strategies())

    plan = plan_of(client)

    assert [each.account for each in plan.candidates] == ["a"]
    assert plan.excluded == (("x", "does not serve CN"), ("b", "left out by strategy 'picky'"))


def test_where_a_strategy_leaves_nobody_the_outcome_says_so(make_client):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "none"}], Strategies())

    outcome = client.send(Message(to=C, content="hello"))[0]

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.NO_ROUTE)
    assert "left out by strategy 'none'" in outcome.detail


def test_a_strategy_that_fails_leaves_the_order_of_the_route_and_no_phone_in_the_log(make_client, caplog):
    client = make_client(AB, [{"accounts": ["a", "b"], "strategy": "broken"}], Strategies())

    outcome = client.send(Message(to=C, content="hello"))[0]

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "a")
    assert "strategy broken failed: KeyError" in caplog.text
    assert C not in caplog.text


@pytest.mark.parametrize(
    ("at", "route"),
    [
        ("2026-01-05 21:59:59", "day"),
        ("2026-01-05 22:00:00", "night"),
        ("2026-01-06 00:00:00", "night"),
        ("2026-01-06 05:59:59", "night"),
        ("2026-01-06 06:00:00", "day"),
        ("2026-01-06 22:00:00", "day"),
        ("2026-01-05 03:00:00", "day"),
    ],
)
def test_a_window_over_midnight_belongs_to_its_first_day_in_its_zone(make_client, clock, at, route):
    # 2026-01-05 is a Monday.
    window = {"from": "22:00", "to": "06:00", "zone": "Asia/Shanghai", "days": ["mon"]}
    client = make_client(
        AB, [{"name": "night", "when": {"time": window}, "accounts": ["a"]}, {"name": "day", "accounts": ["b"]}]
    )

    clock.time = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()

    assert plan_of(client).route == route
    assert client.send(Message(to=C, content="hello"))[0].account == ("a" if route == "night" else "b")


def test_one_client_follows_the_clock_from_route_to_route(make_client, clock):
    window = {"from": "08:00", "to": "20:00", "zone": "Europe/Berlin"}
    client = make_client(AB, [{"when": {"time": window}, "accounts": ["a"]}, {"accounts": ["b"]}])

    accounts = []
    for hour in (7, 8, 19, 20):
        clock.time = datetime(2026, 7, 1, hour, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
        accounts.append(client.send(Message(to=C, content="hello"))[0].account)

    assert accounts == ["b", "a", "a", "b"]


@pytest.fixture(scope="module")
def many_ways(make_client):
    """Return a client with a route of every kind."""
    accounts = {"t": "template", "x": "text", "b": "both", "cn": "mainland", "out": "abroad"}
    routes = [
        {"when": {"kinds": ["otp"], "share": 0.5}, "accounts": {"b": 1, "x": 2}, "strategy": "weighted"},
        {"when": {"prefixes": ["+60"]}, "accounts": ["out", "b", "cn"], "strategy": "round_robin"},
        {"when": {"countries": ["CN"], "tags": ["vip"]}, "accounts": ["cn", "t"], "strategy": "least_cost"},
        {"when": {"countries": ["CN", "US"]}, "accounts": ["t", "x", "cn"], "strategy": "round_robin"},
    ]
    return make_client(
        accounts,
        routes,
        templates={"t": {"params": ["code"], "text": "{code}", "accounts": {"t": {"id": 1}, "cn": {"id": 2}}}},
        signatures={"s": {"t": "S", "x": "S", "out": "S"}},
        prices={"cn": {"CN": 2}, "t": {"*": 1}},
    )


@given(
    st.lists(st.sampled_from([*MAINLAND[:5], MY, US, "+447400123456"]), min_size=1, max_size=8),
    st.sampled_from(["hello", Template("t", {"code": "1"})]),
    st.sampled_from(["otp", "notification"]),
    st.sampled_from([None, "s"]),
    st.sampled_from([(), ("vip",)]),
    st.sampled_from([(), ("cn", "x"), ("b",)]),
)
def test_explain_agrees_with_send(many_ways, to, content, kind, signature, tags, accounts):
    message = Message(to=to, content=content, kind=kind, signature=signature, tags=tags, accounts=accounts)

    dry = many_ways.explain(message)
    sent = many_ways.send(message)

    assert [plan.recipient for plan in dry.recipients] == [outcome.recipient for outcome in sent] == to
    for plan, outcome in zip(dry.recipients, sent, strict=True):
        assert outcome.account == (plan.candidates[0].account if plan.candidates else None)
        assert (outcome.status is Status.ACCEPTED) == bool(plan.candidates)
        if plan.candidates:
            assert outcome.segments == plan.candidates[0].segments
    planned = [index for batch in dry.batches for index in batch.recipients]
    assert sorted(planned) == [index for index, outcome in enumerate(sent) if outcome.account]


def test_an_account_without_the_signature_or_sender_that_a_vendor_asks_for_is_left_out_with_the_way_out(make_client):
    routes = [{"accounts": ["a", "b"]}]
    accounts = {"a": "named", "b": "both"}
    signed, sent = {"signatures": {"default": {"a": "Acme"}}}, {"senders": {"default": {"a": "ACME"}}}
    lacking_signature = "texts to CN need a signature there (such as signatures.default.a)"
    lacking_sender = "texts to {} need a sender there (such as senders.default.a)"

    assert plan_of(make_client(accounts, routes)).excluded == (("a", lacking_signature),)
    assert plan_of(make_client(accounts, routes), MY).excluded == (("a", lacking_sender.format("MY")),)
    assert plan_of(make_client(accounts, routes, **signed)).excluded == (("a", lacking_sender.format("CN")),)
    assert plan_of(make_client(accounts, routes, **sent), MY).excluded == ()
    assert plan_of(make_client(accounts, routes, **signed, **sent)).excluded == ()
