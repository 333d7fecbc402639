"""The calls about templates: submit, change, delete, look up and list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from smsway.provider import (
    Exchange,
    InvalidCall,
    Page,
    Request,
    Response,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
    clean,
)
from smsway_tencent_v5._calls import (
    check_ids,
    check_options,
    decode_done,
    encode_call,
    number,
    numbers,
)
from smsway_tencent_v5._codes import TEMPLATE_KINDS, TEMPLATE_TYPES
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._envelope import Integer, Text
from smsway_tencent_v5._reviewed import Listed, Record, decode_many, decode_one, international, verdict_of
from smsway_tencent_v5._times import moment

PAGE = 50
"""How many templates one page lists at the most (cloud.tencent.com/document/product/382/5819)."""


def encode_add_template(config: TencentV5Config, draft: TemplateDraft, stamp: Stamp) -> Request:
    """Encode the submission of a template; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/5817.
    """
    return encode_call(config, stamp, "add_template", _fields(draft))


def encode_mod_template(config: TencentV5Config, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Request:
    """Encode the replacement of a template; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/8649.
    """
    fields = {"tpl_id": number(template_id, "template"), **_fields(draft)}
    return encode_call(config, stamp, "mod_template", fields)


def encode_del_template(config: TencentV5Config, template_ids: Sequence[str], stamp: Stamp) -> Request:
    """Encode the deletion of templates; raises `InvalidCall`.

    Source: cloud.tencent.com/document/product/382/5818.
    """
    return encode_call(config, stamp, "del_template", {"tpl_id": numbers(template_ids, "template")})


def encode_get_template(config: TencentV5Config, which: Mapping[str, object], stamp: Stamp) -> Request:
    """Encode the look-up of templates, by *which* of `tpl_id` and `tpl_page` there is; never both.

    Source: cloud.tencent.com/document/product/382/5819.
    """
    return encode_call(config, stamp, "get_template", which)


def _fields(draft: TemplateDraft) -> dict[str, object]:
    check_options(draft.options, "template")
    if not draft.text.strip():
        raise InvalidCall("the template's text is empty; say what the template says, with {1}, {2} for its params")
    type_ = TEMPLATE_TYPES.get(draft.kind) if isinstance(draft.kind, str) else None
    if type_ is None:
        raise InvalidCall(f"template kind {draft.kind!r} is none; choose from {', '.join(map(repr, TEMPLATE_TYPES))}")
    optional = {"title": draft.name, "remark": draft.remark, "international": int(draft.international)}
    return {"text": draft.text, "type": type_, **{name: value for name, value in optional.items() if value}}


def add_template(config: TencentV5Config, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
    """Submit a template."""
    response = yield encode_add_template(config, draft, stamp)
    return decode_template(config, response)


def modify_template(
    config: TencentV5Config, template_id: str, draft: TemplateDraft, stamp: Stamp
) -> Exchange[TemplateInfo]:
    """Replace a template."""
    response = yield encode_mod_template(config, template_id, draft, stamp)
    return decode_template(config, response, template_id)


def delete_templates(config: TencentV5Config, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
    """Delete templates."""
    response = yield encode_del_template(config, template_ids, stamp)
    decode_done(response)


def get_templates(
    config: TencentV5Config, template_ids: Sequence[str], stamp: Stamp
) -> Exchange[Sequence[TemplateInfo]]:
    """Look templates up."""
    if not template_ids:
        return []
    response = yield encode_get_template(config, {"tpl_id": numbers(template_ids, "template")}, stamp)
    templates = decode_templates(config, response).items
    check_ids((template.id for template in templates), template_ids)
    return templates


def list_templates(config: TencentV5Config, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
    """Return the page of templates that begins at *cursor*."""
    offset = _offset(cursor)
    response = yield encode_get_template(config, {"tpl_page": {"offset": offset, "max": PAGE}}, stamp)
    items, total = decode_templates(config, response)
    # By the documents the next page begins at the sum of this one's offset and max; after a short page that would skip
    # some, so it is the sum of the offset and what arrived.
    end = offset + len(items)
    more = len(items) >= PAGE if total is None else end < total
    if more and not items:
        counted = clean(str(total))
        raise UnexpectedResponse(f"the answer counts {counted} templates and lists none from number {offset} on")
    return Page(items, str(end) if more else None, total)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if isinstance(cursor, str) and cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        return int(cursor)
    raise InvalidCall(f"cursor {cursor!r} is none of a page; give the `next` of the page before, or None to begin")


class _Template(Record, total=False):
    type: Integer | None
    title: Text | None


_TEMPLATE: TypeAdapter[_Template] = TypeAdapter(_Template)


def decode_template(config: TencentV5Config, response: Response, template_id: str | None = None) -> TemplateInfo:
    """Read the answer about one template; raises `UnexpectedResponse`, also if it is another, and `CallFailed`."""
    return decode_one(response, partial(_info, config.zone), template_id)


def decode_templates(config: TencentV5Config, response: Response) -> Listed[TemplateInfo]:
    """Read a list of templates; raises `UnexpectedResponse` and `CallFailed`."""
    return decode_many(response, partial(_info, config.zone))


def _info(zone: tzinfo, record: dict[str, Any]) -> TemplateInfo:
    said = _TEMPLATE.validate_python(record)
    review, words = verdict_of(said)
    type_ = said.get("type")
    return TemplateInfo(
        id=str(said["id"]),
        review=review,
        text=said.get("text") or "",
        kind=TEMPLATE_KINDS.get(type_) if type_ is not None else None,
        name=said.get("title") or None,
        detail=words,
        international=international(said),
        created_at=moment(said.get("apply_time"), zone),
        raw=record,
    )
