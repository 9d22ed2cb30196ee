"""The execution of one check: repeated if its connection failed, and explained by detailed checks."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.contract.requirements import Level
from contract_tests.exceptions import TargetError, Violation
from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan, pytest_internals
from contract_tests.runner.check_runner import ATTEMPTS, CheckRunner
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
    return SimpleNamespace(name=name, path=f"test_{name}.py")


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


@pytest.fixture
def runner() -> CheckRunner:
    options: Any = SimpleNamespace(level=Level.MUST, profile="brief")
    return CheckRunner(options)


@pytest.mark.parametrize(
    ("error", "attempts"), [(None, 1), (Violation("a", "b"), 1), (TargetError("closed"), ATTEMPTS)]
)
def test_check_is_repeated_if_its_connection_failed(
    runner: CheckRunner, monkeypatch: pytest.MonkeyPatch, error: BaseException | None, attempts: int
) -> None:
    session = Session(runner, error)
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    reports, is_silent = runner.run(item("only"), None, session.run, [])  # type: ignore[arg-type]
    assert len(session.ran) == attempts
    assert not is_silent
    assert attached_findings(reports[0]) == [FAILED]


def test_detailed_check_replaces_the_violation(runner: CheckRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(runner)
    combined, detail, other = (item(name) for name in ("combined", "detail", "other"))
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: other)
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [detail])
    reports, _ = runner.run(combined, item("next"), session.run, [])  # type: ignore[arg-type]
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


def test_no_detailed_check_runs_without_a_case(runner: CheckRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(runner)
    session.run.api.session.ledger.left = 0
    monkeypatch.setattr(pytest_internals, "run_phases", session.run_phases)
    monkeypatch.setattr(runner.detailed, "outside", lambda _: item("other"))
    monkeypatch.setattr(runner.detailed, "explaining", lambda *_: [item("detail")])
    runner.run(item("combined"), None, session.run, [])  # type: ignore[arg-type]
    assert [one.name for one, _ in session.ran] == ["combined"]
