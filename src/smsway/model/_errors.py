"""The exceptions an application can meet.

SmswayError
├── ConfigError          the configuration cannot be used
├── InvalidMessage       the message cannot be sent as it stands
├── UnsupportedFeature   the account has no such ability
├── InvalidCall          a call about an account cannot be made as it stands
├── CallFailed           a call about an account failed, or was refused
├── MalformedCallback    what was posted to us is not what the vendor documents
├── Stopped              raised by a journal, to keep an attempt from being sent
├── SendFailure          raised by `SendResult.raise_for_failure` only
└── UnexpectedResponse   a provider's answer contradicts its documents (never leaves `send`)

A refusal by a provider is data (an `Outcome`), never an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from smsway.model._line import one_line

if TYPE_CHECKING:
    from smsway.model._outcome import Outcome
    from smsway.model._reason import Reason


class SmswayError(Exception):
    """Any error that smsway raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: *where* it is, and *what* is wrong with it and how to mend it."""

    where: str
    what: str

    def __str__(self) -> str:
        # Keys and names of others may stand in it.
        return one_line(f"{self.where}: {self.what}")


class _Problems(SmswayError):
    """An error that lists every problem it found, not only the first."""

    headline = "problems"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{self.headline} ({count} {'problem' if count == 1 else 'problems'}):{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class ConfigError(_Problems):
    """The configuration cannot be used; `problems` names each key path and the way out."""

    headline = "invalid configuration"


class InvalidMessage(_Problems):
    """The message cannot be sent as it stands; nothing of it was sent.

    `problems` names every bad field with its position, for instance `to[3]`.
    Phone numbers in it are masked.
    """

    headline = "invalid message"


class UnsupportedFeature(SmswayError):
    """The account's provider has no such ability."""


class InvalidCall(SmswayError, ValueError):
    """A call about an account, such as one for its templates, cannot be made as it stands; nothing was asked.

    The text names the value, unless it is a phone, and the way out.
    """


class CallFailed(SmswayError):
    """A call about an account, such as one for its reports or templates, failed or was refused.

    *reason* is the neutral cause, *code* and *detail* are the vendor's own. *call* is the name of the call, such as
    `add_template`. *maybe_done* says that the vendor may have done it all the same. (A refusal to *send* is no
    exception, but an `Outcome`.)
    """

    def __init__(
        self,
        reason: Reason,
        code: str | None = None,
        detail: str | None = None,
        *,
        account: str | None = None,
        call: str | None = None,
        maybe_done: bool = False,
    ) -> None:
        self.reason = reason
        self.code = code
        self.detail = detail
        self.account = account
        self.call = call
        self.maybe_done = maybe_done
        whose = f"account {account!r}: " if account else ""
        told = f"{reason}{f' (code {code})' if code else ''}{f': {detail}' if detail else ''}"
        doubt = "; it may have been done all the same" if maybe_done else ""
        super().__init__(f"{whose}{call or 'the call'} failed: {told}{doubt}")

    def __reduce__(self) -> tuple[Any, ...]:
        make = partial(type(self), account=self.account, call=self.call, maybe_done=self.maybe_done)
        return make, (self.reason, self.code, self.detail)

    def with_detail(self, more: str) -> CallFailed:
        """Return the same error with *more* behind its detail."""
        detail = f"{self.detail}; {more}" if self.detail else more
        return CallFailed(
            self.reason, self.code, detail, account=self.account, call=self.call, maybe_done=self.maybe_done
        )


class MalformedCallback(SmswayError, ValueError):
    """What was posted to us is not what the vendor documents. Its text never quotes it."""


class Stopped(SmswayError):
    """Raised by a journal on `AttemptStarted`: nothing more shall be sent.

    The recipients of the attempt move on to no other account; they are `not_sent` with the reason `stopped` and this
    error's text as detail, so it must name neither phones nor codes.
    """


class SendFailure(SmswayError):
    """Not every recipient was accepted; `outcomes` are those that were not."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        counts: dict[str, int] = {}
        for outcome in self.outcomes:
            cause = f"{outcome.status} ({outcome.reason})"
            counts[cause] = counts.get(cause, 0) + 1
        told = ", ".join(f"{count} {cause}" for cause, count in counts.items())
        super().__init__(f"{len(self.outcomes)} of the recipients were not accepted: {told}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.outcomes,)


class UnexpectedResponse(SmswayError):
    """A provider's answer cannot be understood, so the message may have been sent.

    Providers raise it through `smsway.provider.decoding`. Its text never quotes the answer:
    an answer may repeat phone numbers and codes.
    """
