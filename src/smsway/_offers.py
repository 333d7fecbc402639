"""What clients offer beside sending; the room that does it is imported when it is first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from smsway.model import Balance

if TYPE_CHECKING:
    from smsway._desk import Desk
    from smsway.calls import (
        AsyncInbox,
        AsyncReports,
        AsyncSignatures,
        AsyncStatistics,
        AsyncTemplates,
        Drift,
        Inbox,
        Reports,
        Signatures,
        Statistics,
        Templates,
    )
    from smsway.delivery import Flow


class Offers(ABC):
    """What a client has of all this."""

    _desk: Desk

    @abstractmethod
    def _run(self, flow: Flow[Any]) -> Any:
        """Carry *flow* out."""

    @property
    def reports(self) -> Reports:
        """Delivery reports: fetch them, look them up, and ask what is known of a text."""
        from smsway.calls import Reports  # noqa: PLC0415

        return Reports(self._desk.calls, self._desk.pulls, self._run)

    @property
    def inbound(self) -> Inbox:
        """Messages from phones."""
        from smsway.calls import Inbox  # noqa: PLC0415

        return Inbox(self._desk.calls, self._desk.pulls, self._run)

    def templates(self, account: str) -> Templates:
        """Return the templates of *account*; its calls raise `UnsupportedFeature` if the provider has none."""
        from smsway.calls import Templates  # noqa: PLC0415

        return Templates(self._desk.calls, self._run, account)

    def signatures(self, account: str) -> Signatures:
        """Return the signatures of *account*; as `templates`."""
        from smsway.calls import Signatures  # noqa: PLC0415

        return Signatures(self._desk.calls, self._run, account)

    def statistics(self, account: str) -> Statistics:
        """Return what the vendor counts for *account*; as `templates`."""
        from smsway.calls import Statistics  # noqa: PLC0415

        return Statistics(self._desk.calls, self._run, account)

    def balance(self, account: str) -> Balance:
        """Return what is left on *account*; raises `UnsupportedFeature` and `CallFailed`."""
        balance: Balance = self._run(self._desk.calls.about(account, "get_balance"))
        return balance

    def drift(self, accounts: Iterable[str] | None = None) -> Drift:
        """Compare the catalogue with the templates and signatures that the vendors have; by default of all accounts."""
        from smsway.calls import compare  # noqa: PLC0415

        drift: Drift = self._run(compare(self._desk.calls, accounts))
        return drift


class AsyncOffers(ABC):
    """What a client has of all this."""

    _desk: Desk

    @abstractmethod
    async def _run(self, flow: Flow[Any]) -> Any:
        """Carry *flow* out."""

    @property
    def reports(self) -> AsyncReports:
        """Delivery reports: fetch them, look them up, and ask what is known of a text."""
        from smsway.calls import AsyncReports  # noqa: PLC0415

        return AsyncReports(self._desk.calls, self._desk.pulls, self._run)

    @property
    def inbound(self) -> AsyncInbox:
        """Messages from phones."""
        from smsway.calls import AsyncInbox  # noqa: PLC0415

        return AsyncInbox(self._desk.calls, self._desk.pulls, self._run)

    def templates(self, account: str) -> AsyncTemplates:
        """Return the templates of *account*; its calls raise `UnsupportedFeature` if the provider has none."""
        from smsway.calls import AsyncTemplates  # noqa: PLC0415

        return AsyncTemplates(self._desk.calls, self._run, account)

    def signatures(self, account: str) -> AsyncSignatures:
        """Return the signatures of *account*; as `templates`."""
        from smsway.calls import AsyncSignatures  # noqa: PLC0415

        return AsyncSignatures(self._desk.calls, self._run, account)

    def statistics(self, account: str) -> AsyncStatistics:
        """Return what the vendor counts for *account*; as `templates`."""
        from smsway.calls import AsyncStatistics  # noqa: PLC0415

        return AsyncStatistics(self._desk.calls, self._run, account)

    async def balance(self, account: str) -> Balance:
        """Return what is left on *account*; raises `UnsupportedFeature` and `CallFailed`."""
        balance: Balance = await self._run(self._desk.calls.about(account, "get_balance"))
        return balance

    async def drift(self, accounts: Iterable[str] | None = None) -> Drift:
        """Compare the catalogue with the templates and signatures that the vendors have; by default of all accounts."""
        from smsway.calls import compare  # noqa: PLC0415

        drift: Drift = await self._run(compare(self._desk.calls, accounts))
        return drift
