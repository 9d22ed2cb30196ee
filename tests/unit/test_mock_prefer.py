"""The Prefer header: its effects and its syntax."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clients import Client, content, shaped

from mock_server import Behaviour, Mock
from mock_server.behaviour.prefer import (
    CODES,
    LONGEST_FIELD,
    parse_preferences,
    read_field,
    unmet_preferences,
)
from mock_server.core.messages import IGNORED
from mock_server.journal import format_line


def test_prefer_code_returns_the_documented_example() -> None:
    mock = Mock()
    ask = Client(mock.handle)
    response = ask("GET", "/case/1", prefer="code=200")
    assert content(response)["caseNumber"] == "2025-000417"
    assert shaped(response) == ["prefer code"]
    assert response.headers["preference-applied"] == "code=200"
    limited = ask("GET", "/case/1", prefer="code=429")
    assert (limited.status, limited.headers["retry-after"]) == (429, "30")
    assert content(limited)["title"] == "Too Many Requests"
    assert content(ask("POST", "/auth/oauth2/token", {}, prefer="code=401")) == {"error": "invalid_client"}
    assert list(mock.store.items()) == []


def test_prefer_code_without_an_example_returns_a_problem() -> None:
    ask = Client(Mock().handle)
    for code, title in ((503, "Service Unavailable"), (418, "Refused"), (599, "Server Error")):
        response = ask("POST", "/case", {}, prefer=f"code={code}")
        assert response.status == code
        assert content(response)["title"] == title


def test_prefer_code_of_undocumented_success_is_ignored() -> None:
    ask = Client(Mock().handle)
    response = ask("GET", "/case/1", prefer="code=204")
    assert (response.status, shaped(response)) == (404, [])
    assert "preference-applied" not in response.headers
    assert (
        response.headers[IGNORED] == "Prefer: the contract has no example of a 204 response to this request"
    )


def test_prefer_delay_delays_the_response() -> None:
    ask = Client(Mock().handle)
    response = ask("POST", "/case", {}, prefer="delay=200")
    assert (response.status, response.delay, shaped(response)) == (201, 0.2, ["prefer delay"])
    assert response.headers["preference-applied"] == "delay=200"
    both = ask("HEAD", "/case/1", prefer="code=503, delay=1")
    assert (both.status, both.delay, both.body) == (503, 0.001, b"")
    assert int(both.headers["content-length"]) > 0
    assert both.headers["preference-applied"] == "code=503, delay=1"


def test_prefer_delay_adds_to_latency_and_outage_wins() -> None:
    mock = Mock(behaviour=Behaviour(latency=(1, 1)))
    ask = Client(mock.handle)
    assert ask("GET", "/case/1", prefer="delay=500").delay == 1.5
    mock.behave(outage=True)
    assert ask("GET", "/case/1", prefer="code=200").status == 503


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("code=503", (503, None)),
        ("delay=200", (None, 200)),
        ("code=503, delay=200", (503, 200)),
        ("respond-async, wait=10, code=404", (404, None)),
        ('code="503"', (503, None)),
        ('code="5\\03"', (503, None)),
        ("Code = 503", (503, None)),
        ("code=503; foo; bar=1", (503, None)),
        ('foo="a, code=500", code=404', (404, None)),
        ('foo=""; bar="; code=500", code=404', (404, None)),
        ("code=404, code=500", (404, None)),
        ("code", (None, None)),
        ("code=", (None, None)),
        ("code=199", (None, None)),
        ("code=600", (None, None)),
        ("code=5xx, delay=1", (None, 1)),
        ("code=-1", (None, None)),
        ("delay=60000", (None, 60000)),
        ("delay=60001", (None, None)),
        ("delay=1.5", (None, None)),
        ("", (None, None)),
        (",,, ,", (None, None)),
        ('code="503', (None, None)),
        ("code=503 404", (None, None)),
        ("x" * LONGEST_FIELD + ", code=503", (None, None)),
    ],
)
def test_prefer_field_is_parsed_by_rfc_7240(field: str, wanted: tuple[int | None, int | None]) -> None:
    assert parse_preferences(field) == wanted


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("code=abc", "code takes a status from 200 to 599"),
        (
            "delay=-5, code=600",
            "code takes a status from 200 to 599; delay takes milliseconds from 0 to 60000",
        ),
        ("code=503 404", "a part of the field is not a preference (RFC 7240)"),
        ("x" * (LONGEST_FIELD + 1), "the field is longer than 1024 characters"),
    ],
)
def test_ignored_preferences_are_reported(field: str, words: str) -> None:
    mock = Mock()
    response = Client(mock.handle)("GET", "/case/1", prefer=field)
    assert (response.status, shaped(response), response.headers[IGNORED]) == (404, [], f"Prefer: {words}")
    assert words in format_line(mock.journal.read()[0])


@pytest.mark.parametrize("field", ["code=503", "respond-async, wait=10", 'delay="5"; x=y', "", " , "])
def test_met_and_unknown_preferences_are_not_reported(field: str) -> None:
    assert IGNORED not in Client(Mock().handle)("GET", "/case/1", prefer=field).headers


@settings(deadline=None)
@given(st.text(alphabet='code=delay0159", ;\\\t', max_size=60) | st.text(max_size=60))
def test_prefer_field_never_causes_an_error(field: str) -> None:
    code, delay = parse_preferences(field)
    assert all(one.isascii() and one.isprintable() for one in unmet_preferences(field))
    assert code is None or code in CODES
    assert delay is None or 0 <= delay <= 60_000
    assert all(name == name.lower() for name in read_field(field))
