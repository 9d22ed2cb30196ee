"""Replays use the run's session, so cases are counted and entered in the ledger. Each failed replay has a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from reference_server.sockets import Request, Response, running
from support import report_samples as samples
from support.altered_mock import AlteredMock

from contract_tests.assertions.tokens import token_endpoint
from contract_tests.client.api import JSON, CaseApi
from contract_tests.client.credentials import FORM
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Auth as AuthRules
from contract_tests.contract.deployment import Deployment
from contract_tests.contract.deployment import Scheme as SchemeRule
from contract_tests.exceptions import LATE, LATER_GET
from contract_tests.report.files import SCRIPTS
from contract_tests.report.replay import run as replay
from contract_tests.report.replay.script import BRIEF_REPLAYS, REPLAYS, Script, scripts
from contract_tests.results.verdicts import Verdict, each_text
from contract_tests.testdata.corpus import ORDINARY
from contract_tests.text import render
from mock_server import Auth, Scheme, Settings

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

TOKEN: Final = "planted-s3cret"
FIXED: Final = {"CASEIQ_TOKEN": TOKEN}
CLIENT: Final = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}


@pytest.fixture
def bearer() -> Iterator[tuple[AlteredMock, str]]:
    served = AlteredMock(Settings(auth=Auth(token=TOKEN)))
    with running(served) as url:
        yield served, url


class Clients:
    """Clients with a ledger, as a run makes them."""

    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger.jsonl"
        self.made: list[CaseApi] = []

    def __call__(self, url: str, scheme: SchemeRule | None = None, **changes: Any) -> CaseApi:
        environment = CLIENT if scheme is SchemeRule.OAUTH2 else FIXED
        settings = RunSettings(deployment=Deployment(auth=AuthRules(scheme=scheme)), ledger=self.ledger)
        self.made.append(connect(Target(url, environment), replace(settings, **changes)))
        return self.made[-1]

    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Clients]:
    clients = Clients(tmp_path)
    yield clients
    for api in clients.made:
        api.session.ledger.close()
        api.session.close()


def record(api: CaseApi) -> Script:
    """Return the script of a failure: a create, a change, a transition and a read, sent by the client."""
    case = api.create(ORDINARY).object
    api.update(case["id"], {"testSummary": "it's \u00fc"})
    api.transition(case["id"], "Close", case["lastWorkflowId"])
    api.get(case["id"])
    exchanges = tuple(each_text(one.evidence, render) for one in api.trace if "/case" in one.url)
    return script_of(exchanges, api.session.base_url, [line["id"] for line in api.session.ledger.entries])


def script_of(exchanges: tuple[dict[str, Any], ...], base_url: str, created: Sequence[str] = ()) -> Script:
    finding = samples.failed("SCHEMA", exchanges=exchanges)
    return scripts({"SCHEMA": (Verdict.FAILED, [finding])}, base_url, created)["SCHEMA"]


def run_replay(script: Script, api: CaseApi) -> replay.Replay:
    return replay.replay({"SCHEMA": script}, api, SCRIPTS)["SCHEMA"]


@pytest.mark.parametrize("scheme", list(SchemeRule))
def test_script_is_replayed_with_every_scheme(client: Clients, scheme: SchemeRule) -> None:
    auth = Auth(scheme=Scheme(scheme.value), token=TOKEN, longest_life=2)
    with running(AlteredMock(Settings(auth=auth))) as url:
        api = client(url, scheme)
        script = record(api)
        found = run_replay(script, api)
        output = replay.run(found.text, url, {"CASEIQ_TOKEN": api.credentials.token()})
    assert not found.reason
    assert output is not None
    assert [line.strip() for line in output.splitlines() if "returned" in line] == [
        "returned 201, recorded: 201",
        *["returned 200, recorded: 200"] * 3,
    ]
    assert not [one for one in (TOKEN, CLIENT["CASEIQ_CLIENT_SECRET"]) if one in found.text]


def test_token_requests_are_replayed_with_variables(client: Clients) -> None:
    auth = Auth(scheme=Scheme.OAUTH2)
    with running(AlteredMock(Settings(auth=auth))) as url:
        api = client(url, SchemeRule.OAUTH2)
        endpoint = token_endpoint(api)
        for form, secret in (
            (JSON, f" {endpoint.client_secret} "),
            (FORM, endpoint.client_secret[:-1]),
            (JSON, "made-up"),
        ):
            endpoint.post(form, client_secret=secret)
        exchanges = tuple(each_text(one.evidence, render) for one in api.trace)
        script = script_of(exchanges, api.session.base_url)
        found = run_replay(script, api)
    assert found.is_confirmed
    assert script.variables == ("BASE_URL", "CASEIQ_CLIENT_ID", "CASEIQ_CLIENT_SECRET")
    # A body with a secret in an unknown form is left out.
    assert [one["request_body"] for one in script.exchanges] == [one["request_body"] for one in exchanges[1:]]
    assert "1 requests in the middle" in found.text
    assert CLIENT["CASEIQ_CLIENT_SECRET"] not in found.text


def test_long_response_of_a_replay_is_that_of_the_run(
    bearer: tuple[AlteredMock, str], client: Clients
) -> None:
    api = client(bearer[1])
    case_id = api.create({"testLong": "x" * 21_000, "testSummary": "short"}).object["id"]
    api.get(case_id)
    exchanges = tuple(each_text(one.evidence, render) for one in api.trace if "/case" in one.url)
    assert run_replay(script_of(exchanges, api.session.base_url, [case_id]), api).is_confirmed


def test_cases_of_a_replay_are_in_the_ledger(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1], budget=2)
    script = record(api)
    assert script.creates == 1
    assert run_replay(script, api).text
    lines = client.lines()
    assert [line["test"] for line in lines] == ["", "reproductions/SCHEMA.sh"]
    assert len({line["id"] for line in lines}) == 2
    found = run_replay(script, api)
    assert "it creates 1 case, and the budget has 0 left" in found.result
    assert f"# This script may not reproduce the failure: {found.result}." in found.text.splitlines()
    assert api.session.ledger.created == 2


def test_read_only_run_replays_only_reads(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    writer = client(bearer[1])
    script = record(writer)
    reader = client(bearer[1], read_only=True)
    assert "the run may only read" in run_replay(script, reader).result
    read = each_text(writer.trace[-1].evidence, render)
    assert run_replay(script_of((read,), bearer[1]), reader).is_confirmed


def test_script_that_cannot_be_replayed_has_a_comment(
    bearer: tuple[AlteredMock, str], client: Clients
) -> None:
    served, url = bearer
    api = client(url)
    script = record(api)
    served.change = lambda _, response: None
    found = run_replay(script, api)
    assert found.result.startswith("its replay did not complete: POST ")
    assert f"# This script may not reproduce the failure: {found.result}." in found.text.splitlines()


def test_reason_to_stop_prevents_replays(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1])
    script = record(api)
    created = api.session.ledger.created
    found = replay.replay({"SCHEMA": script}, api, SCRIPTS, lambda: "the target is not loopback")["SCHEMA"]
    assert found.result == "not replayed, because the target is not loopback"
    assert found.text
    assert api.session.ledger.created == created


def test_missing_curl_is_reported(
    bearer: tuple[AlteredMock, str], client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = client(bearer[1])
    script = record(api)
    monkeypatch.setattr(replay.shutil, "which", lambda name: None if name == "curl" else f"/bin/{name}")
    assert run_replay(script, api).result == "not replayed, because curl was not found on the PATH"


def test_other_status_code_is_noted_in_the_script(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1])
    script = record(api)
    other = Script(script.text.replace("show 4 200", "show 4 500"), script.creates)
    found = run_replay(other, api).text
    assert found.splitlines()[:2] == [
        "#!/bin/sh",
        "# This script may not reproduce the failure: its replay returned another status code for request 4 (200, not "
        "500).",
    ]


def test_script_of_another_failure_is_used_if_it_works(
    bearer: tuple[AlteredMock, str], client: Clients
) -> None:
    api = client(bearer[1])
    script = record(api)
    other = replace(script, text=script.text.replace("show 4 200", "show 4 500"), alternatives=[script])
    found = run_replay(other, api)
    assert found.is_confirmed
    assert found.text == script.text
    found = run_replay(replace(other, alternatives=[replace(other, alternatives=())]), api)
    assert found.result == "its replay returned another status code for request 4 (200, not 500)"


@pytest.mark.parametrize(("replays", "is_confirmed"), [(1, True), (2, False)])
def test_script_is_replayed_again_because_a_server_may_count(
    bearer: tuple[AlteredMock, str], client: Clients, replays: int, is_confirmed: bool
) -> None:
    served, url = bearer
    api = client(url)
    script = record(api)
    last = served.requests + 4

    def change(_: Request, response: Response) -> Response:
        return replace(response, body=b"[]") if served.requests > last else response

    served.change = change
    assert run_replay(replace(script, replays=replays), api).is_confirmed is is_confirmed


def test_budget_allows_a_single_replay(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1], budget=2)
    script = record(api)
    assert script.replays > 1
    assert run_replay(script, api).is_confirmed


@pytest.mark.parametrize(
    ("actual", "more"),
    [
        ("/a is 1", False),
        (f"/a is 1 ({LATE})", True),
        (f"GET returned an old state: {LATER_GET} shows 2", True),
    ],
)
def test_failure_of_a_short_time_is_replayed_more_often(actual: str, more: bool) -> None:
    finding = samples.failed("SCHEMA", exchanges=samples.EXCHANGES[:1], actual=actual)
    made = scripts({"SCHEMA": (Verdict.FAILED, [finding])}, samples.BASE, [])["SCHEMA"]
    assert made.replays == (BRIEF_REPLAYS if more else REPLAYS)


def test_recorded_503_is_a_response_of_the_replay(
    bearer: tuple[AlteredMock, str], client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, url = bearer
    monkeypatch.setattr("contract_tests.client.session.ATTEMPTS", 3)
    api = client(url)
    script = record(api)
    later = Response(503, b"", {"Retry-After": "0"})
    served.change = lambda request, response: later if request.method == "GET" else response
    recorded = replace(script, text=script.text.replace("show 4 200", "show 4 503"), exchanges=())
    assert run_replay(recorded, api).is_confirmed
    expected = "its replay returned another status code for request 4 (503, not 200)"
    assert run_replay(script, api).result == expected
