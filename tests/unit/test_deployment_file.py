"""The deployment file that a run writes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract.deployment import Auth, CaseRules, Deployment, Limits, Scheme, load
from contract_tests.oracle.workflow import Workflow
from contract_tests.report import deployment_file
from contract_tests.report.deployment_file import Facts
from contract_tests.results import observed_workflow

OBSERVATIONS = {
    "case-id": {"text": "a string of another form"},
    "update-answer": {"text": "a status object"},
    "patched-null": {"text": "removes the field"},
    "removed-fields": {"text": "are shown as null"},
    "status-field": {"text": "state"},
    "last-workflow-id": {"text": "stays when a case moves"},
    "transitions": observed_workflow.describe(
        [("Open", "Close"), ("Close", "Open")], {"Close": {"Closed": 3}, "Open": {"New": 2}}
    ),
}


def facts(observations: Mapping[str, Mapping[str, str]], **changes: Any) -> Facts:
    values: dict[str, Any] = {"base_url": None, "scheme": Scheme.BEARER, "failed": {}, "run_id": "run-1"}
    return Facts(observations=observations, **{**values, **changes})


def content(deployment: Deployment, found: Facts) -> dict[str, Any]:
    return tomllib.loads(deployment_file.render(deployment, found))


def test_observations_become_keys() -> None:
    found = content(Deployment(), facts(OBSERVATIONS, base_url="https://tenant.example/api"))
    assert found == {
        "base_url": "https://tenant.example/api",
        "auth": {"scheme": "bearer"},
        "case": {
            "id_format": "any",
            "update_response": "status",
            "null_fields": "absent",
            "omitted_fields": "null",
        },
        "workflow": {
            "status_field": "state",
            "last_workflow_id": "stays",
            "initial": "Open",
            "moves": {"Open": ["Close"], "Close": ["Reopen", "Open"], "Reopen": ["Close"]},
            "shown": {"Open": "New", "Close": "Closed"},
        },
    }


def test_observed_and_missing_values_are_commented() -> None:
    text = deployment_file.render(Deployment(), facts(OBSERVATIONS))
    assert 'id_format = "any" # observed' in text
    assert "# Close → Reopen: not observed in this run" in text
    assert "# null_fields: not observed in this run" in deployment_file.render(Deployment(), facts({}))


def test_contradicting_observations_set_no_key() -> None:
    both = {"patched-null": {"text": "is stored as null; removes the field"}}
    text = deployment_file.render(Deployment(), facts(both))
    assert "# null_fields: varies" in text
    assert "null_fields" not in tomllib.loads(text)["case"]


@pytest.mark.parametrize(
    ("id_", "key", "value"), [("case-id", "id_format", "any"), ("update-answer", "update_response", "either")]
)
def test_mixed_observations_allow_both(id_: str, key: str, value: str) -> None:
    texts = {"case-id": "a UUID; a string of another form", "update-answer": "a status object; the record"}
    assert content(Deployment(), facts({id_: {"text": texts[id_]}}))["case"][key] == value


def test_values_of_the_given_file_are_kept() -> None:
    given = Deployment(
        auth=Auth(Scheme.OAUTH2, "/token", ttl=60),
        case=CaseRules(required={"caseType": "Theft", "place": {"floor": 2}}, consistency_wait=0.5),
        workflow=Workflow("New", {"New": ("Close",), "Close": ()}, {"Close": "Closed"}),
        limits=Limits(rate=5),
        disabled={"PARALLEL-PATCH": "ticket 4711"},
    )
    found = content(given, facts({}, scheme=Scheme.OAUTH2))
    assert found["auth"] == {"scheme": "oauth2", "token_url": "/token", "ttl": 60}
    assert found["case"] == {
        "required": {"caseType": "Theft", "place": {"floor": 2}},
        "consistency_wait": 0.5,
    }
    assert found["workflow"] == {
        "initial": "New",
        "moves": {"New": ["Close"], "Close": []},
        "shown": {"Close": "Closed"},
    }
    assert found["limits"] == {"rate": 5}
    assert found["disabled"] == {"PARALLEL-PATCH": "ticket 4711"}


def test_names_that_hide_a_transition_are_left_out() -> None:
    same = {
        "transitions": observed_workflow.describe([("Open", "Close")], {"Open": {"X": 1}, "Close": {"X": 1}})
    }
    assert "shown" not in content(Deployment(), facts(same))["workflow"]


def test_failures_are_comments_that_can_be_uncommented(tmp_path: Path) -> None:
    text = deployment_file.render(Deployment(), facts({}, failed={"PARALLEL-PATCH": 'lost "a"\nand b'}))
    assert "PARALLEL-PATCH" not in tomllib.loads(text)["disabled"]
    path = tmp_path / "tenant.toml"
    path.write_text(text.replace("# PARALLEL", "PARALLEL"), encoding="utf-8")
    assert "PARALLEL-PATCH" in load(path).disabled


def test_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "tenant.toml"
    deployment_file.write(
        path,
        Deployment(),
        facts({}, base_url="http://secret.example"),
        lambda text: text.replace("secret", "***"),
    )
    assert "***.example" in path.read_text(encoding="utf-8")
    with pytest.raises(FileExistsError):
        deployment_file.write(path, Deployment(), facts({}), str)
