"""Acme's side: the gate that knows keys and rates, and behind it every call."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from smsway.provider import (
    PushRule,
    Reason,
    Review,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxReply,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
)
from smsway_acme._config import AcmeConfig

_MOST, _PAGE = 20, 50

_REFUSALS = {
    Reason.INVALID_RECIPIENT: 11,
    Reason.BLOCKED_RECIPIENT: 12,
    Reason.RECIPIENT_RATE_LIMITED: 13,
    Reason.UNSUPPORTED_DESTINATION: 14,
    Reason.INVALID_CONTENT: 15,
    Reason.TEMPLATE_REFUSED: 16,
    Reason.SIGNATURE_REFUSED: 17,
    Reason.INSUFFICIENT_BALANCE: 18,
}
_WORDS = {11: "Number not in use", 12: "Recipient opted out", 16: "Template does not fit"}

Answer = dict[str, Any]


class AcmeSide:
    """Plays Acme for one account."""

    push_rule = PushRule(reports=10, inbound=10, tries=3, interval=60.0)

    def __init__(self, config: AcmeConfig) -> None:
        self._key = config.api_key.get_secret_value()

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request."""
        return SandboxReply(json.dumps(self._answer(call, desk)).encode())

    def _answer(self, call: SandboxCall, desk: SandboxDesk) -> Answer:
        if call.headers.get("x-key") != self._key:
            return {"code": 31}
        if desk.throttled():
            return {"code": 21}
        try:
            asked = json.loads(call.body)
            return {"ref": asked["ref"], "code": 0, **_CALLS[call.method, call.path](asked, desk)}
        except (LookupError, TypeError, ValueError, RecursionError):
            return {"code": 32}

    def push(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Write a callback."""
        reports = [_report(each) for each in items if isinstance(each, SandboxReport)]
        messages = [_message(each) for each in items if isinstance(each, SandboxInbound)]
        return SandboxPush(json.dumps({"reports": reports, "messages": messages}).encode())

    def sign(self, push: SandboxPush, url: str) -> Mapping[str, str]:
        """Seal a callback."""
        signed = f"{url}\n{push.body.decode()}".encode()
        return {"X-Seal": hmac.new(self._key.encode(), signed, hashlib.sha256).hexdigest()}

    def acknowledged(self, status: int, body: bytes) -> bool:
        """Tell whether that is a receipt."""
        return status == 200 and body == b"ok"


def _send(asked: Any, desk: SandboxDesk) -> Answer:
    if not 1 <= len(asked["items"]) <= _MOST:
        return {"code": 32}
    results = [_sent(item, asked["ref"], desk) for item in asked["items"]]
    return {"items": desk.results(results)}


def _sent(item: Any, ref: str, desk: SandboxDesk) -> Answer:
    reason = desk.refusal(item["to"]) or _unfit(item, desk)
    if reason is None:
        said = {"template": item.get("template"), "text": item.get("text"), "params": item.get("params", ())}
        id_ = desk.accept(item["to"], ref, **said)
        if id_ is not None:
            return {"to": item["to"], "code": 0, "id": id_}
        reason = Reason.INSUFFICIENT_BALANCE
    code = _REFUSALS.get(reason, 10)
    return {"to": item["to"], "code": code, "words": _WORDS.get(code)}


def _unfit(item: Any, desk: SandboxDesk) -> Reason | None:
    template = desk.template(item["template"]) if "template" in item else None
    if "template" in item and (template is None or template.params != len(item["params"])):
        return Reason.TEMPLATE_REFUSED
    known = desk.knows_signature(item["signature"]) and (not item["sender"] or desk.knows_sender(item["sender"]))
    return None if known else Reason.SIGNATURE_REFUSED


def _take_reports(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [_report(each) for each in desk.take_reports(asked["most"])]}


def _find_reports(asked: Any, desk: SandboxDesk) -> Answer:
    found = [
        _report(each)
        for each in desk.reports(asked["since"], asked["until"])
        if asked["to"] in {None, each.phone} and (not asked["ids"] or each.message_id in asked["ids"])
    ]
    return {"items": found}


def _report(report: SandboxReport) -> Answer:
    failed = "expired" if report.reason is Reason.UNREACHABLE_RECIPIENT else "failed"
    return {
        "id": report.message_id,
        "to": report.phone,
        "ref": report.reference,
        "state": failed if report.reason else "delivered",
        "at": int(report.at * 1000),
    }


def _take_messages(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [_message(each) for each in desk.take_inbound(asked["most"])]}


def _find_messages(asked: Any, desk: SandboxDesk) -> Answer:
    found = desk.inbound(asked["since"], asked["until"])
    return {"items": [_message(each) for each in found if each.phone == asked["from"]]}


def _message(message: SandboxInbound) -> Answer:
    return {"from": message.phone, "text": message.text, "at": int(message.at * 1000)}


def _put_template(asked: Any, desk: SandboxDesk) -> Answer:
    id_ = asked["id"] or f"T{desk.new_number()}"
    desk.put_template(SandboxTemplate(id_, asked["text"].count("{"), asked["text"], Review.PENDING))
    return _get_templates({"ids": [id_]}, desk)


def _get_templates(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [_kept(each) for each in desk.templates() if each.id in asked["ids"]]}


def _delete_templates(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [], "deleted": sum(map(desk.drop_template, asked["ids"]))}


def _list_templates(asked: Any, desk: SandboxDesk) -> Answer:
    return _page(desk.templates(), asked["start"])


def _put_signature(asked: Any, desk: SandboxDesk) -> Answer:
    id_ = asked["id"] or f"S{desk.new_number()}"
    desk.put_signature(SandboxSignature(id_, asked["text"], Review.PENDING))
    return _get_signatures({"ids": [id_]}, desk)


def _get_signatures(asked: Any, desk: SandboxDesk) -> Answer:
    wanted = [each for each in desk.signatures() if each.id in asked.get("ids", ()) or each.text == asked.get("text")]
    return {"items": list(map(_kept, wanted))}


def _delete_signatures(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [], "deleted": sum(map(desk.drop_signature, asked["ids"]))}


def _list_signatures(asked: Any, desk: SandboxDesk) -> Answer:
    return _page(desk.signatures(), asked["start"])


def _page(kept: Sequence[SandboxTemplate] | Sequence[SandboxSignature], start: int) -> Answer:
    end = start + _PAGE
    return {"items": list(map(_kept, kept[start:end])), "next": end if end < len(kept) else None}


def _kept(item: SandboxTemplate | SandboxSignature) -> Answer:
    return {"id": item.id, "text": item.text, "state": str(item.review), "words": item.words}


def _count(asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [_counts(desk.tally(asked["since"], asked["until"]))]}


def _count_templates(asked: Any, desk: SandboxDesk) -> Answer:
    span = asked["since"], asked["until"]
    return {"items": [_counts(desk.tally(*span, each.id), each.id) for each in desk.templates()]}


def _counts(tally: SandboxTally, template: str | None = None) -> Answer:
    names = ("requested", "accepted", "billed", "delivered", "undelivered")
    return {"template": template, **{name: getattr(tally, name) for name in names}}


def _balance(_asked: Any, desk: SandboxDesk) -> Answer:
    return {"items": [{"texts": 1_000_000 if desk.balance is None else desk.balance}]}


_CALLS: Mapping[tuple[str, str], Callable[[Any, SandboxDesk], Answer]] = {
    ("POST", "/send"): _send,
    ("POST", "/reports"): _take_reports,
    ("POST", "/reports/find"): _find_reports,
    ("POST", "/messages"): _take_messages,
    ("POST", "/messages/find"): _find_messages,
    ("POST", "/template/put"): _put_template,
    ("POST", "/template/get"): _get_templates,
    ("POST", "/template/delete"): _delete_templates,
    ("POST", "/template/list"): _list_templates,
    ("POST", "/signature/put"): _put_signature,
    ("POST", "/signature/get"): _get_signatures,
    ("POST", "/signature/delete"): _delete_signatures,
    ("POST", "/signature/list"): _list_signatures,
    ("POST", "/count"): _count,
    ("POST", "/count/templates"): _count_templates,
    ("POST", "/balance"): _balance,
}
