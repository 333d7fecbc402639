"""What a vendor keeps about an account: templates, signatures, statistics and the balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from smsway.model._message import Kind
from smsway.model._reason import Reason

T = TypeVar("T")


class Review(StrEnum):
    """How far the vendor's review of a template or signature is."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISABLED = "disabled"
    """It was approved once, and may not be used now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDraft:
    """A template to submit for review.

    *text* has the vendor's numbered placeholders, `{1}`, `{2}` and so on. *remark* tells the reviewer what it is for.
    *international* says that it is for phones outside of the vendor's home country. *options* are the provider's own
    extras, validated by it.
    """

    text: str
    kind: Kind = Kind.NOTIFICATION
    name: str = ""
    remark: str = ""
    international: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateInfo:
    """A template as the vendor has it.

    *detail* are the reviewer's words. *kind* is `None` where the vendor does not tell, or has a word of its own.
    *created_at* is in seconds since the epoch (UTC). What an answer leaves out is `None`, *text* empty. *raw* is the
    vendor's record as it came.
    """

    id: str
    review: Review
    text: str = ""
    kind: Kind | None = None
    name: str | None = None
    detail: str | None = None
    international: bool | None = None
    created_at: float | None = None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDraft:
    """A signature to submit for review; *text* is without brackets.

    *picture* are the bytes of an image that proves the right to it. *options* are the provider's own extras, validated
    by it.
    """

    text: str
    remark: str = ""
    picture: bytes | None = field(default=None, repr=False)
    international: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureInfo:
    """A signature as the vendor has it; fields as in `TemplateInfo`."""

    id: str
    review: Review
    text: str = ""
    detail: str | None = None
    international: bool | None = None
    created_at: float | None = None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the *items* of a list.

    *next* is what to ask with for those that follow, `None` after the last. *total* is how many there are in all,
    where the vendor tells.
    """

    items: Sequence[T]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStatistics:
    """How many texts were handed to the vendor from *since* to *until* (seconds since the epoch, UTC).

    *accepted* are those of *requested* that it took, *billed* the parts that it bills. `None` where it does not tell.
    """

    since: float
    until: float
    requested: int | None
    accepted: int | None
    billed: int | None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatistics:
    """What became of the texts that the vendor took from *since* to *until* (seconds since the epoch, UTC).

    *accepted* texts, of which *reported* have a report; *delivered* and *undelivered* are those that say so.
    *failures* counts the undelivered ones by neutral reason. `None` where the vendor does not tell.
    """

    since: float
    until: float
    accepted: int | None
    reported: int | None
    delivered: int | None
    undelivered: int | None
    failures: Mapping[Reason, int] = field(default_factory=dict)
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateStatistics:
    """What the vendor counts for the texts of one template from *since* to *until* (seconds since the epoch, UTC).

    *template_id* is the vendor's; the counts are as in `SendStatistics` and `DeliveryStatistics`.
    """

    template_id: str
    since: float
    until: float
    requested: int | None
    accepted: int | None
    billed: int | None
    reported: int | None
    delivered: int | None
    undelivered: int | None
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is left on an account: *remaining* in *unit*, which is `texts` or a currency (ISO 4217)."""

    remaining: float
    unit: str
    account: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
