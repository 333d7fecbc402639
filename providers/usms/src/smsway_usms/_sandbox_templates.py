"""USMS as the sandbox plays it, its templates (docs.ucloud.cn/api/usms-api/create_usms_template and its neighbours).

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from smsway.provider import Review, SandboxDesk, SandboxTemplate
from smsway_usms._sandbox_form import MISSING, NOT_VALID, UNDER_REVIEW, Flaw, Form, Verdict

NO_TEMPLATE: Final = 18017
_MARKETING: Final = 3

STATUS = MappingProxyType({Review.PENDING: 0, Review.APPROVED: 2, Review.REJECTED: 3, Review.DISABLED: 4})

_VARIABLE = re.compile(r"\{([1-9][0-9]*)\}")


def create(form: Form, desk: SandboxDesk) -> Verdict:
    """Take a template for review."""
    purpose = form.number("Purpose", 1, 3)
    name = form.text("TemplateName", longest=32)
    text = _checked(form.text("Template", longest=500))
    international = form.flag("International")
    unsubscribe = form.optional_text("UnsubscribeInfo")
    if purpose == _MARKETING and not international and not unsubscribe:
        raise Flaw(MISSING)
    extras = {
        "purpose": purpose,
        "name": name,
        "international": international,
        "unsubscribe": unsubscribe,
        "remark": form.optional_text("Remark", longest=128),
        "instruction": form.optional_text("Instruction"),
    }
    template_id = f"UTA{desk.new_number():012X}"
    desk.put_template(
        SandboxTemplate(template_id, _params(text), text, Review.PENDING, created_at=desk.now, extras=extras)
    )
    return 0, {"TemplateId": template_id}


def update(form: Form, desk: SandboxDesk) -> Verdict:
    """Change a template; a new text goes back to review, a new name does not."""
    template = _found(form.text("TemplateId"), desk)
    text, name = form.optional_text("Template", longest=600), form.optional_text("TemplateName", longest=32)
    if not text and not name:
        raise Flaw(MISSING)
    text = _checked(text) if text else template.text
    told = {
        "name": name,
        "remark": form.optional_text("Remark", longest=128),
        "instruction": form.optional_text("Instruction"),
    }
    review = template.review if text == template.text else Review.PENDING
    extras = {**template.extras, **{each: value for each, value in told.items() if value}}
    desk.put_template(replace(template, text=text, params=_params(text), review=review, extras=extras))
    return 0, {}


def delete(form: Form, desk: SandboxDesk) -> Verdict:
    """Delete templates: all, or none if one of them is not there or under review."""
    for template_id in (ids := form.texts("TemplateIds")):
        if _found(template_id, desk).review is Review.PENDING:
            raise Flaw(UNDER_REVIEW)
    for template_id in ids:
        desk.drop_template(template_id)
    return 0, {}


def query(form: Form, desk: SandboxDesk) -> Verdict:
    """Describe one template."""
    template = _found(form.text("TemplateId"), desk)
    extras = template.extras
    data = {
        "TemplateId": template.id,
        "Purpose": extras.get("purpose", 2),
        "TemplateName": extras.get("name", ""),
        "Template": template.text,
        "UnsubscribeInfo": extras.get("unsubscribe", ""),
        "Status": STATUS[template.review],
        "Remark": extras.get("remark", ""),
        "ErrDesc": template.words,
        "CreateTime": int(template.created_at),
        "Instruction": extras.get("instruction", ""),
    }
    return 0, {"Data": data}


def _found(template_id: str, desk: SandboxDesk) -> SandboxTemplate:
    for template in desk.templates():
        if template.id == template_id:
            return template
    raise Flaw(NO_TEMPLATE)


def _checked(text: str) -> str:
    if not _VARIABLE.sub("", text).strip():
        raise Flaw(NOT_VALID)
    return text


def _params(text: str) -> int:
    return len(set(_VARIABLE.findall(text)))
