"""Findings that the end of a test makes of its exchanges and of its error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from support.in_process import CLIENT, TOKEN, Change, connected, edited

from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, Failure, NoResponse
from contract_tests.exceptions import TargetError, Violation
from contract_tests.results.causes import ATTRIBUTED_NEEDS
from contract_tests.results.collector import Run
from contract_tests.results.verdicts import Verdict
from contract_tests.text import render

CASE = "http://mock.invalid/case"


def run_of(environment: Mapping[str, str] = TOKEN, change: Change | None = None) -> Run:
    api = connected(environment=environment, change=change)
    run = Run(api, api.create({"testSummary": "first"}))
    run.begin("test")
    return run


def server_error(body: bytes) -> Exchange:
    headers = {"content-type": "application/json"}
    return Exchange("POST", CASE, {}, body, 500, "Error", headers, b"{}", 0.0, 0.1)


def test_hostile_input_is_shown_by_the_shortest_request() -> None:
    run = run_of()
    watch = run.api.session.watch
    assert watch is not None
    for body in (b'{"a": "\\ud800", "b": 1}', b'{"a": 1e999}', b'{"abc": 1e999}'):
        watch(server_error(body))
    found = run.conclude("test", ["NO-SERVER-ERROR", "HOSTILE-INPUT"], None)
    hostile = next(one for one in found if one.requirement == "HOSTILE-INPUT")
    assert hostile.verdict is Verdict.FAILED
    assert hostile.exchanges[-1]["request_body"] == '{"a": 1e999}'


def refused(run: Run) -> NoResponse:
    exchange = Exchange("GET", f"{CASE}/1", {}, b"", 0, "", {}, b"", 0.0, 0.1, failure="refused")
    return NoResponse(exchange, Failure(Cause.UNREACHABLE, "refused"))


def test_refused_connection_needs_the_server_to_survive() -> None:
    run = run_of()
    run.api.session.refused_after = server_error(b"{}")
    [found] = run.conclude("later", ["HOSTILE-INPUT"], refused(run))
    assert (found.verdict, found.needs) == (Verdict.ERROR, ("NO-SERVER-ERROR",))


def test_refused_connection_without_a_request_needs_nothing() -> None:
    run = run_of()
    [found] = run.conclude("later", ["HOSTILE-INPUT"], refused(run))
    assert (found.verdict, found.needs) == (Verdict.ERROR, ())


def test_silence_after_a_request_needs_the_server_to_survive() -> None:
    run = run_of()
    silent = NoResponse(refused(run).exchange, Failure(Cause.SILENT, "no response in time"))
    [found] = run.conclude("earlier", ["HOSTILE-INPUT"], silent)
    assert (found.verdict, found.needs) == (Verdict.ERROR, ())
    run.api.session.silent_after = server_error(b"[[[")
    [found] = run.conclude("later", ["HOSTILE-INPUT"], silent)
    assert (found.verdict, found.needs) == (Verdict.ERROR, ("NO-SERVER-ERROR",))
    [found] = run.conclude("later", ["HOSTILE-INPUT"], refused(run))
    assert (found.verdict, found.needs) == (Verdict.ERROR, ())


def test_violation_without_another_cause_is_the_one_shown() -> None:
    run = run_of()
    watch = run.api.session.watch
    assert watch is not None
    moved = replace(
        server_error(b""), method="GET", url=f"{CASE}/1", status=302, secrets=run.api.session.secrets
    )
    watch(moved)
    watch(replace(moved, request_headers={"Authorization": "Bearer dev-token"}))
    watch(moved)
    found = run.conclude("test", ["SCHEMA"], None)
    assert [(one.verdict, "AUTH-REQUIRED" in one.needs) for one in found] == [(Verdict.FAILED, False)]
    assert found[0].exchanges[-1]["request_headers"].keys() == {"Authorization"}


def test_needs_of_a_violation_are_those_of_its_finding() -> None:
    run = run_of()
    violation = Violation("moved", "open")
    violation.needs = ("UPDATE-VISIBLE",)
    [found] = run.conclude("test", ["TRANSITION-MOVES"], violation, ["UPDATE-VISIBLE"])
    assert (found.requirement, found.needs) == ("TRANSITION-MOVES", ("UPDATE-VISIBLE",))


def test_exchanges_before_the_run_are_watched() -> None:
    api = connected()
    first = api.create({"testSummary": "first"})
    api.refused_kinds = frozenset({"text"})
    run = Run(api, first)
    observed = run.observer.observations()
    assert observed["case-id"]["text"] == "a UUID"
    assert observed["refused-kinds"]["text"] == "text"


def test_run_without_creates_knows_its_case_by_the_url() -> None:
    api = connected()
    created = api.create({"testSummary": "first"})
    shown = api.get(str(created.object["id"]))
    assert Run(api, shown).case_id == created.object["id"]
    assert Run(api, replace(shown, body=b"[]")).case_id == created.object["id"]


def test_first_case_has_its_created_fields() -> None:
    run = run_of()
    case = run.first_case()
    assert case.id == run.case_id
    assert case.created_record == run.first.object


def test_ended_run_watches_no_exchange() -> None:
    run = run_of()
    run.api.get(run.case_id)
    run.end()
    assert run.api.session.watch is None
    assert not run.api.trace


def test_new_test_begins_without_a_trace() -> None:
    run = run_of()
    run.api.get(run.case_id)
    run.begin("next")
    assert not run.api.trace
    assert run.api.session.ledger.test == "next"


def test_violation_of_another_requirement_leaves_own_unverified() -> None:
    run = run_of()
    found = run.conclude("test", ["GET-SAME", "GET-SAFE"], Violation("a", "b", "UPDATE-VISIBLE"))
    assert [(one.requirement, one.verdict, one.needs) for one in found] == [
        ("UPDATE-VISIBLE", Verdict.FAILED, ATTRIBUTED_NEEDS.get("UPDATE-VISIBLE", ())),
        ("GET-SAME", Verdict.UNVERIFIED, ("UPDATE-VISIBLE",)),
        ("GET-SAFE", Verdict.UNVERIFIED, ("UPDATE-VISIBLE",)),
    ]
    assert found[1].reason == "needs UPDATE-VISIBLE, which failed"
    assert run.raised == "UPDATE-VISIBLE"
    run.conclude("next", ["GET-SAME"], None)
    assert run.raised is None


def test_effect_of_a_refused_request_needs_safe_reads() -> None:
    run = run_of()
    found = run.conclude("test", ["AUTH-REQUIRED"], Violation("a", "b", "AUTH-INERT"))
    assert found[0].requirement == "AUTH-INERT"
    assert "GET-SAFE" in found[0].needs


def test_disabled_cause_is_named_as_disabled() -> None:
    api = connected()
    run = Run(api, api.create({"testSummary": "first"}), {"UPDATE-VISIBLE": "ticket 1"})
    run.begin("test")
    found = run.conclude("test", ["GET-SAME"], Violation("a", "b", "UPDATE-VISIBLE"))
    assert [(one.verdict, one.reason) for one in found] == [
        (Verdict.DISABLED, "ticket 1"),
        (Verdict.UNVERIFIED, "needs UPDATE-VISIBLE, which is disabled"),
    ]


def test_passed_check_of_a_disabled_requirement_stays_passed() -> None:
    api = connected()
    run = Run(api, api.create({"testSummary": "first"}), {"GET-SAME": "ticket 1"})
    run.begin("test")
    assert [one.verdict for one in run.conclude("test", ["GET-SAME"], None)] == [Verdict.PASSED]


def test_violation_that_was_watched_is_reported_once() -> None:
    run = run_of()
    assert run.api.session.watch is not None
    seen = server_error(b"{}")
    run.api.trace.restart(seen)
    run.api.session.watch(seen)
    found = run.conclude("test", ["GET-SAME"], Violation("no server error", seen.summary()))
    assert [(one.requirement, one.verdict) for one in found] == [
        ("NO-SERVER-ERROR", Verdict.FAILED),
        ("GET-SAME", Verdict.UNVERIFIED),
    ]


@pytest.mark.parametrize(("status", "actual"), [(500, "other words"), (499, None)])
def test_other_violation_is_of_its_own_requirement(status: int, actual: str | None) -> None:
    run = run_of()
    seen = replace(server_error(b"{}"), status=status)
    run.api.trace.restart(seen)
    found = run.conclude("test", ["GET-SAME"], Violation("a", actual or seen.summary()))
    assert [(one.requirement, one.verdict) for one in found] == [("GET-SAME", Verdict.FAILED)]


def fatal(path: str) -> Exchange:
    """Return a request during which the target stopped accepting connections."""
    return replace(server_error(b"{}"), url=f"http://mock.invalid{path}", status=0, failure="closed")


def test_request_that_ends_the_server_is_a_finding_of_its_test() -> None:
    run = run_of()
    run.api.session.refused_after = fatal("/case/" + "1" * 80)
    found = run.conclude("test", ["GET-SAME"], refused(run))
    [ended] = [one for one in found if one.verdict is Verdict.FAILED]
    assert ended.requirement == "NO-SERVER-ERROR"
    assert render(ended.expected) == f"the server to survive POST /case/{'1' * 24}…(26 characters)…{'1' * 30}"
    assert "no connection is accepted since then" in ended.actual
    assert [one["method"] for one in ended.exchanges] == ["POST"]
    # A test that is repeated reports it again; the next test has the same cause.
    assert any(one.verdict is Verdict.FAILED for one in run.conclude("test", ["GET-SAME"], refused(run)))
    assert [one.verdict for one in run.conclude("next", ["GET-SAME"], refused(run))] == [Verdict.ERROR]


def test_other_error_after_a_fatal_request_is_no_finding() -> None:
    run = run_of()
    run.api.session.refused_after = fatal("/case/1")
    found = run.conclude("test", ["GET-SAME"], TargetError("down"))
    assert [(one.verdict, one.needs) for one in found] == [(Verdict.ERROR, ())]
    assert found[0].reason == "down"


def test_error_shows_its_exchanges_and_a_pass_none() -> None:
    run = run_of()
    run.api.get(run.case_id)
    [error] = run.conclude("test", ["GET-SAME"], TargetError("down"))
    assert [one["method"] for one in error.exchanges] == ["POST", "GET"]
    [passed] = run.conclude("test", ["GET-SAME"], None)
    assert passed.exchanges == ()


def show_note(record: dict[str, Any]) -> None:
    record["testNote"] = "from another case"


@pytest.mark.parametrize("reads", [1, 30], ids=["short", "long"])
def test_value_of_another_case_is_shown_with_its_request(reads: int) -> None:
    run = run_of(change=edited(show_note, "GET"))
    run.api.update(run.case_id, {"testNote": "from another case"})
    run.begin("other")
    case_id = run.api.create({"testSummary": "second"}).object["id"]
    for _ in range(reads):
        run.api.get(case_id)
    [found] = run.conclude("other", ["GET-SAME"], Violation("no note", "a note"))
    first_three = [(one["method"], json.loads(one["request_body"])) for one in found.exchanges[:3]]
    assert [method for method, _ in first_three] == ["POST", "PATCH", "POST"]
    assert [sent.get("testSummary") for _, sent in first_three] == ["first", None, "second"]
    assert first_three[1][1]["testNote"] == "from another case"


def test_secret_in_an_error_is_masked() -> None:
    run = run_of()
    run.api.session.secrets.add("s3cret-value")
    [error] = run.conclude("test", ["GET-SAME"], ZeroDivisionError("of s3cret-value"))
    assert error.reason == "the check itself broke: ZeroDivisionError: of ***"
    assert run.mask("a s3cret-value") == "a ***"


def test_requirement_never_needs_itself() -> None:
    run = run_of()
    [found] = run.conclude("test", ["GET-SAME"], Violation("a", "b"), ["GET-SAME", "CREATE-STORES"])
    assert found.needs == ("CREATE-STORES",)


def test_access_is_shown_after_a_request_with_credentials() -> None:
    run = run_of()
    response = run.api.unauthenticated("GET", "/case", None, {})
    [found] = run.conclude("test", ["AUTH-REQUIRED"], Violation("401", response.summary()))
    assert [one["method"] for one in found.exchanges] == ["POST", "GET"]
    run.begin("next")
    run.api.get(run.case_id)
    [found] = run.conclude("next", ["AUTH-INVALID"], Violation("a", "b"))
    assert [one["method"] for one in found.exchanges].count("GET") == 1


@pytest.mark.parametrize(
    ("environment", "broken"), [(CLIENT, "TOKEN-EXPIRY"), (TOKEN, "CREATE-STATUS")], ids=["granted", "fixed"]
)
def test_refusal_of_a_granted_token_is_no_other_failure(environment: Mapping[str, str], broken: str) -> None:
    run = run_of(environment)
    own = run.api.credentials.present(run.api.credentials.token())
    refused = replace(server_error(b"{}"), status=401, request_headers=own, secrets=run.api.session.secrets)
    run.api.trace.restart(refused)
    found = run.conclude("test", ["GET-SAME"], Violation("a", refused.summary(), "CREATE-STATUS"))
    assert found[0].requirement == broken


def test_refusal_of_a_token_request_is_no_refused_token() -> None:
    run = run_of(CLIENT)
    refused = replace(server_error(b"{}"), status=401, url="http://mock.invalid/auth/oauth2/token")
    run.api.trace.restart(refused)
    [found] = run.conclude("test", ["TOKEN-BAD-CLIENT"], Violation("a", refused.summary()))
    assert found.requirement == "TOKEN-BAD-CLIENT"
