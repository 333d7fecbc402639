"""The desk that a side asks while it judges one request, and the judgement itself."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

from smsway.model import (
    Delivery,
    Reason,
    SandboxCall,
    SandboxInbound,
    SandboxReply,
    SandboxReport,
    SandboxSignature,
    SandboxTally,
    SandboxTemplate,
)
from smsway.sandbox._account import TextPattern
from smsway.sandbox._books import AccountBook, Books, Submission
from smsway.sandbox._faults import Fault, Level
from smsway.sandbox._magic import magic_failure, magic_fault, magic_refusal
from smsway.sandbox._plan import Plan
from smsway.sandbox._reports import Asked, sent_within, waiting

ItemT = TypeVar("ItemT")

_PLACEHOLDER = re.compile(r"\{([1-9][0-9]*)\}")

_log = logging.getLogger("smsway.sandbox")


class _Accepted(NamedTuple):
    """A text that the side took, and what it costs."""

    text: Submission
    fee: int


class Desk:
    """A `SandboxDesk` for one request; what is accepted is tentative until `commit`."""

    def __init__(self, books: Books, plan: Plan, book: AccountBook) -> None:
        self._books = books
        self._plan = plan
        self._book = book
        self._clock = books.clock()
        self._throttled: bool | None = None
        self._refusals: dict[str, Reason | None] = {}
        self._accepted: list[_Accepted] = []
        self._charged = 0
        self._tries: Counter[str] = Counter()
        self._templates = book.templates
        self._signatures = book.signatures
        self._pulled_reports = 0
        self._pulled_inbound = 0
        self._phones: dict[str, None] = {}

    @property
    def phones(self) -> Collection[str]:
        """The recipients of the request as far as the side has asked about them, in that order."""
        return self._phones.keys()

    @property
    def now(self) -> float:
        """The vendor's clock when the request came in."""
        return self._clock + self._book.offset

    def throttled(self) -> bool:
        """True if this request exceeds the account's rate; the answer stays the same for the whole request."""
        if self._throttled is None:
            self._throttled = self._book.throttles(self._clock)
        return self._throttled

    def template(self, template_id: str) -> SandboxTemplate | None:
        """Return the approved template with this id, or `None`."""
        return self._templates.find(template_id)

    def approves_text(self, text: str) -> bool:
        """True if *text* fits an approved text."""
        approved = (TextPattern.of(template.text) for template in self._templates.approved() if template.text)
        return any(pattern.fits(text) for pattern in chain(self._book.texts, approved))

    def knows_signature(self, signature: str) -> bool:
        """True if the account may use this signature."""
        return any(signature == each.text for each in self._signatures.approved())

    def knows_sender(self, sender: str) -> bool:
        """True if the account may use this sender id."""
        return sender in self._book.senders

    def refusal(self, phone: str) -> Reason | None:
        """Return why this phone is refused; the answer stays the same for the whole request."""
        self._phones[phone] = None
        if phone not in self._refusals:
            self._refusals[phone] = self._plan.refusal(self._book.name, phone) or magic_refusal(phone)
        return self._refusals[phone]

    def accept(
        self,
        phone: str,
        reference: str | None = None,
        fee: int = 1,
        message_id: str | None = None,
        template: str | None = None,
        *,
        text: str | None = None,
        params: Sequence[str] = (),
    ) -> str | None:
        """Charge *fee* and note a text; `None` if the balance does not cover it."""
        self._phones[phone] = None
        self._tries[phone] += 1
        if self.balance is not None and fee > self.balance:
            return None
        self._charged += fee
        taken = self._books.new_id() if message_id is None else message_id
        if text is None and template is not None:
            text = self._filled(template, params)
        submission = Submission(self.now, self._book.name, phone, taken, reference, template, tuple(params), text)
        self._accepted.append(_Accepted(submission, fee))
        return taken

    def _filled(self, template_id: str, params: Sequence[str]) -> str | None:
        """Return the text of a template with *params* in it; `None` if it has no text, or other placeholders."""
        template = self._templates.find(template_id)
        if template is None or not template.text:
            return None
        try:
            return _PLACEHOLDER.sub(lambda place: params[int(place[1]) - 1], template.text)
        except IndexError:
            return None

    def results(self, items: list[ItemT]) -> list[ItemT]:
        """Return *items* complete, or as a fault wants them."""
        fault = self._plan.strike(Level.RESULTS, self._book.name, self.phones, len(items))
        fault = fault or magic_fault(Level.RESULTS, self.phones)
        if fault is None or fault.kind.reshape is None or len(items) < fault.kind.least:
            return items
        return fault.kind.reshape(items, self.phones)

    @property
    def balance(self) -> int | None:
        """What is left after the fees of this request."""
        return None if self._book.balance is None else self._book.balance - self._charged

    def new_number(self) -> int:
        """Return a number that was never given before, nor is one of the ids that the accounts were made with."""
        return self._books.new_number()

    def templates(self) -> Sequence[SandboxTemplate]:
        """Return all templates."""
        return self._templates.all()

    def put_template(self, template: SandboxTemplate) -> None:
        """Add or replace a template, which is pending unless it was approved with the same text."""
        self._templates = self._templates.copy()
        self._templates.put(template, self._clock, self.now)

    def drop_template(self, template_id: str) -> bool:
        """Delete a template."""
        self._templates = self._templates.copy()
        return self._templates.drop(template_id)

    def signatures(self) -> Sequence[SandboxSignature]:
        """Return all signatures."""
        return self._signatures.all()

    def put_signature(self, signature: SandboxSignature) -> None:
        """Add or replace a signature, which is pending unless it was approved with the same text."""
        self._signatures = self._signatures.copy()
        self._signatures.put(signature, self._clock, self.now)

    def drop_signature(self, signature_id: str) -> bool:
        """Delete a signature."""
        self._signatures = self._signatures.copy()
        return self._signatures.drop(signature_id)

    def take_reports(self, limit: int) -> Sequence[SandboxReport]:
        """Take reports off the queue."""
        taken = waiting(self._book.returns.report_queue, self._pulled_reports, limit)
        self._pulled_reports += len(taken)
        return taken

    def take_inbound(self, limit: int) -> Sequence[SandboxInbound]:
        """Take messages from phones off the queue."""
        taken = waiting(self._book.returns.inbound_queue, self._pulled_inbound, limit)
        self._pulled_inbound += len(taken)
        return taken

    def reports(self, since: float, until: float) -> Sequence[SandboxReport]:
        """Return the reports of texts sent from *since* to *until*, both included, as far as they are due."""
        return sent_within(self._book.returns.reports, since, until)

    def unreported(self, since: float, until: float) -> Sequence[SandboxReport]:
        """Return the texts sent from *since* to *until*, both included, that have no report by now."""
        return sent_within(self._book.returns.unreported, since, until)

    def inbound(self, since: float, until: float) -> Sequence[SandboxInbound]:
        """Return the messages that phones sent from *since* to *until*, both included."""
        return tuple(each for each in self._book.returns.inbound if since <= each.at <= until)

    def tally(self, since: float, until: float, template: str | None = None) -> SandboxTally:
        """Count the texts sent from *since* to *until*, both included; those of this request are not among them."""
        return self._book.returns.tally(since, until, template)

    def commit(self) -> None:
        """Record what was accepted, put, dropped and taken."""
        if self._throttled is False:
            self._book.admit(self._clock)
        self._book.templates, self._book.signatures = self._templates, self._signatures
        self._book.returns.pulled(self._pulled_reports, self._pulled_inbound)
        self._books.commit(self._book, [each.text for each in self._accepted], self._charged)
        self._expect_reports()

    def _expect_reports(self) -> None:
        returns, delay = self._book.returns, self._book.report_delay
        if self._phones:
            # A phone that was asked about and then left alone was asked for once.
            requested = sum(self._tries[phone] or 1 for phone in self._phones)
            returns.asked.append(Asked(self.now, requested - len(self._accepted), 0, 0))
            for template, fees in self._fees().items():
                returns.asked.append(Asked(self.now, len(fees), len(fees), sum(fees), template))
        for text, fee in self._accepted:
            report = SandboxReport(
                message_id=text.message_id,
                phone=text.phone,
                reference=text.reference,
                sent_at=text.at,
                at=text.at,
                delivery=Delivery.ACCEPTED,
                fee=fee,
                template=text.template,
            )
            if delay is None:
                returns.expect(report, None)
                continue
            reason = self._plan.failure(self._book.name, text.phone) or magic_failure(text.phone)
            delivery = Delivery.DELIVERED if reason is None else Delivery.UNDELIVERED
            returns.expect(replace(report, at=text.at + delay, delivery=delivery, reason=reason), self._clock + delay)
        self._book.settle()

    def _fees(self) -> Mapping[str | None, Sequence[int]]:
        """Return what each text of a template costs, by the template."""
        fees: dict[str | None, list[int]] = {}
        for text, fee in self._accepted:
            fees.setdefault(text.template, []).append(fee)
        return fees


def judge(books: Books, plan: Plan, account: str, call: SandboxCall) -> tuple[SandboxReply, Fault | None]:
    """Let the account's side judge *call*; return its reply, and the fault that shall strike it.

    What the side accepted is recorded, unless the fault says that the request was never processed.
    """
    with books.lock:
        book = books.accounts[account]
        book.requests += 1
        book.settle()
        desk = Desk(books, plan, book)
        try:
            reply = book.account.side.judge(call, desk)
        except Exception as error:  # noqa: BLE001  # a broken side shall not end the server
            return _broken(account, error), None
        fault = plan.strike(Level.REPLY, account, desk.phones) or magic_fault(Level.REPLY, desk.phones)
        if fault is None or fault.settings.processed:
            desk.commit()
        return reply, fault


def _broken(account: str, error: Exception) -> SandboxReply:
    told = f"the sandbox side of account {account!r} raised {type(error).__name__} at {place_of(error)}"
    _log.error("%s", told)
    return SandboxReply(told.encode(), 500, "text/plain; charset=utf-8")


def place_of(error: Exception) -> str:
    """Tell where a side broke; the text of the exception may quote phones and contents."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
