"""Replays: through the run's own session, so ledgered and counted, whatever the scheme; or a reason why not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from reference_server.sockets import running
from support import report_samples as samples
from support.altered_mock import AlteredMock

from contract_tests.client.api import CaseApi
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Auth as AuthRules
from contract_tests.contract.deployment import Deployment
from contract_tests.contract.deployment import Scheme as SchemeRule
from contract_tests.report.document import Document
from contract_tests.report.replay import run as replay
from contract_tests.report.replay.script import Script, scripts
from contract_tests.results.verdicts import each_text
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
    """Clients of the suite as a run makes them, with a ledger."""

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


def told(api: CaseApi) -> Document:
    """A document whose one failure is told by a create, a change, a move and a read, as the client made them."""
    case = api.create(ORDINARY).object
    api.update(case["id"], {"testSummary": "it's \u00fc"})
    api.transition(case["id"], "Close", case["lastWorkflowId"])
    api.get(case["id"])
    story = tuple(each_text(one.evidence, render) for one in api.trace if "/case" in one.url)
    return samples.document(
        [samples.failed("SCHEMA", story=story)], base=api.session.base_url, ledger=api.session.ledger.entries
    )


@pytest.mark.parametrize("scheme", list(SchemeRule))
def test_a_story_is_replayed_whatever_the_scheme(client: Clients, scheme: SchemeRule) -> None:
    auth = Auth(scheme=Scheme(scheme.value), token=TOKEN, longest_life=2)
    with running(AlteredMock(Settings(auth=auth))) as url:
        api = client(url, scheme)
        script = scripts(told(api))["SCHEMA"]
        found = replay.replays({"SCHEMA": script}, api)["SCHEMA"]
        said = replay.run(found.text, url, api.credentials.token())
    assert not found.reason
    assert said is not None
    assert [line.strip() for line in said.splitlines() if "answered" in line] == [
        "answered 201, when recorded 201",
        *["answered 200, when recorded 200"] * 3,
    ]
    assert not [one for one in (TOKEN, CLIENT["CASEIQ_CLIENT_SECRET"]) if one in found.text]


def test_what_a_replay_creates_is_in_the_ledger(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1], budget=2)
    script = scripts(told(api))["SCHEMA"]
    assert script.creates == 1
    assert replay.replays({"SCHEMA": script}, api)["SCHEMA"].text
    lines = client.lines()
    assert [line["test"] for line in lines] == ["", "stories/SCHEMA.sh"]
    assert len({line["id"] for line in lines}) == 2
    found = replay.replays({"SCHEMA": script}, api)["SCHEMA"]
    assert not found.text
    assert "the budget has 0 left" in found.reason
    assert api.session.ledger.created == 2


def test_a_run_that_may_only_read_replays_what_only_reads(
    bearer: tuple[AlteredMock, str], client: Clients
) -> None:
    document = told(client(bearer[1]))
    reader = client(bearer[1], read_only=True)
    assert "may only read" in replay.replays(scripts(document), reader)["SCHEMA"].reason
    broken = next(one for one in document["requirements"] if one["id"] == "SCHEMA")
    reads: Any = broken["findings"][0]["story"][-1:]
    alone = samples.document([samples.failed("SCHEMA", story=tuple(reads))], base=bearer[1], ledger=[])
    assert replay.replays(scripts(alone), reader)["SCHEMA"].text


def test_a_target_that_stopped_to_answer_is_asked_once(
    bearer: tuple[AlteredMock, str], client: Clients
) -> None:
    served, url = bearer
    api = client(url)
    script = scripts(told(api))["SCHEMA"]
    served.change = lambda _, answer: None
    found = replay.replays({"SCHEMA": script, "GET-SAME": script}, api)
    assert not any(one.text for one in found.values())
    assert "connection failed" in found["SCHEMA"].reason
    assert "stopped to answer" in found["GET-SAME"].reason


def test_without_curl_the_report_says_so(
    bearer: tuple[AlteredMock, str], client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = client(bearer[1])
    script = scripts(told(api))["SCHEMA"]
    monkeypatch.setattr(replay.shutil, "which", lambda name: None if name == "curl" else f"/bin/{name}")
    assert "curl not on the PATH" in replay.replays({"SCHEMA": script}, api)["SCHEMA"].reason


def test_another_answer_than_recorded_is_told(bearer: tuple[AlteredMock, str], client: Clients) -> None:
    api = client(bearer[1])
    script = scripts(told(api))["SCHEMA"]
    other = Script(script.text.replace("show 4 200", "show 4 500"), script.creates)
    found = replay.replays({"SCHEMA": other}, api)["SCHEMA"].text
    assert found.splitlines()[:2] == [
        "#!/bin/sh",
        "# Replayed once, it was answered otherwise to request 4 (200, not 500).",
    ]
