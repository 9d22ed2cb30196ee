"""Complete messages around the part that matters, so that a witness can be sent or shown as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from change_gate.comparison import media_types, security_schemes
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, sender_name
from change_gate.comparison.empty_values import sample_sent
from change_gate.comparison.parameter_lists import Parameter, parameters_of
from change_gate.comparison.recorder import Scope
from change_gate.comparison.samples import sample
from change_gate.comparison.security_schemes import Alternative
from change_gate.comparison.serialisation import Encoding, header_text, path_text, query_text
from change_gate.comparison.wire import kinds
from change_gate.documents import Node, paths
from change_gate.findings import Direction, Witness

_SIMPLE: Final = Encoding("simple", False)
Sent = Mapping[tuple[str, str], tuple[Parameter, Any]]
"""The parameters that a request carries, with their values."""


def request(
    context: Context,
    scope: Scope,
    *,
    values: Mapping[tuple[str, str], Any] | None = None,
    raw_query: str = "",
    omit: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    credentials: Alternative | None = None,
    body: Any = None,
    has_body: bool | None = None,
    media_type: str = "",
    member: str = "",
) -> Witness:
    """Return a request as the sender's document allows it.

    `values` gives parameters by key; the other required ones get a sample. `credentials` is None for the first
    alternative of the operation. `has_body` is None for a sample of a required body.
    """
    direction = scope.direction(Message.REQUEST)
    side = sender_name(direction)
    parameters = parameters_of(scope, side)
    chosen = dict(values or {})
    omitted = set(omit)
    for key, parameter in parameters.items():
        if key not in chosen and key not in omitted and parameter.required:
            chosen[key] = sample_of(context, direction, side, parameter)
    sent = {key: (parameters[key], value) for key, value in chosen.items() if key in parameters}
    if credentials is None:
        credentials = _first_alternative(context, scope, side)
    secrets, secret_query = security_schemes.credentials(credentials)
    lines = _merged(secrets, dict(headers or {}) | _headers(sent))
    if has_body is None:
        media_type, body, has_body = _sample_body(context, scope, direction, side)
    if has_body and media_type:
        lines["Content-Type"] = media_type
    query = [part for part in (*_texts(sent, "query"), raw_query, secret_query) if part]
    return Witness(
        valid_under=side,
        method=scope.label.split(" ", 1)[0],
        url=_path(scope, side, sent) + (f"?{'&'.join(query)}" if query else ""),
        headers=lines,
        body=body,
        has_body=has_body,
        member=member,
    )


def _first_alternative(context: Context, scope: Scope, side: str) -> Alternative:
    document, operation = (
        (context.base, scope.operations.base) if side == "base" else (context.head, scope.operations.head)
    )
    return security_schemes.alternatives(document, security_schemes.requirement_node(scope, operation))[0]


def _merged(secrets: Mapping[str, str], lines: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request. A header that the request has anyway replaces the credentials."""
    if "Cookie" in secrets and "Cookie" in lines:
        return {**secrets, **lines, "Cookie": f"{secrets['Cookie']}; {lines['Cookie']}"}
    names = {name.lower() for name in lines}
    return {name: value for name, value in secrets.items() if name.lower() not in names} | dict(lines)


def response(
    scope: Scope,
    status: int,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    has_body: bool = False,
    media_type: str = "",
    member: str = "",
) -> Witness:
    """Return a response as the sender's document allows it."""
    side = sender_name(scope.direction(Message.RESPONSE))
    lines = dict(headers or {})
    if has_body and media_type:
        lines["Content-Type"] = media_type
    return Witness(side, status=status, headers=lines, body=body, has_body=has_body, member=member)


def sample_of(context: Context, direction: Direction, side: str, parameter: Parameter) -> Any:
    """Return a value that a parameter may have."""
    value = sample_sent(context.values.convert(direction, side, parameter.schema), parameter.encoding)
    return value if value is not None else "x"


def items_of(context: Context, direction: Direction, side: str, schema: Node | None) -> Any:
    """Return an array of two values, or an object, for a schema of one of these types."""
    converted = context.values.convert(direction, side, schema)
    value = sample(converted)
    if "array" in kinds(converted) and isinstance(schema, Node):
        item = schema.resolved().raw("items")
        first = sample(context.values.convert(direction, side, item))
        second = first + 1 if isinstance(first, int) and not isinstance(first, bool) else first
        return [*value, first, second][:2] if isinstance(value, list) else [first, second]
    return value or {"a": "b"}


def _texts(sent: Sent, location: str) -> list[str]:
    """Return the parameters of a query or a cookie as text."""
    chosen = [(parameter, value) for parameter, value in sent.values() if parameter.location == location]
    return [query_text(parameter.name, value, parameter.encoding) for parameter, value in chosen]


def _headers(sent: Sent) -> dict[str, str]:
    chosen = [(parameter, value) for parameter, value in sent.values() if parameter.location == "header"]
    lines = {parameter.name: header_text(value, parameter.encoding) for parameter, value in chosen}
    cookies = _texts(sent, "cookie")
    return {**lines, "Cookie": "; ".join(cookies)} if cookies else lines


def _path(scope: Scope, side: str, sent: Sent) -> str:
    template = scope.paths[0] if side == "base" else scope.paths[1]
    for index, name in enumerate(paths.variables(template)):
        parameter, value = sent.get(("path", str(index)), (None, "1"))
        encoding = parameter.encoding if parameter else _SIMPLE
        template = template.replace(f"{{{name}}}", path_text(name, value, encoding), 1)
    return template


def _sample_body(context: Context, scope: Scope, direction: Direction, side: str) -> tuple[str, Any, bool]:
    """Return media type and sample of a required body, and True if there is one."""
    operation = scope.operations.base if side == "base" else scope.operations.head
    body = operation.get("requestBody") if operation else None
    content = body.get("content") if body else None
    if body is None or content is None or not body.flag("required"):
        return "", None, False
    for name, media_type in content.items():
        value = sample(context.values.convert(direction, side, media_type.raw("schema")))
        return _concrete(name, content.value), value, True
    return "", None, False


def _concrete(name: str, names: Iterable[str]) -> str:
    """Return a media type for the name of a range, to which no narrower name applies."""
    wanted, declared = media_types.parse(name), [media_types.parse(each) for each in names]

    def applies(kind: media_types.MediaType) -> bool:
        return media_types.best_match(kind, declared) == wanted

    return str(media_types.example(wanted, applies)) if wanted.is_range else name


def sample_body(context: Context, direction: Direction, media_type: Node) -> Any:
    """Return a body of a media type as the sender may send it."""
    return sample(context.values.convert(direction, sender_name(direction), media_type.raw("schema")))
