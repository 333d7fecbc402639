"""Turns what validation finds into problems that name the key path, the value and the way out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

import pydantic
from pydantic import BaseModel, SecretStr

from smsway.model import Problem
from smsway.routing import hint

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "unknown key",
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
    for each in error.errors(include_url=False, include_context=False):
        loc = [part for part in each["loc"] if not _is_union_branch(part)]
        message = _MESSAGES.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message += hint(str(loc[-1]), _fields_at(model, loc[:-1]))
        elif each["type"] != "missing" and not (set(map(str, loc)) & set(secrets)):
            message = f"{_shown(each.get('input'))} {message[:1].lower()}{message[1:]}"
        yield Problem(path_of(*where, *loc), message)


def _is_union_branch(part: object) -> bool:
    """True for what pydantic adds to a location to say which branch of a union it tried."""
    return isinstance(part, str) and ("[" in part or part in {"int", "str", "constrained-str"})


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(model: type[BaseModel], loc: list[Any]) -> list[str]:
    """Return the keys that are known at *loc* inside *model*."""
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {(field.alias or name): field for name, field in current.model_fields.items()}
            current = fields[part].annotation if part in fields else None
        elif get_args(current):
            current = get_args(current)[-1]
        current = _model_in(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _model_in(annotation: Any) -> Any:
    """Return the model inside `X | None` and `tuple[X, ...]`, or the annotation itself."""
    arguments = [each for each in get_args(annotation) if each not in {type(None), Ellipsis}]
    models = [each for each in arguments if isinstance(each, type) and issubclass(each, BaseModel)]
    return models[0] if models else annotation


def secret_fields(model: type[BaseModel]) -> set[str]:
    """Return the names of a model's fields that hold secrets."""
    return {
        name
        for name, field in model.model_fields.items()
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    }


def missing_names(
    names: Mapping[str, object] | Collection[str], known: Collection[str], *where: object
) -> list[Problem]:
    """Return a problem for each of *names* that is not among the *known* accounts."""
    return [
        Problem(path_of(*where, name), f"account {name!r} is not configured{hint(name, list(known))}")
        for name in names
        if name not in known
    ]
