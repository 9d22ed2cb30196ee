"""Assertions about a single response: accepted, refused, or showing the update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import normpath
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from contract_tests.assertions.attribution import RESPONSES, unusable_response
from contract_tests.client.exchange import NOT_JSON, Exchange
from contract_tests.contract.deployment import UpdateResponse
from contract_tests.contract.openapi import operation_of
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison

CREATED: Final = 201
OK: Final = 200
REDIRECTION: Final = range(300, 400)
REDIRECTS: Final = (301, 302, 307, 308)


def assert_ok(response: Exchange, what: str) -> Exchange:
    """Assert that the response is a 200 with a JSON object."""
    if response.status != OK or not isinstance(response.json, dict):
        expected = f"{what} to return 200 with a JSON object"
        form = "JSON-ONLY" if response.json is NOT_JSON else "SCHEMA"
        covered = response.status == OK and response.body
        raise unusable_response(expected, response, form if covered else None)
    return response


def assert_accepted(response: Exchange, what: str, requirement: str | None = None) -> Exchange:
    """Assert that the response is a success, which is required by `requirement` or the operation's STATUS row."""
    if not response.ok:
        operation = operation_of(response.method, response.url) or ""
        requirement = requirement or RESPONSES.get(operation, "")
        raise unusable_response(f"{what} to be accepted", response, requirement or None)
    return response


def assert_refused(response: Exchange, what: str) -> Exchange:
    """Assert that the response is a 4xx, or redirects to a normalized path without doing anything."""
    if not response.refused and not is_normalizing_redirect(response):
        violation = Violation(f"{what} to be refused with 4xx", response.summary())
        if response.status in REDIRECTION:
            violation.needs = ("SCHEMA",)  # which covers statuses that the document does not have
        raise violation
    return response


def assert_pinned_response(response: Exchange, what: str, pinned: UpdateResponse) -> None:
    """Assert that the response is a record or a status object, if the deployment file names one of them."""
    if pinned is UpdateResponse.RECORD and not response.carries_record:
        raise Violation(f"{what} to return the record", response.summary())
    if pinned is UpdateResponse.STATUS and response.carries_record:
        raise Violation(f"{what} to return a status object", response.summary())


def is_normalizing_redirect(response: Exchange) -> bool:
    """Return True for a redirect to the same path in lower case, or without dot segments and doubled slashes.

    Routers send it before the request reaches the API (RFC 3986 section 6.2.2).
    """
    location = response.headers.get("location", "")
    if response.status not in REDIRECTS or not location:
        return False
    requested, target = urlsplit(response.url), urlsplit(urljoin(response.url, location))
    return requested.path != target.path and _normalize(requested.path) == _normalize(target.path)


def _normalize(path: str) -> str:
    plain = unquote(unquote(path)).casefold()
    return normpath("/" + plain.strip("/"))


def is_record(response: Exchange, fields: Iterable[str]) -> bool:
    """Return True if the response to an update is the record, which has at least one of `fields`.

    An object with none of them is a status object, even if it contains the case's id and date.
    """
    return response.carries_record and any(name in response.object for name in fields)


def assert_returned_record(
    response: Exchange, expected: Mapping[str, Any], *, gone: Iterable[str] = ()
) -> None:
    """Assert that the record in an update's response, if there is one, shows the update.

    A response to PATCH may contain only the changed fields and the case's identity.
    """
    gone = tuple(gone)
    if not is_record(response, (*expected, *gone)):
        return
    shown = expected.keys() & response.object.keys()
    if response.method == "PATCH" and shown <= response.sent.keys():
        expected = {name: value for name, value in expected.items() if name in response.sent}
    found = comparison.find_field_difference(expected, response.object) or comparison.find_remaining(
        gone, response.object
    )
    if found:
        raise Violation("the returned record to show the update", found)
