"""The verdict on a terminal: each failure with its story, then one table of all requirements.

Writes through pytest's terminal reporter, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contract_tests.requirements import catalogue
from contract_tests.verdicts import Finding, Level, Verdict

_COLOURS: Final[Mapping[str, dict[str, bool]]] = {
    "passed": {"green": True},
    "failed": {"red": True, "bold": True},
    "warning": {"yellow": True},
    "error": {"red": True},
    "unsupported": {"yellow": True},
    "disabled": {"yellow": True},
    "unverified": {"light": True},
}


def word(verdict: Verdict, level: Level, bar: Level) -> str:
    """The verdict as shown: a failed SHOULD is a warning where the bar is MUST."""
    below = level is Level.SHOULD and bar is Level.MUST
    return "warning" if verdict is Verdict.FAILED and below else verdict.value


def failure(finding: Finding, level: Level) -> str:
    """One failure or error in words: the requirement, expected and actual, and the story as curl lines."""
    requirement = catalogue().get(finding.requirement)
    lines = [f"{finding.requirement} ({level}): {requirement.statement if requirement else ''}"]
    if finding.verdict is Verdict.FAILED:
        lines += [f"  expected: {finding.expected}", f"  actual:   {finding.actual}"]
    else:
        lines += [f"  {finding.verdict}: {finding.reason}"]
    if finding.story:
        lines.append(
            "  story:"
            + (f" ({finding.left_out} requests in the middle left out)" if finding.left_out else "")
        )
    for told in finding.story:
        lines += [f"    {told['curl']}", f"    #  -> {told['answer']}"]
    return "\n".join(lines)


def write(
    terminal: Any,
    verdicts: Mapping[str, tuple[Verdict, list[Finding]]],
    bar: Level,
    counts: Mapping[str, Any],
) -> None:
    """The stories of what failed, then the table, then what it cost and how to repeat it."""
    known = catalogue()
    for id_, (verdict, findings) in verdicts.items():
        if verdict in (Verdict.FAILED, Verdict.ERROR):
            told = min((f for f in findings if f.verdict is verdict), key=lambda f: len(f.story) or 1000)
            terminal.section(id_, sep="-")
            terminal.line(failure(told, known[id_].level))
    terminal.section("Case APIs conformance", sep="=")
    width = max(map(len, known)) + 2
    section = ""
    for id_, (verdict, findings) in verdicts.items():
        if known[id_].section != section:
            section = known[id_].section
            terminal.line(f"{section.capitalize()}", bold=True)
        shown = word(verdict, known[id_].level, bar)
        reasons = {f.reason for f in findings if f.verdict is verdict and f.reason}
        note = f"  {sorted(reasons)[0]}" if reasons else ""
        terminal.line(f"  {id_:<{width}}{known[id_].level.value:<8}{shown}{note}", **_COLOURS[shown])
    terminal.line("")
    tally: dict[str, int] = {}
    for id_, (verdict, _) in verdicts.items():
        shown = word(verdict, known[id_].level, bar)
        tally[shown] = tally.get(shown, 0) + 1
    terminal.line(f"{len(verdicts)} requirements: " + ", ".join(f"{n} {shown}" for shown, n in tally.items()))
    terminal.line(
        f"target {counts['target']}: {counts['requests']} requests, {counts['created']} cases created"
    )
    terminal.line(f"repeat with: {counts['repeat']}")
