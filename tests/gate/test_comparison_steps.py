"""The steps of a comparison: parameters, callbacks, headers and status codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gate.sides import op, parameter, read_side, scopes

from change_gate.comparison import (
    bodies,
    callbacks,
    lifecycle,
    names,
    parameters,
    responses,
    security,
    servers,
)
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair
from change_gate.comparison.headers import compare_response as compare_headers
from change_gate.comparison.recorder import Scope
from change_gate.comparison.serialisation import (
    Encoding,
)
from change_gate.findings import Direction, Verdict

TO_SERVER, TO_CLIENT = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT

Step = Callable[[Context, Scope], None]


def recorded(step: Step, base: dict[str, Any], head: dict[str, Any]) -> list[tuple[str, str]]:
    """Return rule and verdict of each finding that a step records."""
    context, scope = scopes(base, head)
    step(context, scope)
    return [(finding.rule, finding.verdict.value) for finding in context.recorder.ordered()]


def answers(**statuses: Any) -> dict[str, Any]:
    return op(responses={name.strip("_"): {"description": "x", **value} for name, value in statuses.items()})


KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}


def secured(scheme: dict[str, Any], security_: Any) -> dict[str, Any]:
    return {"op": {"security": security_}, "root": {"components": {"securitySchemes": {"a": scheme}}}}


@pytest.mark.parametrize(
    ("step", "base", "head", "findings"),
    [
        (names.compare, op(operationId="a"), op(operationId="a"), []),
        (names.compare, op(operationId="a"), op(operationId="b"), [("operation-id-changed", "risky")]),
        (names.compare, op(tags=["a", "b"]), op(tags=["b", "a"]), []),
        (names.compare, op(tags=["a"]), op(), [("tags-changed", "risky")]),
        (lifecycle.compare, op(), op(deprecated=True), [("operation-deprecated", "compatible")]),
        (lifecycle.compare, op(deprecated=True), op(deprecated=True), []),
        (parameters.compare, op(), parameter(required=True), [("parameter-added-required", "breaking")]),
        (parameters.compare, parameter(), parameter(required=True), [("parameter-became-required", "breaking")]),
        (parameters.compare, parameter(required=True), parameter(), []),
        (bodies.compare, {"body": {"type": "object"}}, {"body": {"type": "object"}}, []),
        (
            bodies.compare,
            {"body": {"type": "object"}},
            {"body": {"type": "object", "required": ["a"]}},
            [("request-body-narrowed", "breaking")],
        ),
        (responses.compare, {"response": {"type": "string"}}, {"response": {"type": "string"}}, []),
        (
            responses.compare,
            {"response": {"type": "string"}},
            {"response": {"type": ["string", "null"]}},
            [("response-body-widened", "breaking")],
        ),
        (security.compare, secured(KEY, [{"a": []}]), secured(KEY, [{"a": []}]), []),
        (security.compare, secured(KEY, [{}]), secured(KEY, [{"a": []}]), [("security-tightened", "breaking")]),
        (servers.compare, op(servers=[{"url": "https://H:443/"}]), op(servers=[{"url": "https://h"}]), []),
        (
            servers.compare,
            op(servers=[{"url": "https://a"}]),
            op(servers=[{"url": "https://b"}]),
            [("server-removed", "risky")],
        ),
    ],
)  # fmt: skip
def test_step_records_its_findings(
    step: Step, base: dict[str, Any], head: dict[str, Any], findings: list[tuple[str, str]]
) -> None:
    assert recorded(step, base, head) == findings


def test_callback_is_compared_as_a_message_to_the_client() -> None:
    event = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}}}}
    wider = json.loads(json.dumps(event).replace('"string"', '["string", "null"]'))
    base, head = (op(callbacks={"done": {"{$request.body#/url}": one}}) for one in (event, wider))
    context, scope = scopes(base, head)
    seen: list[str] = []
    callbacks.compare(context, scope, lambda _context, inner: seen.append(inner.label))
    assert len(seen) == 1
    assert "done" in seen[0]


def test_header_that_is_no_longer_promised_breaks() -> None:
    promised = {"headers": {"X-A": {"required": True, "schema": {"type": "string"}}}}
    base, head = answers(_200=promised), answers(_200={})
    context, scope = scopes(base, head)
    pair = Pair(*(side.node("/paths/~1orders/get/responses/200") for side in (context.base, context.head)))
    compare_headers(context, scope, pair, 200, "response 200")
    assert [(one.rule, one.verdict) for one in context.recorder.findings] == [
        ("response-header-no-longer-promised", Verdict.BREAKING)
    ]


@pytest.mark.parametrize(
    ("keys", "status", "key"),
    [(["200", "4XX", "default"], 200, "200"), (["4XX", "default"], 404, "4XX"), (["4XX"], 500, None),
     (["default"], 302, "default"), ([], 200, None)],
)  # fmt: skip
def test_status_is_defined_by_the_closest_key(keys: list[str], status: int, key: str | None) -> None:
    node = read_side({}).top
    assert responses.resolve(dict.fromkeys(keys, node), status) == key


def test_groups_of_statuses_have_one_definition_each() -> None:
    node = read_side({}).top
    sent, read_ = dict.fromkeys(["200", "default"], node), dict.fromkeys(["4XX"], node)
    assert [(case.label, case.sent, case.read) for case in responses.cases(sent, read_)] == [
        ("200", "200", None),
        ("4XX", "default", "4XX"),
        ("default", "default", None),
    ]


FORM, COMMA = Encoding("form", True), Encoding("form", False)
