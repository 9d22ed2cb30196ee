"""Security schemes by their meaning, the alternatives of an operation, and the credentials that a request carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from change_gate.comparison.recorder import Scope
from change_gate.documents import Document, Node

TOKEN_KINDS: Final = ("oauth2", "openIdConnect")


@dataclass(frozen=True)
class Scheme:
    """The meaning of a security scheme: its kind, and where and under which name the credentials stand."""

    kind: str
    location: str = ""
    name: str = ""
    spelling: str = field(default="", compare=False)  # the name as the document writes it

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.location, self.spelling or self.name) if part)

    @property
    def as_token(self) -> Scheme:
        """The scheme with all kinds of bearer tokens taken for one."""
        is_token = self.kind in TOKEN_KINDS or (self.kind, self.name) == ("http", "bearer")
        return Scheme("token") if is_token else self


Alternative = dict[Scheme, frozenset[str]]


def scheme_of(document: Document, name: str) -> Scheme:
    """Return the meaning of a security scheme. A scheme that the document lacks means only itself."""
    node = document.top.get("components", "securitySchemes", name)
    if node is None:
        return Scheme("undefined", "", name)
    kind = node.text("type")
    if kind == "apiKey":
        location = node.text("in")
        key = node.text("name")
        return Scheme(kind, location, key.lower() if location == "header" else key, key)
    return Scheme(kind, "", node.text("scheme").lower()) if kind == "http" else Scheme(kind)


def requirement_node(scope: Scope, operation: Node | None) -> Node | None:
    """Return the `security` that applies to an operation. The root's does not apply to callbacks and webhooks."""
    if operation is None:
        return None
    own = operation.get("security")
    return own if own is not None or scope.is_event else operation.document.top.get("security")


def alternatives(document: Document, node: Node | None) -> list[Alternative]:
    """Return the alternatives of a `security` field. No alternative needs anything if there is none."""
    found = []
    for requirement in node.elements() if node else ():
        members = requirement.value if isinstance(requirement.value, dict) else {}
        found.append({scheme_of(document, name): _scopes(scopes) for name, scopes in members.items()})
    return found or [{}]


def _scopes(value: Any) -> frozenset[str]:
    return (
        frozenset(scope for scope in value if isinstance(scope, str))
        if isinstance(value, list)
        else frozenset()
    )


def credentials(alternative: Alternative) -> tuple[dict[str, str], str]:
    """Return the headers and the query that carry the credentials. The secrets are variables of the shell."""
    headers: dict[str, str] = {}
    keys: dict[str, list[str]] = {"cookie": [], "query": []}
    for scheme in alternative:
        if scheme.kind == "apiKey" and scheme.location == "header":
            headers[scheme.spelling] = "$KEY"
        elif scheme.kind == "apiKey":
            keys.setdefault(scheme.location, []).append(f"{scheme.name}=$KEY")
        elif scheme.kind == "http" and scheme.name != "bearer":
            headers["Authorization"] = f"{scheme.name.capitalize()} $CREDENTIALS"
        elif scheme.kind == "http" or scheme.kind in TOKEN_KINDS:
            headers["Authorization"] = "Bearer $TOKEN"
    if keys["cookie"]:
        headers["Cookie"] = "; ".join(keys["cookie"])
    return headers, "&".join(keys["query"])
