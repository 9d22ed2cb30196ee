"""The suite against the reference server: every variant passes, and every fault fails at its requirements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from reference_server.catalogue import Fault, Variant
from reference_server.faults import FAULTS
from reference_server.faults.connections import LeavesBodiesOfUnknownClients, WideCharactersEndTheResponse
from reference_server.faults.protocol import PostUpdates
from reference_server.service import CaseService
from reference_server.session_adapter import ServiceAdapter
from reference_server.sockets import Handler, running
from reference_server.variants import COMBINED
from support.suite_run import run_suite, run_until_failed
from support.tiers import in_tiers

from contract_tests.contract.deployment import Deployment, load
from contract_tests.contract.requirements import Level, catalogue
from contract_tests.results.verdicts import Verdict

MUST = {id_ for id_, row in catalogue().items() if row.level is Level.MUST}


def load_deployment(server: Variant | Fault, folder: Path) -> Deployment:
    """Load the deployment file of a server."""
    path = folder / "deployment.toml"
    path.write_text(server.deployment, encoding="utf-8")
    return load(path)


@contextmanager
def serving(service: CaseService, *, socket: bool = False) -> Iterator[dict[str, Any]]:
    """Serve in process, or on a socket if the transport is unusual, since sockets are slower."""
    if socket or service.handler is not Handler:
        with running(service) as base_url:
            yield {"base_url": base_url}
    else:
        base_url = f"http://reference.invalid{service.prefix}"
        yield {"base_url": base_url, "adapter": ServiceAdapter(service)}


def assert_passes(variant: Variant, folder: Path, profile: str) -> None:
    deployment = load_deployment(variant, folder)
    with serving(variant.make()) as target:
        result = run_suite(**target, environment=variant.environment, deployment=deployment, profile=profile)
    assert not result.errors()
    assert result.failed() <= variant.warns, result.describe_failures()
    assert not variant.warns & MUST


correct_servers = pytest.mark.parametrize("variant", COMBINED, ids=lambda variant: variant.name)


@pytest.mark.slow
@correct_servers
def test_correct_server_passes(variant: Variant, tmp_path: Path) -> None:
    assert_passes(variant, tmp_path, "default")


@pytest.mark.every_fault
@correct_servers
def test_correct_server_passes_a_brief_run(variant: Variant, tmp_path: Path) -> None:
    assert_passes(variant, tmp_path, "brief")


def class_of(fault: Fault) -> tuple[tuple[str, ...], str]:
    make: Any = getattr(fault.make, "func", fault.make)  # some are partial functions
    return fault.breaks, make.__module__


@pytest.mark.parametrize("fault", in_tiers(FAULTS, class_of, lambda fault: fault.name))
def test_fault_fails_its_requirements(fault: Fault, tmp_path: Path) -> None:
    deployment = load_deployment(fault, tmp_path)
    with serving(fault.make(), socket="HEAD-SAME" in fault.breaks) as target:
        result = run_until_failed(
            **target,
            requirements=fault.breaks,
            environment=fault.environment,
            deployment=deployment,
        )
    assert not result.errors()
    assert result.failed() >= set(fault.breaks), result.explain_undetected(
        fault.breaks, f"has the fault {fault.name}"
    )
    assert result.exit_status == (1 if result.failed() & MUST else 0)


def test_override_is_not_blamed_if_a_plain_post_succeeds() -> None:
    with serving(PostUpdates()) as target:
        result = run_suite(**target, requirements=["METHOD-UNKNOWN"])
    found = [one.expected for one in result.findings if one.verdict is Verdict.FAILED]
    assert found
    assert not [text for text in found if "override" in text]


@pytest.mark.parametrize("profile", ["brief", "quick"])
def test_spoilt_connection_fails_a_single_requirement(profile: str) -> None:
    with serving(LeavesBodiesOfUnknownClients()) as target:
        result = run_suite(**target, profile=profile)
    # The handler responds with HTML to what it takes for a request.
    assert result.failed() - {"JSON-ONLY-ERRORS"} == {"NO-SERVER-ERROR"}, result.describe_failures()
    assert not {Verdict.ERROR, Verdict.UNVERIFIED}.intersection(result.verdicts.values())


@pytest.mark.parametrize("profile", ["brief", "quick"])
def test_broken_connection_fails_a_single_requirement(profile: str) -> None:
    with serving(WideCharactersEndTheResponse()) as target:
        result = run_suite(**target, profile=profile)
    assert result.failed() == {"NO-SERVER-ERROR"}, result.describe_failures()
    assert Verdict.ERROR not in result.verdicts.values()
