"""Damaged credentials as expressions of a shell."""

from __future__ import annotations

import os
import subprocess

import pytest

from contract_tests.assertions.invalid_credentials import damaged_tokens
from contract_tests.client.derived_credentials import EXPRESSION, derive

NAME = "CASEIQ_TOKEN"
TOKENS = {
    "opaque": "3f9aK2mQx7Lr8TzWc5Vb",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYXNlLWlxIn0.Qm9vdC1zdHJhcF9zaWduYXR1cmU",
    "padded": "c2VjcmV0LXRva2VuLW9mLXRoZS1ydW4=",
    "UUID": "0b9c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d",
}


def printed(expression: str, token: str) -> str:
    environment = os.environ | {"CASEIQ_TOKEN": token}
    command = ["sh", "-c", f'printf %s "{expression}"']
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_expression_prints_the_damaged_token(token: str) -> None:
    derived = {what: (value, derive(value, token, NAME)) for what, value in damaged_tokens(token)}
    for what, (value, expression) in derived.items():
        if expression is not None:
            assert printed(expression, token) == value, what
    unknown = {what for what, (_, expression) in derived.items() if expression is None}
    assert unknown <= {"as a regular expression", "in quotes"}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_expression_contains_no_part_of_the_token(token: str) -> None:
    for what, value in damaged_tokens(token):
        expression = (derive(value, token, NAME) or "").replace("CASEIQ_TOKEN", "")
        assert not any(token[at : at + 3] in expression for at in range(len(token) - 2)), what


@pytest.mark.parametrize(
    "value",
    [
        "",
        "other",
        "0d6b8a1f2c3d",
        "0b9c5d5e-6f0a",
        "0b9c5d5e-6f0a-4c5b-9b8e-!",
        "0b9c5d5e-6f0a-4c5b-9b8e-0123456",
    ],
)
def test_value_of_another_origin_is_not_derived(value: str) -> None:
    assert derive(value, TOKENS["UUID"], NAME) is None


@pytest.mark.parametrize("token", ["short", "t\xf6k\xe9n-t\xf6k\xe9n"])
def test_short_and_odd_tokens_have_no_expressions(token: str) -> None:
    assert derive(token + "x", token, NAME) is None


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
def test_expression_is_found_in_a_header(token: str) -> None:
    for what, value in damaged_tokens(token):
        expression = derive(value, token, NAME)
        if expression is not None:
            assert len(EXPRESSION.findall(f"Authorization: Bearer {expression}")) == 1, what


@pytest.mark.parametrize(
    "token", ["Zq8 vK3 xW7 Jr5tY9", "/tm* vK3xW7Jr5tY9", "Zq8?vK3[xW7]", "Zq8\\vK3xW7Jr5"]
)
def test_expression_holds_for_tokens_that_a_shell_would_split(token: str) -> None:
    derived = {what: (value, derive(value, token, NAME)) for what, value in damaged_tokens(token)}
    for what, (value, expression) in derived.items():
        if expression is not None:
            assert printed(expression, token) == value, what
    assert derived["with two more characters"][1] == "${CASEIQ_TOKEN}xx"
