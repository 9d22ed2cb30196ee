"""JSON texts of one value in the styles of different clients (RFC 8259 sections 2 and 7)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final


def indented(value: Any) -> bytes:
    """Serialize in ASCII over several lines, with white space around the text and escaped slashes."""
    text = json.dumps(value, indent="\t").replace("/", "\\/")
    return f"\n  {text}\n ".replace("\n", "\r\n").encode("ascii")


def escaped(value: Any) -> bytes:
    """Serialize without white space, with every character of names and texts as a `\\u` escape."""
    return _escaped(value).encode("ascii")


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        units = value.encode("utf-16-be").hex().upper()
        return '"' + "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'
    if isinstance(value, list):
        return f"[{','.join(map(_escaped, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(name)}:{_escaped(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


NOTATIONS: Final[Mapping[str, Callable[[Any], bytes]]] = {"indented": indented, "escaped": escaped}
