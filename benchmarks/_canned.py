"""What is sent in the benchmark and what the canned server answers: one account, phones and answers per provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

FULL = 200
"""Recipients of a batch."""

NAME = "only"
"""The account of a configuration."""

_UUID = b"7f2c9a10-2d5b-4c3e-9d53-0a1b2c3d4e5f"


@dataclass(frozen=True)
class Vendor:
    """One provider of the benchmark; *echoes* tells whether an answer says whose it is.

    Its phones are *prefix* and six digits. *answer* makes of the body of a request the answer that all are accepted.
    """

    name: str
    account: Mapping[str, object]
    template: str
    prefix: str
    answer: Callable[[bytes], bytes]
    echoes: bool = True

    def phones(self, count: int = FULL) -> tuple[str, ...]:
        """Return the first *count* phones."""
        return tuple(f"{self.prefix}{number:06d}" for number in range(count))

    def configuration(self) -> dict[str, object]:
        """Return the configuration of smsway with the one account; its secrets are literals."""
        secret = ("app_key", "secret_id", "secret_key", "public_key", "private_key")
        account = {key: f"literal:{value}" if key in secret else value for key, value in self.account.items()}
        template = int(self.template) if self.template.isdigit() and self.name == "tencent-v5" else self.template
        return {
            # The documented requests per second would be all that is measured.
            "accounts": {NAME: {"provider": self.name, "rate": 1_000_000, **account}},
            "templates": {
                "login_code": {
                    "params": ["code", "minutes"],
                    "text": "Your code is {code}, valid for {minutes} minutes.",
                    "accounts": {NAME: {"id": template}},
                }
            },
            "signatures": {"default": {NAME: SIGN}},
            "routes": [{"name": "all", "accounts": [NAME]}],
        }


SIGN = "SCloud"
PARAMS = ("1234", "4")


@cache
def _repeated(item: bytes, count: int) -> bytes:
    return b",".join([item] * count)


_MOBILES = re.compile(rb'"mobile": ?"([0-9]+)"')
_EXT = re.compile(rb'"ext": ?"([^"]*)"')
_MANY = re.compile(rb'"tel": ?\[')
_DETAIL = b'{"result":0,"errmsg":"OK","fee":1,"nationcode":"86","mobile":"%b","sid":"2033:%b"}'


def _v5(body: bytes) -> bytes:
    mobiles, found = _MOBILES.findall(body), _EXT.search(body)
    ext = found[1] if found else b""
    if not _MANY.search(body):
        return b'{"result":0,"errmsg":"OK","ext":"%b","sid":"2033:%b%b","fee":1}' % (ext, ext, mobiles[0])
    told = chain.from_iterable((mobile, ext + mobile) for mobile in mobiles)
    detail = _repeated(_DETAIL, len(mobiles)) % tuple(told)
    return b'{"result":0,"errmsg":"OK","ext":"%b","detail":[%b]}' % (ext, detail)


_PHONES = re.compile(rb'"PhoneNumber": ?"([^"]*)"')
_CONTEXTS = re.compile(rb'"SessionContext": ?"([^"]*)"')
_STATUS = (
    b'{"SerialNo":"2019:%b%b","PhoneNumber":"%b","Fee":1,"SessionContext":"%b","Code":"Ok",'
    b'"Message":"send success","IsoCode":"MY"}'
)


def _global(body: bytes) -> bytes:
    phones = _PHONES.findall(body)
    contexts = _CONTEXTS.findall(body) or [b""] * len(phones)
    told = chain.from_iterable((c, phone, phone, c) for phone, c in zip(phones, contexts, strict=True))
    statuses = _repeated(_STATUS, len(phones)) % tuple(told)
    return b'{"Response":{"SendMultiStatusSet":[%b],"RequestId":"%b"}}' % (statuses, _UUID)


_USMS = (
    b'{"RetCode":0,"Action":"SendBatchUSMSMessageResponse","Message":"submit success","ReqUuid":"%b",'
    b'"SessionNo":"%b","SuccessCount":%d}'
)


def _usms(body: bytes) -> bytes:
    # The phones are in base64, and the answer does not name them.
    return _USMS % (_UUID, _UUID, 1 if len(body) < 1500 else FULL)


VENDORS = {
    vendor.name: vendor
    for vendor in (
        Vendor(
            "tencent-v5",
            {"sdk_app_id": 1400006666, "app_key": "5f03a35d00ee52a21327ab048186a2c4"},
            "19",
            "+8613788",
            _v5,
        ),
        Vendor(
            "tencent-global",
            {
                "sdk_app_id": "2400006666",
                "secret_id": "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                "secret_key": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
                "region": "ap-singapore",
            },
            "1800308",
            "+60198",
            _global,
        ),
        Vendor(
            "usms",
            {
                "project_id": "org-1",
                "public_key": "ucloudsomeone@example.com1296235120854146120",
                "private_key": "46f09bb9fab4f12dfc160dae12273d5332b5debe",
            },
            "UTA20212831C85C",
            "+8613788",
            _usms,
            echoes=False,
        ),
    )
}

ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    **{name: vendor.answer for name, vendor in VENDORS.items()},
    # What tools get that know of no provider.
    "any": lambda _: b'{"ok": true}',
}
"""What the server answers, by the name of its address."""
