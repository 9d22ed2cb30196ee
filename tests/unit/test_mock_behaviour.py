"""Behaviour on demand, and the header that names the reasons of a changed response."""

import re
from typing import Any

import pytest
from support.clients import SHAPED, Client, Clock, content, shaped

from mock_server import Behaviour, Fault, Limits, Mock, Request, Response, Settings
from mock_server.core.messages import Execution
from mock_server.faults import FAULTS

PREFLIGHT = {
    "origin": "https://app.example",
    "access_control_request_method": "POST",
    "access_control_request_headers": "authorization, prefer",
}


def client(**how: Any) -> tuple[Mock, Client]:
    mock = Mock(**how)
    return mock, Client(mock.handle)


def test_default_behaviour_changes_nothing() -> None:
    _, ask = client()
    response = ask("POST", "/case", {"a": 1})
    assert (response.status, shaped(response), response.delay) == (201, [], 0)


def test_outage_lasts_until_it_is_switched_off() -> None:
    mock, ask = client(behaviour=Behaviour(outage=True))
    down = ask("GET", "/case/1")
    assert (down.status, shaped(down)) == (503, ["outage"])
    assert content(down)["status"] == 503
    mock.behave(outage=False)
    assert ask("GET", "/case/1").status == 404


def test_latency_delays_every_response() -> None:
    mock, ask = client(behaviour=Behaviour(latency=(0.2, 0.8)))
    delays = [ask("GET", "/case/1").delay for _ in range(50)]
    assert all(0.2 <= delay <= 0.8 for delay in delays)
    assert len(set(delays)) > 1
    assert shaped(ask("POST", "/auth/oauth2/token", {})) == ["latency"]
    mock.behave(latency=None)
    assert ask("GET", "/case/1").delay == 0


def test_latency_of_a_seeded_mock_is_repeatable() -> None:
    runs = [
        [client(behaviour=Behaviour(latency=(0, 1)), seed=seed)[1]("GET", "/case/1").delay for _ in range(2)]
        for seed in (7, 7, 8)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_rate_limit_can_be_set_and_removed() -> None:
    clock = Clock()
    mock, ask = client(behaviour=Behaviour(rate=2), now=clock)
    responses = [ask("GET", "/case/1") for _ in range(3)]
    assert [(one.status, shaped(one)) for one in responses] == [(404, []), (404, []), (429, ["rate limit"])]
    assert ask("OPTIONS", "/case", **PREFLIGHT).status == 204
    mock.behave(rate=None)
    assert ask("GET", "/case/1").status == 404


def test_rate_limit_of_the_deployment_is_the_initial_one() -> None:
    mock, ask = client(settings=Settings(limits=Limits(rate=1)), now=Clock())
    assert mock.behaviour.rate == 1
    responses = [ask("GET", "/case/1") for _ in range(2)]
    assert [(one.status, shaped(one)) for one in responses] == [(404, []), (429, [])]


def test_other_changes_keep_the_memory_of_rate_and_faults() -> None:
    clock = Clock()
    mock, ask = client(behaviour=Behaviour(rate=1), now=clock)
    assert ask("GET", "/case/1").status == 404
    mock.behave(latency=(0.1, 0.1))
    assert ask("GET", "/case/1").status == 429


def test_token_life_can_be_shortened() -> None:
    clock = Clock()
    mock, ask = client(behaviour=Behaviour(token_life=2.0), now=clock)
    grant = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-0"}
    response = ask("POST", "/auth/oauth2/token", grant)
    token = content(response)
    assert (token["expires_in"], type(token["expires_in"])) == (2, int)
    assert shaped(response) == ["token life"]
    assert shaped(ask("POST", "/auth/oauth2/token", grant | {"ttl": 1})) == []
    holder = Client(mock.handle, token["access_token"])
    assert holder("GET", "/case/1").status == 404
    clock.seconds += 2
    mock.behave(token_life=None)
    refused = holder("GET", "/case/1")
    assert (refused.status, shaped(refused)) == (401, ["token life"])
    response = ask("POST", "/auth/oauth2/token", grant)
    assert (content(response)["expires_in"], shaped(response)) == (600, [])
    clock.seconds += 600
    for dead in (token, content(response)):
        refused = Client(mock.handle, dead["access_token"])("GET", "/case/1")
        assert (refused.status, shaped(refused)) == (401, [])


def test_fixed_dates_do_not_stop_other_clocks() -> None:
    clock = Clock()
    _, ask = client(now=clock, today=lambda: 0.0, behaviour=Behaviour(rate=1))
    assert ask.create()["createdDate"] == "1970-01-01T00:00:00.000Z"
    assert ask("GET", "/case/1").status == 429
    clock.seconds += 1
    assert ask.create()["createdDate"] == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "how",
    [
        {"latency": (0.5, 0.1)},
        {"latency": (-1, 0)},
        {"latency": (0, 61)},
        {"latency": (float("nan"), 1)},
        {"rate": 0},
        {"rate": float("nan")},
        {"token_life": 0},
        {"token_life": 3601},
        {"faults": ("no-such",)},
    ],
)
def test_invalid_behaviour_is_refused_without_effect(how: dict[str, Any]) -> None:
    mock, _ = client()
    with pytest.raises(ValueError, match=r"latency|rate|token|no-such"):
        mock.behave(**how)
    assert mock.behaviour == Behaviour()


# Faults


def test_fault_marks_only_changed_responses() -> None:
    mock, ask = client(behaviour=Behaviour(faults=("text-trimmed",)))
    trimmed = ask("POST", "/case", {"summary": " spaces "})
    assert content(trimmed)["summary"] == "spaces"
    assert shaped(trimmed) == ["fault text-trimmed"]
    plain = ask("POST", "/case", body=b'{ "summary" : "none",   "n": 1.0 }')
    assert (plain.status, shaped(plain)) == (201, [])
    assert shaped(ask("GET", f"/case/{content(trimmed)['id']}")) == []
    mock.behave(faults=())
    assert content(ask("POST", "/case", {"summary": " spaces "}))["summary"] == " spaces "


def test_all_faults_of_a_response_are_listed() -> None:
    _, ask = client(behaviour=Behaviour(faults=("text-trimmed", "create-returns-200")))
    response = ask("POST", "/case", {"summary": " spaces "})
    assert response.status == 200
    assert shaped(response) == ["fault text-trimmed", "fault create-returns-200"]


def test_changed_responses_have_cors_headers() -> None:
    for behaviour in (
        Behaviour(outage=True),
        Behaviour(faults=("status-as-object",)),
        Behaviour(latency=(0, 0)),
    ):
        mock, ask = client(behaviour=behaviour)
        mock.seed([{"id": "1"}])
        response = ask("GET", "/case/1", origin="https://app.example")
        assert shaped(response)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "X-Mock-Shaped-By" in response.headers["access-control-expose-headers"]


def test_preflight_is_never_changed() -> None:
    mock, ask = client(behaviour=Behaviour(outage=True, latency=(1, 1), faults=("text-trimmed",)))
    mock.fail_next(500)
    response = ask("OPTIONS", "/case", **PREFLIGHT)
    assert (response.status, shaped(response), response.delay) == (204, [], 0)
    assert ask("GET", "/case/1").status == 500


def send_requests(ask: Client) -> None:
    """Send requests of all kinds, and return the responses."""
    case = ask("POST", "/case", {"summary": " a ", "n": None, "list": [1, 1.5, {"b": ""}]})
    found = re.search(rb'"([0-9a-f-]{36})"', case.body)
    case_id = found[1].decode() if found else "1"
    for method, path, payload in [
        ("GET", f"/case/{case_id}", None),
        ("HEAD", f"/case/{case_id}", None),
        ("PATCH", f"/case/{case_id}", {"summary": "b"}),
        ("PUT", f"/case/{case_id}", {"other": "ü"}),
        ("POST", f"/case/{case_id}/transition", {"caseStatus": "Close", "workflowId": "x"}),
        ("GET", "/case/none", None),
        ("POST", "/case", [1]),
    ]:
        ask(method, path, payload)


@pytest.mark.parametrize("name", list(FAULTS))
def test_marking_does_not_change_the_effect_of_a_fault(name: str) -> None:
    """Compare a fault applied by hand with the same fault as a behaviour: only the mark may differ."""

    def responses(wrap: Fault, **how: Any) -> list[Any]:
        wrapped = wrap(Mock(seed=1, now=Clock(), **how).handle)
        recorded: list[Any] = []

        def handle(request: Request) -> Response:
            response = wrapped(request)
            headers = {name: text for name, text in response.headers.items() if name != SHAPED}
            # Some faults write the present time into a case.
            recorded.append((response.status, headers, re.sub(rb"T[0-9:.]+Z", b"", response.body)))
            return response

        send_requests(Client(handle))
        return recorded

    assert responses(FAULTS[name]) == responses(lambda handle: handle, behaviour=Behaviour(faults=(name,)))


def test_only_faults_need_a_thread() -> None:
    mock, _ = client()
    read = Request("GET", "/case/7")
    assert mock.schedule(read) is Execution.AT_ONCE
    mock.behave(faults=("put-torn",))
    assert mock.schedule(read) is Execution.IN_THREAD
    mock.behave(faults=(), latency=(1, 1))
    assert mock.schedule(read) is Execution.AT_ONCE


# Failures of the next requests


def test_next_requests_fail_the_given_number_of_times() -> None:
    mock, ask = client()
    mock.fail_next(502, times=2, delay=0.1)
    responses = [ask("GET", "/case/1") for _ in range(3)]
    assert [response.status for response in responses] == [502, 502, 404]
    assert [shaped(response) for response in responses] == [["failure"], ["failure"], []]
    assert [response.delay for response in responses] == [0.1, 0.1, 0]


def test_failures_wait_for_requests_of_their_operation() -> None:
    mock, ask = client()
    mock.fail_next(500, operation="createCase")
    mock.fail_next(429, operation="getCase")
    assert ask("PATCH", "/case/1", {}).status == 404
    assert [ask("GET", "/case/1").status for _ in range(2)] == [429, 404]
    assert [ask("POST", "/case", {}).status for _ in range(2)] == [500, 201]


def test_failed_request_has_no_effect() -> None:
    mock, ask = client()
    mock.fail_next(500)
    ask("POST", "/case", {"a": 1})
    assert list(mock.store.items()) == []


def test_failures_find_their_operation_under_a_prefix() -> None:
    mock, ask = client(settings=Settings(prefix="/api"))
    mock.fail_next(500, operation="createCase")
    assert [ask("POST", "/api/case", {}).status for _ in range(2)] == [500, 201]


def test_printed_middlewares_show_their_names_in_order() -> None:
    mock = Mock()
    assert str(mock.middlewares) == "prefer → api"
    mock.behave(latency=(0.1, 0.2), faults=("text-trimmed", "put-merges"), rate=5)
    mock.fail_next(503)
    assert str(mock.middlewares) == (
        "preflight bypass → latency → failures → prefer → fault put-merges → fault text-trimmed → rate limit → api"
    )
    mock.behave(latency=None, faults=(), rate=None, outage=True)
    assert [one.name for one in mock.middlewares] == ["preflight bypass", "failures", "outage", "prefer"]
