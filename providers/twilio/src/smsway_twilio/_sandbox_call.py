"""Twilio as the sandbox plays it: a request that the gateway has let through, and its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from smsway.provider import SandboxCall, SandboxDesk
from smsway_twilio._config import TwilioConfig

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A *call* for the account of *config*; *sid* is that of the one resource it names, or empty."""

    call: SandboxCall
    desk: SandboxDesk
    config: TwilioConfig
    sid: str = ""

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters in the body; those that nobody knows are left alone, as the vendor says of its 20001."""
        if not self.call.headers.get("content-type", "").startswith(_FORM):
            return {}
        return dict(parse_qsl(self.call.body.decode(errors="replace"), keep_blank_values=True))

    @property
    def base(self) -> str:
        """The path of the account."""
        return f"/2010-04-01/Accounts/{self.config.account_sid}"
