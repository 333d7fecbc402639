"""The sides of the comparison: each runs in a process and an environment of its own, and only when it is its turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import urlsplit

from _canned import NAME, PARAMS, SIGN, VENDORS, Vendor
from _message import STAMP, message, provider_of
from _rounds import Cost
from _server import Served

from smsway import Client
from smsway.model import Request

_HERE = Path(__file__).resolve().parent
_ENVIRONMENTS = Path(sys.prefix).parent / f"{Path(sys.prefix).name}-bench"


@dataclass(frozen=True)
class Side:
    """Who takes part, and in which way: a program of `sides/`, the environment that it needs, and its mode there.

    *serves* is the provider to which it posts where it knows only one.
    """

    name: str
    program: str
    environment: str = ""
    mode: str = ""
    serves: str = ""

    @property
    def installed(self) -> bool:
        """True if its environment is there; `make bench-peers` makes it."""
        return not self.environment or (_ENVIRONMENTS / self.environment / ".installed").exists()

    def command(self) -> Sequence[str]:
        """Return how its process is started."""
        program, home = str(_HERE / "sides" / self.program), _ENVIRONMENTS / self.environment
        if program.endswith(".mjs"):
            return "node", program, str(home)
        return str(home / "bin" / "python") if self.environment else sys.executable, program


CLIENT = Side("Client", "smsway_side.py", mode="Client")
ASYNC_CLIENT = Side("AsyncClient", "smsway_side.py", mode="AsyncClient")
HTTPX = Side("httpx.Client", "httpx_side.py", "httpx", "Client")
HTTPX_ASYNC = Side("httpx.AsyncClient", "httpx_side.py", "httpx", "AsyncClient")
HTTPX_KEPT = Side("httpx.AsyncClient, 100 kept", "httpx_side.py", "httpx", "AsyncClient, 100 kept")
AIOHTTP = Side("aiohttp", "aiohttp_side.py", "aiohttp")
QCLOUDSMS = Side("qcloudsms_py", "qcloudsms_side.py", "qcloudsms", serves="tencent-v5")
TENCENTCLOUD = Side("Tencent SDK", "tencentcloud_side.py", "tencentcloud", serves="tencent-global")
UCLOUD = Side("ucloud-sdk", "ucloud_side.py", "ucloud", serves="usms")
APPRISE = Side("apprise", "apprise_side.py", "apprise", serves="any")
NOTIFME = Side("notifme-sdk", "notifme_side.mjs", "notifme", serves="any")

STREAM = Side("Client", "stream_side.py", mode="Client")
ASYNC_STREAM = Side("AsyncClient", "stream_side.py", mode="AsyncClient")
ASYNC_STREAM_FROZEN = Side("AsyncClient, fewer collections", "stream_side.py", mode="AsyncClient, fewer collections")
PIPELINE = Side("one connection", "pipeline_side.py", "httpx", "sequential")
PIPELINE_THREADS = Side("8 connections, threads", "pipeline_side.py", "httpx", "threads")

SDKS = {side.serves: side for side in (QCLOUDSMS, TENCENTCLOUD, UCLOUD)}
"""The SDK that a user of the provider has otherwise."""


_DISTRIBUTIONS = {
    "httpx": "httpx",
    "aiohttp": "aiohttp",
    "qcloudsms": "qcloudsms-py",
    "tencentcloud": "tencentcloud-sdk-python-sms",
    "ucloud": "ucloud-sdk-python3",
    "apprise": "apprise",
    "notifme": "notifme-sdk",
}


def versions() -> Iterator[str]:
    """Yield what the environments hold, with its version."""
    for environment, name in _DISTRIBUTIONS.items():
        home = _ENVIRONMENTS / environment
        if environment == "notifme" and (home / ".installed").exists():
            package = home / "node_modules" / name / "package.json"
            node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
            yield f"{name} {json.loads(package.read_text(encoding='utf-8'))['version']} on Node {node.strip()}"
        else:
            for found in home.glob("lib/*/site-packages"):
                yield from (f"{name} {each.version}" for each in distributions(name=name, path=[str(found)]))


def prebuilt(vendor: Vendor, url: str, recipients: int) -> Request:
    """Return the request that smsway would send, made once."""
    with Client.from_config(vendor.configuration(), base_urls={NAME: url}) as client:
        (shipment,), _ = client._desk.take(message(vendor, recipients))  # noqa: SLF001  # planning alone is not public
        return next(provider_of(shipment).submit(shipment.batch, STAMP))


class Running:
    """The process of a side."""

    def __init__(self, side: Side, environment: Mapping[str, str]) -> None:
        self._side = side
        self._process = subprocess.Popen(
            side.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def ask(self, told: object) -> dict[str, float]:
        """Tell it something, and return what it answers."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(told), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self._side.name} ended with {process.wait()}")
        found: dict[str, float] = json.loads(answer)
        return found

    def __call__(self, calls: int) -> Cost:
        """Let it do so many calls: a `Turn`."""
        return Cost(**self.ask({"do": calls}))

    def resident(self) -> float:
        """Return the memory of its process, in MB."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Sides:
    """The processes, started when they are first needed."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._running: dict[tuple[Side, int], Running] = {}
        # What SDKs trust cannot always be told to them.
        trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), served.authority)
        self._environment = {**os.environ, **trust}

    def turns(
        self,
        sides: Sequence[Side],
        vendor: Vendor,
        recipients: int,
        tasks: int = 1,
        *,
        tls: bool = False,
        delay: int = 0,
        stub: bool = False,
        apart: bool = False,
    ) -> dict[str, Running]:
        """Make each of *sides* that is installed ready for a case, and return their turns by name.

        A side has one process, which is ready for one case at a time; *apart* gives it one more for each number of
        *tasks*.
        """
        return {
            side.name: self._open(side, vendor, recipients, tasks, tls=tls, delay=delay, stub=stub, apart=apart)
            for side in sides
            if side.installed
        }

    def _open(
        self, side: Side, vendor: Vendor, recipients: int, tasks: int, *, tls: bool, delay: int, stub: bool, apart: bool
    ) -> Running:
        vendor = VENDORS.get(side.serves, vendor)
        url = self._served.url(side.serves or vendor.name, tls=tls, delay=delay)
        request = prebuilt(vendor, url, recipients)
        parts = urlsplit(request.url)
        case = {
            "url": url,
            "mode": side.mode,
            "recipients": recipients,
            "tasks": tasks,
            "vendor": vendor.name,
            "prefix": vendor.prefix,
            "account": vendor.account,
            "template": vendor.template,
            "sign": SIGN,
            "params": PARAMS,
            "configuration": vendor.configuration(),
            "authority": self._served.authority if tls else "",
            "path": f"{parts.path}?{parts.query}".removesuffix("?"),
            "headers": dict(request.headers),
            "body": request.body.decode(),
            "stub": vendor.answer(request.body).decode() if stub else "",
        }
        key = side, tasks if apart else 0
        if key not in self._running:
            self._running[key] = Running(side, self._environment)
        self._running[key].ask({"open": case})
        return self._running[key]

    def end(self) -> None:
        """End all processes."""
        for each in self._running.values():
            each.end()


@contextmanager
def sides(served: Served) -> Iterator[Sides]:
    """Have the processes for the time of a `with` statement."""
    running = Sides(served)
    try:
        yield running
    finally:
        running.end()
