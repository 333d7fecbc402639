"""Dysmsapi as the sandbox plays it, its templates.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import Review, SandboxDesk, SandboxTemplate
from smsway_aliyun._sandbox_body import Admitted, Refused, moment, read_json
from smsway_aliyun._sandbox_records import PAGE, PAGES
from smsway_aliyun._sandbox_send import INTERNATIONAL

_LONGEST_NAME = 30
_LONGEST = 500
_MOST_A_DAY = 100
_CODE = 0
_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_NUMBERED = re.compile(r"\{([0-9]+)\}")

STATUS: Mapping[Review, int] = MappingProxyType(
    {Review.PENDING: 0, Review.APPROVED: 1, Review.REJECTED: 2, Review.DISABLED: 10}
)
"""`TemplateStatus` and `SignStatus`; 10, a review that was called off, is the nearest to what is disabled."""

LISTED: Mapping[Review, str] = MappingProxyType(
    {
        Review.PENDING: "AUDIT_STATE_INIT",
        Review.APPROVED: "AUDIT_STATE_PASS",
        Review.REJECTED: "AUDIT_STATE_NOT_PASS",
        Review.DISABLED: "AUDIT_STATE_CANCEL",
    }
)
"""`AuditStatus` in lists. The page of templates writes `AUDIT_SATE_CANCEL`, that of signatures as here."""

# `TemplateType` in lists has numbers of its own; `OuterTemplateType` beside it has those of all other calls.
_LISTED_TYPES = {0: 2, 1: 0, 2: 1, 3: 6}


def judge_create_template(call: Admitted) -> dict[str, object]:
    """Judge CreateSmsTemplate."""
    desk = call.desk
    today = moment(desk.now)[:10]
    # What the sandbox began with has no order.
    made = [each for each in desk.templates() if "order" in each.extras and moment(each.created_at)[:10] == today]
    if len(made) >= _MOST_A_DAY:
        raise Refused("isv.TEMPLATE_COUNT_OVER_LIMIT")
    return _put(call, f"SMS_{desk.new_number()}", desk.now)


def judge_update_template(call: Admitted) -> dict[str, object]:
    """Judge UpdateSmsTemplate, which is for rejected templates."""
    old = _find(call)
    if old.review is not Review.REJECTED:
        raise Refused("isv.ERROR_TEMPLATE_NOT_MODIFY")
    return _put(call, old.id, old.created_at)


def judge_delete_template(call: Admitted) -> dict[str, object]:
    """Judge DeleteSmsTemplate."""
    old = _find(call)
    if old.review is Review.PENDING:
        raise Refused("isv.ERROR_TEMPLATE_NOT_DELETE")
    call.desk.drop_template(old.id)
    return {"TemplateCode": old.id}


def judge_get_template(call: Admitted) -> dict[str, object]:
    """Judge GetSmsTemplate."""
    template = _find(call)
    extras = template.extras
    told: dict[str, object] = {
        "TemplateCode": template.id,
        "TemplateName": extras.get("name", ""),
        "TemplateContent": _worded(template),
        "TemplateType": str(extras.get("type", 1)),
        "TemplateStatus": str(STATUS[template.review]),
        "TemplateTag": 2,
        "RelatedSignName": extras.get("signature", ""),
        "VariableAttribute": extras.get("rule", ""),
        "Remark": extras.get("remark", ""),
        "OrderId": extras.get("order", ""),
        "CreateDate": moment(template.created_at),
        "AuditInfo": {"RejectInfo": template.words},
    }
    return told if "intl" not in extras else {**told, "IntlType": extras["intl"]}


def judge_list_templates(call: Admitted) -> dict[str, object]:
    """Judge QuerySmsTemplateList."""
    page, size = call.number("PageIndex", PAGES, 1), call.number("PageSize", PAGE, 10)
    known = call.desk.templates()
    shown = known[size * (page - 1) : size * page]
    return {
        "SmsTemplateList": [_listed(template) for template in shown],
        "TotalCount": len(known),
        "CurrentPage": page,
        "PageSize": size,
    }


def _find(call: Admitted) -> SandboxTemplate:
    code = call.text("TemplateCode")
    found = next((template for template in call.desk.templates() if template.id == code), None)
    if found is None:
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
    return found


def _put(call: Admitted, code: str, created_at: float) -> dict[str, object]:
    """Submit what the call says for review, under this code."""
    desk, kind = call.desk, call.number("TemplateType", range(4))
    name, content = call.text("TemplateName"), call.text("TemplateContent")
    if len(name) > _LONGEST_NAME or len(content) > _LONGEST:
        raise Refused("isv.TEMPLATE_OVER_LIMIT")
    variables = _VARIABLE.findall(content)
    order = str(desk.new_number())
    extras: dict[str, object] = {
        "name": name,
        "type": kind,
        "order": order,
        "rule": _rule(call, kind, variables),
        "signature": _signature(call, kind, desk),
        "remark": call.optional("Remark"),
    }
    if kind == INTERNATIONAL:
        extras["intl"] = call.number("IntlType", range(3))
    numbered = content
    for number, variable in enumerate(variables, 1):
        numbered = numbered.replace(f"${{{variable}}}", f"{{{number}}}")
    template = SandboxTemplate(
        code, len(variables), numbered, Review.PENDING, "", created_at, extras, names=tuple(variables)
    )
    desk.put_template(template)
    return {"TemplateCode": code, "TemplateName": name, "OrderId": order}


def _rule(call: Admitted, kind: int, variables: list[str]) -> str:
    """Return the rules of the variables, one for each; a variable stands in a template once."""
    if len(set(variables)) < len(variables) or "" in variables:
        raise Refused("isv.INVALID_PARAMETERS", "TemplateContent")
    if kind == _CODE and len(variables) > 1:
        raise Refused("template_parameter_count_illegal")
    if not variables:
        return call.optional("TemplateRule")
    rule = read_json(call.text("TemplateRule"))
    if not isinstance(rule, dict) or set(rule) != set(variables):
        raise Refused("isv.INVALID_PARAMETERS", "TemplateRule")
    return call.text("TemplateRule")


def _signature(call: Admitted, kind: int, desk: SandboxDesk) -> str:
    if kind == INTERNATIONAL:
        return call.optional("RelatedSignName")
    signature = call.text("RelatedSignName")
    if not desk.knows_signature(signature):
        raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
    return signature


def _worded(template: SandboxTemplate) -> str:
    """Return the content with its variables as `${code}`."""
    names = {str(number): name for number, name in enumerate(template.names, 1)}
    return _NUMBERED.sub(lambda found: f"${{{names.get(found[1], found[1])}}}", template.text)


def _listed(template: SandboxTemplate) -> dict[str, object]:
    kind = template.extras.get("type", 1)
    reason = {"RejectInfo": template.words} if template.review is Review.REJECTED else {}
    return {
        "TemplateCode": template.id,
        "TemplateName": template.extras.get("name", ""),
        "TemplateContent": _worded(template),
        "TemplateType": _LISTED_TYPES[kind],
        "OuterTemplateType": kind,
        "AuditStatus": LISTED[template.review],
        "CreateDate": moment(template.created_at),
        "OrderId": template.extras.get("order", ""),
        "Reason": reason,
    }
