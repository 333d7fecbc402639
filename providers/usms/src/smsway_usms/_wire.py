"""SendBatchUSMSMessage on the wire (docs.ucloud.cn/api/usms-api/send_batch_usms_message)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from pydantic import NonNegativeInt, TypeAdapter
from pydantic_core import to_json

from smsway.provider import (
    Batch,
    Outcome,
    Parcel,
    Phone,
    Reason,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    rejected,
    unknown,
)
from smsway_usms._calls import Shape, write_call
from smsway_usms._codes import PARTLY_FAILED, SUCCESS, reason_of, reason_of_details, reason_of_named
from smsway_usms._config import UsmsConfig, UsmsOptions
from smsway_usms._phones import read_phone, write_phone

SEND_BATCH: Final = "SendBatchUSMSMessage"

_Target: TypeAlias = dict[str, str | tuple[str, ...]]


def encode_send(config: UsmsConfig, batch: Batch, stamp: Stamp) -> Request:
    """Write *batch* as one signed POST; each recipient carries its name in `stamp.references` as UserId."""
    return write_call(config, SEND_BATCH, {"TaskContent": _task_content(batch, stamp)}, sends=True)


def _task_content(batch: Batch, stamp: Stamp) -> str:
    """Return the base64 of one item per template and signature, each with its targets in the batch's order."""
    targets: dict[tuple[str | None, str], list[_Target]] = {}
    for parcel, user_id in zip(batch.parcels, stamp.references(len(batch)), strict=True):
        content = parcel.content
        targets.setdefault((content.template, content.signature), []).append(_target(parcel, user_id))
    items = [
        {"TemplateId": template, "SigContent": signature, "Target": own}
        for (template, signature), own in targets.items()
    ]
    return b64encode(to_json(items)).decode("ascii")


def _target(parcel: Parcel, user_id: str) -> _Target:
    params = parcel.content.params
    target: _Target = {"Phone": write_phone(parcel.phone), "UserId": user_id}
    if params:  # must be absent for a template without variables
        target["TemplateParams"] = params
    options: UsmsOptions | None = parcel.options
    if options and options.extend_code:
        target["ExtendCode"] = options.extend_code
    return target


class _FailedTarget(Shape):
    phone: str
    user_id: str | None = None
    failure_details: str | None = None


class _FailedItem(Shape):
    target: list[_FailedTarget]
    failure_details: str | None = None


class _Answer(Shape):
    ret_code: int
    action: str | None = None
    message: str | None = None
    session_no: str | None = None
    success_count: NonNegativeInt | None = None
    fail_content: list[_FailedItem] | None = None


_ANSWER = TypeAdapter(_Answer)


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read the answer to *batch*; returns one outcome per parcel, in its order.

    RetCode 0 may come with failures and 18046 with successes, so both are read alike: whoever FailContent names
    was refused, and all others share one fate. Raises `UnexpectedResponse` if the answer is not of the documented
    shape or names somebody who was not in the request.
    """
    with decoding(response):
        response.require_fresh("an answer of USMS")
        answer = decode_json(response, _ANSWER)
        if answer.action and answer.action != f"{SEND_BATCH}Response":
            raise UnexpectedResponse("the answer is to another action")
        refused = _refused(batch, stamp, answer)
        if answer.success_count is not None and answer.success_count > len(batch) - len(refused):
            _doubt(refused.values())
        fate = _fate_of_unnamed(answer, len(refused), len(batch))
        return [refused.get(parcel.phone) or fate(parcel) for parcel in batch.parcels]


def _refused(batch: Batch, stamp: Stamp, answer: _Answer) -> dict[Phone, Outcome]:
    """Return the outcomes of those whom FailContent names."""
    default, code = reason_of_named(answer.ret_code), str(answer.ret_code)
    if default is Reason.AMBIGUOUS or not answer.fail_content:
        return {}
    refused: dict[Phone, Outcome] = {}
    find = _finder(batch, stamp)
    for item, target in _failures(answer.fail_content):
        parcel = find(target)
        reason = reason_of_details(target.failure_details, item.failure_details) or default
        earlier = refused.get(parcel.phone)
        if earlier is not None and earlier.reason is not reason:
            reason = Reason.OTHER  # refused for two causes, and either could be an opt-out
        refused[parcel.phone] = rejected(parcel, reason, code, target.failure_details or item.failure_details)
    return refused


# Another account would refuse these as well.
_ABOUT_RECIPIENTS = frozenset({Reason.BLOCKED_RECIPIENT, Reason.INVALID_RECIPIENT})


def _doubt(refused: Iterable[Outcome]) -> None:
    """Let nobody move on to another account whom the count of successes may take in.

    The page has an example of that (docs.ucloud.cn/api/usms-api/send_batch_usms_message).
    """
    for outcome in refused:
        if outcome.reason not in _ABOUT_RECIPIENTS:
            outcome.reason = Reason.OTHER


def _failures(content: list[_FailedItem]) -> Iterator[tuple[_FailedItem, _FailedTarget]]:
    return ((item, target) for item in content for target in item.target)


def _fate_of_unnamed(answer: _Answer, named: int, requested: int) -> Callable[[Parcel], Outcome]:
    """Return what became of those whom FailContent does not name."""
    code, text = str(answer.ret_code), answer.message
    if answer.ret_code in (SUCCESS, PARTLY_FAILED):
        if _adds_up(answer, named, requested):
            return lambda parcel: accepted(parcel, message_id=answer.session_no or None)
        return lambda parcel: unknown(parcel, Reason.MISSING_RESULT, code, "the counts of the answer do not add up")
    reason = reason_of(answer.ret_code)
    # SessionNo and a count above 0 mean that somebody was sent to, whatever the code says.
    if reason is Reason.AMBIGUOUS or answer.session_no or answer.success_count:
        return lambda parcel: unknown(parcel, Reason.AMBIGUOUS, code, text)
    return lambda parcel: rejected(parcel, reason, code, text)


def _adds_up(answer: _Answer, named: int, requested: int) -> bool:
    """True if the answer proves that everybody whom FailContent does not name was accepted."""
    if answer.ret_code == PARTLY_FAILED and not named:
        return False
    if answer.success_count is None:
        # SessionNo is returned only if somebody was accepted, which tells of one, but not of several.
        return answer.ret_code == SUCCESS and bool(answer.session_no) and requested - named == 1
    return answer.success_count == requested - named


_PUNCTUATION = str.maketrans("", "", "()+ -")


def _finder(batch: Batch, stamp: Stamp) -> Callable[[_FailedTarget], Parcel]:
    tally = Tally(batch)
    by_user_id = dict(zip(stamp.references(len(batch)), batch.parcels, strict=True))

    def find(target: _FailedTarget) -> Parcel:
        if not target.user_id:
            return tally.parcel(read_phone(target.phone) or "")
        parcel = by_user_id.get(target.user_id)
        if parcel is None or _contradicts(target.phone, parcel.phone):
            raise UnexpectedResponse("the answer speaks of a recipient that was not in the request")
        return parcel

    return find


def _contradicts(written: str, phone: Phone) -> bool:
    """True if *written* is the whole number of somebody else; the UserId counts where it is masked."""
    digits = written.translate(_PUNCTUATION)
    return digits.isdecimal() and not digits.endswith(phone.national)
