"""Operations of the control API on the mock, its journal, its behaviour and its pages."""

import re
from typing import Any

import pytest
import yaml
from support.clients import Client
from support.control_api import CONTROL_TOKEN, HERE, Control

from mock_server import Auth, Mock, Request, Settings
from mock_server.control import pages, static
from mock_server.faults import FAULTS

# The mock


def test_health_shows_store_and_version(steer: Control) -> None:
    assert Control(steer.mock, None).get("/health") | {"version": ""} == {
        "status": "ok",
        "store": "memory",
        "version": "",
    }


def test_settings_have_everything_the_console_needs() -> None:
    steer = Control(Mock(Settings(prefix="/api", auth=Auth(token="mine")), control_token=CONTROL_TOKEN))
    settings = steer.get("/settings")
    assert settings["prefix"] == "/api"
    assert settings["auth"]["token"] == "mine"
    assert settings["auth"]["headers"] == {"Authorization": "Bearer mine"}
    assert settings["auth"]["token_path"] == "/api/auth/oauth2/token"
    assert settings["workflow"]["moves"] == {"Open": ["Close"], "Close": ["Reopen"], "Reopen": ["Close"]}


def test_control_api_is_at_the_root_under_any_prefix() -> None:
    mock = Mock(Settings(prefix="/api"), control_token=CONTROL_TOKEN)
    assert Control(mock).get("/health")["status"] == "ok"
    assert mock.handle(Request("GET", "/api/_mock/health", {"host": HERE})).status == 404
    with pytest.raises(ValueError, match="/_mock"):
        Settings(prefix="/_mock/api")


# Journal


def test_journal_can_be_read_after_a_number(steer: Control, ask: Client) -> None:
    case = ask.create()
    ask("PATCH", f"/case/{case['id']}", {"canceled": "x"})
    ask("GET", "/case/1", prefer="code=503")
    journal = steer.get("/journal")
    assert journal["last"] == 3
    assert [one["response"]["status"] for one in journal["exchanges"]] == [201, 422, 503]
    assert journal["exchanges"][1]["findings"][0]["pointer"] == "/canceled"
    assert journal["exchanges"][2]["shaped_by"] == ["prefer code"]
    assert [one["number"] for one in steer.get("/journal?after=1&limit=1")["exchanges"]] == [2]
    history = steer.get(f"/journal?case={case['id']}")["exchanges"]
    assert [one["operation"] for one in history] == ["createCase", "updateCase"]
    steer.done("DELETE", "/journal")
    assert steer.get("/journal") == {"last": 0, "exchanges": []}


# Behaviour


def test_behaviour_can_be_changed_in_part(steer: Control, ask: Client) -> None:
    well = {"latency": None, "faults": [], "rate": None, "token_life": None, "outage": False}
    assert steer.get("/behaviour") == well
    slow = well | {"latency": {"min": 200, "max": 800.5}}
    assert steer.done("PATCH", "/behaviour", {"latency": {"min": 200, "max": 800.5}}) == slow
    assert 0.2 <= ask("GET", "/case/1").delay <= 0.8005
    broken = slow | {"faults": ["text-trimmed"], "rate": 50, "token_life": 2.5, "outage": True}
    change = {name: broken[name] for name in ("faults", "rate", "token_life", "outage")}
    assert steer.done("PATCH", "/behaviour", change) == broken
    assert ask("GET", "/case/1").status == 503
    assert steer("PATCH", "/behaviour", {}, content_type="application/merge-patch+json").status == 200
    assert steer.get("/behaviour") == broken
    assert steer.done("PATCH", "/behaviour", dict.fromkeys(well)) == well


@pytest.mark.parametrize(
    ("change", "code", "finding"),
    [
        (
            {"faults": ["text-trimmed", "no-such"]},
            "unknown-fault",
            "/faults/1 is not among GET /_mock/faults",
        ),
        ({"latency": {"min": 2, "max": 1}}, "invalid", "/latency/min must be at most max"),
        ({"latency": {"min": 2}}, "invalid", "/latency/max is missing"),
        ({"latency": {"min": 0, "max": 60001}}, "invalid", "/latency/max must be at most 60000"),
        ({"latency": 200}, "invalid", "/latency is an integer and must be an object or null"),
        ({"rate": 0}, "invalid", "/rate must be greater than 0"),
        ({"token_life": 3601}, "invalid", "/token_life must be at most 3600"),
        ({"outage": 1}, "invalid", "/outage is an integer and must be a boolean or null"),
        (
            {"latncy": 1},
            "invalid",
            "/latncy is not one of ['faults', 'latency', 'outage', 'rate', 'token_life']; did you mean latency?",
        ),
        (
            {"faults": ["text-trimed"]},
            "unknown-fault",
            "/faults/0 is not among GET /_mock/faults; did you mean text-trimmed?",
        ),
    ],
)
def test_invalid_behaviour_is_reported(steer: Control, change: Any, code: str, finding: str) -> None:
    before = steer.get("/behaviour")
    assert steer.refused("PATCH", "/behaviour", {"outage": True} | change) == (422, code, [finding])
    assert steer.get("/behaviour") == before


def test_failures_are_queued(steer: Control, ask: Client) -> None:
    once = {"status": 503, "times": 1, "operation": None, "delay": 0, "kind": "status", "case": None}
    assert steer.done("POST", "/failures", {}) == {"failures": [once]}
    more = {"status": 500, "times": 2, "operation": "createCase", "delay": 20, "kind": "status", "case": None}
    assert steer.done("POST", "/failures", more) == {"failures": [once, more]}
    assert [ask("POST", "/case", {}).status for _ in range(2)] == [503, 500]
    assert steer.get("/failures") == {"failures": [more | {"times": 1}]}
    steer.done("DELETE", "/failures")
    assert ask("POST", "/case", {}).status == 201


@pytest.mark.parametrize(
    ("failure", "code", "start"),
    [
        ({"operation": "deleteCase"}, "unknown-operation", "/operation must be one of ['createCase', "),
        ({"status": 200}, "invalid", "/status must be at least 400"),
        ({"status": 503.5}, "invalid", "/status is a number and must be an integer"),
        ({"times": 0}, "invalid", "/times must be at least 1"),
        ({"kind": "burn"}, "invalid", "/kind must be one of ['status', 'drop', 'truncate', 'not-json']"),
    ],
)
def test_invalid_failure_is_reported(steer: Control, failure: Any, code: str, start: str) -> None:
    status, problem, findings = steer.refused("POST", "/failures", failure)
    assert (status, problem) == (422, code)
    assert findings[0].startswith(start)


def test_integer_may_be_written_as_a_decimal_number(steer: Control, ask: Client) -> None:
    steer.done("POST", "/failures", {"status": 502.0, "times": 1.0})
    assert ask("GET", "/case/1").status == 502


def test_all_faults_are_listed(steer: Control) -> None:
    faults = steer.get("/faults")["faults"]
    assert [fault["name"] for fault in faults] == list(FAULTS)


# Pages


@pytest.mark.parametrize(("path", "place"), [("", "/_mock/"), ("/docs/", "/_mock/docs")])
def test_missing_or_extra_slash_redirects_to_the_page(steer: Control, path: str, place: str) -> None:
    response = Control(steer.mock, None)("GET", path)
    assert (response.status, response.headers["location"]) == (308, place)


def test_pages_have_a_strict_content_security_policy(steer: Control) -> None:
    stranger = Control(steer.mock, None)
    for path in ("/", "/docs", "/console/index.html", "/docs/swagger-ui.css"):
        page = stranger("GET", path)
        assert page.status == 200
        assert page.headers["x-content-type-options"] == "nosniff"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert CONTROL_TOKEN.encode() not in page.body
    assert stranger("GET", "").headers["location"] == "/_mock/"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("swagger-ui.css", "text/css; charset=utf-8"),
        ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ],
)
def test_files_have_their_media_type(steer: Control, name: str, kind: str) -> None:
    assert steer("GET", f"/docs/{name}").headers["content-type"] == kind


@pytest.mark.parametrize(
    "name", ["none.js", "..", "..%2Fcontrol.yaml", "%2Fetc%2Fpasswd", "LICENSE", "a%00.js"]
)
@pytest.mark.parametrize("folder", ["console", "docs"])
def test_only_files_of_the_folder_are_served(steer: Control, folder: str, name: str) -> None:
    assert steer.refused("GET", f"/{folder}/{name}") == (404, "unknown-file", [])


def test_docs_page_finds_its_files_in_the_package(steer: Control) -> None:
    names = re.findall(r'"docs/([^"]+)"', steer("GET", "/docs").body.decode())
    assert len(names) == 2
    for name in names:
        body = static.swagger_ui(name).body
        assert steer("GET", f"/docs/{name}").body == body == (static.SWAGGER_UI / name).read_bytes()
        assert b"sourceMappingURL" not in body


def test_documents_are_served() -> None:
    steer = Control(Mock(Settings(prefix="/api")), None)
    document = yaml.safe_load(steer("GET", "/openapi.yaml").body)
    assert document["servers"][0]["url"] == "/api"
    assert len(document["paths"]) == 4
    assert steer("GET", "/control.yaml").body == pages.DOCUMENT.read_bytes()


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_browser_at_the_root_is_redirected_to_the_console(prefix: str) -> None:
    mock = Mock(Settings(prefix=prefix))
    accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = mock.handle(Request("GET", "/", accept))
    assert (response.status, response.headers["location"]) == (302, "/_mock/")
    for other in (Request("GET", "/", {"accept": "*/*"}), Request("POST", "/", accept)):
        assert mock.handle(other).status == 404
