"""The execution of one check: repeated if its connection failed, and explained by detailed checks."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.client.silence import Silences
from contract_tests.contract.requirements import Level
from contract_tests.exceptions import TargetError, Violation
from contract_tests.masking.secrets import Secrets
from contract_tests.results.broken_connections import ATTEMPTS
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan, pytest_internals
from contract_tests.runner.check_runner import MOST_SILENT_CHECKS, CheckRunner
from contract_tests.runner.detailed_checks import MOST_REQUESTS
from contract_tests.runner.pytest_reports import FINDINGS, attached_findings

FAILED = Finding("PUT-REPLACES", Verdict.FAILED, "combined", expected="a", actual="b")
CAUSE = Finding("ROUND-TRIP-TEXT", Verdict.FAILED, "detailed", expected="c", actual="d")


def report(*findings: Finding) -> Any:
    text = json.dumps([one.to_json() for one in findings])
    return SimpleNamespace(
        when="call", user_properties=[(FINDINGS, text)], sections=[], outcome="", longrepr=None
    )


def item(name: Any) -> Any:
    return SimpleNamespace(name=name, path=f"test_{name}.py", get_closest_marker=combined_mark(name))


def combined_mark(name: Any) -> Any:
    return lambda mark: mark if name == "combined" and mark == "combined" else None


class Session:
    """Runs no check, but returns prepared reports for each."""

    def __init__(self, runner: CheckRunner, error: BaseException | None = None) -> None:
        self.ran: list[tuple[Any, Any]] = []
        self.requests = 1
        self.reserved: list[tuple[int, int]] = []
        self.run = SimpleNamespace(
            raised="PUT-REPLACES",
            broken={"PUT-REPLACES"},
            mask=str,
            lost_access=SimpleNamespace(reason=""),
            is_repeatable=False,
            api=SimpleNamespace(
                session=SimpleNamespace(
                    responses_received=0,
                    requests_sent=0,
                    requests_left=None,
                    reserved_requests=0,
                    ledger=SimpleNamespace(left=None, reserved=0),
                )
            ),
        )
        self._runner, self._error = runner, error

    def run_phases(self, item: Any, nextitem: Any) -> list[Any]:
        session = self.run.api.session
        self.ran.append((item, nextitem))
        self.reserved.append((session.reserved_requests, session.ledger.reserved))
        self.run.api.session.responses_received += 1
        self.run.api.session.requests_sent += self.requests
        self._runner.note_end(self._error)
        return [report(CAUSE if item.name == "detail" else FAILED)]


def runner_of(profile: str) -> CheckRunner:
    options: Any = SimpleNamespace(level=Level.MUST, profile=profile)
    return CheckRunner(options)


@pytest.fixture
def runner() -> CheckRunner:
    return runner_of("brief")


@pytest.mark.parametrize(
    ("error", "attempts"), [(None, 1), (Violation("a", "b"), 1), (TargetError("closed"), ATTEMPTS)]
)
def test_check_is_repeated_if_its_connection_failed(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch, error: BaseException | None, attempts: int
) -> None:
    session = Session(runner, error)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [])
    reports = runner.run(item("only"), None, session.run, [])  # type: ignore[arg-type]
    assert len(session.ran) == attempts
    assert attached_findings(reports[0]) == [FAILED]


def test_detailed_check_replaces_the_violation(runner: CheckRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(runner)
    combined, detail, other = (item(name) for name in ("combined", "detail", "other"))
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: other)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [detail])
    reports = runner.run(combined, item("next"), session.run, [])  # type: ignore[arg-type]
    assert session.ran == [(combined, other), (detail, combined)]
    assert attached_findings(reports[0]) == [CAUSE]
    assert session.run.broken == {"ROUND-TRIP-TEXT"}


def test_explanation_ends_after_many_requests(runner: CheckRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(runner)
    session.requests = MOST_REQUESTS
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", item)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail"), item("second")])
    runner.run(item("combined"), None, session.run, [])  # type: ignore[arg-type]
    assert [one.name for one, _ in session.ran] == ["combined", "detail"]


def test_detailed_checks_leave_later_checks_their_cases(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(runner)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    combined, later = item("combined"), item("later")
    runner.expect([item("earlier"), combined, later, later])
    monkeypatch.setattr(plan, "expected", lambda items, profile: (10 * len(items), len(items)))
    monkeypatch.setattr(runner.detailed, "outside", lambda _: later)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail"), item("detail")])
    runner.run(combined, later, session.run, [])  # type: ignore[arg-type]
    assert session.reserved == [(0, 0), (20, 2), (20, 2)]
    assert session.run.api.session.ledger.reserved == 0


@pytest.mark.parametrize(("left", "ran"), [(0, 1), (1, 2), (None, 2)])
def test_detailed_check_runs_if_enough_cases_are_left(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch, left: int | None, ran: int
) -> None:
    session = Session(runner)
    session.run.api.session.ledger.left = left
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "may_run", lambda _, cases: cases > 0)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: item("other"))
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail")])
    runner.run(item("combined"), None, session.run, [])  # type: ignore[arg-type]
    assert len(session.ran) == ran


def test_longer_run_explains_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = runner_of("default")
    session = Session(runner)
    session.requests = MOST_REQUESTS
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: item("other"))
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail"), item("second")])
    runner.run(item("combined"), None, session.run, [])  # type: ignore[arg-type]
    assert [one.name for one, _ in session.ran] == ["combined", "detail", "second"]


@pytest.mark.parametrize(
    ("profile", "name", "kept"),
    [
        ("brief", "part", [FAILED, CAUSE]),
        ("brief", "combined", [CAUSE]),
        ("quick", "part", [FAILED, CAUSE]),
        ("quick", "combined", [CAUSE]),
    ],
)
def test_own_violation_of_a_detailed_check_stays(
    monkeypatch: pytest.MonkeyPatch, profile: str, name: str, kept: list[Finding]
) -> None:
    runner = runner_of(profile)
    session = Session(runner)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: item("other"))
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail")])
    reports = runner.run(item(name), None, session.run, [])  # type: ignore[arg-type]
    assert attached_findings(reports[0]) == kept


@pytest.mark.parametrize(
    ("profile", "earlier", "kept"),
    [("quick", [CAUSE], []), ("quick", [], [FAILED]), ("brief", [CAUSE], [FAILED])],
)
def test_known_cause_explains_the_next_combined_check(
    monkeypatch: pytest.MonkeyPatch, profile: str, earlier: list[Finding], kept: list[Finding]
) -> None:
    runner = runner_of(profile)
    session = Session(runner)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [])
    reports = runner.run(item("combined"), None, session.run, earlier)  # type: ignore[arg-type]
    assert attached_findings(reports[0]) == kept


def test_check_that_explained_another_is_left_out(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(runner)
    detail, other = item("detail"), item("other")
    left: list[Any] = []
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(pytest_internals, "leave_out", lambda *items: left.append(items))
    monkeypatch.setattr(runner.detailed, "outside", lambda _: other)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [detail])
    assert not runner.leaves_out(detail, other)
    runner.run(item("combined"), detail, session.run, [])  # type: ignore[arg-type]
    assert runner.leaves_out(detail, other)
    assert not runner.leaves_out(other, None)
    assert left == [(detail, other)]


@pytest.mark.parametrize(("known", "kept"), [("ROUND-TRIP-TEXT", False), ("TOKEN-TTL", True)])
def test_only_a_failure_with_consequences_is_a_known_cause(
    monkeypatch: pytest.MonkeyPatch, known: str, kept: bool
) -> None:
    longer = runner_of("quick")
    session = Session(longer)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    earlier = [Finding(known, Verdict.FAILED, "earlier")]
    reports = longer.run(item("combined"), None, session.run, earlier)  # type: ignore[arg-type]
    assert attached_findings(reports[0]) == ([FAILED] if kept else [])


def test_stop_reason_is_masked_and_short(runner: CheckRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cret/of+the client"
    session, target = Session(runner), Silences()
    body = f"client_secret={quote_plus(secret)}&padding={'x' * 20_000}".encode()
    sent = Exchange("POST", "http://h/token", {}, body, 0, "", {}, b"", 1.0, 1.0, failure="no response")
    target.add(sent)
    session.run.mask = Secrets([secret]).mask
    session.run.api.session.silences, session.run.api.session.base_url = target, "http://h"

    def time_out(*_: Any) -> list[Any]:
        runner.note_end(NoResponse(sent, Failure(Cause.SILENT, "no response")))
        return [report()]

    monkeypatch.setattr(pytest_internals, "run_phases", time_out)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: None)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [])
    for _ in range(MOST_SILENT_CHECKS):
        runner.run(item("other"), None, session.run, [])  # type: ignore[arg-type]
    assert runner.stop_reason.startswith(
        "the target did not respond to 3 checks in a row, since POST /token "
    )
    assert secret not in runner.stop_reason
    assert quote_plus(secret) not in runner.stop_reason
    assert len(runner.stop_reason) < 300
    assert runner.stop_reason.isprintable()
