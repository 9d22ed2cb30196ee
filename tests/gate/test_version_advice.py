"""The sentence about the version number that a change calls for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gate.pair_tables import document, read

from change_gate.comparison import compare
from change_gate.findings import Comparison
from change_gate.version import sentence

OPERATION = {"op": {"responses": {"200": {"description": "a"}}}}
DESCRIBED = {"op": {"responses": {"200": {"description": "b"}}}}


def compared(head: dict[str, Any], base_version: str, head_version: str) -> Comparison:
    comparison = compare(read(document(OPERATION)), read(document(head)))
    return replace(comparison, base_version=base_version, head_version=head_version)


@pytest.mark.parametrize(
    ("head", "base_version", "head_version", "words"),
    [
        (OPERATION, "", "", ""),
        (OPERATION, "1.0", "1.0", "Version: nothing changed."),
        (OPERATION, "", "1.0", "Version: nothing changed."),
        (DESCRIBED, "1.0", "1.0.1", "patch change"),
        (DESCRIBED, "1.0", "1.0", "1.0.1"),
        (DESCRIBED, "1.0", "", "patch change"),
    ],
)
def test_advice_is_one_sentence(
    head: dict[str, Any], base_version: str, head_version: str, words: str
) -> None:
    text = sentence(compared(head, base_version, head_version))
    assert words in text
    assert bool(text) is bool(words)
