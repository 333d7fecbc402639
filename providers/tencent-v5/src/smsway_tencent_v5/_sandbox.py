"""The server side of the sending calls: judges who asks for what, and sends.

It shares nothing with the client side but the settings, so that the two cannot share a mistake.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import Reason, SandboxCall, SandboxDesk, SandboxReply
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._sandbox_request import Object, Refused, To, parse, recipients_of

_PATH = "/v5/tlssmssvr/"
_FORMAT_ERROR = "service timeout or request format error,please check and try again"


@dataclass(frozen=True, slots=True)
class TencentV5Side:
    """Plays the v5 API for one application.

    Marketing is taken at any hour, and `extend` is enabled.
    """

    config: TencentV5Config

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request; every answer has HTTP status 200."""
        body: Object = {}
        try:
            method = _method(call)
            if desk.throttled():
                return _reply({"ActionStatus": "FAIL", "ErrorInfo": "request rate limited", "ErrorCode": 60007})
            self._check_application(call)
            body.update(parse(call.body))
            recipients = self._authenticated(method, call.query["random"], body, desk)
            _check_content(body, desk)
            return _reply(_SEND[method](recipients, body, desk))
        except Refused as refused:
            return _reply({"result": refused.code, "errmsg": refused.errmsg, "ext": body.get("ext", "")})

    def _check_application(self, call: SandboxCall) -> None:
        if call.query.get("sdkappid") != str(self.config.sdk_app_id):
            raise Refused(1019, "sdkappid not exist")
        if not re.fullmatch(r"[0-9]+", call.query.get("random", "")):
            raise Refused(1004, "package format error, random missing")

    def _authenticated(self, method: str, random: str, body: Object, desk: SandboxDesk) -> list[To]:
        """Check fields, signature and time; return the recipients."""
        if not body.get("sig"):
            raise Refused(1003, "sig missing")
        recipients = recipients_of(method, body)
        name = "tel" if method == "sendisms" else "mobile"
        numbers = ",".join(recipient.signed for recipient in recipients)
        key = self.config.app_key.get_secret_value()
        signed = f"appkey={key}&random={random}&time={body['time']}&{name}={numbers}"
        expected = hashlib.sha256(signed.encode()).hexdigest()
        if not hmac.compare_digest(expected.encode(), body["sig"].encode()):
            raise Refused(1001, "sig check fail")
        if abs(desk.now - body["time"]) > 600:
            raise Refused(1021, "time differs by more than 10 minutes")
        return recipients


def _method(call: SandboxCall) -> str:
    method = call.path.removeprefix(_PATH)
    if method == call.path or method not in _SEND:
        raise Refused(1011, "rest api interface not exist")
    if call.method != "POST":
        # Observed for requests by GET: the access layer's code in the envelope of the SMS calls.
        raise Refused(60008, _FORMAT_ERROR)
    return method


def _check_content(body: Object, desk: SandboxDesk) -> None:
    if "msg" in body:
        _check_text(body["msg"], desk)
    else:
        _check_template(body, desk)


def _check_text(msg: str, desk: SandboxDesk) -> None:
    if len(msg) > 450:
        raise Refused(1017, "content too long")
    inline = re.match(r"【([^】]*)】", msg)
    if inline:
        _check_signature(inline[1], desk)
    if not desk.approves_text(msg[inline.end() :] if inline else msg):
        raise Refused(1014, "content does not match an approved template")


def _check_template(body: Object, desk: SandboxDesk) -> None:
    if body.get("sign"):
        _check_signature(body["sign"], desk)
    template = desk.template(str(body["tpl_id"]))
    if template is None:
        raise Refused(1014, "package format error, sdkappid not have this tpl_id")
    if template.params != len(body["params"]):
        raise Refused(1014, "params do not match the template")
    for param in body["params"]:
        if re.search(r"https?://|www\.", param, re.IGNORECASE):
            raise Refused(1048, "url in a template param")
        if len(param) > 12:
            raise Refused(1036, "template param too long")


def _check_signature(signature: str, desk: SandboxDesk) -> None:
    # The account is in the strict mode: otherwise the vendor sends an unknown signature inside the default one.
    if not desk.knows_signature(signature):
        raise Refused(1012, "signature format error or not approved")


_CODES: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: 1016,
        Reason.BLOCKED_RECIPIENT: 1015,
        Reason.RECIPIENT_RATE_LIMITED: 1023,
        Reason.UNSUPPORTED_DESTINATION: 1045,
        Reason.INVALID_CONTENT: 1002,
        Reason.QUIET_HOURS: 1029,
        Reason.TEMPLATE_REFUSED: 1014,
        Reason.SIGNATURE_REFUSED: 1012,
        Reason.AUTHENTICATION: 1001,
        Reason.PERMISSION: 1006,
        Reason.CONFIGURATION: 1019,
        Reason.INSUFFICIENT_BALANCE: 1031,
        Reason.QUOTA_EXCEEDED: 1022,
        Reason.RATE_LIMITED: 60007,
        Reason.CLOCK_SKEW: 1021,
        Reason.INVALID_REQUEST: 1030,
        Reason.INVALID_BATCH: 1034,
        Reason.AMBIGUOUS: 1008,
    }
)
_OTHER = 1007


def _send_one(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    return {"ext": body.get("ext", "")} | _send_to(recipients[0], body, desk)


def _send_international(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    return _send_one(recipients, body, desk) | {"nationcode": recipients[0].nationcode}


def _send_many(recipients: list[To], body: Object, desk: SandboxDesk) -> Object:
    if len(recipients) > 200:
        raise Refused(1046, "more than 200 mobiles")
    if len({recipient.nationcode == "86" for recipient in recipients}) > 1:
        raise Refused(1034, "mainland and other mobiles in one request")
    items = [
        {"mobile": recipient.mobile, "nationcode": recipient.nationcode} | _send_to(recipient, body, desk)
        for recipient in recipients
    ]
    return {"result": 0, "errmsg": "OK", "ext": body.get("ext", ""), "detail": desk.results(items)}


_SEND: Mapping[str, Callable[[list[To], Object, SandboxDesk], Object]] = MappingProxyType(
    {"sendsms": _send_one, "sendisms": _send_international, "sendmultisms2": _send_many}
)


def _send_to(recipient: To, body: Object, desk: SandboxDesk) -> Object:
    """Return the result for one recipient, with `sid` and `fee` only if it is accepted."""
    refusal = desk.refusal(recipient.phone) if recipient.is_mobile else Reason.INVALID_RECIPIENT
    if refusal is not None:
        return {"result": _CODES.get(refusal, _OTHER), "errmsg": str(refusal)}
    fee = _fee(body.get("msg", ""), recipient.nationcode)
    sid = desk.accept(recipient.phone, body.get("ext") or None, fee)
    if sid is None:
        return {"result": 1031, "errmsg": "package balance insufficient"}
    return {"result": 0, "errmsg": "OK", "sid": sid, "fee": fee}


def _fee(msg: str, nationcode: str) -> int:
    """Count the parts of a free text; what a template says is not on the wire, so it counts one.

    Billed are 70 characters, or 67 to the part; abroad 160 or 153 for English
    (tencentcloud.com/document/product/382/18052).
    """
    single, part = (160, 153) if nationcode != "86" and msg.isascii() else (70, 67)
    return 1 if len(msg) <= single else math.ceil(len(msg) / part)


def _reply(answer: Object) -> SandboxReply:
    return SandboxReply(json.dumps(answer, ensure_ascii=False).encode())
