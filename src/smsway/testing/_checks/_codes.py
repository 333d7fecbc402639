"""Checks of the vendor's codes: all are known, each proves what the table says, and any other proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from smsway.delivery import AFTER_REFUSAL, BY_HTTP_STATUS
from smsway.model import Outcome, Reason, Status, UnexpectedResponse
from smsway.provider import unknown
from smsway.testing._cast import some
from smsway.testing._checks._declared import Declared
from smsway.testing._garbage import Path, at, changed_at, json_of, paths, told
from smsway.testing._sent import Sent, played, recorded

_PROVABLE = frozenset({*AFTER_REFUSAL, Reason.AMBIGUOUS})
_UNHEARD_OF = ("987654", "Unheard.Of")


class CodeChecks(Declared):
    """What holds for `ProviderSpec.codes`."""

    def test_the_codes_of_sending_are_in_a_table(self) -> None:
        """`ProviderSpec.codes` has every code that the vendor documents, one of which at least says success.

        If it fails: pass the table of `_codes.py` to `ProviderSpec(codes=...)`, with `None` for success.
        """
        codes = self.subject.spec.codes

        assert codes, "ProviderSpec.codes is empty"
        assert None in codes.values(), "no code of the table says success (None)"
        for code, reason in codes.items():
            assert isinstance(code, str), f"code {code!r} is not a text"
            assert reason is None or reason in _PROVABLE, f"code {code}: {reason!r} is not for a provider to say"

    def test_the_facts_have_sources(self) -> None:
        """`ProviderSpec.sources` names the pages, or the releases of the vendor's SDK, that the facts come from.

        If it fails: write the addresses that you read into `ProviderSpec(sources=...)`.
        """
        sources = self.subject.spec.sources

        assert sources, "ProviderSpec.sources is empty"
        for source in sources:
            known = source.startswith("https://") or any(part[:1].isdigit() for part in source.split())
            assert known, f"source {source!r} is neither an address nor a name with a version"

    def test_every_code_can_be_kept(self) -> None:
        """An outcome keeps its code only if that cannot be a phone: letters, digits and `_.:-`, seven digits at most.

        If it fails: shorten the code for the table and the outcome alike.
        """
        parcel = some(self.subject, 1).parcels[0]

        lost = [code for code in self.subject.spec.codes if unknown(parcel, Reason.AMBIGUOUS, code).code != code]

        assert not lost, f"outcomes cannot keep the codes {lost[:5]}"

    def test_every_code_that_the_side_answers_is_in_the_table(self) -> None:
        """The side is written from the vendor's documents, so its codes are documented ones.

        If it fails: add the code with what it proves.
        """
        for sent in self._refusals():
            for outcome in sent.outcomes:
                if outcome.code is not None and outcome.code not in self.subject.spec.codes:
                    pytest.fail(f"code {outcome.code} is not in ProviderSpec.codes")

    def test_each_code_proves_what_the_table_says(self) -> None:
        """`ambiguous` is unknown, any other reason is rejected at most, and neither is ever accepted.

        If it fails: read the code with the table, not with a range or a first digit.
        """
        for sent in self._refusals():
            for outcome in sent.outcomes:
                self._check_code(outcome, self.subject.spec.codes.get(outcome.code or ""))

    def test_no_code_of_the_table_is_taken_for_success(self) -> None:
        """Put in the place of a refusal's code, no other one accepts anybody, and an ambiguous one is unknown.

        If it fails: compare with the code of success itself, not with what it is not.
        """
        refusals = {code: reason for code, reason in self.subject.spec.codes.items() if reason is not None}
        for sent in self._refusals():
            for code, reason in refusals.items():
                for other in self._decoded(sent, sent.outcomes[0].code or "", code):
                    if other.status is Status.ACCEPTED:
                        pytest.fail(f"code {code} is taken for success")
                    if reason is Reason.AMBIGUOUS and other.status is Status.REJECTED and other.code == code:
                        pytest.fail(f"code {code} is ambiguous by the table, and rejected")

    def test_a_code_that_nobody_documented_is_never_success(self) -> None:
        """A vendor adds codes without notice, and nobody knows what they prove: neither success nor that nothing went.

        If it fails: map what is not in the table to `Reason.AMBIGUOUS`, which is unknown.
        """
        for sent in self._refusals():
            for code in _UNHEARD_OF:
                for other in self._decoded(sent, sent.outcomes[0].code or "", code):
                    if other.status is Status.ACCEPTED:
                        pytest.fail("a code that is not documented is taken for success")
                    # An HTTP status that proves that nothing went does so whatever the code.
                    proved = sent.answers[-1].status in BY_HTTP_STATUS
                    if other.status is Status.REJECTED and other.code == code and not proved:
                        pytest.fail("a code that is not documented is rejected; nobody knows that nothing was sent")

    def test_success_under_another_code_is_none(self) -> None:
        """With the code of success changed, everywhere or where refusals have theirs, an answer accepts nobody.

        If it fails: look at the code itself; an id or a count beside it proves nothing.
        """
        successes = [code for code, reason in self.subject.spec.codes.items() if reason is None]
        for sent in self._sent(None):
            for success in successes:
                for code in _UNHEARD_OF:
                    for other in self._decoded(sent, success, code):
                        if other.status is Status.ACCEPTED:
                            pytest.fail("an answer is taken for success whatever its code")
            self._check_places(sent, successes)

    def _check_places(self, sent: Sent, successes: Sequence[str]) -> None:
        value = json_of(sent.answers[-1])
        there = {path for path in paths(value) if _written(at(value, path)) in successes}
        for path in sorted(there & self._places(), key=str):
            for code in _UNHEARD_OF:
                changed = told(sent.answers[-1], changed_at(value, path, _like(at(value, path), code)))
                if any(each.status is Status.ACCEPTED for each in sent.ending(self.subject, changed) or ()):
                    pytest.fail(f"an answer is taken for success whatever its code {'.'.join(map(str, path))}")

    def _places(self) -> set[Path]:
        """Return the paths at which the answers that refuse one recipient have their codes."""
        found = set()
        for sent in self._refusals():
            value = json_of(sent.answers[-1])
            found |= {path for path in paths(value) if _written(at(value, path)) == sent.outcomes[0].code}
        return found

    def _check_code(self, outcome: Outcome, reason: Reason | None) -> None:
        if reason is Reason.AMBIGUOUS and outcome.status is not Status.UNKNOWN:
            pytest.fail(f"code {outcome.code} is ambiguous, and the outcome {outcome.status!s}")
        if reason not in {None, Reason.AMBIGUOUS} and outcome.status is Status.ACCEPTED:
            pytest.fail(f"code {outcome.code} is a refusal, and the outcome is accepted")

    def _sent(self, *reasons: Reason | None) -> Iterator[Sent]:
        """Yield what is answered to one recipient for each of *reasons*, then the samples of one recipient."""
        self.need(self.subject.spec.sandbox or self.samples, "there is neither a side of the sandbox nor a sample")
        for reason in reasons if self.subject.spec.sandbox else ():
            try:
                yield played(self.subject, 1, reason)
            except UnexpectedResponse:
                continue
        yield from (sent for sent in recorded(self.subject, self.samples) if len(sent.batch) == 1)

    def _refusals(self) -> Iterator[Sent]:
        return (sent for sent in self._sent(*Reason) if sent.outcomes[0].code is not None)

    def _decoded(self, sent: Sent, old: str, new: str) -> Sequence[Outcome]:
        """Return what an answer comes to with another code in it; nothing if it is refused, or the code not found."""
        value = json_of(sent.answers[-1])
        changed = _exchanged(value, old, new)
        if value is None or changed == value:
            return ()
        return sent.ending(self.subject, told(sent.answers[-1], changed)) or ()


def _exchanged(value: Any, old: str, new: str) -> Any:
    """Return a JSON value with the code *new* wherever *old* stands, of the same type where that is possible."""
    match value:
        case dict():
            return {name: _exchanged(member, old, new) for name, member in value.items()}
        case list():
            return [_exchanged(member, old, new) for member in value]
    return _like(value, new) if _written(value) == old else value


def _written(value: Any) -> str | None:
    """Return a JSON value as it stands in the table of codes; `None` if it can be no code."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _like(value: Any, code: str) -> Any:
    """Return *code* as a number if *value* is one and it can be."""
    return int(code) if isinstance(value, int) and code.lstrip("-").isdigit() else code
