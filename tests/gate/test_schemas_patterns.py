"""Regular expressions of ECMA-262: their syntax, their languages, and Python's reading of them."""

from __future__ import annotations

import contextlib
import re
import time
from random import Random

import jsonschema_rs
import pytest

from change_gate.schemas.automata import Unknown
from change_gate.schemas.characters import PatternError
from change_gate.schemas.languages import find_string, has_string
from change_gate.schemas.patterns import compiled, parse
from change_gate.schemas.strings import strengthen

SAMPLES = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "1",
    "12",
    "123",
    "٣",
    "é",
    "_",
    "-",
    " ",
    "\u00a0",
    "a\n",
    "\n",
    "a-1",
    "A",
    "/",
    "]",
    "{",
]
PATTERNS = [
    r"\d", r"^\d+$", r"\w", r"^\W$", r"\s", r"^\S+$", "a|b", "^(a|b)+$", "^a{2,3}$", "a{,2}", "^[a-c]$", "^[^a]$", r"^[\d-]$",
    r"^[\w]$", "^.$", "^a?$", "^a*?b$", r"^\/$", r"^\x61$", r"^\u0061$", r"^\u{61}$", r"\cJ", r"^[\]]$", "^(?<n>a)$", "a$", "$", "^",
    r"^(?=a)", r"^(?!a)", r"(?<=a)b", r"\bab\b", r"^\p{L}$", r"^\P{L}$", r"^[^\d]$", "^(?:a|)$", r"^\-$", "^{$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_python_reads_pattern_as_the_other_validator(pattern: str) -> None:
    options = jsonschema_rs.FancyRegexOptions()
    try:
        validator = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
    except jsonschema_rs.ValidationError:
        pytest.skip("the other validator does not know the pattern")
    for text in SAMPLES:
        assert bool(compiled(pattern).search(text)) == validator.is_valid(text), text


@pytest.mark.parametrize("pattern", PATTERNS)
def test_found_string_matches(pattern: str) -> None:
    try:
        text = find_string([pattern])
    except Unknown:
        assert re.search(r"\(\?[=!<]|\\b", pattern)
    else:
        assert text is not None
        assert compiled(pattern).search(text)


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*", "a{3,1}", "[b-a]", "\\", r"\p{Nonsense}"])
def test_broken_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


def random_pattern(random: Random, depth: int = 0) -> str:
    """Return a random pattern over a and b."""
    kind = random.random()
    if depth > 3 or kind < 0.3:
        return random.choice(["a", "b", "[ab]", "."])
    if kind < 0.5:
        return random_pattern(random, depth + 1) + random_pattern(random, depth + 1)
    if kind < 0.7:
        return f"({random_pattern(random, depth + 1)}|{random_pattern(random, depth + 1)})"
    return f"({random_pattern(random, depth + 1)}){random.choice(['*', '+', '?', '{2}', '{1,2}'])}"


@pytest.mark.parametrize("seed", range(150))
def test_inclusion_agrees_with_enumeration(seed: int) -> None:
    random = Random(seed)
    first, second = (f"^{random_pattern(random)}$" for _ in range(2))
    texts = [""]
    for _ in range(5):
        texts += [text + letter for text in texts if len(text) == len(texts[-1]) for letter in "abc"]
    counterexample = find_string([first], [second])
    escaping = [text for text in texts if compiled(first).search(text) and not compiled(second).search(text)]
    if counterexample is None:
        assert not escaping
    else:
        assert compiled(first).search(counterexample)
        assert not compiled(second).search(counterexample)
        assert not escaping or len(counterexample) <= min(map(len, escaping))


def test_lengths_bound_the_search() -> None:
    assert find_string(["^a+$"], least=3, most=3) == "aaa"
    assert find_string(["^a{3}$"], least=4) is None
    assert find_string(["a"], ["^a"], most=1) is None


@pytest.mark.parametrize(
    "pattern", ["^(a|aa)+$", "^(.*a.*){20}$", "^a{3000}$", "^([a-z]{1,64}){64}$", "^(a*)*b$"]
)
def test_costly_pattern_ends_in_time(pattern: str) -> None:
    start = time.process_time()
    with contextlib.suppress(Unknown):
        find_string([pattern], ["^[a-z0-9]{1,255}$"])
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("source", "target", "fact"),
    [
        ({"pattern": "^[0-9]{2}$"}, {"maxLength": 2}, {"maxLength": 2}),
        ({"pattern": "^[0-9]{2}$"}, {"minLength": 1}, {"minLength": 1}),
        ({"pattern": "^ab$"}, {"pattern": "a"}, {"pattern": "a"}),
        ({"format": "uuid"}, {"pattern": "-"}, {"pattern": "-"}),
        (
            {"patternProperties": {"^a": True}},
            {"patternProperties": {"^ab": False}},
            {"patternProperties": {"^ab": True}},
        ),
        ({"additionalProperties": False}, {"properties": {"a": {}}}, {"properties": {"a": False}}),
    ],
)
def test_fact_is_written_beside_its_cause(
    source: dict[str, object], target: dict[str, object], fact: object
) -> None:
    assert strengthen(source, target) == {**source, "allOf": [fact]}


def test_no_fact_is_invented() -> None:
    for source in ({"pattern": "^a"}, {"maxLength": 3}, {"properties": {"a": {"pattern": "(?=a)"}}}):
        assert strengthen(source, {"pattern": "^b+$", "maxLength": 2}) in (
            source,
            {**source, "allOf": [{"not": {"type": "string", "pattern": "^b+$"}}]},
        )


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (r"^\d+$", "^(?!x).*$"),
        ("^(?!x)[a-z]+$", "^[a-z]+$"),
        ("^(?=.*[0-9])(?=.*[a-z]).{8,12}$", "^.{8,}$"),
        ("^[a-z0-9]{1,255}$", "^[a-z0-9-]{1,255}$"),
        ("^[a-z]{1,255}$", r"^\p{L}+$"),
    ],
)
def test_look_ahead_and_large_counts_are_decided(narrow: str, wide: str) -> None:
    assert find_string([narrow], [wide]) is None
    assert find_string([wide], [narrow]) is not None


@pytest.mark.parametrize(
    ("pattern", "least", "most", "length"),
    [
        (r"^\d{4}-\d{2}$", 50_001, None, None),
        (r"^\d{4}-\d{2}", 50_001, None, 50_001),
        ("^(ab)*$", 1001, 1001, None),
        ("^(ab)*$", 1001, None, 1002),
        ("^(abc)+$", 1000, 1001, None),
        ("^x(abc)+$", 1000, 1000, 1000),
    ],
)
def test_long_strings_are_found(pattern: str, least: int, most: int | None, length: int | None) -> None:
    found = find_string([pattern], least=least, most=most)
    assert (found and len(found)) == length
    assert found is None or compiled(pattern).search(found)


def test_length_of_millions_is_decided_at_once() -> None:
    start = time.process_time()
    assert has_string(["^(?:ab)*$"], [], least=10_000_000, most=10_000_000)
    assert not has_string(["^(?:ab)*$"], [], least=10_000_001, most=10_000_001)
    assert has_string(["^(?:ab)*$"], [], least=10_000_001, most=10_000_002)
    assert not has_string(["^a"], ["^a.*"], least=20_971_520, most=None)
    with pytest.raises(Unknown):
        find_string(["^(?:ab)*$"], [], least=10_000_000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("least", range(12))
@pytest.mark.parametrize("most", [3, 7, 11, None])
@pytest.mark.parametrize("pattern", ["^(?:abc)*$", "^a{2,5}$", "^(?:ab)*c?$", "a"])
def test_existence_agrees_with_the_string_found(pattern: str, least: int, most: int | None) -> None:
    found = find_string([pattern], ["^b"], least=least, most=most)
    assert has_string([pattern], ["^b"], least=least, most=most) is (found is not None)
