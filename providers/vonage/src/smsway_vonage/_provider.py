"""What an account of Vonage's SMS API can do, as a table of contents."""

# ruff: noqa: ARG002  # only sending has a use for the stamp

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    Stamp,
)
from smsway_vonage import _balance, _callbacks
from smsway_vonage._config import VonageConfig
from smsway_vonage._wire import decode_send, encode_send

CAPABILITIES = Capabilities(
    # api.support.vonage.com/hc/en-us/articles/205065817
    max_batch=1,
    text=True,
    echo=True,
    # Without one: status 2.
    needs_sender=frozenset({"*"}),
    # api.support.vonage.com/hc/en-us/articles/203993598: for each key; some senders have less.
    rate=30,
    # developer.vonage.com/en/messaging/sms/guides/concatenation-and-encoding
    segments={"*": STANDARD},
)
"""What `POST /sms/json` can do."""


@dataclass(frozen=True, slots=True)
class Vonage:
    """Speaks the SMS API for one account; its facets are `TakesCallbacks` and `TellsBalance`.

    Reports are in an API of their own, which is paid for, and nothing can be pulled.
    """

    config: VonageConfig

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch*, which has one recipient, with `POST /sms/json`."""
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read a receipt or a message from a phone, whatever the account's webhook format."""
        return _callbacks.read_callback(self.config, callback)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return a status from 200 to 205, or one after which the vendor calls again."""
        return _callbacks.answer_callback(taken=taken)

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:
        """Ask `GET /account/get-balance`, in EUR; raises `InvalidCall` for an account without `api_secret`."""
        return _balance.get_balance(self.config)
