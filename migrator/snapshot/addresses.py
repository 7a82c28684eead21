"""Where an address of the old cluster is written down: the machine's half of checklist item CL-1 (domain facts B.1).

While reading, every address in a place that a person wrote is noted with its location (``address_places``): IPv4 and
IPv6 addresses, ranges where a range alone is written, host names of load balancers. Which of them belong to a node or a
load balancer is known only when all files are read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrator.snapshot.model import AddressUse

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address

# A class of plain characters in front lets the search skip text fast; what stands around is looked at afterwards.
_IPV4 = re.compile(r"[0-9][0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_JOINED_BEFORE = re.compile(r"[\w.]")
_JOINED_AFTER = re.compile(r"\w|\.\w")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{0,31}[0-9a-fA-F](?![\w:])")
_EIGHT_GROUPS = re.compile(r":[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}:")
_RANGE = re.compile(r"[0-9a-fA-F.:]{2,39}/[0-9]{1,3}")
_LABEL = re.compile(r"lb[\w-]*\.")
_HOST = re.compile(r"(?<![\w.-])[\w-][\w.-]{3,252}(?![\w.-])")


class Noted(NamedTuple):
    """An address in the one form in which it is compared, and the field it stands in.

    ``maker``: who writes the field, where that is told. ``service``: of an Endpoints object, which counts only where
    no Service selects its addresses.
    """

    address: str
    location: str
    maker: str = ""
    service: tuple[str, str] | None = None


def in_text(value: str, location: str) -> Iterator[Noted]:
    """Whatever may be an address in a text; a text that is a range and nothing else is one range."""
    if "/" in value and _RANGE.fullmatch(value) and _network(value) is not None:
        yield Noted(value, location)
        return
    if value.count(".") >= 3:
        for address in _ipv4(value):
            yield Noted(address, location)
    if "::" in value or (value.count(":") >= 7 and _EIGHT_GROUPS.search(value)):
        for address in _ipv6(value):
            yield Noted(address, location)
    if "lb" in value and _LABEL.search(value):
        for name in _host_names(value):
            yield Noted(name, location)


def _ipv4(value: str) -> set[str]:
    """The IPv4 addresses in a text that stand alone: not in a longer number, name or version."""
    return {
        m[0]
        for m in _IPV4.finditer(value)
        if not _JOINED_BEFORE.match(value, max(0, m.start() - 1), m.start())
        and not _JOINED_AFTER.match(value, m.end())
        and all(int(part) < 256 for part in m[0].split("."))
    }


def _ipv6(value: str) -> set[str]:
    return {_form(m[0]) for m in _IPV6.finditer(value) if _ip(m[0]) is not None}


def _host_names(value: str) -> set[str]:
    """Names that a load balancer may have: every cloud known to us puts ``lb`` into one of the labels (elb, alb, clb).

    Taking every name in every text instead would keep millions, to throw all away but one.
    """
    return {name.lower() for name in _HOST.findall(value) if "lb" in name and name.count(".") >= 2}


def uses(noted: Iterable[Noted], known: Iterable[str], selecting: set[tuple[str, str]]) -> tuple[AddressUse, ...]:
    """The noted addresses that are ``known``, and the ranges that hold one of them, without "everywhere" (/0).

    Args:
        known: addresses of nodes (private and elastic) and addresses and host names of load balancers.
        selecting: (namespace, name) of the Services with a selector.
    """
    addresses = {_form(a): a for a in known if a}
    parsed = [ip for a in addresses if (ip := _ip(a)) is not None]
    found: dict[tuple[str, str], str] = {}
    for entry in noted:
        if entry.service in selecting:
            continue
        address = addresses.get(entry.address, "")
        if not address and "/" in entry.address and _holds_any(entry.address, parsed):
            address = entry.address
        if address:
            place = (address, entry.location)
            found[place] = max(entry.maker, found.get(place, ""))
    return tuple(AddressUse(address=a, location=place, owner=maker) for (a, place), maker in sorted(found.items()))


def _form(address: str) -> str:
    """An address as it is compared: IPv6 has many forms, host names no case."""
    ip = _ip(address)
    return str(ip) if ip is not None else address.lower()


def _ip(value: str) -> _IP | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def _holds_any(value: str, known: list[_IP]) -> bool:
    network = _network(value)
    return network is not None and network.prefixlen > 0 and any(ip in network for ip in known)
