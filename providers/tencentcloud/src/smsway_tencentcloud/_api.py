"""How every action of API 3.0 is asked for: one signed POST, and an envelope around the answer.

The common headers are described at tencentcloud.com/document/product/382/40466.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NotRequired, TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from pydantic_core import to_json
from typing_extensions import TypedDict

from smsway.provider import Exchange, Request, Response, Stamp, UnexpectedResponse, decode_json, decoding
from smsway_tencentcloud._codes import call_failure
from smsway_tencentcloud._config import TencentCloudConfig
from smsway_tencentcloud._scope import Scope
from smsway_tencentcloud._signing import Signer

T = TypeVar("T")

SERVICE = "sms"
VERSION = "2021-01-11"
CONTENT_TYPE = "application/json; charset=utf-8"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def written(content: object) -> bytes:
    """Return *content* as JSON: ASCII with escapes, as the vendor's own SDK writes it."""
    return to_json(content, ensure_ascii=True)


class Api:
    """API 3.0 for one account, as a provider with this *scope* uses it."""

    __slots__ = ("_signer", "config", "scope")

    def __init__(self, config: TencentCloudConfig, scope: Scope) -> None:
        self.config = config
        self.scope = scope
        self._signer = Signer(SERVICE, config.secret_id, config.secret_key)

    def request(
        self, action: str, content: Mapping[str, object] | bytes, stamp: Stamp, *, sends: bool = False
    ) -> Request:
        """Return the request that asks for *action* with *content*, signed at the time of *stamp*.

        *content* may be JSON that is `written` already.
        """
        config, timestamp = self.config, int(stamp.now)
        body = content if isinstance(content, bytes) else written(content)
        # The three that the vendor's own example signs. The action is among them so that nobody can point a captured
        # body at another one.
        signed = {"Content-Type": CONTENT_TYPE, "Host": host_of(config.base_url), "X-TC-Action": action}
        headers = {
            **signed,
            "X-TC-Version": VERSION,
            "X-TC-Timestamp": str(timestamp),
            "X-TC-Region": config.region,
            "Authorization": self._signer.authorization(signed, body, timestamp),
        }
        if config.token is not None:
            headers["X-TC-Token"] = config.token.get_secret_value()
        return Request(f"{config.base_url.rstrip('/')}/", headers, body, sends=sends)

    def ask(
        self, action: str, content: Mapping[str, object], stamp: Stamp, read: Callable[[Response], T]
    ) -> Exchange[T]:
        """Ask for *action*, which sends nothing, and return what *read* makes of the answer.

        Raises `CallFailed` if the vendor refuses, and `UnexpectedResponse` if *read* trips over the answer.
        """
        response = yield self.request(action, content, stamp)
        # `read` has frames of its own, so a traceback that shows the locals of this one shows nothing of the answer.
        with decoding(response):
            return read(response)


@lru_cache(maxsize=256)
def host_of(url: str) -> str:
    """Return the `Host` header that belongs to *url*: in lower case, without the scheme's default port."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    bracketed = f"[{name}]" if ":" in name else name
    if parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme):
        return bracketed
    return f"{bracketed}:{parts.port}"


class Error(TypedDict):
    """Why the vendor refused a request as a whole."""

    Code: str
    Message: NotRequired[str | None]


class _Envelope(TypedDict):
    Response: dict[str, object]


_ENVELOPE = TypeAdapter(_Envelope)
_ERROR = TypeAdapter(Error | None)


def content_of(response: Response, shape: TypeAdapter[T]) -> T:
    """Return what is inside the envelope of an answer that echoes nothing of ours; call it inside `decoding`.

    Raises `CallFailed` if that is an error.
    """
    content = decode_json(response, _ENVELOPE)["Response"]
    error = _ERROR.validate_python(content.pop("Error", None))
    response.require_fresh("the answer")
    if error is None:
        return shape.validate_python(content)
    if any(value for name, value in content.items() if name != "RequestId"):
        raise UnexpectedResponse("the answer has an error for the whole request and content as well")
    raise call_failure(error["Code"], error.get("Message"))
