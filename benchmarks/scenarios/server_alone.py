"""The server alone: prebuilt bytes over plain sockets, as a check that it is not what the other scenarios measure."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from _canned import FULL, VENDORS, Vendor
from _rounds import Timed, here, measure
from _section import Bench, Section, us
from _sides import prebuilt

CONNECTIONS = 32

TEXT = """The same bytes over sockets, in µs for one exchange, as a check that the server is not what is measured above:
with one connection it is the least that a call can take, with 32 it is what the server needs for one."""

COLUMNS = ("over", "provider", "recipients", "one connection", f"{CONNECTIONS} connections")


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("The server alone", TEXT, COLUMNS)
    for over in ("plain", "TLS"):
        for vendor in VENDORS.values():
            for recipients in (1, FULL):
                timed = exchanges(bench, vendor, recipients, tls=over == "TLS")
                times = us(timed.median("one")), us(timed.median("many"))
                section.lines.append((over, vendor.name, str(recipients), *times))
    return section


def exchanges(bench: Bench, vendor: Vendor, recipients: int, *, tls: bool) -> Timed:
    """Time exchanges on one connection, and on many at a time."""
    request = prebuilt(vendor, bench.served.url(vendor.name, tls=tls), recipients)
    parts = urlsplit(request.url)
    head = f"POST {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(request.body)}"
    data = f"{head}\r\n\r\n".encode() + request.body
    trust = ssl.create_default_context(cafile=bench.served.authority) if tls else None
    sockets = [_connect(parts.hostname or "", parts.port or 0, trust) for _ in range(CONNECTIONS)]

    def one(calls: int) -> None:
        for _ in range(calls):
            _exchange(sockets[:1], data)

    def many(calls: int) -> None:
        for _ in range(-(-calls // CONNECTIONS)):
            _exchange(sockets, data)

    try:
        return measure({"one": here(one), "many": here(many)}, bench.rounds, bench.span / 2, CONNECTIONS)
    finally:
        for each in sockets:
            each.close()


def _connect(host: str, port: int, trust: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection((host, port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return trust.wrap_socket(plain, server_hostname=host) if trust else plain


def _exchange(sockets: Sequence[socket.socket], data: bytes) -> None:
    for each in sockets:
        each.sendall(data)
    for each in sockets:
        received = each.recv(1 << 18)
        head = received.index(b"\r\n\r\n") + 4
        left = head + int(received[:head].partition(b"Content-Length: ")[2].partition(b"\r\n")[0]) - len(received)
        while left:
            left -= len(each.recv(left))
