"""A deployment file that a run writes: the mock that reads it behaves like the tenant."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference_server.catalogue import Variant, combined
from reference_server.session_adapter import ServiceAdapter
from reference_server.variants import VARIANTS
from support.suite_run import SuiteResult, run_suite

from contract_tests.contract.deployment import load
from contract_tests.results.verdicts import Verdict
from mock_server import Settings, build
from mock_server.adapters.session import MockAdapter
from mock_server.core.deployment import load as load_for_mock

pytestmark = pytest.mark.slow

# Observations that a deployment file can express.
COMPARED = (
    "case-id",
    "update-answer",
    "last-workflow-id",
    "status-field",
    "status-names",
    "removed-fields",
    "patched-null",
    "transitions",
)
# Requirements whose checks make these observations.
REQUIREMENTS = (
    "GET-SAME",
    "PUT-REPLACES",
    "PATCH-PARTIAL",
    "PATCH-EMPTY",
    "UPDATE-VISIBLE",
    "TRANSITION-MOVES",
    "TRANSITION-CYCLE",
    "TRANSITION-ONLY-STATUS",
)
TENANTS = (
    "plain removed-as-null numbered-cases",
    "changes-workflow-id drops-nulls update-returns-ok",
    "plain-status cookie-session under-a-prefix",
    "service-account required-fields",
    "closed-schema",
)
REFUSES_NULL = ("closed-schema",)


def tenant_of(names: str) -> Variant:
    by_name = {variant.name: variant for variant in VARIANTS}
    return combined([by_name[name] for name in names.split()])


def shown(result: SuiteResult) -> dict[str, str]:
    return {id_: result.observations[id_]["text"] for id_ in COMPARED if id_ in result.observations}


@pytest.mark.parametrize("names", TENANTS)
def test_mock_with_written_file_is_a_double(names: str, tmp_path: Path) -> None:
    tenant = tenant_of(names)
    given, written = tmp_path / "given.toml", tmp_path / "tenant.toml"
    given.write_text(tenant.deployment, encoding="utf-8")
    service = tenant.make()
    original = run_suite(
        f"http://reference.invalid{service.prefix}",
        adapter=ServiceAdapter(service),
        environment=tenant.environment,
        deployment=load(given),
        requirements=REQUIREMENTS,
        options=[f"--write-deployment={written}"],
    )
    settings = load_for_mock(written, Settings())
    auth = settings.auth
    double = run_suite(
        f"http://mock.invalid{settings.prefix}",
        adapter=MockAdapter(build(settings)),
        environment={
            "CASEIQ_CLIENT_ID": auth.client_id,
            "CASEIQ_CLIENT_SECRET": auth.client_secrets[0],
        }
        if auth.scheme == "oauth2"
        else {"CASEIQ_TOKEN": auth.token},
        deployment=load(written),
        requirements=REQUIREMENTS,
    )
    assert not double.errors()
    assert not double.failed(), double.describe_failures()
    assert shown(double) == shown(original)
    assert set(shown(double)) >= {"case-id", "update-answer", "transitions"}
    assert ("patched-null" in shown(double)) == (names not in REFUSES_NULL)


def test_mock_with_a_closed_schema_passes(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(tenant_of("closed-schema").deployment, encoding="utf-8")
    settings = load_for_mock(file, Settings())
    result = run_suite(
        "http://mock.invalid",
        adapter=MockAdapter(build(settings)),
        environment={"CASEIQ_TOKEN": settings.auth.token},
        deployment=load(file),
    )
    assert not result.errors()
    assert not result.failed(), result.describe_failures()
    # The suite adapts to the schema, so the requirements about round trips are checked, too.
    for name in ("ROUND-TRIP-TEXT", "ROUND-TRIP-NUMBER", "PUT-REPLACES", "PATCH-PARTIAL", "PARALLEL-PUT"):
        assert result.verdicts[name] is Verdict.PASSED


@pytest.mark.parametrize("name", ["conftest.py", "no-such-folder/tenant.toml"])
def test_unusable_path_is_reported(name: str) -> None:
    with pytest.raises(AssertionError, match="USAGE_ERROR"):
        run_suite("http://mock.invalid", options=[f"--write-deployment={name}"])
