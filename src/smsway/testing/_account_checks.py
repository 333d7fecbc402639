"""What pytest collects for `smsway conformance`."""

from smsway.testing._account import declared

TestAccount = declared()
