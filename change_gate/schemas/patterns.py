"""Regular expressions of ECMA-262 as syntax trees.

- A pattern is searched for anywhere in the text, as the `pattern` keyword says.
- `\\d`, `\\w` and `\\s` have the meaning of ECMA-262, which differs from Python's.
- Characters are code points. A set of characters is a tuple of ranges, sorted and disjoint.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

from change_gate.schemas.characters import (
    DIGIT,
    LINE_END,
    SPACE,
    WORD,
    PatternError,
    Ranges,
    category,
    complement,
    normalize,
)

CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}
QUANTIFIERS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
COUNTED: Final = re.compile(r"\{(\d+)(,?)(\d*)\}")
PROPERTY: Final = re.compile(r"\{(?:General_Category=|gc=)?([A-Za-z_]+)\}")


@dataclass(frozen=True)
class Chars:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True)
class Sequence:
    """Parts that follow each other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """One of several branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """A part, repeated. `most` is None where there is no upper bound."""

    part: Node
    least: int
    most: int | None
    lazy: bool = False


@dataclass(frozen=True)
class Group:
    """A group. `opening` is the text that opens it in Python's syntax."""

    opening: str
    part: Node

    @property
    def looks_around(self) -> bool:
        """True for a group that tests the text without consuming it."""
        return self.opening in ("(?=", "(?!", "(?<=", "(?<!")


@dataclass(frozen=True)
class Anchor:
    """A position: `^`, `$`, `\\b` or `\\B`."""

    kind: str


@dataclass(frozen=True)
class BackReference:
    """The text that an earlier group matched, in Python's syntax."""

    text: str


Node = Chars | Sequence | Choice | Repeat | Group | Anchor | BackReference


CLASSES: Final = {"d": DIGIT, "w": WORD, "s": SPACE}


class _Parser:
    """A recursive-descent parser with a position in the pattern."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        if self.peek(token):
            self.at += len(token)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def choice(self) -> Node:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and not self.peek("|") and not self.peek(")"):
            parts.append(self.quantified(self.atom()))
        return Sequence(tuple(parts))

    def quantified(self, part: Node) -> Node:
        counted = COUNTED.match(self.text, self.at)
        if counted:
            self.at = counted.end()
            least = int(counted[1])
            most = (int(counted[3]) if counted[3] else None) if counted[2] else least
            if most is not None and most < least:
                raise PatternError("the numbers in a quantifier are out of order")
        elif self.at < len(self.text) and self.text[self.at] in QUANTIFIERS:
            least, most = QUANTIFIERS[self.next()]
        else:
            return part
        return Repeat(part, least, most, self.take("?"))

    def atom(self) -> Node:
        token = self.next()
        if token in "^$":
            return Anchor(token)
        if token == ".":
            return Chars(complement(LINE_END))
        if token == "[":
            return Chars(self.character_class())
        if token == "(":
            return self.group()
        if token == "\\":
            return self.escape()
        if token in "*+?":
            raise PatternError("nothing to repeat")
        return Chars(((ord(token), ord(token)),))

    def group(self) -> Node:
        opening = "("
        for token in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
            if self.take(token[1:]):
                opening = token
                break
        else:
            name = re.compile(r"\?<([A-Za-z_$][\w$]*)>").match(self.text, self.at)
            if name:
                self.at = name.end()
                opening = f"(?P<{name[1]}>"
        part = self.choice()
        if not self.take(")"):
            raise PatternError("a group is not closed")
        return Group(opening, part)

    def escape(self) -> Node:
        if self.at < len(self.text) and self.text[self.at] in "bB":
            return Anchor("\\" + self.next())
        number = re.compile(r"[1-9]\d*").match(self.text, self.at)
        if number:
            self.at = number.end()
            return BackReference(f"(?:\\{number[0]})")
        name = re.compile(r"k<(\w+)>").match(self.text, self.at)
        if name:
            self.at = name.end()
            return BackReference(f"(?P={name[1]})")
        return Chars(self.escaped())

    def escaped(self) -> Ranges:
        """Read what follows a backslash, inside or outside a class."""
        token = self.next()
        if token.lower() in CLASSES:
            ranges = CLASSES[token.lower()]
            return ranges if token.islower() else complement(ranges)
        if token in "pP":
            name = PROPERTY.match(self.text, self.at)
            if not name:
                raise PatternError("a Unicode property is not known")
            self.at = name.end()
            return category(name[1]) if token == "p" else complement(category(name[1]))
        code = self.coded(token)
        return ((code, code),)

    def coded(self, token: str) -> int:
        if token in CONTROLS:
            return CONTROLS[token]
        if token == "c" and self.at < len(self.text):
            return ord(self.next()) % 32
        form = {"x": r"([0-9A-Fa-f]{2})", "u": r"(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{4}))"}.get(token)
        digits = re.compile(form).match(self.text, self.at) if form else None
        if not digits:
            return ord(token)
        self.at = digits.end()
        return int(next(group for group in digits.groups() if group), 16)

    def character_class(self) -> Ranges:
        negative = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            low = self.class_atom()
            if self.peek("-") and not self.peek("-]") and len(low) == 1 and low[0][0] == low[0][1]:
                self.at += 1
                high = self.class_atom()
                if len(high) == 1 and high[0][0] == high[0][1]:
                    if high[0][0] < low[0][0]:
                        raise PatternError("a range in a character class is out of order")
                    ranges.append((low[0][0], high[0][0]))
                    continue
                ranges.append((0x2D, 0x2D))
                ranges.extend(high)
            ranges.extend(low)
        result = normalize(ranges)
        return complement(result) if negative else result

    def class_atom(self) -> Ranges:
        token = self.next()
        if token != "\\":
            return ((ord(token), ord(token)),)
        if self.take("b"):
            return ((8, 8),)
        return self.escaped()


@functools.lru_cache(maxsize=4096)
def parse(pattern: str) -> Node:
    """Return the syntax tree of a pattern, or raise PatternError."""
    parser = _Parser(pattern)
    tree = parser.choice()
    if parser.at < len(pattern):
        raise PatternError("a closing parenthesis has no partner")
    return tree


def to_python(node: Node) -> str:  # noqa: PLR0911 - one return a kind of node
    """Return a tree in the syntax of Python's `re`, for use with `re.search`."""
    match node:
        case Chars(ranges):
            spans = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
            return f"[{spans}]" if spans else "(?!)"
        case Sequence(parts):
            return "".join(map(to_python, parts))
        case Choice(branches):
            return "|".join(map(to_python, branches))
        case Repeat(part, least, most, lazy):
            bounds = f"{{{least},{'' if most is None else most}}}"
            return f"(?:{to_python(part)}){bounds}{'?' if lazy else ''}"
        case Group(opening, part):
            return f"{opening}{to_python(part)})"
        case Anchor(kind):
            return {"^": r"\A", "$": r"\Z", "\\b": r"(?a:\b)", "\\B": r"(?a:\B)"}[kind]
        case BackReference(text):
            return text


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern compiled for `re.search`, or raise PatternError."""
    try:
        return re.compile(to_python(parse(pattern)))
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from error
