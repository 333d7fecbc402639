"""Signatures: what is written of a draft, and read of a record.

The pages are tencentcloud.com/document/product/382/40534 (AddSmsSign), 40531 (ModifySmsSign), 40533 (DeleteSmsSign) and
40532 (DescribeSmsSignList).
"""

from __future__ import annotations

import re
from base64 import b64encode

from pydantic import TypeAdapter

from smsway.provider import Exchange, InvalidCall, Review, SignatureDraft, SignatureInfo, Stamp
from smsway_tencentcloud._api import Api
from smsway_tencentcloud._ids import VendorId
from smsway_tencentcloud._options import SignatureOptions, read_options
from smsway_tencentcloud._reviewed import Action, Record, Reviewed, Told, shared
from smsway_tencentcloud._scope import GLOBAL, MAINLAND

_BRACKETS = re.compile(r"[\[\]【】]")


def add_signature(api: Api, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
    """Submit a signature for review; unlike a change, that takes a picture."""
    if not draft.picture:
        raise InvalidCall("picture is missing; the vendor wants one that proves the right to the signature")
    return (yield from SIGNATURES.add(api, draft, stamp))


def _content(draft: SignatureDraft, international: int) -> dict[str, object]:
    if not draft.text.strip() or _BRACKETS.search(draft.text):
        raise InvalidCall(f"text: {draft.text!r} is empty or has brackets, which the vendor adds; give the name alone")
    options = read_options(SignatureOptions, draft.options)
    _check_qualification(options, international)
    content: dict[str, object] = {
        "SignName": draft.text,
        "SignType": options.sign_type,
        "DocumentType": options.document_type,
        "International": international,
        "SignPurpose": options.sign_purpose,
        # Empty without a picture, as in the vendor's own sample of ModifySmsSign.
        "ProofImage": b64encode(draft.picture or b"").decode(),
    }
    if options.qualification_id is not None:
        content["QualificationId"] = options.qualification_id
    if options.commission:
        content["CommissionImage"] = b64encode(options.commission).decode()
    if draft.remark:
        content["Remark"] = draft.remark
    return content


def _check_qualification(options: SignatureOptions, international: int) -> None:
    """Raise `InvalidCall` unless there is a qualification where the vendor wants one: in the mainland, not abroad."""
    mainland, given = international == MAINLAND, options.qualification_id is not None
    if mainland and not given:
        raise InvalidCall("options.qualification_id is missing; give that of an approved qualification of the console")
    if given and not mainland:
        raise InvalidCall("options.qualification_id is for signatures for the mainland; leave it out")


def _submitted(id_: str, draft: SignatureDraft, international: int, record: Record) -> SignatureInfo:
    return SignatureInfo(
        id=id_, review=Review.PENDING, text=draft.text, international=international == GLOBAL, raw=record
    )


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
