"""JSON texts of any depth, with numbers of any length. Python's json module limits both.

An integer too long for `int` is read as a `Decimal`, which compares and is written without a limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

PairsHook: TypeAlias = Callable[[list[tuple[str, Any]]], Any]
ConstantHook: TypeAlias = Callable[[str], Any]

LONGEST_INT: Final = 4_000  # digits; by default Python converts 4,300
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: Final = {"true": True, "false": False, "null": None}
_CONSTANTS: Final = ("NaN", "Infinity", "-Infinity")
_WORD: Final = re.compile("|".join([*_WORDS, *_CONSTANTS]))


def loads(
    text: str | bytes,
    *,
    object_pairs_hook: PairsHook | None = None,
    parse_constant: ConstantHook | None = None,
) -> Any:
    """Parse as `json.loads` does. Raises ValueError if the text is not JSON, but never because of a limit."""
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook, parse_constant=parse_constant)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except (RecursionError, ValueError):
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text), "surrogatepass")
        return _Reader(text, object_pairs_hook or dict, parse_constant or float).read()


class _Reader:
    """An iterative parser: containers under construction are on a list instead of Python's stack."""

    def __init__(self, text: str, make_object: PairsHook, make_constant: ConstantHook) -> None:
        self._text = text
        self._at = 0
        self._make_object = make_object
        self._make_constant = make_constant
        self._open: list[
            tuple[list[Any], str | None]
        ] = []  # the members so far, and the name of the next one

    def read(self) -> Any:
        while True:
            value, whole = self._value()
            while whole:
                if not self._open:
                    if self._next():
                        raise self._error("Extra data")
                    return value
                value, whole = self._member(value)

    def _error(self, message: str) -> json.JSONDecodeError:
        return json.JSONDecodeError(message, self._text, self._at)

    def _next(self) -> str:
        """Skip white space and return the next character; nothing at the end."""
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()
        return self._text[self._at : self._at + 1]

    def _value(self) -> tuple[Any, bool]:
        """Read a whole value, or only the beginning of an array or an object."""
        match self._next():
            case '"':
                return self._string(), True
            case "[":
                self._at += 1
                if self._next() != "]":
                    self._open.append(([], None))
                    return None, False
                self._at += 1
                return [], True
            case "{":
                self._at += 1
                if self._next() != "}":
                    self._open.append(([], self._name()))
                    return None, False
                self._at += 1
                return self._make_object([]), True
        return self._scalar(), True

    def _string(self) -> str:
        string, self._at = scanstring(self._text, self._at + 1, True)
        return str(string)

    def _name(self) -> str:
        if self._next() != '"':
            raise self._error("Expecting property name enclosed in double quotes")
        name = self._string()
        if self._next() != ":":
            raise self._error("Expecting ':' delimiter")
        self._at += 1
        return name

    def _scalar(self) -> Any:
        if word := _WORD.match(self._text, self._at):
            self._at = word.end()
            return _WORDS[word[0]] if word[0] in _WORDS else self._make_constant(word[0])
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise self._error("Expecting value")
        self._at = number.end()
        if number[2] or number[3]:
            return float(number[0])
        return int(number[0]) if len(number[0]) <= LONGEST_INT else Decimal(number[0])

    def _member(self, value: Any) -> tuple[Any, bool]:
        """Add a value to the innermost container, which is returned once it is whole."""
        members, name = self._open.pop()
        members.append(value if name is None else (name, value))
        end = self._next()
        self._at += 1
        if end == ",":
            self._open.append((members, None if name is None else self._name()))
            return None, False
        if end != ("]" if name is None else "}"):
            self._at -= 1
            raise self._error("Expecting ',' delimiter")
        return (members if name is None else self._make_object(members)), True


def dumps(value: Any) -> str:
    """Return a JSON value as ASCII text."""
    try:
        return json.dumps(value)
    except (RecursionError, ValueError, TypeError):
        return "".join(_pieces(value))


def _pieces(value: Any) -> Iterator[str]:
    pending: list[tuple[str, Any]] = [("", value)]  # a text to write, and a value to write after it
    while pending:
        text, value = pending.pop()
        yield text
        match value:
            case dict() if value:
                yield "{"
                names = [f"{json.dumps(name)}: " for name in value]
                before = [names[0], *(f", {name}" for name in names[1:])]
                pending += [("}", _NOTHING), *reversed([*zip(before, value.values(), strict=True)])]
            case list() if value:
                yield "["
                pending += [
                    ("]", _NOTHING),
                    *reversed([(", " if at else "", one) for at, one in enumerate(value)]),
                ]
            case Decimal():
                yield str(value)
            case int() if not isinstance(value, bool) and abs(value) >= 10**LONGEST_INT:
                yield str(Decimal(value))
            case _ if value is not _NOTHING:
                yield json.dumps(value, default=str)


_NOTHING: Final = object()
