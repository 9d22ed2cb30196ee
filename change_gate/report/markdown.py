"""A comparison as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from change_gate.findings import Comparison, Finding, Place
from change_gate.report.wording import (
    KINDS,
    PROOFS,
    Group,
    counts,
    groups,
    label,
    title,
    witness_text,
    witness_title,
)
from change_gate.version import sentence

_SIGNS = {"breaking": "❌", "risky": "⚠️", "unproven": "❔", "accepted": "☑️", "compatible": "✅"}


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return the report."""
    return "\n".join(_lines(comparison, passed)) + "\n"


def _lines(comparison: Comparison, passed: bool) -> Iterator[str]:
    yield f"## {'✅' if passed else '❌'} {title(comparison, passed=passed)}"
    yield ""
    yield f"{_code(comparison.base)} → {_code(comparison.head)}: {counts(comparison)}. {_escape(sentence(comparison))}"
    for message in comparison.problems:
        yield f"- ❌ {_escape(message)}"
    for group in groups(comparison):
        yield ""
        yield from _group(group)


def _group(group: Group) -> Iterator[str]:
    finding = group.cause
    kind = f" ({KINDS[finding.kind]})" if KINDS[finding.kind] else ""
    operation = f" {_code(finding.operation)}" if finding.operation else ""
    yield f"### {_SIGNS[label(finding)]} {label(finding).capitalize()}{kind}:{operation}"
    yield ""
    yield f"{_escape(finding.message)} *{PROOFS[finding.proof].capitalize()}, rule* {_code(finding.rule)}."
    if finding.accepted:
        yield f"\nAccepted: {_escape(finding.accepted)}"
    yield from _places(finding)
    if finding.witness is not None:
        yield f"\n{witness_title(finding.witness)}:\n"
        yield _block(witness_text(finding.witness))
    if finding.tried:
        yield f"\nTried: {_escape('; '.join(finding.tried))}."
    if group.consequences:
        names = dict.fromkeys(one.operation for one in group.consequences)
        yield f"\nThe same change affects {', '.join(_code(name) for name in names)}."


def _places(finding: Finding) -> Iterator[str]:
    rows = [(name, place) for name, place in (("base", finding.base), ("head", finding.head)) if place]
    if rows:
        yield ""
    for name, place in rows:
        yield f"- {name}: {_code(_position(place))} {_code(place.pointer or '/')}"


def _position(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def _code(text: str) -> str:
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def _block(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{'sh' if text.startswith('curl') else ''}\n{text}\n{fence}"


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~@&])", r"\\\1", " ".join(text.split()))
