"""A configuration of the three real providers that a test changes, and the problems that it then has."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from smsway import ConfigError
from smsway.config import load

GOOD: dict[str, Any] = {
    "region": "CN",
    "accounts": {
        "cn": {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:5f03a35d00ee52a2"},
        "world": {
            "provider": "tencent-global",
            "region": "ap-singapore",
            "sdk_app_id": "2400006666",
            "secret_id": "literal:AKIDz8",
            "secret_key": "literal:Gu5t9x",
        },
        "backup": {
            "provider": "usms",
            "project_id": "org-1",
            "public_key": "literal:pub",
            "private_key": "literal:priv",
        },
    },
    "timeouts": {"otp": 5},
    "templates": {
        "login_code": {
            "params": ["code", "minutes"],
            "text": "Your code is {code}, valid for {minutes} minutes.",
            "accounts": {
                "cn": {"id": 19},
                "world": {"id": "1800308", "params": ["code"]},
                "backup": {"id": "UTA20212831C85C"},
            },
        }
    },
    "signatures": {"default": {"cn": "Tencent Cloud", "backup": "SCloud"}},
    "senders": {"default": {"world": "ACME"}},
    "prices": {"cn": {"CN": 0.05, "*": 0.3}},
    "routes": [
        {"name": "mainland", "when": {"countries": ["CN"]}, "accounts": ["cn", "backup"]},
        {
            "name": "night",
            "when": {"time": {"from": "22:00", "to": "06:00", "zone": "Asia/Shanghai", "days": ["mon"]}, "share": 0.5},
            "accounts": {"world": 3, "backup": 1},
            "strategy": "weighted",
            "on_unknown": "resend",
        },
        {"name": "world", "accounts": ["world", "backup"]},
    ],
}


@pytest.fixture
def good() -> dict[str, Any]:
    return copy.deepcopy(GOOD)


@pytest.fixture
def change(good) -> Callable[..., dict[str, Any]]:
    """Set the value at a path such as `accounts.cn.app_key`; `...` takes the key out."""

    def set_(path: str, value: object) -> dict[str, Any]:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        owner: Any = good
        for part in parents:
            owner = owner[part] if isinstance(owner, list) else owner.setdefault(part, {})
        if value is ...:
            del owner[last]
        else:
            owner[last] = value
        return good

    return set_


@pytest.fixture
def problems() -> Callable[..., dict[str, str]]:
    """Load what must fail, and return what is wrong by key path."""

    def load_(source: object, **options: Any) -> dict[str, str]:
        with pytest.raises(ConfigError) as caught:
            load(source, **options)
        return {problem.where: problem.what for problem in caught.value.problems}

    return load_
