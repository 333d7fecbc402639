"""Who asked for a text, such as a user id or an address: never kept as it is."""

from __future__ import annotations

from hashlib import blake2b

LONGEST = 64
"""Characters of a caller's key, at most."""

_FOLDED = "#"


def fold_caller(caller: str) -> str:
    """Return what stands for *caller* where it is written down: the same for the same, and not its text.

    What was folded before stays as it is.
    """
    if caller.startswith(_FOLDED):
        return caller
    return _FOLDED + blake2b(caller.encode(), digest_size=16, person=b"smsway caller").hexdigest()
