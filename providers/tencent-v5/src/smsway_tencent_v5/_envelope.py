"""What every call has around it: the address it goes to, and the code and the words of its answer."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, PlainValidator, StrictInt, StrictStr
from typing_extensions import TypedDict

from smsway.provider import Request, UnexpectedResponse
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._signing import Seal

_HEADERS = MappingProxyType({"content-type": "application/json; charset=utf-8"})


def post(config: TencentV5Config, method: str, seal: Seal, body: bytes, *, sends: bool) -> Request:
    """Make the request of the call *method*; its *body* (JSON) repeats the time and the signature of *seal*."""
    url = f"{config.base_url.rstrip('/')}/v5/tlssmssvr/{method}?sdkappid={config.sdk_app_id}&random={seal.random}"
    return Request(url, _HEADERS, body, sends=sends)


def _quoted(value: object) -> int:
    """Read a number in quotes; `false` is not zero."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise ValueError("not an integer")


def _text(value: object) -> str:
    """Read a number where a text should stand."""
    if type(value) is int:
        return str(value)
    raise ValueError("not a text")


# The usual type is tried first, without a call into Python for each of two hundred results.
Integer = Annotated[StrictInt | Annotated[int, PlainValidator(_quoted)], Field(union_mode="left_to_right")]
"""A number, in quotes or not."""
Text = Annotated[StrictStr | Annotated[str, PlainValidator(_text)], Field(union_mode="left_to_right")]
"""A text, which may stand there as a number."""


class Said(TypedDict, total=False):
    """The words of an answer, or of one result in it; their name differs between the calls and their editions."""

    errmsg: object
    msg: object
    ErrorInfo: object  # the vendor's spelling


class Answer(Said, total=False):
    """Both envelopes of an answer: that of the service, and that of the access layer in front of it.

    The latter refuses in its own (github.com/tencentyun/qcloud-documents).
    """

    result: Integer
    ActionStatus: object
    ErrorCode: Integer


def code_of(answer: Answer) -> int:
    """Return the one code of either envelope; zero only where the vendor documents it as success."""
    codes = {code for code in (answer.get("result"), answer.get("ErrorCode")) if code is not None}
    if len(codes) != 1:
        raise UnexpectedResponse("the answer has no code, or two that differ")
    code = codes.pop()
    if code == 0 and ("result" not in answer or answer.get("ActionStatus", "OK") != "OK"):
        raise UnexpectedResponse("the answer reports success in an envelope that is documented for failures")
    return code


def words_of(said: Said) -> str | None:
    """Return the vendor's explanation, if there is one."""
    words = (said.get("errmsg"), said.get("msg"), said.get("ErrorInfo"))
    return next((each for each in words if each and isinstance(each, str)), None)
