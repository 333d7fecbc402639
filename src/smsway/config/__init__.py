"""From TOML to a checked configuration, with secrets by reference."""

from smsway.config._accounts import is_loopback
from smsway.config._configuration import Configuration, load, read_toml
from smsway.config._export import json_schema

__all__ = ["Configuration", "is_loopback", "json_schema", "load", "read_toml"]
