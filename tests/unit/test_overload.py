"""Failures because a proxy in front of the API refused the request."""

from __future__ import annotations

import pytest
from support import report_samples as samples

from contract_tests.exceptions import Violation
from contract_tests.results.overload import LIKELY, explain_overload

PAGE = "<html>503</html>"


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (503, PAGE, {}, LIKELY),
        (503, '{"status": 503}', {}, None),
        (503, PAGE, {"retry-after": "1"}, None),
        (500, PAGE, {}, None),
    ],
    ids=["proxy", "application", "with a time", "another error"],
)
def test_cause_is_named_for_a_503_of_a_proxy(
    status: int, body: str, headers: dict[str, str], expected: str | None
) -> None:
    found = samples.exchange("GET", "/case/1", status=status, answer=body)
    found = type(found)(**{**found.__dict__, "headers": headers})
    assert explain_overload(Violation("the case", found.summary()), [found]) == expected
    assert explain_overload(Violation("the case", "another one"), [found]) is None
