"""API 3.0 as the sandbox plays it, its templates.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re

from pydantic import Field

from smsway.provider import Review, SandboxTemplate
from smsway_tencentcloud._sandbox_body import Admitted, Refused, Shape, read
from smsway_tencentcloud._sandbox_reviewed import STATUS_CODES, deletion, find, international, listed, new_id

_MOST = 1_000  # intl.cloud.tencent.com/document/product/382/13301
# 0 is the regular text of earlier days, which is taken still.
_SMS_TYPES = range(4)
_BRACES = re.compile(r"\{([^{}]*)\}")


class _Content(Shape):
    TemplateName: str
    TemplateContent: str
    SmsType: int
    International: int
    Remark: str


class _Changed(_Content):
    TemplateId: int


class _Deleted(Shape):
    TemplateId: int


class _Wanted(Shape):
    International: int
    TemplateIdSet: list[int] = Field(default_factory=list)
    Limit: int = 0
    Offset: int = 0


def judge_add_template(call: Admitted) -> dict[str, object]:
    """Judge AddSmsTemplate."""
    content, desk = read(call.body, _Content), call.desk
    params = _check(content)
    known = {template.id for template in desk.templates()}
    if len(known) >= _MOST:
        raise Refused("FailedOperation.TemplateNumberLimit")
    fresh = new_id(desk, known)
    desk.put_template(_template(fresh, params, content, desk.now))
    return {"AddTemplateStatus": {"TemplateId": fresh}}


def judge_modify_template(call: Admitted) -> dict[str, object]:
    """Judge ModifySmsTemplate."""
    content, desk = read(call.body, _Changed), call.desk
    old = find(desk.templates(), content.TemplateId)
    if old is None:
        raise Refused("FailedOperation.MissingTemplateToModify")
    params = _check(content)
    if old.review is Review.APPROVED:
        raise Refused("FailedOperation.TemplateAlreadyPassedCheck")
    if content.International != international(old, call):
        raise Refused("InvalidParameterValue.InvalidInternational")
    desk.put_template(_template(old.id, params, content, desk.now))
    return {"ModifyTemplateStatus": {"TemplateId": content.TemplateId}}


def judge_delete_template(call: Admitted) -> dict[str, object]:
    """Judge DeleteSmsTemplate."""
    if not call.desk.drop_template(str(read(call.body, _Deleted).TemplateId)):
        raise Refused("FailedOperation.TemplateIdNotExist")
    return {"DeleteTemplateStatus": deletion(call.desk.now)}


def judge_list_templates(call: Admitted) -> dict[str, object]:
    """Judge DescribeSmsTemplateList."""
    wanted = read(call.body, _Wanted)
    found = listed(call, call.desk.templates(), wanted.International, wanted.TemplateIdSet, wanted.Limit, wanted.Offset)
    return {"DescribeTemplateStatusSet": [_told(each, call) for each in found]}


def _check(content: _Content) -> int:
    """Return the number of variables of the content."""
    if content.SmsType not in _SMS_TYPES:
        raise Refused("InvalidParameterValue.InvalidSmsType")
    if content.International not in (0, 1):
        raise Refused("InvalidParameterValue.InvalidInternational")
    variables = set(_BRACES.findall(content.TemplateContent))
    if not content.TemplateContent or variables != {str(number) for number in range(1, len(variables) + 1)}:
        raise Refused("InvalidParameterValue.InvalidTemplateFormat")
    return len(variables)


def _template(id_: str, params: int, content: _Content, now: float) -> SandboxTemplate:
    extras = {
        "name": content.TemplateName,
        "type": content.SmsType,
        "international": content.International,
        "remark": content.Remark,
    }
    return SandboxTemplate(id_, params, content.TemplateContent, review=Review.PENDING, created_at=now, extras=extras)


def _told(template: SandboxTemplate, call: Admitted) -> dict[str, object]:
    return {
        "TemplateId": int(template.id),
        "International": international(template, call),
        "StatusCode": STATUS_CODES[template.review],
        "ReviewReply": template.words,
        "TemplateName": template.extras.get("name", ""),
        "CreateTime": int(template.created_at),
        "TemplateContent": template.text,
    }
