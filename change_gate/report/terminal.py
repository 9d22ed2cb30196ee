"""A comparison as text for a terminal: causes first, each with its places and its witness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from change_gate.findings import Comparison, Finding, Place, Verdict, Witness
from change_gate.report.wording import KINDS, counts, groups, label, witness_text, witness_title
from change_gate.version import sentence

_COLOURS: Final = {Verdict.BREAKING: "31", Verdict.RISKY: "33", Verdict.COMPATIBLE: "32"}
MAX_CONSEQUENCES: Final = 5
MAX_WIDTH: Final = 400


def render(comparison: Comparison, *, passed: bool, colour: bool, verbose: bool = False) -> str:
    """Return the report. Compatible changes are counted, and listed only if `verbose` is true."""
    return "\n".join(_lines(comparison, passed, colour, verbose)) + "\n"


def _printable(text: str) -> str:
    """Return the text with control characters escaped: a document must not control the terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _lines(comparison: Comparison, passed: bool, colour: bool, verbose: bool) -> Iterator[str]:
    for group in groups(comparison, compatible=verbose):
        yield from _finding(group.cause, colour)
        yield from _consequences(group.consequences)
        yield ""
    for problem in comparison.problems:
        yield f"{_paint('FAILED', '31', colour)}  {_printable(problem)}"
    yield from _summary(comparison, passed, colour)


def _finding(finding: Finding, colour: bool) -> Iterator[str]:
    kind = f" ({KINDS[finding.kind]})" if KINDS[finding.kind] else ""
    title = f"{label(finding).upper()}{kind}"
    operation = f"{_printable(finding.operation)}  " if finding.operation else ""
    yield f"{_paint(title, _COLOURS[finding.verdict], colour)}  {operation}[{finding.rule}]"
    yield f"  {_printable(finding.message)}"
    if finding.accepted:
        yield f"  accepted: {_printable(finding.accepted)}"
    for name, place in (("base", finding.base), ("head", finding.head)):
        if place is not None:
            yield f"  {name}  {place_text(place)}"
    if finding.witness is not None:
        yield from _witness(finding.witness)
    if finding.tried:
        yield f"  tried: {_printable('; '.join(finding.tried))}"


def place_text(place: Place) -> str:
    """Return a place as `file:line pointer`."""
    line = f":{place.line}" if place.line else ""
    return _printable(f"{place.file}{line}  {place.pointer or '/'}")


def _witness(witness: Witness) -> Iterator[str]:
    yield f"  {witness_title(witness)}:"
    for line in map(_printable, witness_text(witness).split("\n")):
        yield f"    {line if len(line) <= MAX_WIDTH else f'{line[:MAX_WIDTH]}… (--format json has all of it)'}"


def _consequences(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    names = list(dict.fromkeys(_printable(finding.operation) for finding in findings))
    shown = ", ".join(names[:MAX_CONSEQUENCES])
    more = f", and {len(names) - MAX_CONSEQUENCES} more" if len(names) > MAX_CONSEQUENCES else ""
    yield f"  the same in: {shown}{more}"


def _summary(comparison: Comparison, passed: bool, colour: bool) -> Iterator[str]:
    result = "PASSED" if passed else "UNDECIDED" if _is_only_undecided(comparison) else "FAILED"
    code = "32" if passed else "31"
    files = _printable(f"{comparison.base} -> {comparison.head}")
    yield f"{_paint(result, code, colour)}  {files}: {counts(comparison)}"
    if advice := sentence(comparison):
        yield _printable(advice)


def _is_only_undecided(comparison: Comparison) -> bool:
    return comparison.is_undecided and comparison.verdict is not Verdict.BREAKING


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[1;{code}m{text}\x1b[0m" if colour else text
