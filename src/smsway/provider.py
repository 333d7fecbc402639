"""The door for plugin authors: everything a provider's package may import.

A provider turns batches into requests and responses into outcomes. It does no I/O, reads no clock, sleeps never,
retries never and decides nothing about failover: the same batch and stamp give the same bytes, a refusal is an
outcome, and the only exception it raises is `UnexpectedResponse`, through `decoding`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Generic, NoReturn, Protocol, TypeAlias, TypeVar

import pluggy
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
)

from smsway._answers import (
    Tally,
    accepted,
    all_accepted,
    clean,
    decoding,
    reading,
    reason_for_all,
    refused,
    rejected,
    unknown,
)
from smsway._facets import (
    FACETS,
    CountsDeliveries,
    CountsSends,
    CountsTemplates,
    Exchange,
    FindsInbound,
    FindsReports,
    FindsSignatures,
    ListsSignatures,
    ListsTemplates,
    ManagesSignatures,
    ManagesTemplates,
    PullsInbound,
    PullsReports,
    TakesCallbacks,
    TellsBalance,
)
from smsway._json import Exact, ExactReader, decode_json
from smsway.model import (
    STANDARD,
    Balance,
    Batch,
    Callback,
    CallbackAnswer,
    CallFailed,
    Capabilities,
    Delivery,
    DeliveryStatistics,
    Filled,
    Inbound,
    InvalidCall,
    Kind,
    MalformedCallback,
    Outcome,
    Page,
    Parcel,
    Phone,
    PushRule,
    Reason,
    Report,
    ReportQuery,
    Request,
    Response,
    Review,
    SandboxCall,
    SandboxDesk,
    SandboxInbound,
    SandboxPush,
    SandboxPusher,
    SandboxReply,
    SandboxReport,
    SandboxSide,
    SandboxSignature,
    SandboxSigner,
    SandboxTally,
    SandboxTemplate,
    SegmentRule,
    SendStatistics,
    Sharing,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    Status,
    TemplateDraft,
    TemplateInfo,
    TemplateStatistics,
    UnexpectedResponse,
    Verification,
    count_segments,
    is_gsm,
    parse_phone,
)

__all__ = [
    "FACETS",
    "STANDARD",
    "AccountConfig",
    "Balance",
    "Batch",
    "CallFailed",
    "Callback",
    "CallbackAnswer",
    "Capabilities",
    "CountsDeliveries",
    "CountsSends",
    "CountsTemplates",
    "Credential",
    "Delivery",
    "DeliveryStatistics",
    "Exact",
    "ExactReader",
    "Example",
    "Exchange",
    "Filled",
    "FindsInbound",
    "FindsReports",
    "FindsSignatures",
    "Inbound",
    "InvalidCall",
    "Kind",
    "ListsSignatures",
    "ListsTemplates",
    "MalformedCallback",
    "ManagesSignatures",
    "ManagesTemplates",
    "Options",
    "Outcome",
    "Page",
    "Parcel",
    "Phone",
    "Provider",
    "ProviderSpec",
    "PullsInbound",
    "PullsReports",
    "PushRule",
    "Reason",
    "Report",
    "ReportQuery",
    "Request",
    "Response",
    "Review",
    "SandboxCall",
    "SandboxDesk",
    "SandboxInbound",
    "SandboxPush",
    "SandboxPusher",
    "SandboxReply",
    "SandboxReport",
    "SandboxSide",
    "SandboxSignature",
    "SandboxSigner",
    "SandboxTally",
    "SandboxTemplate",
    "SecretStr",
    "SegmentRule",
    "SendStatistics",
    "Sharing",
    "SignatureDraft",
    "SignatureInfo",
    "Stamp",
    "Status",
    "TakesCallbacks",
    "Tally",
    "TellsBalance",
    "TemplateDraft",
    "TemplateInfo",
    "TemplateStatistics",
    "UnexpectedResponse",
    "Verification",
    "accepted",
    "all_accepted",
    "clean",
    "count_segments",
    "decode_json",
    "decoding",
    "hookimpl",
    "is_gsm",
    "parse_phone",
    "reading",
    "reason_for_all",
    "refused",
    "rejected",
    "unknown",
]

hookimpl = pluggy.HookimplMarker("smsway")
"""Marks a function of a plugin as the implementation of the hook of the same name."""


class Provider(Protocol):
    """Speaks one vendor's API for one account.

    What it can do beside sending are facets, see `FACETS`.
    """

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch*; return one outcome per parcel, in the batch's order.

        Outcomes are made with `accepted`, `rejected` and `unknown`, and booked by what the answer says
        (`Tally`), never by position alone.
        """
        ...


_VISIBLE = re.compile(r"[!-~]+")


def _whole(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value.strip():
        raise ValueError("is empty; copy it from the vendor's console")
    if value != value.strip():
        # A space or line break copied along is the usual cause of a refused signature.
        raise ValueError("has white space before or after it, which would be signed as a part of it; remove it")
    if not _VISIBLE.fullmatch(value):
        raise ValueError(
            "holds a space or a character outside of visible ASCII, which no key or token has; copy it again"
        )
    return secret


Credential: TypeAlias = Annotated[SecretStr, AfterValidator(_whole)]
"""A secret that a vendor issued, such as a key or a token: visible ASCII, neither empty nor copied with white space."""


class AccountConfig(BaseModel):
    """What every account can set; a provider's settings extend it.

    A field of type `SecretStr` or `Credential` is a secret: in the file it stands as a reference (`env:`, `file:`, or
    one that a plugin resolves). *timeout* is in seconds per request and *rate* in requests per second;
    `None` takes smsway's limit per kind of message and the vendor's documented rate. *keep_alive* lets a connection
    carry several requests where the vendor's answers echo our reference; off, a refusal that echoes nothing is always
    certain, at the price of a handshake per request. *allow_private* lets the host of *base_url* lead into a private
    network.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True, defer_build=True
    )

    base_url: str
    timeout: Annotated[PositiveFloat, Field(le=300)] | None = None
    rate: PositiveFloat | None = None
    max_batch: PositiveInt | None = None
    keep_alive: bool = True
    allow_private: bool = False
    signature: str = "default"
    sender: str = "default"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an account's configuration holds secrets and is not pickled")


class Options(BaseModel):
    """Vendor extras of a message, `Message.options["<provider>"]`; a provider's options extend it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


ConfigT = TypeVar("ConfigT", bound=AccountConfig)


def _plain_id(value: object) -> str:
    """Return a template id that is text or a whole number as text; raises `ValueError` for anything else."""
    text = str(value) if type(value) is int and value >= 0 else value
    if isinstance(text, str) and text.strip():
        return text.strip()
    raise ValueError(f"{value!r} is not a template id; write it as the vendor's console shows it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An account of a provider as `smsway init` writes it for somebody to fill in.

    *settings* are lines of TOML, with secrets as `env:` references and comments where they help. *template* is an id as
    the catalogue may name it, *signature* and *sender* what an account may use; each is left out where there is none.
    """

    settings: str
    template: str | int | None = None
    signature: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec(Generic[ConfigT]):
    """How smsway makes a provider from its configuration.

    *options* is the model of `Message.options[name]`, `None` if the provider has no extras. *template_id* checks and
    normalizes a template id of the catalogue; it raises a `ValueError` whose text names the value and the way out. The
    default takes text and whole numbers.
    *call_rates* are the vendor's requests per second by facet method, such as `add_template`, where it documents them.
    *codes* are all codes that the vendor documents for sending, as they stand in `Outcome.code`, and what each proves:
    `None` that the text was accepted, `Reason.AMBIGUOUS` that it may have been sent, any other reason that nothing was.
    *sources* are the pages, or the releases of the vendor's SDK, that the wire facts come from.
    *example* is an account to begin with. *sandbox* makes the server side of the same API; import it inside the
    function, so that sending never loads it.
    """

    name: str
    config: type[ConfigT]
    build: Callable[[ConfigT], Provider]
    capabilities: Capabilities
    options: type[Options] | None = None
    template_id: Callable[[object], str] = _plain_id
    call_rates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    codes: Mapping[str, Reason | None] = field(default_factory=lambda: MappingProxyType({}))
    sources: Sequence[str] = ()
    example: Example | None = None
    sandbox: Callable[[ConfigT], SandboxSide] | None = None
