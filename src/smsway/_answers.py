"""What a provider concludes from answers: outcomes, and the tally of a batch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from smsway.model import (
    Batch,
    Callback,
    CallFailed,
    MalformedCallback,
    Outcome,
    Parcel,
    Reason,
    Response,
    Status,
    UnexpectedResponse,
)

_ACCEPTED = Status.ACCEPTED
"""For the loop over recipients: Python 3.11 looks a member of an enum up slowly."""


def accepted(
    parcel: Parcel, *, message_id: str | None = None, fee: int | None = None, code: str | None = None
) -> Outcome:
    """The provider said that it took the message for this recipient."""
    return Outcome(parcel.phone, Status.ACCEPTED, None, None, code and _code(code), None, message_id, fee)


def all_accepted(
    batch: Batch, phones: Sequence[str], message_ids: Iterable[str], fees: Iterable[int]
) -> list[Outcome] | None:
    """The provider said that it took the message for *phones* (E.164), and said no more.

    `None` if those are not the recipients of *batch* in its order; then a `Tally` tells whose results they are.
    """
    own = [parcel.phone for parcel in batch.parcels]
    if own != list(phones):
        return None
    return [
        Outcome(phone, _ACCEPTED, None, None, None, None, message_id or None, fee)
        for phone, message_id, fee in zip(own, message_ids, fees, strict=True)
    ]


def rejected(parcel: Parcel, reason: Reason, code: str | None, detail: str | None = None) -> Outcome:
    """The provider refused this recipient, and documents that nothing is sent under this code."""
    return Outcome(parcel.phone, Status.REJECTED, None, reason, _code(code), clean(detail))


_ABOUT_ONE_RECIPIENT = frozenset({Reason.INVALID_RECIPIENT, Reason.BLOCKED_RECIPIENT, Reason.RECIPIENT_RATE_LIMITED})


def reason_for_all(reason: Reason, batch: Batch) -> Reason:
    """Return the reason for each recipient of a request that was refused as a whole for *reason*.

    If that is about one recipient and there are several, it is not said which, so it is `other` for all.
    """
    return Reason.OTHER if len(batch) > 1 and reason in _ABOUT_ONE_RECIPIENT else reason


def unknown(parcel: Parcel, reason: Reason, code: str | None = None, detail: str | None = None) -> Outcome:
    """It may have been sent to this recipient."""
    return Outcome(parcel.phone, Status.UNKNOWN, None, reason, _code(code), clean(detail))


def refused(reason: Reason, code: str | None, detail: str | None = None) -> CallFailed:
    """Return the exception with which a facet says that the provider refused a call.

    Under a code that is `Reason.AMBIGUOUS` it may have been done all the same.
    """
    return CallFailed(reason, _code(code), clean(detail), maybe_done=reason is Reason.AMBIGUOUS)


_CODE = re.compile(r"(?!(?:[^0-9]*[0-9]){8})[A-Za-z0-9_.:-]{1,128}")


def _code(code: str | None) -> str | None:
    """Keep what looks like a code; anything else, or one with eight digits, may repeat a phone."""
    return code if code and _CODE.fullmatch(code) else None


# Four digits or more, in any script, in one word or set apart by signs and spaces: a phone, or a code.
_LONG_NUMBER = re.compile(r"\d(?:[^\d\s]*\d){3,}|\d(?:\W{0,3}\d){3,}")


def clean(detail: str | None) -> str | None:
    """Cap a vendor's text and take control characters and long numbers (phones, codes) out of it; `None` if empty."""
    if not detail:
        return None
    shown = "".join(character if character.isprintable() else " " for character in detail[:256])
    return _LONG_NUMBER.sub(lambda number: re.sub(r"\d", "*", number[0]), " ".join(shown.split()))


class Tally:
    """Books the results of an answer on the recipients they speak of.

    A recipient that the answer leaves out is unknown, and so is one about which it contradicts itself. A
    result for a phone that is not in the batch makes the whole answer suspect.
    """

    __slots__ = ("_booked", "_parcels")

    def __init__(self, batch: Batch) -> None:
        self._parcels: dict[str, Parcel] = {parcel.phone: parcel for parcel in batch.parcels}
        self._booked: dict[str, Outcome] = {}

    def parcel(self, phone: str) -> Parcel:
        """Return the parcel of *phone* (E.164); raises `UnexpectedResponse` if the batch has none."""
        try:
            return self._parcels[phone]
        except KeyError:
            raise UnexpectedResponse("the answer speaks of a recipient that was not in the request") from None

    def book(self, outcome: Outcome) -> None:
        """Note the outcome of its recipient; a second one that differs makes it unknown."""
        phone = outcome.recipient
        earlier = self._booked.setdefault(phone, outcome)
        if earlier is not outcome and (earlier.status, earlier.code) != (outcome.status, outcome.code):
            self._booked[phone] = unknown(
                self.parcel(phone), Reason.MISSING_RESULT, outcome.code, "contradictory results"
            )

    def outcomes(self) -> list[Outcome]:
        """Return one outcome per parcel, in the batch's order."""
        booked = self._booked
        return [
            booked.get(phone) or unknown(parcel, Reason.MISSING_RESULT, None, "no result for this recipient")
            for phone, parcel in self._parcels.items()
        ]


@contextmanager
def decoding(response: Response) -> Iterator[None]:
    """Turn whatever a decoder trips over into `UnexpectedResponse`, which quotes nothing of the answer."""
    try:
        yield
    except CallFailed:
        raise
    except UnexpectedResponse as error:
        what = str(error)
    except Exception as error:  # noqa: BLE001  # whatever a garbled answer provokes means the same
        what = f"HTTP {response.status}, {len(response.body)} bytes: {type(error).__name__} while decoding"
    else:
        return
    unexpected = UnexpectedResponse(what)
    try:
        raise unexpected
    finally:
        # What the decoder tripped over holds the answer, and so do its frames; the `with` makes it the context again.
        unexpected.__context__ = None


@contextmanager
def reading(callback: Callback) -> Iterator[None]:
    """Turn whatever a reader of *callback* trips over into `MalformedCallback`, which quotes nothing of it."""
    try:
        yield
    except MalformedCallback as error:
        what = str(error)
    except Exception as error:  # noqa: BLE001  # whatever a garbled body provokes means the same
        what = f"{len(callback.body)} bytes: {type(error).__name__} while reading"
    else:
        return
    malformed = MalformedCallback(what)
    try:
        raise malformed
    finally:
        malformed.__context__ = None  # as in `decoding`
