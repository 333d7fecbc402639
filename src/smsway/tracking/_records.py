"""What is remembered: submissions, what speaks for them, what came in, and pulls under way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import TypeAlias

from smsway.model import Delivery, Inbound, Reason, Report, Response, Stamp, mask

Key: TypeAlias = tuple[str, str]
"""One recipient of one attempt: the attempt's reference and the phone (E.164)."""

Line: TypeAlias = tuple[str, str]
"""An account and a phone (E.164). A report concerns the submissions of its line, and no others."""

Name: TypeAlias = tuple[str, str, str]
"""A line and the id that the provider gave to a text to it."""

ATTEMPT_DIGITS = 20
"""How long our reference of an attempt is; what follows it tells the recipients of a batch apart."""


class Source(IntEnum):
    """Who says it; a later member prevails where two say the same."""

    NOBODY = 0
    REPORT = 1
    ANSWER = 2
    """The provider, when the text was submitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one source says of a submission; fields as in `Report`, *at* only where it can be believed."""

    delivery: Delivery = Delivery.UNKNOWN
    source: Source = Source.NOBODY
    provider_message_id: str | None = None
    reason: Reason | None = None
    code: str | None = None
    detail: str | None = None
    at: float | None = None

    @property
    def weight(self) -> tuple[int, int, float, str, str, str, str]:
        """Puts all evidence in one order, so that what is said first or last is of no importance.

        Among reports of the same rank the provider's last word prevails; the rest only tells equal ones apart.
        """
        at = -inf if self.at is None else self.at
        words = self.code or "", self.reason or "", self.detail or "", self.provider_message_id or ""
        return self.delivery.rank, self.source, at, *words


SILENCE = Evidence()
"""The provider has not answered yet."""

LOST = Evidence(reason=Reason.NO_ANSWER, detail="no answer was recorded")
"""Whoever waited for the provider's answer is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One recipient of one attempt.

    *answer* is what came of it when it was submitted, `None` while that is not known, and *latest* what is known by
    now. *chain* is the first attempt of those that the same recipient of the same message had, `None` if no other is
    known. *reference* is the application's own name for the text.
    """

    attempt: str
    phone: str
    account: str
    started_at: float
    reference: str | None = None
    chain: str | None = None
    answer: Evidence | None = None
    latest: Evidence = SILENCE

    @property
    def key(self) -> Key:
        """What no other submission has."""
        return self.attempt, self.phone

    @property
    def line(self) -> Line:
        """The account and the phone."""
        return self.account, self.phone

    @property
    def name(self) -> Name | None:
        """What the provider calls the text; `None` if it has not told."""
        given = self.answer.provider_message_id if self.answer else None
        return (self.account, self.phone, given) if given else None

    @property
    def is_open(self) -> bool:
        """True if it may have been sent, under an id that the provider has not told."""
        return self.name is None and (self.answer is None or self.answer.delivery is not Delivery.REJECTED)

    @property
    def is_doubtful(self) -> bool:
        """True if it is open, and no answer will come that says more."""
        return self.is_open and self.answer is not None and self.answer.delivery is Delivery.UNKNOWN

    def __repr__(self) -> str:
        return f"Submission({self.attempt}, {mask(self.phone)}, {self.latest.delivery!s}, account {self.account})"


class Stage(IntEnum):
    """How far something that came in has been dealt with."""

    RECEIVED = 0
    MATCHED = 1
    """It counts for whom it concerns, if that is known; nobody has been told."""
    TOLD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedReport:
    """A report that came in at *received_at*, under the store's *number*.

    *found* says that it was matched, *changed* that it told something new. *loose* says that only its phone and its
    time can tell whose it is: it has no reference, and no submission is known to have its id.
    """

    report: Report
    received_at: float
    number: int = 0
    stage: Stage = Stage.RECEIVED
    found: bool = False
    changed: bool = False
    loose: bool = False

    @property
    def line(self) -> Line:
        """The account and the phone."""
        return self.report.account or "", self.report.recipient

    @property
    def name(self) -> Name | None:
        """What the provider calls the text; `None` if it does not tell."""
        given = self.report.provider_message_id
        return (*self.line, given) if given else None

    @property
    def mention(self) -> Key | None:
        """The submission that our reference names; `None` if there is no reference."""
        reference = self.report.reference
        return (reference[:ATTEMPT_DIGITS], self.report.recipient) if reference else None

    @property
    def identity(self) -> bytes:
        """What a repeat has as well. Whatever a submission can come to by a report is a part of it."""
        report = self.report
        said = report.provider_message_id, report.delivery, report.code, _seconds(report.at)
        more = report.reference, report.reason, report.detail
        return _digest("report", report.account, report.recipient, *said, *more)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedInbound:
    """A message from a phone that came in at *received_at*, under the store's *number*."""

    inbound: Inbound
    received_at: float
    number: int = 0
    stage: Stage = Stage.RECEIVED

    @property
    def identity(self) -> bytes:
        """What a repeat has as well."""
        inbound = self.inbound
        return _digest("inbound", inbound.account, inbound.sender, _seconds(inbound.at), inbound.text)


Received: TypeAlias = ReceivedReport | ReceivedInbound


def _seconds(at: float | None) -> float | None:
    """Make whole seconds the same, whether they were read as an integer or not."""
    return None if at is None else float(at)


def _digest(*parts: str | float | None) -> bytes:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull under way: what was asked, and the vendor's raw answers so far, kept until they are read.

    *call* is `pull_reports` or `pull_inbound`. The same stamp, limit and answers replay the same exchange. *number* is
    the store's, once it is kept.
    """

    account: str
    call: str
    stamp: Stamp
    limit: int
    answers: tuple[Response, ...] = ()
    number: int | None = None
