"""What somebody without valid credentials tries, and what they can tell from the answers. Knows no pytest."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from contract_tests.assertions.case import Case
from contract_tests.assertions.no_effect import Attempt
from contract_tests.client.api import CaseApi, case_path, transition_path
from contract_tests.client.credentials import bearer
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.profiles import Share
from contract_tests.testdata.corpus import REPLACEMENT
from contract_tests.testdata.ids import unknown_like
from contract_tests.text import shorten

Headers: TypeAlias = Mapping[str, str]
Parts: TypeAlias = Mapping[str, str | int]
Asking: TypeAlias = Callable[[str], Iterable[tuple[str, Exchange]]]
"""Requests about the case of an id: what was asked, and the answer."""

# Whether to ask about the known id: once each, and where that tells them apart, in an order in which nothing that
# changes by itself (a date, a counter, the name of one of several hosts in turn) is one thing for the known and another
# for the unknown id.
MIXED: Final = (True, False, False, True, True, False)
ROUNDS: Final = ((True, False), MIXED, MIXED * 4)

UNLIKELY: Final = 16  # characters from which on no text holds another by chance
WRITING: Final = ("createCase", "replaceCase", "updateCase", "transitionCase")

BASE64: Final = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"  # RFC 4648 section 5

# Headers that a proxy in front may set, and that a server may trust; `{path}` is the case's, `{base}` the base URL.
SUBSTITUTE_HEADERS: Final = (
    ("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"),
    ("X-Original-URL", "{path}"), ("X-Rewrite-URL", "{path}"), ("X-User", "admin"), ("X-User-Id", "1"),
    ("X-Remote-User", "admin"), ("X-Forwarded-User", "admin"), ("Remote-User", "admin"), ("X-Tenant", "1"),
    ("X-Api-Key", "made-up"), ("X-Auth-Token", "made-up"), ("X-Internal", "true"),
    ("Cookie", "session=made-up; token=made-up"), ("Origin", "http://localhost"),
    ("X-Requested-With", "XMLHttpRequest"), ("User-Agent", "ELB-HealthChecker/2.0"),
    ("User-Agent", "kube-probe/1.30"), ("User-Agent", "Googlebot/2.1"), ("Accept", "text/html"),
    ("Range", "bytes=0-9"), ("X-Client-Cert", "made-up"), ("X-SSL-Client-Verify", "SUCCESS"),
    ("Access-Control-Request-Method", "GET"), ("If-None-Match", "*"), ("X-HTTP-Method-Override", "GET"),
    ("Content-Type", "multipart/form-data"), ("X-Forwarded-Host", "localhost"), ("Host", "localhost"),
    ("Referer", "http://localhost/"), ("Referer", "{base}/"), ("Origin", "{base}"), ("X-Internal-Request", "1"),
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


def path_spellings(path: str) -> Iterator[str]:
    """Other spellings of /case or a path below it, which a router may understand and the guard before it may not."""
    below = path.removeprefix("/case")
    yield from (f"{path}/", f"{path}.json", f"{path};x=1", f"{path};.css", f"{path}%20")
    for start in (
        "//case",
        "/CASE",
        "/Case",
        "/%63ase",
        "/./case",
        "/x/../case",
        "/auth/../case",
        "/auth/..;/case",
    ):
        yield start + below
    if below:
        yield from (f"/case/{below}", f"/case{below.upper()}", f"/case/%{ord(below[1]):02X}{below[2:]}")
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
    yield (
        "the token with its last character changed",
        present(with_other_last_character(bare) + token[len(bare) :]),
    )
    if token.swapcase() != token:
        yield "the token in the other case", present(token.swapcase())
    if present(token) == bearer(token):
        yield "the token without a scheme", {"Authorization": token}


def _damaged(token: str) -> str:
    # In the middle: the last character of a base64 text may carry bits that count for nothing.
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


def with_other_last_character(text: str) -> str:
    """The text with another last character, of which a base64 decoder sees that it is another."""
    place = BASE64.find(text[-1:])  # 32 flips the first of the six bits, which always count
    return text[:-1] + (BASE64[place ^ 32] if place >= 0 else "A")


def _unsigned_jwt() -> str:
    parts = [b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin","exp":4102444800}', b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class Operations:
    """The five operations on one case, sent with other credentials than the run's."""

    def __init__(self, case: Case, move: str | None = None) -> None:
        self.case = case
        self.api = case.api
        move = move or self.api.deployment.workflow.first_move()
        self.transition = {"caseStatus": move, "workflowId": case.workflow_id(), "reason": "unauthorized"}

    def rows(self, case_id: str | None = None) -> Iterator[tuple[str, str, str, Any]]:
        """(operation, method, path, payload), valid but for the credentials; on another id if one is given."""
        path, move = case_path(case_id or self.case.id), transition_path(case_id or self.case.id)
        whole = self.api.complete(REPLACEMENT)
        yield "createCase", "POST", "/case", whole
        yield "getCase", "GET", path, None
        yield "replaceCase", "PUT", path, whole
        yield "updateCase", "PATCH", path, {"testSummary": "changed by a stranger"}
        yield "transitionCase", "POST", move, self.transition

    def send(self, headers: Headers, case_id: str | None = None) -> Iterator[tuple[str, Exchange]]:
        for row in self.rows(case_id):
            self.api.trace.restart()
            yield row[0], self._send(row, headers)

    def some(self, place: int, share: Share) -> Iterator[str]:
        """Reading, and every way to write; where ways are dealt out, one of them, by its place in turn."""
        yield "getCase"
        yield from share(WRITING, place % len(WRITING), len(WRITING))

    def rejected_attempt(self, operation: str, headers: Headers, how: str, path: str = "") -> Attempt:
        """The operation, perhaps by another path, which must neither show a case nor create one.

        In whatever way it is turned away: some servers answer what they do not know with a page.
        """
        row = next(row for row in self.rows() if row[0] == operation)

        def attempt() -> bool:
            answer = self._send((*row[:2], path or row[2], row[3]), headers)
            if operation == "getCase" and self._shows_the_case(answer):
                raise Violation(f"{operation} {how} to show no case", answer.summary())
            if operation == "createCase" and answer.ok and answer.carries_record:
                raise Violation(f"{operation} {how} to create no case", answer.summary())
            return True

        return f"{operation} {how}", attempt

    def _shows_the_case(self, answer: Exchange) -> bool:
        """By its record, or by what nobody says who does not know it."""
        known = str(self.transition["workflowId"])
        unlikely = len(known) >= UNLIKELY and known not in self.case.id and any(map(str.isdigit, known))
        record = answer.carries_record and answer.object["id"] == self.case.id
        return record or (unlikely and known in answer.text)

    def each(
        self, credentials: Iterable[tuple[str, Headers]], share: Share
    ) -> Iterator[tuple[str, str, Callable[[], Exchange]]]:
        """Each operation with those of the credentials that fall to it: (operation, credentials, how to send it)."""
        credentials, rows = list(credentials), list(self.rows())
        for place, row in enumerate(rows):
            for what, headers in share(credentials, place, len(rows)):
                yield row[0], what, partial(self._send, row, headers)

    def _send(self, row: tuple[str, str, str, Any], headers: Headers) -> Exchange:
        _, method, path, payload = row
        return self.api.unauthenticated(method, path, payload, headers)


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


def assert_indistinguishable(api: CaseApi, case_id: str, ask: Asking) -> None:
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
    api.trace.restart(*shown[what][:2])  # one about each: the rest says the same
    raise Violation(f"{what} to answer alike for a known and an unknown id", apart)


def _told_apart(known: Sequence[Parts], unknown: Sequence[Parts]) -> str | None:
    """The first part that is one thing in all answers about a known id, and another in all about unknown ones."""
    for part in sorted({*known[0], *unknown[0]}):
        ones, others = ({answer.get(part) for answer in answers} for answers in (known, unknown))
        if len(ones) == len(others) == 1 and ones != others:
            return f"{part}: {ones.pop()!r} for the known, {others.pop()!r} for the unknown id"
    return None
