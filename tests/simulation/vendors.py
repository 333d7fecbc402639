"""Vendors of a schedule: a plain wire of one JSON object, a provider that speaks it, and a vendor that may lie.

The wire is the least that the three real ones have in common: phones and our reference go out, a result per phone comes
back with the reference. What a vendor really did stands in `Vendor.texts`, which no code under test can see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from smsway.provider import (
    AccountConfig,
    Batch,
    Capabilities,
    Delivery,
    Exchange,
    Outcome,
    Parcel,
    ProviderSpec,
    Reason,
    Report,
    ReportQuery,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    Verification,
    accepted,
    decode_json,
    decoding,
    hookimpl,
    reason_for_all,
    rejected,
    unknown,
)

# What the vendor says of one phone -> what it means; all of them say that nothing was sent.
REFUSALS: Mapping[str, Reason] = MappingProxyType(
    {
        "blocked": Reason.BLOCKED_RECIPIENT,
        "invalid": Reason.INVALID_RECIPIENT,
        "limit": Reason.RECIPIENT_RATE_LIMITED,
        "busy": Reason.RATE_LIMITED,
        "balance": Reason.INSUFFICIENT_BALANCE,
        "auth": Reason.AUTHENTICATION,
        "template": Reason.TEMPLATE_REFUSED,
        "broken": Reason.PROVIDER_FAILURE,
    }
)

_ANSWER = TypeAdapter(dict[str, Any])


class SimulatedConfig(AccountConfig):
    """Settings of a simulated account."""

    base_url: str = "https://vendor.example"


def book_by_phone(batch: Batch, answer: dict[str, Any]) -> list[Outcome]:
    """Book each result on the phone that it names."""
    tally = Tally(batch)
    if "refused" in answer:
        code = answer["refused"]
        reason = reason_for_all(REFUSALS[code], batch)
        return [rejected(parcel, reason, code) for parcel in batch.parcels]
    for result in answer["results"]:
        parcel = tally.parcel(result["phone"])
        tally.book(_outcome(parcel, result))
    return tally.outcomes()


def book_by_index(batch: Batch, answer: dict[str, Any]) -> list[Outcome]:
    """Book the results in their order, as many a client does."""
    if "refused" in answer:
        return book_by_phone(batch, answer)
    results = [*answer["results"], *[{"code": "lost"}] * len(batch)]
    return [_outcome(parcel, result) for parcel, result in zip(batch.parcels, results, strict=False)]


def book_hopefully(batch: Batch, answer: dict[str, Any]) -> list[Outcome]:
    """Book a recipient that the answer leaves out as accepted."""
    outcomes = book_by_phone(batch, answer)
    for parcel, outcome in zip(batch.parcels, outcomes, strict=True):
        if outcome.reason is Reason.MISSING_RESULT:
            outcomes[outcomes.index(outcome)] = accepted(parcel)
    return outcomes


@dataclass(frozen=True, slots=True)
class Booking:
    """How the provider reads an answer; a careless one does it otherwise."""

    book: Callable[[Batch, dict[str, Any]], list[Outcome]] = book_by_phone
    checks_echo: bool = True
    believes_silence: bool = False


CAREFUL = Booking()


def _outcome(parcel: Parcel, result: dict[str, Any]) -> Outcome:
    code = result["code"]
    if code == "ok":
        return accepted(parcel, message_id=result["id"])
    reason = REFUSALS.get(code)
    return rejected(parcel, reason, code) if reason else unknown(parcel, Reason.UNEXPECTED_RESPONSE, code)


@dataclass(frozen=True, slots=True)
class Simulated:
    """The provider."""

    url: str
    booking: Booking

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[list[Outcome]]:
        """Submit a batch with one request."""
        body = {"reference": stamp.reference, "phones": [parcel.phone for parcel in batch.parcels]}
        response = yield Request(self.url, {}, to_json(body))
        with decoding(response):
            return self.booking.book(batch, self._read(response, stamp))

    def _read(self, response: Response, stamp: Stamp) -> dict[str, Any]:
        if response.status != 200:
            raise UnexpectedResponse(f"HTTP {response.status}")
        answer = decode_json(response, _ANSWER)
        if self.booking.checks_echo and answer["reference"] != stamp.reference:
            raise UnexpectedResponse("the answer is to another request")
        return answer


@dataclass(frozen=True, slots=True)
class Askable(Simulated):
    """A provider that can be asked what became of a phone's texts; *complete* if it tells of every text it took."""

    complete: bool

    @property
    def verification(self) -> Verification:
        """How to ask."""
        return Verification(
            grace=5.0, questions=2, interval=5.0, absence_proves=self.complete or self.booking.believes_silence
        )

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[list[Report]]:
        """Ask about one phone."""
        asked = {"reference": stamp.reference, "find": query.phone, "since": query.since, "until": query.until}
        response = yield Request(self.url, {}, to_json(asked))
        with decoding(response):
            found = self._read(response, stamp)["found"]
            return [
                Report(
                    recipient=each["phone"],
                    delivery=Delivery(each["delivery"]),
                    provider_message_id=each["id"],
                    reference=each["attempt"],
                    at=each["at"],
                )
                for each in found
            ]


PROVIDERS: Mapping[str, Callable[[str, Booking], Simulated]] = MappingProxyType(
    {
        "mute": Simulated,
        "askable": partial(Askable, complete=False),
        "complete": partial(Askable, complete=True),
    }
)


class Registration:
    """The plugin that brings the provider."""

    def __init__(self, booking: Booking) -> None:
        self._booking = booking

    @hookimpl
    def register_providers(self, register: Callable[[ProviderSpec[Any]], None]) -> None:
        """Register it."""
        for name, make in PROVIDERS.items():

            def build(config: SimulatedConfig, make: Any = make) -> Simulated:
                return make(config.base_url, self._booking)

            able = Capabilities(template=True, max_batch=4)
            register(ProviderSpec(name=name, config=SimulatedConfig, build=build, capabilities=able))


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that a vendor really sent."""

    account: str
    phone: str
    reference: str
    message_id: str
    at: float
    known_at: float
    """When the vendor's records tell of it."""
    delivery: Delivery
    """What becomes of it, as its reports say."""


@dataclass(slots=True)
class Vendor:
    """One account's vendor: what it did, and how it is at the moment."""

    account: str
    random: Random
    complete: bool
    """True if its records tell of a text at once; otherwise only when it has a report, if ever."""
    sent: Callable[[Sent], None]
    """Is told of each text."""
    texts: list[Sent] = field(default_factory=list)
    refused: Mapping[str, str] = field(default_factory=dict)
    """Phone -> why it is refused, always."""
    outage: str | None = None
    """Why every request is refused at the moment."""
    last: bytes = b"{}"
    """The answer before."""

    def process(self, body: bytes, now: float) -> bytes:
        """Do what a request asks for, and return the answer."""
        asked = from_json(body)
        if "find" in asked:
            return self._answered({"reference": asked["reference"], "found": self._found(asked, now)})
        if self.outage is not None:
            return self._answered({"reference": asked["reference"], "refused": self.outage})
        results = [self._send(phone, asked["reference"], now) for phone in asked["phones"]]
        return self._answered({"reference": asked["reference"], "results": results})

    def _send(self, phone: str, reference: str, now: float) -> dict[str, str]:
        if phone in self.refused:
            return {"phone": phone, "code": self.refused[phone]}
        message_id = f"{self.account}-{len(self.texts)}"
        known_at = now if self.complete else now + self.random.choice((1.0, 8.0, 40.0, inf))
        delivery = self.random.choice((Delivery.DELIVERED, Delivery.DELIVERED, Delivery.UNDELIVERED))
        text = Sent(self.account, phone, reference, message_id, now, known_at, delivery)
        self.texts.append(text)
        self.sent(text)
        return {"phone": phone, "code": "ok", "id": message_id}

    def _found(self, asked: dict[str, Any], now: float) -> list[dict[str, Any]]:
        return [
            {
                "phone": text.phone,
                "delivery": str(text.delivery),
                "id": text.message_id,
                "attempt": text.reference,
                "at": now,
            }
            for text in self.texts
            if text.phone == asked["find"] and text.known_at <= now and asked["since"] <= text.at <= asked["until"]
        ]

    def _answered(self, answer: dict[str, Any]) -> bytes:
        self.last = to_json(answer)
        return self.last


def reshaped(answer: bytes, how: str, random: Random) -> bytes:
    """Return an answer whose results were shuffled, lost, repeated, contradicted or joined by a stranger's."""
    said = from_json(answer)
    results: list[dict[str, str]] = said.get("results", [])
    if not results:
        return answer
    victim = random.randrange(len(results))
    match how:
        case "shuffled":
            random.shuffle(results)
        case "partial":
            del results[victim]
        case "repeated":
            results.append(results[victim])
        case "contradicted":
            other = {"phone": results[victim]["phone"], "code": "blocked"}
            results.append(other if results[victim]["code"] == "ok" else {**other, "code": "broken"})
        case "surplus":
            results.append({"phone": "+6599999999", "code": "ok", "id": "nobody"})
        case "undocumented":
            results[victim] = {"phone": results[victim]["phone"], "code": "huh"}
    return to_json(said)


RESHAPES: Sequence[str] = ("shuffled", "partial", "repeated", "contradicted", "surplus", "undocumented")
