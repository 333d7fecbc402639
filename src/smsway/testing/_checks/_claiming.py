"""Checks that capabilities and facets tell the truth, as far as nothing else exercises it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import phonenumbers
import pytest

from smsway.provider import FACETS
from smsway.testing._calls import methods_of
from smsway.testing._cast import batch_of, content_of, countries_served, home, phones
from smsway.testing._checks._declared import Declared, sent_or_refused

_METHODS = sorted({name for facet in FACETS.values() for name in methods_of(facet)})


class ClaimingChecks(Declared):
    """What holds for `Capabilities` and the facets as claims."""

    def test_the_capabilities_are_possible(self) -> None:
        """Countries exist, at least one is served, and limits are above zero.

        If it fails: the message names the capability.
        """
        capabilities = self.subject.capabilities
        named = set(capabilities.countries or ()) | capabilities.not_countries | capabilities.apart
        strange = sorted(named - phonenumbers.SUPPORTED_REGIONS)

        assert not strange, f"no such countries: {', '.join(strange)}"
        assert countries_served(capabilities), "no country is served"
        assert capabilities.max_batch >= 1, "max_batch is below 1"
        assert capabilities.rate is None or capabilities.rate > 0, "rate is not above 0"
        unserved = sorted(each for each in capabilities.apart if not capabilities.serves(each))
        assert not unserved, f"apart names countries that are not served: {', '.join(unserved)}"

    def test_what_a_text_cannot_go_without_is_claimed(self) -> None:
        """A vendor refuses texts without a signature or a sender, or it does not, and the capabilities say which.

        If it fails: name the countries in `needs_signature` or `needs_sender`, or take them out.
        """
        capabilities = self.subject.capabilities
        for country in dict.fromkeys(home(capabilities, apart=apart) for apart in (True, False)):
            content = content_of(self.subject)
            lacking = {"signature": replace(content, signature=""), "sender": replace(content, sender="")}
            for what, spared in lacking.items():
                lacks = capabilities.lacks(country, signature=spared.signature, sender=spared.sender)
                stage = self.stage()
                outcomes = sent_or_refused(stage, batch_of(self.subject, phones(country, 1), [spared]))
                sent = bool(outcomes) and bool(stage.taken)
                if lacks == what and sent:
                    pytest.fail(f"needs_{what} names {country}, and the vendor takes a text without a {what}")
                if lacks is None and not sent:
                    pytest.fail(f"the vendor takes no text to {country} without a {what}; say so in needs_{what}")

    def test_facets_are_whole(self) -> None:
        """A provider has all methods of a facet or none: with some of them it has no facet, and nobody notices.

        If it fails: the message names what is missing.
        """
        provider = self.subject.provider()
        for name, facet in FACETS.items():
            methods = methods_of(facet)
            there = [each for each in methods if hasattr(provider, each)]
            if there and len(there) < len(methods):
                missing = ", ".join(sorted(set(methods) - set(there)))
                pytest.fail(f"facet {name!r} lacks {missing}")

    def test_no_method_is_a_misspelt_facet(self) -> None:
        """A public method that nearly has the name of a facet's is never called.

        If it fails: rename it, or make it private.
        """
        public = [name for name in dir(self.subject.provider()) if not name.startswith("_")]

        for name in public:
            close = [] if name in _METHODS else get_close_matches(name, [*_METHODS, "submit"], 1, 0.85)
            if close and name != "submit":
                pytest.fail(f"there is no call {name!r}; did you mean {close[0]!r}?")

    def test_calls_take_the_arguments_of_their_facets(self) -> None:
        """The client calls facets as their protocols have them: by position, and by name what stands behind a `*`.

        If it fails: compare the method's parameters with those of the facet.
        """
        provider = self.subject.provider()
        for facet in FACETS.values():
            if isinstance(provider, facet):
                for name in set(methods_of(facet)) - {"verification", "most_reports", "most_inbound"}:
                    meant = list(inspect.signature(getattr(facet, name)).parameters.values())[1:]
                    found = list(inspect.signature(getattr(provider, name)).parameters.values())
                    assert _called(found) == _called(meant), f"{name} takes {_named(found)}, not {_named(meant)}"

    def test_the_rates_of_calls_are_of_calls_that_there_are(self) -> None:
        """`call_rates` names methods of facets that the provider has.

        If it fails: the message names the method.
        """
        provider = self.subject.provider()
        calls = {name for facet in FACETS.values() if isinstance(provider, facet) for name in methods_of(facet)}

        for name, rate in self.subject.spec.call_rates.items():
            assert name in calls, f"call_rates names {name!r}, which the provider has not"
            assert rate > 0, f"call_rates of {name} is not above 0"


def _called(parameters: Sequence[inspect.Parameter]) -> tuple[int, list[str]]:
    """Return how many arguments are given by position, and the names of the others."""
    named = [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]
    return len(parameters) - len(named), named


def _named(parameters: Sequence[inspect.Parameter]) -> str:
    return f"({', '.join(map(str, parameters))})"
