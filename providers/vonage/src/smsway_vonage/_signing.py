"""The signature of requests and callbacks (developer.vonage.com/en/getting-started/concepts/signing-messages)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from smsway.provider import SecretStr
from smsway_vonage._config import SignatureMethod

_FLAT = str.maketrans("&=", "__")


def sign(params: Mapping[str, str], secret: SecretStr, method: SignatureMethod) -> str:
    """Return the `sig` that *params* should have, in small letters; one that is among them does not count.

    What is signed is each name and value in the order of the names, unescaped, with `_` for `&` and `=` in the values.
    """
    key = secret.get_secret_value().encode()
    said = "".join(f"&{name}={params[name].translate(_FLAT)}" for name in sorted(params) if name != "sig").encode()
    if method == "md5hash":
        return hashlib.md5(said + key, usedforsecurity=False).hexdigest()
    return hmac.new(key, said, method).hexdigest()


def is_signed(params: Mapping[str, str], secret: SecretStr, method: SignatureMethod) -> bool:
    """True if the `sig` among *params* is the right one, in capitals or not."""
    return hmac.compare_digest(params.get("sig", "").lower().encode(), sign(params, secret, method).encode())
