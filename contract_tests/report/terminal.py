"""The report on a terminal: each failure with its reproduction, then a table of all requirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.report.isolation import isolated
from contract_tests.report.replay.lines import needed_variables, reproduction
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

UNDECIDED: Final = "no check of this run decided it"
NOT_DECIDED: Final = (Verdict.UNVERIFIED, Verdict.DISABLED)

Verdicts: TypeAlias = Mapping[str, tuple[Verdict, Sequence[Finding]]]


def failure(finding: Finding) -> str:
    """Return a failure or error in words: requirement, expected and actual, and the reproduction as curl lines."""
    known = catalogue()[finding.requirement]
    lines = [f"{known.id} ({known.level}): {known.statement}"]
    if finding.verdict is Verdict.FAILED:
        lines += [f"  expected: {finding.expected}", f"  actual:   {finding.actual}"]
    else:
        lines += [f"  {finding.verdict}: {finding.reason}"]
    if finding.exchanges:
        left_out = f" ({finding.left_out} requests in the middle left out)" if finding.left_out else ""
        needed = " and ".join(needed_variables(finding.exchanges))
        lines.append(f"  reproduce{f', with {needed} set' if needed else ''}:{left_out}")
        lines += [f"    {line}" for line in reproduction(finding.exchanges)]
    return "\n".join(lines)


def write(terminal: Any, verdicts: Verdicts, level: Level, outcome: Outcome) -> None:
    """Write the failures, the table, the observations, and a summary of the run."""
    for id_, (verdict, findings) in verdicts.items():
        if verdict in (Verdict.FAILED, Verdict.ERROR):
            shortest = min(
                (f for f in findings if f.verdict is verdict),
                key=lambda f: (not f.exchanges, len(f.exchanges)),
            )
            if outcome.stop_reason and shortest.reason == outcome.stop_reason:
                continue  # The end of the output says it once.
            terminal.section(id_, sep="-")
            with isolated(f"terminal output of {id_}", outcome.problems):
                terminal.line(failure(shortest))
    terminal.section("Case APIs conformance", sep="=")
    requested = outcome.asked or verdicts
    listed = {id_: one for id_, one in verdicts.items() if id_ in requested or one[0] not in NOT_DECIDED}
    _table(terminal, listed, level)
    if left_out := len(verdicts) - len(listed):
        terminal.line(f"{left_out} more were not selected")
    if outcome.interrupted:
        reason = f" ({outcome.stop_reason})" if outcome.stop_reason else ""
        line = f"interrupted{reason}: some checks of the passed requirements may not have run"
        terminal.line(line, **_COLOURS["error"])
    elif outcome.stop_reason:
        terminal.line(f"stopped early: {outcome.stop_reason}", **_COLOURS["error"])
    for problem in outcome.problems:
        terminal.line(f"the report is incomplete: {problem}", **_COLOURS["error"])
    for advice in outcome.advice:
        terminal.line(advice, **_COLOURS["error"])
    _observations(terminal, outcome)
    _summary(terminal, outcome)


def _table(terminal: Any, verdicts: Verdicts, level: Level) -> None:
    """Write a row for each requirement: failures first, each with its consequences in one line, then by section."""
    known = catalogue()
    consequences = consequences_of(verdicts)
    folded = {id_ for ids in consequences.values() for id_ in ids}
    failed = [id_ for id_, (verdict, _) in verdicts.items() if verdict is Verdict.FAILED]
    if failed:
        terminal.line("Failures", bold=True)
    for id_ in failed:
        _row(terminal, id_, verdicts[id_], level)
        if ids := consequences.get(id_):
            terminal.line(f"    unverified, because it failed: {', '.join(ids)}", **_COLOURS["unverified"])
    section = ""
    for id_, one in verdicts.items():
        if id_ in failed or id_ in folded:
            continue
        if known[id_].section != section:
            section = known[id_].section
            terminal.line(section.capitalize(), bold=True)
        _row(terminal, id_, one, level)
    tally = Counter(word(verdict, known[id_].level, level) for id_, (verdict, _) in verdicts.items())
    terminal.line("")
    noun = "requirement" if len(verdicts) == 1 else "requirements"
    terminal.line(
        f"{len(verdicts)} {noun}: " + ", ".join(f"{count} {shown}" for shown, count in tally.items())
    )


def _row(terminal: Any, id_: str, one: tuple[Verdict, Sequence[Finding]], level: Level) -> None:
    known = catalogue()
    width = max(map(len, known)) + 2
    verdict, findings = one
    shown = word(verdict, known[id_].level, level)
    note = min((f.reason for f in findings if f.verdict is verdict and f.reason), default="")
    if verdict is Verdict.UNVERIFIED:
        note = note or f"{UNDECIDED}; repeat the run with --requirement {id_}"
    line = f"  {id_:<{width}}{known[id_].level.value:<8}{shown:<12}{note}".rstrip()
    terminal.line(line, **_COLOURS[shown])


def consequences_of(verdicts: Verdicts) -> dict[str, list[str]]:
    """Return the unverified requirements by the failed requirement that they need."""
    consequences: dict[str, list[str]] = {}
    for id_, (verdict, findings) in verdicts.items():
        needs = [need for finding in findings if finding.verdict is verdict for need in finding.needs]
        causes = [need for need in needs if need in verdicts and verdicts[need][0] is Verdict.FAILED]
        if verdict is Verdict.UNVERIFIED and causes:
            consequences.setdefault(causes[0], []).append(id_)
    return consequences


def _observations(terminal: Any, outcome: Outcome) -> None:
    if outcome.total.observations:
        terminal.line("Observed where the document is silent", bold=True)
    for one in outcome.total.observations.values():
        terminal.line(f"  {one['title']}: {one['text']}")


def _summary(terminal: Any, outcome: Outcome) -> None:
    total = outcome.total
    budget = "" if outcome.budget is None else f" (of at most {outcome.budget})"
    noun = "case" if total.created == 1 else "cases"
    terminal.line(
        f"target {outcome.target}: {total.requests} requests, {total.created} {noun} created{budget}"
    )
    if outcome.left_out:
        terminal.line(outcome.left_out)
    if total.reduced:
        terminal.line(f"fewer examples, to stay within the budget: {', '.join(total.reduced)}")
    for line in outcome.changes:
        terminal.line(line)
    if outcome.deployment_file is not None:
        terminal.line(f"deployment file: {outcome.deployment_file}")
    for path in outcome.written[:1]:
        terminal.line(f"reports: {path.parent}")
    _scripts(terminal, outcome)
    terminal.line(f"repeat with: {outcome.repeat}")


def _scripts(terminal: Any, outcome: Outcome) -> None:
    """Write how many failures have a reproduction script, how its replay went, and why the others have none."""
    if not outcome.scripts:
        return
    made = sum(not reason for reason in outcome.scripts.values())
    confirmed = (
        f"; the replay of {outcome.confirmed} returned the responses of the run" if outcome.confirmed else ""
    )
    terminal.line(f"reproduction scripts: {made} of {len(outcome.scripts)} failures{confirmed}")
    for results in (outcome.replays, outcome.scripts):
        by_reason: dict[str, list[str]] = {}
        for id_, reason in results.items():
            by_reason.setdefault(reason, []).append(id_)
        for reason, ids in by_reason.items():
            if reason:
                prefix = "no reproduction script for " if results is outcome.scripts else ""
                terminal.line(f"  {prefix}{', '.join(ids)}: {reason}")
