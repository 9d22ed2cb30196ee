"""Credentials that no server may accept: guessed, malformed, of another scheme, or a damaged valid token."""

from __future__ import annotations

import base64
import re
import string
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import bearer
from contract_tests.testdata.alternation import alternating
from contract_tests.text import shorten

Headers: TypeAlias = Mapping[str, str]
Present: TypeAlias = Callable[[str], Headers]

BASE64: Final = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"  # RFC 4648 section 5
GUESSES: Final = ("null", "test", "admin", "undefined", "None", "false", "0", "*", "%", "x" * 600)

# Tokens that may make a validator fail, so that the request is let through.
ODD_TOKENS: Final = (
    "x" * 5000,
    "tökén",
    "' OR '1'='1",
    '" OR ""="',
    "   ",
    "a b",
    "{}",
    "../x",
    "a.b.c",
    "\\",
    "%00",
    "x,x",
    ".*",
    '{"$ne": ""}',
)


# Quotes are not part of a cookie's value (RFC 6265 section 4.1.1), and many servers undo percent-encoding in it.
SAME_IN_COOKIE: Final = ("in quotes", "in percent-encoding")


def invalid_credentials(api: CaseApi) -> Iterator[tuple[str, Headers]]:
    """Yield invalid credentials, each with a description: guessed ones and damaged ones in turns."""
    token, present = api.credentials.token(), api.credentials.present
    guessed = ((what, made_up(api, headers)) for what, headers in _guessed(present))
    yield from alternating(guessed, _damaged(present, token) if token else ())


def made_up(api: CaseApi, headers: Headers) -> Headers:
    """Return headers with a credential that the suite made up, which reproductions need not mask."""
    api.session.secrets.made_up.update(headers.values())
    return headers


def _guessed(present: Present) -> Iterator[tuple[str, Headers]]:
    yield "a made-up token", present(str(uuid.uuid4()))
    yield "an unsigned JWT", present(_unsigned_jwt())
    yield "an empty token", {"Authorization": "Bearer "}
    yield "Basic credentials", _basic(b"somebody:guess")
    for guess in GUESSES:
        yield f"the token {shorten(guess, 20)}", present(guess)
    made_up_signature = base64.urlsafe_b64encode(b"signed").decode()
    yield "a JWT with a made-up signature", present(_unsigned_jwt() + made_up_signature)
    yield "no token after the scheme", {"Authorization": "Bearer"}
    for pair in (b"admin:admin", b"admin:", b":"):
        yield "guessed Basic credentials", _basic(pair)
    for scheme in ("Digest username=admin", "Negotiate made-up", "ApiKey made-up"):
        yield f"the scheme {scheme.partition(' ')[0]}", {"Authorization": scheme}


def _damaged(present: Present, token: str) -> Iterator[tuple[str, Headers]]:
    if present(token) == bearer(token):
        yield "the token without a scheme", {"Authorization": token}
        yield "the token as the second of a list", {"Authorization": f"Bearer made-up, Bearer {token}"}
    for what, damaged in damaged_tokens(token):
        if what in SAME_IN_COOKIE and "Cookie" in present(token):
            continue
        yield f"the token {what}", present(damaged)
    for what, scheme in (("Basic", "Basic"), ("an unknown scheme", "Token")):
        other = {"Authorization": f"{scheme} {token}"}
        if other != present(token):
            yield f"the token under {what}", other


def _basic(pair: bytes) -> Headers:
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def damaged_tokens(token: str) -> Iterator[tuple[str, str]]:
    # Two characters are cut or added, because a base64 decoder may ignore one at the end, or after the padding.
    bare = token.rstrip("=")
    middle = len(token) // 2
    yield "cut by two characters", bare[:-2]
    yield "with two more characters", f"{bare}xx"
    # In the middle: the last character of a base64 text may have bits that the decoder ignores.
    other = "A" if token[middle] != "A" else "B"
    yield "with one character changed", token[:middle] + other + token[middle + 1 :]
    yield "as the pattern of a query", f"{bare[:-2]}%"
    yield "as a regular expression", f"{re.escape(bare[:-2])}.."
    yield "with its last character changed", with_other_last_character(bare) + token[len(bare) :]
    yield "preceded by a character", f"x{token}"
    if token.swapcase() != token:
        yield "in the other case", token.swapcase()
    yield "cut to its first half", token[:middle]
    yield "followed by a dot", f"{bare}."
    yield "in quotes", f'"{token}"'
    yield "in percent-encoding", "".join(f"%{byte:02X}" for byte in token.encode())


def with_other_last_character(text: str) -> str:
    """Return the text with another last character, chosen so that a base64 decoder returns another value."""
    place = BASE64.find(text[-1:])
    # 32 flips the first of the character's six bits, which a decoder never ignores.
    return text[:-1] + (BASE64[place ^ 32] if place >= 0 else "A")


def _unsigned_jwt() -> str:
    parts = [b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin","exp":4102444800}', b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
