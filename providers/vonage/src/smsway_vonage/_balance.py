"""`GET /account/get-balance` on the wire (`definitions/account.yml` 1.0.3 in github.com/Nexmo/api-specification)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from smsway.provider import Balance, Exchange, InvalidCall, Reason, Request, Response, decode_json, decoding, refused
from smsway_vonage._config import VonageConfig
from smsway_vonage._wire import basic

_SAID: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class _Left(BaseModel):
    model_config = ConfigDict(strict=True)

    value: float


class _Refusal(BaseModel):
    model_config = ConfigDict(strict=True)

    code: str = Field(alias="error-code")
    label: str | None = Field(None, alias="error-code-label")


def get_balance(config: VonageConfig) -> Exchange[Balance]:
    """Ask what is left, in EUR; raises `InvalidCall` for an account without `api_secret`, as only sending is signed."""
    if config.api_secret is None:
        raise InvalidCall("the account has no api_secret, without which the vendor tells no balance; set it")
    response = yield Request(
        f"{config.base_url}/account/get-balance", {"Authorization": basic(config, config.api_secret)}, b"", "GET"
    )
    return _decode(response)


def _decode(response: Response) -> Balance:
    with decoding(response):
        response.require_fresh("a balance")
        said = decode_json(response, _SAID)
        if response.status == HTTPStatus.UNAUTHORIZED:
            refusal = _Refusal.model_validate(said)
            raise refused(Reason.AUTHENTICATION, refusal.code, refusal.label)
        return Balance(remaining=_Left.model_validate(said).value, unit="EUR", raw=said)
