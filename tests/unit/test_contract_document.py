"""The contract: operations, validators, links, and the checks of Schemathesis."""

from __future__ import annotations

import pytest

from contract_tests import checks
from contract_tests.contract.openapi import (
    Validator,
    case_details,
    operation_of,
    restore_link_bodies,
    validators,
)


@pytest.mark.parametrize(
    ("method", "url", "operation"),
    [
        ("POST", "http://h/case", "createCase"),
        ("GET", "http://h/api/case/1", "getCase"),
        ("PUT", "http://h/case/1?x=1", "replaceCase"),
        ("PATCH", "http://h/case/1", "updateCase"),
        ("POST", "http://h/case/1/transition", "transitionCase"),
        ("DELETE", "http://h/case/1", None),
        ("GET", "http://h/case/1/2", None),
        ("GET", "http://h//case/1", None),
        ("GET", "http://h/a/../case/1", None),
        ("GET", "http://h/case/%2Fetc", None),
    ],
)
def test_request_addresses_an_operation(method: str, url: str, operation: str | None) -> None:
    assert operation_of(method, url) == operation


def test_validator_reports_errors_of_a_body() -> None:
    validator = Validator({"type": "object", "required": ["id"]})
    assert list(validator.errors({"id": 1})) == []
    assert [error.validator for error in validator.errors({})] == ["required"]
    assert ("createCase", "201") in validators()
    assert "id" not in case_details()


def test_bodies_of_links_get_their_name_back() -> None:
    document = {"components": {"links": {"a": {"x-request-body": {"b": 1}}, "c": {}}}}
    restore_link_bodies(document)
    assert document["components"]["links"] == {"a": {"requestBody": {"b": 1}}, "c": {}}


def test_checks_exist_for_schemathesis() -> None:
    assert checks.CHECKS
