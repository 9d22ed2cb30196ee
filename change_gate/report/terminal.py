"""A comparison as text for a terminal: causes first, each with its places and its witness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from change_gate.findings import Comparison, Finding, Kind, Place, Proof, Verdict, Witness
from change_gate.report.curl import curl_command, response_lines
from change_gate.version import Advice, Level, advise

_COLOURS: Final = {Verdict.BREAKING: "31", Verdict.RISKY: "33", Verdict.COMPATIBLE: "32"}
MAX_CONSEQUENCES: Final = 5
MAX_WIDTH: Final = 400


def render(comparison: Comparison, *, passed: bool, colour: bool, verbose: bool = False) -> str:
    """Return the report. Compatible changes are counted, and listed only if `verbose` is true."""
    return "\n".join(_lines(comparison, passed, colour, verbose)) + "\n"


def _lines(comparison: Comparison, passed: bool, colour: bool, verbose: bool) -> Iterator[str]:
    consequences: dict[str, list[Finding]] = {}
    for finding in comparison.findings:
        if finding.caused_by:
            consequences.setdefault(finding.caused_by, []).append(finding)
    for finding in comparison.findings:
        if finding.caused_by or (finding.verdict is Verdict.COMPATIBLE and not verbose):
            continue
        yield from _finding(finding, colour)
        yield from _consequences(consequences.get(finding.fingerprint, []))
        yield ""
    yield from _summary(comparison, passed, colour)


def _finding(finding: Finding, colour: bool) -> Iterator[str]:
    label = "unproven" if finding.proof is Proof.UNPROVEN else finding.verdict.value
    kind = "" if finding.kind is Kind.WIRE else f" ({_kind_words(finding.kind)})"
    title = f"{label.upper()}{kind}"
    operation = f"{finding.operation}  " if finding.operation else ""
    yield f"{_paint(title, _COLOURS[finding.verdict], colour)}  {operation}[{finding.rule}]"
    yield f"  {finding.message}"
    for name, place in (("base", finding.base), ("head", finding.head)):
        if place is not None:
            yield f"  {name}  {place_text(place)}"
    if finding.witness is not None:
        yield from _witness(finding.witness)
    if finding.tried:
        yield f"  tried: {'; '.join(finding.tried)}"


def _kind_words(kind: Kind) -> str:
    return "code generators" if kind is Kind.CODEGEN else "documentation"


def place_text(place: Place) -> str:
    """Return a place as `file:line pointer`."""
    line = f":{place.line}" if place.line else ""
    return f"{place.file}{line}  {place.pointer or '/'}"


def _witness(witness: Witness) -> Iterator[str]:
    lines = [curl_command(witness)] if witness.method and witness.url else response_lines(witness)
    other = "head" if witness.valid_under == "base" else "base"
    if lines:
        yield f"  witness, allowed by {witness.valid_under} and not by {other}:"
    for line in lines:
        yield f"    {line if len(line) <= MAX_WIDTH else f'{line[:MAX_WIDTH]}…'}"


def _consequences(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    names = list(dict.fromkeys(finding.operation for finding in findings))
    shown = ", ".join(names[:MAX_CONSEQUENCES])
    more = f", and {len(names) - MAX_CONSEQUENCES} more" if len(names) > MAX_CONSEQUENCES else ""
    yield f"  the same in: {shown}{more}"


def _summary(comparison: Comparison, passed: bool, colour: bool) -> Iterator[str]:
    counts = []
    for verdict in reversed(Verdict):
        count = sum(finding.verdict is verdict for finding in comparison.findings)
        if count:
            counts.append(f"{count} {verdict.value}")
    words = ", ".join(counts) or "no change of the contract"
    result = "PASSED" if passed else "UNDECIDED" if _is_only_undecided(comparison) else "FAILED"
    code = "32" if passed else "31"
    yield f"{_paint(result, code, colour)}  {comparison.base} -> {comparison.head}: {words}"
    yield _advice(advise(comparison))


def _is_only_undecided(comparison: Comparison) -> bool:
    return comparison.is_undecided and comparison.verdict is not Verdict.BREAKING


def _advice(advice: Advice) -> str:
    if advice.wanted is Level.NONE:
        return "Version: nothing changed."
    wanted = f"this is a {advice.wanted.value} change"
    following = f"; the next version is {advice.next_version}" if advice.next_version else ""
    if advice.is_followed is None:
        return f"Version: {wanted}{following}."
    if advice.is_followed:
        return f"Version: {wanted}; {advice.base_version} -> {advice.head_version} says so."
    versions = f"{advice.base_version} -> {advice.head_version}"
    return f"Version: {wanted}, but info.version went {versions}{following}."


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[1;{code}m{text}\x1b[0m" if colour else text
