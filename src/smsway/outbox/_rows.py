"""What is known of a recipient as columns, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from smsway.model import AccountHealth, Attempt, Outcome, Reason, Status
from smsway.outbox._entries import Progress, State

_ATTEMPTS: TypeAdapter[tuple[Attempt, ...]] = TypeAdapter(tuple[Attempt, ...])


_HEALTH: TypeAdapter[dict[str, AccountHealth]] = TypeAdapter(dict[str, AccountHealth])


def health_json(health: Mapping[str, AccountHealth]) -> str:
    """Return what a worker says of its accounts as JSON, which may quote a vendor."""
    return json.dumps(_HEALTH.dump_python(dict(health), mode="json"))


def health_of(said: str | None) -> dict[str, AccountHealth]:
    """Return what a worker said, as far as this smsway understands it; another worker's may be newer."""
    try:
        return _HEALTH.validate_json(said) if said else {}
    except ValidationError:
        return {}


@lru_cache(maxsize=1024)
def _json(attempts: tuple[Attempt, ...]) -> str:
    # The recipients of a batch mostly share theirs.
    return _ATTEMPTS.dump_json(tuple(replace(each, code=_text(each.code)) for each in attempts)).decode()


def _text(said: str | None) -> str | None:
    """Return what a vendor said, as far as every database can hold it: one that cannot would keep all results back."""
    if said is None or said.isprintable():
        return said
    return said.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _number(said: int | None) -> int | None:
    """Return a number that a vendor said, `None` if no database's integer is as large."""
    return said if said is not None and -(2**31) <= said < 2**31 else None


def attempts_of(said: str | None) -> tuple[Attempt, ...]:
    """Return the attempts that a column holds."""
    return _ATTEMPTS.validate_json(said) if said else ()


def written(outcome: Outcome) -> dict[str, Any]:
    """Return the columns of *outcome*, each as the parameter `to_` and its name."""
    return {
        "to_status": outcome.status.value,
        "to_account": outcome.account,
        "to_reason": None if outcome.reason is None else outcome.reason.value,
        "to_code": _text(outcome.code),
        "to_detail": _text(outcome.detail),
        "to_message_id": _text(outcome.provider_message_id),
        "to_fee": _number(outcome.fee),
        "to_segments": outcome.segments,
        "to_attempts": _json(outcome.attempts) if outcome.attempts else None,
    }


def known(row: Any) -> dict[str, Any]:
    """Return the columns of *row* as they are, in the same way."""
    names = ("status", "account", "reason", "code", "detail", "message_id", "fee", "segments", "attempts")
    return {f"to_{name}": getattr(row, name) for name in names}


def progress_of(row: Any) -> Progress:
    """Return what *row* knows of a recipient."""
    return Progress(
        row.phone,
        row.position,
        row.reference,
        State(row.state),
        row.due,
        row.tries,
        None if row.status is None else _outcome(row),
    )


def _outcome(row: Any) -> Outcome:
    return Outcome(
        row.phone,
        Status(row.status),
        row.account,
        None if row.reason is None else Reason(row.reason),
        row.code,
        row.detail,
        row.message_id,
        row.fee,
        row.segments,
        attempts_of(row.attempts),
        row.reference,
    )
