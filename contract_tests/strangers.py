"""What somebody without valid credentials tries, and what they can tell from the answers. Knows no pytest."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from contract_tests.api import CaseApi
from contract_tests.credentials import bearer
from contract_tests.exchange import Exchange
from contract_tests.ids import unknown_like
from contract_tests.shortening import shorten
from contract_tests.verdicts import Violation

Headers: TypeAlias = Mapping[str, str]
Parts: TypeAlias = Mapping[str, str | int]
Asking: TypeAlias = Callable[[str], Iterable[tuple[str, Exchange]]]
"""Requests about the case of an id: what was asked, and the answer."""

# Whether to ask about the known id: once each, and where that tells them apart, in an order in which nothing that
# changes by itself (a date, a counter, the name of one of several hosts in turn) is one thing for the known and another
# for the unknown id.
MIXED: Final = (True, False, False, True, True, False)
ROUNDS: Final = ((True, False), MIXED, MIXED * 4)

BASE64: Final = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"  # RFC 4648 section 5

# Headers that a proxy in front may set, and that a server may trust; an empty value stands for the case's path.
STAND_INS: Final = (
    ("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"),
    ("X-Original-URL", ""), ("X-Rewrite-URL", ""), ("X-User", "admin"), ("X-User-Id", "1"), ("X-Remote-User", "admin"),
    ("X-Forwarded-User", "admin"), ("Remote-User", "admin"), ("X-Tenant", "1"), ("X-Api-Key", "made-up"),
    ("X-Auth-Token", "made-up"), ("X-Internal", "true"), ("Cookie", "session=made-up; token=made-up"),
    ("Origin", "http://localhost"), ("X-Requested-With", "XMLHttpRequest"), ("User-Agent", "ELB-HealthChecker/2.0"),
    ("User-Agent", "kube-probe/1.30"), ("User-Agent", "Googlebot/2.1"), ("Accept", "text/html"), ("Range", "bytes=0-9"),
    ("X-Client-Cert", "made-up"), ("X-SSL-Client-Verify", "SUCCESS"), ("Access-Control-Request-Method", "GET"),
    ("If-None-Match", "*"), ("X-HTTP-Method-Override", "GET"), ("Content-Type", "multipart/form-data"),
    ("Content-Type", "text/plain"), ("Content-Type", "application/json-patch+json"),
)  # fmt: skip

# Tokens over which a check may stumble, and then let in.
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
)


def spellings(path: str) -> Iterator[str]:
    """Other spellings of a case's path, which a router may understand and the guard before it may not."""
    yield from (f"{path}/", f"/{path}", f"{path}.json", f"{path};x=1", f"{path}%20")
    for start in ("/case//", "/CASE/", "/Case/", "/%63ase/", "/./case/", "/x/../case/"):
        yield path.replace("/case/", start)
    for query in ("x=1", "access_token=made-up", "token=made-up", "public=true"):
        yield f"{path}?{query}"


def invalid_credentials(api: CaseApi) -> Iterator[tuple[str, Headers]]:
    """Credentials that name nobody: made up, of the wrong scheme, or a valid one damaged."""
    present, token = api.credentials.present, api.credentials.token()
    made_up = base64.b64encode(b"somebody:guess").decode()
    yield "a made-up token", present(str(uuid.uuid4()))
    for guess in ("test", "admin", "null", "undefined", "None", "false", "0", "*", "%", "x" * 600):
        yield f"the token {shorten(guess, 20)}", present(guess)
    yield "an unsigned JWT", present(_unsigned_jwt())
    yield "a JWT that nobody signed", present(_unsigned_jwt() + base64.urlsafe_b64encode(b"signed").decode())
    yield "no token after the scheme", {"Authorization": "Bearer"}
    yield "an empty token", {"Authorization": "Bearer "}
    yield "Basic credentials", {"Authorization": f"Basic {made_up}"}
    for pair in (b"admin:admin", b"admin:", b":"):
        yield "guessed Basic credentials", {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    for scheme in ("Digest username=admin", "Negotiate made-up", "ApiKey made-up"):
        yield f"the scheme {scheme.partition(' ')[0]}", {"Authorization": scheme}
    if not token:
        return
    yield "the token under Basic", {"Authorization": f"Basic {token}"}
    yield "the token under an unknown scheme", {"Authorization": f"Token {token}"}
    # By two characters: what one changes at the end of a base64 text, or behind its padding, a decoder may not see.
    bare = token.rstrip("=")
    yield "the token cut by two characters", present(bare[:-2])
    yield "the token's first half", present(token[: len(token) // 2])
    yield "the token with two characters more", present(f"{bare}xx")
    yield "the token with a dot behind it", present(f"{bare}.")
    yield "the token in quotes", present(f'"{token}"')
    yield "the token in percent-encoding", present("".join(f"%{byte:02X}" for byte in token.encode()))
    yield "the token with a character before it", present(f"x{token}")
    yield "the token with one character changed", present(_damaged(token))
    yield "the token with its last character changed", present(another_end(bare) + token[len(bare) :])
    if token.swapcase() != token:
        yield "the token in the other case", present(token.swapcase())
    if present(token) == bearer(token):
        yield "the token without a scheme", {"Authorization": token}


def _damaged(token: str) -> str:
    # In the middle: the last character of a base64 text may carry bits that count for nothing.
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


def another_end(text: str) -> str:
    """The text with another last character, of which a base64 decoder sees that it is another."""
    place = BASE64.find(text[-1:])  # 32 flips the first of the six bits, which always count
    return text[:-1] + (BASE64[place ^ 32] if place >= 0 else "A")


def _unsigned_jwt() -> str:
    parts = [b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin","exp":4102444800}', b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def visible(answer: Exchange, case_id: str) -> Parts:
    """What a stranger can tell by, as JSON pointers and header names with their values; the id asked for is no news."""

    def told(value: Any) -> str:
        return str(value).replace(case_id, "{id}")

    parts: dict[str, str | int] = {"status": answer.status}
    parts |= {f"header {name.lower()}": told(value) for name, value in answer.headers.items()}
    pending: list[tuple[str, Any]] = [("", answer.json)]
    while pending:
        where, value = pending.pop()
        if isinstance(value, (dict, list)):
            members = value.items() if isinstance(value, dict) else enumerate(value)
            pending += [(f"{where}/{name}", member) for name, member in members]
        else:
            parts[where or "body"] = told(value)
    return parts


def must_look_alike(api: CaseApi, case_id: str, ask: Asking) -> None:
    """What `ask` is told of the known id and of unknown ones is the same, but for what changes by itself.

    Each unknown id is another one: what follows from an id, such as the server that it falls to, is no news.
    """
    told: dict[str, tuple[list[Parts], list[Parts]]] = {}
    shown: dict[str, list[Exchange]] = {}
    difference = None
    for turns in ROUNDS:
        for known in turns:
            asked = case_id if known else unknown_like(case_id)
            for what, answer in ask(asked):
                told.setdefault(what, ([], []))[known].append(visible(answer, asked))
                shown.setdefault(what, []).append(answer)
        found = ((what, _told_apart(seen, unknown)) for what, (unknown, seen) in told.items())
        difference = next(((what, apart) for what, apart in found if apart), None)
        if difference is None:
            return
    assert difference is not None
    what, apart = difference
    api.session.trace[:] = shown[what][:2]  # one about each: the rest says the same
    raise Violation(f"{what} to answer alike for a known and an unknown id", apart)


def _told_apart(known: Sequence[Parts], unknown: Sequence[Parts]) -> str | None:
    """The first part that is one thing in all answers about a known id, and another in all about unknown ones."""
    for part in sorted({*known[0], *unknown[0]}):
        ones, others = ({answer.get(part) for answer in answers} for answers in (known, unknown))
        if len(ones) == len(others) == 1 and ones != others:
            return f"{part}: {ones.pop()!r} for the known, {others.pop()!r} for the unknown id"
    return None
