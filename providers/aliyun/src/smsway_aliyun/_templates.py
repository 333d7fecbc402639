"""Templates: CreateSmsTemplate, UpdateSmsTemplate, DeleteSmsTemplate, GetSmsTemplate and QuerySmsTemplateList.

The pages are help.aliyun.com/document_detail/2807431.html (CreateSmsTemplate), 121211.html (DeleteSmsTemplate),
2807433.html (GetSmsTemplate), 419288.html (QuerySmsTemplateList), and 2806243.html on variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, ValidationError

from smsway.provider import (
    CallFailed,
    Exchange,
    InvalidCall,
    Kind,
    Options,
    Page,
    Review,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_aliyun._calls import Caller, Members, Shape
from smsway_aliyun._codes import NO_TEMPLATE
from smsway_aliyun._config import AliyunConfig, template_id
from smsway_aliyun._reviews import Words, page_asked, page_of, review_of
from smsway_aliyun._times import moment_of

CREATE: Final = "CreateSmsTemplate"
UPDATE: Final = "UpdateSmsTemplate"
DELETE: Final = "DeleteSmsTemplate"
GET: Final = "GetSmsTemplate"
LIST: Final = "QuerySmsTemplateList"

LONGEST_NAME: Final = 30
LONGEST_TEXT: Final = 500

TYPES: Mapping[Kind, str] = MappingProxyType({Kind.OTP: "0", Kind.NOTIFICATION: "1", Kind.MARKETING: "2"})
"""Kind -> `TemplateType` of a template for the mainland."""
INTERNATIONAL: Final = "3"
"""`TemplateType` of a template for elsewhere, whose kind is told by another number."""
INTERNATIONAL_TYPES: Mapping[Kind, str] = MappingProxyType({Kind.NOTIFICATION: "0", Kind.MARKETING: "1", Kind.OTP: "2"})
"""Kind -> `IntlType`."""

_Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class TemplateOptions(Options):
    """`TemplateDraft.options`: *variables* and *signature*.

    *variables* are the names of `{1}`, `{2}` and so on, in that order, and the vendor's word for the kind of each, such
    as `{"code": "numberCaptcha"}` (help.aliyun.com/document_detail/2806243.html). *signature* is the text of the one
    that goes with the template; a template for the mainland needs one.
    """

    variables: Mapping[_Word, _Word] = Field(default_factory=dict)
    signature: str | None = None


def add(config: AliyunConfig, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
    """Submit a template for review."""
    query = _written(draft)
    return (yield from Caller(config, stamp).ask(CREATE, partial(_submitted, draft, None), query))


def modify(config: AliyunConfig, id_: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
    """Replace a template that was rejected."""
    query = {"TemplateCode": _id(id_), **_written(draft)}
    return (yield from Caller(config, stamp).ask(UPDATE, partial(_submitted, draft, id_), query))


def delete(config: AliyunConfig, ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
    """Delete templates, with a request for each."""
    codes, caller = _ids(ids), Caller(config, stamp)
    if not codes:
        raise InvalidCall("no template is named; give the codes of those to delete")
    for done, code in enumerate(codes):
        before = f"{done} of {len(codes)} were deleted before"
        try:
            yield from caller.ask(DELETE, lambda _: None, {"TemplateCode": code})
        except CallFailed as error:
            raise (error.with_detail(before) if len(codes) > 1 else error) from None
        except UnexpectedResponse as error:
            raise (UnexpectedResponse(f"{error}; {before}") if len(codes) > 1 else error) from None


def get(config: AliyunConfig, ids: Sequence[str], stamp: Stamp) -> Exchange[list[TemplateInfo]]:
    """Look templates up, with a request for each."""
    caller = Caller(config, stamp)
    found: list[TemplateInfo] = []
    for code in _ids(ids):
        try:
            info = yield from caller.ask(GET, partial(_got, code), {"TemplateCode": code})
        except CallFailed as error:
            if error.code != NO_TEMPLATE:
                raise
        else:
            found.append(info)
    return found


def list_(config: AliyunConfig, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
    """Return the page that begins at *cursor*."""
    return (yield from Caller(config, stamp).ask(LIST, partial(_page, cursor), page_asked(cursor)))


def _ids(ids: Sequence[str]) -> list[str]:
    if isinstance(ids, str) or not isinstance(ids, Sequence):
        raise InvalidCall(f"{ids!r} is no list; give the codes of templates in a list")
    return list(dict.fromkeys(map(_id, ids)))


def _id(value: str) -> str:
    try:
        return template_id(value)
    except ValueError as error:
        raise InvalidCall(str(error)) from None


def _written(draft: TemplateDraft) -> dict[str, str]:
    """Return the parameters of *draft*; raises `InvalidCall` for what the vendor would refuse."""
    options = _options(draft.options)
    if draft.kind not in TYPES:
        raise InvalidCall(f"kind: {draft.kind!r} is none; give one of {', '.join(TYPES)}")
    if not draft.international and not options.signature:
        raise InvalidCall("options.signature: the vendor wants to know which signature a template goes with; name it")
    text = _named(draft.text, list(options.variables))
    for field, value, most in (("name", draft.name, LONGEST_NAME), ("text", text, LONGEST_TEXT)):
        if not value.strip():
            raise InvalidCall(f"{field} is empty, and the vendor requires one; give the draft a {field}")
        if len(value) > most:
            raise InvalidCall(f"{field} has {len(value)} characters with its variables; shorten it to {most}")
    asked = {
        "TemplateName": draft.name,
        "TemplateContent": text,
        "TemplateType": INTERNATIONAL if draft.international else TYPES[draft.kind],
        "IntlType": INTERNATIONAL_TYPES[draft.kind] if draft.international else "",
        "RelatedSignName": options.signature or "",
        "TemplateRule": json.dumps(dict(options.variables)) if options.variables else "",
        "Remark": draft.remark,
    }
    return {name: value for name, value in asked.items() if value}


def _options(options: Mapping[str, Any]) -> TemplateOptions:
    try:
        return TemplateOptions.model_validate(dict(options))
    except ValidationError as error:
        told = "; ".join(f"options.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise InvalidCall(f"{told}; known: {', '.join(TemplateOptions.model_fields)}") from None


_PLACEHOLDER = re.compile(r"\$?\{([^{}]*)\}")


def _named(text: str, names: Sequence[str]) -> str:
    """Return *text* with `${code}` for `{1}`, and so on; each variable stands in a template once, and in this order."""
    found = _PLACEHOLDER.findall(text)
    if found != [str(number) for number in range(1, len(names) + 1)]:
        raise InvalidCall(
            f"text has the placeholders {', '.join(found) or 'none'}, and options.variables {len(names)} names; "
            "write {1}, {2} and so on, each once and in this order, with a name for each"
        )
    called = iter(names)
    return _PLACEHOLDER.sub(lambda _: f"${{{next(called)}}}", text)


def _numbered(text: str) -> str:
    """Return *text* with `{1}` for its first variable, `{2}` for the second, and so on."""
    numbers = count(1)
    return re.sub(r"\$\{[^{}]*\}", lambda _: f"{{{next(numbers)}}}", text)


class _Submitted(Shape):
    template_code: str


def _submitted(draft: TemplateDraft, asked: str | None, members: Members) -> TemplateInfo:
    code = _Submitted.model_validate(members).template_code
    if code != (asked or code):
        raise UnexpectedResponse("the answer speaks of another template than the one that was asked for")
    return TemplateInfo(
        id=code,
        review=Review.PENDING,
        text=draft.text,
        kind=draft.kind,
        name=draft.name,
        international=draft.international,
        raw=members,
    )


_KINDS: Mapping[str, Kind] = MappingProxyType({number: kind for kind, number in TYPES.items()})
_INTERNATIONAL_KINDS: Mapping[str, Kind] = MappingProxyType(
    {number: kind for kind, number in INTERNATIONAL_TYPES.items()}
)


class _Template(Shape):
    """A template as GetSmsTemplate tells it."""

    template_code: str
    template_status: str | int
    template_content: str
    template_name: str | None = None
    template_type: str | int | None = None
    intl_type: str | int | None = None
    audit_info: Words | None = None
    create_date: Any = None


def _got(asked: str, members: Members) -> TemplateInfo:
    told = _Template.model_validate(members)
    if told.template_code != asked:
        raise UnexpectedResponse("the answer speaks of another template than the one that was asked for")
    return _info(told, members, told.template_status, told.template_type, told.audit_info)


class _Listed(Shape):
    """A template as QuerySmsTemplateList tells it, whose `TemplateType` has numbers of its own."""

    template_code: str
    audit_status: str
    template_content: str
    template_name: str | None = None
    outer_template_type: str | int | None = None
    intl_type: str | int | None = None
    reason: Words | None = None
    create_date: Any = None


class _List(Shape):
    sms_template_list: list[Members] | None
    total_count: int | None = None


def _page(cursor: str | None, members: Members) -> Page[TemplateInfo]:
    told = _List.model_validate(members)
    return page_of([_item(record) for record in told.sms_template_list or ()], cursor, told.total_count)


def _item(record: Members) -> TemplateInfo:
    told = _Listed.model_validate(record)
    return _info(told, record, told.audit_status, told.outer_template_type, told.reason)


def _info(
    told: _Template | _Listed, raw: Members, state: str | int, kind: str | int | None, words: Words | None
) -> TemplateInfo:
    review, detail = review_of(state, words)
    number = str(kind)
    abroad = number == INTERNATIONAL
    return TemplateInfo(
        id=told.template_code,
        review=review,
        text=_numbered(told.template_content),
        kind=_INTERNATIONAL_KINDS.get(str(told.intl_type)) if abroad else _KINDS.get(number),
        name=told.template_name or None,
        detail=detail,
        international=None if kind is None else abroad,
        created_at=moment_of(told.create_date),
        raw=raw,
    )
