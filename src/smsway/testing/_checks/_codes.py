"""Checks of the vendor's codes: all are known, each proves what the table says, and any other proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from smsway.delivery import AFTER_REFUSAL
from smsway.model import Outcome, Reason, Response, Status, UnexpectedResponse
from smsway.provider import unknown
from smsway.testing._cast import some
from smsway.testing._checks._declared import Declared
from smsway.testing._garbage import json_of, told

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
        for _, outcomes in self._refusals():
            for outcome in outcomes:
                if outcome.code is not None and outcome.code not in self.subject.spec.codes:
                    pytest.fail(f"code {outcome.code} is not in ProviderSpec.codes")

    def test_each_code_proves_what_the_table_says(self) -> None:
        """`ambiguous` is unknown, any other reason is rejected at most, and neither is ever accepted.

        If it fails: read the code with the table, not with a range or a first digit.
        """
        for _, outcomes in self._refusals():
            for outcome in outcomes:
                self._check_code(outcome, self.subject.spec.codes.get(outcome.code or ""))

    def test_no_code_of_the_table_is_taken_for_success(self) -> None:
        """Put in the place of a refusal's code, no other one accepts anybody, and an ambiguous one is unknown.

        If it fails: compare with the code of success itself, not with what it is not.
        """
        refusals = {code: reason for code, reason in self.subject.spec.codes.items() if reason is not None}
        for response, outcomes in self._refusals():
            (outcome,) = outcomes
            for code, reason in refusals.items():
                for other in self._decoded(response, outcome.code or "", code):
                    if other.status is Status.ACCEPTED:
                        pytest.fail(f"code {code} is taken for success")
                    if reason is Reason.AMBIGUOUS and other.status is Status.REJECTED and other.code == code:
                        pytest.fail(f"code {code} is ambiguous by the table, and rejected")

    def test_a_code_that_nobody_documented_is_never_success(self) -> None:
        """A vendor adds codes without notice, and nobody knows what they prove.

        If it fails: map what is not in the table to `Reason.AMBIGUOUS`, which is unknown.
        """
        for response, outcomes in self._refusals():
            for code in _UNHEARD_OF:
                for other in self._decoded(response, outcomes[0].code or "", code):
                    if other.status is Status.ACCEPTED:
                        pytest.fail("a code that is not documented is taken for success")

    def test_success_under_another_code_is_none(self) -> None:
        """An accepted answer in which the code of success is changed accepts nobody.

        If it fails: look at the code itself; an id or a count beside it proves nothing.
        """
        stage = self.stage()
        stage.send(some(self.subject, 1))
        for success in (code for code, reason in self.subject.spec.codes.items() if reason is None):
            for code in _UNHEARD_OF:
                for other in self._decoded(stage.steps[-1].response, success, code):
                    if other.status is Status.ACCEPTED:
                        pytest.fail("an answer is taken for success whatever its code")

    def _check_code(self, outcome: Outcome, reason: Reason | None) -> None:
        if reason is Reason.AMBIGUOUS and outcome.status is not Status.UNKNOWN:
            pytest.fail(f"code {outcome.code} is ambiguous, and the outcome {outcome.status!s}")
        if reason not in {None, Reason.AMBIGUOUS} and outcome.status is Status.ACCEPTED:
            pytest.fail(f"code {outcome.code} is a refusal, and the outcome is accepted")

    def _refusals(self) -> Iterator[tuple[Response, list[Outcome]]]:
        """Yield answers that refuse one recipient for each reason that the side knows, with what they come to."""
        for reason in Reason:
            stage = self.stage()
            stage.refuse(reason)
            try:
                outcomes = list(stage.send(some(self.subject, 1)))
            except UnexpectedResponse:
                continue
            if outcomes[0].code is not None:
                yield stage.steps[-1].response, outcomes

    def _decoded(self, response: Response, old: str, new: str) -> list[Outcome]:
        """Return what *response* comes to with another code in it; nothing if it is refused, or the code not found."""
        value = json_of(response)
        changed = _exchanged(value, old, new)
        if value is None or changed == value:
            return []
        stage = self.stage()
        try:
            return list(
                stage.send(some(self.subject, 1), twist=lambda given: replace(given, body=told(response, changed).body))
            )
        except UnexpectedResponse:
            return []


def _exchanged(value: Any, old: str, new: str) -> Any:
    """Return a JSON value with the code *new* wherever *old* stands, of the same type where that is possible."""
    match value:
        case dict():
            return {name: _exchanged(member, old, new) for name, member in value.items()}
        case list():
            return [_exchanged(member, old, new) for member in value]
        case str() if value == old:
            return new
        case int() if not isinstance(value, bool) and json.dumps(value) == old:
            return int(new) if new.lstrip("-").isdigit() else new
    return value
