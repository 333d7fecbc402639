"""Tells whose an address is: this machine's, the public's, or that of a network which only this machine may be in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# Not the property of the same name, which takes `::ffff:127.0.0.1` for one in some versions of the standard library.
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# What the standard library takes for public, in some of its versions or in all.
_NOT_PUBLIC = (
    ip_network("192.0.0.0/24"),  # iana.org/assignments/iana-ipv4-special-registry; the metadata of a cloud among it
    ip_network("::/96"),  # RFC 4291 section 2.5.5.1: another spelling of IPv4 addresses, given up
    ip_network("64:ff9b:1::/48"),  # RFC 8215: a network's own translation to IPv4
    ip_network("fec0::/10"),  # RFC 3879: a site's own, given up
    ip_network("168.63.129.16/32"),  # learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
)
# RFC 6052 section 2.1: under this prefix IPv6 hosts reach IPv4 addresses.
_NAT64 = ip_network("64:ff9b::/96")


def is_loopback(host: str) -> bool:
    """True for addresses of this machine only, as they are usually spelled."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return any(address in network for network in _LOOPBACK)


def is_public(address: str) -> bool:
    """True for an address that can be a vendor's: not private, loopback, link-local, multicast or a cloud's metadata.

    Raises `ValueError` for what is no address.
    """
    return all(
        each.is_global and not each.is_multicast and not any(each in network for network in _NOT_PUBLIC)
        for each in _meant(ip_address(address))
    )


def _meant(address: Address) -> Iterator[Address]:
    """Yield *address*, and where a packet to it arrives if that is another host."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        # RFC 4291 section 2.5.5.2: another spelling of an IPv4 address.
        yield address.ipv4_mapped
    else:
        yield address
        if address.sixtofour is not None:
            yield address.sixtofour
        if address in _NAT64:
            yield IPv4Address(int(address) & 0xFFFFFFFF)
