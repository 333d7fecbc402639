"""The JSON Schema for editors: it knows every key that the file may have, and every provider."""

import json
import re

import pytest

from smsway.config import json_schema, load
from smsway.config._schema import FileSection


@pytest.fixture
def schema(good):
    return json_schema(load(good).plugins.providers)


def resolve(schema, node):
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
    "boolean": bool,
}


def fits(schema, node, value):  # noqa: PLR0911  # one for each keyword
    """True if *value* is valid; knows the part of JSON Schema that pydantic writes for this file."""
    node = resolve(schema, node)
    if "oneOf" in node:
        return sum(fits(schema, each, value) for each in node["oneOf"]) == 1
    if "anyOf" in node:
        return any(fits(schema, each, value) for each in node["anyOf"])
    if "const" in node and value != node["const"]:
        return False
    if "enum" in node and value not in node["enum"]:
        return False
    if "type" in node and not isinstance(value, TYPES[node["type"]]):
        return False
    if isinstance(value, str):
        return re.search(node.get("pattern", ""), value) is not None
    if isinstance(value, int | float):
        return node.get("minimum", value) <= value <= node.get("maximum", value)
    if isinstance(value, list):
        return all(fits(schema, node.get("items", {}), each) for each in value)
    if isinstance(value, dict):
        return _table_fits(schema, node, value)
    return True


def _table_fits(schema, node, table):
    known, patterns = node.get("properties", {}), node.get("patternProperties", {})
    others = node.get("additionalProperties", {})
    for name, value in table.items():
        matching = [known[name]] if name in known else [each for key, each in patterns.items() if re.search(key, name)]
        if not matching and others is False:
            return False
        if not all(fits(schema, each, value) for each in matching or [others if isinstance(others, dict) else {}]):
            return False
    return set(node.get("required", [])) <= table.keys()


def test_a_good_file_fits(schema, good):
    assert fits(schema, schema, good)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("acounts", {}),
        ("accounts.cn.app_id", 1),
        ("accounts.cn.app_key", "pasted"),
        ("accounts.cn.app_key", ...),
        ("accounts.cn.provider", "tencent-v6"),
        ("accounts.world.region", "mars"),
        ("routes.0.on_unknown", "hodl"),
        ("routes.0.accounts", "cn"),
        ("routes.0.acounts", ["cn"]),
        ("routes.1.when.time.from", ...),
        ("routes.1.when.time.days", ["monday"]),
        ("templates.login_code.params", "code"),
        ("timeouts.otp", 301),
        ("reports.keep_days", "long"),
        ("webhooks.accounts.cn.secrets", ["pasted"]),
        ("webhooks.accounts.cn.password", "pasted"),
        ("webhooks.accounts.cn.secret", "env:X"),
        ("webhooks.accounts.cn.allow", "203.0.113.0/24"),
    ],
)
def test_a_file_with_a_mistake_does_not_fit(schema, change, path, value):
    assert not fits(schema, schema, change(path, value))


def test_every_provider_is_listed_with_its_own_settings(schema):
    accounts = schema["properties"]["accounts"]["additionalProperties"]["oneOf"]

    listed = {each["properties"]["provider"]["const"]: each for each in accounts}
    assert set(listed) == {"tencent-v5", "tencent-global", "usms"}
    for each in accounts:
        assert each["additionalProperties"] is False
        assert each["required"][0] == "provider"
        assert {"base_url", "timeout", "rate", "max_batch", "signature", "sender"} <= each["properties"].keys()
    assert {"sdk_app_id", "app_key"} <= listed["tencent-v5"]["properties"].keys()


def test_every_key_of_the_file_is_there_and_the_schema_is_json(schema):
    assert schema["properties"].keys() == FileSection.model_fields.keys()
    assert schema["title"] == "smsway configuration"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema


def test_without_providers_any_account_fits(good):
    schema = json_schema({})

    assert fits(schema, schema, good)
