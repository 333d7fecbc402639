"""The documented sending calls: the bytes that go out, and what an answer proves."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, PlainValidator, StrictInt, StrictStr, TypeAdapter
from pydantic_core import to_json
from typing_extensions import TypedDict

from smsway.provider import (
    Batch,
    Kind,
    Outcome,
    Parcel,
    Reason,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    reason_for_all,
    rejected,
    unknown,
)
from smsway_tencent_v5._codes import reason_of
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options
from smsway_tencent_v5._signing import sign

_HEADERS = MappingProxyType({"content-type": "application/json; charset=utf-8"})


def encode_sendsms(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode the text to one number, split into country code and national number.

    Source: cloud.tencent.com/document/product/382/5976.
    """
    tel = _tel(batch.parcels[0])
    return _request(config, batch, stamp, "sendsms", tel, mobile=tel["mobile"])


def encode_sendisms(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode the text to one number in E.164; unlike in the other calls, the signature names it `tel`.

    Source: the page on the ISMS interface in github.com/tencentyun/qcloud-documents.
    """
    tel = str(batch.parcels[0].phone)
    return _request(config, batch, stamp, "sendisms", tel, tel=tel)


def encode_sendmultisms2(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode one content to many numbers, all of them in the mainland or none.

    Sources: cloud.tencent.com/document/product/382/5977 (templates) and 382/5806 (free text).
    """
    tels = [_tel(parcel) for parcel in batch.parcels]
    mobiles = ",".join(tel["mobile"] for tel in tels)
    return _request(config, batch, stamp, "sendmultisms2", tels, mobile=mobiles)


def _tel(parcel: Parcel) -> dict[str, str]:
    nationcode, mobile = parcel.phone.split_code()
    return {"nationcode": nationcode, "mobile": mobile}


def _request(config: TencentV5Config, batch: Batch, stamp: Stamp, method: str, to: object, **signed: str) -> Request:
    # Ten digits, as in the vendor's examples; the very same digits are signed.
    random = 1_000_000_000 + stamp.nonce % 9_000_000_000
    time = int(stamp.now)
    options: TencentV5Options | None = batch.parcels[0].options
    body = {
        "tel": to,
        **_content(batch),
        "sig": sign(config.app_key.get_secret_value(), random, time, **signed),
        "time": time,
        "extend": options.extend if options else "",
        "ext": stamp.reference,
    }
    url = f"{config.base_url.rstrip('/')}/v5/tlssmssvr/{method}?sdkappid={config.sdk_app_id}&random={random}"
    return Request(url, _HEADERS, to_json(body))


def _content(batch: Batch) -> dict[str, object]:
    """Say what is sent, in one of the two shapes that never mix; every parcel has the content of the first."""
    content = batch.parcels[0].content
    # The console shows signatures in brackets, and the vendor puts them there: one with brackets or spaces is
    # another signature to it, and may go out inside the default one.
    signature = content.signature.strip(" \t\r\n【】[]")
    if content.template is not None:
        return {"sign": signature, "tpl_id": int(content.template), "params": content.params}
    msg = f"【{signature}】{content.text}" if signature else content.text
    return {"type": int(batch.kind == Kind.MARKETING), "msg": msg}


def _integer(value: object) -> int:
    """Read a number that the vendor also writes in quotes; `false` is not zero."""
    if type(value) is int:
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise ValueError("not an integer")


def _text(value: object) -> str:
    """Read a text that could stand there as a number."""
    return value if isinstance(value, str) else str(_integer(value))


# The usual type is tried first, without a call into Python for each of two hundred results.
_Integer = Annotated[StrictInt | Annotated[int, PlainValidator(_integer)], Field(union_mode="left_to_right")]
_Text = Annotated[StrictStr | Annotated[str, PlainValidator(_text)], Field(union_mode="left_to_right")]


class _Said(TypedDict, total=False):
    errmsg: object
    msg: object
    ErrorInfo: object  # the vendor's spelling
    sid: _Text | None
    fee: _Integer | None


class _Item(_Said):
    result: _Integer
    nationcode: _Text
    mobile: _Text


class _Answer(_Said, total=False):
    result: _Integer
    ext: str | None
    nationcode: _Text | None
    detail: list[_Item] | None
    # The access layer refuses in an envelope of its own (github.com/tencentyun/qcloud-documents).
    ActionStatus: object
    ErrorCode: _Integer


_ANSWER: TypeAdapter[_Answer] = TypeAdapter(_Answer)


def decode_sendsms(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of the one recipient; raises `UnexpectedResponse`."""
    with decoding(response):
        answer, code = _read(stamp, response)
        return [_outcome(batch.parcels[0], code, answer)]


def decode_sendisms(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of the one recipient; raises `UnexpectedResponse`, also for another country's answer."""
    parcel = batch.parcels[0]
    with decoding(response):
        answer, code = _read(stamp, response)
        # Compared as a prefix: the vendor's price list (cloud.tencent.com/document/product/382/8414) has country codes
        # that take in the area code, such as 1876 for Jamaica.
        nationcode = answer.get("nationcode")
        if nationcode and not parcel.phone.startswith(f"+{nationcode}"):
            raise UnexpectedResponse("the answer speaks of another country than the request")
        return [_outcome(parcel, code, answer)]


def decode_sendmultisms2(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of each recipient, found by country code and number; raises `UnexpectedResponse`."""
    with decoding(response):
        answer, code = _read(stamp, response)
        detail = answer.get("detail") or []
        if code and not detail:
            reason = reason_for_all(reason_of(code), batch)
            return [_refusal(parcel, code, reason, answer) for parcel in batch.parcels]
        tally = Tally(batch)
        for item in detail:
            tally.book(_item_outcome(tally.parcel(f"+{item['nationcode']}{item['mobile']}"), item, code, answer))
        return tally.outcomes()


def _item_outcome(parcel: Parcel, item: _Item, code: int, answer: _Answer) -> Outcome:
    if code and not item["result"]:
        # Documented is that a refused request has no list, so a success on one proves nothing.
        return unknown(parcel, Reason.AMBIGUOUS, str(code), _words(answer))
    return _outcome(parcel, item["result"], item)


def _read(stamp: Stamp, response: Response) -> tuple[_Answer, int]:
    """Return the answer and its code, if it is the answer to our request."""
    answer = decode_json(response, _ANSWER)
    echo = answer.get("ext")
    if not echo:
        response.require_fresh("an answer without ext")
    elif echo != stamp.reference:
        raise UnexpectedResponse("the answer echoes the ext of another request")
    return answer, _code(answer)


def _code(answer: _Answer) -> int:
    """Return the one code of either envelope; zero only where the vendor documents it as success."""
    codes = {code for code in (answer.get("result"), answer.get("ErrorCode")) if code is not None}
    if len(codes) != 1:
        raise UnexpectedResponse("the answer has no code, or two that differ")
    code = codes.pop()
    if code == 0 and ("result" not in answer or answer.get("ActionStatus", "OK") != "OK"):
        raise UnexpectedResponse("the answer reports success in an envelope that is documented for failures")
    return code


def _outcome(parcel: Parcel, code: int, said: _Said) -> Outcome:
    if code == 0:
        return accepted(parcel, message_id=said.get("sid") or None, fee=said.get("fee"))
    return _refusal(parcel, code, reason_of(code), said)


def _refusal(parcel: Parcel, code: int, reason: Reason, said: _Said) -> Outcome:
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, str(code), _words(said))


def _words(said: _Said) -> str | None:
    """Return the vendor's explanation; its name differs between the calls and their editions."""
    words = (said.get("errmsg"), said.get("msg"), said.get("ErrorInfo"))
    return next((each for each in words if each and isinstance(each, str)), None)
