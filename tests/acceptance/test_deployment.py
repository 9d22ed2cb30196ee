"""Deployment files that Hypothesis generates: the mock passes the suite with the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.suite_run import run_suite

from contract_tests.contract.deployment import load
from contract_tests.results.verdicts import Verdict
from mock_server import Settings, build
from mock_server.adapters.session import MockAdapter
from mock_server.core.deployment import load as load_for_mock

STATES = ("Open", "Triage", "Review", "Close", "Reopen", "Archive")
CHECKED = (
    "CREATE-STATUS",
    "CREATE-ID",
    "GET-SAME",
    "PUT-STATUS",
    "PATCH-STATUS",
    "PUT-REPLACES",
    "PATCH-PARTIAL",
)
TRANSITIONS = (
    "TRANSITION-STATUS",
    "TRANSITION-MOVES",
    "TRANSITION-CYCLE",
    "TRANSITION-DISTINCT",
    "TRANSITION-ILLEGAL",
)
PROTECTED = (
    "AUTH-REQUIRED",
    "AUTH-INVALID",
    "UPDATE-WORKFLOW-KEPT",
    "TRANSITION-REFUSED-INERT",
    "LINEARIZABLE",
)
PARTS = 4


@st.composite
def deployments(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Generate a deployment that a file can describe and the mock supports."""
    states = draw(st.lists(st.sampled_from(STATES), min_size=2, max_size=5, unique=True))
    others = {state: [one for one in states if one != state] for state in states}
    moves = {
        state: draw(st.lists(st.sampled_from(others[state]), min_size=1, unique=True)) for state in states
    }
    scheme = draw(st.sampled_from(["bearer", "oauth2", "cookie", "header", "none"]))
    return {
        "auth": {"scheme": scheme, "ttl": draw(st.integers(1, 3600)), "token_url": draw(st.sampled_from(
            ["auth/oauth2/token", "/auth/oauth2/token", "/oauth/token"]))},
        "case": {
            "id_format": draw(st.sampled_from(["uuid", "any"])),
            "required": draw(st.dictionaries(st.sampled_from(["caseType", "site"]), st.sampled_from(["a", 1, True]))),
            "update_response": draw(st.sampled_from(["record", "status", "either"])),
            "tag_field": draw(st.sampled_from(["contractTestRun", "run", ""])),
        },
        "workflow": {
            "status_field": draw(st.sampled_from(["caseStatus", "status", "stage"])),
            "initial": states[0],
            "moves": moves,
            "shown": {state: f"is {state}" for state in draw(st.sets(st.sampled_from(states)))},
        },
    }  # fmt: skip


def toml(tables: dict[str, dict[str, Any]]) -> str:
    """Serialize the tables as TOML. All JSON values except objects are also TOML values."""

    def value(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in one.items()) + "}"
        return json.dumps(one)

    return "\n".join(
        f"[{table}]\n" + "\n".join(f"{name} = {value(one)}" for name, one in content.items())
        for table, content in tables.items()
    )


def generated(count: int) -> list[dict[str, dict[str, Any]]]:
    """Return `count` deployments, drawn in advance because Hypothesis, which the suite uses, does not nest."""
    drawn: list[dict[str, dict[str, Any]]] = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(deployments())
    def draw(tables: dict[str, dict[str, Any]]) -> None:
        drawn.append(tables)

    draw()
    return drawn


@pytest.mark.slow
@pytest.mark.parametrize("place", range(PARTS))
def test_mock_passes_the_suite_with_the_same_file(tmp_path: Path, place: int) -> None:
    for tables in generated(20)[place::PARTS]:
        path = tmp_path / "tenant.toml"
        path.write_text(toml(tables), encoding="utf-8")
        settings_of_mock = load_for_mock(path, Settings())
        environment = {"CASEIQ_TOKEN": "dev-token"}
        if tables["auth"]["scheme"] == "oauth2":
            environment = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
        judged = run_suite(
            "http://mock.invalid",
            adapter=MockAdapter(build(settings_of_mock)),
            environment=environment,
            deployment=load(path),
            requirements=(*CHECKED, *TRANSITIONS, *PROTECTED),
        )
        assert not judged.errors(), toml(tables)
        assert not judged.failed(), f"{toml(tables)}\n{judged.describe_failures()}"
        assert judged.verdicts["TRANSITION-CYCLE"] is Verdict.PASSED
