"""Templates: what is written of a draft, and read of a record.

The pages are tencentcloud.com/document/product/382/40526 (AddSmsTemplate), 40523 (ModifySmsTemplate),
40525 (DeleteSmsTemplate) and 40524 (DescribeSmsTemplateList).
"""

from __future__ import annotations

import re
from typing import NotRequired

from pydantic import TypeAdapter

from smsway.provider import InvalidCall, Review, TemplateDraft, TemplateInfo
from smsway_tencentcloud._ids import VendorId
from smsway_tencentcloud._options import TemplateOptions, read_options
from smsway_tencentcloud._reviewed import Action, Record, Reviewed, Told, shared
from smsway_tencentcloud._scope import GLOBAL
from smsway_tencentcloud._words import SMS_TYPES

_BRACES = re.compile(r"\{([^{}]*)\}")


def _content(draft: TemplateDraft, international: int) -> dict[str, object]:
    read_options(TemplateOptions, draft.options)
    for field, value in (("name", draft.name), ("text", draft.text), ("remark", draft.remark)):
        if not value.strip():
            raise InvalidCall(f"{field} is empty, and the vendor requires one; give the draft a {field}")
    for placeholder in _BRACES.findall(draft.text):
        if not re.fullmatch("[1-9][0-9]*", placeholder):
            raise InvalidCall(f"text: {{{placeholder}}} is no placeholder; number them {{1}}, {{2}} and so on")
    if draft.kind not in SMS_TYPES:
        raise InvalidCall(f"kind: {draft.kind!r} is none; give one of {', '.join(SMS_TYPES)}")
    return {
        "TemplateName": draft.name,
        "TemplateContent": draft.text,
        "SmsType": SMS_TYPES[draft.kind],
        "International": international,
        "Remark": draft.remark,
    }


def _submitted(id_: str, draft: TemplateDraft, international: int, record: Record) -> TemplateInfo:
    return TemplateInfo(
        id=id_,
        review=Review.PENDING,
        text=draft.text,
        kind=draft.kind,
        name=draft.name,
        international=international == GLOBAL,
        raw=record,
    )


class _Template(Told):
    TemplateId: VendorId
    TemplateContent: str
    TemplateName: NotRequired[str | None]


_TEMPLATE = TypeAdapter(_Template)


def _info(record: Record) -> TemplateInfo:
    told = _TEMPLATE.validate_python(record)
    return TemplateInfo(
        id=told["TemplateId"],
        text=told["TemplateContent"],
        name=told.get("TemplateName") or None,
        raw=record,
        **shared(told),
    )


TEMPLATES = Reviewed(
    what="template",
    id="TemplateId",
    adds=Action("AddSmsTemplate", "AddTemplateStatus"),
    modifies=Action("ModifySmsTemplate", "ModifyTemplateStatus"),
    deletes=Action("DeleteSmsTemplate", "DeleteTemplateStatus"),
    describes=Action("DescribeSmsTemplateList", "DescribeTemplateStatusSet"),
    write=_content,
    submitted=_submitted,
    read=_info,
)
"""What can be done with templates."""
