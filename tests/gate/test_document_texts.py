"""YAML and JSON as data: values, the line of each member, and the line of each fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from change_gate.documents import json_text, yaml_text
from change_gate.documents.text import Text
from change_gate.errors import DocumentError


@pytest.mark.parametrize("parse", [json_text.parse, yaml_text.parse])
def test_text_has_the_line_of_each_member(parse: Any) -> None:
    text = parse('{"a": 1,\n "b": [\n  {"c":\n   2}, 3]}', "f")
    assert isinstance(text, Text)
    assert text.data == {"a": 1, "b": [{"c": 2}, 3]}
    lines = [
        text.line(tokens) for tokens in ([], ["a"], ["b"], ["b", "0"], ["b", "0", "c"], ["b", "9"], ["x"])
    ]
    assert lines[:3] == [1, 1, 2]
    assert lines[4] == 3
    assert lines[5:] == [2, 1]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("NO", "NO"), ("12:30", "12:30"), ("2025-03-04", "2025-03-04"), ("0o14", 12), ("0x1F", 31), ("1_000", "1_000"),
        ("+1", 1), ("-0", 0), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("True", True), ("yes", "yes"), ("~", None),
        ("Null", None), ("", None), ("'1'", "1"), ("010", 10),
    ],
)  # fmt: skip
def test_plain_scalar_follows_the_core_schema(scalar: str, value: Any) -> None:
    assert yaml_text.parse(f"a: {scalar}\n", "f").data == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": 1,\n "a": 2}', 2, "appears twice"),
        ('{"a": NaN}', None, "NaN"),
        ('{"a":\n 1 2}', 2, "not valid JSON"),
        ("[" * 300 + "]" * 300, 1, "nested"),
    ],
)
def test_invalid_json_has_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as error:
        json_text.parse(text, "f.json")
    assert (error.value.file, error.value.line) == ("f.json", line)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n---\nb: 2\n", 2, "more than one YAML document"),
        ("a: 1\nb: .inf\n", 2, ".inf is not a JSON number"),
        ("a: 1e999\n", 1, "1e999 is too large"),
        ("a: -1e999\n", 1, "-1e999 is too large"),
        ("a: " + "9" * 5000 + "\n", 1, "has 5000 digits"),
        ("a: 1\nb: !!set {}\n", 2, "the tag !!set is not supported"),
        ("a: !mine 1\n", 1, "the tag !mine is not supported"),
        ("? [a]\n: 1\n", 1, "a mapping key must be a string"),
        ("a: &x [1]\n*x : 1\n", 2, "a mapping key must be a string"),
        ("a: &x [*x]\n", 1, r"alias \*x refers to a node that contains it"),
        ("a: *x\n", 1, r"alias \*x has no anchor"),
        ("a: 1\nb: 2\na: 3\n", 3, "appears twice; it is also on line 1"),
        ("a:\n  <<: 1\n", 2, "a merge key must name a mapping"),
        ("a: [1\n", 2, "not valid YAML"),
        ("a: 1\nb: \x07\n", 2, "a character that YAML does not allow"),
        ("[" * 257 + "]" * 257, 1, "nested deeper than 256 levels"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
        ), 6, "expand to more than 500000 nodes"),
    ],
)  # fmt: skip
def test_invalid_yaml_has_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as error:
        yaml_text.parse(text, "f.yaml")
    assert (error.value.file, error.value.line) == ("f.yaml", line)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("a: !!str 1", {"a": "1"}),
        ("a: !!int '1'", {"a": 1}),
        ("a: !!null ''", {"a": None}),
        ("a: !!timestamp 2025-01-01", {"a": "2025-01-01"}),
        ("a: !!map {}\nb: !!seq []\nc: ! x", {"a": {}, "b": [], "c": "x"}),
        ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
        ("a: &x k\n*x : 2", {"a": "k", "k": 2}),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", {"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}),
        ("a: [&x {k: 1}, &y {k: 2, l: 3}]\nb: {<<: [*x, *y]}", {"a": [{"k": 1}, {"k": 2, "l": 3}], "b": {"k": 1, "l": 3}}),
        ("a: {'<<': 1}", {"a": {"<<": 1}}),
        ("a: &x '<<'\nb: {*x : {c: 1}}", {"a": "<<", "b": {"<<": {"c": 1}}}),
        ("200: 1\n~: 2", {"200": 1, "~": 2}),
        ("a: -.5\nb: +1e-1\nc: .\nd: +", {"a": -0.5, "b": 0.1, "c": ".", "d": "+"}),
        ("[" * 256 + "]" * 256, None),
    ],
)  # fmt: skip
def test_yaml_is_read_as_json_data(text: str, data: Any) -> None:
    read = yaml_text.parse(text, "f.yaml").data
    assert read == data if not text.startswith("[") else isinstance(read, list)


def test_size_of_aliases_is_limited() -> None:
    lists = "".join(f"- &{name} [{'1,' * count}]\n" for name, count in (("a", 999), ("b", 499), ("c", 1)))
    text = lists + "- *a\n" * 500 + "- *b\n"  # 500,000 nodes more than are written
    assert len(yaml_text.parse(text, "f.yaml").data) == 504
    with pytest.raises(DocumentError, match="expand to more than 500000 nodes") as error:
        yaml_text.parse(text + "- *c\n", "f.yaml")
    assert error.value.line == 505


def test_merged_member_has_the_line_of_its_source() -> None:
    text = yaml_text.parse("a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\nc: [\n 1,\n 2]\n", "f")
    paths_ = (["b", "k"], ["b", "l"], ["c", "1"], ["c", "2"], ["c", "x"], ["a", "k", "z"], ["z"], [])
    assert [text.line(list(path)) for path in paths_] == [2, 5, 8, 6, 6, 2, 1, 1]
    assert yaml_text.parse("\n\n- 1\n", "f").line([]) == 3


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": "\\ud800"}', None, "half of a surrogate pair"),
        ('{"a": 1e999}', None, "1e999 is too large"),
        ('{"b": [{"a": "a"},\n{"a": {"a": 1},\n "a" : 2}]}', 3, "'a' appears twice"),
        ('["a", "a", {"x": "]"},\n{"a": 1, "a": 2}]', 2, "'a' appears twice"),
        ("\n" + "[" * 257 + "]" * 257, 2, "nested deeper than 256 levels"),
        ('{"a": "' + "[" * 300 + '",\n"b": ' + '{"c":' * 256 + "1" + "}" * 257, 2, "nested deeper"),
    ],
)
def test_other_invalid_json_has_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as error:
        json_text.parse(text, "f.json")
    assert error.value.line == line


@pytest.mark.parametrize(
    "text", ["[" * 256 + "]" * 256, "[" + "[],{}," * 200 + "1]", '["' + "[" * 300 + '"]', '"\\u00e9"']
)
def test_json_up_to_the_depth_is_read(text: str) -> None:
    assert json_text.parse(text, "f.json").data == json.loads(text)


def test_json_members_have_lines_after_nested_ones() -> None:
    compact = json_text.parse('{"a":{"x":1,\n"b":[[],\n2]}}', "f")
    assert [compact.line(path.split("/")) for path in ("a", "a/x", "a/b", "a/b/0", "a/b/1")] == [
        1,
        1,
        2,
        2,
        3,
    ]
    text = json_text.parse('\n{"a": [1, [2]\n, {}] , "b":\n {"c" : "x", "d": null},\n"e": []}\n', "f")
    expected = {"": 2, "a": 2, "a/1": 2, "a/1/0": 2, "a/2": 3, "b": 3, "b/d": 4, "e": 5, "e/0": 5, "b/c/x": 4}
    assert {path: text.line(path.split("/") if path else []) for path in expected} == expected
