"""`smsway sandbox`: plays the vendors of a configuration."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer

from smsway.cli import _draft as option
from smsway.cli._failure import Failure
from smsway.cli._output import console, table
from smsway.config import is_loopback, load
from smsway.sandbox import Sandbox, sandbox_of


def sandbox(
    *,
    config: option.Config = Path("smsway.toml"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the control API; 0 takes any free one.")] = 0,
    rate: Annotated[bool, typer.Option("--rate/--no-rate", help="Keep to the accounts' requests per second.")] = True,
    allow_remote: Annotated[
        bool, typer.Option(help="Allow a host that others can reach; they can read every phone.")
    ] = False,
    push_to: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT=URL", help="Post the account's reports and replies there; repeat it."),
    ] = None,
    report_delay: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long after a text its report comes.")
    ] = 0.0,
    review_after: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="Approve new templates and signatures after so long."),
    ] = None,
) -> None:
    """Play the vendors of a configuration on this machine, until Ctrl-C. Nothing is ever sent."""
    if not (allow_remote or is_loopback(host)):
        raise Failure(f"--host {host} can be reached from elsewhere; take 127.0.0.1, or allow it with --allow-remote")
    made = sandbox_of(
        load(config),
        host=host,
        port=port,
        rate=rate,
        allow_remote=allow_remote,
        push_to=_addresses(push_to or ()),
        report_delay=report_delay,
        review_after=review_after,
    )
    end = Event()

    def stop(_: int, __: FrameType | None) -> None:
        end.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with made:
            _introduce(made)
            end.wait()
            texts = made.texts()
            console().print(f"{sum(texts.values())} texts to {len(texts)} phones were taken, and none was sent.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _addresses(given: Sequence[str]) -> Mapping[str, str]:
    """Return account -> address; raises `Failure`, which quotes no address, for its path may be a secret."""
    pairs = [each.partition("=") for each in given]
    if not all(account and url for account, _, url in pairs):
        raise Failure("--push-to takes ACCOUNT=URL, such as --push-to cn=http://127.0.0.1:8000/callbacks")
    return {account: url for account, _, url in pairs}


def _introduce(made: Sandbox) -> None:
    out = console()
    out.print(table("The sandbox plays", ("account", "address"), made.urls.items()))
    out.print(f"Control API: {made.control_url}")
    out.print(f"Send to it:  smsway send --sandbox {made.control_url} ...", soft_wrap=True)
    out.print("Ctrl-C ends it.")
    out.file.flush()
