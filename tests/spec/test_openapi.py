"""Consistency of the OpenAPI document: validity, examples, sources and links."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPEC = Path(__file__).parents[2] / "spec"
OPENAPI = SPEC / "caseiq-openapi.yaml"
REQUIREMENTS = SPEC / "requirements.yaml"

CONTRACT = yaml.load(OPENAPI.read_text("utf-8"), Loader=yaml.CSafeLoader)
SOURCE = json.loads((SPEC / "requirements.schema.json").read_text("utf-8"))["$defs"]["source"]

CASE_OPERATIONS = {
    "createCase": ("post", "/case"),
    "getCase": ("get", "/case/{id}"),
    "replaceCase": ("put", "/case/{id}"),
    "updateCase": ("patch", "/case/{id}"),
    "transitionCase": ("post", "/case/{id}/transition"),
}
OPERATIONS = CASE_OPERATIONS | {"issueToken": ("post", "/auth/oauth2/token")}

CASE = "#/components/schemas/Case"
DETAILS = "#/components/schemas/CaseDetails"
UPDATED = "#/components/responses/Updated/content/application~1json/schema"
MINIMAL = {"id": "12345", "createdDate": "2025-03-04T09:15:30+00:00", "lastWorkflowId": "w"}


# Reading the document


def walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping of the document with its JSON pointer."""
    if isinstance(node, dict):
        yield pointer, node
        for key, child in node.items():
            yield from walk(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from walk(child, f"{pointer}/{index}")


NODES = dict(walk(CONTRACT))


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return the node, or the target of its `$ref`."""
    return resolve(NODES[node["$ref"]]) if "$ref" in node else node


def operation(name: str) -> dict[str, Any]:
    method, path = OPERATIONS[name]
    found: dict[str, Any] = CONTRACT["paths"][path][method]
    return found


def path_parameters(name: str) -> set[str]:
    path_item = CONTRACT["paths"][OPERATIONS[name][1]]
    return {resolve(parameter)["name"] for parameter in path_item.get("parameters", [])}


def responses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in OPERATIONS:
        for status, response in operation(name)["responses"].items():
            yield name, status, resolve(response)


def links() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each link with the operation whose response contains it."""
    for name, _, response in responses():
        for link in response.get("links", {}).values():
            yield name, resolve(link)


def schema_errors(pointer: str, instance: Any) -> list[str]:
    """Return the errors of an instance against the schema at a pointer, including formats."""
    registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(CONTRACT))
    validator = Draft202012Validator(
        {"$ref": f"urn:contract{pointer}"}, registry=registry, format_checker=FormatChecker()
    )
    return [error.message for error in validator.iter_errors(instance)]


def examples() -> Iterator[Any]:
    """Yield each example with the pointer of its schema."""
    for pointer, node in NODES.items():
        found = node.get("examples")
        if isinstance(found, list):
            for index, value in enumerate(found):
                yield pytest.param(pointer, value, id=f"{pointer}[{index}]")
        elif isinstance(found, dict) and "schema" in node:
            for name, example in found.items():
                yield pytest.param(f"{pointer}/schema", resolve(example)["value"], id=f"{pointer}[{name}]")
        if "example" in node:
            yield pytest.param(f"{pointer}/schema", node["example"], id=pointer)


def duplicate_keys(node: yaml.Node | None) -> list[str]:
    """Return duplicate keys of mappings; a YAML loader would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        keys = Counter(key.value for key, _ in node.value)
        nested = [duplicate for _, value in node.value for duplicate in duplicate_keys(value)]
        return [key for key, count in keys.items() if count > 1] + nested
    if isinstance(node, yaml.SequenceNode):
        return [duplicate for item in node.value for duplicate in duplicate_keys(item)]
    return []


# The OpenAPI document


def test_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(CONTRACT).iter_errors()] == []


@pytest.mark.parametrize("path", [OPENAPI, REQUIREMENTS], ids=lambda path: path.name)
def test_keys_are_unique(path: Path) -> None:
    assert duplicate_keys(yaml.compose(path.read_text("utf-8"))) == []


def test_document_has_exactly_these_operations() -> None:
    found = {
        details["operationId"]: (method, path)
        for path, item in CONTRACT["paths"].items()
        for method, details in item.items()
        if method != "parameters"
    }
    assert found == OPERATIONS


def test_references_resolve() -> None:
    broken = [pointer for pointer, node in NODES.items() if "$ref" in node and node["$ref"] not in NODES]
    assert broken == []


@pytest.mark.parametrize(("pointer", "value"), list(examples()))
def test_example_matches_its_schema(pointer: str, value: Any) -> None:
    assert schema_errors(pointer, value) == []


def test_media_types_parameters_and_headers_have_examples() -> None:
    # Only media types, parameters and headers have a member `schema`.
    bare = [p for p, node in NODES.items() if "schema" in node and not node.keys() & {"example", "examples"}]
    assert bare == []


def test_operations_and_responses_name_their_sources() -> None:
    bases = ["documented", "standard", "inferred"]
    provenance = Draft202012Validator(
        {
            "type": "object",
            "required": ["basis", "source"],
            "additionalProperties": False,
            "properties": {"basis": {"enum": bases}, "source": SOURCE},
        }
    )
    nodes = {name: operation(name) for name in OPERATIONS}
    nodes |= {f"{name} {status}": response for name, status, response in responses()}
    untraced = [name for name, node in nodes.items() if not provenance.is_valid(node.get("x-provenance"))]
    assert untraced == []


def test_only_case_operations_need_a_bearer_token() -> None:
    needs = {name: operation(name).get("security", CONTRACT["security"]) for name in OPERATIONS}
    assert needs == {name: [{"bearerAuth": []}] for name in CASE_OPERATIONS} | {"issueToken": []}


@pytest.mark.parametrize("name", CASE_OPERATIONS)
def test_case_operation_documents_4xx_and_no_5xx(name: str) -> None:
    statuses = operation(name)["responses"]
    assert "default" in statuses
    assert [status for status in statuses if status.startswith("5")] == []


def test_server_owned_fields_are_required_and_read_only() -> None:
    added = NODES[f"{CASE}/allOf/1"]
    assert set(added["required"]) == {"id", "createdDate", "lastWorkflowId"}
    assert all(added["properties"][name]["readOnly"] for name in added["required"])


def test_request_schema_has_no_server_owned_fields() -> None:
    details = NODES[DETAILS]["properties"]
    assert [name for name, field in details.items() if field.get("readOnly")] == []
    assert not details.keys() & NODES[f"{CASE}/allOf/1"]["properties"].keys()


def test_static_fields_are_nullable() -> None:
    fields = NODES[DETAILS]["properties"] | NODES[f"{CASE}/allOf/1"]["properties"]
    never_null = set(NODES[f"{CASE}/allOf/1"]["required"])
    assert {name for name, field in fields.items() if "null" not in field.get("type", ())} == never_null, (
        'a field that may be absent may also be null: write its type as [string, "null"]'
    )


@pytest.mark.parametrize(
    ("pointer", "instance"),
    [
        (CASE, MINIMAL),
        (CASE, MINIMAL | {"owner": None, "canceled": None, "cancelDate": None, "caseStatus": None}),
        (CASE, MINIMAL | {"": [], "tenant field": {"deep": [None, 1.5]}, "lastUpdatedDate": 7}),
        (CASE, MINIMAL | {"createdDate": "2025-03-04T09:15:30.123456789Z"}),
        (DETAILS, {}),
        (DETAILS, {"id": "chosen by the client", "createdDate": 0}),
        (UPDATED, MINIMAL),
        (UPDATED, {"status": "ok"}),
        (UPDATED, {}),
        ("#/components/schemas/Transition", {"caseStatus": "Escalate", "workflowId": "w"}),
        ("#/components/schemas/Error", {"status": "error", "errors": {"owner": ["unknown"]}}),
        ("#/components/schemas/Problem", {"status": 400, "errors": {"owner": ["unknown"]}}),
        ("#/components/schemas/Token", {"access_token": "t", "token_type": "bearer"}),
    ],
)
def test_legitimate_instance_is_valid(pointer: str, instance: Any) -> None:
    assert schema_errors(pointer, instance) == []


@pytest.mark.parametrize(
    ("pointer", "instance"),
    [
        *((CASE, {key: value for key, value in MINIMAL.items() if key != missing}) for missing in MINIMAL),
        (CASE, MINIMAL | {"id": ""}),
        (CASE, MINIMAL | {"id": 12345}),
        (CASE, MINIMAL | {"createdDate": "yesterday"}),
        (CASE, MINIMAL | {"lastWorkflowId": None}),
        (CASE, MINIMAL | {"canceled": "no"}),
        (CASE, [MINIMAL]),
        (DETAILS, []),
        (DETAILS, {"owner": 7}),
        (UPDATED, "ok"),
        ("#/components/schemas/Transition", {"caseStatus": "Close"}),
        ("#/components/schemas/Transition", {"workflowId": "w"}),
        ("#/components/schemas/TokenError", {"message": "no code"}),
    ],
)
def test_illegitimate_instance_is_invalid(pointer: str, instance: Any) -> None:
    assert schema_errors(pointer, instance) != []


# Links, for stateful tools


def test_links_cover_the_life_cycle_of_a_case() -> None:
    steps = {(source, link["operationId"]) for source, link in links()}
    assert steps >= {
        ("createCase", "getCase"),
        ("createCase", "replaceCase"),
        ("createCase", "updateCase"),
        ("createCase", "transitionCase"),
        ("getCase", "transitionCase"),
        ("updateCase", "getCase"),
        ("transitionCase", "getCase"),
    }


def test_links_fill_every_path_parameter_of_their_target() -> None:
    for source, link in links():
        assert link["operationId"] in OPERATIONS, source
        assert set(link["parameters"]) == path_parameters(link["operationId"]), source


def test_links_read_only_required_members() -> None:
    always = NODES[f"{CASE}/allOf/1"]["required"]
    for source, link in links():
        values = [*link["parameters"].values(), *link.get("x-request-body", {}).values()]
        expressions = [value for value in values if value.startswith("$")]
        assert expressions, source
        for expression in expressions:
            kind, _, name = expression.rpartition("/" if "#" in expression else ".")
            known = {"$response.body#": always, "$request.path": path_parameters(source)}
            assert name in known[kind], (source, expression)


def test_link_bodies_are_transitions() -> None:
    bodies = [link["x-request-body"] for _, link in links() if "x-request-body" in link]
    assert {body["caseStatus"] for body in bodies} == {"Close", "Reopen"}
    for body in bodies:
        assert schema_errors("#/components/schemas/Transition", body) == []
        assert body["workflowId"] == "$response.body#/lastWorkflowId"


# npm linters, if installed


def run_linter(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on PATH; its configuration file in spec/ shows how to run it")
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=SPEC, timeout=120)


def test_redocly_reports_no_problem() -> None:
    done = run_linter("redocly", "lint", "--config=redocly.yaml", "--format=json", OPENAPI.name)
    report = json.loads(done.stdout)
    assert (done.returncode, report["problems"], report["totals"]["ignored"]) == (0, [], 0)


def test_spectral_reports_no_problem() -> None:
    rules = ("--ruleset=.spectral.yaml", "--fail-severity=hint")
    done = run_linter("spectral", "lint", *rules, "--format=json", "--quiet", OPENAPI.name)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
