"""The control API: the operator's operations as JSON over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeAlias

from pydantic import PositiveInt
from pydantic_core import to_json

from smsway.model import Problem, SandboxCall, SandboxReply
from smsway.sandbox._operator import Operator
from smsway.sandbox._orders import (
    EVERY,
    AdvanceOrder,
    BalanceOrder,
    ClockOrder,
    DeliveryFailure,
    InboundOrder,
    Injection,
    Order,
    OrderT,
    PushOrder,
    RateOrder,
    Refusal,
    ReportDelayOrder,
    ReviewOrder,
    SandboxError,
    choices,
    read,
    shown,
)

Route: TypeAlias = Callable[[Operator, SandboxCall], object]


class _OfAccount(Order):
    account: str = EVERY


class _Lift(Order):
    id: PositiveInt | None = None


class _Nothing(Order):
    pass


def _body(shape: type[OrderT], call: SandboxCall) -> OrderT:
    try:
        given: object = json.loads(call.body) if call.body else {}
    except ValueError:
        raise SandboxError([Problem("body", 'is not JSON; send an object such as {"account": "*"}')]) from None
    return read(shape, given)


def _accounts(operator: Operator, call: SandboxCall) -> object:
    return operator.accounts(read(_OfAccount, call.query).account)


def _texts(operator: Operator, call: SandboxCall) -> object:
    read(_Nothing, call.query)
    return operator.texts()


def _submissions(operator: Operator, call: SandboxCall) -> object:
    return [each._asdict() for each in operator.submissions(read(_OfAccount, call.query).account)]


def _faults(operator: Operator, call: SandboxCall) -> object:
    read(_Nothing, call.query)
    return {
        "faults": operator.faults(),
        "refusals": operator.refusals(),
        "delivery_failures": operator.failures(),
    }


def _inject(operator: Operator, call: SandboxCall) -> object:
    return {"id": operator.inject(_body(Injection, call))}


def _refuse(operator: Operator, call: SandboxCall) -> object:
    return {"id": operator.refuse(_body(Refusal, call))}


def _fail(operator: Operator, call: SandboxCall) -> object:
    return {"id": operator.fail(_body(DeliveryFailure, call))}


def _lift(operator: Operator, call: SandboxCall) -> object:
    return {"lifted": operator.lift(read(_Lift, call.query).id)}


def _balance(operator: Operator, call: SandboxCall) -> object:
    order = _body(BalanceOrder, call)
    operator.set_balance(order)
    return operator.accounts(order.account)


def _rate(operator: Operator, call: SandboxCall) -> object:
    order = _body(RateOrder, call)
    operator.set_rate(order)
    return operator.accounts(order.account)


def _clock(operator: Operator, call: SandboxCall) -> object:
    order = _body(ClockOrder, call)
    operator.set_clock(order)
    return operator.accounts(order.account)


def _advance(operator: Operator, call: SandboxCall) -> object:
    operator.advance(_body(AdvanceOrder, call))
    return operator.accounts()


def _templates(operator: Operator, call: SandboxCall) -> object:
    return operator.templates(read(_OfAccount, call.query).account)


def _signatures(operator: Operator, call: SandboxCall) -> object:
    return operator.signatures(read(_OfAccount, call.query).account)


def _review(operator: Operator, call: SandboxCall) -> object:
    return {"decided": operator.review(_body(ReviewOrder, call))}


def _reports(operator: Operator, call: SandboxCall) -> object:
    names = [each.name for each in operator.accounts(read(_OfAccount, call.query).account)]
    return [{"account": name, **asdict(report)} for name in names for report in operator.reports(name)]


def _queued(operator: Operator, call: SandboxCall) -> object:
    return operator.queued(read(_OfAccount, call.query).account)._asdict()


def _report_delay(operator: Operator, call: SandboxCall) -> object:
    order = _body(ReportDelayOrder, call)
    operator.set_report_delay(order)
    return operator.accounts(order.account)


def _receive(operator: Operator, call: SandboxCall) -> object:
    order = _body(InboundOrder, call)
    operator.receive(order)
    return operator.queued(order.account)._asdict()


def _pushes(operator: Operator, call: SandboxCall) -> object:
    return operator.pushes(read(_OfAccount, call.query).account)


def _push_to(operator: Operator, call: SandboxCall) -> object:
    order = _body(PushOrder, call)
    operator.push_to(order)
    return operator.accounts(order.account)


def _reset(operator: Operator, call: SandboxCall) -> object:
    _body(_Nothing, call)
    operator.reset()
    return operator.accounts()


ROUTES: Mapping[str, Mapping[str, Route]] = MappingProxyType(
    {
        "/accounts": {"GET": _accounts},
        "/texts": {"GET": _texts},
        "/submissions": {"GET": _submissions},
        "/faults": {"GET": _faults, "POST": _inject, "DELETE": _lift},
        "/refusals": {"POST": _refuse},
        "/balance": {"POST": _balance},
        "/rate": {"POST": _rate},
        "/clock": {"POST": _clock},
        "/advance": {"POST": _advance},
        "/templates": {"GET": _templates},
        "/signatures": {"GET": _signatures},
        "/reviews": {"POST": _review},
        "/reports": {"GET": _reports},
        "/report-delay": {"POST": _report_delay},
        "/delivery-failures": {"POST": _fail},
        "/inbound": {"POST": _receive},
        "/queue": {"GET": _queued},
        "/pushes": {"GET": _pushes, "POST": _push_to},
        "/reset": {"POST": _reset},
    }
)
"""Path -> method -> what it does."""


def control(operator: Operator, call: SandboxCall) -> SandboxReply:
    """Answer one request to the control API; a wrong input gets 400 and the list of what is wrong."""
    methods = ROUTES.get(call.path)
    if methods is None:
        return _wrong(HTTPStatus.NOT_FOUND, [Problem("path", f"unknown path {shown(call.path)}; {choices(ROUTES)}")])
    route = methods.get(call.method)
    if route is None:
        return _wrong(
            HTTPStatus.METHOD_NOT_ALLOWED, [Problem("method", f"{call.path} has no {call.method}; {choices(methods)}")]
        )
    try:
        # A side may keep anything beside a template, such as a picture.
        return SandboxReply(to_json(route(operator, call), bytes_mode="base64", fallback=repr))
    except SandboxError as error:
        return _wrong(HTTPStatus.BAD_REQUEST, error.problems)


def _wrong(status: HTTPStatus, problems: Sequence[Problem]) -> SandboxReply:
    return SandboxReply(to_json({"problems": problems}), status)
