"""A provider for tests of applications: it takes anything to anywhere, and its vendor exists in the sandbox only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from smsway.delivery import AFTER_REFUSAL
from smsway.provider import (
    AccountConfig,
    Batch,
    Capabilities,
    Credential,
    Delivery,
    Example,
    Exchange,
    Filled,
    Inbound,
    InvalidCall,
    Outcome,
    Parcel,
    ProviderSpec,
    Reason,
    Report,
    Request,
    Response,
    SandboxCall,
    SandboxDesk,
    SandboxReply,
    SecretStr,
    Sharing,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    hookimpl,
    parse_phone,
    refused,
    rejected,
    unknown,
)

NAME = "fake"

CODES: Mapping[str, Reason | None] = MappingProxyType(
    {"ok": None, **{str(reason): reason for reason in AFTER_REFUSAL}, str(Reason.AMBIGUOUS): Reason.AMBIGUOUS}
)
"""The codes of the fake vendor: `ok`, or the name of a reason."""


class FakeConfig(AccountConfig):
    """An account of the fake vendor; *key* is any secret."""

    base_url: str = "https://fake.example"
    key: Credential = Field(default=SecretStr("a-fake-key"))


class _Result(TypedDict):
    to: str
    ref: str
    code: str
    id: NotRequired[str]


class _Answer(TypedDict):
    error: NotRequired[str]
    ref: NotRequired[str]
    results: NotRequired[list[_Result]]
    items: NotRequired[list[dict[str, Any]]]


_ANSWER = TypeAdapter(_Answer)


class FakeProvider:
    """Speaks to the fake vendor; pulls reports and messages as well."""

    most_reports = 100
    most_inbound = 100

    def __init__(self, config: FakeConfig) -> None:
        self._config = config

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* in one request."""
        response = yield self._request("send", _content(batch, stamp))
        return _booked(batch, stamp, response)

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take up to *limit* reports off the queue."""
        return self._pull("reports", limit, stamp, _report)

    def pull_inbound(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Take up to *limit* messages off the queue."""
        return self._pull("inbound", limit, stamp, _message)

    def _pull(
        self, what: str, limit: int, stamp: Stamp, read: Callable[[Mapping[str, Any]], Any]
    ) -> Exchange[Sequence[Any]]:
        if not 1 <= limit <= self.most_reports:
            raise InvalidCall(f"limit {limit} is not between 1 and {self.most_reports}")
        response = yield self._request(what, {"ref": stamp.reference, "limit": limit})
        with decoding(response):
            answer = decode_json(response, _ANSWER)
            if "error" in answer:
                raise refused(CODES.get(answer["error"]) or Reason.AMBIGUOUS, answer["error"])
            return [read(item) for item in answer["items"]]

    def _request(self, path: str, content: Mapping[str, object]) -> Request:
        headers = {"Content-Type": "application/json", "X-Key": self._config.key.get_secret_value()}
        return Request(f"{self._config.base_url}/{path}", headers, json.dumps(content).encode(), sends=path == "send")


def _content(batch: Batch, stamp: Stamp) -> dict[str, object]:
    references = stamp.references(len(batch))
    items = [_written(parcel, ref) for parcel, ref in zip(batch.parcels, references, strict=True)]
    return {"ref": stamp.reference, "items": items}


def _written(parcel: Parcel, reference: str) -> dict[str, object]:
    content: Filled = parcel.content
    said: dict[str, object] = {"text": content.text}
    if content.template is not None:
        said = {"template": content.template, "params": content.params}
    return {"to": str(parcel.phone), "ref": reference, **said}


def _booked(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    # In functions of their own, so that a traceback with locals shows nothing of the request or of the answer.
    with decoding(response):
        return _read(batch, stamp, response)


def _read(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    answer = decode_json(response, _ANSWER)
    if answer.get("ref") != stamp.reference:
        if "ref" in answer:
            raise UnexpectedResponse("the answer repeats the reference of another request")
        response.require_fresh("an answer without a reference")
    if "error" in answer:
        return [_outcome(parcel, answer["error"]) for parcel in batch.parcels]
    tally = Tally(batch)
    for result in answer["results"]:
        tally.book(_outcome(tally.parcel(result["to"]), result["code"], result.get("id")))
    return tally.outcomes()


def _outcome(parcel: Parcel, code: str, message_id: str | None = None) -> Outcome:
    if code == "ok":
        return accepted(parcel, message_id=message_id)
    reason = CODES.get(code) or Reason.AMBIGUOUS
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, code)


def _report(item: Mapping[str, Any]) -> Report:
    try:
        reason = Reason(item["reason"]) if item["reason"] else None
        delivery = Delivery.UNDELIVERED if reason else Delivery.DELIVERED
        return Report(
            recipient=parse_phone(item["to"]),
            delivery=delivery,
            provider_message_id=item["id"],
            reference=item["ref"],
            reason=reason,
            at=float(item["at"]),
            raw=item,
        )
    except (LookupError, TypeError, ValueError):
        return Report(recipient="", delivery=Delivery.UNKNOWN, raw=item)


def _message(item: Mapping[str, Any]) -> Inbound:
    try:
        return Inbound(sender=parse_phone(item["from"]), text=item["text"], at=float(item["at"]), raw=item)
    except (LookupError, TypeError, ValueError):
        return Inbound(sender="", text="", raw=item)


class FakeSide:
    """Plays the fake vendor."""

    def __init__(self, config: FakeConfig) -> None:
        self._key = config.key.get_secret_value()

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        """Answer one request."""
        try:
            asked = json.loads(call.body)
            answer = self._answer(call, asked, desk)
        except (LookupError, TypeError, ValueError, RecursionError):
            answer = {"error": str(Reason.INVALID_REQUEST)}
        return SandboxReply(json.dumps(answer).encode())

    def _answer(self, call: SandboxCall, asked: Any, desk: SandboxDesk) -> dict[str, Any]:
        if call.headers.get("x-key") != self._key:
            return {"error": str(Reason.AUTHENTICATION)}
        if desk.throttled():
            return {"error": str(Reason.RATE_LIMITED)}
        match (call.method, call.path.rpartition("/")[2]):
            case ("POST", "send"):
                return {"ref": asked["ref"], "results": desk.results([_judged(each, desk) for each in asked["items"]])}
            case ("POST", "reports"):
                reports = desk.take_reports(asked["limit"])
                return {
                    "items": [
                        {"to": r.phone, "id": r.message_id, "ref": r.reference, "at": r.at, "reason": r.reason}
                        for r in reports
                    ]
                }
            case ("POST", "inbound"):
                messages = desk.take_inbound(asked["limit"])
                return {"items": [{"from": each.phone, "text": each.text, "at": each.at} for each in messages]}
        return {"error": str(Reason.INVALID_REQUEST)}


def _judged(item: Mapping[str, Any], desk: SandboxDesk) -> dict[str, object]:
    said = {"to": item["to"], "ref": item["ref"]}
    reason = desk.refusal(item["to"])
    if reason is not None:
        return {**said, "code": str(reason if str(reason) in CODES else Reason.AMBIGUOUS)}
    taken = desk.accept(
        item["to"],
        item["ref"],
        template=item.get("template"),
        text=item.get("text"),
        params=[str(param) for param in item.get("params") or ()],
    )
    return {**said, "code": str(Reason.INSUFFICIENT_BALANCE)} if taken is None else {**said, "code": "ok", "id": taken}


CAPABILITIES = Capabilities(max_batch=100, sharing=Sharing.OWN, text=True, template=True, echo=True)
"""The fake vendor takes text and templates, to any country, each recipient its own."""


class FakePlugin:
    """Registers the provider `fake`; pass it to `plugins` of a client."""

    @hookimpl
    def register_providers(self, register: Callable[[ProviderSpec[FakeConfig]], None]) -> None:
        """Make the provider known to smsway."""
        register(
            ProviderSpec(
                name=NAME,
                config=FakeConfig,
                build=FakeProvider,
                capabilities=CAPABILITIES,
                codes=CODES,
                sources=("smsway.testing 1",),
                example=Example(settings="", template="code"),
                sandbox=FakeSide,
            )
        )
