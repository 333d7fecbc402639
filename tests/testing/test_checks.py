"""What every check of the kit is like."""

import pytest

from smsway.provider import FACETS
from smsway.testing import CHECKS, ProviderConformance
from smsway.testing._calls import CALLS, methods_of

GROUPS = [group for group in ProviderConformance.__mro__ if any(name.startswith("test_") for name in vars(group))]
NO_EXCHANGE = {"read_callback", "answer_callback", "verification", "most_reports", "most_inbound"}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_says_its_rule_and_where_to_look(name):
    rule, _, advice = (getattr(ProviderConformance, name).__doc__ or "").partition("\n\n")

    assert rule.strip()
    assert advice.strip().startswith("If it fails: ")
    assert advice.strip().removeprefix("If it fails: ")


def test_no_two_groups_have_a_check_of_the_same_name():
    names = [name for group in GROUPS for name in vars(group) if not name.startswith("__")]
    shared = {name for name in names if names.count(name) > 1}

    assert shared == set()


def test_there_are_more_than_sixty_checks():
    assert len(CHECKS) >= 60


def test_every_call_of_a_facet_is_known_to_the_kit():
    methods = {name for facet in FACETS.values() for name in methods_of(facet)}

    assert methods - NO_EXCHANGE == set(CALLS)
