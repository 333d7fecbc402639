"""Loads plugins by name and calls their hooks, so that a broken one disables only itself."""

from __future__ import annotations

import inspect
import itertools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeAlias, cast

import pluggy

from smsway.model import Reason, Screening, Veto, one_line
from smsway.plugins import _hookspecs
from smsway.provider import ProviderSpec

log = logging.getLogger("smsway")

PROVIDERS = "smsway.providers"
"""The entry point group of providers; an entry's name is the provider's."""

PLUGINS = "smsway.plugins"
"""The entry point group of all other plugins."""

Strategy: TypeAlias = Callable[..., Sequence[Any]]

HOOKS = tuple(name for name, each in vars(_hookspecs).items() if inspect.isfunction(each))
"""The names of all hooks."""

BUILT_IN = frozenset({"priority", "weighted", "round_robin", "least_cost"})
"""The names of the strategies that smsway brings, which no plugin may take."""

_REASONS = frozenset(Reason)

LONGEST_DETAIL = 256
"""Characters of a plugin's own words in an outcome, at most."""

_FAILURES = (Exception, SystemExit)
"""What loading a plugin may raise; a script that was made a plugin by mistake calls `sys.exit` on import."""


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
            if name not in self.providers and name in names(PROVIDERS) and name not in self.broken:
                self.broken[name] = f"plugin {name!r} is installed under this name but registers no such provider"
        return self.providers.get(name)

    def load(self, name: str) -> bool:
        """Load the plugin *name*; False if none is installed or it is broken (see `broken`)."""
        return self._manager.has_plugin(name) or self._load(PLUGINS, name)

    def _load(self, group: str, name: str) -> bool:
        entries = tuple(entry_points(group=group, name=name))
        if not entries:
            return False
        if len(entries) > 1:
            # Whoever is found first would get the account's keys, and any distribution can take any name.
            claims = " and ".join(sorted(map(_origin, entries)))
            self._disable(name, f"{claims} both bring it; uninstall what you do not mean")
            return False
        entry = entries[0]
        try:
            module = entry.load()
        except _FAILURES as error:
            self._disable(name, f"{_origin(entry)} fails on import: {type(error).__name__}: {error}")
            return False
        return self.add(module, name, origin=_origin(entry))

    def add(self, plugin: object, name: str | None = None, origin: str = "given in code") -> bool:
        """Register a plugin object or module; False if it is broken (see `broken`)."""
        name = name or self._name_of(plugin)
        try:
            self._manager.register(plugin, name)
            self._check_hooks(plugin)
            providers, strategies = self._registrations(plugin)
        except _FAILURES as error:
            if self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
            self._disable(name, f"{origin} cannot be used: {type(error).__name__}: {error}")
            return False
        self.providers.update(providers)
        self.strategies.update(strategies)
        log.info("loaded plugin %s (%s)", name, origin)
        return True

    def _name_of(self, plugin: object) -> str:
        """Return the name of the module or class of *plugin*, numbered if another plugin has it."""
        name = getattr(plugin, "__name__", None) or type(plugin).__name__
        numbered = (f"{name}-{number}" for number in itertools.count(2))
        names = itertools.chain([name], numbered)
        return next(each for each in names if not self._manager.has_plugin(each) and each not in self.broken)

    def _check_hooks(self, plugin: object) -> None:
        """Raise `TypeError` if *plugin* has a function that was meant for a hook and would never be called."""
        if isinstance(plugin, str):
            raise TypeError(f"{plugin!r} is a name, which belongs under `plugins` in the configuration, not an object")
        implemented = {hook.name: hook for hook in self._manager.get_hookcallers(plugin) or ()}
        for name, hook in implemented.items():
            if not hook.has_spec():
                close = get_close_matches(name, HOOKS, 1)
                way = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(HOOKS)}"
                raise TypeError(f"there is no hook {name!r}; {way}")
        for name in HOOKS:
            if name not in implemented and callable(inspect.getattr_static(plugin, name, None)):
                raise TypeError(f"{name} lacks @hookimpl, so it implements no hook")
        if not implemented:
            raise TypeError(f"it implements no hook; mark functions with @hookimpl that are called {', '.join(HOOKS)}")

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
            if name in BUILT_IN:
                raise ValueError(f"strategy {name!r} is built in; take another name")
            if name in self.strategies or name in strategies:
                raise ValueError(f"strategy {name!r} is registered already")
            strategies[name] = strategy

        for hook, register in (("register_providers", register_provider), ("register_strategies", register_strategy)):
            for implementation in self._implementations(hook):
                if implementation.plugin is plugin:
                    _call(implementation, register=register)
        return providers, strategies

    def _implementations(self, hook: str) -> Iterator[pluggy.HookImpl]:
        implementations: list[pluggy.HookImpl] = getattr(self._manager.hook, hook).get_hookimpls()
        return reversed(implementations)

    def _disable(self, name: str, error: str) -> None:
        self.broken[name] = f"plugin {name!r} ({one_line(error)})"
        log.warning("%s", self.broken[name])

    def resolve_secret(self, reference: str) -> str | None:
        """Ask the plugins for a secret; `None` if none knows *reference*, `ValueError` if one fails."""
        for implementation in self._implementations("resolve_secret"):
            try:
                secret = cast("str | None", _call(implementation, reference=reference))
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

    def screen(self, screening: Screening) -> Veto | None:
        """Return the first veto, whose detail names the plugin, or `None`; a plugin that fails vetoes."""
        for implementation in self._implementations("screen_message"):
            name = implementation.plugin_name
            try:
                returned = _call(implementation, screening=screening)
            except Exception as error:  # noqa: BLE001  # fail closed: the recipient may have opted out
                _log_failure(name, "screen_message", error)
                return Veto(Reason.SCREENED, f"plugin {name} failed")
            if returned is None:
                continue
            veto = _veto(returned)
            if veto is None:
                _log_answer(name, returned)
                return Veto(Reason.SCREENED, f"plugin {name} failed")
            said = f": {one_line(veto.detail)[:LONGEST_DETAIL]}" if veto.detail else ""
            return Veto(Reason(veto.reason), f"plugin {name}{said}", veto.until)
        return None

    def notify(self, hook: str, event: object) -> None:
        """Tell every observer of *hook*; one that raises stops nobody."""
        for implementation in self._implementations(hook):
            try:
                _call(implementation, event=event)
            except Exception as error:  # noqa: BLE001  # an observer only watches
                _log_failure(implementation.plugin_name, hook, error)

    def observes(self, hook: str) -> bool:
        """True if any plugin implements *hook*."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())


def _veto(returned: object) -> Veto | None:
    """Return what a screening returned as a veto; `None` if it is none."""
    veto = returned if isinstance(returned, Veto) else Veto(cast("Reason", returned))
    is_reason = isinstance(veto.reason, str) and veto.reason in _REASONS
    is_time = veto.until is None or (isinstance(veto.until, (int, float)) and math.isfinite(veto.until))
    return veto if is_reason and is_time and isinstance(veto.detail, str) else None


def _call(implementation: pluggy.HookImpl, **given: object) -> Any:
    """Call *implementation* with those of the arguments that it names."""
    return implementation.function(**{name: given[name] for name in implementation.argnames})


def _log_answer(plugin: str, returned: object) -> None:
    # A text may hold a phone.
    shown = repr(returned) if isinstance(returned, bool) else f"a value of type {type(returned).__name__}"
    log.error("plugin %s failed in screen_message: it returned %s; it must be a Reason, a Veto or None", plugin, shown)


def _log_failure(plugin: str, hook: str, error: Exception) -> None:
    # The error's text and traceback may hold the event: phones and references.
    log.error("plugin %s failed in %s: %s at %s", plugin, hook, type(error).__name__, place_of(error))


def place_of(error: BaseException) -> str:
    """Return the file and the line where *error* was raised, which is what may be told of one that holds secrets."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else "?"


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def names(group: str) -> list[str]:
    """Return the names of the installed plugins of *group*, importing none of them."""
    return sorted(entry_points(group=group).names)


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
