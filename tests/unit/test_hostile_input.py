"""The classification of requests: what clients send by mistake, and hostile input."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from contract_tests.client.api import encode
from contract_tests.oracle.hostile_input import (
    is_hostile,
    is_hostile_body,
    is_hostile_header,
    is_hostile_url,
)
from contract_tests.test_robustness import ODD_HEADERS, ODD_PATHS
from contract_tests.testdata.corpus import MARKUP, NAMES, NUMBERS, SHAPES, TEXTS, UNUSUAL, named_fields
from contract_tests.testdata.invalid_input import (
    HOSTILE_BODIES,
    HOSTILE_PAYLOADS,
    MALFORMED_BODIES,
    MISTAKEN_PAYLOADS,
    NOT_OBJECTS,
)


@pytest.mark.parametrize("body", [*MALFORMED_BODIES, *NOT_OBJECTS, *map(encode, MISTAKEN_PAYLOADS)])
def test_mistaken_body_is_not_hostile(body: bytes) -> None:
    assert not is_hostile_body(body)


def test_hostile_bodies_are_recognised() -> None:
    bodies = [*HOSTILE_BODIES, *map(encode, HOSTILE_PAYLOADS)]
    assert [body for body in bodies if not is_hostile_body(body)] == []


@pytest.mark.parametrize(
    "values",
    [TEXTS, MARKUP, NUMBERS, SHAPES, UNUSUAL, [named_fields(NAMES)]],
    ids=["texts", "markup", "numbers", "shapes", "unusual", "names"],
)
def test_values_that_must_be_returned_are_not_hostile(values: Sequence[object]) -> None:
    assert [value for value in values if is_hostile_body(json.dumps({"field": value}).encode())] == []
    assert [value for value in values if is_hostile_body(encode({"field": value}))] == []


@pytest.mark.parametrize(
    ("body", "hostile"),
    [
        (b'{"a": 9007199254740991}', False),
        (b'{"a": 9007199254740992}', True),
        (b'{"a": 1.7976931348623157e308}', False),
        (b'{"a": 1e-400}', True),
        (b'{"a": "\\\\u0000"}', False),
        (b'{"a": "\\ud83d\\ude00"}', False),
        (b'{"a": "\\ude00\\ud83d"}', True),
        (b"[" * 32 + b"]" * 32, False),
        (b"[" * 33 + b"]" * 33, True),
        (b'{"a": "' + b"[" * 99 + b'"}', False),
        (b'{"a": "' + b"x" * 10_240 + b'"}', False),
        (b'{"a": "' + b"x" * 11_000 + b'"}', True),
        (b" " * 100_000, False),
        (b" " * 100_001, True),
    ],
)
def test_bounds_of_bodies(body: bytes, hostile: bool) -> None:
    assert is_hostile_body(body) is hostile


def test_mistakes_come_before_hostile_requests() -> None:
    for odd in (
        [is_hostile_url(path) for path in ODD_PATHS],
        [any(is_hostile_header(*header) for header in headers.items()) for headers in ODD_HEADERS],
    ):
        assert odd == sorted(odd)
        assert set(odd) == {True, False}


@pytest.mark.parametrize("url", ["http://a/case/%00", "http://a/case/%", "http://a/case/%ff", "/case/%0d%0a"])
def test_hostile_url_is_recognised(url: str) -> None:
    assert is_hostile(url, {}, b"")
    assert not is_hostile("http://a/case/%20%C3%A9?x=1", {"Content-Type": "text/plain"}, b"{")
