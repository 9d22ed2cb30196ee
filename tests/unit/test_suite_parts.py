"""Records, findings, progress and texts of a run, in one process."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from support import report_samples as samples
from support.in_process import CLIENT, connected, new_case

from contract_tests import checks
from contract_tests.assertions import tokens
from contract_tests.client.ledger import Ledger
from contract_tests.client.recording import Recording
from contract_tests.contract.openapi import (
    Validator,
    case_details,
    operation_of,
    restore_link_bodies,
    validators,
)
from contract_tests.contract.requirements import Level
from contract_tests.exceptions import Disabled, TargetError, Unsupported, Unverified, Violation
from contract_tests.masking.secrets import Secrets
from contract_tests.report.html.exchange import reproduction
from contract_tests.report.html.header import bar, explained, header, headline
from contract_tests.report.html.text import visible
from contract_tests.report.isolation import describe, isolated
from contract_tests.report.replay.proxy import session_proxy
from contract_tests.report.replay.shell import body_of, ids_in, path_of, printable, send, show
from contract_tests.results.collector import Run, find_exception
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.context import RunContext
from contract_tests.runner.progress import Counts, Progress
from contract_tests.runner.publish import publish
from contract_tests.runner.pytest_reports import (
    attach_counts,
    attach_findings,
    attached_counts,
    attached_findings,
    status,
)


@pytest.mark.parametrize(
    ("method", "url", "operation"),
    [
        ("POST", "http://h/case", "createCase"),
        ("GET", "http://h/api/case/1", "getCase"),
        ("PUT", "http://h/case/1?x=1", "replaceCase"),
        ("PATCH", "http://h/case/1", "updateCase"),
        ("POST", "http://h/case/1/transition", "transitionCase"),
        ("DELETE", "http://h/case/1", None),
        ("GET", "http://h/case/1/2", None),
        ("GET", "http://h//case/1", None),
        ("GET", "http://h/a/../case/1", None),
        ("GET", "http://h/case/%2Fetc", None),
    ],
)
def test_request_addresses_an_operation(method: str, url: str, operation: str | None) -> None:
    assert operation_of(method, url) == operation


def test_validator_reports_errors_of_a_body() -> None:
    validator = Validator({"type": "object", "required": ["id"]})
    assert list(validator.errors({"id": 1})) == []
    assert [error.validator for error in validator.errors({})] == ["required"]
    assert ("createCase", "201") in validators()
    assert "id" not in case_details()


def test_bodies_of_links_get_their_name_back() -> None:
    document = {"components": {"links": {"a": {"x-request-body": {"b": 1}}, "c": {}}}}
    restore_link_bodies(document)
    assert document["components"]["links"] == {"a": {"requestBody": {"b": 1}}, "c": {}}


def test_checks_exist_for_schemathesis() -> None:
    assert checks.CHECKS


def recording(tmp_path: Path | None = None) -> Recording:
    return Recording("http://h/api", Ledger("run", None, None), Secrets())


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("POST", "http://h/api/case", True),
        ("POST", "http://h/api/case/", True),
        ("POST", "http://h/api/case?x=1", True),
        ("POST", "http://h/api/case/1", False),
        ("GET", "http://h/api/case", False),
        ("POST", "http://h/case", False),
        ("POST", None, False),
    ],
)
def test_create_is_recognised(method: str, url: str | None, expected: bool) -> None:
    assert recording().is_create(method, url) is expected


def test_exchange_is_recorded_and_counted() -> None:
    record, seen = recording(), []
    record.watch = seen.append
    request = requests.Request("GET", "http://h/api/case/1").prepare()
    response = requests.Response()
    response.status_code, response._content = 404, b"{}"
    exchange = record.add(request, response, 0.0)
    failed = record.add_failure(request, 0.0, "timed out", retried=False)
    record.add_failure(request, 0.0, "timed out", retried=True)
    assert (exchange.status, failed.failure) == (404, "timed out")
    assert list(record.trace) == [exchange, failed]
    assert (record.requests_sent, record.responses_received, len(seen)) == (3, 1, 3)
    record.begin_test("next")
    assert (list(record.trace), record.ledger.test) == ([], "next")


def run_of(**options: Any) -> Run:
    api = connected(**options)
    return Run(api, api.create({"testSummary": "first"}), {"HEAD-SAME": "ticket 1"})


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, Verdict.PASSED),
        (Violation("a", "b"), Verdict.FAILED),
        (Unsupported("no"), Verdict.UNSUPPORTED),
        (Disabled("off"), Verdict.DISABLED),
        (Unverified("unknown"), Verdict.UNVERIFIED),
        (TargetError("down"), Verdict.ERROR),
        (ZeroDivisionError(), Verdict.ERROR),
    ],
)
def test_end_of_a_test_decides_its_findings(error: Exception | None, verdict: Verdict) -> None:
    run = run_of()
    run.begin("test")
    findings = run.conclude("test", ["GET-SAME"], error)
    assert [(one.requirement, one.verdict) for one in findings] == [("GET-SAME", verdict)]
    assert run.has_failed("GET-SAME") is (verdict is Verdict.FAILED)
    run.end()


def test_run_knows_its_first_case_and_disabled_requirements() -> None:
    run = run_of()
    assert run.first_case().id == run.case_id
    found = run.conclude("test", ["HEAD-SAME"], Violation("a", "b"))
    assert found[0].verdict is Verdict.DISABLED
    error, cause = KeyError(), ValueError("x")
    error.__cause__ = cause
    assert find_exception(error, ValueError) is cause
    assert find_exception(error, TypeError) is None


@pytest.mark.parametrize(
    ("token_response", "error", "requirement"),
    [
        ({"access_token": "a", "token_type": "bearer", "expires_in": 60}, None, None),
        ({"access_token": "a", "token_type": "Bearer"}, None, None),
        ({"access_token": "", "token_type": "Bearer"}, Violation, "TOKEN-GRANT"),
        ({"access_token": "a", "token_type": "mac"}, Violation, "TOKEN-GRANT"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": 3601}, Violation, "TOKEN-TTL"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": -1}, Violation, "TOKEN-TTL"),
        ({"access_token": "a", "token_type": "Bearer", "expires_in": True}, Violation, "TOKEN-TTL"),
    ],
)
def test_granted_token_is_checked(
    token_response: dict[str, Any], error: type[Violation] | None, requirement: str | None
) -> None:
    exchange = samples.exchange("POST", "/auth/oauth2/token", answer=json.dumps(token_response))
    if error is None:
        assert tokens.assert_granted(exchange) is exchange
        return
    with pytest.raises(error) as raised:
        tokens.assert_granted(exchange)
    assert raised.value.requirement == requirement


def test_token_endpoint_needs_client_credentials() -> None:
    with pytest.raises(Unsupported):
        tokens.assert_granted(samples.exchange("POST", "/auth/oauth2/token", status=404))
    with pytest.raises(Disabled):
        tokens.token_endpoint(connected())
    api = connected(environment=CLIENT)
    token = tokens.request_longest(tokens.token_endpoint(api))
    assert token.is_surely_valid
    assert not token.is_surely_expired
    assert tokens.is_token_accepted(api, token.token)
    assert not tokens.is_token_accepted(api, "made-up")


def test_visible_text_has_no_control_characters() -> None:
    assert visible("a\r\nb\tc\x00\x1b\x7f\x9f\r") == "a\nb\tc\\x00\\x1b\\x7f\\x9f\\x0d"


def test_reproduction_names_its_variables() -> None:
    shown = reproduction(samples.EXCHANGES, 2, samples.BASE)  # type: ignore[arg-type]
    assert shown is not None
    assert (shown["left_out"], shown["variables"]) == (2, ["BASE_URL", "CASEIQ_TOKEN"])
    assert shown["exchanges"][0]["path"] == "/case"
    assert reproduction([], 0, samples.BASE) is None


def test_header_counts_the_verdicts() -> None:
    document = samples.document()
    values = header(document)
    assert values["counts"]["failed"] == 1
    assert list(values["counts"])[:2] == ["failed", "error"]
    assert headline(document)[1] == "failed"
    pieces = list(bar(document["requirements"]))
    assert pieces[0]["x"] == 0
    assert sum(piece["width"] for piece in pieces) == pytest.approx(100)
    assert [one["shown"] for one in explained(document["requirements"])] == [
        "failed",
        "error",
        "warning",
        "warning",
    ]


def test_isolated_problem_is_described() -> None:
    problems: list[str] = []
    with isolated("item", problems):
        raise ValueError("broken")
    assert problems == ["item: ValueError: broken"]
    assert describe(KeyError()) == "KeyError"


def test_recorded_request_becomes_a_command() -> None:
    create, update, read = samples.EXCHANGES
    assert path_of(create["url"], samples.BASE) == "/case"
    assert path_of("http://elsewhere/", samples.BASE) is None
    assert path_of(samples.BASE + "x", samples.BASE) is None
    assert body_of(create) == b'{"summary": "x"}'  # type: ignore[arg-type]
    assert samples.CASE in ids_in(update)  # type: ignore[arg-type]
    line = send(2, update, samples.BASE, {samples.CASE: "case1"})  # type: ignore[arg-type]
    assert line.startswith(
        'printf \'%s\' \'{"summary": ""}\' | request 2 -X PATCH "$BASE_URL"/case/"${case1}"'
    )
    assert send(3, read, samples.BASE, {}).endswith(" </dev/null")  # type: ignore[arg-type]
    assert show(3, read, samples.BASE, {}) == f"show 3 200 'GET '/case/{samples.CASE}"  # type: ignore[arg-type]
    assert printable("a\x1b\n") == "a\\x1b\\n"


def test_proxy_forwards_to_the_session() -> None:
    case = new_case()
    with session_proxy(case.api.session) as proxy:
        response = requests.get(
            f"{proxy.url}/case/{case.id}", headers={"Authorization": "Bearer dev-token"}, timeout=10
        )
    assert response.status_code == 200
    assert proxy.failures == []


def report(when: str = "call") -> Any:
    return pytest.TestReport("t.py::test", ("t.py", 1, "test"), {}, "passed", None, when)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "level", "outcome", "letter"),
    [
        (Verdict.PASSED, Level.MUST, "passed", ("passed", "", "")),
        (Verdict.FAILED, Level.MUST, "failed", ("failed", "", "")),
        (Verdict.ERROR, Level.MUST, "failed", ("failed", "", "")),
        (Verdict.UNSUPPORTED, Level.MUST, "skipped", ("skipped", "", "")),
    ],
)
def test_report_has_the_outcome_of_its_findings(
    verdict: Verdict, level: Level, outcome: str, letter: Any
) -> None:
    one = report()
    finding = Finding("GET-SAME", verdict, "test", "a", "b", "because")
    attach_findings(one, [finding], level, lambda text: text.replace("because", "***"))
    assert one.outcome == outcome
    assert attached_findings(one) == [finding]
    assert status(one, letters=False) == letter
    assert "because" not in str(one.longrepr)


def test_broken_should_is_a_warning() -> None:
    one = report()
    attach_findings(one, [Finding("LINEARIZABLE", Verdict.FAILED, "test")], Level.MUST, str)
    assert one.outcome == "passed"
    assert status(one, letters=True) == ("with a broken SHOULD", "w", ("WARNING", {"yellow": True}))
    failed = report()
    attach_findings(failed, [Finding("LINEARIZABLE", Verdict.FAILED, "test")], Level.SHOULD, str)
    assert failed.outcome == "failed"


def test_report_carries_the_progress_of_its_process() -> None:
    one = report()
    attach_counts(one, "gw1", Counts(5, 2, "for x"))
    assert list(attached_counts(one)) == [("gw1", Counts(5, 2, "for x"))]
    assert status(one, letters=True) is None
    assert attached_findings(report("teardown")) == []


def test_progress_line_sums_the_processes(pytestconfig: pytest.Config) -> None:
    progress = Progress(pytestconfig)
    progress.start(["A", "B", "C", "D"], 50)
    progress.update_worker("gw0", Counts(3, 1))
    progress.update_worker("gw1", Counts(4, 2))
    progress.update_findings([Finding("A", Verdict.PASSED, "t"), Finding("A", Verdict.FAILED, "u")])
    assert progress.line() == ("[#####...............] 1/4 requirements, 7 requests, 3 cases of at most 50")
    progress.stop()


def test_context_resolves_target_and_budget() -> None:
    options: Any = SimpleNamespace(deployment=None, max_cases=7, base_url="http://h/api")
    context = RunContext(SimpleNamespace(), options)  # type: ignore[arg-type]
    assert (context.budget, context.target.base_url, context.worker) == (7, "http://h/api", "")


def test_nothing_is_published_without_an_option() -> None:
    options: Any = SimpleNamespace(write_deployment=None, compare=None, report_dir=None)
    outcome: Any = SimpleNamespace(problems=[])
    publish(outcome, options, SimpleNamespace(), connected(), str)  # type: ignore[arg-type]
    assert outcome.problems == []
