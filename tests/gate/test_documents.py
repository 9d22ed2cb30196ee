"""Documents that cannot be read end in one line with file and line number, and odd but valid ones are read."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from gate.pair_tables import TextSource

from change_gate.comparison import compare
from change_gate.documents import load
from change_gate.documents.sources import find
from change_gate.errors import DocumentError
from change_gate.findings import Verdict

HEADER = "openapi: 3.1.0\ninfo: {title: Orders, version: 1.0.0}\n"
VALID = HEADER + "paths:\n  /orders:\n    get:\n      responses: {'200': {description: Done.}}\n"
SCHEMA = VALID + "components:\n  schemas:\n    A:\n"
BOMB = "\n".join(
    [HEADER + "paths: {}", "x-a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
)

BROKEN = {
    "swagger": ("swagger: '2.0'\npaths: {}\n", 1, "Swagger 2.0 is not supported"),
    "unknown version": ("\nopenapi: 3.2.0\npaths: {}\n", 2, "OpenAPI 3.2.0 is not supported"),
    "no version": ("info: {}\npaths: {}\n", 1, "has no openapi field"),
    "version 4": ("openapi: 4.0.0\n", 1, "OpenAPI 4.0.0 is not supported"),
    "empty": ("", None, "is empty"),
    "comment only": ("# nothing\n", None, "is empty"),
    "array": ("- openapi\n", 1, "is an array"),
    "text": ("hello\n", 1, "is a single value"),
    "two documents": (VALID + "---\na: 1\n", 7, "more than one YAML document"),
    "tab": (HEADER + "paths:\n\t/orders: {}\n", 4, "not valid YAML"),
    "unclosed": (HEADER + "paths: {a: [1\n", None, "not valid YAML"),
    "duplicate key": (VALID + "paths: {}\n", 7, "'paths' appears twice; it is also on line 3"),
    "duplicate status": (
        HEADER + "paths:\n  /a:\n    get:\n      responses:\n        200: {}\n        '200': {}\n",
        8,
        "'200' appears twice",
    ),
    "duplicate JSON key": ('{"openapi": "3.1.0",\n "paths": {},\n "paths": {}}', 3, "'paths' appears twice"),
    "bad JSON": ('{"openapi": "3.1.0",\n "paths": ]', 2, "not valid"),
    "half a surrogate pair": ('{"openapi": "3.1.0", "paths": {}, "x-a": "\\ud800"}', None, "surrogate"),
    "JSON infinity": ('{"openapi": "3.1.0", "paths": {}, "x-a": 1e400}', None, "too large"),
    "control character": (VALID + "x-a: \x01\n", 7, "does not allow"),
    "alias bomb": (BOMB, None, "aliases expand to more than"),
    "alias to its parent": (HEADER + "paths: {}\nx-a: &a\n  b: *a\n", 5, "refers to a node that contains it"),
    "unknown alias": (HEADER + "paths: *nothing\n", 3, "has no anchor"),
    "local tag": (HEADER + "paths: !include paths.yaml\n", 3, "tag !include is not supported"),
    "python tag": (HEADER + "x-a: !!python/object/apply:os.system [ls]\n", 3, "is not supported"),
    "infinity": (HEADER + "paths: {}\nx-a: .inf\n", 4, "is not a JSON number"),
    "mapping as key": (HEADER + "paths: {{a: 1}: 2}\n", 3, "a mapping key must be a string"),
    "unresolvable": (
        SCHEMA + "      $ref: '#/components/schemas/B'\n",
        10,
        "'#/components/schemas/B' cannot be resolved",
    ),
    "itself": (SCHEMA + "      $ref: '#/components/schemas/A'\n", 10, "leads back to itself"),
    "itself with a sibling": (
        SCHEMA + "      type: object\n      $ref: '#/components/schemas/A'\n",
        11,
        "leads back to itself",
    ),
    "missing file": (SCHEMA + "      $ref: nothing-here.yaml#/A\n", 10, "cannot be resolved"),
    "remote": (SCHEMA + "      $ref: https://a.example/b.yaml\n", 10, "pass --allow-remote"),
    "reference to a number": (
        VALID + "x-a: 5\ncomponents: {schemas: {A: {$ref: '#/x-a'}}}\n",
        8,
        "does not lead to an object",
    ),
    "reference of a number": (VALID + "components: {schemas: {A: {$ref: 5}}}\n", 7, "must be a string"),
    "pattern": (
        SCHEMA + "      type: string\n      pattern: '[a-'\n",
        11,
        "'[a-' is not a valid regular expression",
    ),
    "pattern of names": (
        SCHEMA + "      patternProperties:\n        '(': {}\n",
        11,
        "'(' is not a valid regular expression",
    ),
    "itself by allOf": (
        SCHEMA + "      allOf:\n      - $ref: '#/components/schemas/A'\n",
        11,
        "leads back to itself by allOf",
    ),
    "another by allOf and back": (
        SCHEMA
        + "      allOf:\n      - $ref: '#/components/schemas/B'\n    B:\n      $ref: '#/components/schemas/A'\n",
        11,
        "leads back to itself by allOf",
    ),
    "unknown type": (SCHEMA + "      type: count\n", 10, "type cannot be 'count'"),
    "unknown type in a list": (SCHEMA + "      type: [string, count]\n", 10, "type cannot be"),
    "impossible status": (
        HEADER + "paths:\n  /a:\n    get:\n      responses: {2000: {}}\n",
        6,
        "status code",
    ),
    "path without a slash": (HEADER + "paths:\n  a: {}\n", 4, "must start with a slash"),
    "components as array": (HEADER + "paths: {}\ncomponents: []\n", 4, "field components must be an object"),
    "paths as array": (HEADER + "paths: []\n", 3, "paths must be an object"),
    "operation as text": (HEADER + "paths:\n  /a:\n    get: hello\n", 5, "an operation must be an object"),
    "parameter without name": (
        HEADER + "paths:\n  /a:\n    parameters:\n    - {in: query}\n",
        6,
        "a parameter needs a name",
    ),
    "no paths": ("openapi: 3.0.3\ninfo: {}\n", 1, "has no paths"),
    "nothing at all": ("openapi: 3.1.0\ninfo: {}\n", 1, "neither paths nor webhooks"),
    "the same addresses": (
        VALID + "  /o/{a}: {get: {responses: {}}}\n  /o/{b}: {get: {responses: {}}}\n",
        8,
        "name the same addresses",
    ),
}


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_document_ends_in_one_line(text: str, line: int | None, words: str) -> None:
    start = time.process_time()
    with pytest.raises(DocumentError) as caught:
        load(TextSource("broken.yaml", text))
    assert time.process_time() - start < 2
    assert words in caught.value.message
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("broken.yaml:")
    if line is not None:
        assert caught.value.line == line


def test_invalid_utf8_names_its_line() -> None:
    with pytest.raises(DocumentError, match="not valid UTF-8") as caught:
        load(TextSource("broken.yaml", VALID.encode() + b"x-a: \xff\n"))
    assert caught.value.line == 7


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "])
def test_deep_nesting_ends_in_an_error(bracket: str) -> None:
    with pytest.raises(DocumentError):
        load(TextSource("deep.yaml", "openapi: 3.1.0\nx-a: " + bracket * 50_000))


def test_deep_json_ends_in_an_error() -> None:
    with pytest.raises(DocumentError, match="nested deeper"):
        load(TextSource("deep.json", '{"openapi": "3.1.0", "x-a": ' + "[" * 50_000 + "]" * 50_000 + "}"))


ODD = {
    "byte order mark": b"\xef\xbb\xbf" + VALID.encode(),
    "UTF-16": b"\xff\xfe" + VALID.encode("utf-16-le"),
    "CRLF": VALID.replace("\n", "\r\n").encode(),
    "number as version": VALID.replace("3.1.0", "3.1").encode(),
    "status as number": VALID.replace("'200'", "200").encode(),
    "JSON": json.dumps(
        {"openapi": "3.1.0", "paths": {"/orders": {"get": {"responses": {"200": {"description": "Done."}}}}}}
    ).encode(),
    "document markers": b"---\n" + VALID.encode() + b"...\n",
    "yaml directive": b"%YAML 1.2\n---\n" + VALID.encode(),
    "dates and octal numbers": VALID.encode() + b"x-a: [2020-01-01, 0o17, 017, 0x1F, 1_000, 12:30, yes]\n",
    "huge integer": VALID.encode() + b"x-a: 123456789012345678901234567890\n",
    "merge key": VALID.encode() + b"x-a: &a {b: 1}\nx-c: {<<: *a, d: 2}\n",
    "anchors": VALID.replace("{'200': {description: Done.}}", "{'200': &d {description: Done.}, '201': *d}")
    .replace(", '201': *d", "")
    .encode(),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())
def test_odd_document_equals_plain_one(content: bytes) -> None:
    odd, plain = load(TextSource("odd.yaml", content)), load(TextSource("plain.yaml", VALID))
    assert compare(plain, odd).verdict is Verdict.COMPATIBLE
    assert compare(odd, plain).verdict is Verdict.COMPATIBLE


def test_plain_scalars_follow_the_core_schema() -> None:
    text = VALID + "x-a: [NO, on, 1e3, 0o17, 017, 0x1F, 1_000, 2020-01-01, 12:30, ~, null, True, -1, .5]\n"
    values = load(TextSource("a.yaml", text)).root["x-a"]
    expected = ["NO", "on", 1000.0, 15, 17, 31, "1_000", "2020-01-01", "12:30", None, None, True, -1, 0.5]
    assert values == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


def test_merge_key_keeps_own_members() -> None:
    text = VALID + "x-a: &a {b: 1, c: 1}\nx-d:\n  <<: *a\n  b: 2\n"
    assert load(TextSource("a.yaml", text)).root["x-d"] == {"b": 2, "c": 1}


@pytest.mark.parametrize("as_json", [False, True])
def test_place_gives_the_line_of_each_member(as_json: bool) -> None:
    data = {"openapi": "3.1.0", "paths": {"/a": {"get": {"tags": ["x", "y"], "responses": {}}}}}
    yaml_text = "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      tags:\n        - x\n        - y\n      responses: {}\n"
    document = load(TextSource("a", json.dumps(data, indent=1) if as_json else yaml_text))
    lines = document.files[0].text
    text = json.dumps(data, indent=1) if as_json else yaml_text
    for tokens, word in (
        (["paths"], "paths"),
        (["paths", "/a", "get", "tags", "1"], "y"),
        (["paths", "/a"], "/a"),
    ):
        line = lines.line(tokens)
        assert line is not None
        assert word in text.splitlines()[line - 1]
    assert document.place("/paths/~1a/get/responses/200").line == lines.line(
        ["paths", "/a", "get", "responses"]
    )


def test_references_span_files() -> None:
    files = {
        "schemas/a.yaml": "A:\n  type: object\n  properties: {b: {$ref: 'b.yaml#/B'}, me: {$ref: '#/A'}}\n",
        "b.yaml": "B: {type: string,\n  maxLength: 3}\n",
    }
    text = VALID.replace(
        "description: Done.",
        "description: Done., content: {application/json: {schema: {$ref: 'schemas/a.yaml#/A'}}}",
    )
    document = load(TextSource("main.yaml", text, files))
    schema = document.top.get(
        "paths", "/orders", "get", "responses", "200", "content", "application/json", "schema"
    )
    assert schema is not None
    assert schema.place.file == "schemas/a.yaml"
    member = schema.get("properties", "b")
    assert member is not None
    assert member.value == {"type": "string", "maxLength": 3}
    assert (member.place.file, member.place.pointer, member.place.line) == ("b.yaml", "/B", 1)
    wider = load(TextSource("main.yaml", text, {**files, "b.yaml": "B: {type: string}\n"}))
    finding = compare(document, wider).findings[0]
    assert (finding.verdict, finding.head.file if finding.head else "") == (Verdict.BREAKING, "b.yaml")


def test_anchor_and_encoded_reference_resolve() -> None:
    text = SCHEMA + "      $anchor: here\n      type: string\n    B: {$ref: '#here'}\n"
    text += "    C: {$ref: '#/paths/~1orders/get/responses/200'}\n    'D E': {type: string}\n"
    text += "    F: {$ref: '#/components/schemas/D%20E'}\n"
    document = load(TextSource("a.yaml", text))
    assert document.resolve(document.root["components"]["schemas"]["B"]["$ref"])["$anchor"] == "here"
    assert document.resolve(document.root["components"]["schemas"]["F"]["$ref"]) == {"type": "string"}


def test_reference_inside_example_is_data() -> None:
    text = (
        SCHEMA
        + "      example: {$ref: '#/nowhere'}\n      properties: {example: {type: string}, $ref: {type: string}}\n"
    )
    load(TextSource("a.yaml", text))


def test_git_revisions_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@a.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "caseiq-openapi.yaml").write_text(SCHEMA + "      $ref: 'b.yaml#/B'\n")
    (tmp_path / "spec" / "b.yaml").write_text("B: {type: string}\n")
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "First")
    (tmp_path / "spec" / "b.yaml").write_text("broken: [")
    monkeypatch.chdir(tmp_path)
    assert load("main").file == "main:spec/caseiq-openapi.yaml"
    assert load("HEAD:spec/caseiq-openapi.yaml").files[1].name == "HEAD:spec/b.yaml"
    with pytest.raises(DocumentError, match="no such file in that revision"):
        load("HEAD:spec/nothing.yaml")


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("no-such-file.yaml", "there is no such file$"),
        ("nothing:spec/a.yaml", "no such file or git revision; HEAD is the last commit"),
        ("origin/nothing", "a branch of a remote needs git fetch$"),
        ("--", "no such file or git revision"),
        ("spec", "this is a folder"),
    ],
)
def test_unknown_argument_has_a_reason(argument: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        find(argument)


def test_missing_repository_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(DocumentError, match="the current folder is not in a git repository"):
        find("HEAD")


def test_url_needs_permission() -> None:
    with pytest.raises(DocumentError, match="--allow-remote"):
        find("https://a.example/openapi.yaml")


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("type", "5"),
        ("enum", "x"),
        ("minLength", "-1"),
        ("properties", "{a: b}"),
        ("items", "x"),
        ("allOf", "{}"),
        ("pattern", "5"),
    ],
)
def test_keyword_with_a_wrong_type_names_its_line(keyword: str, value: str) -> None:
    with pytest.raises(DocumentError, match=keyword) as caught:
        load(TextSource("broken.yaml", f"{SCHEMA}      {keyword}: {value}\n"))
    assert caught.value.line == 10


def test_keyword_that_says_nothing_is_dropped() -> None:
    text = SCHEMA + "      properties: {a: {type: string, required: true, enum: null}}\n"
    schema = load(TextSource("a.yaml", text)).resolve("#/components/schemas/A")
    assert schema == {"properties": {"a": {"type": "string"}}}
