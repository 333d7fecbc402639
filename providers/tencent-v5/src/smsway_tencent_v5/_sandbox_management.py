"""The v5 API as the sandbox plays it, what is reviewed: templates and signatures.

Sources: cloud.tencent.com/document/product/382/5817, 8649, 5818 and 5819 (templates), 6038, 8650, 6039 and 6040
(signatures). Which codes refuse an id that does not exist is not documented: they are those of a text that names it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import Review, SandboxDesk, SandboxSignature, SandboxTemplate
from smsway_tencent_v5._sandbox_calls import Call, Signed, local_time
from smsway_tencent_v5._sandbox_send import Object, Refused

_STATUSES: Mapping[Review, int] = MappingProxyType(
    {Review.APPROVED: 0, Review.PENDING: 1, Review.REJECTED: 2, Review.DISABLED: 2}
)
_SomeText = Annotated[str, Field(min_length=1)]
_Flag = Annotated[int, Field(ge=0, le=1)]
_Ids = Annotated[list[int], Field(min_length=1)]


class _Template(Signed):
    text: _SomeText
    type: Annotated[int, Field(ge=0, le=2)]
    title: NotRequired[str]
    remark: NotRequired[str]
    international: NotRequired[_Flag]


class _ChangedTemplate(_Template):
    tpl_id: int


class _TemplateIds(Signed):
    tpl_id: int | _Ids


class _Page(TypedDict):
    offset: Annotated[int, Field(ge=0)]
    max: Annotated[int, Field(ge=1, le=50)]


class _TemplatesAsked(Signed):
    tpl_id: NotRequired[_Ids]
    tpl_page: NotRequired[_Page]


class _Signature(Signed):
    text: _SomeText
    remark: NotRequired[str]
    pic: NotRequired[str]
    international: NotRequired[_Flag]


class _ChangedSignature(_Signature):
    sign_id: int


class _SignatureIds(Signed):
    sign_id: int | _Ids


def _add_template(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    return _put_template(str(desk.new_number()), body, desk, zone)


def _mod_template(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    _known([body["tpl_id"]], {template.id for template in desk.templates()}, _NO_TEMPLATE)
    return _put_template(str(body["tpl_id"]), body, desk, zone)


def _put_template(id_: str, body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    params = len(set(re.findall(r"\{[0-9]+\}", body["text"])))
    extras = _kept(body, "type", "title", "remark", "international")
    template = SandboxTemplate(id_, params, body["text"], Review.PENDING, created_at=desk.now, extras=extras)
    desk.put_template(template)
    shown = _shown_template(template, zone)
    return _done({name: shown[name] for name in ("id", "text", "status", "type", "international")})


def _del_template(body: Object, desk: SandboxDesk, _: tzinfo) -> Object:
    for id_ in _known(_listed(body["tpl_id"]), {template.id for template in desk.templates()}, _NO_TEMPLATE):
        desk.drop_template(id_)
    return {"result": 0, "msg": ""}


def _get_template(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    if ("tpl_id" in body) == ("tpl_page" in body):
        raise Refused(1004, "package format error, either tpl_id or tpl_page")
    every = [template for template in desk.templates() if template.id.isdecimal()]
    if "tpl_id" in body:
        asked = set(map(str, body["tpl_id"]))
        templates = [template for template in every if template.id in asked]
    else:
        offset = body["tpl_page"]["offset"]
        templates = every[offset : offset + body["tpl_page"]["max"]]
    data = [_shown_template(template, zone) for template in templates]
    return {"result": 0, "msg": "", "total": len(every), "count": len(data), "data": data}


def _shown_template(template: SandboxTemplate, zone: tzinfo) -> Object:
    return {
        "id": int(template.id),
        "text": template.text,
        "status": _STATUSES[template.review],
        "reply": template.words,
        "type": template.extras.get("type", 0),
        "international": template.extras.get("international", 0),
        "title": template.extras.get("title", ""),
        "apply_time": local_time(template.created_at, zone),
    }


def _add_sign(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    return _put_sign(str(desk.new_number()), body, desk, zone)


def _mod_sign(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    _known([body["sign_id"]], {signature.id for signature in desk.signatures()}, _NO_SIGNATURE)
    return _put_sign(str(body["sign_id"]), body, desk, zone)


def _put_sign(id_: str, body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    if re.search(r"[【】\[\]]", body["text"]):
        raise Refused(1012, "signature format error or not approved")
    try:
        base64.b64decode(body.get("pic", ""), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(1004, "package format error, pic") from None
    extras = _kept(body, "remark", "international")
    signature = SandboxSignature(id_, body["text"], Review.PENDING, created_at=desk.now, extras=extras)
    desk.put_signature(signature)
    shown = _shown_sign(signature, zone)
    return _done({name: shown[name] for name in ("id", "text", "status", "international")})


def _del_sign(body: Object, desk: SandboxDesk, _: tzinfo) -> Object:
    for id_ in _known(_listed(body["sign_id"]), {signature.id for signature in desk.signatures()}, _NO_SIGNATURE):
        desk.drop_signature(id_)
    return {"result": 0, "msg": ""}


def _get_sign(body: Object, desk: SandboxDesk, zone: tzinfo) -> Object:
    asked = set(map(str, _listed(body["sign_id"])))
    data = [_shown_sign(signature, zone) for signature in desk.signatures() if signature.id in asked]
    return {"result": 0, "msg": "", "count": len(data), "data": data}


def _shown_sign(signature: SandboxSignature, zone: tzinfo) -> Object:
    return {
        "id": int(signature.id),
        "text": signature.text,
        "status": _STATUSES[signature.review],
        "reply": signature.words,
        "international": signature.extras.get("international", 0),
        "apply_time": local_time(signature.created_at, zone),
    }


def _kept(body: Object, *names: str) -> Object:
    return {name: body[name] for name in names if name in body}


def _done(data: Object) -> Object:
    return {"result": 0, "msg": "", "data": data}


def _listed(ids: int | list[int]) -> list[int]:
    return ids if isinstance(ids, list) else [ids]


_NO_TEMPLATE = Refused(1014, "package format error, sdkappid not have this tpl_id")
_NO_SIGNATURE = Refused(1012, "sdkappid not have this sign_id")


def _known(ids: list[int], known: set[str], refusal: Refused) -> list[str]:
    """Return the ids if all of them exist."""
    if not set(map(str, ids)) <= known:
        raise Refused(refusal.code, refusal.errmsg)
    return list(map(str, ids))


CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "add_template": Call(TypeAdapter(_Template), _add_template, "msg"),
        "mod_template": Call(TypeAdapter(_ChangedTemplate), _mod_template, "msg"),
        "del_template": Call(TypeAdapter(_TemplateIds), _del_template, "msg"),
        "get_template": Call(TypeAdapter(_TemplatesAsked), _get_template, "msg"),
        "add_sign": Call(TypeAdapter(_Signature), _add_sign, "msg"),
        "mod_sign": Call(TypeAdapter(_ChangedSignature), _mod_sign, "msg"),
        "del_sign": Call(TypeAdapter(_SignatureIds), _del_sign, "msg"),
        "get_sign": Call(TypeAdapter(_SignatureIds), _get_sign, "msg"),
    }
)
"""The calls by name; their words are in `msg`, as in the edition of 2018."""
