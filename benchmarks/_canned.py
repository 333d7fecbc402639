"""What is sent in the benchmark and what the canned server answers: one account, phones and answers per provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

FULL = 200
"""Recipients of a batch."""

NONCE = b"@" * 20
"""Stands in an answer for the reference of the request that it answers, also in the message ids: each is new."""

_UUID = "7f2c9a10-2d5b-4c3e-9d53-0a1b2c3d4e5f"


@dataclass(frozen=True)
class Vendor:
    """One provider of the benchmark; *marker* precedes the reference in a request, `None` if nothing is echoed."""

    name: str
    account: Mapping[str, object]
    template: Mapping[str, object]
    phones: tuple[str, ...]
    one: bytes
    full: bytes
    marker: bytes | None

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a request for one phone or for all, by its size, with its reference in it."""
        canned = self.one if len(body) < 1500 else self.full
        if self.marker is None:
            return canned
        start = body.index(self.marker) + len(self.marker)
        return canned.replace(NONCE, body[start : start + len(NONCE)])


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _v5() -> Vendor:
    mobiles = [f"13788{number:06d}" for number in range(FULL)]
    ok = {"result": 0, "errmsg": "OK", "fee": 1}
    ext = NONCE.decode()
    detail = [{**ok, "nationcode": "86", "mobile": mobile, "sid": f"2033:{ext}{mobile}"} for mobile in mobiles]
    return Vendor(
        "tencent-v5",
        {"sdk_app_id": 1400006666, "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4"},
        {"id": 19},
        tuple(f"+86{mobile}" for mobile in mobiles),
        _json({**ok, "ext": ext, "sid": f"2033:{ext}"}),
        _json({"result": 0, "errmsg": "OK", "ext": ext, "detail": detail}),
        b'"ext":"',
    )


def _global() -> Vendor:
    phones = [f"+6019889{number:04d}" for number in range(FULL)]
    results = [
        {
            "Code": "Ok",
            "Fee": 1,
            "IsoCode": "MY",
            "Message": "send success",
            "PhoneNumber": phone,
            "SerialNo": f"2019:{NONCE.decode()}{index}",
            "SessionContext": f"{NONCE.decode()}-{index}",
        }
        for index, phone in enumerate(phones)
    ]

    def envelope(count: int) -> bytes:
        return _json({"Response": {"SendMultiStatusSet": results[:count], "RequestId": _UUID}})

    return Vendor(
        "tencent-global",
        {
            "sdk_app_id": "2400006666",
            "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
            "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            "region": "ap-singapore",
            # The documented ten requests per second would be all that is measured.
            "rate": 100_000,
        },
        {"id": "1800308"},
        tuple(phones),
        envelope(1),
        envelope(FULL),
        b'"SessionContext":"',
    )


def _usms() -> Vendor:
    head = {"RetCode": 0, "Action": "SendBatchUSMSMessageResponse", "Message": "submit success", "ReqUuid": _UUID}
    return Vendor(
        "usms",
        {
            "project_id": "org-1",
            "public_key": "literal:ucloudsomeone@example.com1296235120854146120",
            "private_key": "literal:46f09bb9fab4f12dfc160dae12273d5332b5debe",
        },
        {"id": "UTA20212831C85C"},
        tuple(f"+8613788{number:06d}" for number in range(FULL)),
        _json({**head, "SessionNo": _UUID, "SuccessCount": 1}),
        _json({**head, "SessionNo": _UUID, "SuccessCount": FULL}),
        None,
    )


VENDORS = (_v5(), _global(), _usms())
