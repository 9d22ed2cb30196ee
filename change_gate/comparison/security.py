"""Security: sets of alternatives, each a set of schemes with scopes. Schemes are compared by meaning, not by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from change_gate.comparison import witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair, ordered, sender_name
from change_gate.comparison.recorder import Scope
from change_gate.comparison.security_schemes import (
    TOKEN_KINDS,
    Alternative,
    alternatives,
    requirement_node,
    scheme_of,
)
from change_gate.documents import Document, Node
from change_gate.findings import Direction, Verdict

_FLOW_URLS: Final = ("authorizationUrl", "tokenUrl", "refreshUrl")


def satisfies(offered: Alternative, wanted: Alternative) -> bool:
    """Return True if credentials for one alternative are enough for another."""
    return all(scheme in offered and scopes <= offered[scheme] for scheme, scopes in wanted.items())


def compare(context: Context, scope: Scope) -> None:
    """Record alternatives of the sender that no longer authorise a request."""
    direction = scope.direction(Message.REQUEST)
    nodes = Pair(
        requirement_node(scope, scope.operations.base), requirement_node(scope, scope.operations.head)
    )
    documents = (context.base, context.head)
    if sender_name(direction) == "head":
        documents = documents[::-1]
    offered = alternatives(documents[0], nodes.sender(direction))
    wanted = alternatives(documents[1], nodes.reader(direction))
    for index, alternative in enumerate(offered):
        if any(satisfies(alternative, other) for other in wanted):
            continue
        tokens = _as_tokens(alternative)
        is_token_change = any(satisfies(tokens, _as_tokens(other)) for other in wanted)
        verdict = Verdict.RISKY if is_token_change else Verdict.BREAKING
        _report(context, scope, nodes, alternative, wanted=wanted, verdict=verdict, index=index)
    _compare_definitions(context, scope, nodes)


def _as_tokens(alternative: Alternative) -> Alternative:
    merged: Alternative = {}
    for scheme, scopes in alternative.items():
        merged[scheme.as_token] = merged.get(scheme.as_token, frozenset()) | scopes
    return merged


def _report(
    context: Context,
    scope: Scope,
    nodes: Pair,
    alternative: Alternative,
    *,
    wanted: list[Alternative],
    verdict: Verdict,
    index: int,
) -> None:
    direction = scope.direction(Message.REQUEST)
    needed = " or ".join(_words(other) for other in wanted)
    context.recorder.add(
        "security-tightened",
        verdict,
        f"A request with {_words(alternative)} used to be enough; now it needs {needed}."
        if not scope.is_event
        else f"The server sends {_words(alternative)}; receivers were promised {needed}.",
        _changed_nodes(context, nodes, index, direction),
        scope=scope,
        location=f"security {_words(alternative).lower()}",
        direction=direction,
        parents=nodes,
        witness=witnesses.request(context, scope, credentials=alternative),
    )


def _changed_nodes(context: Context, nodes: Pair, index: int, direction: Direction) -> Pair:
    """Return the alternative and the requirements, or the schemes where both requirements read alike."""
    if nodes.base is None or nodes.head is None or nodes.base.value != nodes.head.value:
        sender = nodes.sender(direction)
        alternative = list(sender.elements())[index : index + 1] if sender is not None else []
        return ordered(alternative[0] if alternative else None, nodes.reader(direction), direction)
    for requirement in nodes.base.value:
        for name in requirement if isinstance(requirement, dict) else ():
            pair = Pair(context.base.top, context.head.top).get("components", "securitySchemes", name)
            if scheme_of(context.base, name) != scheme_of(context.head, name):
                return pair
    return nodes


def _words(alternative: Alternative) -> str:
    if not alternative:
        return "no credentials"
    parts = []
    for scheme, scopes in sorted(alternative.items(), key=lambda item: str(item[0])):
        parts.append(f"{scheme} ({', '.join(sorted(scopes))})" if scopes else str(scheme))
    return " and ".join(parts)


def _compare_definitions(context: Context, scope: Scope, nodes: Pair) -> None:
    """Record changed addresses, flows and scopes of the OAuth schemes that both sides use."""
    head = _token_schemes(context.head, nodes.head)
    for kind, old in _token_schemes(context.base, nodes.base):
        candidates = [list(_definition_changes(Pair(old, new))) for other, new in head if other == kind]
        for subject, pair in min(candidates, key=len, default=[]):
            context.recorder.add(
                "security-scheme-changed",
                Verdict.RISKY,
                f"The {subject} of the {kind} scheme changed; clients may no longer get their tokens there.",
                pair,
                scope=scope,
                location=f"security {kind} {subject}",
                direction=Direction.CLIENT_TO_SERVER,
            )


def _token_schemes(document: Document, requirements: Node | None) -> list[tuple[str, Node]]:
    """Return the OAuth and OpenID schemes that the requirements name, each with its kind."""
    found: dict[str, tuple[str, Node]] = {}
    for requirement in requirements.elements() if requirements else ():
        for name in requirement.value if isinstance(requirement.value, dict) else ():
            node = document.top.get("components", "securitySchemes", name)
            if node is not None and node.text("type") in TOKEN_KINDS:
                found.setdefault(name, (node.text("type"), node))
    return list(found.values())


def _definition_changes(pair: Pair) -> Iterator[tuple[str, Pair]]:
    assert pair.base is not None
    assert pair.head is not None
    if pair.base.text("openIdConnectUrl") != pair.head.text("openIdConnectUrl"):
        yield "openIdConnectUrl", pair
    flows = pair.base.get("flows")
    for name, flow in flows.items() if flows else ():
        if name.startswith("x-") or not isinstance(flow.value, dict):
            continue
        new = pair.head.get("flows", name)
        if new is None or not isinstance(new.value, dict):
            yield f"flow {name}", Pair(flow, None)
            continue
        for url in _FLOW_URLS:
            if flow.text(url) != new.text(url):
                yield f"{name} {url}", Pair(flow.raw(url), new.raw(url))
        old_scopes, new_scopes = (side.value.get("scopes") for side in (flow, new))
        for scope_name in old_scopes if isinstance(old_scopes, dict) else ():
            if not isinstance(new_scopes, dict) or scope_name not in new_scopes:
                yield f"{name} scope {scope_name}", Pair(flow.get("scopes"), new.get("scopes"))
