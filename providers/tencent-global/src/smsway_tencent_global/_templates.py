"""Templates: submit, change, delete, look up and list those for Global SMS.

The pages are tencentcloud.com/document/product/382/40526 (AddSmsTemplate), 40523 (ModifySmsTemplate),
40525 (DeleteSmsTemplate) and 40524 (DescribeSmsTemplateList).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Exchange,
    InvalidCall,
    Page,
    Response,
    Review,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_tencent_global._calls import Api, content_of
from smsway_tencent_global._ids import VendorId, number_of, numbers_of
from smsway_tencent_global._lists import delete_each, list_page, look_up
from smsway_tencent_global._options import TemplateOptions, read_options
from smsway_tencent_global._words import GLOBAL, SMS_TYPES, reviewed

_DESCRIBE = "DescribeSmsTemplateList"


def add_template(api: Api, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
    """Submit a template for review."""
    return (yield from api.ask("AddSmsTemplate", _content(draft), stamp, partial(_added, draft)))


def modify_template(api: Api, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
    """Replace a template that is not approved."""
    content = {"TemplateId": number_of("template_id", template_id), **_content(draft)}
    return (yield from api.ask("ModifySmsTemplate", content, stamp, partial(_modified, draft, template_id)))


def delete_templates(api: Api, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
    """Delete templates, with a request for each."""
    numbers = numbers_of("template_ids", template_ids)
    yield from delete_each(api, "DeleteSmsTemplate", "TemplateId", numbers, stamp, _deleted)


def get_templates(api: Api, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
    """Look templates up, 100 with each request."""
    numbers = numbers_of("template_ids", template_ids)
    return (yield from look_up(api, _DESCRIBE, "TemplateIdSet", numbers, stamp, _described))


def list_templates(api: Api, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
    """Return a page of up to 100 templates."""
    return (yield from list_page(api, _DESCRIBE, cursor, stamp, _described))


_BRACES = re.compile(r"\{([^{}]*)\}")


def _content(draft: TemplateDraft) -> dict[str, object]:
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
        "International": GLOBAL,
        "Remark": draft.remark,
    }


class _Named(TypedDict):
    TemplateId: VendorId


class _Added(TypedDict):
    AddTemplateStatus: dict[str, object]


class _Modified(TypedDict):
    ModifyTemplateStatus: dict[str, object]


class _Deletion(TypedDict):
    DeleteStatus: str


class _Deleted(TypedDict):
    DeleteTemplateStatus: _Deletion


class _Template(TypedDict):
    TemplateId: VendorId
    StatusCode: Annotated[int, Field(strict=True)]
    TemplateContent: str
    TemplateName: NotRequired[str | None]
    ReviewReply: NotRequired[str | None]
    International: NotRequired[int | None]
    CreateTime: NotRequired[int | None]


class _Described(TypedDict):
    DescribeTemplateStatusSet: list[dict[str, object]] | None


_NAMED = TypeAdapter(_Named)
_ADDED = TypeAdapter(_Added)
_MODIFIED = TypeAdapter(_Modified)
_DELETED = TypeAdapter(_Deleted)
_TEMPLATE = TypeAdapter(_Template)
_DESCRIBED = TypeAdapter(_Described)


def _added(draft: TemplateDraft, response: Response) -> TemplateInfo:
    return _submitted(draft, content_of(response, _ADDED)["AddTemplateStatus"])


def _modified(draft: TemplateDraft, template_id: str, response: Response) -> TemplateInfo:
    info = _submitted(draft, content_of(response, _MODIFIED)["ModifyTemplateStatus"])
    if int(info.id) != int(template_id):
        raise UnexpectedResponse("the answer speaks of a template that was not in the request")
    return info


def _submitted(draft: TemplateDraft, record: Mapping[str, object]) -> TemplateInfo:
    return TemplateInfo(
        id=_NAMED.validate_python(record)["TemplateId"],
        review=Review.PENDING,
        text=draft.text,
        kind=draft.kind,
        name=draft.name,
        international=True,
        raw=record,
    )


def _deleted(response: Response) -> str:
    return content_of(response, _DELETED)["DeleteTemplateStatus"]["DeleteStatus"]


def _described(response: Response) -> tuple[TemplateInfo, ...]:
    return tuple(map(_info, content_of(response, _DESCRIBED)["DescribeTemplateStatusSet"] or ()))


def _info(record: Mapping[str, object]) -> TemplateInfo:
    template = _TEMPLATE.validate_python(record)
    review, detail = reviewed(template["StatusCode"], template.get("ReviewReply"))
    international, created = template.get("International"), template.get("CreateTime")
    return TemplateInfo(
        id=template["TemplateId"],
        review=review,
        text=template["TemplateContent"],
        name=template.get("TemplateName") or None,
        detail=detail,
        international=None if international is None else international != 0,
        created_at=float(created) if created else None,
        raw=record,
    )
