"""The sequence of updates of the combined check; each step makes one class of defects visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT
from contract_tests.testdata.updates import ARRAYS, FALSY, OTHER_ARRAYS, PATCHES

Step: TypeAlias = tuple[str, Mapping[str, Any]]
"""A method and its payload."""

BARE: Final = {"testSummary": "One field is left"}
SEVERAL: Final = {"testSummary": "Second", "testAssessor": "Dee", "testTags": [], "testUrgent": True}
SIMILAR_NAMES: Final = ("testName", "testNam", "testNames", "testname", "TestName", "testName2", "xtestName")
FIRST_UPDATES: Final[Sequence[Step]] = (
    ("PUT", REPLACEMENT),
    ("PUT", REPLACEMENT),
    ("PATCH", SEVERAL),
    ("PATCH", SEVERAL),
    ("PUT", ORDINARY),
    ("PATCH", {}),
    ("PATCH", PATCHES[-2]),
    ("PATCH", PATCHES[-1]),
    ("PUT", {**ORDINARY, **FALSY}),
    ("PUT", {**ORDINARY, **FALSY}),
    ("PUT", {**ORDINARY, "testTags": ["b", "a", "c"]}),
    ("PUT", {**ORDINARY, "testTags": ["c", "a", "b"]}),
    ("PUT", BARE),
    ("PATCH", {"testNumber": 1}),
    ("PUT", {}),
    ("PUT", {name: value for name, value in ORDINARY.items() if name != "testSummary"}),
    ("PUT", {**ORDINARY, "testLocation": {"site": "Leeds", "floor": 3, "desk": {"row": "B", "seat": 13}}}),
    ("PUT", {**ORDINARY, "testLocation": {"site": "Leeds", "floor": 4, "desk": {"row": "B", "seat": 13}}}),
    *(("PATCH", {"testTags": array}) for array in (*ARRAYS[2:4], OTHER_ARRAYS[2], OTHER_ARRAYS[3])),
    *(("PATCH", {"testSummary": text}) for text in ("one", "two", "One")),
    ("PATCH", dict.fromkeys(SIMILAR_NAMES, "similar")),
    ("PATCH", {"testName": "patched"}),
    ("PATCH", {"testDetail": {"caseStatus": "Close", "lastWorkflowId": "inside"}}),
    ("PUT", ORDINARY),
)
# Patches of one field each, which are sent without a read between them.
SINGLE_PATCHES: Final[Sequence[Mapping[str, Any]]] = (*PATCHES[2:4], *PATCHES[5:15], {"testCategory": None})
MOVED_UPDATES: Final[Sequence[Step]] = (
    ("PATCH", {"testSummary": "After a transition", "testHeadcount": 2, "testTags": ["x", "y"]}),
    ("PATCH", {}),
    ("PUT", REPLACEMENT),
    ("PUT", ORDINARY),
)
SMUGGLED: Final = {
    "testSummary": "smuggled",
    "createdDate": "2001-02-03T04:05:06Z",
    "testLocation": {"site": "x"},
}
