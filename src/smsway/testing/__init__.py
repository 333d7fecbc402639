"""The door for whoever tests: a conformance kit for providers, strategies and fakes.

It needs the extra: `pip install "smsway[testing]"`. With `pytest_plugins = ["smsway.testing"]` in a `conftest.py`, the
fixture `sms` gives an application a client whose messages land in a list.
"""

import pytest

# Before anything of it is imported, or a failing check shows a bare `AssertionError`.
pytest.register_assert_rewrite("smsway.testing._checks")

from smsway.testing._cast import frozen_stamp  # noqa: E402
from smsway.testing._conformance import CHECKS, ProviderConformance  # noqa: E402
from smsway.testing._fake import FakePlugin, FakeProvider  # noqa: E402
from smsway.testing._recorder import Recorder, recording, sms, sms_configuration  # noqa: E402
from smsway.testing._sample import Sample  # noqa: E402
from smsway.testing._stage import Stage, replay  # noqa: E402
from smsway.testing._strategies import batches, countries, e164, messages, stamps, texts  # noqa: E402
from smsway.testing._subject import Subject  # noqa: E402

__all__ = [
    "CHECKS",
    "FakePlugin",
    "FakeProvider",
    "ProviderConformance",
    "Recorder",
    "Sample",
    "Stage",
    "Subject",
    "batches",
    "countries",
    "e164",
    "frozen_stamp",
    "messages",
    "recording",
    "replay",
    "sms",
    "sms_configuration",
    "stamps",
    "texts",
]
