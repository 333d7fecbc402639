"""Hypothesis strategies for what a provider is given: phones, texts, contents, batches and stamps."""

from __future__ import annotations

from hypothesis import strategies as st

from smsway.model import Batch, Capabilities, Kind, Message, Phone, Stamp
from smsway.testing._cast import batch_of, countries_served, home, phones
from smsway.testing._subject import Subject


def texts(max_size: int = 200) -> st.SearchStrategy[str]:
    """Texts of 1 to *max_size* characters in any script, without control characters but line breaks."""
    characters = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn"), include_characters="\n")
    return st.text(characters, min_size=1, max_size=max_size).filter(lambda text: text.strip() == text)


def stamps() -> st.SearchStrategy[Stamp]:
    """Stamps of any time from 2001 to 2096 and any nonce."""
    return st.builds(Stamp, st.floats(1e9, 4e9), st.integers(0, 2**80 - 1))


def countries() -> st.SearchStrategy[str]:
    """Countries that have mobile numbers, as ISO 3166-1 alpha-2 codes."""
    return st.sampled_from(countries_served(Capabilities()))


def e164(country: str | None = None) -> st.SearchStrategy[Phone]:
    """Mobile numbers of *country*, or of any, that the sandbox does not know as magic."""
    chosen = countries() if country is None else st.just(country)
    return chosen.flatmap(lambda each: st.sampled_from(phones(each, 40)))


def batches(subject: Subject, max_size: int = 5) -> st.SearchStrategy[Batch]:
    """Batches of up to *max_size* recipients that the provider of *subject* can carry."""
    capabilities = subject.capabilities
    recipients = phones(home(capabilities), min(max_size, capabilities.max_batch))
    sizes = st.integers(1, len(recipients))
    return st.builds(lambda size, kind: batch_of(subject, recipients[:size], (), kind), sizes, st.sampled_from(Kind))


def messages(country: str | None = None) -> st.SearchStrategy[Message]:
    """Messages of free text to one to three recipients."""
    to = st.lists(e164(country), min_size=1, max_size=3, unique=True)
    return st.builds(
        lambda phones_, text, kind: Message(to=phones_, content=text, kind=kind), to, texts(), st.sampled_from(Kind)
    )
