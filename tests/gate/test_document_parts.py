"""The reading of documents: pointers, paths, texts with their lines, references, keywords and shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gate.pair_tables import TextSource

from change_gate.documents import paths, pointers, reader
from change_gate.documents.bundle import FILES, Bundle, File
from change_gate.documents.document import load
from change_gate.documents.keywords import check_keywords, is_noteworthy
from change_gate.documents.nodes import Node
from change_gate.documents.patterns import check_patterns, is_pattern
from change_gate.documents.references import check_references
from change_gate.documents.shape import METHODS, check
from change_gate.documents.walk import path_tokens, sites
from change_gate.errors import DocumentError

HEADER: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def loaded(root: dict[str, Any], **files: str) -> Any:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return load(TextSource("main.json", json.dumps({**HEADER, "paths": {}, **root}), named))


@pytest.mark.parametrize(
    ("tokens", "pointer"),
    [([], ""), (["a", 0], "/a/0"), (["a/b", "c~d"], "/a~1b/c~0d"), (["~1"], "/~01"), ([""], "/")],
)
def test_pointer_and_tokens_are_inverse(tokens: list[str | int], pointer: str) -> None:
    assert pointers.from_tokens(tokens) == pointer
    assert pointers.split(pointer) == [str(token) for token in tokens]
    assert pointers.join("/x", *tokens) == "/x" + pointer


def test_pointer_needs_a_slash() -> None:
    with pytest.raises(ValueError, match="'a' does not start with a slash"):
        pointers.split("a")


@pytest.mark.parametrize(
    ("template", "canonical", "variables"),
    [
        ("/a/{id}", "/a/{}", ["id"]),
        ("/a/{id}/{b-c}", "/a/{}/{}", ["id", "b-c"]),
        ("/%61%2f%c3", "/a%2F%C3", []),
        ("/é b", "/%C3%A9%20b", []),
    ],
)
def test_path_has_one_canonical_form(template: str, canonical: str, variables: list[str]) -> None:
    assert paths.canonical(template) == canonical
    assert paths.variables(template) == variables
    assert paths.is_concrete(template) is not bool(variables)


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/a/{}", "/a/b", ["b"]),
        ("/a/{}", "/a/{}", ["{}"]),
        ("/a/{}.{}", "/a/b.c", ["b", "c"]),
        ("/a/{}", "/a/b/c", None),
        ("/a/{}", "/a/", None),
        ("/a.b", "/axb", None),
    ],
)
def test_template_captures_variables(template: str, path: str, values: list[str] | None) -> None:
    assert paths.captured(template, path) == values


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b"{a: 1}", {"a": 1}),
        (b"a: 1\n", {"a": 1}),
    ],
)
def test_reader_knows_encodings_and_languages(content: bytes, data: Any) -> None:
    assert reader.read(TextSource("f", content)).data == data


def test_reader_names_the_line_of_a_wrong_byte() -> None:
    with pytest.raises(DocumentError, match="not valid UTF-8") as error:
        reader.read(TextSource("f", b"a: 1\nb: \xff\n"))
    assert error.value.line == 2
    with pytest.raises(DocumentError):
        reader.read(TextSource("f.json", b"{a: 1}"))


def test_walk_yields_sites_without_data() -> None:
    root = {
        "paths": {"/a": {"get": {"parameters": [{"$ref": "#/x"}]}}},
        "components": {
            "schemas": {
                "S": {"pattern": "a", "properties": {"$ref": {"$ref": "#/y"}}, "example": {"$ref": "data"}}
            }
        },
    }
    found = [("/".join(site.tokens()), site.value) for site in sites(root)]
    assert ("paths//a/get/parameters/0/$ref", "#/x") in found
    assert ("components/schemas/S/pattern", "a") in found
    assert ("components/schemas/S/properties/$ref/$ref", "#/y") in found
    assert "data" not in [value for _, value in found]
    assert path_tokens(((None, "a"), 0)) == ["a", "0"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^[a-z]+$", True),
        ("abc", True),
        ("(", False),
        (r"\p{L}", True),
        ("a" * 20_000, True),
        ("[" * 20_001, False),
    ],
)
def test_pattern_is_read_by_either_engine(pattern: str, expected: bool) -> None:
    assert is_pattern(pattern) is expected


@pytest.mark.parametrize(
    ("keyword", "value", "noteworthy"),
    [
        ("minimum", 1, False), ("minimum", "1", True), ("minLength", 1, False), ("minLength", -1, True),
        ("required", ["a"], False), ("required", True, True), ("enum", {}, True), ("multipleOf", 0, True),
        ("type", ["string"], False), ("type", 1, True), ("title", 1, False),
    ],
)  # fmt: skip
def test_odd_keyword_is_noteworthy(keyword: str, value: Any, noteworthy: bool) -> None:
    assert is_noteworthy(keyword, value) is noteworthy


def bundle_of(root: dict[str, Any]) -> Bundle:
    source = TextSource("main.json", json.dumps(root, indent=1))
    bundle = Bundle(File(source, reader.read(source)), allow_remote=False)
    bundle.collect()
    return bundle


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": "1"}, "minimum cannot be '1'"),
        ({"type": 7}, "type cannot be '7'"),
        ({"enum": 1}, "enum cannot be"),
    ],
)
def test_keyword_of_a_wrong_type_is_refused(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words) as error:
        check_keywords(bundle_of({"components": {"schemas": {"S": schema}}}))
    assert error.value.line == 5


def test_keyword_without_a_value_is_dropped() -> None:
    bundle = bundle_of({"components": {"schemas": {"S": {"minimum": None, "title": "t"}}}})
    check_keywords(bundle)
    assert bundle.files[0].text.data["components"]["schemas"]["S"] == {"title": "t"}


def test_invalid_pattern_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"'\(' is not a valid regular expression"):
        check_patterns(bundle_of({"components": {"schemas": {"S": {"pattern": "("}}}}))
    with pytest.raises(DocumentError, match="is not a valid regular expression"):
        check_patterns(bundle_of({"components": {"schemas": {"S": {"patternProperties": {"[": {}}}}}}))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("#/components/schemas/T", "cannot be resolved"),
        ("#/components/schemas/S", "leads back to itself"),
        ("#/info/title", "does not lead to an object"),
    ],
)
def test_reference_that_leads_nowhere_is_refused(target: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        loaded({"components": {"schemas": {"S": {"$ref": target}}}})


def test_references_of_a_loaded_document_resolve() -> None:
    document = loaded(
        {"components": {"schemas": {"S": {"$ref": "#/components/schemas/T"}, "T": {"title": "t"}}}}
    )
    check_references(document, bundle_of(document.root))
    check(document)
    assert document.resolve("#/components/schemas/T") == {"title": "t"}
    assert (document.version, document.info_version) == ("3.1", "1")


def test_other_file_becomes_part_of_the_document() -> None:
    document = loaded(
        {"components": {"schemas": {"S": {"$ref": "other.yaml#/T"}}}}, other_yaml="a: 1\nT:\n  title: t\n"
    )
    node = document.node("/components/schemas/S").resolved()
    assert node.value == {"title": "t"}
    assert node.pointer.startswith(f"/{FILES}/1")
    assert (node.place.file, node.place.pointer, node.place.line) == ("other.yaml", "/T", 2)


def test_node_reads_members_of_the_right_type() -> None:
    document = loaded(
        {"x-a": {"t": "text", "f": True, "n": None, "l": [{"$ref": "#/info"}, 1], "r": {"$ref": "#/no"}}}
    )
    node = document.node("/x-a")
    assert isinstance(node, Node)
    assert (node.text("t"), node.text("f"), node.text("z", "d")) == ("text", "", "d")
    assert (node.flag("f"), node.flag("t")) == (True, False)
    assert node.get("n") is None
    assert node.get("t", "z") is None
    elements = node.get("l")
    assert elements is not None
    assert [one.pointer for one in elements.elements()] == ["/info", "/x-a/l/1"]
    assert [name for name, _ in node.items()] == ["t", "f", "l", "r"]
    reference = node.get("r")
    assert reference is not None
    assert reference.value == {"$ref": "#/no"}


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ({"paths": []}, "paths"),
        ({"paths": {"/a": {"get": []}}}, "an operation must be an object, not an array"),
        ({"paths": {"/a": {"get": {"parameters": [{"in": "query"}]}}}}, "a parameter needs a name"),
        ({"paths": {"/a": {"get": {"parameters": [{"name": "a", "in": "body"}]}}}}, "needs `in`"),
        ({"components": {"schemas": {"S": 1}}}, "a schema must be an object, not a number"),
    ],
)
def test_part_of_a_wrong_type_is_refused(root: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        loaded(root)
    assert "get" in METHODS


@pytest.mark.parametrize(
    ("first", "second", "texts"),
    [
        ("/{}/list", "/orders/{}", (["orders"], ["list"])),
        ("/{}/{}/tags", "/a/b/{}", (["a", "b"], ["tags"])),
        ("/{}/a/{}", "/{}/{}/b", (["{}", "b"], ["{}", "a"])),
        ("/orders/{}", "/orders/latest", None),
        ("/a/{}", "/b/{}", None),
        ("/{}/a", "/b", None),
    ],
)
def test_templates_overlap_in_paths(
    first: str, second: str, texts: tuple[list[str], list[str]] | None
) -> None:
    assert paths.overlap(first, second) == texts
