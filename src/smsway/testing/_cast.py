"""Phones, contents and batches that fit what a provider says it can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from smsway.model import Phone, parse_phone
from smsway.provider import Batch, Capabilities, Filled, Kind, Parcel, Sharing, Stamp
from smsway.testing._subject import Subject

NOW = 1_764_001_800.0
"""The time of all checks, in seconds since the epoch (UTC)."""

CODE = "739150"
"""The one-time code that every batch carries, and that must show up nowhere."""

PARAMS = (CODE, "4")
NAMES = ("code", "minutes")
WORDS = "Your code is {1}, valid for {2} minutes."

_HOMES = ("CN", "US", "GB", "DE", "SG", "MY", "IN", "BR", "ID")


def frozen_stamp(nonce: int = 0x5A17_0000_0000_0000_0001, now: float = NOW) -> Stamp:
    """Return a stamp that is the same each time: *now* in seconds since the epoch (UTC), *nonce* below 2**80."""
    return Stamp(now, nonce)


@lru_cache(maxsize=512)
def example_phone(country: str) -> Phone | None:
    """Return a mobile number of *country* (ISO 3166-1 alpha-2) that nobody is known to have; `None` if it has none."""
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    number = number or phonenumbers.example_number_for_type(country, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if number is None:
        return None
    try:
        phone = parse_phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    except ValueError:
        return None
    return phone if phone.country == country else None


def countries_served(capabilities: Capabilities) -> list[str]:
    """Return every country that *capabilities* serve and that has mobile numbers, the usual ones first."""
    others = sorted(phonenumbers.SUPPORTED_REGIONS - set(_HOMES))
    return [each for each in (*_HOMES, *others) if capabilities.serves(each) and example_phone(each)]


def home(capabilities: Capabilities, *, apart: bool | None = None) -> str:
    """Return a country that is served; *apart* says whether it shares requests with others, `None` that it may."""
    served = countries_served(capabilities)
    fitting = [each for each in served if apart is None or (each in capabilities.apart) is apart]
    return next(iter(fitting or served))


def phones(country: str, count: int) -> list[Phone]:
    """Return *count* numbers of *country*, none of which the sandbox knows as magic."""
    found = list(islice(_numbers(country), count))
    if len(found) < count:
        raise AssertionError(f"{country} has no {count} mobile numbers like its example")
    return found


def _numbers(country: str) -> Iterator[Phone]:
    example = example_phone(country)
    assert example is not None  # noqa: S101  # countries without one are left out
    for width in (4, 5):
        for tail in range(10**width):
            text = f"{example[:-width]}{tail:0{width}d}"
            if text[-6:-4] != "99" and _is(text, country):
                yield Phone(text)


def _is(text: str, country: str) -> bool:
    try:
        return parse_phone(text) == text and Phone(text).country == country
    except ValueError:
        return False


def names_of(params: Sequence[str]) -> tuple[str, ...]:
    """Return what a vendor that names its variables calls *params*."""
    return NAMES[: len(params)]


def content_of(
    subject: Subject, params: Sequence[str] = PARAMS, *, template: int = 0, text: str | None = None
) -> Filled:
    """Return content as the account of *subject* wants it: its template with this number, or else text."""
    if subject.capabilities.template and text is None and subject.ids:
        chosen = subject.ids[template % len(subject.ids)]
        return Filled(
            template=chosen,
            params=tuple(params),
            signature=subject.signature,
            sender=subject.sender,
            names=names_of(params),
        )
    text = WORDS.replace("{1}", params[0]).replace("{2}", params[-1]) if text is None else text
    return Filled(text=text, signature=subject.signature, sender=subject.sender)


def batch_of(
    subject: Subject, recipients: Sequence[Phone], contents: Sequence[Filled] = (), kind: Kind = Kind.OTP
) -> Batch:
    """Return a batch to *recipients*, each with its own of *contents* or all with the first."""
    filled = chain(contents or (content_of(subject),), iter(lambda: (contents or (content_of(subject),))[0], None))
    return Batch([Parcel(phone, content) for phone, content in zip(recipients, filled, strict=False)], kind)


def some(subject: Subject, count: int = 3) -> Batch:
    """Return a batch of *count* recipients, or of as many as fit, with contents of their own where that is possible."""
    count = min(count, subject.capabilities.max_batch)
    recipients = phones(home(subject.capabilities), count)
    if subject.capabilities.sharing is Sharing.SAME:
        return batch_of(subject, recipients)
    own = subject.capabilities.sharing is Sharing.OWN
    contents = [content_of(subject, (CODE, str(index)), template=index if own else 0) for index in range(count)]
    return batch_of(subject, recipients, contents)
