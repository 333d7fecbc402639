"""Plugins: what they may hook into, and how they are loaded by name, each in isolation."""

from smsway.plugins._hookspecs import hookspec
from smsway.plugins._registry import PROVIDERS, PluginInfo, Plugins, Strategy, installed

__all__ = ["PROVIDERS", "PluginInfo", "Plugins", "Strategy", "hookspec", "installed"]
