"""Failures on demand, the Prefer field, behaviour as a value, pages of cases and the check of the host."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failure, Failures, Kind, seconds_hint
from mock_server.behaviour.prefer import parse_preferences, read_field, unmet_preferences
from mock_server.control.interface import json_response
from mock_server.core.settings import Settings
from mock_server.storage.yaml_codec import as_json


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": 399}, "between 400 and 599, not 399"),
        ({"status": 600}, "between 400 and 599, not 600"),
        ({"kind": "slow"}, "one of status, drop, truncate, not-json, not 'slow'"),
        ({"times": 0}, "at least 1, not 0$"),
        ({"delay": -0.1}, "between 0 and 60 s, not -0.1 s$"),
        ({"delay": 60.5}, "did you mean milliseconds. For 60.5 ms, write 0.0605"),
    ],
)
def test_impossible_failure_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Failure(**values)


@pytest.mark.parametrize(
    "values", [{"status": 400}, {"status": 599}, {"times": 1}, {"delay": 60}, {"delay": 0}]
)
def test_extreme_failure_is_possible(values: dict[str, Any]) -> None:
    assert Failure(**values).kind is Kind.STATUS


@pytest.mark.parametrize(
    ("delay", "hint"),
    [(60, ""), (200, "; did you mean milliseconds? For 200 ms, write 0.2"), (60_001, ""), (-1, "")],
)
def test_milliseconds_are_suspected(delay: float, hint: str) -> None:
    assert seconds_hint(delay) == hint
    assert bool(seconds_hint(60_000)) is True


def test_failures_are_taken_in_order_and_counted() -> None:
    failures = Failures()
    failures.add(Failure(500, times=2))
    failures.add(Failure(502))
    assert len(failures) == 2
    assert [one.status for _ in range(4) if (one := failures.take("getCase", None))] == [500, 500, 502]
    assert len(failures) == 0


def test_failure_waits_for_its_operation_and_case() -> None:
    failures = Failures()
    failures.add(Failure(500, operation="patchCase", case="a"))
    failures.add(Failure(501, operation="getCase"))
    failures.add(Failure(502, case="b"))
    assert failures.take("createCase", None) is None
    assert failures.take("patchCase", "c") is None
    taken = [failures.take("getCase", "b"), failures.take("getCase", "b"), failures.take("patchCase", "a")]
    assert [one.status for one in taken if one] == [501, 502, 500]


def test_pending_failures_show_what_remains() -> None:
    failures = Failures()
    failures.add(Failure(times=3))
    failures.take(None, None)
    assert [one.times for one in failures.list()] == [2]
    failures.clear()
    assert failures.list() == []


@pytest.mark.parametrize(
    ("field", "preferences"),
    [
        ("code=503", (503, None)),
        ("delay=0", (None, 0)),
        ("code=200, delay=60000", (200, 60_000)),
        ('CODE="404"', (404, None)),
        ('code="4\\04"', (404, None)),
        ("code=404; why=x, code=500", (404, None)),
        ("respond-async, wait=5", (None, None)),
        ("code=199", (None, None)),
        ("code=600", (None, None)),
        ("code=599", (599, None)),
        ("delay=60001", (None, None)),
        ("delay=-1", (None, None)),
        ("delay=1.5", (None, None)),
        ("code", (None, None)),
        ("code=", (None, None)),
        ("", (None, None)),
        ("code=404," + "x" * 1016, (None, None)),
        ("code=404," + "x" * 1015, (404, None)),
    ],
)
def test_preferences_are_read(field: str, preferences: tuple[int | None, int | None]) -> None:
    assert parse_preferences(field) == preferences


def test_preference_may_contain_commas_in_quotes() -> None:
    assert read_field('a="x, y", B=c; d, a=z') == {"a": "x, y", "b": "c"}


@pytest.mark.parametrize(
    ("field", "reasons"),
    [
        ("code=404, delay=5", []),
        ("wait=5", []),
        ("code=99", ["code takes a status from 200 to 599"]),
        ("delay=x", ["delay takes milliseconds from 0 to 60000"]),
        (
            "code=x, delay=x",
            ["code takes a status from 200 to 599", "delay takes milliseconds from 0 to 60000"],
        ),
        ("co de=404", ["a part of the field is not a preference (RFC 7240)"]),
        ("code=404,", []),
        ("x" * 1025, ["the field is longer than 1024 characters"]),
    ],
)
def test_unmet_preference_has_a_reason(field: str, reasons: list[str]) -> None:
    assert unmet_preferences(field) == reasons


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"latency": (-1, 1)}, "between 0 and 60 s"),
        ({"latency": (2, 1)}, "the lower bound first"),
        ({"latency": (0, 200)}, "did you mean milliseconds"),
        ({"rate": 0}, "greater than 0"),
        ({"token_life": 0}, "at most 3600 seconds"),
        ({"token_life": 3601}, "at most 3600 seconds"),
        ({"faults": ("no-such-fault",)}, "no-such-fault"),
        ({"latency": ("1", "2")}, r"pair of numbers, not \('1', '2'\)"),
        ({"latency": (0.1,)}, r"pair of numbers, not \(0.1,\)"),
        ({"latency": "1-2"}, "pair of numbers, not '1-2'"),
        ({"latency": (-1, -1)}, "lower bound first, not -1 s$"),
        ({"rate": "5"}, "greater than 0, not '5'"),
        ({"rate": True}, "greater than 0, not True"),
        ({"token_life": "2"}, "at most 3600 seconds, not '2'"),
        ({"outage": "no"}, "True or False, not 'no'"),
    ],
)
def test_impossible_behaviour_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Behaviour(**values)


def test_behaviour_changes_by_name() -> None:
    changed = Behaviour().changed(rate=5, latency=(0, 60), token_life=3600)
    assert (changed.rate, changed.latency, changed.outage) == (5, (0, 60), False)
    with pytest.raises(TypeError, match=r"unknown behaviour 'latancy'.*did you mean latency"):
        changed.changed(latancy=(0, 1))


def test_behaviour_applies_to_the_settings() -> None:
    settings = Behaviour(rate=2.5, token_life=7).apply(Settings(prefix="/x"))
    assert (settings.limits.rate, settings.auth.shortened_life, settings.prefix) == (2.5, 7, "/x")
    assert Behaviour().apply(settings) == Settings(prefix="/x")


def test_response_of_the_control_api_is_not_cached() -> None:
    response = json_response({"a": [1]}, 201)
    assert (response.status, response.body) == (201, b'{"a":[1]}')
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"].startswith("application/json")
    assert json_response(None).status == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a: NO", b'{"a":"NO"}'),
        (b"a: 12:30", b'{"a":"12:30"}'),
        (b"a: 2025-03-04", b'{"a":"2025-03-04"}'),
        (b"[1, -1, 0, 01, 1.5, 1e3, .5, true, false, null, ~, yes]",
         b'[1,-1,0,"01",1.5,1000.0,".5",true,false,null,null,"yes"]'),
        (b"a:", b'{"a":null}'),
        (b"a: '1'", b'{"a":"1"}'),
        (b"", b"null"),
    ],
)  # fmt: skip
def test_plain_scalar_is_the_json_value(text: bytes, expected: bytes) -> None:
    assert as_json(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [1", "line 2 column 1"),
        (b"1: a", "the top level has the name 1, which is not a string"),
        (b"a: {b: {2: c}}", "/a/b has the name 2"),
        (b"- 1e999", "/0 is out of the range"),
        (b"a: !!binary aGk=", "/a is a bytes, which is not a JSON type"),
        (b"a: !own x", "line 1"),
        (b"[" * 5000 + b"]" * 5000, "nest"),
    ],
)
def test_other_yaml_is_refused_in_one_line(text: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        as_json(text)
    assert "\n" not in str(refused.value)
