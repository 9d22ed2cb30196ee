"""Outputs of reproduction scripts, comparable between servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

REQUEST = re.compile(
    r"^\d+\. .*\n {3}returned (?P<status>.+), recorded: .+\n(?P<response>(?s:.*?))\n{1,2}(?=\d+\. |\d+ requests|expected: )",
    re.MULTILINE,
)
# Values that differ between two runs of the same requests against the same server.
RANDOM = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f]))"
    r"|(?P<date>20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?)"
    r'|(?P<token>(?<="access_token": ")[^"]*|(?<="access_token":")[^"]*)'
)
HALF_HOUR = timedelta(minutes=30)
SECONDS = len("2026-01-05T10:00:00")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Step:
    """The response to one request of a script, without random values."""

    status: str
    response: str


def _offset_of(date: str) -> int | None:
    """Return by how many half hours a time of the last day or the next one differs from UTC; None for other times."""
    try:
        moment = datetime.fromisoformat(date[:SECONDS])
    except ValueError:
        return None
    offset = moment - datetime.now(UTC).replace(tzinfo=None)
    return round(offset / HALF_HOUR) if abs(offset) < timedelta(days=1) else None


def steps(output: str, script: str = "") -> list[Step]:
    """Return the responses that the output of a script shows."""
    responses = [(found["status"], found["response"]) for found in REQUEST.finditer(output)]
    return without_random(responses, script)


def without_random(responses: Sequence[tuple[str, str]], sent: str = "") -> list[Step]:
    """Number ids, times and tokens in the order of their first appearance, so that equal ones stay equal.

    Times that are far from now cannot come from a clock, so they stay. So do ids that were sent. Others keep their
    difference from now, which may be a wrong time zone.
    """
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if found["date"]:
            offset = _offset_of(found["date"])
            if offset is None:
                return found["date"]
            kind = f"date {offset / 2:+g} h" if offset else kind
        if found["uuid"] and found["uuid"] in sent:
            return found["uuid"]
        return names.setdefault(found.group(), f"<{kind} {len(names) + 1}>")

    return [Step(status, RANDOM.sub(name, CONTROL.sub("", response))) for status, response in responses]
