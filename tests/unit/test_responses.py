"""Assertions about single responses."""

from __future__ import annotations

import pytest

from contract_tests.assertions.responses import assert_refused, is_normalizing_redirect
from contract_tests.client.exchange import Exchange, header_in
from contract_tests.exceptions import Violation

MADE_UP = "Bearer 3f2c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d"
INVALID_REQUEST = 'Bearer realm="cases", error="invalid_request"'


def response(status: int, path: str = "/case/x", authorization: str = "", **headers: str) -> Exchange:
    return Exchange(
        method="GET",
        url=f"http://target.invalid/api{path}",
        request_headers={"Authorization": authorization} if authorization else {},
        request_body=b"",
        status=status,
        reason="",
        headers={name.lower().replace("_", "-"): value for name, value in headers.items()},
        body=b"",
        started=0.0,
        elapsed=0.0,
    )


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/case/..%2f..%2fetc", "/etc"),
        ("/case/..%2f..", "/"),
        ("/Case/X", "/api/case/x"),
        ("/case/0B9C", "http://target.invalid/api/case/0b9c"),
        ("//case/x", "/api/case/x"),
        ("/./case/x", "/api/case/x"),
    ],
)
def test_redirect_to_a_normalized_path_counts_as_refusal(path: str, location: str) -> None:
    redirect = response(301, path, Location=location)
    assert is_normalizing_redirect(redirect)
    assert assert_refused(redirect, "a path") is redirect


@pytest.mark.parametrize("location", ["/api/case/y", "/login", "", "/api/case/x"])
def test_other_redirect_is_no_refusal(location: str) -> None:
    with pytest.raises(Violation, match="to be refused"):
        assert_refused(response(302, "/case/x", Location=location), "an id")


def test_success_with_a_location_is_no_refusal() -> None:
    with pytest.raises(Violation):
        assert_refused(response(200, "/Case/x", Location="/api/case/x"), "an id")


@pytest.mark.parametrize(("status", "needs"), [(200, ()), (300, ("SCHEMA",)), (304, ("SCHEMA",))])
def test_refusal_with_an_undocumented_status_needs_the_schema(status: int, needs: tuple[str, ...]) -> None:
    with pytest.raises(Violation) as caught:
        assert_refused(response(status), "an id")
    assert caught.value.needs == needs


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer a b", 'Bearer "x"', "Basic eDp5"])
def test_bad_request_refuses_a_malformed_bearer_token(authorization: str) -> None:
    assert response(400, authorization=authorization, WWW_Authenticate=INVALID_REQUEST).unauthorized


def test_bad_request_does_not_refuse_a_well_formed_token() -> None:
    assert not response(400, authorization=MADE_UP, WWW_Authenticate=INVALID_REQUEST).unauthorized


@pytest.mark.parametrize(
    "challenge", ["", "Bearer", 'Bearer error="invalid_token"', 'Basic realm="invalid_request"']
)
def test_bad_request_needs_the_challenge(challenge: str) -> None:
    assert not response(400, WWW_Authenticate=challenge).unauthorized


@pytest.mark.parametrize("name", ["Accept", "accept", "ACCEPT"])
def test_header_is_found_in_any_spelling(name: str) -> None:
    assert header_in({"Host": "h", name: "text/html"}, "accept") == "text/html"
    assert header_in({"Host": "h"}, "accept") == ""


@pytest.mark.parametrize("status", [401, 403])
def test_usual_codes_refuse_any_credentials(status: int) -> None:
    assert response(status, authorization=MADE_UP).unauthorized


@pytest.mark.parametrize(
    ("status", "refused", "server_error"),
    [(0, False, False), (399, False, False), (400, True, False), (499, True, False), (500, False, True)],
)
def test_status_separates_refusals_from_server_errors(status: int, refused: bool, server_error: bool) -> None:
    found = response(status)
    assert (found.refused, found.is_server_error) == (refused, server_error)
