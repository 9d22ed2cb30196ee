"""Each pair of `tests/gate/pairs` gets its verdict, by the expected rules, with a witness for each break."""

from __future__ import annotations

from collections import Counter

import pytest
from gate.pair_tables import Pair, pairs, validator

from change_gate.findings import Finding, Proof, Verdict

PAIRS = pairs()


def _told(finding: Finding) -> str:
    return f"{finding.verdict} {finding.rule}: {finding.message}"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_pair_gets_expected_verdict(pair: Pair) -> None:
    comparison = validator(pair)
    told = [_told(finding) for finding in comparison.findings]
    assert comparison.verdict == pair.expect, told
    assert not comparison.is_undecided, told
    if pair.rules:
        worst = {f.rule for f in comparison.findings if f.verdict is comparison.verdict}
        assert worst == pair.rules, told


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_finding_names_places_and_fingerprint(pair: Pair) -> None:
    for finding in validator(pair).findings:
        assert finding.message.endswith(".")
        assert finding.base is not None
        assert finding.head is not None
        assert finding.location
        assert len(finding.fingerprint) == 16
        if finding.verdict is Verdict.BREAKING and finding.proof is Proof.WITNESSED:
            assert finding.witness is not None


def test_table_is_large_enough() -> None:
    assert len(PAIRS) >= 900


def test_names_of_pairs_are_unique() -> None:
    names = Counter(pair.name for pair in PAIRS)
    assert [name for name, times in names.items() if times > 1] == [], "rename one of each"
