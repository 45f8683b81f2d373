"""Which network addresses a webhook may be posted to: those of the internet, and networks of our own that are named."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that the internet has of IPv6; what is outside leads somewhere of our own."""
_IPV4_BITS: Final = 2**32 - 1


def parse_networks(text: str) -> tuple[Network, ...]:
    """Reads ``10.0.0.0/8, 192.168.7.20``.

    Raises:
        SettingsError: a part is no network and no address.
    """
    found: list[Network] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise SettingsError(f"{part!r} is no network such as 10.0.0.0/8, and no address") from error
    return tuple(found)


def may_be_called(address: str, allowed: Sequence[Network]) -> bool:
    """Whether a connection may be made there.

    Args:
        address: as DNS gave it; a name would say nothing, since it can lead elsewhere a second later.
        allowed: networks of our own.

    >>> may_be_called("192.0.66.2", ())
    True
    >>> may_be_called("169.254.169.254", ())
    False
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner = _inner(found)
    if any(each in network for network in allowed for each in {found, inner}):
        return True
    if isinstance(inner, ipaddress.IPv6Address) and inner not in _UNICAST:
        return False
    return inner.is_global and not inner.is_multicast


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one leads to, by mapping, 6to4, Teredo or NAT64; else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _IPV4_BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
