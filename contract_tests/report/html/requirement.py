"""One requirement of the page: verdict, expected and actual, and the exchanges that reproduce it."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any, Final

from markupsafe import Markup

from contract_tests.report.document import FindingEntry, RequirementEntry
from contract_tests.report.html import templates
from contract_tests.report.html.exchange import reproduction
from contract_tests.report.html.timeline import draw
from contract_tests.report.isolation import describe
from contract_tests.report.replay.lines import BASE

# Each verdict, by decreasing weight, with the symbol beside its colour.
VERDICTS: Final[Mapping[str, str]] = {
    "failed": "✕",
    "error": "?",
    "warning": "!",
    "unsupported": "-",
    "disabled": "○",
    "unverified": "·",
    "passed": "✓",
}
SUMMARY_CHARACTERS: Final = 240
EXPLAINED: Final = ("failed", "error", "warning")


def summary(entry: RequirementEntry) -> str:
    """Return the reason of the verdict in one or two lines."""
    finding = entry["findings"][0] if entry["findings"] else None
    text = entry["note"]
    if finding and finding["actual"]:
        text = f"Expected {finding['expected']}; got {finding['actual']}"
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[:SUMMARY_CHARACTERS]}…"


def render(entry: RequirementEntry, target: str) -> Markup:
    """Return the requirement as an item of its section's list. Failures, errors and warnings are open.

    An exception costs only the details of this requirement.
    """
    try:
        return _render(entry, target)
    except Exception as error:
        note = f"The suite could not show the details ({describe(error)}); see conformance.json."
        return _render({**entry, "findings": [], "note": note}, target)


def _render(entry: RequirementEntry, target: str) -> Markup:
    is_explained = entry["shown"] in EXPLAINED
    deciding = [one for one in entry["findings"] if one["verdict"] == entry["verdict"] and is_explained]
    findings = [_finding(one, target) for one in deciding]
    return templates.render(
        "requirement.html",
        id=entry["id"],
        shown=entry["shown"],
        symbol=VERDICTS[entry["shown"]],
        level=entry["level"],
        statement=entry["statement"],
        is_explained=is_explained,
        note="" if findings else entry["note"],
        finding_shown=findings[0] if findings else None,
        others=findings[1:],
        reproduction_script=_script(entry, target),
        quote=entry.get("rests_on", ""),
        about=_about(entry),
    )


def _script(entry: RequirementEntry, target: str) -> Mapping[str, Any]:
    """Return the command that runs the reproduction script, or the reason why there is none."""
    file = entry.get("script", "")
    variables = entry.get("script_variables", [])
    return {
        "id": entry["id"],
        "command": _command(file, variables, target) if file else "",
        "replay": entry.get("replay", ""),
        "reason": entry.get("no_script", ""),
        "variables": variables,
        "target": target,
    }


def _command(file: str, variables: list[str], target: str) -> str:
    given = [f"{name}={quote(target) if name == BASE else '...'}" for name in variables or [BASE]]
    return " ".join([*given, "sh", file])


def _finding(finding: FindingEntry, target: str) -> Mapping[str, Any]:
    words = {
        "Expected": finding["expected"],
        "Actual": finding["actual"],
        "Reason": finding["reason"],
        "Test": finding["test"],
    }
    return {
        "words": {name: text for name, text in words.items() if text},
        "timeline": draw(finding["timeline"] or ()),
        "reproduction": reproduction(finding["exchanges"], finding["left_out"], target),
    }


def _about(entry: RequirementEntry) -> Mapping[str, list[str]]:
    """Return the source of the requirement, the readings that also pass, and the tests with their verdicts."""
    tests = [f"{one['test'].rpartition('::')[2]}: {one['verdict']}" for one in entry["findings"]]
    return {"Source": entry["source"], "Also accepted": entry["accepts"], "Tests": tests}
