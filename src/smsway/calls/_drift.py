"""Compares the catalogue with what the vendors have, and names what will fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smsway.calls._calls import Calls, ids_of
from smsway.delivery import Flow
from smsway.model import CallFailed, InvalidCall, Problem, Review, SignatureInfo, TemplateInfo
from smsway.provider import FindsSignatures, ListsSignatures, ManagesTemplates
from smsway.routing import Catalogue, TemplateEntry, TemplateMapping

_NUMBER = re.compile(r"\{([0-9]+)\}")
_BRACKETS = " \t\r\n【】[]"


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the configuration and the vendors differ.

    *failing* are the key paths that will make texts fail, *differing* those that will say something else than the
    catalogue, and *unasked* those that no vendor could be asked about.
    """

    failing: tuple[Problem, ...] = ()
    differing: tuple[Problem, ...] = ()
    unasked: tuple[Problem, ...] = ()

    def __add__(self, other: Drift) -> Drift:
        return Drift(self.failing + other.failing, self.differing + other.differing, self.unasked + other.unasked)


def compare(calls: Calls, names: Iterable[str] | None = None) -> Flow[Drift]:
    """Ask the vendors of the accounts *names*, by default of all, for what the catalogue maps to them."""
    drift = Drift()
    chosen = calls.configuration.accounts if names is None else ids_of("accounts", names)
    for name in [calls.account(each).name for each in chosen]:
        for part in (_templates, _signatures):
            try:
                drift += yield from part(calls, name)
            except (CallFailed, InvalidCall) as error:
                drift += Drift(unasked=(Problem(f"accounts.{name}", str(error)),))
    return drift


def _templates(calls: Calls, name: str) -> Flow[Drift]:
    catalogue = calls.configuration.catalogue
    mapped = {entry.name: entry.accounts[name] for entry in catalogue.templates.values() if name in entry.accounts}
    if not mapped:
        return Drift()
    if not isinstance(calls.account(name).provider, ManagesTemplates):
        return Drift(unasked=tuple(Problem(_path(each, name), "the vendor cannot be asked") for each in mapped))
    ids = list(dict.fromkeys(mapping.id for mapping in mapped.values()))
    found: list[TemplateInfo] = yield from calls.about(name, "get_templates", ids)
    infos = {info.id: info for info in found}
    drift = Drift()
    for entry_name, mapping in mapped.items():
        drift += _template(catalogue.templates[entry_name], name, mapping, infos.get(mapping.id))
    return drift


def _template(entry: TemplateEntry, account: str, mapping: TemplateMapping, info: TemplateInfo | None) -> Drift:
    path = _path(entry.name, account)
    if info is None:
        return Drift(failing=(Problem(f"{path}.id", f"the vendor has no template {mapping.id!r}"),))
    failing = []
    if trouble := _trouble("template", info.id, info.review, info.detail):
        failing.append(Problem(f"{path}.id", trouble))
    wanted, given = max(map(int, _NUMBER.findall(info.text)), default=0), len(mapping.params)
    if info.text and wanted != given:
        failing.append(Problem(f"{path}.params", f"names {given}, and the vendor's template {info.id!r} has {wanted}"))
    ours = entry.numbered(account)
    if not failing and info.text and ours is not None and " ".join(ours.split()) != " ".join(info.text.split()):
        what = f"differs from the vendor's template {info.id!r}, which says {info.text!r}"
        return Drift(differing=(Problem(f"templates.{entry.name}.text", what),))
    return Drift(failing=tuple(failing))


def _signatures(calls: Calls, name: str) -> Flow[Drift]:
    texts = _texts(calls.configuration.catalogue, name)
    if not texts:
        return Drift()
    provider = calls.account(name).provider
    infos: dict[str, SignatureInfo | None] = {}
    if isinstance(provider, FindsSignatures):
        for text in dict.fromkeys(texts.values()):
            infos[text] = yield from calls.about(name, "find_signature", text)
    elif isinstance(provider, ListsSignatures):
        listed: list[SignatureInfo] = yield from calls.pages(name, "list_signatures", None)
        infos = {info.text: info for info in listed}
    else:
        what = "the vendor cannot be asked about a signature by its text"
        return Drift(unasked=tuple(Problem(f"signatures.{each}.{name}", what) for each in texts))
    drift = Drift()
    for each, text in texts.items():
        drift += _signature(f"signatures.{each}.{name}", text, infos.get(text))
    return drift


def _texts(catalogue: Catalogue, account: str) -> Mapping[str, str]:
    """Return the account's signatures by their names, without the brackets that vendors put around them."""
    return {
        name: text
        for name, values in catalogue.signatures.items()
        if account in values and (text := values[account].strip(_BRACKETS))
    }


def _signature(path: str, text: str, info: SignatureInfo | None) -> Drift:
    if info is None:
        return Drift(failing=(Problem(path, f"the vendor has no signature {text!r}"),))
    trouble = _trouble("signature", info.text or text, info.review, info.detail)
    return Drift(failing=(Problem(path, trouble),)) if trouble else Drift()


_TROUBLES: Mapping[Review, str] = {
    Review.PENDING: "is not reviewed yet",
    Review.REJECTED: "was rejected",
    Review.DISABLED: "is disabled",
}


def _trouble(what: str, name: str, review: Review, detail: str | None) -> str | None:
    """Say why a template or signature cannot be used, with the reviewer's words."""
    if review is Review.APPROVED:
        return None
    return f"the vendor's {what} {name!r} {_TROUBLES[review]}{f': {detail}' if detail else ''}"


def _path(entry: str, account: str) -> str:
    return f"templates.{entry}.accounts.{account}"
