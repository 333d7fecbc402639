"""The signature of a request: SHA-1 over its sorted parameters and the private key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def sign(params: Mapping[str, str], private_key: str) -> str:
    """Return the `Signature` of *params*, as lower-case hexadecimal digits.

    Names and values are joined as they are, without separators and before any escaping
    (docs.ucloud.cn/api/summary/signature). Neither time nor nonce goes in, so whoever reads a signed request can
    repeat it for ever: it travels in a body over TLS, and never in a URL.
    """
    text = "".join(name + params[name] for name in sorted(params)) + private_key
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # the vendor's algorithm
