"""The conformance kit: all checks as one class, which an author subclasses."""

from __future__ import annotations

from typing import Any

import pytest

from smsway.testing._checks._booking import BookingChecks
from smsway.testing._checks._calling import CallingChecks
from smsway.testing._checks._claiming import ClaimingChecks
from smsway.testing._checks._codes import CodeChecks
from smsway.testing._checks._configured import ConfiguredChecks
from smsway.testing._checks._content import ContentChecks
from smsway.testing._checks._delivering import DeliveringChecks
from smsway.testing._checks._installed import InstalledChecks
from smsway.testing._checks._keeping import KeepingChecks
from smsway.testing._checks._managing import ManagingChecks
from smsway.testing._checks._mangling import ManglingChecks
from smsway.testing._checks._playing import PlayingChecks
from smsway.testing._checks._posting import PostingChecks
from smsway.testing._checks._refusing import RefusingChecks
from smsway.testing._checks._returning import ReturningChecks
from smsway.testing._checks._sending import SendingChecks

_EXCUSES = frozenset({"skip", "skipif", "xfail"})


class ProviderConformance(
    InstalledChecks,
    ConfiguredChecks,
    ClaimingChecks,
    SendingChecks,
    ContentChecks,
    RefusingChecks,
    BookingChecks,
    CodeChecks,
    ManglingChecks,
    KeepingChecks,
    CallingChecks,
    ReturningChecks,
    PostingChecks,
    ManagingChecks,
    PlayingChecks,
    DeliveringChecks,
):
    """What every provider must hold; see `Declared` for what a subclass declares.

    Checks are chosen by what the provider says of itself: its capabilities, its facets, its side of the sandbox. None
    can be redefined, removed or excused: defining a subclass that tries raises `TypeError`, and a mark on the class or
    its module ends the collection of the tests.
    """

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        for name, kits in _KIT.items():
            if getattr(cls, name, None) is not kits:
                raise TypeError(f"{cls.__name__}.{name} redefines what is the kit's; give yours another name")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Let pytest collect no check that is excused, wherever the mark stands."""
        if metafunc.definition.originalname in CHECKS:
            for mark in metafunc.definition.iter_markers():
                if mark.name in _EXCUSES:
                    pytest.fail(f"{type(self).__name__} is marked {mark.name}; no check of the kit can be excused")

    def test_no_check_was_redefined_or_removed(self) -> None:
        """The kit is whole: what passes here says something.

        If it fails: take out what replaces the check, also if it is done after the class was made.
        """
        for name, kits in _KIT.items():
            if getattr(type(self), name, None) is not kits:
                pytest.fail(f"{name} is not the kit's")


CHECKS = tuple(name for name in dir(ProviderConformance) if name.startswith("test_"))
"""The names of all checks."""

_KIT = {name: getattr(ProviderConformance, name) for name in (*CHECKS, "pytest_generate_tests")}
