"""The kit catches whoever is careless: the good provider with one fault fails the checks that hold against it."""

import pytest
from careless_answers import CARELESS as ANSWERS
from careless_calls import CARELESS as CALLS
from careless_package import CARELESS as PACKAGE
from careless_privacy import CARELESS as PRIVACY
from careless_sending import CARELESS as SENDING
from careless_side import CARELESS as SIDE

from smsway.testing import CHECKS

CARELESS = (*PACKAGE, *SENDING, *ANSWERS, *PRIVACY, *CALLS, *SIDE)


@pytest.mark.parametrize("careless", CARELESS, ids=lambda careless: careless.fault)
def test_a_careless_provider_is_caught(careless, run_kit):
    reports = run_kit(careless.edits, careless.caught)

    told = {report.nodeid.rpartition("::")[2]: report.longrepr.reprcrash.message for report in reports if report.failed}
    assert told.keys() == careless.caught.keys()
    for check, words in careless.caught.items():
        assert words in told[check]


def test_every_check_catches_somebody():
    caught = {check.partition("[")[0] for careless in CARELESS for check in careless.caught}

    assert sorted(set(CHECKS) - caught) == []


def test_no_two_faults_are_the_same():
    assert (
        len({careless.fault for careless in CARELESS}) == len(CARELESS) == len({str(each.edits) for each in CARELESS})
    )
