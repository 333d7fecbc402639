"""The calls about signatures: submit, change, delete and look them up; v5 has no list of all."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from smsway.provider import (
    Exchange,
    InvalidCall,
    Request,
    Response,
    SignatureDraft,
    SignatureInfo,
    Stamp,
)
from smsway_tencent_v5._calls import (
    check_ids,
    check_options,
    decode_done,
    encode_call,
    number,
    numbers,
)
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._reviewed import Record, decode_many, decode_one, international, verdict_of
from smsway_tencent_v5._times import moment

_BRACKETS = frozenset("【】[]")


def encode_add_sign(config: TencentV5Config, draft: SignatureDraft, stamp: Stamp) -> Request:
    """Encode the submission of a signature; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/6038.
    """
    return encode_call(config, stamp, "add_sign", _fields(draft))


def encode_mod_sign(config: TencentV5Config, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Request:
    """Encode the replacement of a signature; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/8650.
    """
    fields = {"sign_id": number(signature_id, "signature"), **_fields(draft)}
    return encode_call(config, stamp, "mod_sign", fields)


def encode_del_sign(config: TencentV5Config, signature_ids: Sequence[str], stamp: Stamp) -> Request:
    """Encode the deletion of signatures; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/6039.
    """
    return encode_call(config, stamp, "del_sign", {"sign_id": numbers(signature_ids, "signature")})


def encode_get_sign(config: TencentV5Config, signature_ids: Sequence[str], stamp: Stamp) -> Request:
    """Encode the look-up of signatures; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/6040.
    """
    return encode_call(config, stamp, "get_sign", {"sign_id": numbers(signature_ids, "signature")})


def _fields(draft: SignatureDraft) -> dict[str, object]:
    check_options(draft.options, "signature")
    # The console shows signatures in brackets; sent with them, or with a space, it is another signature to the vendor.
    if not draft.text or draft.text != draft.text.strip() or _BRACKETS & set(draft.text):
        raise InvalidCall(
            f"signature {draft.text!r} is empty, or has brackets or spaces around it; give what stands in the brackets"
        )
    if draft.picture == b"":
        raise InvalidCall("the signature's picture is empty; give the bytes of an image, or None for no picture")
    picture = base64.b64encode(draft.picture or b"").decode()
    optional = {"remark": draft.remark, "pic": picture, "international": int(draft.international)}
    return {"text": draft.text, **{name: value for name, value in optional.items() if value}}


def add_signature(config: TencentV5Config, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
    """Submit a signature."""
    response = yield encode_add_sign(config, draft, stamp)
    return decode_signature(config, response)


def modify_signature(
    config: TencentV5Config, signature_id: str, draft: SignatureDraft, stamp: Stamp
) -> Exchange[SignatureInfo]:
    """Replace a signature."""
    response = yield encode_mod_sign(config, signature_id, draft, stamp)
    return decode_signature(config, response, signature_id)


def delete_signatures(config: TencentV5Config, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
    """Delete signatures."""
    response = yield encode_del_sign(config, signature_ids, stamp)
    decode_done(response)


def get_signatures(
    config: TencentV5Config, signature_ids: Sequence[str], stamp: Stamp
) -> Exchange[Sequence[SignatureInfo]]:
    """Look signatures up."""
    if not signature_ids:
        return []
    response = yield encode_get_sign(config, signature_ids, stamp)
    signatures = decode_signatures(config, response)
    check_ids((signature.id for signature in signatures), signature_ids)
    return signatures


_SIGNATURE: TypeAdapter[Record] = TypeAdapter(Record)


def decode_signature(config: TencentV5Config, response: Response, signature_id: str | None = None) -> SignatureInfo:
    """Read the answer about one signature; raises `UnexpectedResponse`, also if it is another, and `CallFailed`."""
    return decode_one(response, partial(_info, config.zone), signature_id)


def decode_signatures(config: TencentV5Config, response: Response) -> list[SignatureInfo]:
    """Read a list of signatures; raises `UnexpectedResponse` and `CallFailed`."""
    return decode_many(response, partial(_info, config.zone)).items


def _info(zone: tzinfo, record: dict[str, Any]) -> SignatureInfo:
    said = _SIGNATURE.validate_python(record)
    review, words = verdict_of(said)
    return SignatureInfo(
        id=str(said["id"]),
        review=review,
        text=said.get("text") or "",
        detail=words,
        international=international(said),
        created_at=moment(said.get("apply_time"), zone),
        raw=record,
    )
