"""The JSON Schema of the configuration file, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsway.config._problems import secret_fields
from smsway.config._schema import FileSection
from smsway.config._section import REFERENCE
from smsway.provider import ProviderSpec


def json_schema(providers: Mapping[str, ProviderSpec[Any]]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the file, with the settings of each of *providers*."""
    schema = FileSection.model_json_schema(by_alias=True)
    accounts = [_account(name, spec) for name, spec in sorted(providers.items())]
    if accounts:
        schema["properties"]["accounts"]["additionalProperties"] = {"oneOf": accounts}
        schema["properties"]["accounts"].pop("patternProperties", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "smsway configuration"}


def _account(name: str, spec: ProviderSpec[Any]) -> dict[str, Any]:
    account: dict[str, Any] = spec.config.model_json_schema()
    for field in secret_fields(spec.config):
        account["properties"][field] = REFERENCE
    account["properties"]["provider"] = {"const": name}
    account["required"] = ["provider", *account.get("required", [])]
    account["title"] = f"account of {name}"
    return account
