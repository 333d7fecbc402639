"""Loads plugins by name and calls their hooks, so that a broken one disables only itself."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias, cast

import pluggy

from smsway.model import Reason, Screening
from smsway.plugins import _hookspecs
from smsway.provider import ProviderSpec

log = logging.getLogger("smsway")

PROVIDERS = "smsway.providers"
"""The entry point group of providers; an entry's name is the provider's."""

PLUGINS = "smsway.plugins"
"""The entry point group of all other plugins."""

Strategy: TypeAlias = Callable[..., Sequence[Any]]


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """An installed plugin: where it comes from, and what is wrong with it if it cannot be loaded."""

    name: str
    group: str
    distribution: str
    version: str
    error: str | None = None


class Plugins:
    """The plugins of one client.

    Nothing is loaded that is not asked for by name: *installed* is not *enabled*.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("smsway")
        self._manager.add_hookspecs(_hookspecs)
        self.providers: dict[str, ProviderSpec[Any]] = {}
        self.strategies: dict[str, Strategy] = {}
        self.broken: dict[str, str] = {}
        """What is wrong with each plugin that could not be loaded, by name."""

    def load_provider(self, name: str) -> ProviderSpec[Any] | None:
        """Return the provider *name*, loading its plugin if need be; `None` if none is installed or it is broken."""
        if name not in self.providers and name not in self.broken:
            self._load(PROVIDERS, name)
            if name not in self.providers and self._entry(PROVIDERS, name) and name not in self.broken:
                self.broken[name] = f"plugin {name!r} is installed under this name but registers no such provider"
        return self.providers.get(name)

    def load(self, name: str) -> bool:
        """Load the plugin *name*; False if none is installed or it is broken (see `broken`)."""
        return self._manager.has_plugin(name) or self._load(PLUGINS, name)

    def _entry(self, group: str, name: str) -> EntryPoint | None:
        return next(iter(entry_points(group=group, name=name)), None)

    def _load(self, group: str, name: str) -> bool:
        entry = self._entry(group, name)
        if entry is None:
            return False
        try:
            module = entry.load()
        except Exception as error:  # noqa: BLE001  # a plugin's import may fail in any way, and must harm itself only
            self._disable(name, f"{_origin(entry)} fails on import: {type(error).__name__}: {error}")
            return False
        return self.add(module, name, origin=_origin(entry))

    def add(self, plugin: object, name: str | None = None, origin: str = "given in code") -> bool:
        """Register a plugin object or module; False if it is broken (see `broken`)."""
        name = name or self._name_of(plugin)
        try:
            self._manager.register(plugin, name)
            # A function that is marked as an implementation of a hook that does not exist is a misspelling.
            self._manager.check_pending()
            providers, strategies = self._registrations(plugin)
        except Exception as error:  # noqa: BLE001  # as above
            if self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            self._disable(name, f"{origin} cannot be used: {type(error).__name__}: {error}")
            return False
        self.providers.update(providers)
        self.strategies.update(strategies)
        log.debug("loaded plugin %s (%s)", name, origin)
        return True

    def _name_of(self, plugin: object) -> str:
        """Return the name of the module or class of *plugin*, numbered if another plugin has it."""
        name = getattr(plugin, "__name__", None) or type(plugin).__name__
        numbered = (f"{name}-{number}" for number in itertools.count(2))
        return next(each for each in itertools.chain([name], numbered) if not self._manager.has_plugin(each))

    def _registrations(self, plugin: object) -> tuple[dict[str, ProviderSpec[Any]], dict[str, Strategy]]:
        providers: dict[str, ProviderSpec[Any]] = {}
        strategies: dict[str, Strategy] = {}

        def register_provider(spec: ProviderSpec[Any]) -> None:
            if not isinstance(spec, ProviderSpec):
                raise TypeError(f"register() takes a ProviderSpec, not {type(spec).__name__}")
            if spec.name in self.providers or spec.name in providers:
                raise ValueError(f"provider {spec.name!r} is registered already")
            providers[spec.name] = spec

        def register_strategy(name: str, strategy: Strategy) -> None:
            if name in self.strategies or name in strategies:
                raise ValueError(f"strategy {name!r} is registered already")
            strategies[name] = strategy

        for hook, register in (("register_providers", register_provider), ("register_strategies", register_strategy)):
            for implementation in self._implementations(hook):
                if implementation.plugin is plugin:
                    implementation.function(register)
        return providers, strategies

    def _implementations(self, hook: str) -> Iterator[pluggy.HookImpl]:
        implementations: list[pluggy.HookImpl] = getattr(self._manager.hook, hook).get_hookimpls()
        return reversed(implementations)

    def _disable(self, name: str, error: str) -> None:
        self.broken[name] = f"plugin {name!r} ({error})"
        log.warning("%s", self.broken[name])

    def resolve_secret(self, reference: str) -> str | None:
        """Ask the plugins for a secret; `None` if none knows *reference*, `ValueError` if one fails."""
        for implementation in self._implementations("resolve_secret"):
            given: dict[str, Any] = {"reference": reference} if "reference" in implementation.argnames else {}
            try:
                secret = cast("str | None", implementation.function(**given))
            except Exception as error:  # noqa: BLE001  # its text and traceback may hold the secret
                failed = f"cannot be resolved: plugin {implementation.plugin_name} failed with {type(error).__name__}"
            else:
                if secret is not None:
                    return secret
                continue
            raise ValueError(failed)
        return None

    @property
    def screens(self) -> bool:
        """True if any plugin screens messages."""
        return bool(self._manager.hook.screen_message.get_hookimpls())

    def screen(self, screening: Screening) -> tuple[Reason, str] | None:
        """Return the first veto with what vetoed, or `None`; a plugin that fails vetoes."""
        for implementation in self._implementations("screen_message"):
            arguments = {"screening": screening} if "screening" in implementation.argnames else {}
            try:
                reason = implementation.function(**arguments)
                reason = reason if reason is None else Reason(str(reason))
            except Exception as error:  # noqa: BLE001  # fail closed: the recipient may have opted out
                _log_failure(implementation.plugin_name, "screen_message", error)
                return Reason.SCREENED, f"plugin {implementation.plugin_name} failed"
            if reason is not None:
                return reason, f"plugin {implementation.plugin_name}"
        return None

    def notify(self, hook: str, event: object) -> None:
        """Tell every observer of *hook*; one that raises stops nobody."""
        for implementation in self._implementations(hook):
            arguments = {"event": event} if "event" in implementation.argnames else {}
            try:
                implementation.function(**arguments)
            except Exception as error:  # noqa: BLE001  # an observer only watches
                _log_failure(implementation.plugin_name, hook, error)

    def observes(self, hook: str) -> bool:
        """True if any plugin implements *hook*."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())


def _log_failure(plugin: str, hook: str, error: Exception) -> None:
    # The error's text and traceback may hold the event: phones and references.
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    line = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else "?"
    log.error("plugin %s failed in %s: %s at %s", plugin, hook, type(error).__name__, line)


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def installed(groups: Iterable[str] = (PROVIDERS, PLUGINS)) -> list[PluginInfo]:
    """List the installed plugins, each tried in isolation so that its error is known."""
    found = []
    for group in groups:
        for entry in sorted(entry_points(group=group), key=lambda each: each.name):
            plugins = Plugins()
            if group == PROVIDERS:
                plugins.load_provider(entry.name)
            else:
                plugins.load(entry.name)
            dist = entry.dist
            found.append(
                PluginInfo(
                    entry.name,
                    group,
                    dist.name if dist else entry.value,
                    dist.version if dist else "",
                    plugins.broken.get(entry.name),
                )
            )
    return found
