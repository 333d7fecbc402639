"""Reads the configuration file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from smsway.model import ConfigError, Problem


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises `ConfigError` if it is missing or malformed."""
    try:
        # Some editors put a byte order mark in front.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        what = "cannot be read: there is no such file; `smsway init` writes one, and `--config` names another"
    except OSError as error:
        what = f"cannot be read: {error.strerror or type(error).__name__}"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = f"is not TOML: {error}"
    raise ConfigError([Problem(str(path), what)])
