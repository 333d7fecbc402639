"""Checks that nothing private gets out: secrets, phones and codes stay out of every repr, log, error and trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import TracebackException

import pytest

from smsway.model import Reason, Request, Response, SmswayError
from smsway.testing._cast import CODE, frozen_stamp, some
from smsway.testing._checks._declared import Declared
from smsway.testing._garbage import NOT_AN_ANSWER, lacking


class KeepingChecks(Declared):
    """What holds for what must not be told."""

    def test_nothing_private_is_in_a_repr(self) -> None:
        """Requests, outcomes, settings and the provider itself can be printed by accident.

        If it fails: leave the `repr` of smsway's values alone, and give yours no secret.
        """
        stage, batch = self.stage(), some(self.subject)
        outcomes = stage.send(batch)
        shown = [repr(self.subject.provider()), repr(self.subject.config), repr(list(outcomes)), repr(batch)]
        shown += [repr(step) for step in stage.steps]

        self._check_private("a repr", shown)

    def test_nothing_private_is_logged(self) -> None:
        """With every logger at DEBUG, no line that is written while a batch is sent holds anything private.

        If it fails: the provider, or a library of its, logs; do not.
        """
        with _listening() as lines:
            self._play_everything()

        self._check_private("a log line", lines)

    def test_nothing_private_is_in_an_error(self) -> None:
        """Nor in the errors that it was raised from.

        If it fails: decode inside `decoding`, which drops what it tripped over.
        """
        said = [f"{each!r} {each}" for error in self._errors() for each in _chain(error)]

        self._check_private("an error", said)

    def test_nothing_private_is_in_a_traceback_with_locals(self) -> None:
        """Error trackers show the local variables of every frame that an error passed.

        If it fails: decode in a function of its own that is called inside `decoding`, so that its frames are gone.
        """
        folder = self.subject.folder
        self.need(folder, "the provider is in no package")
        assert folder is not None

        self._check_private(
            "a local variable of a traceback", [text for error in self._errors() for text in _locals(error, folder)]
        )

    def test_an_exchange_keeps_nothing_of_an_earlier_one(self) -> None:
        """A provider holds its settings, and a token at most: no batch, no answer.

        If it fails: look for an attribute that `submit` or a call writes.
        """
        provider, stage = self.subject.provider(), self.stage()
        stage.send(some(self.subject), provider=provider)
        held = [str(each) for each in _attributes(provider)]

        for phone in (parcel.phone for parcel in some(self.subject).parcels):
            if any(phone in text or CODE in text for text in held):
                pytest.fail("the provider keeps something of an exchange")

    def _play_everything(self) -> None:
        batch = some(self.subject)
        self.stage().send(batch)
        for _ in self._errors():
            pass

    def _errors(self) -> Iterator[BaseException]:
        """Yield what a provider raises over answers that hold phones and codes and are not good."""
        batch, truth = some(self.subject), self.stage()
        truth.refuse(Reason.BLOCKED_RECIPIENT, batch.parcels[-1].phone)
        truth.send(batch)
        good = truth.steps[-1].response
        private = f"{CODE} {batch.parcels[0].phone}".encode()
        bad = [
            Response(200, body) for body in (private, b"[" + good.body, good.body[:-1], b'{"a": "' + private + b'"}')
        ]
        for response in [*bad, *NOT_AN_ANSWER.values(), *(each for _, each in lacking(good))]:
            exchange = self.subject.provider().submit(batch, frozen_stamp())
            try:
                request: Request | None = next(exchange)
                for step in truth.steps[:-1]:
                    request = exchange.send(step.response)
                assert request is not None
                exchange.send(response)
            except StopIteration:
                continue
            except SmswayError as error:
                yield error
            finally:
                exchange.close()

    def _check_private(self, where: str, said: list[str]) -> None:
        batch = some(self.subject)
        private = {"a secret": self.subject.secrets, "the code": (CODE,)}
        private["a phone"] = tuple(parcel.phone.national for parcel in batch.parcels)
        for what, values in private.items():
            if any(value in text for value in values for text in said):
                pytest.fail(f"{what} is in {where}")


def _attributes(provider: object) -> Iterator[object]:
    """Yield what *provider* holds, in slots or not."""
    yield from vars(provider).values() if hasattr(provider, "__dict__") else ()
    for kind in type(provider).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        yield from (getattr(provider, name, None) for name in ((slots,) if isinstance(slots, str) else slots))


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect every line that is logged, at any level."""
    lines: list[str] = []

    class _Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.__dict__}")

    root, ear = logging.getLogger(), _Ear(logging.DEBUG)
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(ear)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__


def _locals(error: BaseException, folder: Path) -> Iterator[str]:
    """Yield the local variables of the provider's own frames that *error* passed."""
    for each in _chain(error):
        summary = TracebackException.from_exception(each, capture_locals=True).stack
        for frame in summary:
            path = Path(frame.filename)
            if folder in path.parents and path.parent != Path(__file__).parent:
                yield str(frame.locals)
