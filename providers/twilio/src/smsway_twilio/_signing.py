"""How Twilio signs what it posts: HMAC-SHA1 over the address and the form (twilio.com/docs/usage/security)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence

from smsway.provider import Callback, MalformedCallback, SecretStr

_HEADER = "x-twilio-signature"
# New in twilio 9: it names a key that is not the auth token.
_OTHER_KEY = "x-twilio-webhooks-signature-settings"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#]*)(?P<rest>[^#]*)(#.*)?")
_PORT = re.compile(r":[0-9]*$")


def check_signature(callback: Callback, form: Sequence[tuple[str, str]], token: SecretStr) -> None:
    """Raise `MalformedCallback` unless *callback*, whose fields are *form*, is signed with the auth *token*."""
    if _OTHER_KEY in callback.headers:
        raise MalformedCallback("it is signed with a shared key; have Twilio sign with the auth token of the account")
    given = callback.headers.get(_HEADER, "").encode()
    # The vendor signs an address with or without its port, whatever stands in it (twilio 9.13.0, request_validator.py).
    signatures = [signature(address, form, token.get_secret_value()) for address in _spellings(callback.url)]
    if not any(hmac.compare_digest(given, each.encode()) for each in signatures):
        raise MalformedCallback(
            "the signature does not fit; auth_token must be the account's primary one, and webhooks.public_url the "
            "beginning of the address that Twilio calls"
        )


def signature(address: str, form: Sequence[tuple[str, str]], token: str) -> str:
    """Return the signature of *form*, names and decoded values as they were posted, to *address*."""
    # Of names that come twice, each different value counts once (twilio 9.13.0).
    signed = address + "".join(f"{name}{value}" for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _spellings(url: str) -> Iterator[str]:
    """Yield *url* as it stands, without its port, and with the one of its scheme; a fragment is never signed."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return
    host = parts["host"].rpartition("@")[2]
    bare = _PORT.sub("", host)
    for named in dict.fromkeys((host, bare, f"{bare}:{_DEFAULT_PORTS[parts['scheme']]}")):
        yield f"{parts['scheme']}://{named}{parts['rest']}"
