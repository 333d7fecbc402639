"""What takes the callbacks of the benchmark, in a process of its own on one core: smsway, and a handler beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from smsway import AttemptFinished, AttemptStarted, Client, Outcome, Status
from smsway.provider import Phone, hookimpl
from smsway.webhooks import app
from smsway.webhooks._protocol import Protocol

SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
BATCH = 200
"""Recipients of one attempt."""

CONFIGURATION: dict[str, Any] = {
    "accounts": {
        "cn": {
            "provider": "tencent-v5",
            "sdk_app_id": 1400006666,
            "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4",
        }
    },
    "webhooks": {"accounts": {"cn": {"secrets": [f"literal:{SECRET}"]}}},
}


def mobile(number: int) -> str:
    """Return the phone of text *number*, in national form."""
    return f"137{number:08}"


def sid(number: int) -> str:
    """Return the vendor's id of text *number*."""
    return f"2033:{number:x}"


class Counter:
    """Counts what is told."""

    def __init__(self) -> None:
        self.told = 0

    @hookimpl
    def report_received(self, event: object) -> None:  # noqa: ARG002  # only that it comes
        """Count one report."""
        self.told += 1


def note_texts(client: Client, texts: int) -> None:
    """Let the store know of *texts* texts that were accepted, so that each report has something to find."""
    tracker = client.tracker
    assert tracker is not None
    for start in range(0, texts, BATCH):
        numbers = range(start, start + BATCH)
        phones = [f"+86{mobile(number)}" for number in numbers]
        attempt = f"{start:020x}"
        keys = tuple((0, index) for index in range(BATCH))
        tracker.record(AttemptStarted(attempt, "cn", keys, 1_573_552_778.0, tuple(phones)))
        outcomes = [
            Outcome(Phone(phone), Status.ACCEPTED, "cn", provider_message_id=sid(number))
            for phone, number in zip(phones, numbers, strict=True)
        ]
        tracker.record(AttemptFinished(attempt, "cn", BATCH, BATCH, 0, 0, 0, (), 0.1, outcomes))
    tracker.flush()


def host(client: Client, counter: Counter) -> Starlette:
    """Return the application: `/smsway`, `/plain`, and `/told`, which says how many reports observers were told of."""

    async def plain(request: Request) -> Response:
        return Response(b'{"result":0,"errmsg":"OK"}' if json.loads(await request.body()) else b"", 200)

    async def told(_: Request) -> Response:
        return PlainTextResponse(str(counter.told))

    hooks = app(client)
    routes = [Mount("/smsway", hooks), Route("/plain", plain, methods=["POST"]), Route("/told", told)]
    return Starlette(routes=routes, lifespan=lambda _: hooks.router.lifespan_context(hooks))


def _serve(store: str, core: int, texts: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    counter = Counter()
    with Client.from_config({**CONFIGURATION, "reports": {"store": store}}, plugins=[counter]) as client:
        note_texts(client, texts)
        config = uvicorn.Config(host(client, counter), access_log=False, log_level="warning", ws="none", http=Protocol)
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            print(listener.getsockname()[1], flush=True)
            uvicorn.Server(config).run([listener])


@contextmanager
def serving(core: int, texts: int, folder: Path | None = None) -> Iterator[int]:
    """Run the server on *core* with a store that knows of *texts* texts, and give its port."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        command = [sys.executable, str(Path(__file__).resolve()), str(Path(made) / "reports.db"), str(core), str(texts)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield int(process.stdout.readline())
            finally:
                process.terminate()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
