"""USMS as the sandbox plays it, its product: SendBatchUSMSMessage once the gateway has let it through.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_pascal

from smsway.provider import Reason, SandboxDesk, parse_phone
from smsway_usms._sandbox_form import MESSAGES, Flaw, Form, Verdict

MOST_TARGETS: Final = 200
"""The page of the call says 200; the page of the codes says 1000 of 18019, which is about SendUSMSMessage."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, strict=True, frozen=True, hide_input_in_errors=True)


class _Target(_Part):
    phone: str
    # docs.ucloud.cn/usms/api_docs/send_message/sendBatchUSMSMessage: at most 32 characters, no single quote, no emoji.
    user_id: Annotated[str, Field(max_length=32, pattern="^[^'\U00010000-\U0010ffff]*$")] | None = None
    extend_code: Annotated[str, Field(pattern="^[0-9]*$")] | None = None
    template_params: list[str] | None = None


class _Item(_Part):
    template_id: str
    sig_content: str
    target: Annotated[list[_Target], Field(min_length=1)]


_ITEMS = TypeAdapter(Annotated[list[_Item], Field(min_length=1)])

#: What is wrong with TaskContent, by the type of the first error; every other type is 18002.
_CODE_OF_ERROR = MappingProxyType(
    {"missing": 18001, "too_short": 18001, "string_too_long": 18003, "string_pattern_mismatch": 18003}
)


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why a target failed; *code* is the RetCode if nothing else happened in the whole request."""

    code: int
    text: str

    @property
    def at_item(self) -> bool:
        """True if the text stands on the item, as for templates and signatures, instead of on the target."""
        return self.code in (18016, 18017, 18018)


_BLOCKED = _Cause(18046, "phone in the black list")

_CODES = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: 18014,
        Reason.INSUFFICIENT_BALANCE: 18013,
        Reason.TEMPLATE_REFUSED: 18017,
        Reason.SIGNATURE_REFUSED: 18016,
        Reason.INVALID_CONTENT: 18023,
        Reason.AUTHENTICATION: 172,
        Reason.PERMISSION: 291,
        Reason.CONFIGURATION: 292,
        Reason.RATE_LIMITED: 153,
        Reason.PROVIDER_FAILURE: 18004,
        Reason.AMBIGUOUS: 110,
    }
)


def _cause(reason: Reason) -> _Cause:
    if reason is Reason.BLOCKED_RECIPIENT:
        return _BLOCKED
    code = _CODES.get(reason)
    return _Cause(code, MESSAGES[code]) if code else _Cause(18046, reason.replace("_", " "))


#: RetCodes that come with FailContent; the others refuse the request as a whole.
_DETAILED = frozenset({0, 18014, 18016, 18017, 18018, 18046})


@dataclass(frozen=True, slots=True)
class _Failure:
    place: int
    item: _Item
    target: _Target
    cause: _Cause


def send(form: Form, desk: SandboxDesk) -> Verdict:
    """Judge SendBatchUSMSMessage as the vendor would."""
    try:
        items = _ITEMS.validate_python(json.loads(b64decode(form.text("TaskContent"), validate=True)))
    except ValidationError as error:  # a ValueError as well
        raise Flaw(_CODE_OF_ERROR.get(error.errors()[0]["type"], 18002)) from None
    except (ValueError, RecursionError):
        raise Flaw(18000) from None
    if sum(len(item.target) for item in items) > MOST_TARGETS:
        raise Flaw(18019)
    return _submit(items, desk)


def _submit(items: Sequence[_Item], desk: SandboxDesk) -> Verdict:
    failures: list[_Failure] = []
    session, sent = None, 0
    for place, item in enumerate(items):
        for target in item.target:
            taken = _take(item, target, desk, session)
            if isinstance(taken, _Cause):
                failures.append(_Failure(place, item, target, taken))
            else:
                session, sent = taken, sent + 1
    code = _code(failures, sent)
    members: dict[str, object] = {"SuccessCount": sent}
    if session is not None:
        members["SessionNo"] = session
    if failures and code in _DETAILED:
        members["FailContent"] = _merged(desk.results(_failed_items(failures)))
    return code, members


def _take(item: _Item, target: _Target, desk: SandboxDesk, session: str | None) -> str | _Cause:
    """Submit one text, in the *session* of those before it; return the session, or why it was refused."""
    template = desk.template(item.template_id)
    if template is None:
        return _cause(Reason.TEMPLATE_REFUSED)
    if not desk.knows_signature(item.sig_content):
        return _cause(Reason.SIGNATURE_REFUSED)
    if not _fits(target.template_params, template.params):
        return _Cause(18018, MESSAGES[18018])
    phone = _e164(target.phone)
    reason = desk.refusal(phone) if phone else Reason.INVALID_RECIPIENT
    if reason is not None:
        return _cause(reason)
    taken = desk.accept(
        phone, target.user_id, message_id=session, template=template.id, params=target.template_params or ()
    )
    return taken or _cause(Reason.INSUFFICIENT_BALANCE)


def _fits(params: list[str] | None, variables: int) -> bool:
    """True if *params* fill the template; without variables the key must not be there at all."""
    return len(params) == variables > 0 if params is not None else variables == 0


_PHONE = re.compile(r"(?:\((?:00)?([1-9][0-9]{0,3})\))?([0-9]+)")


def _e164(written: str) -> str:
    """Return the phone in E.164, or "" if there can be no such number."""
    match = _PHONE.fullmatch(written)
    try:
        return str(parse_phone(f"+{match[1] or '86'}{match[2]}")) if match else ""
    except ValueError:
        return ""


def _code(failures: Sequence[_Failure], sent: int) -> int:
    if sent:
        # The published example: RetCode 0, with a phone of the black list in FailContent.
        return 0 if all(map(_is_lone_blocked, _groups(failures))) else 18046
    codes = {failure.cause.code for failure in failures}
    return codes.pop() if len(codes) == 1 else 18046


def _groups(failures: Sequence[_Failure]) -> list[list[_Failure]]:
    """Return the failures that stand in one item of FailContent together."""
    groups: dict[tuple[int, _Cause | None], list[_Failure]] = {}
    for failure in failures:
        key = (failure.place, failure.cause if failure.cause.at_item else None)
        groups.setdefault(key, []).append(failure)
    return list(groups.values())


def _is_lone_blocked(group: Sequence[_Failure]) -> bool:
    return len(group) == 1 and group[0].cause is _BLOCKED


class _FailedItem(TypedDict):
    TemplateId: str
    SigContent: str
    Target: list[dict[str, object]]
    FailureDetails: NotRequired[str]


def _failed_items(failures: Sequence[_Failure]) -> list[_FailedItem]:
    """Return one item for each failed target, for faults work on single results."""
    return [
        _failed_item(failure, at_item=failure.cause.at_item or _is_lone_blocked(group))
        for group in _groups(failures)
        for failure in group
    ]


def _failed_item(failure: _Failure, *, at_item: bool) -> _FailedItem:
    item, target, text = failure.item, failure.target, failure.cause.text
    optional = {"ExtendCode": target.extend_code, "UserId": target.user_id, "FailureDetails": None if at_item else text}
    written: dict[str, object] = {"TemplateParams": target.template_params or [], "Phone": target.phone}
    written |= {name: value for name, value in optional.items() if value is not None}
    failed = _FailedItem(TemplateId=item.template_id, SigContent=item.sig_content, Target=[written])
    if at_item:
        failed["FailureDetails"] = text
    return failed


def _merged(failed: Sequence[_FailedItem]) -> list[_FailedItem]:
    merged: dict[tuple[str, str, str | None], _FailedItem] = {}
    for item in failed:
        key = (item["TemplateId"], item["SigContent"], item.get("FailureDetails"))
        if key in merged:
            merged[key]["Target"] = [*merged[key]["Target"], *item["Target"]]
        else:
            merged[key] = item
    return list(merged.values())
