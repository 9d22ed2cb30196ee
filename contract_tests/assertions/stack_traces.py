"""Detection of stack traces in error bodies: one pattern for each language's format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

_TRACES = (
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r"^[ \t]+File \"[^\"]+\", line \d+", re.MULTILINE),
    re.compile(r"^[ \t]+at (?:async )?[\w$.<>\[\] ]+\s?\(.+[:.]\w+:?\d*:?\d*\)", re.MULTILINE),
    re.compile(r"^[ \t]+at [\w$./<>]+:\d+", re.MULTILINE),
    re.compile(r"\bat [\w$.]+\.[\w$<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)"),
    re.compile(r"Exception in thread|^Caused by: [\w$]+\.[\w.$]+", re.MULTILINE),
    re.compile(r"Stack ?trace:\s*(?:#0|\n)", re.IGNORECASE),
    re.compile(r"#\d+ [/\w.\\:-]+\.php\(\d+\)"),
    re.compile(r"goroutine \d+ \[\w+\]"),
    re.compile(r"/node_modules/|node:internal/"),
    # Bounded, because the search would take too long on long texts.
    re.compile(r"[\w/.-]{1,60}\.rb:\d+:in [`']"),
    re.compile(r"[\w/\\.-]{1,60}\.py\"?, line \d+"),
    re.compile(r"\bat [\w.`]+\(.*\) in [\w:\\/.-]+\.(?:cs|vb|fs):line \d+"),
    re.compile(r"thread '[^']+' panicked at|^stack backtrace:", re.MULTILINE),
    re.compile(r"\.go:\d+ \+0x[0-9a-f]+|^panic: .*\n", re.MULTILINE),
    re.compile(r"\bat /[\w/.-]{1,120}\.(?:pl|pm|cgi) line \d+"),
    re.compile(r"^[ \t]+\([\w ]{1,60}\d[\d.]*\) [\w/]+\.exs?:\d+:", re.MULTILINE),
    re.compile(r"@\S{1,120}\.m?js:\d+:\d+"),
    re.compile(r"^[ \t]+at [\w.<>`\[\] ]{1,200}\(.*\) \[0x[0-9a-f]+\] in ", re.MULTILINE),  # Mono
    re.compile(r"\bline \d+, column \d+, in file /"),  # Racket
    re.compile(r"\{file,\"[^\"]{1,120}\"\},\s*\{line,\s*\d+\}"),  # Erlang
    re.compile(r"^[ \t]*stack traceback:|\b[\w/.-]{1,120}\.lua:\d+: in ", re.MULTILINE),
    re.compile(r"^CallStack \(from \w+\):", re.MULTILINE),  # Haskell
    re.compile(
        r"^(?:Raised|Called|Re-raised) (?:by primitive operation )?(?:at|from) .*file \"", re.MULTILINE
    ),  # OCaml
    re.compile(r"^Stacktrace:\s+\[1\]", re.MULTILINE),  # Julia
    re.compile(r"^[ \t]+from [\w/.-]{1,120}\.cr:\d+:\d+ in '", re.MULTILINE),  # Crystal
    re.compile(r"^#\d+ +\S.* \((?:package|file|dart):\S+:\d+:\d+\)", re.MULTILINE),  # Dart
)
# Members that list a stack trace as data, and a frame in one: a location with a line number.
_TRACE_MEMBERS = re.compile(r"(?:stack|call|back)?_?-?(?:trace|stack|frames)(?:back)?", re.IGNORECASE)
_FRAME = re.compile(r"[.\w]{1,120}\.\w+[(:\"', ]+(?:line )?\d+")


def find_stack_trace(value: Any) -> str | None:
    """Return the first line of a stack trace in a JSON value, or in a text that may be HTML, or None."""
    text = unescape("\n".join(_texts(value)))
    found = next((found for trace in _TRACES if (found := trace.search(text))), None)
    return found.group() if found else next(_frames(value), None)


def _frames(value: Any) -> Iterator[str]:
    """Yield the frames of a stack trace that a JSON value lists under a name such as "stack"."""
    for name, member in _members(value):
        if _TRACE_MEMBERS.fullmatch(name) and isinstance(member, list):
            # A frame may be a text, an array or an object; each contains the location.
            yield from (text for text in map(str, member) if _FRAME.search(text.replace("'line': ", "line ")))


def _texts(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    for name, member in _members(value):
        yield name
        if isinstance(member, str):
            yield member


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every member of every object in a JSON value, and every array item under the name ""."""
    pending = [value]
    while pending:
        match pending.pop():
            case dict() as members:
                yield from members.items()
                pending += members.values()
            case list() as items:
                yield from (("", item) for item in items)
                pending += items
