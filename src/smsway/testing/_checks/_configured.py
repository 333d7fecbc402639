"""Checks of the settings: complete, strict, documented, and silent about their secrets."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from smsway.config import load
from smsway.config._problems import secret_fields
from smsway.model import ConfigError
from smsway.provider import AccountConfig, Options
from smsway.testing._checks._declared import Declared
from smsway.testing._subject import ACCOUNT

_SECRET_NAME = re.compile(r"(^|_)(secret|token|password|passphrase|credential|app_key|private_key|api_key)(_key)?$")
_RUBBISH: tuple[object, ...] = (None, "", " ", -1, 1.5, True, [], {}, object())


class ConfiguredChecks(Declared):
    """What holds for `ProviderSpec.config`, `options` and `template_id`."""

    def test_the_declared_settings_make_an_account(self) -> None:
        """What a reader of the documentation writes is enough.

        If it fails: the error names the setting.
        """
        assert isinstance(self.subject.config, AccountConfig), "ProviderSpec.config does not extend AccountConfig"

    def test_the_default_address_is_the_vendors_and_encrypted(self) -> None:
        """`base_url` has the vendor's https address as its default; nobody has to look it up.

        If it fails: write `base_url: str = "https://..."`.
        """
        default = type(self.subject.config).model_fields["base_url"].default

        assert isinstance(default, str) and default.startswith("https://"), "base_url has no https address as default"

    def test_unknown_settings_are_refused(self) -> None:
        """A misspelt setting that is ignored is one that silently does nothing.

        If it fails: leave `extra="forbid"` as `AccountConfig` has it.
        """
        try:
            self._load(no_such_setting=1)
        except ConfigError as error:
            assert "no_such_setting" in str(error), "the error about an unknown setting does not name it"
        else:
            pytest.fail("an unknown setting is ignored")

    def test_each_setting_that_is_required_is_named_when_it_is_missing(self) -> None:
        """The error says which one.

        If it fails: declare the setting without a default, rather than checking for it later.
        """
        required = [name for name, field in type(self.subject.config).model_fields.items() if field.is_required()]

        for name in required:
            try:
                self._load(drop=name)
            except ConfigError as error:
                named = re.search(rf"\b{name}\b", str(error))
                assert named, f"the error about the missing setting {name} does not name it"
            else:
                pytest.fail(f"setting {name} is required, and nobody notices that it is missing")

    def test_secrets_are_declared_as_secrets(self) -> None:
        """A key, token or password is a `Credential`, so that its value is never shown.

        If it fails: the message names the setting; declare it as `Credential`.
        """
        for name in type(self.subject.config).model_fields:
            shown = name not in self.subject.secret_fields and getattr(self.subject.config, name) is not None
            if shown and _SECRET_NAME.search(name):
                pytest.fail(f"setting {name} is a secret by its name; declare it as Credential")

    def test_secrets_that_are_copied_with_white_space_are_refused(self) -> None:
        """A space or a line break copied along is the usual cause of a wrong signature.

        If it fails: declare the setting as `Credential` rather than `SecretStr`.
        """
        self.need(self.subject.secret_fields, "it has no secrets")
        for name, value in zip(self.subject.secret_fields, self.subject.secrets, strict=True):
            for bad in ("", " ", f" {value}", f"{value}\n"):
                try:
                    self._load(**{name: f"literal:{bad}"})
                except ConfigError as error:
                    assert name in str(error), f"the error about {name} does not name it"
                    if value in str(error):
                        pytest.fail(f"the error about {name} shows the secret")
                else:
                    pytest.fail(f"{name} is taken empty, or with white space; declare it as Credential")

    def test_settings_never_show_their_secrets(self) -> None:
        """Neither `repr`, nor JSON, nor an error about another setting shows a secret, and nothing is pickled.

        If it fails: declare the setting as `Credential`, and write no `__repr__` of your own.
        """
        config = self.subject.config
        shown = [repr(config), str(config), str(config.model_dump()), config.model_dump_json()]
        shown += [repr(self.subject.provider()), str(self.subject.provider())]
        plain = dict(zip(self.subject.secret_fields, self.subject.secrets, strict=True))
        spoilt = [{"timeout": "soon"}, plain | {"timeout": "soon"}, {name: f" {plain[name]}" for name in plain}]
        for each in spoilt:
            try:
                type(config).model_validate({**config.model_dump(), **each})
            except ValidationError as error:
                shown.append(str(error))

        if any(secret in text for secret in self.subject.secrets for text in shown):
            pytest.fail("a secret is shown by the settings, by an error about them, or by the provider")
        try:
            config.__reduce_ex__(4)
        except TypeError:
            return
        pytest.fail("settings can be pickled, with their secrets")

    def test_settings_cannot_be_changed(self) -> None:
        """An account is used by many threads.

        If it fails: leave `frozen=True` as `AccountConfig` has it.
        """
        config = self.subject.config.model_copy()
        try:
            setattr(config, "base_url", "https://elsewhere.example")  # noqa: B010  # mypy knows better
        except ValidationError:
            return
        pytest.fail("settings can be changed after they were loaded")

    def test_every_setting_is_described(self) -> None:
        """The schema that editors read, and the documentation, know each setting of the provider's own.

        If it fails: name it in *italics* in the docstring of the model, or give it a `Field(description=...)`.
        """
        model = type(self.subject.config)
        own = set(model.model_fields) - set(AccountConfig.model_fields)

        told = " ".join(each.__doc__ or "" for each in model.__mro__)
        json.dumps(model.model_json_schema())
        for name in sorted(own):
            described = model.model_fields[name].description or f"*{name}*" in told
            assert described, f"setting {name} is not described"

    def test_the_example_is_an_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`smsway init` writes it for somebody to fill in: it is valid as it stands, and its secrets are references.

        If it fails: pass an `Example` to `ProviderSpec(example=...)`; the error names the setting.
        """
        example, capabilities = self.subject.spec.example, self.subject.capabilities
        assert example is not None, "ProviderSpec has no example"
        settings = tomllib.loads(example.settings)
        for name in settings.keys() & set(secret_fields(self.subject.spec.config)):
            variable = str(settings[name]).removeprefix("env:")
            assert variable != settings[name], f"the example's {name} is no reference such as env:NAME"
            monkeypatch.setenv(variable, "made-up-for-a-test")
        try:
            load({"accounts": {ACCOUNT: {"provider": self.provider, **settings}}}, self.subject.plugins)
        except ConfigError as error:
            pytest.fail(f"the example is no account: {error}")
        assert not capabilities.template or example.template is not None, "the example has no id of a template"
        if example.template is not None:
            self.subject.spec.template_id(example.template)
        assert not capabilities.needs_signature or example.signature, "the example has no signature"
        assert not capabilities.needs_sender or example.sender, "the example has no sender"

    def test_options_are_strict(self) -> None:
        """A misspelt option of a message is refused, not ignored.

        If it fails: extend `Options`, and leave its `extra="forbid"`.
        """
        options = self.subject.spec.options
        self.need(options, "it has no options")
        assert options is not None and issubclass(options, Options), "options do not extend Options"

        try:
            options.model_validate({"no_such_option": 1})
        except ValidationError:
            return
        pytest.fail("an unknown option is ignored")

    def test_template_ids_are_checked(self) -> None:
        """An id of the catalogue is checked when the file is loaded, and made the text that the vendor takes.

        If it fails: raise a `ValueError` with the value and the way out in `template_id`.
        """
        self.need(self.subject.capabilities.template, "it carries no templates")
        check = self.subject.spec.template_id

        for value in self.template_ids:
            assert isinstance(check(value), str), f"template_id({value!r}) is no text"
            assert check(check(value)) == check(value), f"template_id changes its own answer for {value!r}"
            assert check(value).strip() == check(value), f"template_id leaves white space around {value!r}"
        for rubbish in _RUBBISH:
            try:
                taken = check(rubbish)
            except ValueError:
                continue
            except Exception as error:  # noqa: BLE001  # what it is, is the finding
                pytest.fail(f"template_id raises {type(error).__name__} for {rubbish!r}; raise a ValueError")
            pytest.fail(f"template_id takes {rubbish!r} for {taken!r}")

    def _load(self, drop: str = "", **changed: Any) -> None:
        settings = {"provider": self.provider, **self.settings, **changed}
        settings.pop(drop, None)
        load({"accounts": {ACCOUNT: settings}}, self.subject.plugins)
