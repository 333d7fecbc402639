"""Packs recipients into the fewest batches that an account's capabilities allow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.model import Batch, Filled, Parcel, Sharing
from smsway.routing._account import Account
from smsway.routing._journey import Journey


@dataclass(frozen=True, slots=True, eq=False)
class Shipment:
    """A batch on its way to an account, with the journeys of its recipients in the same order."""

    account: Account
    journeys: tuple[Journey, ...]
    batch: Batch

    def __repr__(self) -> str:
        return f"Shipment({self.account.name}, {self.batch!r})"


Fill = Callable[[Journey, Account], Filled]


_SHARED: Mapping[Sharing, Callable[[Filled], Hashable]] = MappingProxyType(
    {
        Sharing.SAME: lambda content: content,
        Sharing.TEMPLATE: lambda content: content.template,
        Sharing.OWN: lambda _: None,
    }
)
"""What the contents of a request have in common."""


def sharing_key(journey: Journey, account: Account, content: Filled) -> Hashable:
    """Return what recipients must have in common to share a request to *account*."""
    able = account.capabilities
    envelope = journey.envelope
    apart = journey.country if journey.country in able.apart else ""
    options = envelope.options.get(account.provider_name)
    shared = _SHARED[able.sharing](content)
    # A neighbour in a hurry would cut an attempt short for all.
    return envelope.message.kind, envelope.message.within, apart, options, shared


def filled(journeys: Iterable[Journey], account: Account, fill: Fill) -> Iterator[tuple[Hashable, list[Journey]]]:
    """Fill the contents for *account*, and yield runs of neighbours, each with the `sharing_key` of its recipients."""
    run: list[Journey] = []
    shared: Hashable = None
    envelope, country, content = None, "", None
    for journey in journeys:
        # Neighbours are mostly told the same in one country: what that is, and what they share, is worked out once.
        if journey.params is not None or journey.envelope is not envelope or journey.country != country:
            content = fill(journey, account)
            envelope, country = journey.envelope if journey.params is None else None, journey.country
            before, shared = shared, sharing_key(journey, account, content)
            if run and shared != before:
                yield before, run
                run = []
        journey.content = content
        run.append(journey)
    if run:
        yield shared, run


def pack(journeys: Iterable[Journey], account: Account, fill: Fill) -> list[Shipment]:
    """Pack *journeys* into shipments for *account*; no phone stands twice in one of them."""
    groups: dict[Hashable, list[Journey]] = {}
    for key, run in filled(journeys, account, fill):
        groups.setdefault(key, []).extend(run)
    return [shipment for group in groups.values() for shipment in pack_alike(group, account)]


def pack_alike(journeys: list[Journey], account: Account) -> list[Shipment]:
    """Pack *journeys*, whose contents are filled for *account* and may share a request."""
    return [ship(chunk, account) for chunk in _chunks(journeys, account.max_batch)]


def ship(journeys: Sequence[Journey], account: Account) -> Shipment:
    """Make one shipment of *journeys*, whose contents are filled for *account* and may share a request."""
    name, nothing = account.provider_name, Filled()
    first = journeys[0].envelope
    if first.options.get(name) is None:
        # Then nobody has options, for that is what they have in common.
        parcels = [Parcel(journey.phone, journey.content or nothing) for journey in journeys]
    else:
        parcels = [
            Parcel(journey.phone, journey.content or nothing, journey.envelope.options.get(name))
            for journey in journeys
        ]
    return Shipment(account, tuple(journeys), Batch(parcels, first.message.kind))


def _chunks(group: list[Journey], size: int) -> list[list[Journey]]:
    """Split *group* into the fewest chunks of at most *size* in which no phone stands twice."""
    if len({journey.phone for journey in group}) == len(group):
        return [group[start : start + size] for start in range(0, len(group), size)]
    # With a phone m times among n recipients, no fewer than max(m, n / size) chunks can do. Dealing them out like
    # cards, equal phones next to each other, reaches that: equal phones land in different chunks.
    times = Counter(journey.phone for journey in group)
    count = max(math.ceil(len(group) / size), *times.values())
    dealt: list[list[Journey]] = [[] for _ in range(count)]
    for position, journey in enumerate(sorted(group, key=lambda each: each.phone)):
        dealt[position % count].append(journey)
    return dealt
