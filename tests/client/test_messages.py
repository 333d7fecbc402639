"""What may be sent: every mistake is listed with its position, and nothing is sent of a message that has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway import InvalidMessage, Message, Reason, Recipient, Status, Template, Text

CODE = {"code": "1234", "minutes": "4"}
GOOD = Template("login_code", CODE)
A, B, C = "+8613788888888", "+8613788888889", "+60198890000"


def problems(client, message):
    with pytest.raises(InvalidMessage) as caught:
        client.send(message)
    found = {}
    for problem in caught.value.problems:
        found[problem.where] = f"{found[problem.where]}; {problem.what}" if problem.where in found else problem.what
    return found


def test_one_error_lists_every_bad_field_and_nothing_is_sent(client, line):
    message = Message(
        to=[A, "12", Recipient("+8613788888889", {"cod": "1", "minutes": 4}), "+999123456789", 7, Recipient(None)],
        content=Template("login_code", {"code": "\ud800"}),
        kind="opt",
        region="XX",
        signature="defualt",
        sender="none",
        accounts=["wrld"],
        within=0,
        options={"tencent-v5": {"extnd": "1"}, "usms": {"extend_code": "x"}, "tencent-global": {}, "twilio": {}},
    )

    found = problems(client, message)

    assert set(found) == {
        "content.params.code",
        "content.params",
        "to[1]",
        "to[2].params.cod",
        "to[2].params.minutes",
        "to[3]",
        "to[4]",
        "to[5]",
        "kind",
        "region",
        "signature",
        "sender",
        "accounts",
        "within",
        "options.tencent-v5.extnd",
        "options.usms.extend_code",
        "options.tencent-global",
        "options.twilio",
    }
    assert "did you mean 'code'?" in found["to[2].params.cod"]
    assert "did you mean 'default'?" in found["signature"]
    assert "did you mean 'world'?" in found["accounts"]
    assert "did you mean 'extend'?" in found["options.tencent-v5.extnd"]
    assert "otp, notification, marketing" in found["kind"]
    assert line.requests == []


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        (Template("login_cod", CODE), "content", "did you mean 'login_code'?"),
        (Template("login_code", {"code": "1"}), "content.params", "lacks 'minutes'"),
        (Template("login_code", {**CODE, "cod": "1"}), "content.params.cod", "did you mean 'code'?"),
        (Template("login_code", {**CODE, "code": 1234}), "content.params.code", "is of type int; params are str"),
        (Template("login_code", ["1234", "4"]), "content.params", "is of type list"),
        (Text(""), "content", "is empty"),
        (Text("half \ud83d"), "content", "surrogate"),
        (Text(5), "content", "is of type int"),
        (42, "content", "is of type int; give Text, Template or a str"),
    ],
)
def test_content_that_cannot_be_sent_is_named(client, content, where, words):
    assert words in problems(client, Message(to=A, content=content))[where]


@pytest.mark.parametrize(
    ("field", "value", "where", "words"),
    [
        ("to", None, "to[0]", "is neither a phone nor a Recipient"),
        ("to", 5, "to[0]", "is neither a phone nor a Recipient"),
        ("content", Template(["login_code"]), "content", "names a template of type list"),
        ("kind", ["otp"], "kind", "is none of otp, notification, marketing"),
        ("region", ["CN"], "region", "is not an ISO 3166-1 alpha-2 code"),
        ("signature", ["shop"], "signature", "is not in the catalogue"),
        ("sender", {}, "sender", "is not in the catalogue"),
        ("accounts", None, "accounts", "is of type NoneType; give names"),
        ("accounts", [["cn"]], "accounts", "holds a list; names are str"),
        ("tags", 5, "tags", "is of type int; give names"),
        ("tags", [["vip"]], "tags", "is of type list; give names"),
        ("options", None, "options", "is of type NoneType; give a mapping by provider"),
        ("options", {5: {}}, "options.5", "is no configured provider"),
    ],
)
def test_a_value_of_another_type_is_one_more_problem(client, line, field, value, where, words):
    message = Message(**({"to": A, "content": GOOD} | {field: value}))

    assert words in problems(client, message)[where]
    assert [outcome.reason for outcome in client.send_many([message])] == [Reason.INVALID_MESSAGE]
    assert line.requests == []


@pytest.mark.parametrize("caller", ["", "x" * 65, 7, "\ud800"])
def test_a_caller_that_is_no_short_text_is_refused(client, caller):
    found = problems(client, Message(to=A, content=GOOD, caller=caller))

    assert found == {"caller": "is not a text of 1 to 64 characters"}


@pytest.mark.parametrize("within", [0, -1, "soon", float("nan")])
def test_a_time_that_is_no_positive_number_is_refused(client, within):
    assert "seconds above 0" in problems(client, Message(to=A, content=GOOD, within=within))["within"]


def test_options_reach_their_provider(client, line):
    client.send(Message(to=A, content=GOOD, options={"tencent-v5": {"extend": "5"}}))

    assert b'"extend":"5"' in line.requests[0].content


def test_more_kinds_of_message_than_routing_remembers_are_routed_all_the_same(client, monkeypatch):
    monkeypatch.setattr("smsway.routing._router._CACHED", 1)

    accounts = [client.send(Message(to=A, content=GOOD, tags=[tag]))[0].account for tag in "abab"]

    assert accounts == ["cn"] * 4


def test_a_message_to_nobody_is_refused(client):
    assert problems(client, Message(to=[], content=GOOD)) == {"to": "names no recipient"}


def test_params_of_a_recipient_need_a_template(client):
    found = problems(client, Message(to=[Recipient(A, CODE)], content="hello"))

    assert found == {"to[0].params": "params need a Template, and the content is Text"}


def test_params_of_a_recipient_that_are_no_mapping_are_told_beside_a_template_that_is_not_there(client, line):
    message = Message(to=[Recipient(A, "1234"), B], content=Template("nope"))

    found = problems(client, message)
    outcomes = list(client.send_many([Message(to=B, content=GOOD), message]))

    assert set(found) == {"content", "to[0].params"}
    assert found["to[0].params"] == "is of type str; params are a mapping of str to str"
    assert [outcome.reason for outcome in outcomes if outcome.status == "not_sent"] == [Reason.INVALID_MESSAGE] * 2
    assert len(outcomes) == 3
    assert len(line.requests) == 1


def test_params_of_a_recipient_complete_those_of_the_message_for_this_recipient_only(client):
    message = Message(
        to=[Recipient(A, {"minutes": "4"}), B, Recipient(C, {"minutes": "5"})],
        content=Template("login_code", {"code": "1"}),
    )

    assert problems(client, message) == {"content.params": "lacks 'minutes', which template 'login_code' needs"}


def test_a_message_whose_recipients_all_bring_what_is_missing_is_good(client):
    message = Message(
        to=[Recipient(A, {"minutes": "4"}), Recipient(B, CODE)], content=Template("login_code", {"code": "1"})
    )

    plans = client.explain(message).recipients

    assert [plan.candidates[0].params for plan in plans] == [("1", "4"), ("1234", "4")]


def test_a_bad_phone_hides_no_other_mistake(client):
    message = Message(to=["12", B], content=Template("login_code", {"code": "1"}))

    assert set(problems(client, message)) == {"to[0]", "content.params"}


def test_params_that_are_empty_text_are_good(client):
    plan = client.explain(Message(to=A, content=Template("login_code", {"code": "", "minutes": "4"}))).recipients[0]

    assert plan.candidates[0].params == ("", "4")


@given(st.text("0123456789+", min_size=6, max_size=25))
def test_no_error_quotes_a_phone(make_client_once, phone):
    message = Message(to=[phone], content=Template("none"))

    with pytest.raises(InvalidMessage) as caught:
        make_client_once.send(message)

    assert phone not in str(caught.value)


@pytest.fixture(scope="module")
def make_client_once():
    from smsway import Client  # noqa: PLC0415  # once for all examples

    with Client.from_config(
        {"accounts": {"cn": {"provider": "tencent-v5", "sdk_app_id": 1, "app_key": "literal:x"}}}
    ) as client:
        yield client


def test_outcomes_come_in_the_order_of_the_recipients_and_duplicates_are_each_answered(client, line):
    to = [C, A, B, A, "137 8888 8888", Recipient(A, reference="own")]

    result = client.send(Message(to=to, content=GOOD, reference="all"))

    assert [outcome.recipient for outcome in result] == [C, A, B, A, A, A]
    assert [outcome.reference for outcome in result] == ["all"] * 5 + ["own"]
    assert [outcome.status for outcome in result] == [Status.UNKNOWN] * 6
    assert len({id(outcome) for outcome in result}) == 6
    # One request abroad; four times the same phone needs four to the mainland.
    assert len(line.requests) == 5


def test_send_many_settles_a_message_that_is_not_valid_and_sends_the_others(client, line):
    messages = [
        Message(to=[A, "12", Recipient(B, reference="b")], content=GOOD, reference="bad"),
        Message(to=[C], content=GOOD),
    ]

    outcomes = {outcome.recipient: outcome for outcome in client.send_many(messages)}

    assert set(outcomes) == {A, "12", B, C}
    assert [outcomes[each].status for each in (A, "12", B)] == [Status.NOT_SENT] * 3
    assert {outcomes[each].reason for each in (A, "12", B)} == {Reason.INVALID_MESSAGE}
    assert (outcomes[A].reference, outcomes[B].reference) == ("bad", "b")
    assert outcomes[C].status is Status.UNKNOWN
    assert len(line.requests) == 1


@given(st.lists(st.lists(st.sampled_from([A, B, C, "12"]), min_size=1, max_size=4), max_size=6))
def test_send_many_answers_every_recipient_exactly_once(make_client_once, batches):
    messages = [Message(to=to, content="hello", accounts=["cn"], within=1e-9) for to in batches]

    outcomes = list(make_client_once.send_many(messages))

    assert sorted(outcome.recipient for outcome in outcomes) == sorted(phone for to in batches for phone in to)
    assert {outcome.status for outcome in outcomes} <= {Status.NOT_SENT}


def test_a_region_that_is_no_text_is_no_help_to_a_national_number(client):
    found = problems(client, Message(to=["13788888888", A], content=GOOD, region=["CN"]))

    assert set(found) == {"region", "to[0]"}
