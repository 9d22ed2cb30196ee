"""The file of accepted changes (TOML): each entry has a fingerprint, a reason and an expiry date."""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from change_gate.errors import GateError
from change_gate.findings import Comparison, Finding, Proof, Verdict

DEFAULT_DAYS: Final = 90
_HEADER: Final = "# Accepted changes of the API document. Expired and obsolete entries fail the gate.\n"
_MEMBERS: Final = {"fingerprint", "rule", "operation", "place", "reason", "expires"}


@dataclass(frozen=True)
class Entry:
    """One accepted change. `rule`, `operation` and `place` are for readers; only `fingerprint` is compared."""

    fingerprint: str
    reason: str
    expires: datetime.date
    rule: str = ""
    operation: str = ""
    place: str = ""


def load(file: Path) -> tuple[Entry, ...]:
    """Return the entries of a file. Raises GateError with the file and the remedy."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GateError(f"{file}: no such file; --accept REASON creates it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise GateError(f"{file}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise GateError(f"{file}: not valid TOML: {error}") from None
    if set(data) - {"accepted"} or not isinstance(data.get("accepted", []), list):
        raise GateError(
            f"{file}: contains only [[accepted]] tables, but has {', '.join(sorted(data)) or 'none'}"
        )
    entries = tuple(_entry(file, number, row) for number, row in enumerate(data.get("accepted", []), 1))
    seen: set[str] = set()
    for entry in entries:
        if entry.fingerprint in seen:
            raise GateError(f"{file}: {entry.fingerprint} is accepted twice; remove one of the entries")
        seen.add(entry.fingerprint)
    return entries


def _entry(file: Path, number: int, row: Any) -> Entry:
    where = f"{file}: entry {number}"
    if not isinstance(row, dict) or set(row) - _MEMBERS:
        raise GateError(f"{where}: may have only the members {', '.join(sorted(_MEMBERS))}")
    for name in ("fingerprint", "reason"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise GateError(f"{where}: needs a {name}")
    if type(row.get("expires")) is not datetime.date:
        raise GateError(f"{where}: needs an expiry date, such as expires = 2027-01-31")
    return Entry(**row)


def apply(
    comparison: Comparison, entries: Iterable[Entry], today: datetime.date
) -> tuple[Comparison, list[str]]:
    """Return the comparison with its accepted findings marked, and a message for each entry that fails the gate."""
    valid: dict[str, Entry] = {}
    problems = []
    found = {finding.fingerprint for finding in comparison.findings if can_accept(finding)}
    for entry in entries:
        name = f"{entry.fingerprint} ({entry.rule} {entry.operation})" if entry.rule else entry.fingerprint
        if entry.fingerprint not in found:
            problems.append(f"accepted change {name} no longer occurs; remove the entry")
        elif entry.expires < today:
            problems.append(f"accepted change {name} expired on {entry.expires}; --accept REASON renews it")
        else:
            valid[entry.fingerprint] = entry
    return replace(
        comparison, findings=tuple(_marked(finding, valid) for finding in comparison.findings)
    ), problems


def _marked(finding: Finding, valid: dict[str, Entry]) -> Finding:
    entry = valid.get(finding.fingerprint) or valid.get(finding.caused_by)
    return replace(finding, accepted=f"{entry.reason} (until {entry.expires})") if entry else finding


def can_accept(finding: Finding) -> bool:
    """Return True if a finding can fail the gate and is not the consequence of another one."""
    return not finding.caused_by and (
        finding.verdict is not Verdict.COMPATIBLE or finding.proof is Proof.UNPROVEN
    )


def add(
    file: Path, findings: Iterable[Finding], entries: Iterable[Entry], reason: str, expires: datetime.date
) -> tuple[Entry, ...]:
    """Write the file with one entry for each finding, and return all entries. Raises GateError.

    A finding replaces the entry with its fingerprint, because a change that fails the gate has only an expired one.
    """
    rows = {entry.fingerprint: entry for entry in entries}
    for finding in filter(can_accept, findings):
        place = finding.head or finding.base
        rows[finding.fingerprint] = Entry(
            finding.fingerprint,
            reason,
            expires,
            finding.rule,
            finding.operation,
            place.pointer if place else "",
        )
    text = _HEADER + "".join(f"\n{_table(entry)}" for entry in rows.values())
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        raise GateError(f"{file}: cannot be written: {error.strerror}") from None
    return tuple(rows.values())


def _table(entry: Entry) -> str:
    lines = ["[[accepted]]"]
    for name in ("fingerprint", "rule", "operation", "place", "reason"):
        value = getattr(entry, name)
        if value:
            lines.append(f"{name} = {_basic_string(value)}")
    lines.append(f"expires = {entry.expires}")
    return "\n".join(lines) + "\n"


def _basic_string(text: str) -> str:
    # A JSON string is a TOML basic string, but for the character DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
