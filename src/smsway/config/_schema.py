"""The shape of the configuration file."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PositiveInt

from smsway.config._countries import Country, Destination
from smsway.config._guards import GuardsSection
from smsway.config._limits import LimitsSection
from smsway.config._outbox import OutboxSection
from smsway.config._section import Name, Prefix, Seconds, Section, TimeOfDay
from smsway.config._webhooks import ReportsSection, WebhooksSection
from smsway.model import Kind
from smsway.routing import OnUnknown


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone such as 'Asia/Shanghai'") from None
    return name


Weight = Annotated[float, Field(ge=0)]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class TemplateMappingSection(Section):
    """What one account calls a template; `params` is the order of its variables, by default the template's own.

    A table of `params` also says what the account calls each of them, where it has names of its own.
    """

    id: int | str
    params: tuple[str, ...] | dict[str, Annotated[str, Field(min_length=1)]] | None = None
    signature: str | None = None
    sender: str | None = None


class TemplateSection(Section):
    """A template: its named params, its text with `{name}` placeholders, and its mapping per account."""

    params: tuple[str, ...] = ()
    text: str | None = None
    accounts: dict[Name, TemplateMappingSection] = Field(default_factory=dict)


class WindowSection(Section):
    """The hours from `from` to `to` in `zone`, on `days` (all by default)."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    zone: Annotated[str, AfterValidator(_is_zone)]
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = DAYS  # type: ignore[assignment]  # DAYS holds just these


class WhenSection(Section):
    """The conditions of a route; all that are given must hold."""

    countries: frozenset[Country] = frozenset()
    not_countries: frozenset[Country] = frozenset()
    prefixes: tuple[Prefix, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    templates: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    time: WindowSection | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None


class RouteSection(Section):
    """A rule and the accounts that may carry what it matches.

    `accounts` is a list in the order of preference, or a table of weights for `strategy = "weighted"`.
    """

    name: str | None = None
    when: WhenSection = WhenSection.model_construct()
    accounts: tuple[Name, ...] | dict[Name, Weight]
    strategy: str = "priority"
    on_unknown: OnUnknown = OnUnknown.HOLD


class TimeoutsSection(Section):
    """Seconds that one request may take, by kind of message, where the account sets no `timeout`."""

    otp: Seconds = 8.0
    notification: Seconds = 15.0
    marketing: Seconds = 15.0


class FileSection(Section):
    """A smsway configuration file."""

    region: Country | None = Field(None, description="The region of phones in national form.")
    plugins: tuple[str, ...] = Field((), description="Plugins to load, by entry point name.")
    required_plugins: tuple[str, ...] = Field((), description="Plugins without which nothing may be sent.")
    concurrency: Annotated[PositiveInt, Field(le=256)] = Field(
        8, description="Requests in flight at once to one account."
    )
    timeouts: TimeoutsSection = TimeoutsSection.model_construct()
    accounts: dict[Name, dict[str, Any]] = Field(
        repr=False, description="One table per account; `provider` names its plugin."
    )
    templates: dict[str, TemplateSection] = Field(default_factory=dict)
    signatures: dict[str, dict[Name, str]] = Field(default_factory=dict)
    senders: dict[str, dict[Name, str]] = Field(default_factory=dict)
    prices: dict[Name, dict[Destination, Annotated[float, Field(ge=0)]]] = Field(
        default_factory=dict, description="Price per segment by account and country; `*` for the rest. One currency."
    )
    routes: tuple[RouteSection, ...] = ()
    limits: LimitsSection = LimitsSection.model_construct()
    reports: ReportsSection = ReportsSection.model_construct()
    webhooks: WebhooksSection = WebhooksSection.model_construct()
    outbox: OutboxSection = OutboxSection.model_construct()
    guards: GuardsSection = GuardsSection.model_construct()
