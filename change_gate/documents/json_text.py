"""JSON text as data. Lines are found on request, by skipping over the members before the one asked for."""

from __future__ import annotations

import bisect
import functools
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from change_gate.documents.text import Text
from change_gate.errors import DocumentError

MAX_DEPTH: Final = 256
NOT_JSON: Final = "the text is not valid JSON"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


class _DuplicateKeyError(ValueError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class JsonText(Text):
    """A parsed JSON text."""

    def __init__(self, data: Any, text: str) -> None:
        super().__init__(data)
        self._text = text
        self._decoder = json.JSONDecoder()
        self._members: dict[int, dict[str, tuple[int, int]]] = {}
        """By the offset of a container: by token, the offsets of the member and of its value."""

    def line(self, tokens: list[str]) -> int | None:
        """Return the line of the member that the tokens lead to, or of its closest ancestor."""
        start = value = _skip(self._text, 0)
        for token in tokens:
            if value not in self._members:
                self._members[value] = dict(_members(self._text, value, self._decoder))
            if token not in self._members[value]:
                break
            start, value = self._members[value][token]
        return bisect.bisect_left(self._breaks, start) + 1

    @functools.cached_property
    def _breaks(self) -> list[int]:
        """The offsets of all line breaks."""
        return [match.start() for match in re.finditer("\n", self._text)]


def parse(text: str, file: str) -> JsonText:
    """Parse a JSON text. Raises DocumentError with the line of the fault."""
    _check_depth(text, file)
    try:
        data = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DocumentError(f"{NOT_JSON}: {error.msg}", file=file, line=error.lineno) from None
    except UnicodeEncodeError:
        raise DocumentError("a string holds half of a surrogate pair", file=file) from None
    except _DuplicateKeyError as error:
        line = _duplicate_line(text, error.key)
        raise DocumentError(
            f"the key {error.key!r} appears twice in one object", file=file, line=line
        ) from None
    except ValueError as error:
        raise DocumentError(f"{NOT_JSON}: {error}", file=file) from None
    return JsonText(data, text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def _check_depth(text: str, file: str) -> None:
    """Raise DocumentError if the text is nested too deeply for the decoder."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        character = match.group()
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                message = f"the document is nested deeper than {MAX_DEPTH} levels"
                raise DocumentError(message, file=file, line=line)
        elif character in "]}":
            depth -= 1


def _duplicate_line(text: str, key: str) -> int | None:
    """Return the line of the key that closes the first object with a duplicate of `key`."""
    stack: list[set[str]] = []
    for match in _BRACKETS.finditer(text):
        token = match.group()
        if token in ("{", "["):
            stack.append(set())
        elif token in "]}":
            if stack:
                stack.pop()
        elif stack and text[_skip(text, match.end()) : _skip(text, match.end()) + 1] == ":":
            name = json.loads(token)
            if name == key and name in stack[-1]:
                return text.count("\n", 0, match.start()) + 1
            stack[-1].add(name)
    return None


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _members(text: str, offset: int, decoder: json.JSONDecoder) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield token, member offset and value offset of each member of the container at `offset`."""
    if text[offset : offset + 1] not in ("{", "["):
        return
    is_object = text[offset] == "{"
    offset = _skip(text, offset + 1)
    index = 0
    while text[offset] not in "]}":
        start = offset
        if is_object:
            token, offset = decoder.raw_decode(text, offset)
            offset = _skip(text, _skip(text, offset) + 1)
        else:
            token = str(index)
        yield token, (start, offset)
        _, offset = decoder.raw_decode(text, offset)
        offset = _skip(text, offset)
        if text[offset] == ",":
            offset = _skip(text, offset + 1)
        index += 1
