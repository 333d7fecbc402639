"""The documented sending calls: the bytes that go out, and what an answer proves."""

from __future__ import annotations

from typing import Literal

from pydantic import TypeAdapter
from pydantic_core import to_json

from smsway.provider import (
    Batch,
    Exact,
    ExactReader,
    Kind,
    Outcome,
    Parcel,
    Phone,
    Reason,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    all_accepted,
    decode_json,
    decoding,
    reason_for_all,
    rejected,
    unknown,
)
from smsway_tencent_v5._codes import reason_of
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options
from smsway_tencent_v5._envelope import Answer, Integer, Said, Text, code_of, post, words_of
from smsway_tencent_v5._signing import seal


def encode_sendsms(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode the text to one number, split into country code and national number.

    Source: cloud.tencent.com/document/product/382/5976.
    """
    tel = _tel(batch.parcels[0].phone)
    return _request(config, batch, stamp, "sendsms", to_json(tel), mobile=tel["mobile"])


def encode_sendisms(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode the text to one number in E.164; unlike in the other calls, the signature names it `tel`.

    Source: the page on the ISMS interface in github.com/tencentyun/qcloud-documents.
    """
    tel = str(batch.parcels[0].phone)
    return _request(config, batch, stamp, "sendisms", to_json(tel), tel=tel)


def encode_sendmultisms2(config: TencentV5Config, batch: Batch, stamp: Stamp) -> Request:
    """Encode one content to many numbers, all of them in the mainland or none.

    Sources: cloud.tencent.com/document/product/382/5977 (templates) and 382/5806 (free text).
    """
    tels, mobiles = _listed([parcel.phone for parcel in batch.parcels])
    return _request(config, batch, stamp, "sendmultisms2", tels, mobile=mobiles)


def _listed(phones: list[Phone]) -> tuple[bytes, str]:
    """Return the numbers of *phones* with their country codes as JSON, and without them as they are signed."""
    code, _ = phones[0].split_code()
    text, nation = ",".join(phones), f",+{code}"
    # Mostly all are of one country: then they are cut and written as one text, for digits need no escapes. No country
    # code is the beginning of another.
    if code and text.count(nation) == text.count(",") == len(phones) - 1:
        mobiles = text[len(nation) - 1 :].replace(nation, ",")
        opening = f'{{"nationcode":"{code}","mobile":"'
        closed = mobiles.replace(",", '"},' + opening)
        return f'[{opening}{closed}"}}]'.encode("ascii"), mobiles
    each = [_tel(phone) for phone in phones]
    return to_json(each), ",".join([tel["mobile"] for tel in each])


def _tel(phone: Phone) -> dict[str, str]:
    nationcode, mobile = phone.split_code()
    return {"nationcode": nationcode, "mobile": mobile}


def _request(config: TencentV5Config, batch: Batch, stamp: Stamp, method: str, to: bytes, **signed: str) -> Request:
    sealed = seal(config, stamp, signed)
    options: TencentV5Options | None = batch.parcels[0].options
    body = {
        **_content(batch),
        "sig": sealed.sig,
        "time": sealed.time,
        "extend": options.extend if options else "",
        "ext": stamp.reference,
    }
    return post(config, method, sealed, b'{"tel":' + to + b"," + to_json(body)[1:], sends=True)


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


class _Said(Said, total=False):
    sid: Text | None
    fee: Integer | None


class _Item(_Said):
    result: Integer
    nationcode: Text
    mobile: Text


class _Answer(_Said, Answer, total=False):
    ext: str | None
    nationcode: Text | None
    detail: list[_Item] | None


_ANSWER: TypeAdapter[_Answer] = TypeAdapter(_Answer)


class _AcceptedItem(Exact):
    result: Literal[0]
    errmsg: str
    fee: int
    nationcode: str
    mobile: str
    sid: str


class _Accepted(Exact):
    """What is answered if all are accepted, which most requests are."""

    result: Literal[0]
    errmsg: str
    ext: str
    detail: list[_AcceptedItem]


_read_accepted = ExactReader(_Accepted)


# Each reads in a function of its own, so that a traceback that shows the locals of these shows nothing of the answer.


def decode_sendsms(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of the one recipient; raises `UnexpectedResponse`."""
    with decoding(response):
        return _read_one(batch.parcels[0], stamp, response)


def decode_sendisms(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of the one recipient; raises `UnexpectedResponse`, also for another country's answer."""
    with decoding(response):
        return _read_one_abroad(batch.parcels[0], stamp, response)


def decode_sendmultisms2(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read what became of each recipient, found by country code and number; raises `UnexpectedResponse`."""
    with decoding(response):
        return _read_all_accepted(batch, stamp, response) or _read_each(batch, stamp, response)


def _read_one(parcel: Parcel, stamp: Stamp, response: Response) -> list[Outcome]:
    answer, code = _read(stamp, response)
    return [_outcome(parcel, code, answer)]


def _read_one_abroad(parcel: Parcel, stamp: Stamp, response: Response) -> list[Outcome]:
    answer, code = _read(stamp, response)
    # Compared as a prefix: the vendor's price list (cloud.tencent.com/document/product/382/8414) has country codes
    # that take in the area code, such as 1876 for Jamaica.
    nationcode = answer.get("nationcode")
    if nationcode and not parcel.phone.startswith(f"+{nationcode}"):
        raise UnexpectedResponse("the answer speaks of another country than the request")
    return [_outcome(parcel, code, answer)]


def _read_all_accepted(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome] | None:
    usual = _read_accepted(response)
    if usual is None or usual.ext != stamp.reference:
        return None
    items = usual.detail
    phones = [f"+{item.nationcode}{item.mobile}" for item in items]
    return all_accepted(batch, phones, [item.sid for item in items], [item.fee for item in items])


def _read_each(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    answer, code = _read(stamp, response)
    detail = answer.get("detail") or []
    if code and not detail:
        reason = reason_for_all(reason_of(code), batch)
        return [_refusal(parcel, code, reason, answer) for parcel in batch.parcels]
    tally = Tally(batch)
    for item in detail:
        parcel = tally.parcel(f"+{item['nationcode']}{item['mobile']}")
        if code and not item["result"]:
            # Documented is that a refused request has no list, so a success on one proves nothing.
            tally.book(unknown(parcel, Reason.AMBIGUOUS, str(code), words_of(answer)))
        else:
            tally.book(_outcome(parcel, item["result"], item))
    return tally.outcomes()


def _read(stamp: Stamp, response: Response) -> tuple[_Answer, int]:
    """Return the answer and its code, if it is the answer to our request."""
    answer = decode_json(response, _ANSWER)
    echo = answer.get("ext")
    if not echo:
        response.require_fresh("an answer without ext")
    elif echo != stamp.reference:
        raise UnexpectedResponse("the answer echoes the ext of another request")
    return answer, code_of(answer)


def _outcome(parcel: Parcel, code: int, said: _Said) -> Outcome:
    if code == 0:
        return accepted(parcel, message_id=said.get("sid") or None, fee=said.get("fee"))
    return _refusal(parcel, code, reason_of(code), said)


def _refusal(parcel: Parcel, code: int, reason: Reason, said: _Said) -> Outcome:
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, str(code), words_of(said))
