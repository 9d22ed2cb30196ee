"""Who may call the control API from a browser: nobody but its own pages.

A page of another site is told by its Origin. One whose name was made to lead to this machine (DNS rebinding) is
told by the Host that its browser sends, since it can only be that name.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Handle, Request, Response
from mock_server.core.pipeline import completed, refusal

_ANYWHERE = frozenset({"0.0.0.0", "::"})
"""Addresses to listen on that mean all of the machine's."""
_HOST = re.compile(r"(?:\[([0-9a-f:.%]+)\]|([^:\[\]]*))(?::[0-9]*)?")


def guarded(handle: Handle, hosts: Sequence[str]) -> Handle:
    """The handle, behind a check of Host and Origin; `hosts` are good besides localhost and loopback addresses.

    Where one of them stands for all addresses, every address is good, though no name is.
    """
    good = frozenset(host.lower() for host in hosts)

    def guard(request: Request) -> Response:
        host = request.headers.get("host", "").lower()
        if not _is_good(host, good):
            shown = repr(host[:60])
            known = ", ".join(["localhost", *sorted(good)])
            return _refused(request, Refused(Problem.FOREIGN_HOST, host=shown, hosts=known))
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return _refused(request, Refused(Problem.FOREIGN_ORIGIN))
        return handle(request)

    return guard


def _refused(request: Request, why: Refused) -> Response:
    return completed(request, refusal(why), cors=False)


def _is_good(field: str, good: frozenset[str]) -> bool:
    found = _HOST.fullmatch(field)
    if found is None:
        return False
    name = (found[1] or found[2]).removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in good:
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or not good.isdisjoint(_ANYWHERE))


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
