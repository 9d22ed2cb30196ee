"""The mock's reader of the OpenAPI document, and the match of operationIds and functions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.control import pages
from mock_server.core import openapi, operations, service
from mock_server.core.openapi import DOCUMENT, load_yaml, specification
from mock_server.core.validation import explain


def test_each_operation_has_its_function() -> None:
    documented = {operation.id for operation in openapi.load().operations()}
    assert documented == set(operations.OPERATIONS)


@pytest.mark.parametrize("change", ["more", "fewer"])
def test_start_up_fails_if_they_do_not_match(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    functions = dict(operations.OPERATIONS)
    if change == "more":
        functions["deleteCase"] = functions["getCase"]
    else:
        del functions["issueToken"]
    monkeypatch.setattr(service, "OPERATIONS", functions)
    with pytest.raises(RuntimeError, match="deleteCase" if change == "more" else "issueToken"):
        service.build()


def test_only_the_token_endpoint_is_open() -> None:
    assert {operation.id for operation in openapi.load().operations() if not operation.secured} == {
        "issueToken"
    }


def test_read_only_fields_come_from_the_document() -> None:
    assert {"id", "createdDate", "lastWorkflowId", "owner__name"} <= openapi.load().read_only


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "message"),
    [
        ({"required": ["a", "b"]}, {"a": 1}, "/b", "is missing"),
        (
            {"properties": {"a/~": {"type": "string"}}},
            {"a/~": 1},
            "/a~1~0",
            "is an integer and must be a string",
        ),
        ({"items": {"minLength": 2}}, ["ab", "a"], "/1", "must have at least 2 character(s)"),
        ({"maxLength": 1}, "ab", "", "must have at most 1 characters"),
        ({"enum": ["a"]}, "b", "", "must be one of ['a']"),
        ({"const": "a"}, "b", "", "must be 'a'"),
        ({"minimum": 1}, 0, "", "must be at least 1"),
        ({"maximum": 1}, 2, "", "must be at most 1"),
        ({"exclusiveMinimum": 0}, 0, "", "must be greater than 0"),
        ({"uniqueItems": True}, [1, 1], "", "violates the rule 'uniqueItems'"),
        ({"format": "date-time"}, "2025-02-30T00:00:00Z", "", "must be a date-time"),
        ({}, "fine", "", "does not fit the schema"),
    ],
)
def test_findings_in_words(schema: dict[str, object], value: object, pointer: str, message: str) -> None:
    (finding,) = explain(schema, value)
    assert (finding.pointer, finding.message) == (pointer, message)


def test_findings_are_bounded() -> None:
    assert len(explain({"items": {"type": "string"}}, list(range(1000)))) == 20


def test_slow_libraries_wait_until_they_are_needed() -> None:
    """Modules that take a tenth of a second to import, and must not be imported at the start."""
    late = "jsonschema|prance|requests|responses|urllib3|asyncio|uvicorn"
    code = "import sys; from mock_server import build; build(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not re.findall(rf"\b(?:{late})\b", " ".join(name.partition(".")[0] for name in loaded.split()))


@pytest.mark.parametrize("path", [specification(DOCUMENT), pages.DOCUMENT], ids=["cases", "control"])
def test_local_references_resolve_as_prance_does(path: Path) -> None:
    document = load_yaml(path)
    assert openapi._LocalReferences(document).resolve(document) == openapi._resolved_by_prance(document, path)


@pytest.mark.parametrize("reference", ["other.yaml#/A", "#/B", "#/A/0", "#/circle", "#/%41"])
def test_other_references_are_left_to_prance(reference: str) -> None:
    document = {"A": [], "a": {"$ref": reference}, "circle": {"x": {"$ref": "#/circle"}}}
    with pytest.raises(LookupError):
        openapi._LocalReferences(document).resolve(document)
