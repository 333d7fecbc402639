"""The desk that a side asks while it judges one request, and the judgement itself."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from smsway.model import Reason, SandboxCall, SandboxReply, SandboxTemplate
from smsway.sandbox._books import AccountBook, Books, Submission
from smsway.sandbox._faults import Fault, Level
from smsway.sandbox._magic import magic_fault, magic_refusal
from smsway.sandbox._plan import Plan

ItemT = TypeVar("ItemT")

_log = logging.getLogger("smsway.sandbox")


class Desk:
    """A `SandboxDesk` for one request; what is accepted is tentative until `commit`."""

    def __init__(self, books: Books, plan: Plan, book: AccountBook) -> None:
        self._books = books
        self._plan = plan
        self._book = book
        self._clock = books.clock()
        self._throttled: bool | None = None
        self._refusals: dict[str, Reason | None] = {}
        self._accepted: list[Submission] = []
        self._charged = 0
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
        return self._book.templates.get(template_id)

    def approves_text(self, text: str) -> bool:
        """True if *text* fits an approved text."""
        return any(pattern.fits(text) for pattern in self._book.texts)

    def knows_signature(self, signature: str) -> bool:
        """True if the account may use this signature."""
        return signature in self._book.signatures

    def knows_sender(self, sender: str) -> bool:
        """True if the account may use this sender id."""
        return sender in self._book.senders

    def refusal(self, phone: str) -> Reason | None:
        """Return why this phone is refused; the answer stays the same for the whole request."""
        self._phones[phone] = None
        if phone not in self._refusals:
            self._refusals[phone] = self._plan.refusal(self._book.name, phone) or magic_refusal(phone)
        return self._refusals[phone]

    def accept(self, phone: str, reference: str | None = None, fee: int = 1) -> str | None:
        """Charge *fee* and note a text; `None` if the balance does not cover it."""
        self._phones[phone] = None
        if self._book.balance is not None and self._charged + fee > self._book.balance:
            return None
        self._charged += fee
        message_id = self._books.new_id()
        self._accepted.append(Submission(self.now, self._book.name, phone, message_id, reference))
        return message_id

    def results(self, items: list[ItemT]) -> list[ItemT]:
        """Return *items* complete, or as a fault wants them."""
        fault = self._plan.strike(Level.RESULTS, self._book.name, self.phones, len(items))
        fault = fault or magic_fault(Level.RESULTS, self.phones)
        if fault is None or fault.kind.reshape is None or len(items) < fault.kind.least:
            return items
        return fault.kind.reshape(items, self.phones)

    def commit(self) -> None:
        """Record what was accepted."""
        if self._throttled is False:
            self._book.admit(self._clock)
        self._books.commit(self._book, self._accepted, self._charged)


def judge(books: Books, plan: Plan, account: str, call: SandboxCall) -> tuple[SandboxReply, Fault | None]:
    """Let the account's side judge *call*; return its reply, and the fault that shall strike it.

    What the side accepted is recorded, unless the fault says that the request was never processed.
    """
    with books.lock:
        book = books.accounts[account]
        book.requests += 1
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
    """Tell where a side broke; not the text of the exception, which may quote phones and contents."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
    told = f"the sandbox side of account {account!r} raised {type(error).__name__} at {where}"
    _log.error("%s", told)
    return SandboxReply(told.encode(), 500, "text/plain; charset=utf-8")
