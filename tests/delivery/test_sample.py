"""What the outcomes of one request tell, and about whom."""

import pytest

from smsway import Outcome, Reason, Scope, Status
from smsway.delivery import Sign
from smsway.delivery._sample import sample_of, topics_of
from smsway.model import Filled

ACCEPTED = (Status.ACCEPTED, None)
INVALID = (Status.REJECTED, Reason.INVALID_RECIPIENT)
TEMPLATE = (Status.REJECTED, Reason.TEMPLATE_REFUSED)
BALANCE = (Status.REJECTED, Reason.INSUFFICIENT_BALANCE)
QUOTA = (Status.REJECTED, Reason.QUOTA_EXCEEDED)
THROTTLED = (Status.REJECTED, Reason.RATE_LIMITED)
MISSING = (Status.UNKNOWN, Reason.MISSING_RESULT)
LOST = (Status.UNKNOWN, Reason.NO_ANSWER)
UNREACHABLE = (Status.NOT_SENT, Reason.UNREACHABLE)
STOPPED = (Status.NOT_SENT, Reason.STOPPED)


def told(*kinds):
    """What a request tells that came to these for its recipients."""
    return sample_of([Outcome("+6598765432", status, None, reason, "7") for status, reason in kinds])


@pytest.mark.parametrize(
    ("kinds", "sign", "scope"),
    [
        ([ACCEPTED] * 3, Sign.GOOD, Scope.ACCOUNT),
        ([INVALID] * 3, Sign.GOOD, Scope.ACCOUNT),
        ([MISSING, ACCEPTED], Sign.GOOD, Scope.ACCOUNT),
        ([MISSING, INVALID], Sign.GOOD, Scope.ACCOUNT),
        ([MISSING, MISSING], Sign.FAILURE, Scope.ACCOUNT),
        ([MISSING, QUOTA], Sign.NEUTRAL, Scope.ACCOUNT),
        ([LOST], Sign.FAILURE, Scope.ACCOUNT),
        ([UNREACHABLE] * 2, Sign.FAILURE, Scope.CONNECTION),
        ([ACCEPTED, BALANCE, INVALID], Sign.FAULT, Scope.ACCOUNT),
        ([TEMPLATE] * 3, Sign.FAULT, Scope.TEMPLATE),
        # For some only, it is about their params.
        ([TEMPLATE, ACCEPTED], Sign.GOOD, Scope.ACCOUNT),
        ([TEMPLATE, QUOTA], Sign.NEUTRAL, Scope.ACCOUNT),
        ([THROTTLED], Sign.NEUTRAL, Scope.ACCOUNT),
        ([STOPPED], Sign.NEUTRAL, Scope.ACCOUNT),
    ],
)
def test_a_request_tells_one_thing_about_one_domain(kinds, sign, scope):
    sample = told(*kinds)

    assert (sample.sign, sample.scope) == (sign, scope)
    assert bool(sample.cause) == (sign in {Sign.FAILURE, Sign.FAULT})


@pytest.mark.parametrize(
    ("kind", "connection"),
    [
        (ACCEPTED, Sign.GOOD),
        (BALANCE, Sign.GOOD),
        (TEMPLATE, Sign.GOOD),
        (MISSING, Sign.GOOD),
        (LOST, Sign.NEUTRAL),
        (STOPPED, Sign.NEUTRAL),
        (UNREACHABLE, Sign.FAILURE),
    ],
)
def test_a_host_is_good_once_it_was_heard_and_fails_only_where_it_cannot_be_reached(kind, connection):
    sample = told(kind)

    assert sample.sign_for(Scope.CONNECTION) is connection
    assert sample.sign_for(Scope.ACCOUNT) is (sample.sign if sample.scope is Scope.ACCOUNT else Sign.NEUTRAL)


def test_a_throttle_of_some_recipients_slows_down_though_the_account_is_good():
    sample = told(ACCEPTED, THROTTLED)

    assert (sample.sign, sample.throttled) == (Sign.GOOD, True)


def test_the_topics_of_a_content_are_its_template_signature_and_sender_id():
    template = topics_of("cn", Filled("19", signature="Acme", sender="ACME"))
    text = topics_of("cn", Filled(text="Hello"))

    assert [(each.scope, each.name, each.account) for each in template] == [
        (Scope.TEMPLATE, "19", "cn"),
        (Scope.SIGNATURE, "Acme", "cn"),
        (Scope.SIGNATURE, "ACME", "cn"),
    ]
    assert text == ()


def test_one_who_is_accepted_tells_what_two_do():
    one = Outcome("+6598765432", Status.ACCEPTED)

    assert sample_of([one]) == sample_of([one, one])
