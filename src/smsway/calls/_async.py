"""What an `AsyncClient` offers beside sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from smsway.calls._calls import Calls, Moment, draft_of, ids_of, seconds
from smsway.calls._pulls import Pulls
from smsway.delivery import Flow, keep
from smsway.model import (
    DeliveryStatistics,
    Inbound,
    InboundReceived,
    Page,
    Report,
    ReportReceived,
    SendStatistics,
    SignatureDraft,
    SignatureInfo,
    TemplateDraft,
    TemplateInfo,
    TemplateStatistics,
    Tracked,
)

Run = Callable[[Flow[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True, repr=False)
class AsyncReports:
    """Delivery reports: `client.reports`."""

    _calls: Calls
    _pulls: Pulls
    _run: Run

    async def pull(
        self, account: str | Iterable[str] | None = None, *, limit: int | None = None, every: float | None = None
    ) -> list[ReportReceived]:
        """Fetch the reports that wait at the vendors of *account*, one or several, by default all that can be asked.

        The vendor never gives them again, so they are stored before they are read, matched to what was sent, and told
        to the hook `report_received`. *limit* is per account, by default the vendor's. An empty list means that nothing
        new waits, or that it is another process's turn, see `standing_by`. Whoever says that he pulls again in *every*
        seconds keeps the turn until a minute after that. Raises `CallFailed`, of several accounts after the others were
        asked (what they gave is stored and told), and `UnsupportedFeature` if `reports.store` is not set.
        """
        reports: list[ReportReceived] = await self._run(self._pulls.pull_reports(account, limit, every))
        return reports

    @property
    def standing_by(self) -> frozenset[str]:
        """The accounts that another process on the same store pulls reports from; if it ends, this one is next."""
        return self._pulls.standing_by("pull_reports")

    async def find(
        self,
        account: str,
        phone: str | None = None,
        *,
        since: Moment,
        until: Moment | None = None,
        message_ids: Iterable[str] = (),
    ) -> list[Report]:
        """Look up the reports of *phone*, or of the texts with *message_ids*, from *since* to *until*, by default now.

        What an account can be asked by differs, and so does how far back. Raises `InvalidCall` and `CallFailed`.
        """
        query = self._calls.query(phone, since, until, message_ids)
        del phone  # no traceback shall show it
        reports: list[Report] = await self._run(self._calls.find(account, "find_reports", query))
        return reports

    async def tracked(
        self, *, reference: str | None = None, recipient: str | None = None, message_id: str | None = None
    ) -> list[Tracked]:
        """Return what is known by now of the texts with your *reference*, to *recipient* or with the provider's id."""
        flow = self._calls.tracked(reference, recipient, message_id)
        del recipient  # no traceback shall show it
        known: list[Tracked] = await self._run(flow)
        return known

    async def unmatched(self) -> list[Report]:
        """Return the reports that fit nothing that was sent, the newest first."""
        store = self._calls.store("no report is remembered")
        reports: list[Report] = await self._run(keep(store.unmatched))
        return reports


@dataclass(frozen=True, slots=True, repr=False)
class AsyncInbox:
    """Messages from phones: `client.inbound`."""

    _calls: Calls
    _pulls: Pulls
    _run: Run

    async def pull(
        self, account: str | Iterable[str] | None = None, *, limit: int | None = None, every: float | None = None
    ) -> list[InboundReceived]:
        """Fetch the messages that wait at the vendors; see `AsyncReports.pull`. Told to the hook `inbound_received`."""
        messages: list[InboundReceived] = await self._run(self._pulls.pull_inbound(account, limit, every))
        return messages

    @property
    def standing_by(self) -> frozenset[str]:
        """The accounts that another process on the same store pulls messages from; if it ends, this one is next."""
        return self._pulls.standing_by("pull_inbound")

    async def find(self, account: str, phone: str, *, since: Moment, until: Moment | None = None) -> list[Inbound]:
        """Look up the messages of *phone* from *since* to *until*, by default now."""
        query = self._calls.query(phone, since, until)
        del phone  # no traceback shall show it
        messages: list[Inbound] = await self._run(self._calls.find(account, "find_inbound", query))
        return messages

    async def received(self, since: Moment = 0.0) -> list[Inbound]:
        """Return the messages that have come in since then, by callback or by pull."""
        store = self._calls.store("no message is remembered")
        begin = seconds("since", since)
        messages: list[Inbound] = await self._run(keep(lambda: store.inbound(begin)))
        return messages


@dataclass(frozen=True, slots=True, repr=False)
class AsyncTemplates:
    """The templates of one account: `client.templates(account)`. Every call raises `InvalidCall` and `CallFailed`."""

    _calls: Calls
    _run: Run
    _account: str

    async def add(self, draft: TemplateDraft) -> TemplateInfo:
        """Submit a template for review; its id is in what is returned."""
        added: TemplateInfo = await self._run(
            self._calls.about(self._account, "add_template", draft_of(TemplateDraft, draft))
        )
        return added

    async def modify(self, template_id: str, draft: TemplateDraft) -> TemplateInfo:
        """Replace a template, which goes back to review."""
        changed: TemplateInfo = await self._run(
            self._calls.about(self._account, "modify_template", template_id, draft_of(TemplateDraft, draft))
        )
        return changed

    async def delete(self, template_ids: str | Iterable[str]) -> None:
        """Delete one template or several."""
        await self._run(self._calls.ask(self._account, "delete_templates", ids_of("template_ids", template_ids)))

    async def get(self, template_ids: str | Iterable[str]) -> list[TemplateInfo]:
        """Look up one template or several; those that the vendor does not have are left out."""
        found: list[TemplateInfo] = await self._run(
            self._calls.about(self._account, "get_templates", ids_of("template_ids", template_ids))
        )
        return found

    async def list(self, progress: Callable[[Page[TemplateInfo]], None] | None = None) -> list[TemplateInfo]:
        """Return all templates, page by page; *progress* is told of each page as it comes."""
        listed: list[TemplateInfo] = await self._run(self._calls.pages(self._account, "list_templates", progress))
        return listed


@dataclass(frozen=True, slots=True, repr=False)
class AsyncSignatures:
    """The signatures of one account: `client.signatures(account)`. Every call raises `InvalidCall` and `CallFailed`."""

    _calls: Calls
    _run: Run
    _account: str

    async def add(self, draft: SignatureDraft) -> SignatureInfo:
        """Submit a signature for review; its id is in what is returned."""
        added: SignatureInfo = await self._run(
            self._calls.about(self._account, "add_signature", draft_of(SignatureDraft, draft))
        )
        return added

    async def modify(self, signature_id: str, draft: SignatureDraft) -> SignatureInfo:
        """Replace a signature, which goes back to review."""
        changed: SignatureInfo = await self._run(
            self._calls.about(self._account, "modify_signature", signature_id, draft_of(SignatureDraft, draft))
        )
        return changed

    async def delete(self, signature_ids: str | Iterable[str]) -> None:
        """Delete one signature or several."""
        await self._run(self._calls.ask(self._account, "delete_signatures", ids_of("signature_ids", signature_ids)))

    async def get(self, signature_ids: str | Iterable[str]) -> list[SignatureInfo]:
        """Look up one signature or several; those that the vendor does not have are left out."""
        found: list[SignatureInfo] = await self._run(
            self._calls.about(self._account, "get_signatures", ids_of("signature_ids", signature_ids))
        )
        return found

    async def find(self, text: str) -> SignatureInfo | None:
        """Look a signature up by its text, without brackets; `None` if the vendor has none."""
        found: SignatureInfo | None = await self._run(self._calls.about(self._account, "find_signature", text))
        return found

    async def list(self, progress: Callable[[Page[SignatureInfo]], None] | None = None) -> list[SignatureInfo]:
        """Return all signatures, page by page; *progress* is told of each page as it comes."""
        listed: list[SignatureInfo] = await self._run(self._calls.pages(self._account, "list_signatures", progress))
        return listed


@dataclass(frozen=True, slots=True, repr=False)
class AsyncStatistics:
    """What the vendor counts for one account: `client.statistics(account)`. Calls raise `InvalidCall`, `CallFailed`."""

    _calls: Calls
    _run: Run
    _account: str

    async def sending(self, *, since: Moment, until: Moment | None = None) -> SendStatistics:
        """Return how many texts were handed over, taken and billed from *since* to *until*, by default now."""
        span = self._calls.span(since, until)
        counts: SendStatistics = await self._run(self._calls.about(self._account, "send_statistics", *span))
        return counts

    async def delivery(self, *, since: Moment, until: Moment | None = None) -> DeliveryStatistics:
        """Return what became of the texts from *since* to *until*, by default now."""
        span = self._calls.span(since, until)
        counts: DeliveryStatistics = await self._run(self._calls.about(self._account, "delivery_statistics", *span))
        return counts

    async def templates(self, *, since: Moment, until: Moment | None = None) -> list[TemplateStatistics]:
        """Return the counts of each template that was used from *since* to *until*, by default now."""
        span = self._calls.span(since, until)
        counts: list[TemplateStatistics] = await self._run(
            self._calls.about(self._account, "template_statistics", *span)
        )
        return counts
