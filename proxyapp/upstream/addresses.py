"""Which addresses a tenant may make us call: those of the public internet, and nothing else.

Spelled out rather than left to `ipaddress.is_global`, whose verdicts changed between patch releases of
Python. Source: the IANA special-purpose registries for IPv4 and IPv6, read in favour of refusal.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # public by number, yet the host's own service inside Azure
        "169.254.0.0/16",  # link-local; 169.254.169.254 is the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# Only 2000::/3 is global unicast. All that lies outside it falls with that one rule: loopback, unique local
# (fd00:ec2::254 among them), link-local, multicast, IPv4-mapped, and NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo and other assignments that carry an IPv4 address or no route
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether `address`, as a resolver spells it, is on the public internet. What cannot be read is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _CLOSED_V4)
    return parsed in _OPEN_V6 and not any(parsed in network for network in _CLOSED_V6)


def all_public(addresses: Iterable[str]) -> bool:
    """One private address among them taints the name: whoever owns it chooses the order of the answers."""
    return all(map(is_public, addresses))
