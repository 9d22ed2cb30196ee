"""Requests that a server may refuse but must survive. They run late, since one may crash the server.

The universal checks look for 5xx in every response, so these checks only have to send the requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from contract_tests.assertions.case import Case
from contract_tests.assertions.invalid_credentials import ODD_TOKENS, made_up
from contract_tests.client.api import JSON, CaseApi, case_path, encode, transition_path
from contract_tests.client.credentials import FORM, TokenEndpoint
from contract_tests.client.exchange import Exchange, quote_id
from contract_tests.client.failures import Cause, NoResponse, Unavailable
from contract_tests.client.session import RESTART
from contract_tests.exceptions import Violation
from contract_tests.oracle.hostile_input import is_hostile
from contract_tests.profiles import Profile, Share
from contract_tests.testdata.ids import unknown_id
from contract_tests.testdata.invalid_input import EDGE_BODIES, HOSTILE_BODIES, MALFORMED_BODIES, ODD_PAYLOADS

requirement = pytest.mark.requirement
pytestmark = pytest.mark.stage("hostile")

ATTEMPTS: Final = 6
TWICE: Final = 2
LARGE: Final = 16_000  # a server may close the connection instead of reading a body of so many bytes

UPDATING: Final = ("PUT", "PATCH")
WRITING: Final = ("POST", *UPDATING)
TAKING_JSON: Final = (*WRITING, "transition")
ON_A_CASE: Final = ("GET", *UPDATING)
ADDRESSED: Final = (*ON_A_CASE, "transition")
KINDS: Final = (JSON, FORM)

ODD_VALUES: Final[tuple[Any, ...]] = (
    None, 0, 1.5, True, "", "'", "x" * 10_000, [], {}, [[]], {"a": {}}, "\U0001f600", "\x00", "\ud800", 10**30,
)  # fmt: skip

ODD_REASONS: Final[tuple[Mapping[str, Any], ...]] = (
    *({"reason": value} for value in ODD_VALUES),
    *({"reason": text} for text in (" ", "x" * 300, "Größe 理由 🙂", "it's \"quoted\" \\ <b>&", "line\nbreak")),
    {}, {"reason": "x", "comment": "x", "testSummary": 1}, {"reason": "x", "reasonId": None, "fields": {}},
)  # fmt: skip

# In each of the following, requests that clients send by mistake come first, and hostile ones last.
ODD_PATHS: Final = (
    "/case/%20", "/case/%7B%7D", "/case/%27%22%3B--", "/case/%F0%9F%99%82", "/case/a%2Fb", "/case/.",
    "/case/..%2f..%2fetc", "/case/1/2/3", "/case/x/transition/y", "/nothing-here", "/case/{id}?x=1?y=2",
    "/case/{id}?fields=testSummary&expand=*&limit=-1", "/case/{id}?id=1&id=2", "/case/{id}?$select=a&$filter='",
    "/case/00000000-0000-1000-8000-000000000000", "/case/ffffffff-ffff-ffff-ffff-ffffffffffff",
    "/case/%00", "/case/%0d%0a", "/case/%", "/case/%zz", "/case/%ff%fe", "/case/" + "x" * 2000, "/case?x=%00&x[]=1",
    "/case/{id}?x=%ff&[]=&=%", "/case/{id}?%",
)  # fmt: skip

ODD_HEADERS: Final[tuple[Mapping[str, str], ...]] = (
    {"Content-Type": ""}, {"Content-Type": "multipart/form-data"},
    {"Content-Type": JSON, "Accept": "image/png"}, {"Content-Type": JSON, "If-Match": '"nothing"'},
    {"Content-Type": f"{JSON}; charset=utf-8"}, {"Content-Type": JSON, "Accept": "*/*"},
    {"Content-Type": JSON, "Accept": ""},
    {"Content-Type": JSON, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    {"Content-Type": JSON, "Accept-Encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"},
    {"Content-Type": JSON, "Accept-Charset": "utf-8, iso-8859-1;q=0.5"},
    {"Content-Type": JSON, "If-None-Match": "*"},
    {"Content-Type": JSON, "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Content-Type": JSON, "Origin": "null"}, {"Content-Type": f"{JSON}; charset=utf-16"},
    {"Content-Type": f"{JSON}; charset=no-such-charset"}, {"Content-Type": ";;;"},
    {"Content-Type": JSON, "Accept": ";q=x"}, {"Content-Type": JSON, "Accept-Language": "x" * 2000},
    {"Content-Type": JSON, "Content-Encoding": "gzip"}, {"Content-Type": JSON, "Accept-Language": "'\"<>/\\"},
    {"Content-Type": JSON, "If-Modified-Since": "yesterday"},
    {"Content-Type": JSON, "If-None-Match": 'W/"nothing", "x'}, {"Content-Type": JSON, "Range": "bytes=9-1"},
    {"Content-Type": JSON, "X-Forwarded-For": "'\"<>"}, {"Content-Type": JSON, "Cookie": "=; ;;a"},
    {"Content-Type": JSON, "Cookie": "nothing"},
    {"Content-Type": JSON, "Origin": "https://elsewhere.example", "Referer": "not a URL"},
    {"Content-Type": JSON, "Prefer": "return=minimal, wait=x"},
    {"Content-Type": JSON, "Traceparent": "00-x-y-z"},
)  # fmt: skip

# Invalid credentials that may confuse a parser.
ODD_CREDENTIALS: Final = (
    *(f"Bearer {token}" for token in ODD_TOKENS), "", "Bearer", "Bearer eyJ.eyJ.x",
    "Basic", "Basic x", "Basic x:y", "Basic bm9jb2xvbg==", "Basic " + "6" * 5000,
    "Digest username=\"x", "Negotiate", ",", "=",
)  # fmt: skip

# Methods without a body, each sent to a case and to an id that no case has.
BODILESS: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("HEAD", {}),
    ("OPTIONS", {}),
    ("OPTIONS", {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PATCH"}),
    ("TRACE", {}),
)


def send(
    case: Case, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Exchange | None:
    """Send a request that may crash its handler. Return None if the server refused to read a large body.

    A connection may break for many reasons. The server only fails if the same request gets no response in any attempt,
    while ordinary requests in between get one.
    """
    case.api.trace.next_attempt()
    broken = "HOSTILE-INPUT" if is_hostile(path, headers, body or b"") else "NO-SERVER-ERROR"
    unavailable = 0
    for _ in range(ATTEMPTS):
        try:
            return case.api.raw(method, path, body, headers)
        except Unavailable as error:
            case.api.session.resume()
            case.read()  # raises if no request gets a response now
            unavailable += 1
            if unavailable == TWICE:
                return _assert_refused_as_such(case, error.exchange, broken)
        except NoResponse as error:
            dropped = error
            _assert_alive(case, error)
            _assert_readable(case, error)
    if body is not None and len(body) > LARGE:
        return None
    if case.api.session.silences.stopped_responding(method, case.api.session.base_url + path):
        case.api.trace.restart(dropped.exchange)
        actual = f"none since an earlier one, while other requests got one: {dropped}"
        raise Violation(f"each {method} to get a response", actual, "NO-SERVER-ERROR")
    if any(__name__.rpartition(".")[2] not in test for test in case.api.session.dropped_in):
        raise dropped  # connections break for other requests, too
    actual = f"none in {ATTEMPTS} attempts, while other requests got one: {dropped}"
    raise Violation("a response", actual, broken)


def _assert_refused_as_such(case: Case, response: Exchange, broken: str) -> Exchange:
    """Fail if the server is unavailable to this request only: its 503 is then a server error like any other."""
    if response.is_server_error:
        case.api.trace.restart(response)
        actual = f"{response.summary()} each time, while other requests got a response"
        raise Violation("a response below 500 to any request", actual, broken)
    return response


def _assert_alive(case: Case, error: NoResponse) -> None:
    """Fail if the server no longer accepts connections after a request."""
    session = case.api.session
    if session.recovers(0):
        return
    # The request itself may have been refused after an earlier one that got a response.
    unsent = error.failure.cause is Cause.UNREACHABLE
    fatal = session.refused_after if unsent and session.refused_after else error.exchange
    case.api.trace.restart(fatal)
    came_back = session.recovers(RESTART)
    outcome = "came back later" if came_back else f"did not come back within {RESTART:.0f} s"
    what = f"the server to survive {fatal.method} {fatal.url.removeprefix(session.base_url)[:60]}"
    raise Violation(what, f"it stopped accepting connections and {outcome}", "NO-SERVER-ERROR")


def _assert_readable(case: Case, error: NoResponse) -> None:
    """Fail if the server does not respond to other requests, although it accepts connections."""
    for _ in range(ATTEMPTS):
        try:
            case.read()
            return
        except NoResponse as failed_read:
            last = failed_read
            _assert_alive(case, error)
            if failed_read.failure.cause is Cause.SILENT:
                case.api.session.silent_after = error.exchange
                case.api.trace.restart(error.exchange)
                actual = f"no response to GET either: {failed_read.failure.text}"
                raise Violation(
                    "the server to respond to other requests after this one", actual, "NO-SERVER-ERROR"
                ) from None
    raise last


def _send_json(case: Case, method: str, path: str, payload: Any) -> Exchange | None:
    return send(case, method, path, encode(payload), {"Content-Type": JSON})


def _payloads(profile: Profile, method: str) -> Sequence[Any]:
    if profile.bounded and method == "POST":
        return ODD_PAYLOADS[::4]  # each creates a case; PUT and PATCH get all of them on one case
    writing = UPDATING if profile.bounded else WRITING
    return profile.share(ODD_PAYLOADS, writing.index(method), len(writing))


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize("method", WRITING)
def test_odd_payloads_cause_no_server_error(api: CaseApi, case: Case, profile: Profile, method: str) -> None:
    path = "/case" if method == "POST" else case_path(case.id)
    for payload in _payloads(profile, method):
        response = _send_json(case, method, path, payload if method == "PATCH" else api.complete(payload))
        case_id = response.object.get("id") if response and method == "POST" else case.id
        if response and response.ok and isinstance(case_id, str):
            api.get(case_id)


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize("operation", TAKING_JSON)
def test_edge_case_bodies_cause_no_server_error(case: Case, share: Share, operation: str) -> None:
    method = "POST" if operation == "transition" else operation
    path = {"POST": "/case", "transition": transition_path(case.id)}.get(operation, case_path(case.id))
    for body in share(EDGE_BODIES, TAKING_JSON.index(operation), len(TAKING_JSON)):
        send(case, method, path, body, {"Content-Type": JSON})
    case.api.get(case.id)


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
def test_wrong_types_in_transition_cause_no_server_error(case: Case, share: Share) -> None:
    proper = {"caseStatus": "Close", "workflowId": case.workflow_id(), "reason": "x"}
    for place, field in enumerate(proper):
        for value in share(ODD_VALUES, place, len(proper)):
            _send_json(case, "POST", transition_path(case.id), {**proper, field: value})
    case.read()


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
def test_odd_transition_reasons_cause_no_server_error(case: Case) -> None:
    # A server may only use the reason if the transition is legal.
    workflow = case.api.deployment.workflow
    state = workflow.initial
    for more in ODD_REASONS:
        legal = workflow.legal(state)
        if not legal:
            return
        body = {"caseStatus": legal[0], "workflowId": case.workflow_id(), **more}
        response = _send_json(case, "POST", transition_path(case.id), body)
        if response and response.ok:
            state = legal[0]
    case.read()


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize("method", ON_A_CASE)
def test_odd_paths_cause_no_server_error(case: Case, share: Share, method: str) -> None:
    body = None if method == "GET" else b'{"testSummary": "x"}'
    for path in share(ODD_PATHS, ON_A_CASE.index(method), len(ON_A_CASE)):
        target = path.replace("{id}", quote_id(case.id))
        send(case, method, target, body, {"Content-Type": JSON} if body else {})


def _ordinary(case: Case, operation: str) -> tuple[str, str, bytes | None]:
    """Return method, path and body of an ordinary request. The transition would be refused."""
    bodies = {"GET": None, "PUT": case.api.complete({}), "PATCH": {"testSummary": "x"}, "transition": {}}
    body = bodies[operation]
    text = None if body is None else encode(body)
    if operation == "transition":
        return "POST", transition_path(case.id), text
    return operation, case_path(case.id), text


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize("operation", ADDRESSED)
def test_odd_headers_cause_no_server_error(case: Case, share: Share, operation: str) -> None:
    for headers in share(ODD_HEADERS, ADDRESSED.index(operation), len(ADDRESSED)):
        send(case, *_ordinary(case, operation), headers)


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize("operation", ADDRESSED)
def test_odd_credentials_cause_no_server_error(case: Case, share: Share, operation: str) -> None:
    for odd in share(ODD_CREDENTIALS, ADDRESSED.index(operation), len(ADDRESSED)):
        case.api.trace.next_attempt()
        method, path, body = _ordinary(case, operation)
        sent = {"Content-Type": JSON} if body is not None else {}
        credential = made_up(case.api, {"Authorization": odd.encode().decode("latin-1")})
        case.api.raw_unauthenticated(method, path, body, {**sent, **credential})


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
def test_bodiless_methods_cause_no_server_error(case: Case) -> None:
    for method, headers in BODILESS:
        for path in (case_path(case.id), case_path(unknown_id()), transition_path(case.id), "/case"):
            send(case, method, path, None, headers)


@requirement("NO-SERVER-ERROR", "HOSTILE-INPUT")
def test_odd_token_requests_cause_no_server_error(endpoint: TokenEndpoint, case: Case, share: Share) -> None:
    proper = {
        "grant_type": "client_credentials",
        "client_id": "unknown",
        "client_secret": "nothing",
        "ttl": 60,
    }
    names = (*proper, "scope")
    odd = [
        {**proper, name: value}
        for place, name in enumerate(names)
        for value in share(ODD_VALUES, place, len(names))
    ]
    incomplete = [{name: value for name, value in proper.items() if name != missing} for missing in proper]
    # Mistakes come first, for a run that sends only some of these.
    mistakes = [*map(encode, incomplete), *MALFORMED_BODIES, *map(encode, odd)]
    several = [
        (kind, body)
        for place, kind in enumerate(KINDS)
        for body in share((*mistakes, *HOSTILE_BODIES), place, len(KINDS))
    ]
    # Many frameworks leave these to the code of the application, which forgets them more often than a missing member.
    forgotten = [(JSON, b""), (JSON, b'{"grant_type": '), (FORM, b"")]
    for kind, body in (*several[:1], *forgotten, *several[1:]):
        case.api.trace.next_attempt()
        case.api.session.exchange_at("POST", endpoint.url, headers={"Content-Type": kind}, body=body)
