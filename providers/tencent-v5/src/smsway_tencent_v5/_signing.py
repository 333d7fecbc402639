"""The signature of a v5 request: a SHA-256 over the App Key and what the call signs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from smsway.provider import Stamp
from smsway_tencent_v5._config import TencentV5Config


def sign(app_key: str, random: int, time: int, **last: str) -> str:
    """Return the `sig` of a call, 64 lower-case hexadecimal digits.

    *random* is the number in the URL, *time* the seconds in the body. *last* is the one field that a call signs
    besides: `mobile` for `sendsms` and `sendmultisms2` (national numbers as in the body, joined by commas;
    cloud.tencent.com/document/product/382/5976 and 5977), `tel` for `sendisms` (E.164 with its plus); all other calls
    sign none. Nothing is URL-encoded.
    """
    fields = {"appkey": app_key, "random": random, "time": time, **last}
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    return hashlib.sha256(text.encode()).hexdigest()


class Seal(NamedTuple):
    """What proves that a request is ours: *random* stands in its URL, *time* and *sig* in its body."""

    random: int
    time: int
    sig: str


_NOTHING: Mapping[str, str] = MappingProxyType({})


def seal(config: TencentV5Config, stamp: Stamp, last: Mapping[str, str] = _NOTHING, turn: int = 0) -> Seal:
    """Seal request number *turn* of *stamp*, which signs *last* besides; see `sign`."""
    # Ten digits, as in the vendor's examples; the very same digits are signed.
    random = 1_000_000_000 + (stamp.nonce + turn) % 9_000_000_000
    time = int(stamp.now)
    return Seal(random, time, sign(config.app_key.get_secret_value(), random, time, **last))
