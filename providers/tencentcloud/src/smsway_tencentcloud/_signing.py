"""TC3-HMAC-SHA256, the request signature of TencentCloud API 3.0.

The page "Signature v3" is the same for every product, for instance tencentcloud.com/document/product/1294/76500.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache, reduce
from hashlib import sha256

from smsway.provider import SecretStr

ALGORITHM = "TC3-HMAC-SHA256"
_END = "tc3_request"


def canonical_request(method: str, query: str, headers: Mapping[str, str], payload: bytes) -> str:
    """Return the request in the form that is hashed.

    *headers* are those that are signed, *payload* is the body exactly as it is sent. The path is always `/`.
    """
    return f"{_canonical_head(method, query, tuple(headers.items()))}\n{sha256(payload).hexdigest()}"


@lru_cache(maxsize=256)
def _canonical_head(method: str, query: str, headers: tuple[tuple[str, str], ...]) -> str:
    # Names and values are both lowered and trimmed, which the newer published example shows for the action.
    lowered = sorted((name.lower(), value.strip().lower()) for name, value in headers)
    lines = "".join(f"{name}:{value}\n" for name, value in lowered)
    return "\n".join((method, "/", query, lines, signed_names(dict(headers))))


def signed_names(headers: Mapping[str, str]) -> str:
    """Return the names of the signed headers as `Authorization` lists them."""
    return _joined(tuple(headers))


@lru_cache(maxsize=256)
def _joined(names: tuple[str, ...]) -> str:
    return ";".join(sorted(map(str.lower, names)))


def string_to_sign(timestamp: int, scope: str, canonical: str) -> str:
    """Return what the derived key signs; *scope* is `date/service/tc3_request`."""
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"


def chain(key: bytes, *texts: str) -> bytes:
    """Return the HMAC-SHA256 of the last text under the key that the texts before it lead to."""
    return reduce(lambda derived, text: hmac.digest(derived, text.encode(), sha256), texts, key)


def utc_date(timestamp: int) -> str:
    """Return the UTC date of *timestamp* (seconds since the epoch), `2019-02-25`."""
    return _date_of_day(timestamp // 86_400)


@lru_cache(maxsize=16)
def _date_of_day(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


class Signer:
    """Signs POST requests to *service* with one pair of keys; the secret key is unwrapped here and nowhere else."""

    __slots__ = ("_derived", "_secret_id", "_secret_key", "_service")

    def __init__(self, service: str, secret_id: SecretStr, secret_key: SecretStr) -> None:
        self._service = service
        self._secret_id = secret_id
        self._secret_key = secret_key
        # A key serves for one date. Two threads at midnight derive it twice, and either result is right.
        self._derived = ("", b"")

    def authorization(self, headers: Mapping[str, str], body: bytes, timestamp: int) -> str:
        """Return the `Authorization` header for a request with this *body* and these *headers* under signature."""
        date = utc_date(timestamp)
        scope = f"{date}/{self._service}/{_END}"
        canonical = canonical_request("POST", "", headers, body)
        signature = chain(self._key(date), string_to_sign(timestamp, scope, canonical)).hex()
        return (
            f"{ALGORITHM} Credential={self._secret_id.get_secret_value()}/{scope}, "
            f"SignedHeaders={signed_names(headers)}, Signature={signature}"
        )

    def _key(self, date: str) -> bytes:
        derived_for, key = self._derived
        if derived_for != date:
            key = chain(b"TC3" + self._secret_key.get_secret_value().encode(), date, self._service, _END)
            self._derived = (date, key)
        return key
