"""The head of the page: the outcome, the facts of the run, and the failures with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from markupsafe import Markup

from contract_tests.report.document import Document, RequirementEntry
from contract_tests.report.html.requirement import EXPLAINED, VERDICTS, badge, prose, summary
from contract_tests.report.html.text import visible

_EXPLAINED: Final = Markup(
    '<li>{badge}<a class="id" href="#{id}">{id}</a><span><span class="statement">{statement}</span>'
    '<span class="note">{text}</span>{consequences}</span></li>'
)
_CONSEQUENCES: Final = Markup('<span class="note">Unverified, because it failed: {}</span>')
_LINK: Final = Markup('<a href="#{0}">{0}</a>')
_FACT: Final = Markup("<div><dt>{name}</dt><dd>{value}</dd></div>")


def count_verdicts(requirements: Iterable[RequirementEntry]) -> Mapping[str, int]:
    """Return the number of requirements by verdict, in the order of VERDICTS, without zeros."""
    counted = Counter(one["shown"] for one in requirements)
    return {name: counted[name] for name in VERDICTS if counted[name]}


def headline(document: Document) -> tuple[str, str]:
    """Return the outcome in a few words, and the verdict that gives it its colour."""
    counts, total = count_verdicts(document["requirements"]), len(document["requirements"])
    if failed := counts.get("failed", 0):
        return (
            f"Not conformant: {failed} of {total} requirements {'fails' if failed == 1 else 'fail'}",
            "failed",
        )
    if errors := counts.get("error", 0):
        return f"Incomplete: no verdict on {errors} of {total} requirements", "error"
    passed = counts.get("passed", 0)
    if document["run"].get("interrupted"):
        return f"Incomplete: interrupted after {passed} of {total} requirements had passed", "error"
    if counts.get("unverified", 0):
        return f"Conformant as far as verified: {passed} of {total} requirements pass", "passed"
    return f"Conformant: {passed} of {total} requirements pass", "passed"


def lead(document: Document) -> Markup:
    run = document["run"]
    rest = ", ".join(_counted(name, n) for name, n in count_verdicts(document["requirements"]).items())
    rule = (
        "a failed MUST requirement fails the run, a failed SHOULD is a warning"
        if run["level"] == "MUST"
        else "a failed MUST or SHOULD requirement fails the run"
    )
    reading = " The run only read an existing case." if run["read_only"] else ""
    return Markup("<code>{}</code><br>{}. Level {}: {}.{}").format(
        run["target"], rest, run["level"], rule, reading
    )


def _counted(verdict: str, number: int) -> str:
    plural = "s" if number != 1 and verdict in ("error", "warning") else ""
    return f"{number} {verdict}{plural}"


def bar(requirements: Sequence[RequirementEntry]) -> Markup:
    """Return the shares of the verdicts as one bar. The numbers are in the lead and on the buttons."""
    pieces, x = [], 0.0
    for name, number in count_verdicts(requirements).items():
        width = number / len(requirements) * 100
        piece = Markup('<rect class="{}" x="{:.3f}" width="{:.3f}" height="1"/>')
        pieces.append(piece.format(name, x, width))
        x += width
    svg = Markup(
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    )
    return svg.format(Markup().join(pieces))


def facts(document: Document) -> Markup:
    run, counts = document["run"], document["counts"]
    started = datetime.fromisoformat(run["started"])
    return pairs(
        {
            "Started": started.strftime("%Y-%m-%d %H:%M:%S ") + (started.strftime("%Z") or ""),
            "Duration": f"{run['seconds']:.1f} s",
            "Requests": f"{counts['requests']:,}",
            "Cases created": f"{counts['cases']:,}",
            "Profile": run["profile"],
            "Repeat with": Markup("<code>{}</code>").format(run["repeat"]),
        }
    )


def pairs(values: Mapping[str, str]) -> Markup:
    return Markup().join(_FACT.format(name=name, value=value) for name, value in values.items())


def explained(requirements: Sequence[RequirementEntry]) -> Markup:
    """Return the failures, errors and warnings for the first screen: requirement, observation and consequences."""
    consequences = _consequences(requirements)
    items = [
        _EXPLAINED.format(
            badge=badge(one["shown"]),
            id=one["id"],
            statement=prose(one["statement"]),
            text=visible(summary(one)),
            consequences=_consequence_links(consequences.get(one["id"], ())),
        )
        for name in EXPLAINED
        for one in requirements
        if one["shown"] == name
    ]
    return Markup('<ul class="explained">{}</ul>').format(Markup().join(items)) if items else Markup()


def _consequences(requirements: Sequence[RequirementEntry]) -> Mapping[str, list[str]]:
    """Return the unverified requirements by the failed requirement that they need."""
    failed = {one["id"] for one in requirements if one["verdict"] == "failed"}
    consequences: dict[str, list[str]] = {}
    for one in requirements:
        needs = [need for finding in one["findings"] for need in finding.get("needs", ()) if need in failed]
        if one["verdict"] == "unverified" and needs:
            consequences.setdefault(needs[0], []).append(one["id"])
    return consequences


def _consequence_links(ids: Sequence[str]) -> Markup:
    return _CONSEQUENCES.format(Markup(", ").join(map(_LINK.format, ids))) if ids else Markup()
