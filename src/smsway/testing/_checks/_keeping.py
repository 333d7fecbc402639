"""Checks that nothing private gets out: secrets, phones and codes stay out of every repr, log, error and trace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import TracebackException
from typing import Any

import pytest

from smsway.model import Callback, Response, SmswayError
from smsway.provider import Exchange
from smsway.testing._calls import prepared, queries
from smsway.testing._cast import CODE, frozen_stamp, some
from smsway.testing._checks._declared import Declared
from smsway.testing._checks._held import held
from smsway.testing._garbage import NOT_AN_ANSWER, lacking

Talk = tuple[Callable[[], Exchange[Any]], Sequence[Response]]
"""How an exchange begins, and what is answered."""


class KeepingChecks(Declared):
    """What holds for what must not be told."""

    def test_nothing_private_is_in_a_repr(self) -> None:
        """Outcomes, requests, settings and the provider itself can be printed by accident.

        If it fails: leave the `repr` of smsway's values alone, and give yours no secret.
        """
        shown = [repr(self.subject.provider()), repr(self.subject.config)]
        for sent in self.sends():
            shown += [repr(next(sent.exchange(self.subject))), repr(list(sent.outcomes)), repr(sent.batch)]

        self._check_private("a repr", shown)

    def test_nothing_private_is_logged(self) -> None:
        """With every logger at DEBUG, no line that is written meanwhile holds anything private.

        If it fails: the provider, or a library of its, logs; do not.
        """
        with _listening() as lines:
            for begin, answers in self._talks():
                _talked(begin, answers)
            list(self._errors())

        self._check_private("a log line", lines)

    def test_nothing_private_is_in_an_error(self) -> None:
        """Nor in the errors that it was raised from.

        If it fails: decode inside `decoding`, which drops what it tripped over.
        """
        said = [
            f"{each!r} {each} {getattr(each, '__notes__', '')}" for error in self._errors() for each in _chain(error)
        ]

        self._check_private("an error", said)

    def test_nothing_private_is_in_a_traceback_with_locals(self) -> None:
        """Error trackers show the local variables of every frame that an error of a send or a callback passed.

        If it fails: decode in a function of its own that is called inside `decoding`, or `reading`.
        """
        own = self.subject.sources

        errors = [error for begin, answers in self._sending() for error in self._spoilt(begin, answers)]
        errors += self._callback_errors()

        self._check_private(
            "a local variable of a traceback", [text for error in errors for text in _locals(error, own)]
        )

    def test_an_exchange_keeps_nothing_of_an_earlier_one(self) -> None:
        """A provider holds its settings, and a token at most: no batch, no answer, neither of its own nor shared.

        If it fails: look for an attribute that `submit` or a call writes, or a table of the class or the module.
        """
        provider = self.subject.provider()
        for sent in self.sends():
            _talked(lambda sent=sent: provider.submit(sent.batch, sent.stamp), sent.answers)  # type: ignore[misc]
        package = self.subject.package if self.plugin is None else ""

        where = held(provider, package, [CODE, *(str(phone) for phone in self._phones())])

        assert where is None, f"{where} keeps something of an exchange that is over"

    def _sending(self) -> Iterator[Talk]:
        """Yield every exchange that sends and goes well."""
        for sent in self.sends():
            yield lambda sent=sent: sent.exchange(self.subject), sent.answers  # type: ignore[misc]

    def _talks(self) -> Iterator[Talk]:
        """Yield every exchange that goes well."""
        yield from self._sending()
        for scene in self.known_scenes():
            yield lambda scene=scene: scene.exchange(self.subject.provider()), scene.answers  # type: ignore[misc]

    def _errors(self) -> Iterator[BaseException]:
        """Yield what a provider raises over what holds phones and codes and is not good."""
        for begin, answers in self._talks():
            yield from self._spoilt(begin, answers)
        yield from self._callback_errors()
        provider: Any = self.subject.provider()
        for method in ("find_reports", "find_inbound") if self.subject.spec.sandbox else ():
            for query in queries(prepared(self.subject)) if hasattr(provider, method) else ():
                ask = getattr(provider, method)
                yield from _raised(lambda ask=ask, query=query: next(ask(query, frozen_stamp())))  # type: ignore[misc]

    def _callback_errors(self) -> Iterator[BaseException]:
        """Yield what it raises over what anybody could post."""
        provider: Any = self.subject.provider()
        for body in self._rubbish() if hasattr(provider, "read_callback") else ():
            yield from _raised(lambda body=body: provider.read_callback(Callback(body)))  # type: ignore[misc]

    def _spoilt(self, begin: Callable[[], Exchange[Any]], answers: Sequence[Response]) -> Iterator[BaseException]:
        """Yield what an exchange raises with each answer spoilt at each step in turn."""
        for place, good in enumerate(answers):
            for bad in self._bad(good):
                yield from _talked(begin, [*answers[:place], bad])

    def _bad(self, good: Response) -> Iterator[Response]:
        cut = [Response(200, body) for body in (b"[" + good.body, good.body[:-1], *self._rubbish())]
        yield from (*cut, *NOT_AN_ANSWER.values(), *(each for _, each in lacking(good)))

    def _rubbish(self) -> list[bytes]:
        private = f"{CODE} {some(self.subject).parcels[0].phone}"
        return [each.encode() for each in (private, f'{{"a": "{private}"}}', f'["{private}"]', f'{{"{private}": 0}}')]

    def _phones(self) -> list[Any]:
        batches = [some(self.subject), *(each.batch for each in self.samples if each.batch is not None)]
        return [parcel.phone for batch in batches for parcel in batch.parcels]

    def _check_private(self, where: str, said: list[str]) -> None:
        private = {"a secret": self.subject.secrets, "the code": (CODE,)}
        private["a phone"] = tuple(phone.national for phone in self._phones())
        for what, values in private.items():
            if any(value in text for value in values for text in said):
                pytest.fail(f"{what} is in {where}")


def _talked(begin: Callable[[], Exchange[Any]], answers: Sequence[Response]) -> Iterator[BaseException]:
    """Carry an exchange out as far as *answers* go, and return what it raises, which is nothing or one."""

    def talk() -> None:
        exchange = begin()
        try:
            next(exchange)
            for answer in answers:
                exchange.send(answer)
        except StopIteration:
            return
        finally:
            exchange.close()

    return iter(list(_raised(talk)))


def _raised(do: Callable[[], object]) -> Iterator[BaseException]:
    try:
        do()
    except SmswayError as error:
        yield error


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


def _locals(error: BaseException, own: Collection[Path]) -> Iterator[str]:
    """Yield the local variables of the provider's own frames that *error* passed."""
    for each in _chain(error):
        for frame in TracebackException.from_exception(each, capture_locals=True).stack:
            if Path(frame.filename) in own:
                yield str(frame.locals)
