"""`smsway webhooks`: takes what the vendors post."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from smsway.cli import _accounts as asked
from smsway.cli import _draft as option
from smsway.cli._accounts import keeping
from smsway.cli._failure import Failure
from smsway.cli._output import console, table
from smsway.config import Configuration, is_loopback

_PEM = "PEM file of the {} for TLS; without, a proxy in front must speak it."


def webhooks(
    *,
    config: option.Config = Path("smsway.toml"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8080,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help=_PEM.format("certificate"))
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help=_PEM.format("key"))] = None,
    sandbox: asked.SandboxUrl = None,
) -> None:
    """Take the reports and messages that the vendors post, until Ctrl-C.

    Each account has the address /ACCOUNT/SECRET, with a secret of webhooks.accounts.ACCOUNT.secrets. What comes is
    stored, answered, and then matched and told to plugins. Needs the extra `webhooks`. Exit status: 0 after Ctrl-C or
    SIGTERM, 2 after an error.
    """
    if (certificate is None) != (key is None):
        raise Failure("--certificate and --key belong together; give both, or none and a proxy in front")
    if certificate is not None and key is not None:
        _check_pem(certificate, key)
    serve = _server()
    if certificate is None and not is_loopback(host):
        words = (
            f"smsway: --host {host} without --certificate: a proxy in front must speak TLS, for the path is a secret"
        )
        console(stderr=True).print(words, soft_wrap=True)
    with keeping(config, sandbox) as client:
        listening = partial(_introduce, client.configuration)
        serve(client, host, port, certificate=certificate, key=key, listening=listening)


class _Locked(Exception):
    """A key has a pass phrase."""


def _check_pem(certificate: Path, key: Path) -> None:
    """Raise `Failure` that names the file which TLS cannot be spoken with, for OpenSSL does not tell which it is."""

    def ask() -> str:
        raise _Locked

    for file in (certificate, key):
        file.open("rb").close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(certificate)
    except ssl.SSLError:
        raise Failure(f"--certificate {certificate} holds no certificate in PEM; name the file that does") from None
    try:
        context.load_cert_chain(certificate, key, password=ask)
    except _Locked:
        raise Failure(f"--key {key} has a pass phrase, which nobody types for a server; give a key without") from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise Failure(f"--key {key} is not the key of --certificate {certificate}; name the one that is") from None
        raise Failure(f"--key {key} holds no private key in PEM; name the file that does") from None


def _server() -> Callable[..., None]:
    try:
        from smsway.webhooks import serve  # noqa: PLC0415  # the extra may be missing, and no other command needs it
    except ImportError as error:
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        raise Failure(str(error)) from None
    return serve


def _introduce(configuration: Configuration, address: str) -> None:
    out = console()
    rows = [
        (name, f"{address}/{name}/SECRET", " and ".join(f"secrets[{n}]" for n in range(len(account.secrets))))
        for name, account in configuration.webhooks.accounts.items()
    ]
    out.print(table("Where the vendors may post", ("account", "address", "SECRET is one of"), rows))
    out.print("Ctrl-C ends it.")
    out.file.flush()
