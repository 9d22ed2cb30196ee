"""Reproduction scripts of single faults: each shows its failure on a new server, and nothing on a correct one.

`proof.py` measures the same for all faults.
"""

from __future__ import annotations

import shutil

import pytest
from mutation.proof import measure
from mutation.reproductions import HONEST, Kind

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

# One fault for each kind of state that a script must restore: an existing case that no id in a path names, a malformed
# id, the status of the case, a header of a response, an ETag, several fields at once, and an update before a gap.
REPRODUCED = {
    "mock/transition-of-unknown-case-moves-newest": "TRANSITION-UNKNOWN",
    "reference/payload-id-is-fallback": "UPDATE-UNKNOWN",
    "mock/patch-merges-arrays-by-id": "PATCH-ARRAYS",
    "reference/ignores-trailing-text": "GET-UNKNOWN",
    "reference/put-reopens": "UPDATE-WORKFLOW-KEPT",
    "mock/auth-no-challenge": "AUTH-CHALLENGE",
    "reference/tag-ignores-status": "TRANSITION-MOVES",
    "mock/patch-stores-new-falsy-as-null": "PATCH-PARTIAL",
}


@pytest.mark.parametrize("name", REPRODUCED)
def test_script_shows_the_failure_on_a_faulty_server_only(name: str) -> None:
    results = {one.requirement: one for one in measure(name).scripts}
    assert results[REPRODUCED[name]].kind is Kind.REPRODUCED, results
    assert all(one.kind in HONEST for one in results.values()), results


def test_script_that_depends_on_earlier_requests_says_so() -> None:
    results = measure("reference/keeps-ten-cases").scripts
    assert [one for one in results if one.kind is Kind.STATED]
    assert all(one.kind in HONEST for one in results), results
