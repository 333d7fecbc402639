"""A vendor's name leads to public addresses only, and a connection goes to the address that was looked at."""

import asyncio
import socket
import time

import pytest

from smsway import Certainty, Reason, Status
from smsway.transport._certainty import Phases
from smsway.transport._library import httpcore
from smsway.transport._messages import Origin
from smsway.transport._network import AsyncConnector, Connector
from smsway.transport._reach import PrivateAddress, Reach

PUBLIC, OTHER = "8.8.8.8", "2606:4700::1111"
PRIVATE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:168.63.129.16",
    "::ffff:224.0.0.1",
    "::127.0.0.1",
    "fec0::1",
    "64:ff9b:1::a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "ff02::1",
)


def answers(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


class Resolver:
    """A resolver of the machine that answers each question with the next of its answers, the last one for ever."""

    def __init__(self, *said):
        self.said = list(said)
        self.asked = []

    def __call__(self, host, *_, **__):
        self.asked.append(host)
        return answers(*(self.said.pop(0) if len(self.said) > 1 else self.said[0]))


@pytest.fixture
def resolver(monkeypatch):
    """Make the machine resolve every name so."""

    def make(*said):
        made = Resolver(*said)
        monkeypatch.setattr(socket, "getaddrinfo", made)
        return made

    return make


@pytest.fixture
def resolves_here(monkeypatch):
    """Let a name lead to this machine, and all others to where they lead."""
    resolve = socket.getaddrinfo

    def do(name):
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: resolve("127.0.0.1" if host == name else host, *a, **k)
        )

    return do


class Network:
    """Notes where a connection would go, and refuses it; serves both kinds of backend."""

    def __init__(self):
        self.tried = []

    def connect_tcp(self, address, *_):
        self.tried.append(address)
        raise httpcore.ConnectError


class AsyncNetwork(Network):
    """The same for asyncio."""

    async def connect_tcp(self, address, *_):
        super().connect_tcp(address)


@pytest.fixture(params=["sync", "async"])
def connect(request):
    """Connect to a host within a reach, and tell the addresses that were tried."""

    def over_sync(host, reach):
        network = Network()
        with pytest.raises(httpcore.ConnectError) as raised:
            Connector(reach, network).connect(
                Origin(host, 443, secure=True, authority=host), None, time.monotonic() + 5, Phases()
            )
        return network.tried, type(raised.value)

    def over_async(host, reach):
        network = AsyncNetwork()
        with pytest.raises(httpcore.ConnectError) as raised:
            asyncio.run(
                AsyncConnector(reach, network).connect(
                    Origin(host, 443, secure=True, authority=host), None, time.monotonic() + 5, Phases()
                )
            )
        return network.tried, type(raised.value)

    return over_sync if request.param == "sync" else over_async


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_not_connected_to(connect, resolver, address):
    resolver([address])

    assert connect("sms.example.com", Reach()) == ([], PrivateAddress)


@pytest.mark.parametrize("address", [PUBLIC, OTHER, "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_name_that_leads_to_the_public_network_is_connected_to(connect, resolver, address):
    resolver([address])

    assert connect("sms.example.com", Reach())[0] == [address]


@pytest.mark.parametrize("spelling", ["0x7f.1", "127.1", "2130706433", "017700000001"])
def test_another_spelling_of_this_machine_is_not_connected_to(connect, spelling):
    assert connect(spelling, Reach()) == ([], PrivateAddress)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1", "::ffff:a9fe:a9fe"])
def test_an_address_in_the_place_of_a_name_is_looked_at_too(connect, address):
    assert connect(address, Reach()) == ([], PrivateAddress)


def test_of_several_addresses_the_public_ones_are_tried(connect, resolver):
    resolver(["10.0.0.1", PUBLIC, "::1", OTHER])

    assert connect("sms.example.com", Reach()) == ([PUBLIC, OTHER], httpcore.ConnectError)


def test_the_address_that_was_looked_at_is_connected_to_and_the_name_is_asked_for_once(connect, resolver):
    rebinding = resolver([PUBLIC], ["127.0.0.1"])

    tried, _ = connect("rebinding.example.com", Reach())

    assert tried == [PUBLIC]
    assert rebinding.asked == ["rebinding.example.com"]


def test_a_host_that_may_be_private_is_connected_to_wherever_it_is_and_no_other(connect, resolver):
    resolver(["10.0.0.1"])
    reach = Reach({"gateway.internal"})

    assert connect("gateway.internal", reach) == (["10.0.0.1"], httpcore.ConnectError)
    assert connect("sms.example.com", reach) == ([], PrivateAddress)


@pytest.mark.parametrize(("said", "tried"), [(["::1", "127.0.0.1", PUBLIC], ["::1", "127.0.0.1"]), ([PUBLIC], [])])
def test_localhost_is_this_machine_whatever_the_resolver_says(connect, resolver, said, tried):
    resolver(said)

    assert connect("localhost", Reach())[0] == tried


def test_a_message_to_a_private_address_moves_on_and_says_why(make_world, raw_server, message, resolves_here, caplog):
    listener = raw_server(lambda connection, _: connection.close())
    port = int(listener.url.rpartition(":")[2])
    resolves_here("sms.example.com")
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-v5"}, urls={"first": f"https://sms.example.com:{port}"}
    )

    outcome = world.send(message())[0]

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "second")
    assert (outcome.attempts[0].certainty, outcome.attempts[0].reason) == (Certainty.NOT_SENT, Reason.UNREACHABLE)
    assert listener.connections == 0
    assert "sms.example.com leads to no address that it may lead to" in caplog.text
    assert "allow_private" in caplog.text


def test_an_account_that_may_connects_to_a_private_address(
    make_world, raw_server, v5_answer, message, resolves_here, make_authority
):
    authority = make_authority()

    def answer(connection, request):
        body = v5_answer(request)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    server = raw_server(answer, authority.server("gateway.internal"))
    resolves_here("gateway.internal")
    world = make_world(
        {"first": "tencent-v5"},
        settings={"first": {"allow_private": True}},
        urls={"first": f"https://Gateway.Internal:{server.url.rpartition(':')[2]}"},
        ssl_context=authority.client(),
    )

    assert world.send(message())[0].status is Status.ACCEPTED
