"""Reads the header `Retry-After`, by which a vendor asks to be left alone for a while."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST = 300.0
"""Seconds that a vendor can make an account rest at most."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for (RFC 9110 §10.2.3), infinity for nonsense, `None` without one.

    *headers* have lower-case names. A date is taken from the vendor's own clock, which the answer's `Date` tells, or
    else from *now*, in seconds since the epoch.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 16:
        return float(value)
    until, sent = _moment(value), _moment(headers.get("date", ""))
    if until is None:
        return math.inf
    return max(until - (now if sent is None else sent), 0.0)


def _moment(value: str) -> float | None:
    """Return an HTTP date in seconds since the epoch, `None` for anything else."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def rest_of(asked: float | None) -> float:
    """Return the seconds to rest after a vendor *asked* for some; nonsense asks for none."""
    return 0.0 if asked is None or math.isinf(asked) else min(asked, LONGEST)
