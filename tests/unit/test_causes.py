"""Separation of causes and consequences among the findings of a run."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.results.causes import WATCHED_NEEDS, fold_consequences, needs_of
from contract_tests.results.decisions import verdicts
from contract_tests.results.sent_values import NOT_SENT
from contract_tests.results.verdicts import Finding, Verdict


def failed(requirement: str, *needs: str, test: str = "test") -> Finding:
    return Finding(requirement, Verdict.FAILED, test, expected="one", actual="other", needs=needs)


def verdicts_of(*findings: Finding) -> dict[str, Verdict]:
    decided = verdicts(findings)
    return {finding.requirement: decided[finding.requirement][0] for finding in findings}


def test_failure_that_needs_a_failed_requirement_is_unverified() -> None:
    cause, consequence = failed("PUT-REPLACES"), failed("PARALLEL-PUT", "PUT-REPLACES", "GET-SAME")
    folded = fold_consequences([cause, consequence])
    assert folded[0] is cause
    assert folded[1].verdict is Verdict.UNVERIFIED
    assert folded[1].needs == ("PUT-REPLACES",)
    assert folded[1].reason == "needs PUT-REPLACES, which failed"
    assert folded[1].actual == "other"  # the evidence stays


def test_failure_without_a_failed_need_stays() -> None:
    assert verdicts_of(failed("PARALLEL-PUT", "PUT-REPLACES")) == {"PARALLEL-PUT": Verdict.FAILED}


def test_requirement_with_one_failure_of_its_own_stays_failed() -> None:
    findings = failed("PUT-REPLACES"), failed("PARALLEL-PUT", "PUT-REPLACES"), failed("PARALLEL-PUT")
    assert verdicts_of(*findings)["PARALLEL-PUT"] is Verdict.FAILED


def test_consequences_of_a_consequence_are_folded_into_the_cause() -> None:
    findings = (
        failed("GET-SAME"),
        failed("PATCH-PARTIAL", "GET-SAME"),
        failed("PATCH-ARRAYS", "PATCH-PARTIAL", "GET-SAME"),
    )
    folded = fold_consequences(findings)
    assert [one.needs for one in folded[1:]] == [("GET-SAME",), ("GET-SAME",)]


def test_unverified_requirement_names_the_cause_of_a_consequence() -> None:
    unmet = Finding("UPDATE-VISIBLE", Verdict.UNVERIFIED, "b", reason="", needs=("HOSTILE-INPUT",))
    findings = (failed("NO-SERVER-ERROR"), failed("HOSTILE-INPUT", "NO-SERVER-ERROR"), unmet)
    assert fold_consequences(findings)[2].reason == "needs NO-SERVER-ERROR, which failed"
    assert fold_consequences([failed("HOSTILE-INPUT"), unmet])[1] is unmet


def test_failure_that_needs_only_a_consequence_stays() -> None:
    # PATCH-PARTIAL is unverified itself, so that it does not explain the failure of PATCH-ARRAYS.
    findings = (
        failed("GET-SAME"),
        failed("PATCH-PARTIAL", "GET-SAME"),
        failed("PATCH-ARRAYS", "PATCH-PARTIAL"),
    )
    assert verdicts_of(*findings)["PATCH-ARRAYS"] is Verdict.FAILED


def test_cause_that_needs_a_consequence_stays_a_cause() -> None:
    # HOSTILE-INPUT is the first of the two in the catalogue.
    findings = (
        failed("GET-SAME"),
        failed("UPDATE-IDENTITY", "GET-SAME"),
        failed("SCHEMA", "UPDATE-IDENTITY"),
        failed("HOSTILE-INPUT", "SCHEMA", "UPDATE-IDENTITY"),
    )
    decided = verdicts_of(*findings)
    assert decided["SCHEMA"] is Verdict.FAILED
    assert decided["HOSTILE-INPUT"] is Verdict.UNVERIFIED


def test_requirements_that_need_each_other_do_not_all_vanish() -> None:
    findings = failed("GET-SAME", "GET-SAFE"), failed("GET-SAFE", "GET-SAME")
    assert sorted(verdicts_of(*findings).values()) == [Verdict.FAILED, Verdict.UNVERIFIED]


def test_must_is_never_a_consequence_of_a_should() -> None:
    findings = failed("PATCH-OBJECTS"), failed("PATCH-PARTIAL", "PATCH-OBJECTS")
    assert verdicts_of(*findings)["PATCH-PARTIAL"] is Verdict.FAILED


def test_unmet_need_outweighs_a_pass_and_a_disabled_check() -> None:
    unmet = Finding("NO-SERVER-ERROR", Verdict.UNVERIFIED, "a", reason="needs CREATE-ID, which failed")
    others = (
        Finding("NO-SERVER-ERROR", Verdict.DISABLED, "b", reason="needs OAuth2 client credentials"),
        Finding("NO-SERVER-ERROR", Verdict.PASSED, "c"),
    )
    assert verdicts_of(unmet, *others) == {"NO-SERVER-ERROR": Verdict.UNVERIFIED}


def test_error_outweighs_disabled_unsupported_and_unmet() -> None:
    findings = [
        Finding("SCHEMA", verdict, verdict.value) for verdict in Verdict if verdict is not Verdict.FAILED
    ]
    assert verdicts_of(*findings) == {"SCHEMA": Verdict.ERROR}


def test_unmet_need_of_a_check_of_many_requirements_keeps_a_pass() -> None:
    unmet = [Finding(id_, Verdict.UNVERIFIED, "many") for id_ in ("GET-SAFE", "PUT-REPLACES")]
    decided = verdicts_of(*unmet, Finding("GET-SAFE", Verdict.PASSED, "own"))
    assert decided == {"GET-SAFE": Verdict.PASSED, "PUT-REPLACES": Verdict.UNVERIFIED}


def test_token_requirement_explains_no_failure_of_a_case() -> None:
    exchanges = [{"url": "http://tenant.example/api/case"}]
    hostile = replace(failed("HOSTILE-INPUT", "TOKEN-TTL"), exchanges=exchanges)
    assert verdicts_of(failed("TOKEN-TTL"), hostile)["HOSTILE-INPUT"] is Verdict.FAILED


def test_token_requirement_explains_a_failure_of_its_endpoint() -> None:
    exchanges = [{"url": "http://tenant.example/auth/oauth2/token"}]
    hostile = replace(failed("HOSTILE-INPUT", "TOKEN-TTL"), exchanges=exchanges)
    assert verdicts_of(failed("TOKEN-TTL"), hostile)["HOSTILE-INPUT"] is Verdict.UNVERIFIED


def test_refused_connection_after_a_fatal_request_is_unverified() -> None:
    error = Finding("HOSTILE-INPUT", Verdict.ERROR, "later", reason="refused", needs=("NO-SERVER-ERROR",))
    decided = verdicts([failed("NO-SERVER-ERROR"), error])["HOSTILE-INPUT"]
    assert decided[0] is Verdict.UNVERIFIED
    assert decided[1][0].reason == "needs NO-SERVER-ERROR, which failed"


def test_refused_connection_without_a_cause_stays_an_error() -> None:
    error = Finding("HOSTILE-INPUT", Verdict.ERROR, "later", reason="refused", needs=("NO-SERVER-ERROR",))
    assert verdicts_of(error)["HOSTILE-INPUT"] is Verdict.ERROR


def test_error_of_a_must_may_follow_from_a_should() -> None:
    error = Finding("PATCH-PARTIAL", Verdict.ERROR, "long text", reason="time-out", needs=("HOSTILE-INPUT",))
    assert verdicts_of(failed("HOSTILE-INPUT"), error)["PATCH-PARTIAL"] is Verdict.UNVERIFIED
    assert verdicts_of(failed("HOSTILE-INPUT"), failed("PATCH-PARTIAL", "HOSTILE-INPUT")) == {
        "HOSTILE-INPUT": Verdict.FAILED,
        "PATCH-PARTIAL": Verdict.FAILED,
    }


def hostile(test: str, body: str, method: str = "POST") -> Finding:
    exchange = {"method": method, "url": "http://x.example/case", "request_headers": {}, "request_body": body}
    return replace(failed("HOSTILE-INPUT", test=test), exchanges=(exchange,))


def test_hostile_input_shows_its_shortest_request_first() -> None:
    findings = hostile("long", '{"a": 1e999, "b": "other"}'), hostile("short", "1e999"), hostile("mild", "")
    shown = verdicts(findings)["HOSTILE-INPUT"][1]
    assert [finding.test for finding in shown] == ["short", "long", "mild"]


def test_absent_date_explains_a_client_date_that_is_not_shown() -> None:
    needs = WATCHED_NEEDS["CREATE-OWNS"]
    folded = verdicts_of(failed("CREATE-DATE"), failed("CREATE-OWNS", *needs))
    assert folded == {"CREATE-DATE": Verdict.FAILED, "CREATE-OWNS": Verdict.UNVERIFIED}


def test_value_of_another_case_shows_that_cases_are_not_isolated() -> None:
    actual = f"/a is 1 instead of 2 (a 1 {NOT_SENT} the create of 7)"
    isolated = needs_of("UPDATE-ISOLATED", ("UPDATE-VISIBLE", "GET-SAME"), actual)
    stored = needs_of("CREATE-STORES", ("GET-SAME",), actual)
    assert isolated == ("GET-SAME",)
    assert stored == ("GET-SAME", "UPDATE-ISOLATED")
    findings = failed("CREATE-STORES", *stored), failed("UPDATE-VISIBLE", "UPDATE-ISOLATED")
    found = verdicts_of(failed("UPDATE-ISOLATED", *isolated), *findings)
    assert [id_ for id_, verdict in found.items() if verdict is Verdict.FAILED] == ["UPDATE-ISOLATED"]


def test_other_failures_keep_their_needs() -> None:
    needs = ("UPDATE-VISIBLE", "UPDATE-ISOLATED")
    assert needs_of("UPDATE-ISOLATED", needs, "/a is 1 instead of 2") == ("UPDATE-VISIBLE",)
    assert needs_of("ROUND-TRIP-TEXT", ("GET-SAME",), f"a 1 {NOT_SENT} the create of 7") == ("GET-SAME",)


def test_date_that_updates_change_is_not_changed_by_refusals() -> None:
    inert = needs_of("AUTH-INERT", ("GET-SAME",), 'createdDate is "2026-01-02" instead of "2026-01-01"')
    assert inert == ("GET-SAME", "UPDATE-IDENTITY")
    assert needs_of("AUTH-INERT", ("GET-SAME",), "/a is 1 instead of 2") == ("GET-SAME",)
