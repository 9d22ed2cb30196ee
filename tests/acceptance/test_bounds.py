"""Limits of a run: the budget of cases, the rate, and a target that asks to wait."""

from __future__ import annotations

import itertools
import json
import re
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from faults import FAULTS
from hypothesis import given
from hypothesis import strategies as st
from reference_server.session_adapter import ServiceAdapter
from reference_server.sockets import Request, Response, running
from reference_server.variants.rules import Shallow
from support.altered_mock import AlteredMock
from support.processes import suite
from support.suite_run import SuiteResult, run_suite

from contract_tests.client.trace import Trace
from contract_tests.contract.requirements import catalogue
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.profiles import PROFILES, run_property
from mock_server import build
from mock_server.adapters.session import MockAdapter

pytestmark = pytest.mark.slow

QUICK = "--hypothesis-profile=quick"
SOME = ("--requirement=AUTH-REQUIRED", "--requirement=PATCH-EMPTY", "--requirement=CREATE-VALIDATES")


def verdicts(folder: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((folder / "report" / "conformance.json").read_text(encoding="utf-8"))
    assert document["counts"]["cases"] == len(document["ledger"]) == len(ledger(folder))
    return {one["id"]: one for one in document["requirements"]}


def ledger(folder: Path) -> list[str]:
    return (folder / "report" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()


def within(
    budget: int, folder: Path, *options: str, fault: str = "", profile: str = "default"
) -> SuiteResult:
    """Run with a budget against the mock, without a socket; the report is in the folder."""
    return run_suite(
        "http://mock.invalid",
        adapter=MockAdapter(FAULTS[fault](build()) if fault else build()),
        profile=profile,
        options=[f"--max-cases={budget}", f"--report-dir={folder / 'report'}", *options],
    )


@pytest.mark.parametrize(("budget", "judged"), [(2, 15), (15, 45), (60, len(catalogue()) - 6)])
def test_small_budget_gives_each_requirement_a_first_check(tmp_path: Path, budget: int, judged: int) -> None:
    ended = within(budget, tmp_path, profile="quick")
    assert ended.exit_status == 0, ended.describe_failures()
    found = verdicts(tmp_path)
    assert len(ledger(tmp_path)) <= budget
    assert sum(one["verdict"] == "passed" for one in found.values()) >= judged, found
    rest = [one for one in found.values() if one["verdict"] != "passed" and "OAuth2" not in one["note"]]
    assert {one["note"] for one in rest} <= {f"the budget of cases ({budget}) is spent"}
    assert {one["verdict"] for one in rest} <= {"disabled"}


PROPERTIES = ("random_lifecycles", "random_values", "walks", "documented")


@pytest.mark.parametrize("budget", [2, 3, 5])
def test_budget_spent_inside_a_property_ends_it(tmp_path: Path, budget: int) -> None:
    ended = within(budget, tmp_path, "-k", " or ".join(PROPERTIES))
    assert ended.exit_status == 0, ended.describe_failures()
    assert {one["verdict"] for one in verdicts(tmp_path).values()} <= {"passed", "unverified", "disabled"}


def test_property_ends_with_its_budget() -> None:
    profile, left = PROFILES["quick"], iter(range(3))

    @profile.settings()
    @given(st.integers())
    def check(_: int) -> None:
        if next(left, None) is None:
            raise BudgetSpent("the budget is spent")

    with pytest.raises(BudgetSpent):
        run_property(check, profile, Trace())


@pytest.mark.parametrize("budget", [20, None])
def test_failure_is_reported_if_no_case_is_left_to_repeat_it(budget: int | None) -> None:
    profile, left = PROFILES["quick"].within(budget), iter(range(1))

    @profile.settings()
    @given(st.integers())
    def check(_: int) -> None:
        if next(left, None) is None:
            raise BudgetSpent("the budget is spent")
        raise Violation("one thing", "another")

    with pytest.raises(Violation):
        run_property(check, profile, Trace())


@pytest.mark.parametrize("budget", [200, 300])
def test_plan_for_a_budget_fits_into_it(tmp_path: Path, budget: int) -> None:
    ended = within(budget, tmp_path)
    assert ended.exit_status == 0, ended.describe_failures()
    assert not [one for one in ended.findings if "the budget of cases" in one.reason]
    assert budget * 0.8 < len(ledger(tmp_path)) <= budget


def test_small_budget_hides_no_failure(tmp_path: Path) -> None:
    ended = within(20, tmp_path, fault="patch-ignores-false")
    assert ended.exit_status == 1
    assert verdicts(tmp_path)["PATCH-PARTIAL"]["verdict"] == "failed"
    assert len(ledger(tmp_path)) <= 20


def test_budget_too_small_for_probes_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """A tenant whose fields hold no object in an object: each probe of a kind that it takes creates a case."""
    with pytest.raises(AssertionError, match="USAGE_ERROR"):
        run_suite("http://reference.invalid", adapter=ServiceAdapter(Shallow()), options=["--max-cases=2"])
    assert "--max-cases is too small" in capsys.readouterr().err


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "spread"])
def test_whole_run_keeps_the_rate(tmp_path: Path, spread: tuple[str, ...]) -> None:
    came: list[float] = []

    def note(_: Request) -> None:
        came.append(time.monotonic())

    with running(AlteredMock(before=note)) as url:
        ended = suite(f"--base-url={url}", "--rate-limit=200", *SOME, *spread, QUICK, cwd=tmp_path)
    assert ended.status == 0, ended.text
    assert len(came) > 100
    assert max(sum(start <= one < start + 1 for one in came) for start in came) <= 200 + 10


def test_requested_waits_are_kept(tmp_path: Path) -> None:
    """429 and 503, with Retry-After in seconds, as a date, and without one."""
    numbers = itertools.count(1)
    asked = {
        131: lambda: Response(429, b"", {"Retry-After": "0"}),
        211: lambda: Response(503, b"busy", {"Retry-After": formatdate(time.time() + 1, usegmt=True)}),
        157: lambda: Response(429, b"", {}),
        307: lambda: Response(503, b"{}", {"Retry-After": "1", "Content-Type": "application/json"}),
    }

    def busy(_: Request) -> Response | None:
        number = next(numbers)
        return next((respond() for step, respond in asked.items() if number % step == 0), None)

    with running(AlteredMock(before=busy)) as url:
        ended = suite(f"--base-url={url}", *SOME, QUICK, "--report-dir=report", cwd=tmp_path)
    assert ended.status == 0, ended.text
    assert {one["verdict"] for one in verdicts(tmp_path).values()} == {"passed", "unverified"}
    assert "Rate limit: 429, Retry-After 0; 429, Retry-After absent" in ended.text


def test_endless_requests_to_wait_end_in_an_error(tmp_path: Path) -> None:
    def busy(request: Request) -> Response | None:
        return Response(503, b"", {"Retry-After": "0"}) if request.method == "PATCH" else None

    with running(AlteredMock(before=busy)) as url:
        options = ("--requirement=PATCH-EMPTY", "--report-dir=report")
        ended = suite(f"--base-url={url}", *options, cwd=tmp_path)
    assert ended.status == 1
    patched = verdicts(tmp_path)["PATCH-EMPTY"]
    assert patched["verdict"] == "error"
    assert re.search(r"returned 503 \d+ times", patched["note"])
