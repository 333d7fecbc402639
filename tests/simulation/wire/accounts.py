"""The three real providers, each with an account at an address where a server of the simulation listens."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from smsway.config import Configuration, load
from smsway.routing import OnUnknown

TIMEOUTS: Mapping[str, float] = MappingProxyType({"otp": 5.0, "notification": 8.0, "marketing": 8.0})

HOSTS: Mapping[str, str] = MappingProxyType({"five": "127.0.0.2", "world": "192.0.2.1", "usms": "192.0.2.2"})
"""Account -> the address of its server. The first one speaks no TLS."""

ACCOUNTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "five": {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:key"},
        "world": {
            "provider": "tencent-global",
            "sdk_app_id": "2400006666",
            "region": "ap-singapore",
            "secret_id": "literal:id",
            "secret_key": "literal:key",
        },
        "usms": {
            "provider": "usms",
            "project_id": "org-1",
            "public_key": "literal:public",
            "private_key": "literal:private",
        },
    }
)


@lru_cache
def configuration(on_unknown: OnUnknown, first: int, *, keep_alive: bool) -> Configuration:
    """Return the configuration of the three accounts; their route begins with the one at *first*."""
    order = [*ACCOUNTS, *ACCOUNTS][first : first + len(ACCOUNTS)]
    return load(
        {
            "accounts": {
                name: {
                    **account,
                    "base_url": f"http{'' if name == 'five' else 's'}://{HOSTS[name]}",
                    "allow_private": True,
                    "keep_alive": keep_alive,
                    "max_batch": 3,
                }
                for name, account in ACCOUNTS.items()
            },
            "templates": {"news": {"accounts": {name: {"id": "1"} for name in ACCOUNTS}}},
            "signatures": {"default": {"five": "Acme", "usms": "Acme"}},
            "routes": [{"name": "all", "accounts": order, "on_unknown": str(on_unknown)}],
            "timeouts": dict(TIMEOUTS),
        }
    )


def phone(number: int) -> str:
    """Return one of the phones that are texted."""
    return f"+6598{number:06d}"
