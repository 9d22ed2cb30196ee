"""The places that a document is read from, the files that it refers to, and the parts that the walk finds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gate.pair_tables import TextSource

from change_gate.documents import document, patterns, reader, sources
from change_gate.documents.bundle import FILES
from change_gate.documents.sources import FileSource, RemoteSource, RevisionSource, StandardInput
from change_gate.documents.walk import sites
from change_gate.errors import DocumentError, GateError

HEADER = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}


def load(schemas: dict[str, Any], files: dict[str, str] | None = None) -> document.Document:
    text = json.dumps({**HEADER, "components": {"schemas": schemas}}, indent=1)
    return document.load(TextSource("main.json", text, files))


def references(schema: Any) -> Any:
    """Return all references below a value, in order."""
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [found for value in schema.values() for found in references(value)]
    return [found for value in schema for found in references(value)] if isinstance(schema, list) else []


OTHER = "A: {$ref: '#/B'}\nB: {title: b, $anchor: here}\nC: {$ref: '#here'}\nD: {$ref: b.yaml}\n"
LAST = "title: whole\nitems: {$ref: 'a.yaml#/A'}\nnot: {$ref: '#'}\nif: {$ref: 'main.json#/components/schemas/S'}\n"


def test_references_lead_into_the_files_of_the_root() -> None:
    found = load({"S": {"$ref": "a.yaml#/C"}}, {"a.yaml": OTHER, "b.yaml": LAST, "main.json": "{}"})
    assert [file.name for file in found.files] == ["main.json", "a.yaml", "b.yaml"]
    assert references(found.root["components"]) == [f"#/{FILES}/1/C"]
    assert references(found.root[FILES]["1"]) == [f"#/{FILES}/1/B", f"#/{FILES}/1/B", f"#/{FILES}/2"]
    assert references(found.root[FILES]["2"]) == [f"#/{FILES}/1/A", f"#/{FILES}/2", "#/components/schemas/S"]
    assert list(found.root[FILES]) == ["1", "2"]
    place = found.place(f"/{FILES}/2/items")
    assert (place.file, place.pointer, place.line) == ("b.yaml", "/items", 2)


@pytest.mark.parametrize(
    ("reference", "pointer"),
    [
        ("#/components/schemas/A~1B", "#/components/schemas/A~1B"),
        ("#/components/schemas/C%20D", "#/components/schemas/C D"),
        ("#here", "#/components/schemas/A~1B"),
        ("https://x.example/id", "#/components/schemas/C D"),
        ("https://x.example/id#/items", "#/components/schemas/C D/items"),
        ("#", "#"),
    ],
)
def test_names_and_encoded_references_become_pointers(reference: str, pointer: str) -> None:
    schemas = {
        "S": {"$ref": reference},
        "A/B": {"$anchor": "here"},
        "C D": {"$id": "https://x.example/id#", "items": {}},
    }
    assert load(schemas).root["components"]["schemas"]["S"]["$ref"] == pointer


@pytest.mark.parametrize(
    ("target", "resolved"),
    [
        ("A", "A"), ("#/components/schemas/A", "#/components/schemas/A"), ("a.yaml#/X", f"#/{FILES}/1/X"),
        ("a.yaml", f"#/{FILES}/1"), ("#here", "#/components/schemas/A"), ("A.b", "A.b"),
    ],
)  # fmt: skip
def test_target_of_a_tag_may_be_in_another_file(target: str, resolved: str) -> None:
    schemas = {
        "S": {"discriminator": {"propertyName": "k", "mapping": {"t": target}}},
        "A": {"$anchor": "here"},
    }
    found = load(schemas, {"a.yaml": "X: {}\n"}).root["components"]["schemas"]["S"]
    assert found["discriminator"]["mapping"] == {"t": resolved}


def test_fault_in_another_file_has_its_own_line() -> None:
    with pytest.raises(DocumentError) as error:
        load({"S": {"$ref": "a.yaml"}}, {"a.yaml": "a: 1\nb: [\n"})
    assert (error.value.file, error.value.line) == ("a.yaml", 3)
    with pytest.raises(DocumentError) as error:
        load({"S": {"$ref": "a.yaml"}}, {"a.yaml": "a: 1\nb: {$ref: '#/no'}\n"})
    assert (error.value.message, error.value.file, error.value.line) == (
        "the $ref '#/no' cannot be resolved", "a.yaml", 2
    )  # fmt: skip


@pytest.mark.parametrize(("count", "is_refused"), [(999, False), (1000, True)])
def test_files_of_a_document_are_limited(count: int, is_refused: bool) -> None:
    files = {f"{number}.yaml": "{}" for number in range(count)}
    schemas = {"S": {"anyOf": [{"$ref": name} for name in files]}}
    if not is_refused:
        assert len(load(schemas, files).files) == 1000
        return
    with pytest.raises(DocumentError, match="the document spans more than 1000 files") as error:
        load(schemas, files)
    assert error.value.file == "main.json"


@pytest.mark.parametrize(
    ("root", "found"),
    [
        ({"paths": {"x-a": {"$ref": "1"}, "/a": {"$ref": "2"}}}, ["paths//a/$ref"]),
        ({"webhooks": {"x-a": {"$ref": "1"}}}, []),
        ({"get": {"responses": {"x-a": {"$ref": "1"}}, "callbacks": {"x-b": {"$ref": "2"}}}}, []),
        ({"components": {"responses": {"x-a": {"$ref": "1"}}}}, ["components/responses/x-a/$ref"]),
        ({"properties": {"x-a": {"$ref": "1"}}}, ["properties/x-a/$ref"]),
        ({"properties": {"pattern": {"pattern": "p"}}}, ["properties/pattern/pattern"]),
        ({"x-a": {"$ref": "1"}, "example": {"$ref": "2"}, "default": [{"$ref": "3"}]}, []),
        ({"examples": [{"$ref": "1"}]}, []),
        ({"examples": {"a": {"$ref": "1"}, "b": {"value": {"$ref": "2"}, "$ref": "3"}}}, ["examples/a/$ref"]),
        ({"examples": {"a": {"b": {"$ref": "1"}}}}, ["examples/a/b/$ref"]),
        ({"a": [{"b": [{"$ref": "1"}, {"$id": "2"}]}]}, ["a/0/b/0/$ref", "a/0/b/1/$id"]),
        ({"mapping": {"$ref": "1"}, "scopes": {"$ref": "2"}}, ["mapping"]),
        ({"minimum": "1", "maximum": 1, "required": True, "$anchor": "a"}, ["minimum", "required", "$anchor"]),
        ({"$ref": "1", "b": {"$ref": "2"}, "a": {"$ref": "3"}}, ["$ref", "b/$ref", "a/$ref"]),
    ],
)  # fmt: skip
def test_walk_finds_sites_in_the_order_of_the_document(root: Any, found: list[str]) -> None:
    assert ["/".join(site.tokens()) for site in sites(root)] == found


def test_shared_value_is_walked_once() -> None:
    shared = {"$ref": "1"}
    assert len(list(sites({"a": shared, "b": [shared]}))) == 1


@pytest.mark.parametrize(
    ("pattern", "is_pattern"),
    [
        ("(a" * 9_999 + "a)", False),
        ("[a" + "b" * 19_997 + "]", True),
        ("[a" + "b" * 19_998 + "]", False),
    ],
    ids=range(3),
)
def test_length_of_a_pattern_is_limited(pattern: str, is_pattern: bool) -> None:
    assert patterns.is_pattern(pattern) is is_pattern


@pytest.mark.parametrize(("length", "shown"), [(60, "(" * 60), (61, "(" * 60 + "…")])
def test_broken_pattern_is_shown_in_part(length: int, shown: str) -> None:
    for schema, line in (
        ({"pattern": "(" * length}, 11),
        ({"patternProperties": {"a": {}, "(" * length: {}}}, 13),
    ):
        with pytest.raises(DocumentError) as error:
            load({"S": schema})
        assert error.value.message == f"{shown!r} is not a valid regular expression"
        assert error.value.line == line


@pytest.mark.parametrize(
    ("name", "reference", "found"),
    [
        ("a/b.yaml", "c.yaml", "a/c.yaml"), ("a/b.yaml", "../c.yaml", "c.yaml"), ("b.yaml", "./c/d.yaml", "c/d.yaml"),
        ("/a/b.yaml", "/c.yaml", "/c.yaml"),
    ],
)  # fmt: skip
def test_relative_file_is_found(name: str, reference: str, found: str) -> None:
    assert FileSource(name).relative(reference).name == found
    assert RemoteSource("https://h/" + name.lstrip("/")).relative(
        reference
    ).name == "https://h/" + found.lstrip("/")
    assert StandardInput().relative("./a/../c.yaml").name == "c.yaml"
    assert RevisionSource("HEAD", "spec/a.yaml").relative("b/c.yaml").name == "HEAD:spec/b/c.yaml"
    assert RevisionSource("HEAD", "./a.yaml").relative("b.yaml").name == "HEAD:./b.yaml"


LIMIT = 64 * 1024 * 1024


class _Input:
    """A standard input of some size, without its memory."""

    def __init__(self, size: int) -> None:
        self.buffer = self
        self.asked: list[int] = []
        self._size = size

    def read(self, size: int) -> bytes:
        self.asked.append(size)
        return _Bytes(self._size)


class _Bytes(bytes):
    """Bytes that only claim their length."""

    def __new__(cls, size: int) -> _Bytes:
        return super().__new__(cls)

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size


@pytest.mark.parametrize(("size", "is_read"), [(LIMIT, True), (LIMIT + 1, False)])
def test_size_of_a_document_is_limited(monkeypatch: pytest.MonkeyPatch, size: int, is_read: bool) -> None:
    standard_input = _Input(size)
    monkeypatch.setattr(sys, "stdin", standard_input)
    if is_read:
        assert len(StandardInput().read()) == size
    else:
        with pytest.raises(DocumentError, match="the document is larger than 64 MB"):
            StandardInput().read()
    assert standard_input.asked == [LIMIT + 1]


def test_large_file_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "a.yaml"
    with large.open("wb") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(DocumentError, match="the document is larger than 64 MB"):
        FileSource(str(large)).read()
    with pytest.raises(DocumentError, match="the file cannot be read: No such file or directory"):
        FileSource(str(tmp_path / "b.yaml")).read()


@pytest.mark.parametrize(
    ("text", "remote"),
    [("http://a", True), ("HTTPS://a", True), ("ftp://a", False), ("a.yaml", False), ("HEAD:a", False)],
)
def test_remote_document_is_known_by_its_scheme(text: str, remote: bool) -> None:
    assert sources.is_remote(text) is remote


def test_remote_document_needs_a_permission() -> None:
    sources.require_remote("http://a", allow_remote=True, file="http://a")
    for file, words in (("http://a", "this is a URL"), ("b.yaml", "http://a is a URL")):
        with pytest.raises(DocumentError) as error:
            sources.require_remote("http://a", allow_remote=False, file=file, line=3)
        assert error.value.message == f"{words}; pass --allow-remote to fetch it"
        assert (error.value.file, error.value.line) == (file, 3)
    found = sources.find("http://a", allow_remote=True)
    assert (type(found), found.name) == (RemoteSource, "http://a")


def test_argument_names_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"HEAD", "main", "folder"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sources, "_is_revision", known.__contains__)
    (tmp_path / "folder").mkdir()
    (tmp_path / "main").write_text("a")
    names = {"-": "<stdin>", "main": "main", "HEAD": "HEAD:spec/caseiq-openapi.yaml", "HEAD:a": "HEAD:a", ":a": "HEAD:a",
             "main:a": "main:a", "folder": "folder:spec/caseiq-openapi.yaml"}  # fmt: skip
    assert {argument: sources.find(argument).name for argument in names} == names
    for argument in ("HEAD:", "no:a", "-HEAD", "none"):
        with pytest.raises(DocumentError):
            sources.find(argument)


def test_git_that_does_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **options: Any) -> Any:
        assert options["timeout"] == 15
        raise subprocess.TimeoutExpired("git", 15)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(GateError, match="git rev-parse did not end within 15 seconds"):
        sources.find("HEAD")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wrong_character_has_its_line_in_each_encoding(encoding: str) -> None:
    mark = "\ufeff".encode(encoding)
    assert reader.read(TextSource("f", mark + "a: é".encode(encoding))).data == {"a": "é"}
    with pytest.raises(DocumentError) as error:
        reader.read(TextSource("f", mark + "a: 1\n".encode(encoding) + b"\x00"))
    assert (error.value.message, error.value.line) == (f"the text is not valid {encoding.upper()}", 2)
