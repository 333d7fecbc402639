"""Signatures: submit, change, delete, look up and list those for Global SMS.

The pages are tencentcloud.com/document/product/382/40534 (AddSmsSign), 40531 (ModifySmsSign), 40533 (DeleteSmsSign) and
40532 (DescribeSmsSignList).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Exchange,
    InvalidCall,
    Page,
    Response,
    Review,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    UnexpectedResponse,
)
from smsway_tencent_global._calls import Api, content_of
from smsway_tencent_global._ids import VendorId, number_of, numbers_of
from smsway_tencent_global._lists import delete_each, list_page, look_up
from smsway_tencent_global._options import SignatureOptions, read_options
from smsway_tencent_global._words import GLOBAL, reviewed

_DESCRIBE = "DescribeSmsSignList"


def add_signature(api: Api, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
    """Submit a signature for review."""
    if not draft.picture:
        raise InvalidCall("picture is missing; the vendor wants one that proves the right to the signature")
    return (yield from api.ask("AddSmsSign", _content(draft), stamp, partial(_added, draft)))


def modify_signature(api: Api, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
    """Replace a signature that is not approved."""
    # Without a picture `ProofImage` is empty, as in the vendor's own sample of this action.
    content = {"SignId": number_of("signature_id", signature_id), **_content(draft)}
    return (yield from api.ask("ModifySmsSign", content, stamp, partial(_modified, draft, signature_id)))


def delete_signatures(api: Api, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
    """Delete signatures, with a request for each."""
    numbers = numbers_of("signature_ids", signature_ids)
    yield from delete_each(api, "DeleteSmsSign", "SignId", numbers, stamp, _deleted)


def get_signatures(api: Api, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
    """Look signatures up, 100 with each request."""
    numbers = numbers_of("signature_ids", signature_ids)
    return (yield from look_up(api, _DESCRIBE, "SignIdSet", numbers, stamp, _described))


def list_signatures(api: Api, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
    """Return a page of up to 100 signatures."""
    return (yield from list_page(api, _DESCRIBE, cursor, stamp, _described))


_BRACKETS = re.compile(r"[\[\]【】]")


def _content(draft: SignatureDraft) -> dict[str, object]:
    if not draft.text.strip() or _BRACKETS.search(draft.text):
        raise InvalidCall(f"text: {draft.text!r} is empty or has brackets, which the vendor adds; give the name alone")
    options = read_options(SignatureOptions, draft.options)
    content: dict[str, object] = {
        "SignName": draft.text,
        "SignType": options.sign_type,
        "DocumentType": options.document_type,
        "International": GLOBAL,
        "SignPurpose": options.sign_purpose,
        "ProofImage": b64encode(draft.picture or b"").decode(),
    }
    if options.commission:
        content["CommissionImage"] = b64encode(options.commission).decode()
    if draft.remark:
        content["Remark"] = draft.remark
    return content


class _Named(TypedDict):
    SignId: VendorId


class _Added(TypedDict):
    AddSignStatus: dict[str, object]


class _Modified(TypedDict):
    ModifySignStatus: dict[str, object]


class _Deletion(TypedDict):
    DeleteStatus: str


class _Deleted(TypedDict):
    DeleteSignStatus: _Deletion


class _Signature(TypedDict):
    SignId: VendorId
    StatusCode: Annotated[int, Field(strict=True)]
    SignName: str
    ReviewReply: NotRequired[str | None]
    International: NotRequired[int | None]
    CreateTime: NotRequired[int | None]


class _Described(TypedDict):
    DescribeSignListStatusSet: list[dict[str, object]] | None


_NAMED = TypeAdapter(_Named)
_ADDED = TypeAdapter(_Added)
_MODIFIED = TypeAdapter(_Modified)
_DELETED = TypeAdapter(_Deleted)
_SIGNATURE = TypeAdapter(_Signature)
_DESCRIBED = TypeAdapter(_Described)


def _added(draft: SignatureDraft, response: Response) -> SignatureInfo:
    return _submitted(draft, content_of(response, _ADDED)["AddSignStatus"])


def _modified(draft: SignatureDraft, signature_id: str, response: Response) -> SignatureInfo:
    info = _submitted(draft, content_of(response, _MODIFIED)["ModifySignStatus"])
    if int(info.id) != int(signature_id):
        raise UnexpectedResponse("the answer speaks of a signature that was not in the request")
    return info


def _submitted(draft: SignatureDraft, record: Mapping[str, object]) -> SignatureInfo:
    return SignatureInfo(
        id=_NAMED.validate_python(record)["SignId"],
        review=Review.PENDING,
        text=draft.text,
        international=True,
        raw=record,
    )


def _deleted(response: Response) -> str:
    return content_of(response, _DELETED)["DeleteSignStatus"]["DeleteStatus"]


def _described(response: Response) -> tuple[SignatureInfo, ...]:
    return tuple(map(_info, content_of(response, _DESCRIBED)["DescribeSignListStatusSet"] or ()))


def _info(record: Mapping[str, object]) -> SignatureInfo:
    signature = _SIGNATURE.validate_python(record)
    review, detail = reviewed(signature["StatusCode"], signature.get("ReviewReply"))
    international, created = signature.get("International"), signature.get("CreateTime")
    return SignatureInfo(
        id=signature["SignId"],
        review=review,
        text=signature["SignName"],
        detail=detail,
        international=None if international is None else international != 0,
        created_at=float(created) if created else None,
        raw=record,
    )
