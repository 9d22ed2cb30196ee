"""Ids with a lone surrogate, which checks put into paths and queries."""

from __future__ import annotations

from typing import Any

import pytest
from support.in_process import new_case

from contract_tests import test_retrieve, test_robustness

ODD = "one\ud800"


def test_workflow_id_with_a_lone_surrogate_stands_in_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    case = new_case()
    monkeypatch.setattr(type(case), "workflow_id", lambda _: ODD)
    paths = [path for _, path, _, _ in test_retrieve._safe_requests(case)]
    assert any("workflowId=one%ED%A0%80" in path for path in paths)


def test_case_id_with_a_lone_surrogate_stands_in_odd_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    case: Any = new_case()
    object.__setattr__(case, "id", ODD)
    sent: list[str] = []
    monkeypatch.setattr(test_robustness, "send", lambda _, __, path, *___: sent.append(path))
    check: Any = test_robustness.test_odd_paths_cause_no_server_error
    check(case, lambda paths, *_: paths, "GET")
    assert any("one%ED%A0%80" in path for path in sent)
