"""Dysmsapi as the sandbox plays it, its signatures: looked up and listed, for they are applied for in the console.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

from smsway.provider import Review, SandboxSignature
from smsway_aliyun._sandbox_body import Admitted, Refused, moment
from smsway_aliyun._sandbox_records import PAGE, PAGES
from smsway_aliyun._sandbox_templates import LISTED, STATUS

_NO_REMARK = "No audit remarks"


def judge_get_sign(call: Admitted) -> dict[str, object]:
    """Judge GetSmsSign."""
    name = call.text("SignName")
    found = next((signature for signature in call.desk.signatures() if signature.text == name), None)
    if found is None:
        raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
    return {
        "SignName": found.text,
        "SignStatus": STATUS[found.review],
        "SignTag": "2",
        "CreateDate": moment(found.created_at),
        "OrderId": found.id,
        "AuditInfo": {"RejectInfo": found.words},
        "ThirdParty": False,
    }


def judge_list_signs(call: Admitted) -> dict[str, object]:
    """Judge QuerySmsSignList."""
    page, size = call.number("PageIndex", PAGES, 1), call.number("PageSize", PAGE, 10)
    known = call.desk.signatures()
    shown = known[size * (page - 1) : size * page]
    return {
        "SmsSignList": [_listed(signature) for signature in shown],
        "TotalCount": len(known),
        "CurrentPage": page,
        "PageSize": size,
    }


def _listed(signature: SandboxSignature) -> dict[str, object]:
    rejected = signature.review is Review.REJECTED
    return {
        "SignName": signature.text,
        "AuditStatus": LISTED[signature.review],
        "CreateDate": moment(signature.created_at),
        "OrderId": signature.id,
        "Reason": {"RejectInfo": signature.words if rejected else _NO_REMARK},
    }
