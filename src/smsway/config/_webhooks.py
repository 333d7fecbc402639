"""The sections `[reports]` and `[webhooks]`: where reports are kept, and who may post them to us."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, NoReturn, TypeAlias

from pydantic import AfterValidator, Field, PositiveInt, SecretStr

from smsway.config._accounts import check_url
from smsway.config._problems import missing_names, path_of
from smsway.config._secrets import Unfit
from smsway.config._section import Name, Reference, Seconds, Section
from smsway.model import Problem

Network: TypeAlias = IPv4Network | IPv6Network

MEMORY: Literal["memory"] = "memory"
"""The store that lives as long as the process."""

OUTBOX: Literal["outbox"] = "outbox"
"""The store in the database of the outbox."""


def _is_network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(f"is not a network such as '203.0.113.0/24'{_meant(text)}") from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None:
        raise ValueError(
            f"holds IPv4 addresses, which are told as such; did you mean '{mapped}/{network.prefixlen - 96}'?"
        )
    return text


def _meant(text: str) -> str:
    """Say what was meant by an address with a mask that cuts it."""
    try:
        return f"; did you mean '{ip_network(text, strict=False)}'?"
    except ValueError:
        return ""


def _is_store(text: str) -> str:
    if not text.strip():
        raise ValueError(f"is no file; name one, or take {MEMORY!r} or {OUTBOX!r}")
    if text == ":memory:":
        raise ValueError(f"would be a file of that name; the store in memory is {MEMORY!r}")
    return text


NetworkText = Annotated[str, AfterValidator(_is_network)]


class ReportsSection(Section):
    """Where delivery reports, messages from phones, and what they are about are kept."""

    store: Annotated[str, AfterValidator(_is_store)] | None = Field(
        None,
        description="An SQLite file, relative to this one, `memory`, or `outbox` for the database of the outbox; "
        "without it nothing is tracked.",
    )
    keep_days: Annotated[PositiveInt, Field(le=3650)] = Field(30, description="After so many days it is forgotten.")


class WebhookAccountSection(Section):
    """Who may post what belongs to an account."""

    secrets: tuple[Reference, ...] = Field(
        repr=False,
        description="The last part of the address that the vendor calls; two while the one replaces the other.",
        json_schema_extra={"minItems": 1, "maxItems": 2},
    )
    username: str | None = Field(None, description="Of HTTP Basic.")
    password: Reference | None = Field(None, repr=False)
    allow: tuple[NetworkText, ...] | None = Field(None, description="The networks that may call; any by default.")


class WebhooksSection(Section):
    """What the vendors may post to us."""

    public_url: str | None = Field(
        None, description="What vendors call up to /ACCOUNT/SECRET, where a proxy tells us another address."
    )
    trusted_proxies: tuple[NetworkText, ...] = Field((), description="Whose X-Forwarded-For is believed.")
    body_limit: PositiveInt = Field(262_144, description="Bytes of one callback.")
    item_limit: PositiveInt = Field(1000, description="Reports or messages in one callback.")
    depth_limit: Annotated[PositiveInt, Field(le=64)] = Field(8, description="Lists and objects within each other.")
    read_timeout: Seconds = Field(5.0, description="Seconds in which the whole of a callback has to come.")
    accounts: dict[Name, WebhookAccountSection] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportsSettings:
    """Where reports are kept: an SQLite file, `"memory"`, `"outbox"`, or nowhere; and for how many days."""

    store: Path | Literal["memory", "outbox"] | None = None
    keep_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAccount:
    """Who may post what belongs to an account: whoever knows one of *secrets*, and the rest where it is given.

    An empty *allow* lets any address call.
    """

    secrets: tuple[SecretStr, ...]
    username: str | None = None
    password: SecretStr | None = None
    allow: tuple[Network, ...] = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError("an account's webhook settings hold secrets and are not pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """What the vendors may post to us.

    *public_url* is what the vendors call, up to the name of the account and without a slash at its end; `None` for the
    address that we see. *body_limit* is in bytes, *item_limit* in reports or messages per callback, *depth_limit* in
    lists and objects within each other, and *read_timeout* in seconds for the whole body. *unresolved* are the secrets
    and passwords that this process cannot resolve; their accounts are not among *accounts*, and only who takes
    callbacks needs them.
    """

    public_url: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    body_limit: int = 262_144
    item_limit: int = 1000
    depth_limit: int = 8
    read_timeout: float = 5.0
    accounts: Mapping[str, WebhookAccount] = field(default_factory=lambda: MappingProxyType({}))
    unresolved: tuple[Problem, ...] = ()


def reports_settings(
    section: ReportsSection, folder: Path, problems: list[Problem], *, has_outbox: bool
) -> ReportsSettings:
    """Return the settings of *section*; adds to *problems*. A relative file lies in *folder*."""
    match section.store:
        case None:
            return ReportsSettings(None, section.keep_days)
        case "memory":
            return ReportsSettings(MEMORY, section.keep_days)
        case "outbox":
            if not has_outbox:
                what = f"is {OUTBOX!r}, and [outbox] has no database; name one there, or an SQLite file here"
                problems.append(Problem(path_of("reports", "store"), what))
            return ReportsSettings(OUTBOX, section.keep_days)
        case file:
            return ReportsSettings(folder / file, section.keep_days)


def webhook_settings(
    section: WebhooksSection, known: Collection[str], resolve: Callable[[str], str], problems: list[Problem]
) -> WebhookSettings:
    """Return the settings of *section*; adds to *problems*.

    *known* are the names of the accounts; *resolve* returns a secret for its reference, or raises `Unfit` or
    `ValueError`, the latter being no problem yet.
    """
    problems += missing_names(section.accounts, known, "webhooks", "accounts")
    problems += _url_problems(section.public_url)
    unresolved: list[Problem] = []
    made = {name: _account(name, each, resolve, problems, unresolved) for name, each in section.accounts.items()}
    return WebhookSettings(
        public_url=section.public_url and section.public_url.rstrip("/"),
        trusted_proxies=tuple(map(ip_network, section.trusted_proxies)),
        body_limit=section.body_limit,
        item_limit=section.item_limit,
        depth_limit=section.depth_limit,
        read_timeout=section.read_timeout,
        accounts={name: account for name, account in made.items() if account is not None},
        unresolved=tuple(unresolved),
    )


def _url_problems(url: str | None) -> list[Problem]:
    # It may be an address that only a proxy knows, so it need not be a public one.
    what = None if url is None else check_url(url, allow_private=True)
    return [] if what is None else [Problem(path_of("webhooks", "public_url"), what)]


def _account(
    name: str,
    section: WebhookAccountSection,
    resolve: Callable[[str], str],
    problems: list[Problem],
    unresolved: list[Problem],
) -> WebhookAccount | None:
    """Make the account; `None` if it could be open to whoever does not know what is missing."""
    where = ("webhooks", "accounts", name)
    wrong = [*_count_problems(section, where), *_pair_problems(section, where)]
    missing: list[Problem] = []

    def read(reference: str, check: Callable[[str], str], *at: object) -> list[str]:
        try:
            return [check(resolve(reference))]
        except Unfit as error:
            wrong.append(Problem(path_of(*where, *at), str(error)))
        except ValueError as error:
            missing.append(Problem(path_of(*where, *at), str(error)))
        return []

    secrets = [
        secret
        for index, reference in enumerate(section.secrets)
        for secret in read(reference, _path_secret, "secrets", index)
    ]
    if len(set(secrets)) < len(secrets):
        wrong.append(Problem(path_of(*where, "secrets"), "are the same; the second is for replacing the first"))
    password = [] if section.password is None else read(section.password, _visible, "password")
    problems += wrong
    unresolved += missing
    if wrong or missing:
        return None
    return WebhookAccount(
        secrets=tuple(map(SecretStr, secrets)),
        username=section.username,
        password=SecretStr(password[0]) if password else None,
        allow=tuple(map(ip_network, section.allow or ())),
    )


# As many characters as 256 bits take in base64url are 43, in hexadecimal digits 64; RFC 3986 section 2.3 names the
# characters that no proxy or client writes in another way.
_PATH_SECRET = re.compile(r"[A-Za-z0-9_.~-]{32,256}")
_VISIBLE = re.compile(r"[!-~]+")


def _path_secret(secret: str) -> str:
    if not _PATH_SECRET.fullmatch(secret):
        raise Unfit(
            "is not fit for an address: it takes 32 to 256 of the ASCII letters, digits, '-', '_', '.' and '~'; "
            "`openssl rand -hex 32` makes one"
        )
    return secret


def _visible(password: str) -> str:
    if not _VISIBLE.fullmatch(password):
        raise Unfit("is empty, or holds a space or a character outside of visible ASCII")
    return password


def _count_problems(section: WebhookAccountSection, where: tuple[object, ...]) -> list[Problem]:
    problems = []
    if not 1 <= len(section.secrets) <= 2:
        what = f"are {len(section.secrets)}; take one, or two while the second replaces the first"
        problems.append(Problem(path_of(*where, "secrets"), what))
    if section.allow == ():
        problems.append(Problem(path_of(*where, "allow"), "names no network; leave it out to let any address call"))
    return problems


def _pair_problems(section: WebhookAccountSection, where: tuple[object, ...]) -> list[Problem]:
    """RFC 7617 section 2: a name and a password, and no colon in the name."""
    name = section.username
    if name is None and section.password is None:
        return []
    if name is None:
        return [Problem(path_of(*where, "username"), "is required beside a password")]
    problems = []
    if section.password is None:
        problems.append(Problem(path_of(*where, "password"), "is required beside a username"))
    if ":" in name or not _VISIBLE.fullmatch(name):
        problems.append(Problem(path_of(*where, "username"), f"{name!r} is not a name of visible ASCII without ':'"))
    return problems
