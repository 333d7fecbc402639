"""Takes one callback: who calls, what it says, that it is written; then answers, and only then lets it be processed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qsl, quote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from smsway.config import WebhookSettings
from smsway.delivery import log_defect
from smsway.model import Inbound, Report, SmswayError
from smsway.provider import Callback, MalformedCallback, reading
from smsway.webhooks._addresses import caller
from smsway.webhooks._doors import Door, Doors
from smsway.webhooks._intake import Intake, Items, Written
from smsway.webhooks._limits import check_count, read_body
from smsway.webhooks._refusal import Refusal

log = logging.getLogger("smsway")


class Reception:
    """The ASGI application behind the route `/{account}/{secret}`."""

    def __init__(self, doors: Doors, settings: WebhookSettings, intake: Intake) -> None:
        self._doors = doors
        self._settings = settings
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one callback."""
        written = None
        try:
            response, written = await self._take(scope, receive)
            await response(scope, receive, send)
        finally:
            if written is not None:
                self._intake.answered(written)
        self._intake.look()

    async def _take(self, scope: Scope, receive: Receive) -> tuple[Response, Written | None]:
        headers, version = _headers(scope["headers"]), scope.get("http_version", "1.1")
        account, secret = scope["path_params"]["account"], scope["path_params"]["secret"]
        try:
            door = self._doors.find(account, secret)
            self._check(door, scope, headers)
        except Refusal as refusal:
            # Anybody may knock: that is no event in the log of an operator, unless it is asked for.
            log.info("refused a caller of the webhooks: %d, %s", refusal.status, refusal)
            return refusal.response(version), None
        try:
            items = await self._read(door, scope, headers, receive)
            return door.taken, await self._write(items)
        except Refusal as refusal:
            log.warning("refused a callback for account %s: %d, %s", door.account, refusal.status, refusal)
            return refusal.response(version), None
        except SmswayError:
            return door.again, None

    def _check(self, door: Door, scope: Scope, headers: Mapping[str, str]) -> None:
        address = None
        if door.settings.allow:
            peer, forwarded = scope.get("client"), headers.get("x-forwarded-for", "")
            address = caller(peer[0] if peer else None, forwarded, self._settings.trusted_proxies)
        self._doors.check(door, address, headers.get("authorization", ""))

    async def _read(self, door: Door, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Items:
        body = await read_body(receive, headers.get("content-length"), self._settings)
        callback = Callback(body, headers, _query(scope), _url(scope, headers, self._settings.public_url))
        try:
            with reading(callback):
                items: Sequence[Report | Inbound] = list(door.provider.read_callback(callback))
        except MalformedCallback as malformed:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(malformed)) from None
        check_count(items, self._settings.item_limit)
        return [replace(item, account=door.account) for item in items]  # type: ignore[return-value]  # of one kind still

    async def _write(self, items: Items) -> Written | None:
        """Write *items*, if there are any; raises `Refusal` for what no store can hold, and `SmswayError`."""
        if not items:
            return None
        try:
            return await self._intake.take(items)
        except SmswayError:
            raise
        except (ValueError, OverflowError) as error:
            # Half a surrogate pair, or a number beyond 64 bits: to be asked for it again would not mend it.
            raise Refusal(HTTPStatus.BAD_REQUEST, f"it cannot be stored: {type(error).__name__}") from None
        except Exception as error:  # noqa: BLE001  # the vendor shall try again, whatever it is
            log_defect(error, "a callback cannot be stored, and is refused")
            raise SmswayError("the store failed") from None


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by name; one that comes twice is a list (RFC 9110 section 5.3)."""
    headers: dict[str, list[str]] = {}
    for name, value in pairs:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in headers.items()}


def _query(scope: Scope) -> dict[str, str]:
    query = scope.get("query_string", b"")
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}


def _url(scope: Scope, headers: Mapping[str, str], public: str | None) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{_called(scope, headers) if public is None else _public(scope, public)}{'?' if query else ''}{query}"


def _called(scope: Scope, headers: Mapping[str, str]) -> str:
    raw = scope.get("raw_path")
    path = quote(scope["path"], errors="replace") if raw is None else raw.decode("latin-1")
    return f"{scope.get('scheme', 'http')}://{headers.get('host', '')}{path}"


def _public(scope: Scope, base: str) -> str:
    # Neither a name nor a secret has a character that could be written in another way.
    return f"{base}/{scope['path_params']['account']}/{scope['path_params']['secret']}"
