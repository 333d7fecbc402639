"""What an answer proves, and what it does not."""

from __future__ import annotations

import json

import pytest

from smsway.provider import Batch, Reason, Response, Status, UnexpectedResponse
from smsway_usms._wire import decode_send

A, B, C = "+8618500000507", "+8618500000608", "+60198890000"


@pytest.fixture
def decode(stamp):
    def decode(batch, code=0, **members):
        body = {"RetCode": code, "Action": "SendBatchUSMSMessageResponse", "Message": "text", **members}
        return decode_send(batch, stamp, Response(200, json.dumps(body).encode()))

    return decode


@pytest.fixture
def failed(stamp):
    """Return the failure of the recipient at an index, found by its UserId."""

    def failed(index, phone, **members):
        return {"TemplateParams": [], "Phone": phone, "UserId": f"{stamp.reference}-{index}", **members}

    return failed


def item(*targets, **members):
    return {"TemplateId": "UTA20212831C85C", "SigContent": "SCloud", "Target": list(targets), **members}


def verdicts(outcomes):
    return [(outcome.status, outcome.reason) for outcome in outcomes]


ACCEPTED = (Status.ACCEPTED, None)
MISSING = (Status.UNKNOWN, Reason.MISSING_RESULT)
AMBIGUOUS = (Status.UNKNOWN, Reason.AMBIGUOUS)
BLOCKED = (Status.REJECTED, Reason.BLOCKED_RECIPIENT)
OTHER = (Status.REJECTED, Reason.OTHER)


def test_a_plain_success_accepts_all_under_the_session_number(batch_of, decode):
    outcomes = decode(batch_of(A, B), SessionNo="abcd-dadd", SuccessCount=2)

    assert [(outcome.recipient, outcome.provider_message_id) for outcome in outcomes] == [
        (A, "abcd-dadd"),
        (B, "abcd-dadd"),
    ]
    assert verdicts(outcomes) == [ACCEPTED] * 2


def test_a_failure_on_the_target_is_kept_beside_its_neutral_reason(batch_of, decode, failed):
    content = [item(failed(1, "(86)18500000608", FailureDetails="phone in the black list"))]

    first, second = decode(batch_of(A, B), 18046, SessionNo="s", SuccessCount=1, FailContent=content)

    assert first.status is Status.ACCEPTED
    assert (second.status, second.reason) == BLOCKED
    assert (second.code, second.detail) == ("18046", "phone in the black list")


class TestTrap30:
    """FailContent and FailureDetails stand where the pages say that they do not."""

    def test_ret_code_0_with_failures_at_the_item_is_read_like_18046(self, batch_of, decode, failed):
        content = [item(failed(1, "(86)18500000608"), FailureDetails="phone in the black list")]

        for code in (0, 18046):
            outcomes = decode(batch_of(A, B), code, SessionNo="s", SuccessCount=1, FailContent=content)

            assert verdicts(outcomes) == [ACCEPTED, BLOCKED]

    def test_the_published_example_counts_more_successes_than_are_left(self, batch_of, decode, failed):
        content = [item(failed(1, "185XXXX0608"), FailureDetails="phone in the black list")]

        outcomes = decode(batch_of(A, B), SessionNo="abcd", SuccessCount=2, FailContent=content)

        assert verdicts(outcomes) == [MISSING, BLOCKED]

    def test_18046_may_come_with_successes_only_if_they_are_counted(self, batch_of, decode, failed):
        content = [item(failed(1, "(86)18500000608"))]

        outcomes = decode(batch_of(A, B), 18046, SessionNo="s", FailContent=content)

        assert verdicts(outcomes) == [MISSING, OTHER]

    @pytest.mark.parametrize("content", [None, [], [item()]])
    @pytest.mark.parametrize("count", [None, 0, 1, 2])
    def test_18046_that_names_nobody_leaves_all_unknown(self, batch_of, decode, content, count):
        outcomes = decode(batch_of(A, B), 18046, SessionNo="s", SuccessCount=count, FailContent=content)

        assert verdicts(outcomes) == [MISSING] * 2

    def test_the_target_speaks_before_its_item(self, batch_of, decode, failed):
        content = [item(failed(0, "(86)18500000507", FailureDetails="black list"), FailureDetails="template unknown")]

        outcomes = decode(batch_of(A), 18046, SuccessCount=0, FailContent=content)

        assert verdicts(outcomes) == [BLOCKED]


@pytest.mark.parametrize("count", [0, 1, 3, 200])
def test_a_count_that_does_not_add_up_leaves_the_unexplained_unknown(batch_of, decode, count):
    outcomes = decode(batch_of(A, B), SessionNo="s", SuccessCount=count)

    assert verdicts(outcomes) == [MISSING] * 2


def test_a_count_that_takes_in_a_failure_lets_nobody_move_on(batch_of, decode, failed):
    content = [item(failed(0, "(86)18500000507", FailureDetails="insufficient balance"))]

    outcomes = decode(batch_of(A, B), SessionNo="s", SuccessCount=2, FailContent=content)

    assert verdicts(outcomes) == [OTHER, MISSING]


def test_a_session_number_alone_accepts_one_recipient_and_not_several(batch_of, decode):
    assert verdicts(decode(batch_of(A), SessionNo="s")) == [ACCEPTED]
    assert verdicts(decode(batch_of(A, B), SessionNo="s")) == [MISSING] * 2


def test_success_without_a_count_accepts_those_that_are_not_named(batch_of, decode, failed):
    content = [item(failed(0, "(86)18500000507", FailureDetails="black list"))]

    outcomes = decode(batch_of(A, B), SessionNo="s", FailContent=content)

    assert verdicts(outcomes) == [BLOCKED, ACCEPTED]


@pytest.mark.parametrize("members", [{}, {"SessionNo": ""}, {"SessionNo": None, "FailContent": None}])
def test_success_with_neither_count_nor_session_number_proves_nothing(batch_of, decode, members):
    assert verdicts(decode(batch_of(A), **members)) == [MISSING]


def test_failure_of_one_of_several_items_names_its_template(parcel_of, decode, failed):
    batch = Batch([parcel_of(A), parcel_of(B, template="UTB2", params=("a", "b")), parcel_of(C, signature="nobody")])
    content = [
        item(failed(1, "(86)18500000608"), TemplateId="UTB2", FailureDetails="template is not approved"),
        item(failed(2, "(60)198890000"), SigContent="nobody", FailureDetails="signature is not approved"),
    ]

    outcomes = decode(batch, 18046, SessionNo="s", SuccessCount=1, FailContent=content)

    assert (verdicts(outcomes)) == [
        ACCEPTED,
        (Status.REJECTED, Reason.TEMPLATE_REFUSED),
        (Status.REJECTED, Reason.SIGNATURE_REFUSED),
    ]


def test_free_text_never_names_more_than_other(batch_of, decode, failed):
    content = [item(failed(0, "(86)18500000507", FailureDetails="user 18500000507 said no"))]

    (outcome,) = decode(batch_of(A), 18046, SuccessCount=0, FailContent=content)

    assert (outcome.reason, outcome.detail) == (Reason.OTHER, "user *********** said no")


class TestPhones:
    """Without a UserId a target is found by its phone, however it is written."""

    @pytest.mark.parametrize("written", ["(86)18500000507", "(0086)18500000507", "18500000507", "+8618500000507"])
    def test_a_mainland_phone(self, batch_of, decode, written):
        content = [item({"Phone": written, "TemplateParams": [], "FailureDetails": "black list"})]

        assert verdicts(decode(batch_of(A, C), SuccessCount=1, FailContent=content)) == [BLOCKED, ACCEPTED]

    @pytest.mark.parametrize("written", ["(60)198890000", "(0060)198890000", "+60198890000"])
    def test_a_phone_abroad(self, batch_of, decode, written):
        content = [item({"Phone": written, "UserId": "", "FailureDetails": "black list"})]

        assert verdicts(decode(batch_of(A, C), SuccessCount=1, FailContent=content)) == [ACCEPTED, BLOCKED]

    @pytest.mark.parametrize("written", ["198890000", "185XXXX0507", "", "(86)1850000099", "(\uff11)18500000507", "()"])
    def test_a_phone_that_is_not_in_the_batch_makes_the_whole_answer_suspect(self, batch_of, decode, written):
        with pytest.raises(UnexpectedResponse, match="not in the request"):
            decode(batch_of(A, C), SuccessCount=1, FailContent=[item({"Phone": written})])

    @pytest.mark.parametrize("written", ["185XXXX0507", "", "18500000507", "(0086)18500000507", "8618500000507"])
    def test_a_user_id_of_ours_counts_even_if_the_phone_is_masked(self, batch_of, decode, failed, written):
        content = [item(failed(0, written, FailureDetails="black list"))]

        assert verdicts(decode(batch_of(A, C), SuccessCount=1, FailContent=content)) == [BLOCKED, ACCEPTED]

    def test_a_user_id_beside_the_phone_of_somebody_else_is_suspect(self, batch_of, decode, failed):
        with pytest.raises(UnexpectedResponse, match="not in the request"):
            decode(batch_of(A, B), SuccessCount=1, FailContent=[item(failed(0, "(86)18500000608"))])

    @pytest.mark.parametrize("user_id", ["0123456789abcdef0124-0", "0123456789abcdef0123-2", "catch the big fish"])
    def test_a_user_id_that_is_not_ours_is_suspect_even_beside_a_known_phone(self, batch_of, decode, user_id):
        with pytest.raises(UnexpectedResponse, match="not in the request"):
            decode(batch_of(A, B), FailContent=[item({"Phone": "(86)18500000608", "UserId": user_id})])


def test_a_target_named_twice_alike_counts_once(batch_of, decode, failed):
    twice = failed(0, "(86)18500000507", FailureDetails="black list")

    outcomes = decode(batch_of(A, B), 18046, SuccessCount=1, FailContent=[item(twice), item(twice)])

    assert verdicts(outcomes) == [BLOCKED, ACCEPTED]


def test_a_target_refused_for_two_causes_is_never_moved_on(batch_of, decode, failed):
    causes = [failed(0, "(86)18500000507", FailureDetails=text) for text in ("balance", "black list", "balance")]

    outcomes = decode(batch_of(A, B), 18046, SuccessCount=1, FailContent=[item(*causes)])

    assert verdicts(outcomes) == [OTHER, ACCEPTED]


def test_18014_refuses_those_it_names_and_is_unsure_of_the_others(batch_of, decode, failed):
    outcomes = decode(batch_of(A, B), 18014, SuccessCount=1, FailContent=[item(failed(0, "(86)18500000507"))])

    assert verdicts(outcomes) == [(Status.REJECTED, Reason.INVALID_RECIPIENT), AMBIGUOUS]


def test_18014_that_names_nobody_leaves_all_unknown(batch_of, decode):
    assert verdicts(decode(batch_of(A, B), 18014)) == [AMBIGUOUS] * 2


def test_details_under_a_refusal_may_be_more_precise_than_the_code(batch_of, decode, failed):
    content = [item(failed(0, "(86)18500000507", FailureDetails="black list"), failed(1, "(86)18500000608"))]

    outcomes = decode(batch_of(A, B), 18017, SuccessCount=0, FailContent=content)

    assert verdicts(outcomes) == [BLOCKED, (Status.REJECTED, Reason.TEMPLATE_REFUSED)]


@pytest.mark.parametrize("code", [110, 130, 150, 151, 200, 99999])
def test_under_an_ambiguous_code_even_the_named_are_unknown(batch_of, decode, failed, code):
    content = [item(failed(0, "(86)18500000507", FailureDetails="black list"))]

    assert verdicts(decode(batch_of(A, B), code, FailContent=content)) == [AMBIGUOUS] * 2


@pytest.mark.parametrize("action", ["SendUSMSMessageResponse", "SendBatchUSMSMessage", "Response"])
def test_an_answer_to_another_action_is_unexpected(batch_of, decode, action):
    with pytest.raises(UnexpectedResponse, match="another action"):
        decode(batch_of(A), Action=action, SessionNo="s", SuccessCount=1)


@pytest.mark.parametrize("action", [None, ""])
def test_the_name_of_the_action_may_be_absent(batch_of, decode, action):
    assert verdicts(decode(batch_of(A), Action=action, SessionNo="s", SuccessCount=1)) == [ACCEPTED]


def test_an_answer_on_a_connection_that_was_used_before_is_not_believed(batch_of, stamp):
    response = Response(200, b'{"RetCode": 0, "SessionNo": "s", "SuccessCount": 1}', fresh=False)

    with pytest.raises(UnexpectedResponse, match=r"echoes nothing.*; keep_alive = false gives"):
        decode_send(batch_of(A), stamp, response)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"RetCode": 0, "SessionNo": "s", "SuccessCount": 1',
        b'{"Action": "SendBatchUSMSMessageResponse", "SuccessCount": 1, "SessionNo": "s"}',
        b'{"RetCode": null, "SuccessCount": 1}',
        b'{"RetCode": "0", "SuccessCount": 1}',
        b'{"RetCode": 0.0, "SuccessCount": 1}',
        b'{"RetCode": false, "SuccessCount": 1}',
        b'{"RetCode": 171, "RetCode": 0, "SuccessCount": 1}',
        b'{"RetCode": 0, "SuccessCount": true}',
        b'{"RetCode": 0, "SuccessCount": -1}',
        b'{"RetCode": 0, "SuccessCount": 1, "FailContent": {}}',
        b'{"RetCode": 0, "SuccessCount": 1, "FailContent": [null]}',
        b'{"RetCode": 0, "SuccessCount": 1, "FailContent": [{"FailureDetails": "template"}]}',
        b'{"RetCode": 0, "SuccessCount": 1, "FailContent": [{"Target": [{"UserId": "x"}]}]}',
        b"[]",
        b"null",
        b"0",
        b"\xff\xfe",
        b'{"RetCode": 0, "SuccessCount": NaN}',
        b"[" * 100_000,
        b'{"RetCode": ' + b"9" * 5000 + b"}",
    ],
)
def test_an_answer_that_is_not_of_the_documented_shape_is_unexpected(batch_of, stamp, body):
    with pytest.raises(UnexpectedResponse):
        decode_send(batch_of(A), stamp, Response(200, body))


def test_an_error_quotes_nothing_of_the_answer(batch_of, stamp):
    body = b'{"RetCode": 0, "FailContent": [{"Target": [{"Phone": "(86)18511112222", "UserId": "canary"}]}]}'

    with pytest.raises(UnexpectedResponse) as error:
        decode_send(batch_of(A), stamp, Response(200, body))

    assert not {"1851", "canary"} & set(str(error.value).split())
    assert "1111" not in str(error.value)
