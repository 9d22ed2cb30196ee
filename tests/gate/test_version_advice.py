"""The sentence about the version number that a change calls for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gate.gate_samples import NARROWED, RENAMED, UNPROVEN
from gate.pair_tables import document, read

from change_gate.comparison import compare
from change_gate.findings import Comparison, Kind
from change_gate.version import Advice, Level, advise, sentence

OPERATION = {"op": {"responses": {"200": {"description": "a"}}}}
DESCRIBED = {"op": {"responses": {"200": {"description": "b"}}}}
ADDED = {"op": {"parameters": [{"name": "q", "in": "query"}], **OPERATION["op"]}}
BROKEN = {"op": {"parameters": [{"name": "q", "in": "query", "required": True}], **OPERATION["op"]}}


def compared(head: dict[str, Any], base_version: str, head_version: str) -> Comparison:
    comparison = compare(read(document(OPERATION)), read(document(head)))
    return replace(comparison, base_version=base_version, head_version=head_version)


@pytest.mark.parametrize(
    ("head", "base_version", "head_version", "words"),
    [
        (OPERATION, "", "", ""),
        (OPERATION, "1.0", "1.0", "Version: nothing changed."),
        (OPERATION, "", "1.0", "Version: nothing changed."),
        (DESCRIBED, "1.0", "1.0.1", "Version: this is a patch change, and info.version (1.0 -> 1.0.1) reflects it."),
        (DESCRIBED, "1.0", "1.0", "Version: this is a patch change, but info.version is 1.0 -> 1.0; the next version is 1.0.1."),
        (DESCRIBED, "1.0", "", "Version: this is a patch change; the next version is 1.0.1."),
        (DESCRIBED, "", "1.0", "Version: this is a patch change."),
        (ADDED, "1.2.3", "1.2.4", "Version: this is a minor change, but info.version is 1.2.3 -> 1.2.4; the next version is 1.3.0."),
        (ADDED, "1.2.3", "1.3.0", "Version: this is a minor change, and info.version (1.2.3 -> 1.3.0) reflects it."),
        (BROKEN, "1.2.3", "1.3", "Version: this is a major change, but info.version is 1.2.3 -> 1.3; the next version is 2.0.0."),
        (BROKEN, "1.2.3", "2.0", "Version: this is a major change, and info.version (1.2.3 -> 2.0) reflects it."),
    ],
)  # fmt: skip
def test_advice_is_one_sentence(
    head: dict[str, Any], base_version: str, head_version: str, words: str
) -> None:
    assert sentence(compared(head, base_version, head_version)) == words


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("1.2.3", "1.2.3", Level.NONE), ("1.2.3", "1.2.2", Level.NONE), ("1.2.3", "0.9.9", Level.NONE),
        ("1.2.3", "1.2.4", Level.PATCH), ("1.2.3", "1.3.0", Level.MINOR), ("1.2.3", "1.3.4", Level.MINOR),
        ("1.2.3", "2.0.0", Level.MAJOR), ("1.2.3", "2.2.3", Level.MAJOR),
        ("1", "1.0.0", Level.NONE), ("1", "1.0.1", Level.PATCH), ("1.1", "1.1.0", Level.NONE), ("v1.1", "1.2", Level.MINOR),
        (" 1.2.3 ", "1.2.3-beta", Level.NONE), ("1.2.3+7", "1.2.4", Level.PATCH),
        ("1.2.3.4", "1.3.0", None), ("1.2.3", "next", None), ("", "1.0", None),
    ],
)  # fmt: skip
def test_raised_part_of_the_version_is_known(old: str, new: str, taken: Level | None) -> None:
    assert advise(compared(OPERATION, old, new)).taken is taken


@pytest.mark.parametrize(
    ("head", "wanted", "following"),
    [(OPERATION, Level.NONE, "4.5.6"), (DESCRIBED, Level.PATCH, "4.5.7"), (ADDED, Level.MINOR, "4.6.0"),
     (BROKEN, Level.MAJOR, "5.0.0")],
)  # fmt: skip
def test_next_version_raises_one_part(head: dict[str, Any], wanted: Level, following: str) -> None:
    advice = advise(compared(head, "4.5.6", "4.5.6"))
    assert advice == Advice(wanted, Level.NONE, "4.5.6", "4.5.6", following)
    assert advice.is_followed is (wanted is Level.NONE)


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [
        (replace(RENAMED, kind=Kind.DOCUMENTATION), Level.PATCH),
        (replace(UNPROVEN, kind=Kind.DOCUMENTATION), Level.MINOR),
        (RENAMED, Level.MINOR),
        (NARROWED, Level.MAJOR),
    ],
)
def test_documentation_alone_calls_for_a_patch(finding: Any, wanted: Level) -> None:
    assert advise(Comparison("a", "b", (finding,), "1.0.0", "1.0.0")).wanted is wanted
