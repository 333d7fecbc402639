"""Plugins: what they may hook into, and how they are loaded by name, each in isolation."""

from smsway.plugins._hookspecs import hookspec
from smsway.plugins._registry import (
    BUILT_IN,
    HOOKS,
    PLUGINS,
    PROVIDERS,
    PluginInfo,
    Plugins,
    Strategy,
    installed,
    names,
    place_of,
)

__all__ = [
    "BUILT_IN",
    "HOOKS",
    "PLUGINS",
    "PROVIDERS",
    "PluginInfo",
    "Plugins",
    "Strategy",
    "hookspec",
    "installed",
    "names",
    "place_of",
]
