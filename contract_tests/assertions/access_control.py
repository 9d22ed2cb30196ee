"""The five operations sent without valid credentials, and comparisons of what their responses reveal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from contract_tests.assertions.case import Case
from contract_tests.assertions.invalid_credentials import Headers
from contract_tests.assertions.no_effect import Attempt
from contract_tests.client.api import CaseApi, case_path, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import show
from contract_tests.profiles import Share
from contract_tests.testdata.alternation import alternating
from contract_tests.testdata.corpus import REPLACEMENT
from contract_tests.testdata.ids import unknown_like

Observation: TypeAlias = Mapping[str, str | int]
SendAll: TypeAlias = Callable[[str], Iterable[tuple[str, Exchange]]]
"""Send requests about the case with an id, and yield each operation with its response."""

# The order in which the known (True) and an unknown id are requested: once each, and if these differ, in an order
# that cannot coincide with changes over time, such as dates, counters, or names of hosts that take turns.
MIXED: Final = (True, False, False, True, True, False)
ROUNDS: Final = ((True, False), MIXED, MIXED * 4)

UNLIKELY_LENGTH: Final = 16  # a text this long does not occur in another one by chance
WRITING: Final = ("createCase", "replaceCase", "updateCase", "transitionCase")

# The date in a record. A description of the API contains only its name.
DATE_OF_CASE: Final = re.compile(r'"createdDate"\s*:\s*"\d')
# Headers that a proxy may set and a server may trust. `{path}` is the case's path, `{base}` the base URL.
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


def path_spellings(path: str) -> Iterator[str]:
    """Yield other spellings of /case or a path below it, which a router may accept but its guard may not know."""
    below = path.removeprefix("/case")
    yield from (f"{path}/", f"//case{below}", f"/%63ase{below}", f"/Case{below}")
    yield from (f"{path}.json", f"{path};x=1", f"{path};.css", f"{path}%20")
    for start in (
        "/CASE",
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


class OperationRequest(NamedTuple):
    """A valid request for an operation, without credentials."""

    operation: str
    method: str
    path: str
    payload: Any


class Operations:
    """The five operations on one case, sent with other credentials than the run's."""

    def __init__(self, case: Case, status: str | None = None) -> None:
        self.case = case
        self.api = case.api
        status = status or self.api.deployment.workflow.first_transition()
        self.transition = {"caseStatus": status, "workflowId": case.workflow_id(), "reason": "unauthorized"}

    def requests(self, case_id: str | None = None) -> Iterator[OperationRequest]:
        """Yield a request for each operation on the case, or on another id."""
        path, transition = case_path(case_id or self.case.id), transition_path(case_id or self.case.id)
        whole = self.api.complete(REPLACEMENT)
        yield OperationRequest("createCase", "POST", "/case", whole)
        yield OperationRequest("getCase", "GET", path, None)
        yield OperationRequest("replaceCase", "PUT", path, whole)
        yield OperationRequest("updateCase", "PATCH", path, {"testSummary": "changed without credentials"})
        yield OperationRequest("transitionCase", "POST", transition, self.transition)

    def send(self, headers: Headers, case_id: str | None = None) -> Iterator[tuple[str, Exchange]]:
        """Send each operation, and yield its name and response."""
        for request in self.requests(case_id):
            self.api.trace.next_attempt()
            yield request.operation, self._send(request, headers)

    def send_one(self, operation: str, headers: Headers, case_id: str) -> Exchange:
        """Send one of the operations on the case with an id."""
        request = next(one for one in self.requests(case_id) if one.operation == operation)
        return self._send(request, headers)

    def select(self, place: int, share: Share) -> Iterator[str]:
        """Yield getCase and the writing operations; in a quick run only one of these, chosen by `place`."""
        yield "getCase"
        yield from share(WRITING, place % len(WRITING), len(WRITING))

    def rejected_attempt(self, operation: str, headers: Headers, how: str, path: str = "") -> Attempt:
        """An operation, perhaps by another path, that must neither show nor create a case.

        Its status code is free, because some servers return a page for an unknown path.
        """
        request = next(one for one in self.requests() if one.operation == operation)
        request = request._replace(path=path or request.path)

        def attempt() -> bool:
            response = self._send(request, headers)
            if operation == "getCase" and self._shows_case(response):
                raise Violation(f"{operation} {how} to show no case", response.summary())
            if operation == "createCase" and response.ok and response.carries_record:
                raise Violation(f"{operation} {how} to create no case", response.summary())
            return True

        return Attempt(f"{operation} {how}", attempt)

    def rejected_read(self, method: str) -> Attempt:
        """A request with another method than GET, whose response must not contain the case, whatever its status is."""

        def attempt() -> bool:
            response = self.api.unauthenticated(method, case_path(self.case.id), None, {})
            if self._shows_case(response):
                raise Violation(f"{method} without credentials to show no case", response.summary())
            return True

        return Attempt(f"{method} without credentials", attempt)

    def rejected_list(self) -> Attempt:
        """A GET of /case, which no document describes: a list of cases must not be public either."""

        def attempt() -> bool:
            response = self.api.unauthenticated("GET", "/case", None, {})
            if response.ok and DATE_OF_CASE.search(response.text):
                raise Violation("GET /case without credentials to show no case", response.summary())
            return True

        return Attempt("GET /case without credentials", attempt)

    def _shows_case(self, response: Exchange) -> bool:
        """Return True if the response contains the record or its workflow id."""
        known = str(self.transition["workflowId"])
        unlikely = (
            len(known) >= UNLIKELY_LENGTH and known not in self.case.id and any(map(str.isdigit, known))
        )
        record = response.carries_record and response.object["id"] == self.case.id
        return record or (unlikely and known in response.text)

    def each(
        self, credentials: Sequence[tuple[str, Headers]], share: Share
    ) -> Iterator[tuple[str, str, Callable[[], Exchange]]]:
        """Yield each operation with its share of the credentials: (operation, credentials, function to send it).

        The operations take turns, so that a short run sends some credentials with each.
        """
        requests = list(self.requests())
        shares = (
            [(request, *one) for one in share(credentials, place, len(requests))]
            for place, request in enumerate(requests)
        )
        for request, what, headers in alternating(*shares):
            yield request.operation, what, partial(self._send, request, headers)

    def _send(self, request: OperationRequest, headers: Headers) -> Exchange:
        return self.api.unauthenticated(request.method, request.path, request.payload, headers)


def observe(response: Exchange, case_id: str) -> Observation:
    """Return everything an unauthenticated client can observe, with the requested id replaced by `{id}`.

    The names are JSON pointers and header names.
    """

    def shown(value: Any) -> str:
        return str(value).replace(case_id, "{id}")

    parts: dict[str, str | int] = {"status": response.status}
    parts |= {f"header {name.lower()}": shown(value) for name, value in response.headers.items()}
    pending: list[tuple[str, Any]] = [("", response.json)]
    while pending:
        where, value = pending.pop()
        if isinstance(value, (dict, list)):
            members = value.items() if isinstance(value, dict) else enumerate(value)
            pending += [(f"{where}/{name}", member) for name, member in members]
        else:
            parts[where or "body"] = shown(value)
    return parts


class _Comparison:
    """The observations of one operation, about the known id and about unknown ones."""

    def __init__(self) -> None:
        self.known: list[Observation] = []
        self.unknown: list[Observation] = []
        self.responses: list[Exchange] = []

    def find_difference(self) -> str | None:
        """Return the first part with one value in all responses about the known id, and another in all others."""
        for part in sorted({*self.known[0], *self.unknown[0]}):
            ones, others = ({one.get(part) for one in seen} for seen in (self.known, self.unknown))
            if len(ones) == len(others) == 1 and ones != others:
                return f"{part}: {show(ones.pop())} for the known, {show(others.pop())} for the unknown id"
        return None


def assert_indistinguishable(api: CaseApi, case_id: str, send_all: SendAll) -> None:
    """Assert that responses about the known id and about unknown ones differ only in what changes by itself.

    Each request uses a new unknown id, because a server may derive something from an id, such as a host.
    """
    comparisons: dict[str, _Comparison] = {}
    difference = None
    for order in ROUNDS:
        for known in order:
            requested = case_id if known else unknown_like(case_id)
            for operation, response in send_all(requested):
                one = comparisons.setdefault(operation, _Comparison())
                (one.known if known else one.unknown).append(observe(response, requested))
                one.responses.append(response)
        found = ((operation, one.find_difference()) for operation, one in comparisons.items())
        difference = next(((operation, apart) for operation, apart in found if apart), None)
        if difference is None:
            return
    assert difference is not None
    operation, apart = difference
    api.trace.restart(*comparisons[operation].responses[:2])  # one for each id; the others repeat them
    raise Violation(f"{operation} to respond alike to a known and an unknown id", apart)
