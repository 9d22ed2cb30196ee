"""The verdict on a terminal: each failure with its story, then one table of all requirements.

Writes through pytest's terminal reporter, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.results.verdicts import Finding, Verdict, word

if TYPE_CHECKING:
    from contract_tests.results.summary import Outcome

_COLOURS: Final[Mapping[str, dict[str, bool]]] = {
    "passed": {"green": True},
    "failed": {"red": True, "bold": True},
    "warning": {"yellow": True},
    "error": {"red": True},
    "unsupported": {"yellow": True},
    "disabled": {"yellow": True},
    "unverified": {"light": True},
}


def failure(finding: Finding) -> str:
    """One failure or error in words: the requirement, expected and actual, and the story as curl lines."""
    known = catalogue()[finding.requirement]
    lines = [f"{known.id} ({known.level}): {known.statement}"]
    if finding.verdict is Verdict.FAILED:
        lines += [f"  expected: {finding.expected}", f"  actual:   {finding.actual}"]
    else:
        lines += [f"  {finding.verdict}: {finding.reason}"]
    if finding.story:
        left_out = f" ({finding.left_out} requests in the middle left out)" if finding.left_out else ""
        lines.append(f"  story:{left_out}")
    for told in finding.story:
        lines += [f"    {told['curl']}", f"    #  -> {told['answer']}"]
    return "\n".join(lines)


Judged: TypeAlias = Mapping[str, tuple[Verdict, Sequence[Finding]]]


def write(terminal: Any, judged: Judged, bar: Level, outcome: Outcome) -> None:
    """The stories of what failed, then the table, then what was observed, what it cost and how to repeat it."""
    for id_, (verdict, findings) in judged.items():
        if verdict in (Verdict.FAILED, Verdict.ERROR):
            told = min(
                (f for f in findings if f.verdict is verdict), key=lambda f: (not f.story, len(f.story))
            )
            terminal.section(id_, sep="-")
            terminal.line(failure(told))
    terminal.section("Case APIs conformance", sep="=")
    asked = outcome.asked or judged
    shown = {id_: one for id_, one in judged.items() if id_ in asked or one[0] is not Verdict.UNVERIFIED}
    _table(terminal, shown, bar)
    if left_out := len(judged) - len(shown):
        terminal.line(f"{left_out} more were not asked for by --requirement")
    if outcome.interrupted:
        terminal.line("interrupted: checks of what passed may be missing", **_COLOURS["error"])
    if outcome.advice:
        terminal.line(outcome.advice, **_COLOURS["error"])
    _observed(terminal, outcome)
    total = outcome.total
    budget = "" if outcome.budget is None else f" (of at most {outcome.budget})"
    created = f"{total.created} case{'s' * (total.created != 1)} created{budget}"
    terminal.line(f"target {outcome.target}: {total.requests} requests, {created}")
    if outcome.left_out:
        terminal.line(outcome.left_out)
    if total.reduced:
        terminal.line(f"fewer examples, to stay within the budget: {', '.join(total.reduced)}")
    for line in outcome.changes:
        terminal.line(line)
    for path in outcome.written[:1]:
        terminal.line(f"reports: {path.parent}")
    _stories(terminal, outcome)
    terminal.line(f"repeat with: {outcome.repeat}")


def _stories(terminal: Any, outcome: Outcome) -> None:
    """Which failures have a script that replays them, and why the others have none."""
    without: dict[str, list[str]] = {}
    for id_, reason in outcome.stories.items():
        without.setdefault(reason, []).append(id_)
    if replayed := without.pop("", []):
        terminal.line(
            f"stories: {len(replayed)} of {len(outcome.stories)} failures as scripts, each replayed once"
        )
    for reason, ids in without.items():
        terminal.line(f"no story for {', '.join(ids)}: {reason}")


def _table(terminal: Any, judged: Judged, bar: Level) -> None:
    known = catalogue()
    width = max(map(len, known)) + 2
    section = ""
    tally: dict[str, int] = {}
    for id_, (verdict, findings) in judged.items():
        if known[id_].section != section:
            section = known[id_].section
            terminal.line(section.capitalize(), bold=True)
        shown = word(verdict, known[id_].level, bar)
        tally[shown] = tally.get(shown, 0) + 1
        note = min((f.reason for f in findings if f.verdict is verdict and f.reason), default="")
        line = f"  {id_:<{width}}{known[id_].level.value:<8}{shown:<12}{note}".rstrip()
        terminal.line(line, **_COLOURS[shown])
    terminal.line("")
    terminal.line(
        f"{len(judged)} requirement{'s' * (len(judged) != 1)}: "
        + ", ".join(f"{count} {shown}" for shown, count in tally.items())
    )


def _observed(terminal: Any, outcome: Outcome) -> None:
    if outcome.total.observations:
        terminal.line("Observed where the document is silent", bold=True)
    for one in outcome.total.observations.values():
        terminal.line(f"  {one['title']}: {one['text']}")
