"""The problems of the mock: their status codes, titles and details."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from mock_server.core.errors import TITLES, Finding, Problem, Refused, refused_with

STATUSES = {
    400: {"NOT_HTTP", "NO_BODY", "NOT_JSON", "INVALID_REQUEST", "INVALID_SCOPE"},
    401: {"NO_CREDENTIALS", "BAD_CREDENTIALS", "INVALID_CLIENT"},
    403: {"FOREIGN_HOST", "FOREIGN_ORIGIN"},
    404: {"UNKNOWN_PATH", "UNKNOWN_CASE", "NO_TOKENS", "UNKNOWN_SNAPSHOT", "UNKNOWN_FILE"},
    405: {"METHOD_NOT_ALLOWED"},
    408: {"TOO_SLOW"},
    409: {"UNKNOWN_STATUS", "WRONG_WORKFLOW", "ILLEGAL_MOVE"},
    413: {"BODY_TOO_LARGE"},
    415: {"MEDIA_TYPE"},
    422: {"INVALID", "INVALID_PARAMETER", "INVALID_STATE", "UNKNOWN_FAULT", "UNKNOWN_OPERATION"},
    429: {"TOO_MANY_REQUESTS"},
    431: {"HEAD_TOO_LARGE"},
    500: {"BROKEN"},
    501: {"UNSUPPORTED_GRANT"},
    503: {"STORE_UNAVAILABLE", "STORE_UNCONFIRMED"},
    507: {"UNWRITABLE"},
}
RENAMED = {422: "Unprocessable Content", 413: "Content Too Large"}  # RFC 9110, later than Python 3.11


def test_problems_have_the_status_of_their_cause() -> None:
    found: dict[int, set[str]] = {}
    for problem in Problem:
        found.setdefault(problem.value.status, set()).add(problem.name)
    assert found == STATUSES


@pytest.mark.parametrize("status", TITLES)
def test_title_is_the_reason_phrase_of_the_status(status: int) -> None:
    assert TITLES[status] == RENAMED.get(status, HTTPStatus(status).phrase)


def test_detail_repeats_the_first_finding() -> None:
    findings = [Finding("/a", "is too long"), Finding("/b", "is too short")]
    refused = refused_with(Problem.INVALID_STATE, findings, "the state")
    assert (refused.status, refused.detail) == (422, "The state cannot be loaded: /a is too long.")
    assert refused.findings == findings
    whole = refused_with(Problem.INVALID_STATE, [Finding("", "is not a list")], "the state")
    assert whole.detail == "The state cannot be loaded: the state is not a list."


def test_lone_surrogate_in_the_evidence_is_replaced() -> None:
    assert Refused(Problem.UNKNOWN_SNAPSHOT, name="a\ud800").detail == "There is no snapshot a?."
