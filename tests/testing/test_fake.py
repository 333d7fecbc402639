"""The provider for tests of applications holds what every provider holds."""

from smsway.testing import ProviderConformance
from smsway.testing._fake import FakePlugin


class TestFake(ProviderConformance):
    provider = "fake"
    settings = {"key": "literal:a-key-of-the-fake"}
    template_ids = ("code",)
    plugin = FakePlugin()
