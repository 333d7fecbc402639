"""How a command fails: one message on stderr, an exit status, and never a traceback."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import typer
from typer.core import TyperGroup

from smsway.cli._output import visible
from smsway.model import Problem, SmswayError

INCOMPLETE = 1
"""Exit status: it ran, and not everything is as it should be."""

ERROR = 2
"""Exit status: nothing was done because of an error."""

INTERRUPTED = 130
"""Exit status: Ctrl-C."""

_WHILE = 60.0
"""Seconds of silence after which a message is shown once more."""

_SHOWN = 20
"""As many problems are shown one by one."""


_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for words that it cannot place; it gives it no public name."""


class Failure(SmswayError):
    """Ends a command with a message."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message + "".join(f"\n  {problem}" for problem in problems))


@dataclass(slots=True)
class Interruption:
    """Ends a command at Ctrl-C and says what is true then: *words*, which the command changes as it goes on."""

    words: str = ""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the command if Ctrl-C came."""
        if kind is KeyboardInterrupt:
            typer.echo(f"smsway: stopped{self.words and '; '}{self.words}", err=True)
            raise typer.Exit(INTERRUPTED) from None


class Group(TyperGroup):
    """The commands, with their errors told in one message."""

    def invoke(self, ctx: Any) -> Any:  # typer keeps the type of the context to itself
        """Run a command; an error that smsway raises on purpose becomes its message and exit status 2."""
        try:
            with Interruption(), warnings_shown():
                return super().invoke(ctx)
        except _MISUSE as error:
            # A phone in the wrong place is not repeated.
            error.message = re.sub(r"\d{7,}", "***", error.message)  # type: ignore[attr-defined]  # as above
            raise
        except SmswayError as error:
            typer.echo(f"smsway: {_shortened(visible(str(error)))}", err=True)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            where = f"{error.filename}: " if error.filename else ""
            typer.echo(f"smsway: {visible(where)}{error.strerror or type(error).__name__}", err=True)
        raise typer.Exit(ERROR)


def _shortened(error: str) -> str:
    """Cut a long list of problems short; it has one on each line below the headline."""
    headline, *problems = error.splitlines()
    more = len(problems) - _SHOWN
    return "\n".join([headline, *problems[:_SHOWN], *([f"  and {more} more"] if more > 0 else [])])


class _Once(logging.Handler):
    """Shows each message of the library once: a run of a million recipients may say the same a thousand times.

    What is said again after a while is shown again, for some commands run for weeks.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        before = self._said.get(message)
        self._said[message] = record.created
        if before is None or record.created - before > _WHILE:
            typer.echo(f"smsway: {visible(message)}", err=True)


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Let the warnings of the library appear on stderr, each once."""
    log, handler = logging.getLogger("smsway"), _Once()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
