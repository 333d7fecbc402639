"""An account: a provider with its settings, as routing sees it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast

from smsway.model import Capabilities, Verification
from smsway.provider import AccountConfig, FindsReports, Provider

log = logging.getLogger("smsway")


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """A configured instance of a provider.

    *broken* says why it cannot be used (its plugin does not load); such an account is never a candidate.
    """

    name: str
    provider_name: str
    capabilities: Capabilities
    config: AccountConfig | None = None
    provider: Provider | None = None
    broken: str | None = None

    @property
    def max_batch(self) -> int:
        """How many recipients a request to this account may carry."""
        limit = self.capabilities.max_batch
        return min(limit, self.config.max_batch or limit) if self.config else limit

    @property
    def reuses_connections(self) -> bool:
        """True if a connection may carry several requests: an echo proves whose answer each one is."""
        return self.capabilities.echo and (self.config is None or self.config.keep_alive)

    @property
    def rate(self) -> float | None:
        """How many requests per second this account may be sent; `None` for no limit."""
        return (self.config.rate if self.config else None) or self.capabilities.rate

    @property
    def verification(self) -> Verification | None:
        """How to ask whether a text was sent; `None` if this account cannot be asked."""
        # Not by isinstance, which looks up every member of a protocol: this is asked for every attempt.
        if not hasattr(self.provider, "find_reports"):
            return None
        try:
            return cast(FindsReports, self.provider).verification
        except Exception as error:  # noqa: BLE001  # asked in the middle of a delivery, where nothing may be lost
            log.error("provider %s cannot say how it is asked: %s", self.provider_name, type(error).__name__)  # noqa: TRY400  # its frames may hold secrets
            return None
