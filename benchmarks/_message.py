"""What is sent in the scenarios that run in the process of the benchmark: the message, and the check of its result."""

from __future__ import annotations

from typing import Any

from _canned import PARAMS, Vendor

from smsway import Message, Status, Template
from smsway.model import Stamp
from smsway.provider import Provider
from smsway.routing import Shipment

STAMP = Stamp(1_767_225_600.0, (1 << 80) - 1)


def message(vendor: Vendor, recipients: int) -> Message:
    """Return a message to the first *recipients* phones of *vendor*."""
    content = Template("login_code", dict(zip(("code", "minutes"), PARAMS, strict=True)))
    return Message(to=vendor.phones(recipients), content=content, kind="otp", reference="login-77")


def provider_of(shipment: Shipment) -> Provider:
    """Return who carries *shipment*."""
    assert shipment.account.provider is not None
    return shipment.account.provider


def check(result: Any, recipients: int) -> None:
    """A benchmark of failures would be worth nothing."""
    if [outcome.status for outcome in result] != [Status.ACCEPTED] * recipients:
        raise SystemExit(f"not accepted: {[(o.status, o.reason, o.code, o.detail) for o in result][:3]}")
