"""Whose callback it is, and whether the caller may post it: secret, address and password, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import Response

from smsway.config import WebhookAccount
from smsway.provider import CallbackAnswer, TakesCallbacks
from smsway.webhooks._addresses import Address, inside
from smsway.webhooks._refusal import Refusal

Compare = Callable[[bytes, bytes], bool]
"""Tells whether two digests are equal, in a time that does not depend on them."""

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="smsway", charset="UTF-8"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where one account's callbacks come in: its provider, who may enter, and the two answers of the vendor's shape."""

    account: str
    provider: TakesCallbacks = field(repr=False)
    settings: WebhookAccount = field(repr=False)
    taken: Response = field(repr=False)
    again: Response = field(repr=False)


def make_door(account: str, provider: TakesCallbacks, settings: WebhookAccount) -> Door:
    """Make the door of *account*."""
    taken, again = provider.answer_callback(taken=True), provider.answer_callback(taken=False)
    # A vendor that reads no more than the status must see that we could not take it, whatever stands in the body.
    failed = again.status if again.status >= HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.SERVICE_UNAVAILABLE
    return Door(
        account=account,
        provider=provider,
        settings=settings,
        taken=_response(taken, taken.status),
        again=_response(again, failed),
    )


def _response(answer: CallbackAnswer, status: int) -> Response:
    return Response(answer.body, status, {"Content-Type": answer.content_type})


class Doors:
    """All doors.

    Every caller costs the same comparisons, whether the account exists or not and however many secrets it has: what is
    missing is made up by a random digest. Digests are compared, so that lengths tell nothing and any text can be.
    """

    def __init__(self, doors: Mapping[str, Door], compare: Compare = hmac.compare_digest) -> None:
        self._doors = doors
        self._compare = compare
        self._keys = {name: _keys(door.settings) for name, door in doors.items()}
        self._logins = {name: _login(door.settings) for name, door in doors.items()}
        self._nobody = (_random(), _random())

    def find(self, account: str, secret: str) -> Door:
        """Return the door of *account* if *secret* is one of its own; raises `Refusal`."""
        given = _digest(secret)
        fits = [self._compare(given, key) for key in self._keys.get(account, self._nobody)]
        door = self._doors.get(account)
        if door is None or not any(fits):
            raise Refusal(HTTPStatus.NOT_FOUND, "no account has such an address")
        return door

    def check(self, door: Door, address: Address | None, authorization: str) -> None:
        """Raise `Refusal` if *address* may not call, or if the account wants another password."""
        allow = door.settings.allow
        if allow and not inside(address, allow):
            raise Refusal(HTTPStatus.FORBIDDEN, f"webhooks.accounts.{door.account}.allow does not name the address")
        login = self._logins[door.account]
        if login is not None and not self._compare(_digest(_credentials(authorization)), login):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "wrong or missing name and password", _CHALLENGE)


def _digest(text: str | bytes) -> bytes:
    # A path may hold any character, and from some servers even half a surrogate pair.
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")).digest()


def _random() -> bytes:
    return secrets.token_bytes(hashlib.sha256().digest_size)


def _keys(settings: WebhookAccount) -> tuple[bytes, ...]:
    live = [_digest(secret.get_secret_value()) for secret in settings.secrets]
    return (*live, _random())[:2]


def _login(settings: WebhookAccount) -> bytes | None:
    if settings.username is None or settings.password is None:
        return None
    return _digest(f"{settings.username}:{settings.password.get_secret_value()}")


def _credentials(authorization: str) -> bytes:
    """Return the name and the password that a header brings (RFC 7617); anything else is compared as it is."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(token.strip().encode("latin-1"), validate=True)
    except binascii.Error:
        return b""
