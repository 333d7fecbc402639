"""What Acme can do: sending, and every facet that there is."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, TypeAdapter

from smsway.provider import (
    Balance,
    Batch,
    Callback,
    CallbackAnswer,
    DeliveryStatistics,
    Exchange,
    Inbound,
    InvalidCall,
    MalformedCallback,
    Outcome,
    Page,
    Report,
    ReportQuery,
    SendStatistics,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    TemplateStatistics,
    Verification,
    decode_json,
    reading,
)
from smsway_acme._config import AcmeConfig
from smsway_acme._records import Counted, balance_of, info_of, message_of, report_of
from smsway_acme._wire import decode, decode_one, decode_send, encode, encode_send

T = TypeVar("T")


class _Posted(BaseModel, strict=True):
    reports: list[Any] = []
    messages: list[Any] = []


_POSTED = TypeAdapter(_Posted)


@dataclass(frozen=True, slots=True)
class Acme:
    """Speaks to Acme for one account."""

    config: AcmeConfig

    most_reports: ClassVar[int] = 50
    most_inbound: ClassVar[int] = 50
    verification: ClassVar[Verification] = Verification(grace=5, questions=3, interval=10)

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch*."""
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take reports off the queue."""
        _check_limit(limit, self.most_reports)
        page = yield from self._ask("reports", stamp, report_of, most=limit)
        return page.items

    def pull_inbound(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Take messages off the queue."""
        _check_limit(limit, self.most_inbound)
        page = yield from self._ask("messages", stamp, message_of, most=limit)
        return page.items

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look reports up by phone, by ids or by both."""
        asked = {"since": query.since, "until": query.until, "to": query.phone, "ids": query.message_ids}
        page = yield from self._ask("reports/find", stamp, report_of, **asked)
        return page.items

    def find_inbound(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Look messages up by the phone that sent them."""
        if query.phone is None:
            raise InvalidCall("Acme finds messages by their phone; give one")
        asked = {"since": query.since, "until": query.until, "from": query.phone}
        page = yield from self._ask("messages/find", stamp, message_of, **asked)
        return page.items

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read reports, or messages, that Acme posts."""
        with reading(callback):
            return _posted(self.config, callback)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Acme wants to read `ok`."""
        return CallbackAnswer(b"ok" if taken else b"later", content_type="text/plain")

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template."""
        return self._put("template", None, draft, stamp)

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Replace a template."""
        return self._put("template", template_id, draft, stamp)

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates."""
        yield from self._ask("template/delete", stamp, info_of("template"), ids=template_ids)

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up."""
        page = yield from self._ask("template/get", stamp, info_of("template"), ids=template_ids)
        return page.items

    def list_templates(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
        """List templates."""
        return self._ask("template/list", stamp, info_of("template"), start=_start(cursor))

    def add_signature(self, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Submit a signature."""
        return self._put("signature", None, draft, stamp)

    def modify_signature(self, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Replace a signature."""
        return self._put("signature", signature_id, draft, stamp)

    def delete_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete signatures."""
        yield from self._ask("signature/delete", stamp, info_of("signature"), ids=signature_ids)

    def get_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
        """Look signatures up."""
        page = yield from self._ask("signature/get", stamp, info_of("signature"), ids=signature_ids)
        return page.items

    def list_signatures(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
        """List signatures."""
        return self._ask("signature/list", stamp, info_of("signature"), start=_start(cursor))

    def find_signature(self, text: str, stamp: Stamp) -> Exchange[SignatureInfo | None]:
        """Look a signature up by its text."""
        page = yield from self._ask("signature/get", stamp, info_of("signature"), text=text)
        return next(iter(page.items), None)

    def send_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
        """Count what was handed in."""
        _check_span(since, until)
        counted = yield from self._ask_one("count", stamp, Counted.model_validate, since=since, until=until)
        return counted.sends(since, until)

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Count what became of it."""
        _check_span(since, until)
        counted = yield from self._ask_one("count", stamp, Counted.model_validate, since=since, until=until)
        return counted.deliveries(since, until)

    def template_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[Sequence[TemplateStatistics]]:
        """Count by template."""
        _check_span(since, until)
        page = yield from self._ask("count/templates", stamp, Counted.model_validate, since=since, until=until)
        return [counted.of_template(since, until) for counted in page.items]

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:
        """Tell how many texts are left."""
        return self._ask_one("balance", stamp, balance_of)

    def _ask(self, call: str, stamp: Stamp, make: Callable[[Any], T], **content: object) -> Exchange[Page[T]]:
        response = yield encode(self.config, call, stamp, **content)
        return decode(stamp, response, make)

    def _ask_one(self, call: str, stamp: Stamp, make: Callable[[Any], T], **content: object) -> Exchange[T]:
        response = yield encode(self.config, call, stamp, **content)
        return decode_one(stamp, response, make)

    def _put(self, kind: str, id_: str | None, draft: TemplateDraft | SignatureDraft, stamp: Stamp) -> Exchange[Any]:
        return self._ask_one(f"{kind}/put", stamp, info_of(kind), id=id_, text=draft.text)


def _posted(config: AcmeConfig, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
    if not hmac.compare_digest(sealed(config, callback), callback.headers.get("x-seal", "").encode()):
        raise MalformedCallback("the seal is missing, or does not fit")
    posted = decode_json(callback, _POSTED)
    reports, messages = list(map(report_of, posted.reports)), list(map(message_of, posted.messages))
    if not any(report.recipient for report in reports) and not any(message.sender for message in messages):
        raise MalformedCallback("no record can be read")
    return reports or messages


def sealed(config: AcmeConfig, callback: Callback) -> bytes:
    """Return the seal that Acme puts on what it posts, over the address and the body."""
    signed = callback.url.encode() + b"\n" + callback.body
    return hmac.new(config.api_key.get_secret_value().encode(), signed, hashlib.sha256).hexdigest().encode()


def _check_limit(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise InvalidCall(f"limit {limit} is not between 1 and {most}, the most that Acme gives at once")


def _check_span(since: float, until: float) -> None:
    if since > until:
        raise InvalidCall(f"the span from {since:.0f} to {until:.0f} ends before it begins")


def _start(cursor: str | None) -> int:
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal()):
        raise InvalidCall(f"{cursor!r} is no cursor; take the `next` of a page")
    return int(cursor or 0)
