"""The provider: what it can do, and its exchanges with the vendor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from smsway.provider import (
    STANDARD,
    Balance,
    Batch,
    Callback,
    CallbackAnswer,
    Capabilities,
    Exchange,
    Inbound,
    Outcome,
    Report,
    ReportQuery,
    Stamp,
    Verification,
)
from smsway_twilio import _balance, _callbacks, _messages
from smsway_twilio._config import TwilioConfig
from smsway_twilio._wire import decode_send, encode_send

CAPABILITIES = Capabilities(
    max_batch=1,
    text=True,
    template=True,
    # Twilio delivers nothing there, whatever an account permits (twilio.com/docs/api/errors/21408).
    not_countries=frozenset({"CU", "IR", "SY"}),
    echo=False,
    # From or MessagingServiceSid is required (twilio.com/docs/messaging/api/message-resource, error 21603).
    needs_sender=frozenset({"*"}),
    segments={"*": STANDARD},
)
"""Abilities and limits of creating a message; requests per second are not documented."""


@dataclass(frozen=True, slots=True)
class Twilio:
    """Speaks the REST API 2010-04-01 for one account.

    What is said of the facets in `smsway.provider` holds for their methods. In addition, `InvalidCall` is raised for
    whatever Twilio cannot be asked.
    """

    config: TwilioConfig

    verification: ClassVar[Verification | None] = _messages.VERIFICATION

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Create one message, to the one recipient of *batch*.

        Raises `UnexpectedResponse` for an answer that is not one to this request.
        """
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, response)

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:  # noqa: ARG002
        """Look up the texts to one phone in a span of time, or those with some message ids at any time."""
        return _messages.find_reports(self.config, query)

    def find_inbound(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:  # noqa: ARG002
        """Look up the messages from one phone in a span of time."""
        return _messages.find_inbound(self.config, query)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read a status of a text or a message from a phone, and check its signature; raises `MalformedCallback`."""
        return _callbacks.read_callback(callback, self.config)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return an empty TwiML document, or what makes Twilio post it again."""
        return _callbacks.answer_callback(taken=taken)

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:  # noqa: ARG002
        """Return what is left in the currency of the account; a subaccount has no balance of its own."""
        return _balance.get_balance(self.config)
