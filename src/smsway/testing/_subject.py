"""The provider that is checked, made of what its author declares."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from smsway.config import Configuration, load
from smsway.model import SignatureDraft, TemplateDraft
from smsway.provider import AccountConfig, Capabilities, Provider, ProviderSpec

ACCOUNT = "checked"
"""The name of the account that is checked."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One provider with one account of it; nothing of it reaches a network.

    *settings* are the account's, as in the configuration file. *template_ids* are ids as the catalogue names them,
    *signature* and *sender* what the account may use. *plugin* registers the provider if no distribution does.
    """

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    template_ids: Sequence[object] = ()
    signature: str = "Acme"
    sender: str = ""
    template_draft: TemplateDraft = field(default_factory=lambda: TemplateDraft(text="Your code is {1}."))
    signature_draft: SignatureDraft = field(default_factory=lambda: SignatureDraft(text="Acme Shop"))
    template_change: TemplateDraft | None = None
    signature_change: SignatureDraft | None = None
    plugin: object | None = None
    lenient: bool = False

    def __repr__(self) -> str:
        return f"Subject({self.name!r})"

    @property
    def plugins(self) -> tuple[object, ...]:
        """What to register beside the installed providers."""
        return () if self.plugin is None else (self.plugin,)

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration with the one account; raises `ConfigError`."""
        return load({"accounts": {ACCOUNT: {"provider": self.name, **self.settings}}}, self.plugins)

    @cached_property
    def spec(self) -> ProviderSpec[Any]:
        """What the plugin registers."""
        account = self.configuration.accounts[ACCOUNT]
        if account.broken:
            raise AssertionError(account.broken)
        return self.configuration.plugins.providers[self.name]

    @cached_property
    def config(self) -> AccountConfig:
        """The account's validated settings."""
        config = self.configuration.accounts[ACCOUNT].config
        assert config is not None, self.configuration.accounts[ACCOUNT].broken  # noqa: S101  # what a check reports
        return config

    @property
    def capabilities(self) -> Capabilities:
        """What the provider says of its sending call."""
        return self.spec.capabilities

    def draft(self, kind: str, *, change: bool = False) -> Any:
        """Return the draft of a template or a signature, or that of a change of one."""
        return (getattr(self, f"{kind}_change") if change else None) or getattr(self, f"{kind}_draft")

    def provider(self, config: AccountConfig | None = None) -> Provider:
        """Make the provider anew."""
        return self.spec.build(config or self.config)

    def has(self, facet: type[Any]) -> bool:
        """True if the provider has *facet*, one of `smsway.provider.FACETS`."""
        return isinstance(self.provider(), facet)

    @cached_property
    def secret_fields(self) -> tuple[str, ...]:
        """The settings that hold secrets and are set."""
        values = ((name, getattr(self.config, name)) for name in type(self.config).model_fields)
        return tuple(name for name, value in values if isinstance(value, SecretStr))

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The values of the secrets."""
        return tuple(getattr(self.config, name).get_secret_value() for name in self.secret_fields)

    def with_wrong_secrets(self) -> AccountConfig:
        """Return the settings with every secret changed in one character, as somebody mistypes it."""
        wrong = {name: SecretStr(_mistyped(getattr(self.config, name))) for name in self.secret_fields}
        return self.config.model_copy(update=wrong)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The template ids as the provider gets them."""
        return tuple(self.spec.template_id(value) for value in self.template_ids)

    @property
    def package(self) -> str:
        """The import name of the package that the provider is in."""
        return self.spec.config.__module__.partition(".")[0]

    @property
    def folder(self) -> Path | None:
        """Where the package is; `None` if the provider is in a single module."""
        path = getattr(importlib.import_module(self.package), "__path__", None)
        return Path(next(iter(path))) if path else None

    @cached_property
    def sources(self) -> tuple[Path, ...]:
        """The Python files of the provider."""
        if self.folder is not None:
            return tuple(sorted(self.folder.rglob("*.py")))
        file = importlib.import_module(self.spec.config.__module__).__file__
        return (Path(file),) if file else ()


def _mistyped(secret: SecretStr) -> str:
    value = secret.get_secret_value()
    middle = len(value) // 2
    return f"{value[:middle]}{'B' if value[middle] != 'B' else 'C'}{value[middle + 1 :]}"
