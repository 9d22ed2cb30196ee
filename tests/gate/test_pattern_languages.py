"""Patterns as trees and as sets of strings, and the classes of characters of ECMA-262."""

from __future__ import annotations

import string
import sys
from typing import Any

import pytest

from change_gate.schemas.automata import Automaton, Unknown, conditions, without_leading_looks
from change_gate.schemas.characters import (
    ANY,
    DIGIT,
    LINE_END,
    SPACE,
    WORD,
    PatternError,
    complement,
    normalize,
)
from change_gate.schemas.languages import find_string, has_string
from change_gate.schemas.patterns import (
    Anchor,
    BackReference,
    Chars,
    Choice,
    Group,
    Node,
    Repeat,
    Sequence,
    parse,
    to_python,
)

# ECMA-262, sections 12.2 and 12.3: white space and line terminators.
WHITE_SPACE = "\t\v\f\ufeff \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
TERMINATORS = "\n\r\u2028\u2029"


def members(ranges: Any) -> set[str]:
    return {chr(number) for low, high in normalize(list(ranges)) for number in range(low, high + 1)}


def test_classes_contain_the_characters_of_the_standard() -> None:
    assert members(DIGIT) == set(string.digits)
    assert members(WORD) == {*string.ascii_letters, *string.digits, "_"}
    assert members(SPACE) == {*WHITE_SPACE, *TERMINATORS}
    assert members(LINE_END) == set(TERMINATORS)
    assert ((0, 0xD7FF), (0xE000, sys.maxunicode)) == ANY


def test_ranges_are_merged_if_they_touch() -> None:
    assert normalize([(5, 6), (1, 2), (3, 3)]) == ((1, 3), (5, 6))
    assert normalize([(1, 9), (2, 3)]) == ((1, 9),)
    assert normalize([(1, 3), (2, 9)]) == ((1, 9),)
    assert normalize([]) == ()
    assert complement(()) == ANY
    assert complement(((0, 4), (6, 0x10FFFF))) == ((5, 5),)
    assert complement(((1, 0x10FFFE),)) == ((0, 0), (0x10FFFF, 0x10FFFF))


def char(text: str) -> Chars:
    return Chars(((ord(text), ord(text)),))


def seq(*parts: Node) -> Sequence:
    return Sequence(parts)


A, B = char("a"), char("b")


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        ("", seq()),
        ("ab", seq(A, B)),
        ("a|b|", Choice((seq(A), seq(B), seq()))),
        ("^a$", seq(Anchor("^"), A, Anchor("$"))),
        ("a*b+a?", seq(Repeat(A, 0, None), Repeat(B, 1, None), Repeat(A, 0, 1))),
        ("a*?", seq(Repeat(A, 0, None, lazy=True))),
        ("a{2}", seq(Repeat(A, 2, 2))),
        ("a{2,}", seq(Repeat(A, 2, None))),
        ("a{0,3}?", seq(Repeat(A, 0, 3, lazy=True))),
        ("a{2,2}", seq(Repeat(A, 2, 2))),
        ("a{,2}", seq(A, char("{"), char(","), char("2"), char("}"))),
        ("(a)", seq(Group("(", seq(A)))),
        ("(?:a)(?=a)(?!a)(?<=a)(?<!a)", seq(*(Group(text, seq(A)) for text in ("(?:", "(?=", "(?!", "(?<=", "(?<!")))),
        ("(?<n>a)\\k<n>\\1", seq(Group("(?P<n>", seq(A)), BackReference("(?P=n)"), BackReference("(?:\\1)"))),
        (r"\b\B", seq(Anchor(r"\b"), Anchor(r"\B"))),
        (r"\d\D", seq(Chars(DIGIT), Chars(complement(DIGIT)))),
        (r"\w\S", seq(Chars(WORD), Chars(complement(SPACE)))),
        (".", seq(Chars(complement(LINE_END)))),
        (r"\t\n\v\f\r\0", seq(*map(char, "\t\n\v\f\r\0"))),
        (r"\cA\cz", seq(char("\x01"), char("\x1a"))),
        (r"\x61\u0062\u{61}", seq(A, B, A)),
        (r"\x6\u006", seq(char("x"), char("6"), *map(char, "u006"))),
        (r"\.\-\]", seq(*map(char, ".-]"))),
        ("[ab]", seq(Chars(((97, 98),)))),
        ("[^a]", seq(Chars(complement(((97, 97),))))),
        ("[a-]", seq(Chars(((45, 45), (97, 97))))),
        ("[-a]", seq(Chars(((45, 45), (97, 97))))),
        ("[a-a]", seq(A)),
        (r"[a-\d]", seq(Chars(normalize([(45, 45), (97, 97), *DIGIT])))),
        (r"[\d-a]", seq(Chars(normalize([(45, 45), (97, 97), *DIGIT])))),
        (r"[\b\]]", seq(Chars(((8, 8), (93, 93))))),
        ("[]", seq(Chars(()))),
        ("[^]", seq(Chars(ANY))),
    ],
)  # fmt: skip
def test_pattern_is_read_as_a_tree(pattern: str, tree: Node) -> None:
    assert parse(pattern) == tree


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "a group is not closed"),
        ("a)", "a closing parenthesis has no partner"),
        ("[a", "the pattern ends too early"),
        ("*", "nothing to repeat"),
        ("|+", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        ("a{3,1}", "the numbers in a quantifier are out of order"),
        ("[b-a]", "a range in a character class is out of order"),
        ("\\", "the pattern ends too early"),
        (r"\p{Nonsense}", "the property Nonsense is not known"),
        (r"\pL", "a Unicode property is not known"),
    ],
)
def test_broken_pattern_has_a_reason(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as error:
        parse(pattern)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("pattern", "python"),
    [
        ("a|b", r"[\U00000061-\U00000061]|[\U00000062-\U00000062]"),
        ("[]", "(?!)"),
        ("^a{2,}?$", r"\A(?:[\U00000061-\U00000061]){2,}?\Z"),
        ("a{2,3}", r"(?:[\U00000061-\U00000061]){2,3}"),
        (r"\b\B", r"(?a:\b)(?a:\B)"),
        (r"(?<n>)\k<n>\1(?!)", r"(?P<n>)(?P=n)(?:\1)(?!)"),
    ],
)
def test_tree_is_written_for_python(pattern: str, python: str) -> None:
    assert to_python(parse(pattern)) == python


@pytest.mark.parametrize(
    ("matching", "failing", "bounds", "text"),
    [
        ([], [], {}, ""),
        ([], [], {"least": 2}, "aa"),
        ([], ["^$"], {}, "a"),
        ([".*"], [".*"], {}, None),
        (["^$"], [], {}, ""),
        (["^$"], [], {"least": 1}, None),
        (["a$"], [], {"most": 0}, None),
        (["a$"], [], {"most": 1}, "a"),
        (["a", "b"], [], {}, "ab"),
        (["(?:^a|b$)"], ["a"], {}, "b"),
        (["^[0-9]+$"], ["^0", "^1"], {"least": 2}, "20"),
        (["^a"], ["b"], {"least": 4}, "aaaa"),
        (["^a+$"], [], {"least": 3}, "aaa"),
        (["^(?:ab)*$"], [], {"least": 3}, "abab"),
        (["^(?:ab)*$"], [], {"least": 3, "most": 3}, None),
        (["^(?:ab)*$"], [], {"least": 3, "most": 4}, "abab"),
        (["^(?:ab)*$"], [], {"least": 4, "most": 4}, "abab"),
        (["^(?:aab)*$"], [], {"least": 300, "most": 300}, "aab" * 100),
        (["^(?:aab)*$"], [], {"least": 301, "most": 302}, None),
        (["^(?:aab)*$"], [], {"least": 301, "most": 303}, "aab" * 101),
        (["^b(?:aab)*$"], [], {"least": 300}, "b" + "aab" * 100),
        (["^x{3,5}$"], [], {"least": 4}, "xxxx"),
        (["^x{3,5}$"], [], {"least": 6}, None),
        (["^x{3,5}$"], [], {"most": 2}, None),
        (["^x{3,5}$"], ["^x{3}$"], {}, "xxxx"),
        (["^(?!a)[a-c]$"], [], {}, "b"),
        (["^(?=b)[a-c]$"], [], {}, "b"),
        (["^[a-c]$"], ["^(?!b)"], {}, "b"),
        (["^[a-c]$"], ["^(?=b)b$", "^a$"], {}, "c"),
        ([r"^\u0000$"], [], {}, "\0"),
        (["[]"], [], {}, None),
        ([r"\bfoo\b"], [], {"lenient": True}, "foo"),
        ([r"(?<=a)b(?!c)"], [], {"lenient": True}, "b"),
        (["^[^a0A_. @/:+bx1-]$"], [], {}, "\0"),
    ],
)  # fmt: skip
def test_shortest_string_is_found(matching: Any, failing: Any, bounds: Any, text: str | None) -> None:
    assert find_string(matching, failing, **bounds) == text
    if "lenient" not in bounds:
        assert has_string(matching, failing, least=bounds.get("least", 0), most=bounds.get("most")) is (
            text is not None
        )


@pytest.mark.parametrize(
    ("pattern", "least", "most", "exists"),
    [
        ("^a*$", 2_000_000, None, True),
        ("^(?:ab)*$", 2_000_001, 2_000_001, False),
        ("^(?:ab)*$", 2_000_001, 2_000_002, True),
        ("^(?:ab)*$", 2_000_000, 2_000_000, True),
        ("^(?:ab){3}$", 2_000_000, None, False),
    ],
)
def test_string_of_any_length_exists(pattern: str, least: int, most: int | None, exists: bool) -> None:
    assert has_string([pattern], [], least=least, most=most) is exists


@pytest.mark.parametrize("pattern", [r"\bfoo\b", r"(a)\1", "a(?!b)c", "(?<=a)b", "(?<!a)b"])
def test_pattern_that_is_not_regular_is_unknown(pattern: str) -> None:
    with pytest.raises(Unknown, match="the pattern is not regular"):
        find_string([pattern])


def test_size_of_an_automaton_is_limited() -> None:
    machine = Automaton()
    machine.steps.extend([[] for _ in range(12_000 - 3)])
    assert machine.add() == 11_999
    with pytest.raises(Unknown, match="the pattern is too large"):
        machine.add()


def test_leading_looks_are_split_off() -> None:
    tree, looks = without_leading_looks(parse("^(?=a)(?!b)c(?=d)"))
    assert tree == seq(Anchor("^"), char("c"), Group("(?=", seq(char("d"))))
    assert looks == [("(?=", seq(A)), ("(?!", seq(B))]
    for pattern in ("(?=a)b", "a(?=b)", "^(a)(?=b)", "^a|b"):
        assert without_leading_looks(parse(pattern)) == (parse(pattern), [])
    assert [one.is_match for one in conditions("^(?=a)(?!b)c", False)] == [True, True, False]
