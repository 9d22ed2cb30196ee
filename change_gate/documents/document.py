"""An OpenAPI document, loaded once: version checked, references resolvable, every pointer with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from change_gate.documents import pointers, shape
from change_gate.documents.bundle import FILES, Bundle, File
from change_gate.documents.keywords import check_keywords
from change_gate.documents.nodes import Node
from change_gate.documents.patterns import check_patterns
from change_gate.documents.reader import read
from change_gate.documents.references import check_references
from change_gate.documents.sources import Source, find
from change_gate.errors import DocumentError
from change_gate.findings import Place

Version = Literal["3.0", "3.1"]
_SUPPORTED: Final[dict[str, Version]] = {"3.0": "3.0", "3.1": "3.1"}
_VERSION: Final = re.compile(r"(\d+\.\d+)(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, eq=False)
class Document:
    """A document whose references all resolve. External files stand under `x-gate-files` of its root."""

    file: str
    version: Version
    root: dict[str, Any]
    files: tuple[File, ...]

    def place(self, pointer: str) -> Place:
        """Return the file and line of a pointer. A pointer into nowhere has the line of its closest ancestor."""
        tokens = pointers.split(pointer)
        index = 0
        if tokens[:1] == [FILES] and len(tokens) > 1:
            index, tokens = int(tokens[1]), tokens[2:]
        file = self.files[index]
        return Place(file.name, pointers.from_tokens(tokens), file.text.line(tokens))

    def node(self, pointer: str) -> Node:
        """Return the node at a pointer. Raises LookupError if there is none."""
        value: Any = self.root
        for token in pointers.split(pointer):
            value = value[int(token)] if isinstance(value, list) else value[token]
        return Node(self, value, pointer)

    def resolve(self, reference: str) -> Any:
        """Return the value that a `$ref` of this document names."""
        return self.node(reference.removeprefix("#")).value

    @property
    def top(self) -> Node:
        """The root as a node."""
        return Node(self, self.root, "")

    @property
    def info_version(self) -> str:
        """The text of `info.version`, or an empty string."""
        info = self.root.get("info")
        version = info.get("version") if isinstance(info, dict) else None
        return str(version) if isinstance(version, (str, int, float)) else ""


def load(argument: str | Source, *, allow_remote: bool = False) -> Document:
    """Load the document that a command-line argument or a source names. Raises DocumentError."""
    source = find(argument, allow_remote=allow_remote) if isinstance(argument, str) else argument
    text = read(source)
    root = text.data
    if root is None:
        raise DocumentError("the document is empty", file=source.name, line=1)
    if not isinstance(root, dict):
        kind = "an array" if isinstance(root, list) else "a single value"
        raise DocumentError(f"the document is {kind}, not an object", file=source.name, line=text.line([]))
    version = _version(root, File(source, text))
    bundle = Bundle(File(source, text), allow_remote=allow_remote)
    bundle.collect()
    document = Document(source.name, version, root, tuple(bundle.files))
    check_references(document, bundle)
    check_keywords(bundle)
    shape.check(document)
    check_patterns(bundle)
    return document


def _version(root: dict[str, Any], file: File) -> Version:
    if "swagger" in root:
        message = f"Swagger {root['swagger']} is not supported; convert the document to OpenAPI 3"
        raise file.error(message, ["swagger"])
    if "openapi" not in root:
        raise file.error("the document has no openapi field, so its version is unknown", [])
    value = root["openapi"]
    text = str(value) if isinstance(value, (str, float)) and not isinstance(value, bool) else repr(value)
    match = _VERSION.fullmatch(text.strip())
    if match is None or match[1] not in _SUPPORTED:
        raise file.error(f"OpenAPI {text} is not supported; use 3.0 or 3.1", ["openapi"])
    return _SUPPORTED[match[1]]
