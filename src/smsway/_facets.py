"""The facets: what a provider may be able to do beside sending, each a small protocol.

A provider has a facet if it has its methods. They follow the rules of `Provider.submit`: generators without I/O that
yield requests and are sent responses, the same arguments and stamp making the same bytes. Before anything is asked,
they raise `InvalidCall` for arguments beyond the vendor's limits. A refusal is raised with `refused`, and an answer
that cannot be understood is `UnexpectedResponse`, through `decoding`.

If no answer comes to a request, its `yield` raises `CallFailed`. An exchange that changes something with several
requests can raise that again with what went before, through `CallFailed.with_detail`; any other need not care. The call
has failed by then, and the detail is all that is taken from the exchange: what it returns instead is dropped, for a
part could look like the whole, and another request that it yields is not carried out: it is told once more, and closed.
Whether a change was done in part is no concern of it: that other requests went before is known without it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from smsway.model import (
    Balance,
    Callback,
    CallbackAnswer,
    DeliveryStatistics,
    Inbound,
    Page,
    Report,
    ReportQuery,
    Request,
    Response,
    SendStatistics,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    TemplateStatistics,
    Verification,
)

T = TypeVar("T")

Exchange: TypeAlias = Generator[Request, Response, T]
"""A conversation with a provider: yields requests, is sent responses, returns a `T`."""


@runtime_checkable
class PullsReports(Protocol):
    """Delivery reports wait at the vendor until they are fetched, and are never given again."""

    @property
    def most_reports(self) -> int:
        """How many reports one call can fetch."""
        ...

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take up to *limit* reports off the vendor's queue."""
        ...


@runtime_checkable
class PullsInbound(Protocol):
    """Messages from phones wait at the vendor until they are fetched, and are never given again."""

    @property
    def most_inbound(self) -> int:
        """How many messages one call can fetch."""
        ...

    def pull_inbound(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Take up to *limit* messages off the vendor's queue."""
        ...


@runtime_checkable
class FindsReports(Protocol):
    """The reports of one phone, or of some message ids, can be looked up again and again."""

    @property
    def verification(self) -> Verification | None:
        """How to ask whether a text was sent; `None` if a phone and a time are not enough to ask."""
        ...

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look up the reports that *query* asks for."""
        ...


@runtime_checkable
class FindsInbound(Protocol):
    """The messages of one phone can be looked up again and again."""

    def find_inbound(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Look up the messages that *query* asks for."""
        ...


@runtime_checkable
class TakesCallbacks(Protocol):
    """The vendor posts reports or messages from phones to us."""

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read what the vendor posted; raises `MalformedCallback`, through `reading`."""
        ...

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return what the vendor wants to hear: that we have *taken* it, or that it shall post it again."""
        ...


@runtime_checkable
class ManagesTemplates(Protocol):
    """Templates can be submitted, changed, deleted and looked up by their ids."""

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template for review."""
        ...

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Replace a template, which goes back to review."""
        ...

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates."""
        ...

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up; one that the vendor does not have is left out."""
        ...


@runtime_checkable
class ListsTemplates(Protocol):
    """All templates can be listed, a page at a time."""

    def list_templates(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
        """Return the page that begins at *cursor*, which is the `next` of another page; `None` begins the list."""
        ...


@runtime_checkable
class ManagesSignatures(Protocol):
    """Signatures can be submitted, changed, deleted and looked up by their ids."""

    def add_signature(self, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Submit a signature for review."""
        ...

    def modify_signature(self, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Replace a signature, which goes back to review."""
        ...

    def delete_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete signatures."""
        ...

    def get_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
        """Look signatures up; one that the vendor does not have is left out."""
        ...


@runtime_checkable
class ListsSignatures(Protocol):
    """All signatures can be listed, a page at a time."""

    def list_signatures(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
        """Return the page that begins at *cursor*, which is the `next` of another page; `None` begins the list."""
        ...


@runtime_checkable
class FindsSignatures(Protocol):
    """A signature can be looked up by its text."""

    def find_signature(self, text: str, stamp: Stamp) -> Exchange[SignatureInfo | None]:
        """Look a signature up by its *text*, without brackets; `None` if the vendor has none."""
        ...


@runtime_checkable
class CountsSends(Protocol):
    """The vendor counts what was handed to it."""

    def send_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
        """Return the counts from *since* to *until*, in seconds since the epoch (UTC)."""
        ...


@runtime_checkable
class CountsDeliveries(Protocol):
    """The vendor counts what became of the texts it took."""

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Return the counts from *since* to *until*, in seconds since the epoch (UTC)."""
        ...


@runtime_checkable
class CountsTemplates(Protocol):
    """The vendor counts the texts of each template for themselves."""

    def template_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[Sequence[TemplateStatistics]]:
        """Return the counts of every template that was used from *since* to *until* (seconds since the epoch, UTC)."""
        ...


@runtime_checkable
class TellsBalance(Protocol):
    """The vendor tells what is left on the account."""

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:
        """Return what is left."""
        ...


FACETS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "pull reports": PullsReports,
        "find reports": FindsReports,
        "pull inbound": PullsInbound,
        "find inbound": FindsInbound,
        "callbacks": TakesCallbacks,
        "templates": ManagesTemplates,
        "list templates": ListsTemplates,
        "signatures": ManagesSignatures,
        "list signatures": ListsSignatures,
        "find signatures": FindsSignatures,
        "send statistics": CountsSends,
        "delivery statistics": CountsDeliveries,
        "template statistics": CountsTemplates,
        "balance": TellsBalance,
    }
)
"""Every facet by the name that people read."""
