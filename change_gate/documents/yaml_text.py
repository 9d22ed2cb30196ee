"""YAML text as JSON data, with the line of each member.

Rules of this module:
- Plain scalars follow the YAML 1.2 core schema: `NO`, `12:30` and `2025-03-04` are strings, `0o14` is twelve.
- Keys are the text of their scalar, so the key `200` and the key `"200"` are the same.
- Aliases share one object. Their expanded size is limited, so an alias bomb ends in an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from change_gate.documents.text import Text
from change_gate.errors import DocumentError

MAX_ALIAS_NODES: Final = 500_000
MAX_DEPTH: Final = 256
_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = "<<"
_NULLS: Final = frozenset(["", "~", "null", "Null", "NULL"])
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMERIC_START: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL: Final = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_A_NUMBER: Final = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
# Libyaml is ten times faster; a PyYAML built without it has only the other loader.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Container:
    """A mapping or sequence under construction. `size` counts its nodes with every alias expanded."""

    __slots__ = ("anchor", "data", "is_merge", "key", "key_line", "line", "lines", "merges", "size")

    def __init__(self, data: dict[str, Any] | list[Any], line: int, anchor: str | None) -> None:
        self.data: Any = data
        self.lines: Any = {} if isinstance(data, dict) else []
        self.line = line
        self.anchor = anchor
        self.key: str | None = None
        self.key_line = line
        self.is_merge = False
        self.merges: list[tuple[Any, int]] = []
        self.size = 1


class YamlText(Text):
    """A parsed YAML text."""

    def __init__(self, data: Any, lines: dict[int, dict[str, int] | list[int]], first: int) -> None:
        super().__init__(data)
        self._lines = lines
        self._first = first

    def line(self, tokens: list[str]) -> int | None:
        """Return the line of the member that the tokens lead to, or of its closest ancestor."""
        value, line = self.data, self._first
        for token in tokens:
            lines = self._lines.get(id(value))
            if isinstance(value, dict) and isinstance(lines, dict) and token in value:
                line, value = lines.get(token, line), value[token]
            elif (
                isinstance(value, list)
                and isinstance(lines, list)
                and token.isdigit()
                and int(token) < len(value)
            ):
                line, value = lines[int(token)], value[int(token)]
            else:
                break
        return line


def parse(text: str, file: str) -> YamlText:
    """Parse one YAML document. Raises DocumentError with the line of the fault."""
    builder = _Builder(file)
    try:
        builder.build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context).split())
        line = mark.line + 1 if mark else None
        raise DocumentError(f"the text is not valid YAML: {problem}", file=file, line=line) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(
            f"the text has a character that YAML does not allow: {error.character!r}", file=file, line=line
        ) from None
    return YamlText(builder.root, builder.lines, builder.first_line)


class _Builder:
    """Builds data from parser events with an explicit stack, so that depth costs no recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Any = None
        self.first_line = 1
        self.lines: dict[int, dict[str, int] | list[int]] = {}
        self._stack: list[_Container] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0
        self._nodes = 0

    def build(self, events: Iterator[Any]) -> None:
        """Consume all events."""
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _fail(self, message: str, line: int) -> DocumentError:
        return DocumentError(message, file=self.file, line=line)

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._fail(
                "the file holds more than one YAML document; pass one", event.start_mark.line + 1
            )

    def _scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        plain = event.implicit[0]
        container = self._stack[-1] if self._stack else None
        if container is not None and container.key is None and isinstance(container.data, dict):
            self._set_key(container, event.value, line, plain=plain)
            return
        if plain:
            value = self._plain(event.value, line)
        elif event.tag is None or event.tag in ("!", f"{_TAG}str"):
            value = event.value
        else:
            value = self._tagged(event.tag, event.value, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, line, 1)

    def _plain(self, value: str, line: int) -> Any:  # noqa: PLR0911 - one for each type
        """Return a plain scalar's value under the core schema."""
        if value in _NULLS:
            return None
        if value in _BOOLS:
            return _BOOLS[value]
        if value[0] not in _NUMERIC_START:
            return value
        try:
            if _INTEGER.match(value):
                return int(value)
            if _OCTAL.match(value):
                return int(value, 8)
            if _HEXADECIMAL.match(value):
                return int(value, 16)
        except ValueError:
            raise self._fail(f"the number has {len(value)} digits; shorten it", line) from None
        if _FLOAT.match(value):
            return self._finite(float(value), value, line)
        if _NOT_A_NUMBER.match(value):
            raise self._fail(f"{value} is not a JSON number", line)
        return value

    def _finite(self, number: float, text: str, line: int) -> float | int:
        if number in (float("inf"), float("-inf")):
            raise self._fail(f"{text} is too large for a number", line)
        return number

    def _tagged(self, tag: str, value: str, line: int) -> Any:
        """Return the value of a scalar with an explicit tag of YAML's own."""
        if tag in (f"{_TAG}timestamp", f"{_TAG}binary"):
            return value
        if tag in (f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"):
            return self._plain(value, line)
        raise self._fail(f"the tag {_short_tag(tag)} is not supported; write plain YAML", line)

    def _start_mapping(self, event: Any) -> None:
        self._push({}, event)

    def _start_sequence(self, event: Any) -> None:
        self._push([], event)

    def _push(self, data: dict[str, Any] | list[Any], event: Any) -> None:
        line = event.start_mark.line + 1
        container = self._stack[-1] if self._stack else None
        if container is not None and container.key is None and isinstance(container.data, dict):
            raise self._fail("a mapping key must be a string", line)
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            raise self._fail(f"the tag {_short_tag(event.tag)} is not supported; write plain YAML", line)
        if len(self._stack) >= MAX_DEPTH:
            raise self._fail(f"the document is nested deeper than {MAX_DEPTH} levels", line)
        self._stack.append(_Container(data, line, event.anchor))

    def _end(self, _event: Any) -> None:
        container = self._stack.pop()
        for merged, line in container.merges:
            self._merge(container, merged, line)
        self.lines[id(container.data)] = container.lines
        if container.anchor is not None:
            self._anchors[container.anchor] = (container.data, container.size)
        self._add(container.data, container.line, container.size)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            inside = any(container.anchor == event.anchor for container in self._stack)
            problem = "refers to a node that contains it" if inside else "has no anchor"
            raise self._fail(f"the alias *{event.anchor} {problem}", line)
        value, size = self._anchors[event.anchor]
        container = self._stack[-1]
        if container.key is None and isinstance(container.data, dict):
            if not isinstance(value, str):
                raise self._fail("a mapping key must be a string", line)
            self._set_key(container, value, line, plain=False)
            return
        self._add(value, line, size)

    def _set_key(self, container: _Container, key: str, line: int, *, plain: bool) -> None:
        container.is_merge = plain and key == _MERGE
        if key in container.data and not container.is_merge:
            first = container.lines[key]
            raise self._fail(f"the key {key!r} appears twice; it is also on line {first}", line)
        container.key = key
        container.key_line = line

    def _add(self, value: Any, line: int, size: int) -> None:
        if not self._stack:
            self.root, self.first_line = value, line
            return
        container = self._stack[-1]
        container.size += size
        self._nodes += 1
        if container.size > self._nodes + MAX_ALIAS_NODES:
            raise self._fail(f"the aliases expand to more than {MAX_ALIAS_NODES} nodes; use fewer", line)
        if isinstance(container.data, list):
            container.data.append(value)
            container.lines.append(line)
            return
        assert container.key is not None
        if container.is_merge:
            container.merges.append((value, line))
        else:
            container.data[container.key] = value
            container.lines[container.key] = container.key_line
        container.key = None

    def _merge(self, container: _Container, merged: Any, line: int) -> None:
        """Add the members of a merge key (`<<: *anchor`) that the mapping does not have itself."""
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                raise self._fail("a merge key must name a mapping or a list of mappings", line)
            lines = self.lines.get(id(source), {})
            for key, value in source.items():
                if key not in container.data:
                    container.data[key] = value
                    container.lines[key] = lines.get(key, line) if isinstance(lines, dict) else line


def _short_tag(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
