"""Turns what validation finds into problems that name the key path, the value and the way out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

import pydantic
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from smsway.config._section import SHAPES
from smsway.model import Problem
from smsway.routing import hint

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "unknown key",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "tuple_type": "should be a list",
    "frozen_set_type": "should be a list",
}


def path_of(*parts: object) -> str:
    """Join key path parts: `accounts.cn.app_key`, `routes[0].accounts`."""
    joined = ""
    for part in parts:
        joined += f"[{part}]" if isinstance(part, int) else f".{part}" if joined else str(part)
    return joined


def problems_of(
    error: pydantic.ValidationError, model: type[BaseModel], *where: object, secrets: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield what *error* says about a *model* at *where*; values of *secrets* are never shown."""
    for each in error.errors(include_url=False):
        loc = _location(each)
        message = _MESSAGES.get(each["type"]) or SHAPES.get(each.get("ctx", {}).get("pattern", "")) or each["msg"]
        message = message.removeprefix("Value error, ").removeprefix("Input ")
        if each["type"] == "extra_forbidden":
            message += hint(str(loc[-1]), _fields_at(model, loc[:-1]))
        elif each["type"] != "missing" and not (set(map(str, loc)) & set(secrets) or _is_pasted(each)):
            message = f"{_shown(each.get('input'))} {message[:1].lower()}{message[1:]}"
        yield Problem(path_of(*where, *loc), message)


def _location(error: ErrorDetails) -> list[int | str]:
    """Return where it is, without the branches of unions; a key that nobody knows may look like one of those."""
    known = len(error["loc"]) - (error["type"] == "extra_forbidden")
    return [part for index, part in enumerate(error["loc"]) if index >= known or not _is_union_branch(part)]


def _is_pasted(error: ErrorDetails) -> bool:
    """True for a text where a table should be, such as a secret in the place of its account's settings."""
    return error["type"] in {"model_type", "dict_type"} and isinstance(error["input"], str)


def _is_union_branch(part: object) -> bool:
    """True for what pydantic adds to a location to say which branch of a union it tried."""
    return isinstance(part, str) and ("[" in part or part in {"int", "str", "constrained-str"})


def _shown(value: object) -> str:
    # A table or list may hold secrets of accounts.
    if isinstance(value, (Mapping, list, tuple, set)):
        return "a table" if isinstance(value, Mapping) else "a list"
    if isinstance(value, str) and value.startswith("literal:"):
        return "a secret"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(model: type[BaseModel], loc: list[Any]) -> list[str]:
    """Return the keys that are known at *loc* inside *model*."""
    current = model
    for part in loc:
        # A key of a table or an index of a list is no field: the model of their values stays the current one.
        field = _fields(current).get(part)
        current = _model_in(field.annotation) or current if field else current
    return list(_fields(current))


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as `X | None`, `tuple[X, ...]` or `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for each in get_args(annotation) if (model := _model_in(each))), None)


def secret_fields(model: type[BaseModel]) -> list[str]:
    """Return the names of a model's fields that hold secrets, in their order."""
    return [name for name, field in model.model_fields.items() if _holds_secret(field.annotation)]


def _holds_secret(annotation: Any) -> bool:
    """True for `SecretStr`, however deep in unions and `Annotated` it stands."""
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def missing_names(
    names: Mapping[str, object] | Collection[str], known: Collection[str], *where: object
) -> list[Problem]:
    """Return a problem for each of *names* that is not among the *known* accounts."""
    return [
        Problem(path_of(*where, name), f"account {name!r} is not configured{hint(name, list(known))}")
        for name in names
        if name not in known
    ]
