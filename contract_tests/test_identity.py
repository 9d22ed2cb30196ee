"""Case APIs section 5: updates do not change a case's id or creation date."""

from __future__ import annotations

import uuid
from typing import Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import WRITES, Case, NewCase
from contract_tests.assertions.identity import (
    assert_identity_kept,
    assert_no_case,
    identity_payloads,
    obscured_identity,
)
from contract_tests.client.api import JSON, case_path, encode
from contract_tests.profiles import Share
from contract_tests.testdata.corpus import REPLACEMENT

requirement = pytest.mark.requirement
pytestmark = pytest.mark.needs(*FOUNDATION)


METHODS: Final = tuple(WRITES)
both = pytest.mark.parametrize("method", WRITES)


@requirement("UPDATE-IDENTITY")
@both
def test_payload_does_not_change_the_identity(
    case: Case, new_case: NewCase, share: Share, method: str
) -> None:
    other = new_case(REPLACEMENT)
    theirs = other.snapshot()
    created = case.read().get("createdDate")
    payloads = list(identity_payloads(case, other))
    for payload in share(payloads, METHODS.index(method), len(METHODS)):
        case.api.trace.next_attempt()
        response = WRITES[method](case, payload)
        assert_identity_kept(case, created, case.read(), response)
        if other.id in payload.values():
            other.assert_unchanged(theirs)
        if isinstance(payload.get("id"), str) and payload["id"] not in ("", case.id, other.id):
            assert_no_case(case.api, payload["id"], "which was only in an update's payload")
    for _, status in case.api.deployment.workflow.walk(1):  # after a transition, a server may use other code
        case.transition(status)
        for payload in ({"testSummary": "moved"}, *payloads[-3:]):
            response = WRITES[method](case, payload)
            assert_identity_kept(case, created, case.read(), response)


@requirement("UPDATE-IDENTITY")
@both
def test_obscured_members_do_not_change_the_identity(case: Case, method: str) -> None:
    # A filter may only look at the text, or at the first of two members; a parser understands more.
    created = case.read().get("createdDate")
    start = encode(case.api.complete({}))[:-1].decode() if method == "PUT" else '{"testSummary": "x"'
    start += ", " if len(start) > 1 else ""
    strange = str(uuid.uuid4())
    for owned in obscured_identity(strange):
        case.api.trace.next_attempt()
        body = f"{start}{owned}}}".encode()
        response = case.api.raw(method, case_path(case.id), body, {"Content-Type": JSON})
        assert_identity_kept(case, created, case.read(), response)
        assert_no_case(case.api, strange, "which was only in an update's payload")
