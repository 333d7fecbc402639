"""API 3.0 as the sandbox plays it, its signatures.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from smsway.provider import Review, SandboxDesk, SandboxSignature
from smsway_tencentcloud._sandbox_body import Admitted, Refused, Shape, read
from smsway_tencentcloud._sandbox_reviewed import STATUS_CODES, deletion, find, international, listed, new_id

# SignType -> DocumentType, as the parameter's description has them.
_PROOFS: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {0: (0, 1), 1: (0, 1, 2, 3, 4), 2: (0, 1, 2, 3, 5), 3: (0, 1, 2, 3, 8), 4: (7,), 5: (2, 3), 6: (0, 1, 2, 3, 6)}
)


class _Content(Shape):
    SignName: str
    SignType: int
    DocumentType: int
    International: int
    SignPurpose: int
    ProofImage: str
    CommissionImage: str = ""
    Remark: str = ""
    QualificationId: int = 0


class _Changed(_Content):
    SignId: int


class _Deleted(Shape):
    SignId: int


class _Wanted(Shape):
    International: int
    SignIdSet: list[int] = Field(default_factory=list)
    Limit: int = 10
    Offset: int = 0


def judge_add_sign(call: Admitted) -> dict[str, object]:
    """Judge AddSmsSign."""
    content, desk = read(call.body, _Content), call.desk
    # The codes of this action have the purpose's name of the earlier version.
    _check(content, "InvalidParameterValue.InvalidUsedMethod")
    if not content.ProofImage:
        raise Refused("InvalidParameterValue.ImageInvalid")
    _check_alone(content, desk)
    fresh = new_id(desk, {signature.id for signature in desk.signatures()})
    desk.put_signature(_signature(fresh, content, desk.now))
    return {"AddSignStatus": {"SignId": int(fresh)}}


def judge_modify_sign(call: Admitted) -> dict[str, object]:
    """Judge ModifySmsSign."""
    content, desk = read(call.body, _Changed), call.desk
    old = find(desk.signatures(), content.SignId)
    if old is None:
        raise Refused("FailedOperation.MissingSignatureToModify")
    _check(content, "InvalidParameterValue.InvalidSignPurpose")
    if old.review is Review.APPROVED:
        raise Refused("InvalidParameterValue.SignAlreadyPassedCheck")
    if content.International != international(old, call):
        raise Refused("InvalidParameterValue.InvalidInternational")
    _check_alone(content, desk, old.id)
    desk.put_signature(_signature(old.id, content, desk.now))
    return {"ModifySignStatus": {"SignId": content.SignId}}


def judge_delete_sign(call: Admitted) -> dict[str, object]:
    """Judge DeleteSmsSign."""
    if not call.desk.drop_signature(str(read(call.body, _Deleted).SignId)):
        raise Refused("FailedOperation.SignIdNotExist")
    return {"DeleteSignStatus": deletion(call.desk.now)}


def judge_list_signs(call: Admitted) -> dict[str, object]:
    """Judge DescribeSmsSignList."""
    wanted = read(call.body, _Wanted)
    found = listed(call, call.desk.signatures(), wanted.International, wanted.SignIdSet, wanted.Limit, wanted.Offset)
    return {"DescribeSignListStatusSet": [_told(each, call) for each in found]}


def _check(content: _Content, bad_purpose: str) -> None:
    if content.International not in (0, 1):
        raise Refused("InvalidParameterValue.InvalidInternational")
    if content.DocumentType not in _PROOFS.get(content.SignType, ()):
        raise Refused("InvalidParameterValue.InvalidDocumentType")
    if content.SignPurpose not in (0, 1):
        raise Refused(bad_purpose)
    # "Needed for the mainland, not abroad", by the parameter's description in tencentcloud-sdk-python-sms 3.1.153;
    # under which code one without it is refused is not documented.
    if content.International == 0 and not content.QualificationId:
        raise Refused("MissingParameter", "QualificationId")
    # The parameter's description wants the power of attorney with purpose 1.
    if content.SignPurpose == 1 and not content.CommissionImage:
        raise Refused("InvalidParameterValue.ImageInvalid", "CommissionImage")
    for image in (content.ProofImage, content.CommissionImage):
        try:
            base64.b64decode(image, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("InvalidParameterValue.ImageInvalid") from None


def _check_alone(content: _Content, desk: SandboxDesk, own: str = "") -> None:
    """Refuse a name that another signature has, unless that was rejected."""
    reviews = {each.review for each in desk.signatures() if each.text == content.SignName and each.id != own}
    if Review.APPROVED in reviews:
        raise Refused("InvalidParameterValue.SignAlreadyPassedCheck")
    if Review.PENDING in reviews:
        raise Refused("InvalidParameterValue.SignExistAndUnapproved")


def _signature(id_: str, content: _Content, now: float) -> SandboxSignature:
    extras = {
        "international": content.International,
        "type": content.SignType,
        "remark": content.Remark,
        "qualification": content.QualificationId,
    }
    return SandboxSignature(id_, content.SignName, review=Review.PENDING, created_at=now, extras=extras)


def _told(signature: SandboxSignature, call: Admitted) -> dict[str, object]:
    return {
        "SignId": int(signature.id),
        "International": international(signature, call),
        "StatusCode": STATUS_CODES[signature.review],
        "ReviewReply": signature.words,
        "SignName": signature.text,
        "CreateTime": int(signature.created_at),
        # What is about qualifications is for the mainland, and empty otherwise; 1 is one that is approved.
        "QualificationId": signature.extras.get("qualification", 0),
        "QualificationName": "",
        "QualificationStatusCode": 1 if signature.extras.get("qualification") else 0,
    }
