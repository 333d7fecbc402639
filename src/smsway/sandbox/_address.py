"""Where a vendor may post to, and whether it posts at all."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from smsway.config import is_loopback
from smsway.model import Problem, SandboxPusher
from smsway.sandbox._account import SandboxAccount

_NO_ADDRESS = "is no http or https address; give one such as 'http://127.0.0.1:8000/callbacks'"
_REMOTE = "is not on this machine; take an address on 127.0.0.1, or make the sandbox with allow_remote=True"


def push_problems(account: SandboxAccount, url: str, *, allow_remote: bool) -> Iterator[Problem]:
    """Yield why *account* cannot post to *url*, without a word of the address, for its path may be a secret."""
    if not isinstance(account.side, SandboxPusher):
        what = f"the side of account {account.name!r} does not push; let its reports be pulled, or give it push()"
        yield Problem("account", what)
    wrong = _wrong(url, allow_remote=allow_remote)
    if wrong is not None:
        yield Problem("url", wrong)


def _wrong(url: str, *, allow_remote: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, sound = parts.hostname, parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return _NO_ADDRESS
    # `urlsplit` drops line breaks, and whoever posts would send whatever else is left.
    if not host or not sound or not (url.isascii() and url.isprintable()) or " " in url:
        return _NO_ADDRESS
    return None if allow_remote or is_loopback(host) else _REMOTE
