"""Text of a target, made safe to show: control characters become visible escapes."""

from __future__ import annotations

from typing import Final

# C0 except tab and line feed, DEL, and C1: a reader cannot see them, and a terminal obeys them after a copy.
_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
}


def visible(text: str) -> str:
    """Return the text with control characters as escapes. The result is not yet markup."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)
