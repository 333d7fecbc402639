"""Whoever is good passes the kit, whatever it can and cannot do."""

import pytest

_SUBMIT = """        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""
NO_SIDE = {"            sandbox=_side,\n": ""}

OTHERS = {
    "asks for a token first": {
        _SUBMIT: f"""        try:
            yield from self._ask_one("token", stamp, str)
        except CallFailed as error:
            return [rejected(parcel, error.reason, error.code) for parcel in batch.parcels]
{_SUBMIT}""",
        "    Verification,\n    decode_json": "    CallFailed,\n    Verification,\n    rejected,\n    decode_json",
        '    ("POST", "/send"): _send,\n': '    ("POST", "/send"): _send,\n'
        '    ("POST", "/token"): lambda asked, desk: {"items": ["a token"]},\n',
        # They have no answer to the request for a token.
        "    samples = (SENT, LEFT)\n": "",
    },
    "reads answers that echo nothing": {
        "    echo=True,\n": "",
        '{"ref": asked["ref"], "code": 0,': '{"code": 0,',
        """    if answer.ref is None:
        response.require_fresh("an answer without ref")
    elif answer.ref != stamp.reference:
        raise UnexpectedResponse("the answer repeats the ref of another request")
""": '    response.require_fresh("an answer of Acme")\n',
    },
    "sends one by one": {"max_batch=20,": "max_batch=1,"},
    "sends to all the same": {"sharing=Sharing.OWN,": "sharing=Sharing.SAME,"},
    "carries text only": {"    template=True,\n": "", '    template_ids = ("T1", "T2")\n': ""},
    "carries templates only": {"    text=True,\n": ""},
    "serves one country": {'apart=frozenset({"US"})': 'countries=frozenset({"SG"})'},
    "brings samples and no side": NO_SIDE,
}


def test_a_good_provider_passes_every_check(run_kit):
    reports = run_kit()

    assert [report.longreprtext for report in reports if report.outcome != "passed"] == []


@pytest.mark.parametrize("other", OTHERS)
def test_another_good_provider_passes(other, run_kit):
    reports = run_kit(OTHERS[other], but=["test_no_fault_doubles_a_text_or_makes_a_false_result"])

    assert [report.longreprtext for report in reports if report.failed] == []


def test_samples_without_a_side_are_spoilt_at_every_step(run_kit):
    checks = [
        "test_what_is_no_answer_is_refused_at_every_step_of_a_send",
        "test_an_answer_that_lacks_any_member_accepts_nobody_falsely",
        "test_what_is_no_answer_is_refused_at_every_step_of_every_call",
        "test_nothing_private_is_in_an_error",
        "test_nothing_private_is_in_a_traceback_with_locals",
        "test_a_good_answer_to_another_request_is_not_believed",
    ]

    reports = run_kit(NO_SIDE, checks)

    assert [
        report.nodeid.rpartition("::")[2] for report in reports if report.when == "call" and report.passed
    ] == checks


CARELESS = [
    (
        {"    to: str\n    code: int\n": "    to: str\n    code: int = OK\n"},
        "test_an_answer_that_lacks_any_member_accepts_nobody_falsely",
        "items.0.code: recipient 1 is accepted",
    ),
    (
        {"    elif answer.ref != stamp.reference:\n": "    elif not answer.ref:\n"},
        "test_a_good_answer_to_another_request_is_not_believed",
        "the answer to another request is believed",
    ),
]


@pytest.mark.parametrize(("edits", "check", "words"), CARELESS)
def test_a_careless_provider_without_a_side_is_caught_by_its_samples(edits, check, words, run_kit):
    reports = run_kit({**NO_SIDE, **edits}, [check])

    (message,) = [report.longrepr.reprcrash.message for report in reports if report.failed]
    assert words in message
