"""The files of one document, brought together under one root.

A reference to another file becomes a reference into `x-gate-files` of the root, so that the rest of the program
knows references inside one document only. References that name an anchor or an `$id` become pointers, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urldefrag

from change_gate.documents import pointers
from change_gate.documents.reader import read
from change_gate.documents.sources import RemoteSource, Source, is_remote, require_remote
from change_gate.documents.text import Text
from change_gate.documents.walk import Site, sites
from change_gate.errors import DocumentError

FILES: Final = "x-gate-files"
MAX_FILES: Final = 1000
_FILE_REFERENCE: Final = re.compile(r"[^#]*(?:\.(?:ya?ml|json)|/)[^#]*(?:#.*)?")


@dataclass(frozen=True)
class File:
    """One file of a document."""

    source: Source
    text: Text

    @property
    def name(self) -> str:
        """The file's name in messages."""
        return self.source.name

    def error(self, message: str, tokens: list[str]) -> DocumentError:
        """Return an error at a place in this file."""
        return DocumentError(message, file=self.name, line=self.text.line(tokens))


class Bundle:
    """Collects the files that a document refers to. `sites` holds each site with the index of its file."""

    def __init__(self, main: File, *, allow_remote: bool) -> None:
        self.files = [main]
        self.sites: list[tuple[int, Site]] = []
        self._allow_remote = allow_remote
        self._indexes = {main.name: 0}
        self._anchors: dict[tuple[int, str], list[str]] = {}
        self._identifiers: dict[str, tuple[int, list[str]]] = {}

    def collect(self) -> None:
        """Load all files, and rewrite every reference that leaves its file or is not a plain pointer."""
        index = 0
        while index < len(self.files):
            found = list(sites(self.files[index].text.data))
            self.sites.extend((index, site) for site in found)
            self._note_names(index, found)
            for site in found:
                self._rewrite(index, site)
            index += 1
        if len(self.files) > 1:
            root = self.files[0].text.data
            root[FILES] = {str(i): file.text.data for i, file in enumerate(self.files) if i}

    def _note_names(self, index: int, found: list[Site]) -> None:
        for site in found:
            if site.key == "$anchor" and isinstance(site.value, str):
                self._anchors[(index, site.value)] = site.tokens()[:-1]
            elif site.key == "$id" and isinstance(site.value, str):
                self._identifiers[site.value.removesuffix("#")] = (index, site.tokens()[:-1])

    def _rewrite(self, index: int, site: Site) -> None:
        if site.key == "$ref":
            if not isinstance(site.value, str):
                raise self.files[index].error("a $ref must be a string", site.tokens())
            if index or not site.value.startswith("#/") or "%" in site.value:
                site.holder["$ref"] = self._local(index, site.value, site)
        elif site.key == "mapping" and isinstance(site.value, dict):
            for tag, value in site.value.items():
                if not isinstance(value, str) or (not index and value.startswith("#/")):
                    continue
                if value.startswith("#") or _FILE_REFERENCE.fullmatch(value):
                    site.value[tag] = self._local(index, value, site)

    def _local(self, index: int, reference: str, site: Site) -> str:
        """Return a reference as a pointer into the root of the document."""
        address, fragment = urldefrag(reference)
        fragment = unquote(fragment)
        prefix: list[str] = []
        if address in self._identifiers:
            index, prefix = self._identifiers[address]
        elif address:
            index = self._load(index, address, site)
        if fragment and not fragment.startswith("/"):
            if (index, fragment) not in self._anchors:
                raise self._unresolvable(index, reference, site)
            return self._pointer(index, self._anchors[(index, fragment)], "")
        return self._pointer(index, prefix, fragment)

    @staticmethod
    def _pointer(index: int, prefix: list[str], fragment: str) -> str:
        start = [FILES, str(index)] if index else []
        return "#" + pointers.from_tokens([*start, *prefix]) + fragment

    def _load(self, index: int, address: str, site: Site) -> int:
        """Return the index of a file that a reference names, reading it at its first use."""
        file = self.files[index]
        line = file.text.line(site.tokens())
        try:
            source = RemoteSource(address) if is_remote(address) else file.source.relative(unquote(address))
        except DocumentError as error:
            raise _missing(address, error, file.name, line) from None
        if source.name in self._indexes:
            return self._indexes[source.name]
        if isinstance(source, RemoteSource):
            require_remote(source.name, allow_remote=self._allow_remote, file=file.name, line=line)
        if len(self.files) >= MAX_FILES:
            raise DocumentError(f"the document spans more than {MAX_FILES} files", file=file.name, line=line)
        try:
            text = read(source)
        except DocumentError as error:
            if error.line is not None:
                raise
            raise _missing(address, error, file.name, line) from None
        self._indexes[source.name] = len(self.files)
        self.files.append(File(source, text))
        return len(self.files) - 1

    def _unresolvable(self, index: int, reference: Any, site: Site) -> DocumentError:
        return self.files[index].error(f"the $ref {reference!r} cannot be resolved", site.tokens())


def _missing(address: str, error: DocumentError, file: str, line: int | None) -> DocumentError:
    message = f"the $ref {address!r} cannot be resolved: {error.message}"
    return DocumentError(message, file=file, line=line)
