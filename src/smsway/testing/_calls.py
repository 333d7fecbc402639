"""How each call beside sending is asked once, whatever the provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from smsway.model import InvalidCall, Phone, ReportQuery, Response, SandboxSignature, SandboxTemplate, Stamp
from smsway.provider import FACETS, Exchange
from smsway.testing._cast import NOW, frozen_stamp, some
from smsway.testing._stage import Stage
from smsway.testing._subject import Subject

HOUR, DAY = 3600.0, 86_400.0

Begin = Callable[[Any, Stamp], Exchange[Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation that went well: how it begins, and what was answered."""

    name: str
    begin: Begin
    answers: Sequence[Response]

    def exchange(self, provider: object, stamp: Stamp | None = None) -> Exchange[Any]:
        """Begin it anew."""
        return self.begin(provider, stamp or frozen_stamp())


def queries(stage: Stage) -> Iterator[ReportQuery]:
    """Yield the ways in which a provider may be asked about the texts that were sent, one after the other."""
    ids = tuple(dict.fromkeys(each.message_id for each in stage.submissions))
    phone = Phone(stage.submissions[0].phone)
    since, until = NOW - HOUR, NOW + HOUR
    yield ReportQuery(since=since, until=until, phone=phone)
    yield ReportQuery(since=since, until=until, message_ids=ids)
    yield ReportQuery(since=since, until=until, phone=phone, message_ids=ids)


def _asked(stage: Stage, method: str) -> Begin:
    """Return the first way to ask *method* that the provider does not refuse to ask."""
    provider = stage.subject.provider()
    for query in queries(stage):
        exchange = getattr(provider, method)(query, frozen_stamp())
        try:
            next(exchange)
        except InvalidCall:
            continue
        finally:
            exchange.close()
        return lambda asked, stamp, query=query: getattr(asked, method)(query, stamp)  # type: ignore[misc]
    raise AssertionError(f"{method} can be asked neither by phone nor by message ids, nor by both")


def _pull(what: str) -> Callable[[Stage], Begin]:
    def arrange(_stage: Stage) -> Begin:
        return lambda provider, stamp: getattr(provider, f"pull_{what}")(getattr(provider, f"most_{what}"), stamp)

    return arrange


def _find(method: str) -> Callable[[Stage], Begin]:
    return lambda stage: _asked(stage, method)


def _add(kind: str) -> Callable[[Stage], Begin]:
    def arrange(stage: Stage) -> Begin:
        draft = stage.subject.draft(kind)
        return lambda provider, stamp: getattr(provider, f"add_{kind}")(draft, stamp)

    return arrange


def added(stage: Stage, kind: str, number: int | None = None) -> str:
    """Submit a template or a signature and return its id; a *number* in its text tells it from others."""
    draft = stage.subject.draft(kind)
    if number is not None:
        draft = replace(draft, text=f"{draft.text[:6]}{number}" if kind == "signature" else f"{draft.text} {number}")
    add = getattr(stage.subject.provider(), f"add_{kind}", None)
    if add is None:
        return _filed(stage, kind, f"{number or 11}", draft.text)
    info: Any = stage.play(add(draft, frozen_stamp(number or 11)))
    return str(info.id)


def _filed(stage: Stage, kind: str, id_: str, text: str) -> str:
    """File what the vendor takes in its console only."""
    book = stage.book
    if kind == "template":
        book.templates.put(SandboxTemplate(id_, 0, text), stage.now, stage.now)
    else:
        book.signatures.put(SandboxSignature(id_, text), stage.now, stage.now)
    return id_


def _modify(kind: str) -> Callable[[Stage], Begin]:
    def arrange(stage: Stage) -> Begin:
        id_, draft = added(stage, kind), stage.subject.draft(kind, change=True)
        # Every vendor takes a change of what was rejected, and some of nothing else.
        review(stage, kind, id_, approve=False)
        return lambda provider, stamp: getattr(provider, f"modify_{kind}")(id_, draft, stamp)

    return arrange


def review(stage: Stage, kind: str, id_: str, *, approve: bool = True) -> None:
    """Let the vendor's reviewer decide about a template or a signature."""
    shelf = stage.book.templates if kind == "template" else stage.book.signatures
    shelf.decide(id_, approve=approve, words="")


def _delete(kind: str) -> Callable[[Stage], Begin]:
    def arrange(stage: Stage) -> Begin:
        id_ = added(stage, kind)
        review(stage, kind, id_)
        return lambda provider, stamp: getattr(provider, f"delete_{kind}s")([id_], stamp)

    return arrange


def _get(kind: str) -> Callable[[Stage], Begin]:
    def arrange(stage: Stage) -> Begin:
        id_ = added(stage, kind)
        return lambda provider, stamp: getattr(provider, f"get_{kind}s")([id_], stamp)

    return arrange


def _list(kind: str) -> Callable[[Stage], Begin]:
    def arrange(stage: Stage) -> Begin:
        added(stage, kind)
        return lambda provider, stamp: getattr(provider, f"list_{kind}s")(None, stamp)

    return arrange


def _find_signature(stage: Stage) -> Begin:
    text = stage.subject.signature
    return lambda provider, stamp: provider.find_signature(text, stamp)


def _count(method: str) -> Callable[[Stage], Begin]:
    def arrange(_stage: Stage) -> Begin:
        return lambda provider, stamp: getattr(provider, method)(NOW - DAY, NOW, stamp)

    return arrange


def _balance(_stage: Stage) -> Begin:
    return lambda provider, stamp: provider.get_balance(stamp)


CALLS: Mapping[str, Callable[[Stage], Begin]] = MappingProxyType(
    {
        "pull_reports": _pull("reports"),
        "find_reports": _find("find_reports"),
        "pull_inbound": _pull("inbound"),
        "find_inbound": _find("find_inbound"),
        "add_template": _add("template"),
        "modify_template": _modify("template"),
        "delete_templates": _delete("template"),
        "get_templates": _get("template"),
        "list_templates": _list("template"),
        "add_signature": _add("signature"),
        "modify_signature": _modify("signature"),
        "delete_signatures": _delete("signature"),
        "get_signatures": _get("signature"),
        "list_signatures": _list("signature"),
        "find_signature": _find_signature,
        "send_statistics": _count("send_statistics"),
        "delivery_statistics": _count("delivery_statistics"),
        "template_statistics": _count("template_statistics"),
        "get_balance": _balance,
    }
)
"""Every call beside sending, by its method: what prepares the stage for it and tells how it begins."""


def methods_of(facet: type[Any]) -> list[str]:
    """Return the methods and properties that make up *facet*."""
    return sorted(name for name in vars(facet) if not name.startswith("_"))


def calls_of(subject: Subject) -> list[str]:
    """Return the calls beside sending that the provider of *subject* has, and that can be made."""
    provider = subject.provider()
    facets = [facet for facet in FACETS.values() if isinstance(provider, facet)]
    there = {name for facet in facets for name in methods_of(facet)}
    left_out = {name for kind in ("template", "signature") if not drafts(subject, kind) for name in _OF_DRAFTS[kind]}
    return [name for name in CALLS if name in there and name not in left_out]


def drafts(subject: Subject, kind: str) -> bool:
    """True if the draft of a template or a signature is one to submit; only a lenient subject may have another."""
    add = getattr(subject.provider(), f"add_{kind}", None)
    if add is None or not subject.lenient:
        return True
    exchange = add(subject.draft(kind), frozen_stamp())
    try:
        next(exchange)
    except InvalidCall:
        return False
    finally:
        exchange.close()
    return True


_OF_DRAFTS = {
    kind: (f"add_{kind}", f"modify_{kind}", f"delete_{kind}s", f"get_{kind}s", f"list_{kind}s")
    for kind in ("template", "signature")
}


def prepared(subject: Subject) -> Stage:
    """Return a stage on which two texts were sent, their reports are due and a message from a phone has come."""
    stage = Stage(subject, balance=10_000)
    for nonce, parcel in enumerate(some(subject, 2).parcels, start=21):
        batch = some(subject, 2)
        stage.send(type(batch)([parcel], batch.kind), frozen_stamp(nonce))
    stage.receive(stage.submissions[0].phone)
    stage.steps.clear()
    return stage


def scene(subject: Subject, name: str) -> Scene:
    """Return the conversation of the call *name*, as it goes with the provider's own side."""
    stage = prepared(subject)
    begin = CALLS[name](stage)
    stage.steps.clear()
    try:
        stage.play(begin(subject.provider(), frozen_stamp()))
    except Exception as error:
        raise AssertionError(f"{name} does not succeed: {type(error).__name__}: {error}") from error
    return Scene(name, begin, [step.response for step in stage.steps])
