"""ACS3-HMAC-SHA256, the request signature V3 of Alibaba Cloud, for a POST to `/`.

The page is the same for every product: help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
DIGEST = "x-acs-content-sha256"


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Return *parameters* as they are signed, and may be sent: sorted by name, encoded by RFC 3986."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(parameters.items()))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def authorization(key_id: str, key_secret: str, query: str, headers: Mapping[str, str]) -> str:
    """Return the header `Authorization` for a request with this canonical *query* and these *headers*.

    All of *headers*, whose names are in lower case, are signed; the digest of the body is among them.
    """
    lines = "".join(f"{name}:{value.strip()}\n" for name, value in sorted(headers.items()))
    names = ";".join(sorted(headers))
    canonical = "\n".join(("POST", "/", query, lines, names, headers[DIGEST]))
    text = f"{ALGORITHM}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), text.encode(), sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
