"""Templates: CreateUSMSTemplate, UpdateUSMSTemplate, DeleteUSMSTemplate and QueryUSMSTemplate.

USMS has no action that lists templates; its console does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from smsway.provider import Exchange, InvalidCall, Kind, Options, Review, TemplateDraft, TemplateInfo
from smsway_usms._calls import Members, Shape, at_most, extras, known_ids, present, read_answer, write_call
from smsway_usms._codes import KINDS, NO_TEMPLATE, PURPOSES, review_of
from smsway_usms._config import UsmsConfig
from smsway_usms._reviewed import Reviewed

CREATE: Final = "CreateUSMSTemplate"
UPDATE: Final = "UpdateUSMSTemplate"

# docs.ucloud.cn/api/usms-api/create_usms_template and update_usms_template; any character counts as one.
LONGEST_NAME: Final = 32
LONGEST_REMARK: Final = 128
LONGEST_TEXT: Final = 500
LONGEST_NEW_TEXT: Final = 600


class TemplateOptions(Options):
    """`TemplateDraft.options`: *unsubscribe_info* and *instruction*.

    *unsubscribe_info* tells how to opt out, such as `拒收请回复R`; marketing in mainland China needs it.
    *instruction* tells the reviewer what the variables stand for.
    """

    unsubscribe_info: Annotated[str, StringConstraints(min_length=1)] | None = None
    instruction: str | None = None


def add(config: UsmsConfig, draft: TemplateDraft) -> Exchange[TemplateInfo]:
    """Submit a template for review."""
    kind = _known(draft.kind)
    options = _checked(draft, LONGEST_TEXT)
    if not draft.name:
        raise InvalidCall("USMS wants a name for each template; set name")
    if kind is Kind.MARKETING and not draft.international and options.unsubscribe_info is None:
        raise InvalidCall(
            "USMS wants to know how to opt out of marketing in mainland China; "
            'set options.unsubscribe_info, such as "拒收请回复R"'
        )
    own = {
        "Purpose": str(PURPOSES[kind]),
        "TemplateName": draft.name,
        "Template": draft.text,
        "International": "true" if draft.international else "false",
        **present(
            {
                "Remark": draft.remark,
                "UnsubscribeInfo": options.unsubscribe_info,
                "Instruction": options.instruction,
            }
        ),
    }
    response = yield write_call(config, CREATE, own)
    return read_answer(response, CREATE, partial(_added, draft, kind))


def modify(config: UsmsConfig, template_id: str, draft: TemplateDraft) -> Exchange[TemplateInfo]:
    """Replace text, name and remark of a template; its kind and destinations stay what they were.

    The answer tells nothing, and only a new text goes back to review, so the template is looked up after that.
    """
    (template_id,) = known_ids("template", (template_id,))
    options = _checked(draft, LONGEST_NEW_TEXT)
    if options.unsubscribe_info is not None:
        raise InvalidCall("options.unsubscribe_info: USMS cannot change it in a template that is there; add a new one")
    own = {
        "TemplateId": template_id,
        "Template": draft.text,
        **present({"TemplateName": draft.name, "Remark": draft.remark, "Instruction": options.instruction}),
    }
    response = yield write_call(config, UPDATE, own)
    changed = read_answer(response, UPDATE, partial(_submitted, template_id, draft))
    return (yield from TEMPLATES.after_change(config, changed))


def _known(kind: Kind) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise InvalidCall(f"kind {kind!r}: USMS knows {', '.join(PURPOSES)}") from None


_BRACES = re.compile(r"\{[^{}]*\}")
_VARIABLE = re.compile(r"\{[1-9][0-9]*\}")


def _checked(draft: TemplateDraft, longest: int) -> TemplateOptions:
    """Return the options of *draft*; raises `InvalidCall` for what the pages rule out."""
    options = extras(TemplateOptions, draft.options)
    at_most("text", draft.text, longest)
    at_most("name", draft.name, LONGEST_NAME)
    at_most("remark", draft.remark, LONGEST_REMARK)
    if not _VARIABLE.sub("", draft.text).strip():
        raise InvalidCall(f"text {draft.text!r} holds nothing beside variables; USMS wants words around them")
    strange = next((each for each in _BRACES.findall(draft.text) if not _VARIABLE.fullmatch(each)), None)
    if strange is not None:
        raise InvalidCall(f"text holds {strange}; the variables of USMS are {{1}}, {{2}} and so on")
    return options


class _Added(Shape):
    template_id: Annotated[str, Field(min_length=1)]


def _added(draft: TemplateDraft, kind: Kind, members: Members) -> TemplateInfo:
    info = _submitted(_Added.model_validate(members).template_id, draft, members)
    return replace(info, kind=kind, international=draft.international)


def _submitted(template_id: str, draft: TemplateDraft, members: Members) -> TemplateInfo:
    return TemplateInfo(id=template_id, review=Review.PENDING, text=draft.text, name=draft.name or None, raw=members)


class _Template(Shape):
    """A template as it is described; the published example leaves out some members that the table requires."""

    template_id: str
    status: int
    template: str = ""
    template_name: str | None = None
    purpose: int | None = None
    err_desc: str | None = None
    create_time: Annotated[int, Field(ge=0, lt=2**40)] | None = None


def _info(data: Members) -> TemplateInfo:
    told = _Template.model_validate(data)
    review, detail = review_of(told.status, told.err_desc)
    return TemplateInfo(
        id=told.template_id,
        review=review,
        text=told.template,
        kind=KINDS.get(told.purpose or 0),
        name=told.template_name or None,
        detail=detail,
        created_at=float(told.create_time) if told.create_time else None,
        raw=data,
    )


TEMPLATES: Final = Reviewed(
    what="template",
    id="TemplateId",
    queries="QueryUSMSTemplate",
    deletes="DeleteUSMSTemplate",
    none=NO_TEMPLATE,
    read=_info,
)
"""What can be done with templates as with signatures."""
