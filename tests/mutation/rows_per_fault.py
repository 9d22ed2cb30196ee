"""A run of the whole suite against a server with a single fault, and the requirements that fail in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from faults import FAULTS as MOCK_FAULTS
from mutation.test_mock_faults import CLIENT, NEEDS_SOCKET
from mutation.test_reference_server import load_deployment, serving
from reference_server.faults import FAULTS as REFERENCE_FAULTS
from support.suite_run import SuiteResult, run_suite

from contract_tests.results.verdicts import Verdict
from mock_server import build
from mock_server.adapters.session import MockAdapter

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """The result for one fault: the requirements it breaks, the ones that failed, and the ones without a verdict."""

    fault: str
    breaks: Sequence[str]
    failed: Sequence[str]
    errors: Sequence[str]
    unverified: Sequence[str]
    findings: Sequence[str]
    missing: Sequence[str]


def fault_names() -> list[str]:
    """Return the names of all faults, with the server in front."""
    reference = (f"reference/{fault.name}" for fault in REFERENCE_FAULTS)
    return [*(f"mock/{name}" for name in MOCK_FAULTS if name not in NEEDS_SOCKET), *reference]


def measure(name: str, options: Sequence[str] = (), profile: str = "quick") -> Row:
    """Run the suite with a profile and these options against one fault.

    If this run finds nothing at all, the fault only shows with more rounds or data: the default profile must find it.
    """
    breaks, run = run_of(name)
    try:
        result = run(profile=profile, options=options)
    except AssertionError:  # the whole suite cannot start with this server
        result = run(profile=profile, options=options, requirements=breaks)
    missing = set(breaks) - result.failed()
    if missing and not result.failed():
        missing -= run(profile="default", requirements=breaks).failed()
    findings = [
        f"{one.requirement} in {one.test.partition('::')[2]}: expected {one.expected}; got {one.actual}"
        for one in result.findings
        if one.verdict is Verdict.FAILED
    ]
    unverified = [id_ for id_, verdict in result.verdicts.items() if verdict is Verdict.UNVERIFIED]
    failed = sorted(result.failed())
    errors = [
        f"{one.requirement}: {one.reason}"
        for one in result.findings
        if one.verdict is result.verdicts[one.requirement] is Verdict.ERROR
    ]
    return Row(name, breaks, failed, errors, unverified, findings, sorted(missing))


Run: TypeAlias = Callable[..., SuiteResult]


def run_of(name: str) -> tuple[Sequence[str], Run]:
    """Return the requirements that a fault breaks, and a function that runs the suite against it."""
    return _mock_run(name) if name.startswith("mock/") else _reference_run(name)


def _mock_run(name: str) -> tuple[Sequence[str], Run]:
    fault = MOCK_FAULTS[name.partition("/")[2]]
    breaks = fault.requirements[:1]
    environment = CLIENT if breaks[0].startswith("TOKEN") else None

    def run(**options: Any) -> SuiteResult:
        adapter = MockAdapter(fault(build()))
        return run_suite("http://mock.invalid", adapter=adapter, environment=environment, **options)

    return breaks, run


def _reference_run(name: str) -> tuple[Sequence[str], Run]:
    fault = next(one for one in REFERENCE_FAULTS if one.name == name.partition("/")[2])

    def run(**options: Any) -> SuiteResult:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(fault.make(), socket="HEAD-SAME" in fault.breaks) as reached,
        ):
            deployment = load_deployment(fault, Path(folder))
            return run_suite(**reached, environment=fault.environment, deployment=deployment, **options)

    return fault.breaks, run


def quietly(call: Callable[[str], T], name: str) -> T | str:
    """Measure a fault without output. Return a text if there is no result."""
    out = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
    try:
        return call(name)
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {error}"
    finally:
        os.dup2(out, 1)
        os.close(out)
