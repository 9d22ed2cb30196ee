"""Complete findings of small changes: their words, their places, and messages that prove them.

Each file in `findings/` contains a list of changes. `base` and `head` are sides as in `pair_tables.py`. A finding has
the pointers of its places in both documents. Its `witness` contains only what the message has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from gate.pair_tables import document, read

from change_gate.comparison import compare
from change_gate.findings import Finding, Witness

FOLDER = Path(__file__).parent / "findings"


def changes() -> Iterator[Any]:
    """Yield each change of each file as a parameter of a test."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            yield pytest.param(row, id=f"{path.stem}: {row['name']}")


def described(finding: Finding) -> dict[str, Any]:
    """Return a finding as the files describe it."""
    shown = {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "location": finding.location,
        "base": finding.base.pointer if finding.base else None,
        "head": finding.head.pointer if finding.head else None,
    }
    return shown if finding.witness is None else {**shown, "witness": carried(finding.witness)}


def carried(witness: Witness) -> dict[str, Any]:
    """Return what a message of a witness has."""
    fields = {
        "valid_under": witness.valid_under,
        "method": witness.method,
        "url": witness.url,
        "status": witness.status,
        "headers": dict(witness.headers),
        "member": witness.member,
    }
    found = {name: value for name, value in fields.items() if value not in ("", None, {})}
    return {**found, "body": witness.body} if witness.has_body else found


@pytest.mark.parametrize("change", list(changes()))
def test_change_has_its_complete_findings(change: dict[str, Any]) -> None:
    sides = (read(document(change[side]), f"{side}.json") for side in ("base", "head"))
    assert [described(finding) for finding in compare(*sides).findings] == change["findings"]
