"""From TOML to a checked configuration, with secrets by reference."""

from smsway.config._configuration import Configuration, load
from smsway.config._export import json_schema
from smsway.config._file import read_toml
from smsway.config._hosts import is_loopback, is_public
from smsway.config._outbox import OutboxSettings
from smsway.config._webhooks import ReportsSettings, WebhookAccount, WebhookSettings

__all__ = [
    "Configuration",
    "OutboxSettings",
    "ReportsSettings",
    "WebhookAccount",
    "WebhookSettings",
    "is_loopback",
    "is_public",
    "json_schema",
    "load",
    "read_toml",
]
