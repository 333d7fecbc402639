"""Signatures, whose id is their text: GetSmsSign and QuerySmsSignList (help.aliyun.com/document_detail/419282.html).

They are applied for in the console: an application needs a reviewed qualification and files, each by other calls.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from smsway.provider import CallFailed, Exchange, InvalidCall, Page, SignatureInfo, Stamp, UnexpectedResponse
from smsway_aliyun._calls import Caller, Members, Shape
from smsway_aliyun._codes import NO_SIGNATURE
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._reviews import Words, page_asked, page_of, review_of
from smsway_aliyun._times import moment_of

GET: Final = "GetSmsSign"
LIST: Final = "QuerySmsSignList"


def find(config: AliyunConfig, text: str, stamp: Stamp) -> Exchange[SignatureInfo | None]:
    """Look the signature with this text up."""
    if not text:
        raise InvalidCall("text is empty; give the text of a signature, without brackets")
    try:
        return (yield from Caller(config, stamp).ask(GET, partial(_found, text), {"SignName": text}))
    except CallFailed as error:
        if error.code == NO_SIGNATURE:
            return None
        raise


def list_(config: AliyunConfig, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
    """Return the page that begins at *cursor*."""
    return (yield from Caller(config, stamp).ask(LIST, partial(_page, cursor), page_asked(cursor)))


class _Signature(Shape):
    sign_name: str
    sign_status: str | int
    audit_info: Words | None = None
    create_date: Any = None


def _found(text: str, members: Members) -> SignatureInfo:
    told = _Signature.model_validate(members)
    if told.sign_name != text:
        raise UnexpectedResponse("the answer speaks of another signature than the one that was asked for")
    return _info(members, text, told.sign_status, told.audit_info, told.create_date)


class _Listed(Shape):
    sign_name: str
    audit_status: str
    reason: Words | None = None
    create_date: Any = None


class _List(Shape):
    sms_sign_list: list[Members] | None
    total_count: int | None = None


def _page(cursor: str | None, members: Members) -> Page[SignatureInfo]:
    told = _List.model_validate(members)
    return page_of([_item(record) for record in told.sms_sign_list or ()], cursor, told.total_count)


def _item(record: Members) -> SignatureInfo:
    told = _Listed.model_validate(record)
    return _info(record, told.sign_name, told.audit_status, told.reason, told.create_date)


def _info(raw: Members, text: str, state: str | int, words: Words | None, created: object) -> SignatureInfo:
    review, detail = review_of(state, words)
    return SignatureInfo(id=text, text=text, review=review, detail=detail, created_at=moment_of(created), raw=raw)
