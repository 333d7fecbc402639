"""The SMS API as the sandbox plays it: how the vendor signs what it says, and checks what is said to it.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from smsway_vonage._config import SignatureMethod


def signature(params: Mapping[str, str], secret: str, method: SignatureMethod) -> str:
    """Return the `sig` of *params*, of which none but `sig` is left out, as the vendor writes it.

    developer.vonage.com/en/getting-started/concepts/signing-messages: the values with `_` for `&` and `=`, sorted by
    name, each pair behind an `&`. The vendor writes HMACs in capitals and the plain hash in small letters.
    """
    told = "".join(f"&{name}={_plain(params[name])}" for name in sorted(params) if name != "sig")
    if method == "md5hash":
        return hashlib.md5(f"{told}{secret}".encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), told.encode(), method).hexdigest().upper()


def _plain(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")


def signs(params: Mapping[str, str], secret: str, method: SignatureMethod) -> bool:
    """True if the `sig` among *params* is the one that they should have, in capitals or not."""
    due = signature(params, secret, method)
    return hmac.compare_digest(params.get("sig", "").lower().encode(), due.lower().encode())
