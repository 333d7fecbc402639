"""A configuration as tests take it: with made-up secrets, and with nothing that is kept."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smsway.config import read_toml
from smsway.testing._fake import NAME

MADE_UP = "literal:made-up-for-a-test"

_REFERENCE = re.compile(r"[a-z][a-z0-9+.-]*:(?!//)\S+")
_KEPT = ("reports", "outbox", "webhooks")

DEFAULT: Mapping[str, Any] = {"accounts": {"fake": {"provider": NAME}}}
"""One account, of a provider that takes anything to anywhere."""


def for_tests(source: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration *source*, a file or a mapping, as a test can use it anywhere.

    Accounts have made-up secrets, so that no variable has to be set; stores are those in memory. Raises `ConfigError`
    if the file cannot be read.
    """
    table = copy.deepcopy(dict(source)) if isinstance(source, Mapping) else read_toml(Path(source))
    for account in table.get("accounts", {}).values():
        for setting, value in account.items():
            if isinstance(value, str) and setting != "base_url" and _REFERENCE.fullmatch(value):
                account[setting] = MADE_UP
    for section in _KEPT:
        table.pop(section, None)
    return table
