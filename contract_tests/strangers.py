"""Strangers to the target: credentials that name nobody, and what the answers to them may tell. Knows no pytest."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from contract_tests.api import CaseApi
from contract_tests.credentials import bearer
from contract_tests.exchange import Exchange
from contract_tests.verdicts import Violation

Headers: TypeAlias = Mapping[str, str]


def invalid_credentials(api: CaseApi) -> Iterator[tuple[str, Headers]]:
    """Credentials that name nobody: made up, of the wrong scheme, or a valid one damaged."""
    present, token = api.credentials.present, api.credentials.token()
    made_up = base64.b64encode(b"somebody:guess").decode()
    yield "a made-up token", present(str(uuid.uuid4()))
    yield "a well-known guess", present("test")
    yield "the token null", present("null")
    yield "the token undefined", present("undefined")
    yield "an unsigned JWT", present(_unsigned_jwt())
    yield "no token after the scheme", {"Authorization": "Bearer"}
    yield "an empty token", {"Authorization": "Bearer "}
    yield "Basic credentials", {"Authorization": f"Basic {made_up}"}
    if not token:
        return
    yield "the token under Basic", {"Authorization": f"Basic {token}"}
    yield "the token under an unknown scheme", {"Authorization": f"Token {token}"}
    yield "the token cut by a character", present(token[:-1])
    yield "the token's first half", present(token[: len(token) // 2])
    yield "the token with a character more", present(f"{token}x")
    yield "the token with a character before it", present(f"x{token}")
    yield "the token with one character changed", present(_damaged(token))
    if token.swapcase() != token:
        yield "the token in the other case", present(token.swapcase())
    if present(token) == bearer(token):
        yield "the token without a scheme", {"Authorization": token}


def _damaged(token: str) -> str:
    # In the middle: the last character of a base64 text may carry bits that count for nothing.
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


def _unsigned_jwt() -> str:
    parts = [b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin","exp":4102444800}', b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def must_look_alike(operation: str, one: Exchange, same: Exchange, other: Exchange) -> None:
    """What a stranger is told of a known id, asked for twice, and of an unknown one, tells nothing."""
    if (
        _visible(one) == _visible(other)
        and _words(one).items() & _words(same).items() <= _words(other).items()
    ):
        return
    raise Violation(
        f"{operation} to answer alike for a known and an unknown id",
        f"{one.summary()} for the known, {other.summary()} for the unknown one",
    )


def _visible(answer: Exchange) -> tuple[int, str, list[str]]:
    """What a stranger can tell by: status, media type and names in the body."""
    return answer.status, answer.media_type, sorted(answer.object)


def _words(answer: Exchange) -> dict[str, str]:
    """Texts in the body by which a stranger can tell, unless they change by themselves; no ids, no dates."""
    return {
        name: value
        for name, value in answer.object.items()
        if isinstance(value, str) and not any(c.isdigit() for c in value)
    }
