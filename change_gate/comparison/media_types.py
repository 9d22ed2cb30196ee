"""Media types and media ranges (RFC 9110 sections 8.3 and 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

_PARAMETER: Final = re.compile(r';\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
# JSON is always UTF-8, and other text is UTF-8 by default, so this parameter changes nothing.
_DEFAULTS: Final = frozenset([("charset", "utf-8")])


_EXAMPLES: Final = (
    "text/plain",
    "application/octet-stream",
    "multipart/form-data",
    "image/png",
    "audio/ogg",
    "text/csv",
    "application/json",
)
_UNREGISTERED: Final = ("x-example", "x-other")


@dataclass(frozen=True)
class MediaType:
    """A media type or range, in lower case and without parameters that say nothing new."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        parameters = "".join(f"; {name}={value}" for name, value in sorted(self.parameters))
        return f"{self.type}/{self.subtype}{parameters}"

    @property
    def is_range(self) -> bool:
        """True if a part of the type is an asterisk."""
        return "*" in self.type or "*" in self.subtype

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        """A key that sorts the most specific range last."""
        return (self.type != "*", "*" not in self.subtype, len(self.parameters))

    @property
    def is_json(self) -> bool:
        """True if bodies of this type are JSON."""
        return self.subtype == "json" or self.subtype.endswith("+json") or self.is_range

    def contains(self, other: MediaType) -> bool:
        """Return True if each body of the other type is of this type or range."""
        return (
            _part_contains(self.type, other.type)
            and _part_contains(self.subtype, other.subtype)
            and self.parameters <= other.parameters
        )


def parse(text: str) -> MediaType:
    """Parse a media type as it stands as a key of `content`."""
    essence = text.split(";", 1)[0].strip().lower()
    kind, _, subtype = essence.partition("/")
    parameters = {
        (
            name.lower(),
            value.strip().strip('"') if name.lower() != "charset" else value.strip().strip('"').lower(),
        )
        for name, value in _PARAMETER.findall(text)
    }
    return MediaType(kind, subtype or "*", frozenset(parameters - _DEFAULTS))


def example(wanted: MediaType, is_chosen: Callable[[MediaType], bool] = lambda _: True) -> MediaType:
    """Return a media type of a range, one of those that `is_chosen` selects if the range has such a type."""
    if not wanted.is_range:
        return wanted
    kinds = [parse(text) for text in _EXAMPLES]
    suffix = wanted.subtype.removeprefix("*") if wanted.subtype.startswith("*+") else ""
    kind = "application" if wanted.type == "*" else wanted.type
    kinds += [MediaType(kind, f"{name}{suffix}", frozenset()) for name in _UNREGISTERED]
    complete = [replace(kind, parameters=wanted.parameters) for kind in kinds]
    matches = [kind for kind in complete if wanted.contains(kind)] or [wanted]
    return next(filter(is_chosen, matches), matches[0])


def best_match(wanted: MediaType, offered: Iterable[MediaType]) -> MediaType | None:
    """Return the most specific offered type or range that contains the wanted type."""
    matches = [candidate for candidate in offered if candidate.contains(wanted)]
    return max(matches, key=lambda candidate: candidate.specificity, default=None)


def _part_contains(pattern: str, part: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*+"):
        return part.endswith(pattern[1:])
    return pattern == part
