"""Signatures for Global SMS: what is written of a draft, and read of a record.

The pages are tencentcloud.com/document/product/382/40534 (AddSmsSign), 40531 (ModifySmsSign), 40533 (DeleteSmsSign) and
40532 (DescribeSmsSignList).
"""

from __future__ import annotations

import re
from base64 import b64encode

from pydantic import TypeAdapter

from smsway.provider import Exchange, InvalidCall, Review, SignatureDraft, SignatureInfo, Stamp
from smsway_tencent_global._calls import Api
from smsway_tencent_global._ids import VendorId
from smsway_tencent_global._options import SignatureOptions, read_options
from smsway_tencent_global._reviewed import Action, Record, Reviewed, Told, shared
from smsway_tencent_global._words import GLOBAL

_BRACKETS = re.compile(r"[\[\]【】]")


def add_signature(api: Api, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
    """Submit a signature for review; unlike a change, that takes a picture."""
    if not draft.picture:
        raise InvalidCall("picture is missing; the vendor wants one that proves the right to the signature")
    return (yield from SIGNATURES.add(api, draft, stamp))


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
        # Empty without a picture, as in the vendor's own sample of ModifySmsSign.
        "ProofImage": b64encode(draft.picture or b"").decode(),
    }
    if options.commission:
        content["CommissionImage"] = b64encode(options.commission).decode()
    if draft.remark:
        content["Remark"] = draft.remark
    return content


def _submitted(id_: str, draft: SignatureDraft, record: Record) -> SignatureInfo:
    return SignatureInfo(id=id_, review=Review.PENDING, text=draft.text, international=True, raw=record)


class _Signature(Told):
    SignId: VendorId
    SignName: str


_SIGNATURE = TypeAdapter(_Signature)


def _info(record: Record) -> SignatureInfo:
    told = _SIGNATURE.validate_python(record)
    return SignatureInfo(id=told["SignId"], text=told["SignName"], raw=record, **shared(told))


SIGNATURES = Reviewed(
    what="signature",
    id="SignId",
    adds=Action("AddSmsSign", "AddSignStatus"),
    modifies=Action("ModifySmsSign", "ModifySignStatus"),
    deletes=Action("DeleteSmsSign", "DeleteSignStatus"),
    describes=Action("DescribeSmsSignList", "DescribeSignListStatusSet"),
    write=_content,
    submitted=_submitted,
    read=_info,
)
"""What can be done with signatures."""
