"""API 3.0 as the sandbox plays it, its product: SendMultiGlobalSms once the gateway has let it through.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

from pydantic import Field

from smsway_tencentcloud.sandbox import (
    Admitted,
    Context,
    Refused,
    Shape,
    Text,
    check_application,
    judge_text,
    read,
)

_MAX_NUMBERS = 200
_MAINLAND = "+86"


class _Info(Shape):
    PhoneNumber: str
    TemplateId: str
    TemplateParamSet: list[str] = Field(default_factory=list)
    SenderId: str = ""
    SessionContext: Context = ""


class _Send(Shape):
    SmsSdkAppId: str
    MultiSmsInfoSet: list[_Info]


def judge_send(call: Admitted) -> dict[str, object]:
    """Judge a request to send; returns what is inside the envelope, or raises `Refused`."""
    texts = [_text(info) for info in _read(call).MultiSmsInfoSet]
    results = [judge_text(text, f"{call.request} {index}", call.desk) for index, text in enumerate(texts)]
    return {"SendMultiStatusSet": call.desk.results(results)}


def _read(call: Admitted) -> _Send:
    """Check the body of the call: its shape, its application and its numbers as a set."""
    send = read(call.body, _Send)
    check_application(send.SmsSdkAppId, call.config)
    if not send.MultiSmsInfoSet:
        raise Refused("InvalidParameterValue.MultiSmsInfoSetEmpty")
    if len(send.MultiSmsInfoSet) > _MAX_NUMBERS:
        raise Refused("LimitExceeded.PhoneNumberCountLimit")
    if any(info.PhoneNumber.startswith(_MAINLAND) for info in send.MultiSmsInfoSet):
        raise Refused("UnsupportedOperation.ContainDomesticPhoneNumber")
    return send


def _text(info: _Info) -> Text:
    return Text(
        number=info.PhoneNumber,
        template=info.TemplateId,
        params=info.TemplateParamSet,
        sender=info.SenderId,
        context=info.SessionContext,
    )
