"""Keeps pages of other sites away from the control API.

A page of another site is recognised by its Origin. A page whose name resolves to this machine (DNS rebinding) is
recognised by its Host header, which the browser takes from that name.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request

_ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})
"""Listening addresses that stand for all addresses of the machine."""
_HOST = re.compile(r"(?:\[([0-9a-f:.%]+)\]|([^:\[\]]*))(?::[0-9]*)?")


class HostCheck:
    """Checks Host and Origin of a request. Raises Refused: FOREIGN_HOST or FOREIGN_ORIGIN.

    It accepts localhost, loopback addresses and `hosts`. If one of these stands for all addresses, it accepts every
    address, but no other name.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def __call__(self, request: Request) -> None:
        host = request.headers.get("host", "").lower()
        if not _is_accepted(host, self._hosts):
            accepted = ", ".join(["localhost", *sorted(self._hosts)])
            raise Refused(Problem.FOREIGN_HOST, host=repr(host[:60]), hosts=accepted)
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise Refused(Problem.FOREIGN_ORIGIN)


def _is_accepted(field: str, hosts: frozenset[str]) -> bool:
    found = _HOST.fullmatch(field)
    if found is None:
        return False
    name = (found[1] or found[2]).removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in hosts:
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or not hosts.isdisjoint(_ALL_ADDRESSES))


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
