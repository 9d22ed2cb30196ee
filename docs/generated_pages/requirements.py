"""The catalogue of requirements, with the faults that break each of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from faults import FAULTS as ALL_FAULTS

from contract_tests.contract.requirements import Requirement, catalogue
from mock_server.faults import FAULTS as SHIPPED
from mock_server.faults.named_fault import NamedFault

VENDOR = "https://help.caseiq.com"
CASE_APIS = f"{VENDOR}/api-documentation/case-apis"
TOPICS = {"1": "create", "2": "retrieve", "3": "update", "4": "workflow", "5": "all operations"}


def catalogue_by_section() -> str:
    """Return all requirements, with a heading for each section."""
    breaking = _faults_by_requirement()
    parts = []
    section = ""
    for row in catalogue().values():
        if row.section != section:
            section = row.section
            parts.append(f"## {section.capitalize()}\n")
        parts.append(_entry(row, breaking[row.id]))
    return "\n".join(parts)


def _faults_by_requirement() -> dict[str, list[NamedFault]]:
    """Return the faults by the requirement that they break first, those of the mock before those of the tests."""
    result: dict[str, list[NamedFault]] = defaultdict(list)
    for fault in sorted(ALL_FAULTS.values(), key=lambda one: one.name not in SHIPPED):
        result[fault.requirements[0]].append(fault)
    return result


def _entry(row: Requirement, faults: Sequence[NamedFault]) -> str:
    lines = [f"### {row.id}", "", row.statement, ""]
    lines += [
        f"{row.level} · {', '.join(map(source, row.source))} · {', '.join(f'`{one}`' for one in row.operations)}",
        "",
    ]
    if row.rests_on:
        lines += [f"> {_escaped(row.rests_on)}", ""]
    if row.accepts:
        lines += ["Also accepted:", "", *(f"- {text}" for text in row.accepts), ""]
    if faults:
        number = f"{len(faults)} faults break" if len(faults) > 1 else "1 fault breaks"
        lines += [f"<details><summary>{number} it</summary>", "", *map(_fault, faults), "", "</details>", ""]
    return "\n".join(lines)


def _fault(fault: NamedFault) -> str:
    name = f"**`{fault.name}`**" if fault.name in SHIPPED else f"`{fault.name}`"
    return f"- {name}: {_escaped(fault.summary)}"


def _escaped(text: str) -> str:
    """Return a text without meaning in Markdown."""
    return re.sub(r"([\\`*_\[\]<>{}#|])", r"\\\1", text)


def source(name: str) -> str:
    """Return the origin of a requirement as a link."""
    if match := re.fullmatch(r"Case APIs (\d)", name):
        return f"[Case APIs: {TOPICS[match[1]]}]({CASE_APIS})"
    if match := re.fullmatch(r"RFC (\d+) section ([\d.]+)", name):
        return f"[{name}](https://www.rfc-editor.org/rfc/rfc{match[1]}#section-{match[2]})"
    if match := re.fullmatch(r"CWE-(\d+)", name):
        return f"[{name}](https://cwe.mitre.org/data/definitions/{match[1]}.html)"
    if name == "OpenAPI document":
        return f"[{name}](../spec/caseiq-openapi.yaml)"
    return f"[{name}]({VENDOR})"
