"""A configuration of the three real providers that a test changes, and the problems that it then has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smsway import ConfigError
from smsway.config import load


@pytest.fixture
def good(configuration) -> dict[str, Any]:
    """Return the configuration with something in every part of it."""
    night = {
        "name": "night",
        "when": {"time": {"from": "22:00", "to": "06:00", "zone": "Asia/Shanghai", "days": ["mon"]}, "share": 0.5},
        "accounts": {"world": 3, "backup": 1},
        "strategy": "weighted",
        "on_unknown": "resend",
    }
    configuration["routes"].insert(1, night)
    return configuration | {
        "timeouts": {"otp": 5},
        "senders": {"default": {"world": "ACME"}},
        "prices": {"cn": {"CN": 0.05, "*": 0.3}},
        "reports": {"store": "reports.db", "keep_days": 7},
        "webhooks": {
            "trusted_proxies": ["127.0.0.1/32"],
            "body_limit": 1000,
            "accounts": {
                "cn": {
                    "secrets": [f"literal:{'new-' * 8}", f"literal:{'0ld.' * 16}"],
                    "username": "tencent",
                    "password": "literal:open-sesame",
                    "allow": ["203.0.113.0/24", "2001:db8::/32"],
                }
            },
        },
    }


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
