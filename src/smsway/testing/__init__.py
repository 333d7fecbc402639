"""The door for whoever tests: a conformance kit for providers, strategies and fakes.

It needs the extra: `pip install "smsway[testing]"`.
"""

import pytest

# Before anything of it is imported, or a failing check shows a bare `AssertionError`.
pytest.register_assert_rewrite("smsway.testing._checks")

from smsway.testing._cast import frozen_stamp  # noqa: E402
from smsway.testing._conformance import CHECKS, ProviderConformance  # noqa: E402
from smsway.testing._sample import Sample  # noqa: E402
from smsway.testing._stage import Stage, replay  # noqa: E402
from smsway.testing._subject import Subject  # noqa: E402

__all__ = [
    "CHECKS",
    "ProviderConformance",
    "Sample",
    "Stage",
    "Subject",
    "frozen_stamp",
    "replay",
]
