"""What is left on the account: `Balance.json` (twilio-oai 2.6.7, `FetchBalance`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from smsway.provider import Balance, Exchange, Response, decode_json
from smsway_twilio._calls import Shape, ask, path_of
from smsway_twilio._config import TwilioConfig


class _Told(Shape):
    # Both may be null, as of a subaccount, which has no balance of its own; then there is nothing to tell.
    balance: Annotated[str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


_TOLD = TypeAdapter(_Told)
_RECORD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def get_balance(config: TwilioConfig) -> Exchange[Balance]:
    """Return what is left in the currency of the account; Twilio may be behind by some texts."""
    return (yield from ask(config, path_of(config, "Balance"), _read))


def _read(response: Response) -> Balance:
    record = decode_json(response, _RECORD)
    told = _TOLD.validate_python(record)
    return Balance(remaining=float(told.balance), unit=told.currency, raw=record)
