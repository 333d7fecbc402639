"""The signature of a v5 request: a SHA-256 over the App Key and what the call signs."""

from __future__ import annotations

import hashlib


def sign(app_key: str, random: int, time: int, **last: str) -> str:
    """Return the `sig` of a call, 64 lower-case hexadecimal digits.

    *random* is the number in the URL, *time* the seconds in the body. *last* is the one field that a call signs
    besides: `mobile` for `sendsms` and `sendmultisms2` (national numbers as in the body, joined by commas;
    cloud.tencent.com/document/product/382/5976 and 5977), `tel` for `sendisms` (E.164 with its plus).
    Nothing is URL-encoded.
    """
    fields = {"appkey": app_key, "random": random, "time": time, **last}
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    return hashlib.sha256(text.encode()).hexdigest()
