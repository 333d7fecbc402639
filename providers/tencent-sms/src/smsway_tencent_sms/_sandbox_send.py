"""API 3.0 as the sandbox plays it, its product: SendSms once the gateway has let it through.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re

from pydantic import Field

from smsway_tencentcloud.sandbox import Admitted, Context, Refused, Shape, Text, check_application, judge_text, read

_MAX_NUMBERS = 200
_MAINLAND = "+86"
# "0086, 86, or the 11 digits alone" are taken for numbers of the mainland as well.
_DOMESTIC = re.compile("(?:00)?(?:86)?(1[0-9]{10})")

_MISMATCHES = {
    (0, False): "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    (1, True): "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
}
"""`International` of a template, and whether the phones are in the mainland -> the code where they do not fit."""


class _Send(Shape):
    PhoneNumberSet: list[str]
    SmsSdkAppId: str
    TemplateId: str
    SignName: str = ""
    TemplateParamSet: list[str] = Field(default_factory=list)
    ExtendCode: str = ""
    SessionContext: Context = ""
    SenderId: str = ""


def judge_send(call: Admitted) -> dict[str, object]:
    """Judge a request to send; returns what is inside the envelope, or raises `Refused`."""
    send = read(call.body, _Send)
    check_application(send.SmsSdkAppId, call.config)
    numbers = list(map(_in_full, send.PhoneNumberSet))
    mainland = _in_mainland(numbers)
    _check_template(call, send.TemplateId, mainland=mainland)
    results = [
        judge_text(_text(send, number, mainland=mainland), f"{call.request} {index}", call.desk)
        for index, number in enumerate(numbers)
    ]
    return {"SendStatusSet": call.desk.results(results)}


def _in_full(number: str) -> str:
    domestic = _DOMESTIC.fullmatch(number)
    return f"{_MAINLAND}{domestic[1]}" if domestic else number


def _in_mainland(numbers: list[str]) -> bool:
    """Return whether all the numbers are in the mainland; raises `Refused` if there are none, too many, or both."""
    if not numbers:
        raise Refused("MissingParameter.EmptyPhoneNumberSet")
    if len(numbers) > _MAX_NUMBERS:
        raise Refused("LimitExceeded.PhoneNumberCountLimit")
    where = {number.startswith(_MAINLAND) for number in numbers}
    if len(where) > 1:
        raise Refused("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber")
    return where.pop()


def _check_template(call: Admitted, template_id: str, *, mainland: bool) -> None:
    """Raise `Refused` for a template that is for elsewhere; one that the sandbox began with is for everywhere."""
    template = call.desk.template(template_id)
    kind = template.extras.get("international") if template else None
    mismatch = _MISMATCHES.get((kind, mainland)) if isinstance(kind, int) else None
    if mismatch:
        raise Refused(mismatch)


def _text(send: _Send, number: str, *, mainland: bool) -> Text:
    return Text(
        number=number,
        template=send.TemplateId,
        params=send.TemplateParamSet,
        # "Required for the mainland" and optional abroad.
        signature=send.SignName if mainland or send.SignName else None,
        sender=send.SenderId,
        context=send.SessionContext,
    )
