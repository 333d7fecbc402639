"""What the commands about templates and those about signatures have in common."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, Protocol, TypeAlias, TypeVar

import typer

from smsway.cli._accounts import asking, check_account, unkept
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._listing import Listing
from smsway.cli._output import console, print_all, visible
from smsway.cli._pages import paging
from smsway.client import Client
from smsway.config import Configuration
from smsway.model import InvalidCall, Page, SignatureDraft, SignatureInfo, TemplateDraft, TemplateInfo

Remark: TypeAlias = Annotated[str, typer.Option("--remark", help="What it is for; the reviewer reads it.")]
International: TypeAlias = Annotated[
    bool, typer.Option("--international", help="For phones outside of the vendor's home country.")
]
Extras: TypeAlias = Annotated[
    list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="A provider's own option; repeat it.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

# What is true if Ctrl-C comes before the vendor is asked to change something, while it is asked, and after that.
_UNCHANGED = "nothing was changed"
_UNCERTAIN = "it may have been done all the same: look it up before you do it again"
_CHANGED = "it was done"

InfoT = TypeVar("InfoT", TemplateInfo, SignatureInfo)
DraftT = TypeVar("DraftT", TemplateDraft, SignatureDraft)
_DraftT_contra = TypeVar("_DraftT_contra", TemplateDraft, SignatureDraft, contravariant=True)

Draft: TypeAlias = Callable[[Configuration, str], DraftT]
"""Makes a draft for an account; raises `Failure`."""


class _Register(Protocol[InfoT, _DraftT_contra]):
    """What a client offers for the templates, or the signatures, of one account."""

    def list(self, progress: Callable[[Page[InfoT]], None], /) -> Sequence[InfoT]: ...
    def get(self, ids: Iterable[str], /) -> Sequence[InfoT]: ...
    def add(self, draft: _DraftT_contra, /) -> InfoT: ...
    def modify(self, identity: str, draft: _DraftT_contra, /) -> InfoT: ...
    def delete(self, ids: Iterable[str], /) -> None: ...


@dataclass(frozen=True, slots=True)
class Filing(Generic[InfoT, DraftT]):
    """What the commands do about templates, or about signatures; *noun* is what one is called."""

    noun: str
    register: Callable[[Client, str], _Register[InfoT, DraftT]]
    tabulate: Callable[[Sequence[InfoT]], Listing]

    def list(self, account: str, config: Path, sandbox: str | None, *, json: bool) -> None:
        """Print all that the vendor has."""
        with asking(config, sandbox) as client:
            check_account(client.configuration, account)
            with paging(f"{self.noun}s") as progress:
                found = self.register(client, account).list(progress)
        self.show(found, json=json, nothing=f"The vendor has no {self.noun}.")

    def get(self, account: str, ids: Sequence[str], config: Path, sandbox: str | None, *, json: bool) -> int:
        """Print those with *ids*, tell which the vendor lacks, and return the exit status."""
        with asking(config, sandbox) as client:
            check_account(client.configuration, account)
            found = self.register(client, account).get(ids)
        self.show(found, json=json, nothing="The vendor has none of them.")
        return INCOMPLETE if _missing(self.noun, ids, {each.id for each in found}) else 0

    def file(
        self,
        account: str,
        draft: Draft[DraftT],
        config: Path,
        sandbox: str | None,
        *,
        json: bool,
        instead_of: str | None = None,
    ) -> InfoT:
        """Submit a draft, *instead_of* what has that id if one is given; print and return what the vendor has then."""
        with Interruption(_UNCHANGED) as told, unkept(config, sandbox) as client:
            check_account(client.configuration, account)
            made, register = draft(client.configuration, account), self.register(client, account)
            told.words = _UNCERTAIN
            try:
                filed = register.add(made) if instead_of is None else register.modify(instead_of, made)
            except InvalidCall as error:
                raise Failure(_as_options(str(error))) from None
            told.words = _CHANGED
        self.show([filed], json=json)
        return filed

    def delete(
        self,
        account: str,
        ids: Sequence[str],
        config: Path,
        sandbox: str | None,
        *,
        yes: bool,
        warning: Callable[[Configuration], str] = lambda _: "",
    ) -> None:
        """Delete those with *ids*, after a question that begins with a *warning*."""
        with Interruption(_UNCHANGED) as told, unkept(config, sandbox) as client:
            check_account(client.configuration, account)
            question = f"{warning(client.configuration)}Delete {', '.join(ids)} of account {account}?"
            _confirm(question, yes=yes)
            told.words = _UNCERTAIN
            self.register(client, account).delete(ids)
            told.words = _CHANGED
        console().print(f"Deleted: {', '.join(ids)}", soft_wrap=True)

    def show(self, found: Sequence[InfoT], *, json: bool, nothing: str = "") -> None:
        """Print what the vendor has, or the words for *nothing*."""
        print_all(found, self.tabulate, json=json, nothing=nothing)


def wording(noun: str, text: str | None, source: str | None, look_up: Callable[[str], str]) -> str:
    """Return *text*, or what *look_up* finds in the catalogue for *source*; raises `Failure` unless one is given."""
    if text is not None and source is None:
        return text
    if source is not None and text is None:
        return look_up(source)
    raise Failure(f"say what the {noun} says: either --text TEXT, or --from NAME of the catalogue")


_FIELD = re.compile(r"(?:^|(?<=set ))(?=(?:name|kind|remark|picture|international)\b)")
_OPTION = re.compile(r"\boptions\.(?=\w)")


def _as_options(words: str) -> str:
    """Return what a provider says of a draft with the options of the command in place of the draft's fields."""
    return _OPTION.sub("--option ", _FIELD.sub("--", words))


def _confirm(question: str, *, yes: bool) -> None:
    """Ask on stderr whether it shall be done; raises `Failure` unless the answer, or *yes*, says so."""
    if yes:
        return
    typer.echo(f"{visible(question)} [y/N] ", nl=False, err=True)
    # An end of the input is no answer.
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failure("nothing was deleted; answer y, or give --yes")


def yes_or_no(said: bool | None) -> str | None:  # noqa: FBT001  # the value of a cell
    """Write a cell for people; `None` stays `None`."""
    return None if said is None else "yes" if said else "no"


def _missing(noun: str, wanted: Sequence[str], found: Collection[str]) -> bool:
    """Tell which of the ids that were *wanted* were not *found*; return whether any were not."""
    lost = [each for each in dict.fromkeys(wanted) if each not in found]
    for each in lost:
        console(stderr=True).print(f"smsway: the vendor has no {noun} {each!r}", soft_wrap=True)
    return bool(lost)
