"""Reproduction scripts: they send the recorded bytes, with the ids of the new responses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import quote

import pytest
from support import report_samples as samples

from contract_tests.report import replay
from contract_tests.report.replay.run import run
from contract_tests.report.replay.script import BOUND, Script, scripts
from contract_tests.results.verdicts import Finding

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

BODIES = (
    b'{"a": "it\'s \\"quoted\\" $HOME `id` $(id) \\\\ %s %% \\n"}',
    '{"ä": "Grüße, 世界 😀"}'.encode(),
    b'{\n\t"a": 1\n}\n',
    b'{"control": "\x01\x7f"}',
    '{"spaces": "\u00a0\u200b\u2028"}'.encode(),
    b"\xff\xfe\x00",
    b'{"a": "\xed\xa0\x80"}',
    b"\\xff is text here",
    b"\x00",
    b"@/etc/hostname",
    b"",
)

SCRIPT_FUNCTIONS = files(replay).joinpath("functions.sh").read_text(encoding="utf-8")

# A record like those of the recording server, with a nested id that is not the id of the case.
NESTED = f'{{"nested": {{"id": "inner"}}, "id": "{samples.CASE}", "lastWorkflowId": "{samples.WORKFLOW}"}}'


class Recorded:
    """The requests of a server that returns a case with a new id each time."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.lock = Lock()
        self.url = ""


@contextmanager
def recording(ids: str = "live-{}") -> Iterator[Recorded]:
    recorded = Recorded()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with recorded.lock:
                recorded.requests.append((self.command, self.path, headers, body))
                number = len(recorded.requests)
            answer = json.dumps(
                {"nested": {"id": "inner"}, "id": ids.format(number), "lastWorkflowId": f"flow-{number}"},
                indent=1,
                ensure_ascii=False,
            )
            self.send_response(200)
            self.send_header("ETag", f'W/"tag-{number}"')
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.encode())

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorded.url = f"http://127.0.0.1:{server.server_port}/api"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield recorded
    finally:
        server.shutdown()
        server.server_close()


def scripts_of(*findings: Finding, created: Sequence[str] = ()) -> dict[str, Script]:
    verdicts = {finding.requirement: (finding.verdict, [finding]) for finding in findings}
    return scripts(verdicts, samples.BASE, created)


def script_of(exchanges: tuple[dict[str, Any], ...], created: Sequence[str] = (), **more: Any) -> str:
    failed = samples.failed("SCHEMA", exchanges=exchanges, actual="it", **more)
    return scripts_of(failed, created=created)["SCHEMA"].text


def replayed(script: str, base_url: str, token: str) -> bool:
    """Return True if the script completed."""
    return run(script, base_url, {"CASEIQ_TOKEN": token}) is not None


def test_bodies_are_sent_byte_for_byte() -> None:
    exchanges = samples.recorded(
        *(samples.exchange("POST", "/case", body, at=n) for n, body in enumerate(BODIES))
    )
    with recording() as recorded:
        assert replayed(script_of(exchanges), recorded.url, "t")
    assert [body for *_, body in recorded.requests] == list(BODIES)
    assert {headers["content-type"] for _, _, headers, _ in recorded.requests} == {"application/json"}
    assert {headers["content-length"] for _, _, headers, _ in recorded.requests} == {
        str(len(body)) for body in BODIES
    }


def test_methods_paths_and_headers_are_sent_unchanged() -> None:
    odd = "/case/a%2Fb/../[x]{y,z}?q='$HOME'&r=%20`id`"
    headers = {"User-Agent": "suite", "X-Empty": "", "X-Odd": "it's $HOME", "Accept": "text/html"}
    exchanges = samples.recorded(
        samples.exchange("GET", odd, headers=headers),
        samples.exchange("HEAD", "/case/1", at=1),
        samples.exchange("DELETE", "/case/1", at=2),
        samples.exchange("PUT", "/case/1", at=3, headers={"Content-Length": "0"}),
        samples.exchange("PUT", "/case/1", b"{}", at=4, headers={"Content-Length": "2"}),
    )
    with recording() as recorded:
        assert replayed(script_of(exchanges), recorded.url + "/", "t")
    sent = recorded.requests
    assert [(method, path) for method, path, _, _ in sent[:3]] == [
        ("GET", "/api" + odd),
        ("HEAD", "/api/case/1"),
        ("DELETE", "/api/case/1"),
    ]
    assert {
        name: sent[0][2].get(name) for name in ("x-empty", "x-odd", "accept", "authorization", "expect")
    } == {
        "x-empty": "",
        "x-odd": "it's $HOME",
        "accept": "text/html",
        "authorization": None,
        "expect": None,
    }
    assert sent[3][2]["content-length"] == "0"
    assert "content-type" not in sent[4][2]


def test_credential_comes_from_the_environment() -> None:
    wrong = {"Authorization": "Bearer somebody-else", "X-Key": "plain"}
    exchanges = samples.recorded(
        samples.exchange("GET", "/case/1"), samples.exchange("GET", "/case/1", at=1, headers=wrong)
    )
    script = script_of(exchanges)
    with recording() as recorded:
        assert replayed(script, recorded.url, "tok'en \"$HOME")
    assert [headers["authorization"] for _, _, headers, _ in recorded.requests] == [
        "Bearer tok'en \"$HOME",
        "Bearer ***",
    ]
    assert samples.TOKEN not in script
    assert "somebody-else" not in script


def test_ids_and_workflow_ids_are_those_of_the_replay() -> None:
    move = json.dumps({"caseStatus": "Close", "workflowId": samples.WORKFLOW, "note": samples.CASE}).encode()
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", answer=NESTED),
        samples.exchange("POST", f"/case/{samples.CASE}/transition", move, at=1),
    )
    with recording() as recorded:
        assert replayed(script_of(exchanges), recorded.url, "t")
    _, path, _, body = recorded.requests[1]
    assert path == "/api/case/live-1/transition"
    assert json.loads(body) == {"caseStatus": "Close", "workflowId": "flow-1", "note": samples.CASE}


def test_malformed_ids_are_made_from_those_of_the_replay() -> None:
    move = json.dumps({"caseStatus": "Close", "workflowId": samples.WORKFLOW[:-1]}).encode()
    paths = (f"/case/{samples.CASE}0", f"/case/{samples.CASE}/transition")
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", answer=NESTED),
        samples.exchange("GET", paths[0], at=1),
        samples.exchange("POST", paths[1], move, at=2),
    )
    with recording() as recorded:
        assert replayed(script_of(exchanges), recorded.url, "t")
    assert recorded.requests[1][1] == "/api/case/live-10"
    assert json.loads(recorded.requests[2][3]) == {"caseStatus": "Close", "workflowId": "flow-"}


# Ids that stand in a path only in percent-encoding, and as a server may issue them.
IN_PATHS = {
    "2026/CASE 12:7": "2026%2FCASE%20{}%3A7",
    "CASE,12}789": "CASE%2C{}%7D789",
    "F\xe4lle\u201312": "F%C3%A4lle%E2%80%93{}",
    "$(id)`id`'12;": "%24%28id%29%60id%60%27{}%3B",
}


@pytest.mark.parametrize("case_id", IN_PATHS)
def test_id_that_is_encoded_in_paths_is_that_of_the_replay(case_id: str) -> None:
    encoded = IN_PATHS[case_id].format(12)
    answer = json.dumps({"nested": {"id": "inner"}, "id": case_id}, ensure_ascii=False)
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", answer=answer),
        samples.exchange("GET", f"/case/{encoded}", at=1),
        samples.exchange("GET", f"/case/{encoded}x", at=2),
    )
    script = script_of(exchanges, created=[case_id])
    assert BOUND not in script
    with recording(case_id.replace("{", "{{").replace("}", "}}").replace("12", "{}")) as recorded:
        assert replayed(script, recorded.url, "t")
    paths = [path for _, path, _, _ in recorded.requests[1:]]
    assert paths == [f"/api/case/{IN_PATHS[case_id].format(1)}{end}" for end in ("", "x")]


def test_encoded_id_needs_its_case() -> None:
    create = samples.exchange(
        "POST", "/case", b"{}", status=201, answer=NESTED.replace(samples.CASE, "another")
    )
    creating = samples.failed("CREATE-ID", exchanges=samples.recorded(create))
    about = samples.failed("SCHEMA", exchanges=samples.recorded(samples.exchange("GET", "/case/A%2F1")))
    script = scripts_of(creating, about, created=["A/1"])["SCHEMA"].text
    with recording("B/{}") as recorded:
        assert replayed(script, recorded.url, "t")
    assert [path for _, path, _, _ in recorded.requests] == ["/api/case", "/api/case/B%2F1"]


@pytest.mark.parametrize("case_id", ['a"12', "a\\12", "\xe4-12"])
def test_script_with_an_id_that_it_cannot_read_says_so(case_id: str) -> None:
    path = f"/case/{quote(case_id, safe='')}"
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", answer=json.dumps({"id": case_id})),
        samples.exchange("GET", path, at=1),
    )
    assert script_of(exchanges, created=[case_id]).splitlines()[1] == BOUND


def test_script_with_ids_beyond_the_recorded_part_says_so() -> None:
    answer = json.dumps({"history": "x" * 30_000, "id": samples.CASE, "lastWorkflowId": "flow-1"})
    create = samples.exchange("POST", "/case", b"{}", status=201, answer=answer)
    read = samples.exchange("GET", f"/case/{samples.CASE}", at=1)
    move = samples.exchange("POST", "/case/x/transition", b'{"workflowId": "flow-1"}', at=1)
    chosen = samples.exchange("GET", "/case/no-such-case", at=1)
    for last, is_bound in ((read, True), (move, True), (chosen, False)):
        script = script_of(samples.recorded(create, last), created=[samples.CASE])
        assert (BOUND in script) == is_bound


def test_script_with_a_workflow_id_that_it_cannot_read_says_so() -> None:
    answer = json.dumps({"id": samples.CASE, "lastWorkflowId": "\xe4-flow"})
    move = json.dumps({"workflowId": "\xe4-flow"}).encode()
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", answer=answer),
        samples.exchange("POST", f"/case/{samples.CASE}/transition", move, at=1),
    )
    assert BOUND in script_of(exchanges)
    assert BOUND not in script_of(exchanges[:1])


def test_malformed_id_needs_its_case() -> None:
    create = samples.exchange(
        "POST", "/case", b"{}", status=201, answer=NESTED.replace(samples.CASE, "another")
    )
    creating = samples.failed("CREATE-ID", exchanges=samples.recorded(create))
    read = samples.exchange("GET", f"/case/{samples.CASE}0")
    about = samples.failed("GET-UNKNOWN", exchanges=samples.recorded(read))
    script = scripts_of(creating, about, created=[samples.CASE])["GET-UNKNOWN"].text
    with recording() as recorded:
        assert replayed(script, recorded.url, "t")
    assert [path for _, path, _, _ in recorded.requests] == ["/api/case", "/api/case/live-10"]


def test_conditions_contain_the_new_validators() -> None:
    first, second = samples.recorded(
        samples.exchange("GET", "/case/1"),
        samples.exchange("GET", "/case/1", at=1, headers={"If-None-Match": 'W/"old"'}),
    )
    first["response_headers"]["ETag"] = 'W/"old"'
    with recording() as recorded:
        assert replayed(script_of((first, second)), recorded.url, "t")
    assert recorded.requests[1][2]["if-none-match"] == 'W/"tag-1"'


def test_script_shows_headers_that_requirements_are_about() -> None:
    exchanges = samples.recorded(
        samples.exchange("GET", "/case/1"), samples.exchange("HEAD", "/case/1", at=1)
    )
    with recording() as recorded:
        output = run(script_of(exchanges), recorded.url, {"CASEIQ_TOKEN": "t"})
    assert output is not None
    assert output.count("   WWW-Authenticate: Basic\n") == 2
    assert "Date:" not in output


def test_case_that_existed_before_is_created_first() -> None:
    create = samples.exchange(
        "POST", "/case", b"{}", status=201, answer=NESTED.replace(samples.CASE, "another")
    )
    creating = samples.failed("CREATE-ID", exchanges=samples.recorded(create))
    about = samples.failed(
        "SCHEMA", exchanges=samples.recorded(samples.exchange("DELETE", f"/case/{samples.CASE}", status=500))
    )
    script = scripts_of(creating, about, created=[samples.CASE])["SCHEMA"].text
    with recording() as recorded:
        assert replayed(script, recorded.url, "t")
    assert [(method, path) for method, path, _, _ in recorded.requests] == [
        ("POST", "/api/case"),
        ("DELETE", "/api/case/live-1"),
    ]


def test_overlapping_requests_are_sent_together() -> None:
    parallel = [samples.exchange("GET", f"/case/{n}", at=1 + n / 100, took=0.5) for n in range(3)]
    script = script_of(
        samples.recorded(
            samples.exchange("GET", "/case/first"), *parallel, samples.exchange("GET", "/case/last", at=9)
        )
    )
    assert script.count(" &\n") == 3
    assert "These 3 requests were in progress at the same time" in script
    assert "the failure depends on timing" in script
    with recording() as recorded:
        assert replayed(script, recorded.url, "t")
    paths = [path for _, path, _, _ in recorded.requests]
    assert (paths[0], paths[-1]) == ("/api/case/first", "/api/case/last")
    assert len(paths) == 5


@pytest.mark.parametrize(
    "body",
    [b'{"client_secret": "hush"}', b'{"note": "' + samples.TOKEN.encode() + b'"}'],
    ids=["field", "value"],
)
def test_masked_body_has_no_script(body: bytes) -> None:
    exchanges = samples.recorded(samples.exchange("POST", "/auth/oauth2/token", body))
    script = scripts_of(samples.failed("SCHEMA", exchanges=exchanges))["SCHEMA"]
    assert not script.text
    assert "credential" in script.reason


def test_only_failed_requirements_get_a_script() -> None:
    assert set(scripts_of(*samples.FINDINGS)) == {"PATCH-PARTIAL", "LINEARIZABLE", "ERRORS-QUIET"}


def test_script_that_cannot_continue_does_not_complete() -> None:
    script = script_of(samples.EXCHANGES)
    assert not replayed(script, "http://127.0.0.1:9", "t")
    assert not replayed(script, "http://127.0.0.1:9", "")
    assert not replayed("exit 3", "http://127.0.0.1:9", "t")


def test_script_is_posix_and_prints_the_expectation() -> None:
    script = script_of(samples.EXCHANGES, left_out=2)
    for shell in filter(shutil.which, ("dash", "bash")):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0, shell
    assert "2 requests in the middle" in script
    assert "expected: the field to be kept" in script


@pytest.mark.parametrize(
    ("actual", "left_out", "field"),
    [("/a~1b/0 is 1 instead of 2", 3, "a/b"), ("/a is 1", 0, "a"), ("404 Not Found", 3, "")],
)
def test_script_knows_the_field_that_failed(actual: str, left_out: int, field: str) -> None:
    finding = samples.failed("SCHEMA", exchanges=samples.EXCHANGES, actual=actual, left_out=left_out)
    script = scripts_of(finding)["SCHEMA"]
    assert (script.is_partial, script.failed_field) == (bool(left_out), field)


def test_expiry_of_a_token_has_no_script() -> None:
    finding = samples.failed("TOKEN-EXPIRY", exchanges=samples.EXCHANGES)
    assert "token of a certain age" in scripts_of(finding)["TOKEN-EXPIRY"].reason


@pytest.mark.parametrize(
    "secret", ["Zq8vK3xW7Jr5tY9", 'Zq8"v\\K3x/W7&.*[Jr5', "a1B2c3D", "test", "same-same-same", "$HOME `id`"]
)
def test_output_of_a_script_shows_no_credential(secret: str, tmp_path: Path) -> None:
    functions = SCRIPT_FUNCTIONS.replace("responses=$(mktemp -d) || exit 1", f"responses={tmp_path}").replace(
        "rm -rf", "true"
    )
    damaged = [f"{secret}xx", f"x{secret}", secret * 2]
    damaged += [secret[:-2], secret[: len(secret) // 2], secret[2:]] if len(secret) > 7 else []
    body = json.dumps({"testSummary": secret, "echo": [damaged, secret]}) + f"\n{secret}\n"
    (tmp_path / "1").write_text(body, encoding="utf-8")
    (tmp_path / "1.status").write_text("401", encoding="utf-8")
    (tmp_path / "1.headers").write_text(f"WWW-Authenticate: {secret}\n", encoding="utf-8")
    said = subprocess.run(
        ["sh", "-c", f"{functions}\nshow 1 401 GET"],
        env={"PATH": os.environ["PATH"], "BASE_URL": "http://h", "CASEIQ_TOKEN": secret},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith("1. GET\n   returned 401, recorded: 401\n   WWW-Authenticate: ***\n{")
    assert '"testSummary": "***"' in said
    parts = {secret[at : at + 5] for at in range(len(secret) - 4)} or {f'"{secret}"'}
    assert not {part for part in parts if part in said}, said


def test_output_of_a_script_is_that_of_the_server() -> None:
    with recording() as recorded:
        output = run(script_of(samples.EXCHANGES[2:]), recorded.url, {"CASEIQ_TOKEN": "t"})
    assert output is not None
    assert '\n{\n "nested": {\n  "id": "inner"\n },\n "id": "live-1",\n' in output
