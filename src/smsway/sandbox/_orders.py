"""What a tester can order, validated: the same models stand behind the methods and behind the control API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypedDict, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from smsway.model import Problem, Reason, SmswayError, parse_phone
from smsway.sandbox._faults import FAULTS, Fault, Level
from smsway.sandbox._strikes import Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EVERY = "*"
"""The account that stands for all accounts."""

VendorId: TypeAlias = Annotated[str, Field(coerce_numbers_to_str=True)]
"""An id of the vendor, which may be a number to it."""

_LONGEST = 1e9
_UNSAID = frozenset({"phones", "phone", "url"})


class SandboxError(SmswayError, ValueError):
    """The sandbox was asked for something that it cannot do; `problems` names each field and the way out."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def choices(names: Sequence[str] | Mapping[str, object]) -> str:
    """Return the way out of an unknown name."""
    return f"choose from {', '.join(map(repr, names))}" if names else "it takes none"


def shown(value: object) -> str:
    """Show a wrong value, cut short, and masked if it could be a phone."""
    text = repr(value)[:60]
    return re.sub(r"\d", "*", text) if sum(map(str.isdigit, text)) >= 7 else text


class Order(BaseModel):
    """Anything ordered; unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the fields together."""
        return []


class Limited(Order):
    """An order that holds for some requests only.

    *account* is a name or `*`. It ends after *times* strikes or *seconds*, whichever is first, and strikes by
    chance if there is a *share*. With *phones* (E.164) it strikes only those.
    """

    account: str = EVERY
    times: PositiveInt | None = None
    seconds: PositiveFloat | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: int = 0
    phones: frozenset[Annotated[str, AfterValidator(parse_phone)]] = frozenset()


def _known(name: str) -> str:
    if name not in FAULTS:
        raise ValueError(f"unknown fault; {choices(FAULTS)}")
    return name


class Injection(Limited):
    """Let a fault strike; the settings a fault takes stand in `FAULTS`."""

    fault: Annotated[str, AfterValidator(_known)]
    processed: bool | None = None
    retry_after: NonNegativeInt | None = None
    delay: NonNegativeFloat | None = None
    interval: PositiveFloat | None = None
    status: Literal[302, 307] | None = None

    def turned(self) -> dict[str, object]:
        """Return the settings that are given."""
        return self.model_dump(include={dial.name for dial in fields(Settings)}, exclude_none=True)

    def struck(self) -> Fault:
        """Return the fault as it strikes."""
        kind = FAULTS[self.fault]
        return Fault(kind, _SETTINGS.validate_python(asdict(kind.settings) | self.turned()))

    def problems(self) -> list[Problem]:
        """Return the fields that this fault does not take."""
        kind = FAULTS[self.fault]
        takes = f"it takes {', '.join(kind.takes)}" if kind.takes else "it takes no settings"
        wrong = [name for name in self.turned() if name not in kind.takes]
        if self.fault == "refuse":
            # Nobody counts the connections that the operating system refuses.
            takes = "it is limited by account and seconds only"
            wrong += [name for name in ("times", "share", "phones") if getattr(self, name)]
        elif kind.level is Level.CONNECTION and self.phones:
            takes = "it strikes before any request is read"
            wrong.append("phones")
        return [Problem(name, f"means nothing to the fault {self.fault!r}; {takes}") for name in wrong]


_SETTINGS = TypeAdapter(Settings)


class Refusal(Limited):
    """Let the vendor refuse recipients: *phones*, or a *share* of all phones, or all of them.

    A share is a property of the phone, not of the request: the same phones are refused every time.
    """

    reason: Reason


class DeliveryFailure(Refusal):
    """Let texts be accepted and not arrive, for this reason: those to *phones*, to a *share* of them, or all.

    It is decided when a text is accepted, and told by its report.
    """


class BalanceOrder(Order):
    """Set the balance of an account; `None` sets no limit."""

    account: str
    balance: int | None


class RateOrder(Order):
    """Set the requests per second of an account; `None` sets no limit."""

    account: str
    rate: PositiveFloat | None


class ClockOrder(Order):
    """Set how many seconds the vendor's clock is ahead (behind, if negative)."""

    account: str = EVERY
    offset: FiniteFloat


class ReviewOrder(Order):
    """Decide about a *template* or a *signature* (the vendor's id), with the reviewer's *words*."""

    account: str
    template: VendorId | None = None
    signature: VendorId | None = None
    approve: bool = True
    words: str = ""

    def problems(self) -> list[Problem]:
        """Tell unless exactly one thing is to be decided."""
        if (self.template is None) == (self.signature is None):
            return [Problem("template", "give either the id of a template or, as `signature`, that of a signature")]
        return []


class ReportDelayOrder(Order):
    """Set how long after a text its report falls due; `None` means never. It holds for texts accepted from now on."""

    account: str = EVERY
    seconds: NonNegativeFloat | None


class InboundOrder(Order):
    """Let a phone (E.164) text the account's number."""

    phone: Annotated[str, AfterValidator(parse_phone)]
    text: str
    account: str
    extension: str = ""
    signature: str = ""


class PushOrder(Order):
    """Let reports and messages from phones be posted to *url* from now on; `None` lets them be pulled."""

    account: str
    url: str | None


class AdvanceOrder(Order):
    """Let time pass at once."""

    seconds: Annotated[float, Field(ge=0, le=_LONGEST)]


class Limits(TypedDict, total=False):
    """The keyword arguments that every limited order takes; see `Limited`."""

    account: str
    times: int | None
    seconds: float | None
    share: float | None
    seed: int
    phones: Sequence[str]


class FaultLimits(Limits, total=False):
    """The keyword arguments of an injection; see `Injection`."""

    processed: bool
    retry_after: int
    delay: float
    interval: float
    status: int


OrderT = TypeVar("OrderT", bound=Order)


def read(shape: type[OrderT], given: object) -> OrderT:
    """Return *given* as an order of this *shape*; raises `SandboxError`, which quotes no phone."""
    try:
        order = shape.model_validate(given)
    except ValidationError as error:
        problems = [_problem(each, shape) for each in error.errors(include_url=False)]
    else:
        problems = order.problems()
    if problems:
        raise SandboxError(problems)
    return order


def _problem(error: ErrorDetails, shape: type[Order]) -> Problem:
    where = ".".join(map(str, error["loc"])) or "body"
    if error["type"] == "extra_forbidden":
        return Problem(shown(where).strip("'"), f"unknown field; {choices(shape.model_fields)}")
    if error["type"] == "model_type":
        return Problem(where, f"must be an object, whose fields you {choices(shape.model_fields)}")
    if error["type"] == "missing":
        return Problem(where, "is required")
    what = error["msg"].removeprefix("Value error, ")
    if not _UNSAID.isdisjoint(error["loc"]):
        return Problem(where, what)
    return Problem(where, f"{what}; got {shown(error['input'])}")
