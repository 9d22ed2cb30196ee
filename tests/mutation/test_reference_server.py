"""The judge over servers that it was not written beside: each variant must pass, each fault must be caught.

The servers and their tables are in `second`; what they are judged by is in `judging`. A fault is judged at the
requirements that it names, which keeps this short.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from reference_server.catalogue import Fault, Variant
from reference_server.direct import Direct
from reference_server.faults import FAULTS
from reference_server.service import CaseService
from reference_server.sockets import Handler, running
from reference_server.variants import TOGETHER, VARIANTS
from support.suite_run import judge, judge_well

from contract_tests.contract.deployment import Deployment, load
from contract_tests.contract.requirements import Level, catalogue

MUST = {id_ for id_, row in catalogue().items() if row.level is Level.MUST}


def described(server: Variant | Fault, folder: Path) -> Deployment:
    """The deployment that a server's row describes."""
    path = folder / "deployment.toml"
    path.write_text(server.deployment, encoding="utf-8")
    return load(path)


@contextmanager
def reachable(service: CaseService, *, on_the_wire: bool = False) -> Iterator[dict[str, Any]]:
    """Where the judge finds the service: on a socket only if something about the wire is unusual, since that is slow."""
    if on_the_wire or service.handler is not Handler:
        with running(service) as base_url:
            yield {"base_url": base_url}
    else:
        yield {"base_url": f"http://second.invalid{service.prefix}", "adapter": Direct(service)}


@pytest.mark.slow
@pytest.mark.parametrize("variant", TOGETHER, ids=lambda variant: variant.name)
def test_a_server_that_keeps_the_contract_passes(variant: Variant, tmp_path: Path) -> None:
    deployment = described(variant, tmp_path)
    with reachable(variant.make()) as reached:
        judgement = judge(**reached, environment=variant.environment, deployment=deployment)
    assert not judgement.errors()
    assert judgement.failed() <= variant.warns, judgement.told()
    assert not variant.warns & MUST


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_server_that_breaks_the_contract_is_caught(fault: Fault, tmp_path: Path) -> None:
    deployment = described(fault, tmp_path)
    with reachable(fault.make(), on_the_wire="HEAD-SAME" in fault.breaks) as reached:
        judgement = judge_well(
            **reached,
            requirements=fault.breaks,
            environment=fault.environment,
            deployment=deployment,
            until_broken=True,
        )
    assert not judgement.errors()
    assert judgement.failed() >= set(fault.breaks), judgement.told()
    assert judgement.exit_status == (1 if judgement.failed() & MUST else 0)


def test_every_variant_is_in_one_server() -> None:
    assert sorted(name for one in TOGETHER for name in one.name.split()) == sorted(
        one.name for one in VARIANTS
    )


def test_every_requirement_has_a_fault() -> None:
    assert {id_ for fault in FAULTS for id_ in fault.breaks} == set(catalogue())
