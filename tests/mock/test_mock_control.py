"""The control API: each call, who may make it, and that every answer has the form that control.yaml gives it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mock_clients import Client, content
from mock_control import CONTROL_TOKEN, HERE, Control
from openapi_spec_validator import validate

from mock_server import Auth, Limits, Mock, Request, Settings, contract
from mock_server.control import FUNCTIONS, control, pages, static
from mock_server.faults import FAULTS
from mock_server.snapshots import FolderSnapshots

DOCUMENT = yaml.safe_load(pages.DOCUMENT.read_text(encoding="utf-8"))
OPEN = {
    "getHealth", "getOpenApi", "getControlDocument", "goToConsole", "getConsole", "getConsoleFile", "getDocs",
    "getDocsFile",
}  # fmt: skip


@pytest.fixture
def mock() -> Mock:
    return Mock(control_token=CONTROL_TOKEN)


@pytest.fixture
def steer(mock: Mock) -> Control:
    return Control(mock)


@pytest.fixture
def ask(mock: Mock) -> Client:
    return Client(mock.handle)


# The document


def test_the_document_is_valid_and_matches_the_functions() -> None:
    validate(DOCUMENT)
    assert {operation.id for operation in contract.read(pages.DOCUMENT).operations()} == set(FUNCTIONS)


def test_a_function_that_the_document_does_not_have_is_an_error(mock: Mock, monkeypatch: Any) -> None:
    monkeypatch.setitem(FUNCTIONS, "more", FUNCTIONS["reset"])
    with pytest.raises(RuntimeError, match="more"):
        control(mock, "token", ())


def test_its_examples_are_valid() -> None:
    for operation in contract.read(pages.DOCUMENT).operations():
        for told in operation.responses.values():
            for media in told.get("content", {}).values():
                if "example" in media:
                    assert contract.Body.of(media["schema"]).validator.is_valid(media["example"])


def test_only_pages_and_the_health_need_no_token() -> None:
    operations = contract.read(pages.DOCUMENT).operations()
    assert {operation.id for operation in operations if not operation.secured} == OPEN


# Who may call


def calls() -> list[tuple[str, str]]:
    return [
        (method, place)
        for place, item in DOCUMENT["paths"].items()
        for method in item
        if method != "parameters" and item[method].get("security") != []
    ]


@pytest.mark.parametrize(("method", "place"), calls())
@pytest.mark.parametrize("token", [None, "", "dev-token", CONTROL_TOKEN[:-1], CONTROL_TOKEN + "x"])
def test_nobody_gets_in_without_the_token(mock: Mock, method: str, place: str, token: str | None) -> None:
    path = place.removeprefix("/_mock").replace("{", "").replace("}", "")
    status, code, _ = Control(mock, token).refused(method.upper(), path, {})
    assert (status, code) == (401, "bad-credentials" if token else "no-credentials")


def test_the_control_token_opens_nothing_else(mock: Mock) -> None:
    assert Client(mock.handle, CONTROL_TOKEN)("GET", "/case/1").status == 401


def test_a_random_token_is_long_and_new_each_time() -> None:
    tokens = {Mock().control_token for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 20 for token in tokens)
    with pytest.raises(ValueError, match="visible ASCII"):
        Mock(control_token="with space")


@pytest.mark.parametrize(
    ("host", "hosts", "status"),
    [
        ("localhost", (), 200),
        ("localhost:8000", (), 200),
        ("LOCALHOST.:8000", (), 200),
        ("app.localhost:1", (), 200),
        ("127.0.0.1:8000", (), 200),
        ("127.8.9.1", (), 200),
        ("[::1]:8000", (), 200),
        ("", (), 403),
        ("evil.example", (), 403),
        ("localhost.evil.example", (), 403),
        ("evil.example:80, localhost", (), 403),
        ("localhost:80@evil.example", (), 403),
        ("10.0.0.1", (), 403),
        ("[fe80::1]", (), 403),
        ("127.0.0.1.evil.example", (), 403),
        ("0x7f.1", (), 403),
        ("mock:8000", ("mock",), 200),
        ("MOCK", ("Mock",), 200),
        ("10.0.0.1:8000", ("10.0.0.1",), 200),
        ("10.0.0.1:8000", ("0.0.0.0",), 200),
        ("[fe80::1]:8000", ("::",), 200),
        ("evil.example", ("0.0.0.0",), 403),
    ],
)
def test_it_answers_only_at_hosts_that_lead_nowhere_else(
    host: str, hosts: tuple[str, ...], status: int
) -> None:
    steer = Control(Mock(control_token=CONTROL_TOKEN, hosts=hosts))
    assert steer("GET", "/health", host=host).status == status
    assert steer("GET", "/state", host=host).status == status
    if status == 403:
        assert steer.refused("GET", "/", host=host) == (403, "foreign-host", [])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (f"http://{HERE}", 200),
        (f"https://{HERE}", 200),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("null", 403),
        ("https://evil.example", 403),
        (f"http://{HERE}.evil.example", 403),
        ("", 403),
    ],
)
def test_pages_of_other_sites_are_refused(steer: Control, origin: str, status: int) -> None:
    for method, path in [("GET", "/state"), ("GET", "/health"), ("HEAD", "/settings")]:
        assert steer(method, path, origin=origin).status == status
    preflight = steer("OPTIONS", "/reset", origin=origin, access_control_request_method="POST")
    assert preflight.status == (204 if status == 200 else 403)


# The mock


def test_health(steer: Control) -> None:
    assert Control(steer.mock, None).get("/health") | {"version": ""} == {
        "status": "ok",
        "store": "memory",
        "version": "",
    }


def test_settings_say_what_the_console_needs() -> None:
    steer = Control(Mock(Settings(prefix="/api", auth=Auth(token="mine")), control_token=CONTROL_TOKEN))
    settings = steer.get("/settings")
    assert settings["prefix"] == "/api"
    assert settings["auth"]["token"] == "mine"
    assert settings["auth"]["token_path"] == "/api/auth/oauth2/token"
    assert settings["workflow"]["moves"] == {"Open": ["Close"], "Close": ["Reopen"], "Reopen": ["Close"]}


def test_it_lives_at_the_root_whatever_the_prefix() -> None:
    mock = Mock(Settings(prefix="/api"), control_token=CONTROL_TOKEN)
    assert Control(mock).get("/health")["status"] == "ok"
    assert mock.handle(Request("GET", "/api/_mock/health", {"host": HERE})).status == 404
    with pytest.raises(ValueError, match="/_mock"):
        Settings(prefix="/_mock/api")


# Cases


def summaries(page: dict[str, Any]) -> list[str]:
    return [row["case"]["summary"] for row in page["cases"]]


def seeded(steer: Control) -> Control:
    rows = [
        {"summary": "b", "n": 10, "createdDate": "2025-01-02T00:00:00Z", "state": "x"},
        {"summary": "A", "n": 9, "createdDate": "2025-01-01T23:00:00-05:00", "nested": {"createdDate": "1"}},
        {"summary": 'c "quoted" Zürich', "createdDate": "2025-01-01T00:00:00.5Z", "caseStatus": "Close"},
    ]
    steer.done("PUT", "/state", rows)
    return steer


def test_cases_are_listed_with_the_newest_first(steer: Control) -> None:
    assert steer.get("/cases") == {"total": 0, "cases": []}
    page = seeded(steer).get("/cases")
    assert page["total"] == 3
    assert [name[0] for name in summaries(page)] == ["A", "b", "c"]
    assert [row["moves"] for row in page["cases"]] == [["Close"], ["Close"], ["Reopen"]]
    assert page["cases"][2]["state"] == "Close"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=createdDate", "cbA"),
        ("sort=-createdDate", "Abc"),
        ("sort=summary", "Abc"),
        ("sort=-summary", "cbA"),
        ("sort=n", "cAb"),
        ("sort=-n", "bAc"),
        ("sort=state", "cbA"),
        ("sort=-state", "Abc"),
        ("sort=no-such-field", "bAc"),
        ("sort=-no-such-field", "cAb"),
        ("sort=nested", "bcA"),
        ("limit=2", "Ab"),
        ("limit=2&offset=1", "bc"),
        ("offset=5", ""),
        ("search=Z%C3%9CRICH", "c"),
        ("search=%22quoted%22", "c"),
        ("search=a&sort=summary", "Abc"),
        ("search=nowhere", ""),
        ("search=", "Abc"),
    ],
)
def test_cases_are_searched_sorted_and_cut(steer: Control, query: str, found: str) -> None:
    assert "".join(name[0] for name in summaries(seeded(steer).get(f"/cases?{query}"))) == found


def test_cases_of_the_same_time_are_in_the_order_of_creation(steer: Control) -> None:
    date = "2025-01-01T00:00:00Z"
    steer.done("PUT", "/state", [{"summary": str(n), "createdDate": date} for n in range(5)])
    assert summaries(steer.get("/cases")) == ["4", "3", "2", "1", "0"]
    assert summaries(steer.get("/cases?sort=createdDate&limit=2")) == ["0", "1"]


@pytest.mark.parametrize(
    ("query", "finding"),
    [
        ("limit=0", "/limit must be at least 1"),
        ("limit=1001", "/limit must be at most 1000"),
        ("limit=ten", "/limit is a string and must be an integer"),
        ("limit=", "/limit is a string and must be an integer"),
        ("offset=-1", "/offset is a string and must be an integer"),
        ("sort=", "/sort must match ^-?.{1,200}$"),
        ("serch=x", "/serch is not one of ['limit', 'offset', 'search', 'sort']"),
        ("search=%FF", " is not readable"),
    ],
)
def test_a_wrong_parameter_is_told(steer: Control, query: str, finding: str) -> None:
    assert steer.refused("GET", f"/cases?{query}") == (422, "invalid-parameter", [finding])


def test_a_case_is_shown_with_its_moves(steer: Control, ask: Client) -> None:
    case = ask.create({"big": 2**70, "f": 1.0})
    shown = steer("GET", f"/cases/{case['id']}")
    assert content(shown) == {"state": "Open", "moves": ["Close"], "case": case}
    assert b'"f":1.0' in shown.body
    for path in ("/cases/none", "/cases/%FF", "/cases/a%2Fb"):
        assert steer.refused("GET", path) == (404, "unknown-case", [])


# State


def test_seeding_adds(steer: Control) -> None:
    assert steer.done("POST", "/seed", {"data": "demo"}) == {"added": 30}
    assert steer.done("POST", "/seed", {"cases": [{"id": "1"}, {"state": "Close", "case": {}}]}) == {
        "added": 2
    }
    assert steer.done("POST", "/seed", {"data": "demo", "cases": []}) == {"added": 30}
    assert steer.get("/cases")["total"] == 62
    wrong = [{"id": "1"}, {"canceled": 1}, {}]
    status, code, findings = steer.refused("POST", "/seed", {"cases": wrong})
    assert (status, code) == (422, "invalid-state")
    assert findings == [
        "/cases/0 has the id of a case that is there already",
        "/cases/1/canceled is an integer and must be a boolean or null",
    ]
    assert steer.get("/cases")["total"] == 62


@pytest.mark.parametrize(
    ("payload", "finding"),
    [
        ({}, " must have at least 1 member(s)"),
        ({"data": "other"}, "/data must be one of ['demo']"),
        ({"cases": 1}, "/cases is an integer and must be an array"),
        ({"case": []}, "/case is not one of ['cases', 'data', 'version']"),
        ([], " is an array and must be an object"),
    ],
)
def test_a_wrong_seed_is_told(steer: Control, payload: Any, finding: str) -> None:
    assert steer.refused("POST", "/seed", payload) == (422, "invalid", [finding])


def test_a_state_is_exported_and_put_back(steer: Control, ask: Client) -> None:
    case = ask.create({"a": 1})
    exported = steer("GET", "/state").body
    ask("PATCH", f"/case/{case['id']}", {"a": 2})
    ask.create()
    assert steer("PUT", "/state", body=exported).status == 204
    assert steer("GET", "/state").body == exported
    assert ask.read(case["id"]) == case
    status, code, findings = steer.refused("PUT", "/state", [{"canceled": 1}, {}, {"owner": 2}])
    assert (status, code, len(findings)) == (422, "invalid-state", 2)
    assert steer("GET", "/state").body == exported


def test_every_wrong_row_of_many_is_named(steer: Control) -> None:
    _, _, findings = steer.refused("PUT", "/state", [{"canceled": 1}] * 500)
    assert len(findings) == 500


def test_a_state_may_be_larger_than_a_case() -> None:
    steer = Control(Mock(Settings(limits=Limits(body=100, control_body=10_000)), control_token=CONTROL_TOKEN))
    assert steer("PUT", "/state", [{"a": "x" * 1000}]).status == 204
    assert steer.refused("PUT", "/state", [{"a": "x" * 10_000}])[0] == 413


def test_a_reset_goes_back_to_the_start(steer: Control, ask: Client) -> None:
    ask.create()
    steer.done("PATCH", "/behaviour", {"outage": True})
    steer.done("POST", "/failures", {})
    steer.done("PUT", "/snapshots/kept")
    steer.done("POST", "/reset")
    assert steer.get("/cases")["total"] == 0
    assert steer.get("/behaviour")["outage"] is False
    assert steer.get("/failures") == {"failures": []}
    assert steer.get("/journal") == {"last": 0, "exchanges": []}
    assert steer.get("/snapshots") == {"snapshots": [{"name": "kept", "cases": 1}]}


# Snapshots


def test_snapshots_are_saved_and_restored(steer: Control, ask: Client) -> None:
    assert steer.get("/snapshots") == {"snapshots": []}
    case = ask.create({"a": 1})
    steer.done("PUT", "/snapshots/one")
    exported = steer("GET", "/state").body
    ask.create()
    steer.done("PUT", "/snapshots/two.v-2_x")
    assert steer.get("/snapshots") == {
        "snapshots": [{"name": "one", "cases": 1}, {"name": "two.v-2_x", "cases": 2}]
    }
    steer.done("POST", "/snapshots/one/restore")
    assert steer("GET", "/state").body == steer("GET", "/snapshots/one").body == exported
    assert ask.read(case["id"]) == case
    steer.done("DELETE", "/snapshots/one")
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/restore")]:
        assert steer.refused(method, f"/snapshots/one{path}") == (404, "unknown-snapshot", [])


@pytest.mark.parametrize(
    "name", ["..", ".hidden", "a%2Fb", "..%2F..%2Fetc", "%C3%BC", "x" * 65, "a%0A", "a%00", "%FF"]
)
def test_a_name_is_one_that_a_file_may_have(steer: Control, name: str) -> None:
    assert steer.refused("PUT", f"/snapshots/{name}")[:2] == (422, "invalid-parameter")


def test_snapshots_in_a_folder_outlive_the_mock(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = Control(Mock(snapshots=FolderSnapshots(folder), control_token=CONTROL_TOKEN, seed_data="demo"))
    first.done("PUT", "/snapshots/demo")
    (folder / "yaml.json").write_text("- summary: by hand\n")
    (folder / "broken.json").write_text("{")
    (folder / "wrong.json").write_text('[{"canceled": 1}]')
    second = Control(Mock(snapshots=FolderSnapshots(folder), control_token=CONTROL_TOKEN))
    counts = {one["name"]: one["cases"] for one in second.get("/snapshots")["snapshots"]}
    assert counts == {"broken": None, "demo": 30, "wrong": 1, "yaml": 1}
    second.done("POST", "/snapshots/demo/restore")
    assert second("GET", "/state").body == first("GET", "/state").body
    assert second.refused("POST", "/snapshots/broken/restore")[0] == 422
    assert second.refused("POST", "/snapshots/wrong/restore")[2] == [
        "/0/canceled is an integer and must be a boolean or null"
    ]
    assert second.get("/cases")["total"] == 30


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    steer = Control(Mock(snapshots=FolderSnapshots(tmp_path / "file"), control_token=CONTROL_TOKEN))
    assert steer.refused("PUT", "/snapshots/a")[:2] == (507, "unwritable")


# Journal


def test_the_journal_is_followed_by_number(steer: Control, ask: Client) -> None:
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


def test_behaviour_is_changed_in_part(steer: Control, ask: Client) -> None:
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
            {"later": 1},
            "invalid",
            "/later is not one of ['faults', 'latency', 'outage', 'rate', 'token_life']",
        ),
    ],
)
def test_a_wrong_behaviour_is_told(steer: Control, change: Any, code: str, finding: str) -> None:
    before = steer.get("/behaviour")
    assert steer.refused("PATCH", "/behaviour", {"outage": True} | change) == (422, code, [finding])
    assert steer.get("/behaviour") == before


def test_failures_are_queued(steer: Control, ask: Client) -> None:
    once = {"status": 503, "times": 1, "operation": None, "delay": 0}
    assert steer.done("POST", "/failures", {}) == {"failures": [once]}
    more = {"status": 500, "times": 2, "operation": "createCase", "delay": 20}
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
    ],
)
def test_a_wrong_failure_is_told(steer: Control, failure: Any, code: str, start: str) -> None:
    status, told, findings = steer.refused("POST", "/failures", failure)
    assert (status, told) == (422, code)
    assert findings[0].startswith(start)


def test_a_whole_number_may_be_written_with_a_fraction(steer: Control, ask: Client) -> None:
    steer.done("POST", "/failures", {"status": 502.0, "times": 1.0})
    assert ask("GET", "/case/1").status == 502


def test_faults_are_listed(steer: Control) -> None:
    faults = steer.get("/faults")["faults"]
    assert [fault["name"] for fault in faults] == list(FAULTS)


# Pages


def test_pages_hold_no_data_and_let_in_no_script(steer: Control) -> None:
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
def test_only_files_of_the_folder_are_shown(steer: Control, folder: str, name: str) -> None:
    assert steer.refused("GET", f"/{folder}/{name}") == (404, "unknown-file", [])


def test_a_missing_swagger_ui_is_told(steer: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "find_spec", lambda name: None)
    status, code, _ = steer.refused("GET", "/docs/swagger-ui.css")
    assert (status, code) == (501, "no-docs")
    assert steer("GET", "/docs").status == 200


def test_documents_are_served() -> None:
    steer = Control(Mock(Settings(prefix="/api")), None)
    document = yaml.safe_load(steer("GET", "/openapi.yaml").body)
    assert document["servers"][0]["url"] == "/api"
    assert len(document["paths"]) == 4
    assert yaml.safe_load(steer("GET", "/control.yaml").body) == DOCUMENT


# As the API


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "ery", {}, 404),
        ("PUT", "/reset", {}, 405),
        ("BREW", "/", {}, 405),
        ("POST", "/seed", {"body": b"{"}, 400),
        ("POST", "/seed", {"body": b""}, 400),
        ("POST", "/seed", {"body": b"{}", "content_type": "text/plain"}, 415),
        ("POST", "/seed", {"body": b"[" * 1000}, 400),
        ("PUT", "/state", {"body": b"x" * (32 * 1024 * 1024 + 1)}, 413),
    ],
)
def test_mistakes_are_told_as_in_the_api(
    steer: Control, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    assert steer.refused(method, path, **how)[0] == status


def test_head_and_options_answer_as_in_the_api(steer: Control) -> None:
    head = steer("HEAD", "/settings")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(steer("GET", "/settings").body))
    assert steer("OPTIONS", "/snapshots/a").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert steer("DELETE", "/reset").headers["allow"] == "OPTIONS, POST"


SEGMENTS = st.sampled_from(
    [
        "",
        "cases",
        "state",
        "seed",
        "reset",
        "snapshots",
        "journal",
        "behaviour",
        "failures",
        "settings",
        "restore",
    ]
) | st.text(alphabet="abc.%2F00~-", max_size=8)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]),
    segments=st.lists(SEGMENTS, max_size=3),
    query=st.text(alphabet="limit=0&after9%aseorch-", max_size=20),
    body=st.binary(max_size=20)
    | st.sampled_from([b"{}", b"[]", b"null", b'{"data":"demo"}', b'{"cases":[{}]}']),
    token=st.sampled_from([None, CONTROL_TOKEN]),
    origin=st.none() | st.just(f"http://{HERE}") | st.text(max_size=5),
)
def test_whatever_is_sent_is_answered_in_the_documents_forms(
    *, method: str, segments: list[str], query: str, body: bytes, token: str | None, origin: str | None
) -> None:
    steer = Control(SHARED, token)
    headers = {} if origin is None else {"origin": origin}
    response = steer(method, "/" + "/".join(segments) + f"?{query}", body=body, **headers)
    assert response.status < 500
    if response.status >= 400 and method != "HEAD":
        assert json.loads(response.body)["status"] == response.status


SHARED = Mock(control_token=CONTROL_TOKEN)
