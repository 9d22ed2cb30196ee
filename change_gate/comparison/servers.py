"""Servers: an address is a server joined with a path."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node, paths
from change_gate.findings import Direction, Verdict

MAX_COMBINATIONS: Final = 200
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_PORTS: Final = {"http": ":80", "https": ":443"}


def servers_of(operation: Node, item: Node) -> list[Node]:
    """Return the servers that apply to an operation: its own, its path item's, or the root's."""
    for owner in (operation, item, operation.document.top):
        servers = owner.get("servers")
        found = list(servers.elements()) if servers else []
        if found:
            return found
    return []


def addresses(operation: Node, item: Node, template: str) -> dict[str, Node | None]:
    """Return the canonical addresses of an operation, each with the server that it comes from."""
    path = paths.canonical(template)
    servers = servers_of(operation, item)
    if not servers:
        return {path: None}
    return {url + path: server for server in servers for url in urls(server)}


def urls(server: Node) -> Iterator[str]:
    """Yield the canonical URLs of a server: one for each combination of enumerated variables."""
    template = server.text("url", "/")
    choices = []
    names = list(dict.fromkeys(_VARIABLE.findall(template)))
    for name in names:
        variable = server.get("variables", name)
        values = (
            variable.value.get("enum") if variable is not None and isinstance(variable.value, dict) else None
        )
        choices.append([str(value) for value in values] if isinstance(values, list) and values else ["{}"])
    for values in itertools.islice(itertools.product(*choices), MAX_COMBINATIONS):
        url = template
        for name, value in zip(names, values, strict=True):
            url = url.replace(f"{{{name}}}", value)
        yield _canonical(url)


def _canonical(url: str) -> str:
    scheme, colon, rest = url.partition("://")
    if colon:
        host, slash, path = rest.partition("/")
        host = host.lower().removesuffix(_PORTS.get(scheme.lower(), "\n"))
        url = f"{scheme.lower()}://{host}{slash}{path}"
    return url.rstrip("/")


def compare(context: Context, scope: Scope) -> None:
    """Record the addresses of an operation that are gone, and changed defaults of server variables."""
    operations, items = scope.operations, scope.items
    assert operations.base is not None
    assert operations.head is not None
    assert items.base is not None
    assert items.head is not None
    old = addresses(operations.base, items.base, scope.paths[0])
    new = addresses(operations.head, items.head, scope.paths[1])
    gone: dict[str, Node | None] = {}
    for address, server in old.items():
        if address not in new and not any(paths.captured(other, address) for other in new if "{}" in other):
            gone.setdefault(server.pointer if server else "", server)
    for server in gone.values():
        url = server.text("url", "/") if server else "/"
        context.recorder.add(
            "server-removed",
            Verdict.RISKY,
            f"The server {url} was removed; clients that use it may find nothing there.",
            Pair(server, None),
            scope=scope,
            location=f"server {_canonical(url) or '/'}",
            direction=Direction.CLIENT_TO_SERVER,
            parents=Pair(context.base.top, context.head.top.get("servers") or context.head.top),
        )
    _compare_variables(context, scope, old, new)


def _compare_variables(
    context: Context, scope: Scope, old: dict[str, Node | None], new: dict[str, Node | None]
) -> None:
    seen = set()
    for address, server in old.items():
        other = new.get(address)
        if server is None or other is None or (server.pointer, other.pointer) in seen:
            continue
        seen.add((server.pointer, other.pointer))
        names = zip(_VARIABLE.findall(server.text("url")), _VARIABLE.findall(other.text("url")), strict=False)
        for before, after in names:
            pair = Pair(server.get("variables", before), other.get("variables", after))
            defaults = [side.text("default") for side in pair.nodes()]
            if len(set(defaults)) > 1:
                context.recorder.add(
                    "server-variable-default-changed",
                    Verdict.RISKY,
                    f"The default of the server variable {before} changed from {defaults[0]!r} to {defaults[1]!r}.",
                    pair,
                    scope=scope,
                    location=f"server {_canonical(server.text('url'))} variable {before}",
                    direction=Direction.CLIENT_TO_SERVER,
                )
