"""Findings and verdicts as data, their masking, disabled requirements, and the counts of processes."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from support.in_process import connected

from contract_tests.contract.requirements import Level
from contract_tests.results.collector import Run
from contract_tests.results.decisions import NO_LONGER_NEEDED, verdicts
from contract_tests.results.observations import SIZE
from contract_tests.results.summary import Counted, Outcome, counted, of_session
from contract_tests.results.verdicts import Finding, Verdict, word

MUST, SHOULD = Level.MUST, Level.SHOULD


@pytest.mark.parametrize(
    ("verdict", "level", "bar", "shown"),
    [
        (Verdict.FAILED, MUST, MUST, "failed"),
        (Verdict.FAILED, SHOULD, MUST, "warning"),
        (Verdict.FAILED, SHOULD, SHOULD, "failed"),
        (Verdict.PASSED, SHOULD, MUST, "passed"),
    ],
)
def test_failed_should_is_a_warning_if_only_must_counts(
    verdict: Verdict, level: Level, bar: Level, shown: str
) -> None:
    assert word(verdict, level, bar) == shown


def finding(**fields: Any) -> Finding:
    return Finding("GET-SAME", Verdict.FAILED, "test", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"expected": "a", "actual": "b", "needs": ("GET-SAFE",), "left_out": 3},
        {"exchanges": ({"method": "GET"},), "timeline": ({"at": 1},)},
        {"timeline": ()},
    ],
)
def test_finding_survives_as_json(fields: dict[str, Any]) -> None:
    found = finding(**fields)
    data = found.to_json()
    assert Finding.from_json(data) == found
    assert data["verdict"] == "failed"
    assert isinstance(data["exchanges"], list)
    assert isinstance(data["needs"], list)
    assert data["timeline"] is None or isinstance(data["timeline"], list)


def test_each_text_of_a_finding_is_masked() -> None:
    exchange = {"secret": "a secret", "list": ["secret", 1, None, True], "nested": {"x": ("secret",)}}
    found = finding(
        expected="secret", actual="a secret", reason="secret!", exchanges=(exchange,), timeline=(exchange,)
    ).masked(lambda text: text.replace("secret", "***"))
    masked = {"secret": "a ***", "list": ["***", 1, None, True], "nested": {"x": ["***"]}}
    assert (found.expected, found.actual, found.reason) == ("***", "a ***", "***!")
    assert (found.exchanges, found.timeline) == ((masked,), (masked,))
    assert finding().masked(str.upper).timeline is None


def test_disabled_requirement_keeps_its_reason() -> None:
    [failed] = verdicts([finding()], {"GET-SAME": "ticket 1"})["GET-SAME"][1]
    assert (failed.verdict, failed.test, failed.reason) == (Verdict.DISABLED, "test", "ticket 1")
    decided, found = verdicts([], {"GET-SAME": "ticket 1"})["GET-SAME"]
    assert (decided, found[0].test, found[0].reason) == (Verdict.DISABLED, "", "ticket 1")
    assert verdicts([finding()], {"GET-SAFE": "ticket 1"})["GET-SAME"][0] is Verdict.FAILED


def test_disabled_requirement_that_passes_is_no_longer_needed() -> None:
    passed = Finding("GET-SAME", Verdict.PASSED, "first")
    [shown] = verdicts([passed], {"GET-SAME": "ticket 1"})["GET-SAME"][1]
    assert (shown.test, shown.reason) == ("first", f"ticket 1 ({NO_LONGER_NEEDED})")
    [mixed] = verdicts([passed, finding()], {"GET-SAME": "ticket 1"})["GET-SAME"][1]
    assert mixed.reason == "ticket 1"


def test_counts_of_a_run_are_those_of_its_session() -> None:
    api = connected()
    run = Run(api, api.create({"testSummary": "first"}))
    run.reduced = {"SCHEMA", "GET-SAME"}
    run.api.session.secrets.add("a UUID")
    found = counted(run)
    assert (found.requests, found.created, found.reduced) == (1, 1, ["GET-SAME", "SCHEMA"])
    assert [line["id"] for line in found.ledger] == [run.case_id]
    assert found.observations["case-id"]["text"] == "***"
    assert of_session(api.session) == Counted(1, 1, ledger=found.ledger)
    assert Counted(**found.to_json()) == found


def test_parts_are_added_up() -> None:
    outcome = Outcome()
    size = {"title": "Body size", "text": "", "accepted": "10", "refused": ""}
    outcome.add(Counted(1, 2, {SIZE: size}, [{"id": "a"}], ["SCHEMA"]))
    outcome.add(
        Counted(3, 4, {SIZE: {**size, "accepted": "20"}, "x": size}, [{"id": "b"}], ["GET-SAME", "SCHEMA"])
    )
    total = outcome.total
    assert (total.requests, total.created, total.reduced) == (4, 6, ["GET-SAME", "SCHEMA"])
    assert total.ledger == [{"id": "a"}, {"id": "b"}]
    assert (total.observations[SIZE]["accepted"], total.observations["x"]) == ("20", size)


def test_outcome_is_masked_in_all_its_texts() -> None:
    outcome = Outcome([finding(actual="a secret")], repeat="run secret")
    outcome.total.observations = {"x": {"title": "secret", "text": "secret"}}
    outcome.mask(lambda text: text.replace("secret", "***"))
    assert outcome.findings[0].actual == "a ***"
    assert (outcome.repeat, outcome.total.observations) == (
        "run ***",
        {"x": {"title": "secret", "text": "***"}},
    )


def test_new_outcome_claims_nothing() -> None:
    outcome = Outcome()
    flags = (outcome.is_embedded, outcome.worse, outcome.spread, outcome.interrupted)
    assert flags == (False,) * 4
    assert (outcome.total.requests, outcome.total.created, outcome.confirmed) == (0, 0, 0)
    assert outcome.started.tzinfo is UTC
    assert finding().left_out == 0
    with pytest.raises(AttributeError):
        finding().test = "other"  # type: ignore[misc]
