"""Faults of the guard: ways around it, what makes it stumble and let in, and what a refusal gives away besides.

A fault has no key of its own: it learns the credentials of the clients that the mock let in.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from mock_server import json_text
from mock_server.faults.authentication import unauthorized
from mock_server.faults.calls import (
    CASES,
    CREATED,
    UNAUTHORIZED,
    UPDATES,
    Call,
    Memory,
    every,
    record_of,
)
from mock_server.faults.concurrency import WINDOW
from mock_server.faults.moves import given
from mock_server.faults.row import row
from mock_server.faults.steps import credentials, passing, sent_as, token_in
from mock_server.messages import Fault, Request, Response

REQUIRED, INVALID, INERT, ORACLE = "AUTH-REQUIRED", "AUTH-INVALID", "AUTH-INERT", "AUTH-NO-ORACLE"


def _learning(step: Callable[[Call, str], Response | None]) -> Fault:
    """`step` with the credentials of the last known client; what it leaves alone goes on as it is."""

    def learn(one: Call, memory: Memory) -> Response:
        good = memory.kept.get("good", "")
        answer = step(one, good) if good else None
        if answer is not None:
            return answer
        answer = one.on()
        if one.operation in CASES and answer.status != UNAUTHORIZED:
            memory.kept["good"] = credentials(one)
        return answer

    return every(learn)


def _spelt(read: Callable[[str], str]) -> Fault:
    """A path in another spelling is understood, and goes past the guard."""

    def step(one: Call, good: str) -> Response | None:
        path = read(one.request.path)
        headers = {**one.request.headers, "authorization": good}
        return None if path == one.request.path else one.on(path=path, headers=headers)

    return _learning(step)


def _let_in(when: Callable[[Request], bool]) -> Fault:
    """A request for which `when` holds needs no credentials."""
    return _learning(lambda one, good: sent_as(one, good) if one.operation and when(one.request) else None)


def _header(name: str, part: str = "") -> Fault:
    return _let_in(lambda request: part in request.headers.get(name, "") and name in request.headers)


def _done_all_the_same(when: Callable[[Call], bool]) -> Fault:
    """A request is refused for its credentials where `when` holds, and carried out."""

    def step(one: Call, good: str) -> Response | None:
        answer = one.on()
        if answer.status == UNAUTHORIZED and when(one):
            sent_as(one, good)
        return answer if answer.status == UNAUTHORIZED else None

    return _learning(step)


def _deleted(one: Call, good: str) -> Response | None:
    """DELETE is refused to strangers, and empties the case."""
    if one.request.method != "DELETE" or one.place != "case" or credentials(one) == good:
        return None
    headers = {"authorization": good, "content-type": "application/json"}
    one.on(method="PUT", headers=headers, body=b"{}")
    return one.on()


def _one_user_at_a_time(one: Call, memory: Memory) -> Response:
    """Who is calling stands in one place for all threads."""
    answer = one.on()
    if one.operation not in CASES:
        return answer
    if answer.status != UNAUTHORIZED:
        with memory.lock:
            memory.kept["users"] = memory.kept.get("users", 0) + 1
        memory.kept["good"] = credentials(one)
        time.sleep(WINDOW)
        with memory.lock:
            memory.kept["users"] -= 1
    elif memory.kept.get("users"):
        return sent_as(one, memory.kept["good"])
    return answer


def _telling(change: Callable[[Call, Response, bool], Response]) -> Fault:
    """`change` of what a stranger is answered; it knows whether there is such a case."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if answer.status == CREATED:
            memory.kept[record_of(answer)["id"]] = True
        refused = answer.status == UNAUTHORIZED and one.case_id
        return change(one, answer, one.case_id in memory.kept) if refused else answer

    return every(step)


def _said(name: str, known: object, unknown: object) -> Fault:
    """A member of the refusal tells; {} in a text stands for the id."""

    def change(one: Call, answer: Response, exists: bool) -> Response:
        value = known if exists else unknown
        told = value.format(one.case_id) if isinstance(value, str) else value
        return replace(answer, body=json_text.encode(record_of(answer) | {name: told}))

    return _telling(change)


ROWS = (
    # ways around
    row("auth-skipped-with-a-slash", REQUIRED, "asks for no credentials where the path ends in a slash",
        _spelt(lambda p: p.rstrip("/") if p.count("/") > 2 else p)),
    row("auth-skipped-with-two-slashes", REQUIRED, "asks for no credentials where the path has two slashes in a row",
        _spelt(lambda p: p.replace("//", "/"))),
    row("auth-skipped-in-upper-case", REQUIRED, "asks for no credentials where the path is in upper case",
        _spelt(lambda p: p.replace("/CASE/", "/case/"))),
    row("auth-skipped-when-encoded", REQUIRED, "asks for no credentials where the path is percent-encoded",
        _spelt(lambda p: p.replace("/%63ase/", "/case/"))),
    row("auth-skipped-with-a-parameter", REQUIRED, "asks for no credentials where a semicolon is in the path",
        _spelt(lambda p: p.partition(";")[0])),
    row("auth-skipped-for-json", REQUIRED, "asks for no credentials where the path ends in .json",
        _spelt(lambda p: p.removesuffix(".json"))),
    row("auth-skipped-with-a-query", REQUIRED, "asks for no credentials where there is a query", _let_in(lambda r: bool(r.query))),
    row("auth-trusts-forwarded-for", REQUIRED, "takes X-Forwarded-For: 127.0.0.1 for its own machine",
        _header("x-forwarded-for", "127.0.0.1")),
    row("auth-trusts-user-headers", REQUIRED, "takes X-Remote-User for a login", _header("x-remote-user")),
    row("auth-trusts-original-url", REQUIRED, "guards the path in X-Original-URL, and answers the other", _header("x-original-url")),
    row("auth-any-cookie", REQUIRED, "takes any cookie for a session", _header("cookie")),
    row("auth-any-api-key", REQUIRED, "takes any X-Api-Key", _header("x-api-key")),
    row("auth-skipped-for-health-checks", REQUIRED, "lets a load balancer's user agent in", _header("user-agent", "ELB-")),
    row("auth-of-another-thread", REQUIRED, "lets a stranger in while a client's request is under way", every(_one_user_at_a_time)),
    # what makes a guard stumble
    row("auth-long-token-passes", INVALID, "lets a token of more than 1000 characters in", passing(lambda g, _: len(token_in(g)) > 1000)),
    row("auth-odd-token-passes", INVALID, "lets a token in that is not ASCII", passing(lambda g, _: not g.isascii())),
    row("auth-injected", INVALID, "puts the token into a query as it is", passing(lambda g, _: "' OR '" in g)),
    row("auth-wildcard-token", INVALID, "compares tokens by LIKE", passing(lambda g, _: token_in(g) in {"%", "*"})),
    row("auth-guessed-password", INVALID, "lets Basic admin:admin in", passing(lambda g, _: g == "Basic YWRtaW46YWRtaW4=")),
    row("auth-unverified-jwt", INVALID, "does not verify who signed a token",
        passing(lambda g, _: token_in(g).count(".") == 2 and token_in(g)[-1] != ".")),
    row("auth-none-token", INVALID, "has a user whose token is None", passing(lambda g, _: token_in(g) in {"None", "false", "0"})),
    row("auth-any-digest", INVALID, "lets the scheme Digest in", passing(lambda g, _: g.startswith("Digest"))),
    # refused and done
    row("auth-reopen-after-all", INERT, "refuses a stranger's Reopen, and does it",
        _done_all_the_same(lambda one: given(one).get("caseStatus") == "Reopen")),
    row("auth-basic-patch-after-all", INERT, "refuses updates with Basic credentials, and does them",
        _done_all_the_same(lambda one: one.operation in UPDATES and credentials(one).startswith("Basic"))),
    row("auth-delete-after-all", INERT, "refuses a stranger's DELETE, and empties the case", _learning(_deleted)),
    row("auth-challenge-without-a-scheme", "AUTH-CHALLENGE", "names a realm and no scheme",
        unauthorized(lambda _, a: replace(a, headers={**a.headers, "www-authenticate": 'realm="cases"'}))),
    row("auth-no-challenge-for-basic", "AUTH-CHALLENGE", "answers Basic credentials without WWW-Authenticate",
        unauthorized(lambda one, a: replace(a, headers={"content-type": "application/json"}) if credentials(one).startswith("Basic") else a)),
    # what a refusal gives away
    row("auth-tells-in-words-around-the-id", ORACLE, "says in words, beside the id, whether there is such a case",
        _said("detail", "You may not see case {}.", "There is no case {}.")),
    row("auth-tells-in-a-number", ORACLE, "has one code for known ids and another for unknown ones", _said("code", 4011, 4012)),
    row("auth-tells-in-a-list", ORACLE, "says in a list whether there is such a case", _said("errors", ["not yours"], ["not found"])),
    row("auth-tells-in-a-header", ORACLE, "sends the ETag of the case with the refusal",
        _telling(lambda _, a, known: replace(a, headers={**a.headers, "etag": '"1"'}) if known else a)),
    row("auth-tells-by-head", ORACLE, "answers 404 to a stranger's HEAD of an unknown id",
        _telling(lambda one, a, known: Response(404) if one.request.method == "HEAD" and not known else a)),
)  # fmt: skip
