"""Bodies of token requests, in which variables of a shell stand for the client's credentials."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any
from urllib.parse import urlencode

import pytest

from contract_tests.client.curl import curl_line
from contract_tests.client.token_requests import body_word
from contract_tests.masking.secrets import MASK, Secrets

CLIENT, SECRET = "suite-client", "s3cret-Key-0123"
ENVIRONMENT = {"CASEIQ_CLIENT_ID": CLIENT, "CASEIQ_CLIENT_SECRET": SECRET}
GRANT = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}


def secrets(environment: dict[str, str] | None = None) -> Secrets:
    known = Secrets()
    known.variables = environment or ENVIRONMENT
    known.add(known.variables["CASEIQ_CLIENT_SECRET"])
    return known


def printed(word: str, environment: dict[str, str] | None = None) -> bytes:
    command = ["sh", "-c", f"printf %s {word}"]
    return subprocess.run(
        command, env=os.environ | (environment or ENVIRONMENT), capture_output=True, check=True
    ).stdout


BODIES: list[dict[str, Any]] = [
    GRANT,
    {**GRANT, "ttl": 60},
    {**GRANT, "client_secret": SECRET[:-1]},
    {**GRANT, "client_secret": f"{SECRET}x"},
    {**GRANT, "client_secret": SECRET * 2},
    {**GRANT, "client_secret": SECRET.swapcase()},
    {**GRANT, "client_secret": "made-up"},
    {**GRANT, "client_secret": CLIENT, "client_id": SECRET},
    {**GRANT, "client_secret": ""},
    {"client_id[$ne]": "", "client_secret": SECRET},
]
# Pairs of which one contains the other, or a word of the suite.
PAIRS = [
    ("gate-keeper", "gate-keeper99"),
    ("gate-keeper99", "gate-keeper"),
    ("made-up", "made-up"),
    ("client99", "a1b2c3d"),
]


@pytest.mark.parametrize("write", [json.dumps, urlencode], ids=["JSON", "form"])
@pytest.mark.parametrize("fields", BODIES, ids=lambda one: str(list(one.values()))[:60])
def test_word_prints_the_body_and_contains_no_secret(fields: dict[str, Any], write: Any) -> None:
    body = write(fields).encode()
    word = body_word(body, secrets())
    assert word is not None
    assert printed(word) == body
    assert SECRET not in word


@pytest.mark.parametrize("write", [json.dumps, urlencode], ids=["JSON", "form"])
def test_line_with_a_word_stays_the_same_when_masked_again(write: Any) -> None:
    known = secrets()
    for fields in BODIES:
        line = curl_line(
            "POST", "http://h/oauth/token", {}, write(fields).encode(), base_url="http://h", secrets=known
        )
        assert MASK not in line
        assert known.mask_whole(line) == line


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({**GRANT, "client_secret": f" {SECRET} "}).encode(),
        json.dumps({**GRANT, "client_secret": f"{SECRET[:8]}\\-{SECRET[9:]}"}).encode(),
        json.dumps({**GRANT, "note": SECRET}).encode(),
        json.dumps({"client_secret": [SECRET]}).encode(),
        b'{"client_secret":"%s"}' % SECRET.encode(),
        json.dumps({"testSummary": "no credential"}).encode(),
        json.dumps([GRANT]).encode(),
        json.dumps({**GRANT, "client_secret": "it's made up"}).encode(),
        urlencode({**GRANT, "client_secret": "%"}).encode(),
        b"\xff",
    ],
    ids=[
        "blanks",
        "escapes",
        "other field",
        "array",
        "other JSON",
        "no credential",
        "no object",
        "quote",
        "escape",
        "no text",
    ],
)
def test_other_bodies_have_no_word(body: bytes) -> None:
    known = secrets()
    known.learn({}, body.decode("latin-1"), {}, "")
    assert body_word(body, known) is None


@pytest.mark.parametrize("secret", ['with "quotes"', "with \\ backslash", "\u00fcmlaut"])
def test_secret_that_json_escapes_has_no_word(secret: str) -> None:
    environment = {**ENVIRONMENT, "CASEIQ_CLIENT_SECRET": secret}
    body = json.dumps({**GRANT, "client_secret": secret}).encode()
    assert body_word(body, secrets(environment)) is None


def test_run_with_a_fixed_token_has_no_words() -> None:
    assert body_word(json.dumps(GRANT).encode(), Secrets([SECRET])) is None


@pytest.mark.parametrize("write", [json.dumps, urlencode], ids=["JSON", "form"])
@pytest.mark.parametrize(("client", "secret"), PAIRS, ids=lambda one: one)
def test_similar_id_and_secret_show_no_part_of_the_secret(client: str, secret: str, write: Any) -> None:
    environment = {"CASEIQ_CLIENT_ID": client, "CASEIQ_CLIENT_SECRET": secret}
    known = secrets(environment)
    for tried in (secret, secret[:-1], secret[:-2], f"{secret}x", secret * 2):
        for names in ({"client_id": client}, {"client_id": "unknown"}):
            body = write({**GRANT, **names, "client_secret": tried})
            known.learn({}, body, {}, "")
            word = body_word(body.encode(), known)
            if word is not None:
                assert printed(word, environment) == body.encode()
                assert not {secret[at : at + 4] for at in range(len(secret) - 3)} & {
                    word[at : at + 4] for at in range(len(word))
                }, word
                assert "${CASEIQ_CLIENT_ID}" not in word
