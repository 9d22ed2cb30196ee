"""The deterministic corpus of updates; each provokes one class of defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from contract_tests.testdata.corpus import ORDINARY

PATCHES: Final[Sequence[Mapping[str, Any]]] = (
    {"testSummary": "Patched"},
    {"testSummary": "Patched", "testHeadcount": 9},
    {"testAssessor": "Dee"},
    {"testAssessment": {"testScore": 3, "by": ["Dee"]}},
    {"testAssessor": "Dee", "testCategory": "Fraud"},
    {"testConfirmed": False},
    {"testUrgent": True},
    {"testHeadcount": 0},
    {"testAmount": 0.0},
    {"testSummary": ""},
    {"testTags": []},
    {"testEscalated": False},
    {"testScore": 0},
    {"testRemark": ""},
    {"testRemarks": []},
    {"testSummary": ORDINARY["testSummary"]},
    {
        "testSummary": "patched",
        "testCategory": "patched",
        "testAmount": 0.5,
        "testHeadcount": 5,
        "testConfirmed": False,
        "testUrgent": True,
        "testTags": ["patched"],
        "testWitnesses": [],
    },
    {f"testExtra{letter}": index for index, letter in enumerate("abcdefghij")},
)

# Values whose type differs from the ordinary case's field: a deployment may refuse them.
OTHER_TYPES: Final[Sequence[Mapping[str, Any]]] = (
    {"testSummary": 7},
    {"testSummary": None},
    {"testAmount": [1]},
    {"testHeadcount": "four"},
    {"testCategory": 12},
    {"testTags": "none"},
    {"testTags": {"now": "an object"}},
    {"testLocation": "now a text"},
    dict.fromkeys(ORDINARY, "patched"),
)

# A value of each kind. Each must be able to replace each other one.
_KINDS: Final[Sequence[Any]] = (
    None, True, False, 0, 7, 2.5, "", "text", "12",
    [], ["x"], [1, 2], {}, {"a": 1}, {"0": "z"}, {"set": "y"}, {"$inc": 1},
)  # fmt: skip

# (old value, new value): a careless comparison calls the two equal, and the new one is never written.
LOOKALIKES: Final[Sequence[tuple[Any, Any]]] = (
    (1, True), (True, 1), (0, False), (False, 0), ("1", 1), (1, "1"), ("", False), ("true", True), ([], ""),
    ("Case", "case"), ("case", "CASE"), ("end", "end "), (" both ", "both"),
    ("e\u0301", "\u00e9"), ("caf\u00e9", "cafe"),
    ("a longer text", "a longer"), ("short", "a text longer than the short one before"), ("1.0", "1.00"),
    (1.0, 1.01), (1.004, 1.0041), (0.5, 0.50000001), (1e-9, 2e-9), (9, 4), (7, 7.5), (-3, 3), ([1], 1), (["x"], "x"),
    (f"{'long' * 75} one", f"{'long' * 75} two"), ("x" * 300, "y" * 300), (f"{'a' * 300}b", f"{'c' * 300}b"),
    ("2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00"), ("0912", "912"), ("5", "5.0"), ("a b", "a  b"),
    ("a\nb", "a\r\nb"), ("<b>x</b>", "x"), ([1, 2], [1, 3]), (["a", "b"], ["c", "b"]), (["a", "b"], ["b", "a"]),
    ({"a": 1}, {"a": 2}), ({"a": {"b": 1}}, {"a": {"b": 2}}), ({"a": [1]}, {"a": [2]}), ([True], [1]), (["a"], ["A"]),
    ([1, 2], ["1", "2"]), ([{"a": 1}], [{"a": 2}]), ([[1]], [[2]]), (["a,b"], ["a", "b"]),
    ({"a": 1, "b": 2}, "[object Object]"), (["x"], {"$push": "y"}),
    (["x", "y"], {"add": "z"}), ("x", {"$set": "y"}), ("x", {"delete": True}),
)  # fmt: skip

PAIRS: Final[Sequence[tuple[Any, Any]]] = (
    *LOOKALIKES,
    # An object may replace an object or merge into it; OBJECTS cover that.
    *((old, new) for old in _KINDS for new in _KINDS if not (isinstance(old, dict) and isinstance(new, dict))),
)  # fmt: skip

# Field names that look like a path into another field, or like an operator.
PATH_LIKE_NAMES: Final[Sequence[tuple[str, Any]]] = (
    ("testLocation.site", "x"), ("testLocation.desk.row", "x"), ("testLocation/site", "x"), ("testLocation[site]", "x"),
    ("testLocation->site", "x"), ("testTags.0", "x"), ("testTags[0]", "x"), ("testTags[]", "x"), ("testTags.$", "x"),
    ("/testSummary", "x"), ("$.testSummary", "x"), ("testSummary.", "x"), ("+testHeadcount", 1), ("__op", "Delete"),
    ("$set", {"testSummary": "x"}), ("$unset", {"testSummary": ""}), ("$inc", {"testHeadcount": 1}),
    ("$push", {"testTags": "x"}), ("op", [{"op": "remove", "path": "/testSummary"}]),
)  # fmt: skip

# Values of an array of texts, patched in this order.
ARRAYS: Final[Sequence[list[Any]]] = (
    ["new"],
    ["theft", "hardware", "audit", "more"],
    ["audit", "hardware"],
    ["hardware", "audit"],
    [],
    ["again"],
    ["x"],
    ["b", "a", "c"],
    ["a", "b", "c"],
    ["A", "b", "c"],
    [],
)

# Arrays with repeated items or items of other types, which a deployment may refuse.
OTHER_ARRAYS: Final[Sequence[list[Any]]] = (
    ["x", "x"],
    ["x"],
    [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Ben"}],
    [{"id": 2, "role": "lead"}],
    [{"id": 1}, {"id": 2}, {"id": 3}],
    [1, 2, 3],
    [[1, 2], [3]],
    [[9]],
    [None],
    [True, 0],
    [1, False],
    [{"key": "a", "n": 1}, {"key": "b", "n": 2}],
    [{"key": "b", "m": 3}, {"key": "a", "m": 4}],
    [{"key": "a", "m": 4}, {"key": "b", "m": 3}],
    [{"key": "a", "m": 4}, {"key": "b", "m": 5}],
    list(range(150)),
    [1, 2, 3],
    [None, 2, None],
    [{"in": [1, 2, 3]}],
    [{"in": [4]}],
)

# (old object, patch of it): a server must replace all of these, or merge all of them.
OBJECTS: Final[Sequence[tuple[dict[str, Any], dict[str, Any]]]] = (
    ({"a": 1, "b": 2}, {"b": 3, "c": 4}),
    ({"a": {"x": 1, "y": [1]}, "b": "t"}, {"a": {"y": [2], "z": 0}}),
    ({"a": 1}, {"a": 2}),
    ({"p": "q"}, {"r": {"s": "t"}}),
    ({"k": [1, 2], "l": False}, {"k": [3]}),
    ({"a": 1, "b": 0}, {}),
    ({"a": True, "b": "t", "c": [1]}, {"a": False, "b": "", "c": []}),
    ({"a": 0, "b": False, "c": ""}, {"d": 1}),
    ({"a": 1}, {"b": 2, "c": 3, "d": 4, "e": 5}),
    ({}, {"a": {"b": 1}}),
    ({"A": 1, "a.b": 2}, {"a": 3}),
)

# (old value, new value) for PUT, which replaces arrays and objects completely.
REPLACED: Final[Sequence[tuple[Any, Any]]] = (
    *LOOKALIKES,
    ("x", ["x"]), ("x", ["x", "y"]), (7, [7]), ({"a": 1}, [{"a": 1}]), ([{"a": 1}], {"a": 1}),
    (None, ""), ("", None), ({}, []), ([], {}), (0, ""), (False, ""), (0, None), (None, 0), (None, False),
    *pairwise((*ARRAYS, *OTHER_ARRAYS)),
    *OBJECTS,
)  # fmt: skip

# Values that a careless test for a missing value takes for one.
FALSY: Final[Mapping[str, Any]] = {
    "testSummary": "",
    "testHeadcount": 0,
    "testConfirmed": False,
    "testTags": [],
    "testLocation": {"site": "", "floor": 0, "open": False},
}

# Texts that the styles of JSON write differently.
WRITTEN: Final[Mapping[str, Any]] = {
    "testSummary": 'Z\u00fcrich \u2013 a/b \\ "quoted" \U0001f4bc\U0001d4b3',
    "testTags": ["line\nbreak", "tab\there", "\u65e5\u672c", "\U0001f1e6\U0001f1f9"],
    "testLocation": {"site": "\u00d3 Cuinn", "floor": -3, "open": False, "rooms": []},
}


def polluting(name: str) -> Mapping[str, Any]:
    """Return members that a careless merge in JavaScript takes as the field `name` of every object.

    A server keeps such a field until it restarts, so each check needs a name of its own.
    """
    pollution = {name: "by another case"}
    constructor = {"prototype": pollution}
    return {
        "__proto__": pollution,
        "constructor": constructor,
        "testLocation": {"__proto__": pollution, "constructor": constructor},
    }
