"""The corpus in few payloads, each below the 100,000 bytes that many servers accept, for the combined checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from contract_tests.testdata.corpus import (
    MARKUP,
    NAMES,
    NUMBERS,
    SHAPES,
    TEXTS,
    as_fields,
    as_items,
    named_fields,
    named_members,
    placed,
)
from contract_tests.testdata.invalid_input import MISTAKEN_PAYLOADS

SHORT: Final = 300  # characters up to which a text is placed with all others
LONG: Final = 2100  # characters from which a text is placed in fields only
LONGEST: Final = (4001, 8193, 10_240)  # lengths that are placed in an array as well


def _with_prefix(prefix: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in payload.items()}


def _texts(fits: Callable[[int], bool]) -> list[str]:
    return [text for text in TEXTS if fits(len(text))]


_SHAPES: Final = (*SHAPES,)

PACKED_VALUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "texts": placed([*_texts(lambda length: length < SHORT), *MARKUP]),
    "numbers, shapes and names": {
        **placed(NUMBERS),
        **_with_prefix("shape", as_fields(_SHAPES)),
        **_with_prefix("shape", as_items(_SHAPES)),
        "shapesNested": {"inner": as_fields(_SHAPES)},
        **named_fields(NAMES),
        **_with_prefix("named", named_members(NAMES)),
    },
    "longer texts": placed(_texts(lambda length: SHORT <= length < LONG)),
    "long texts": {
        **as_fields(_texts(lambda length: length >= LONG)),
        **as_items(_texts(lambda length: length in LONGEST)),
    },
}
"""Name -> payload with a part of the corpus."""

# Fields that a server owns or knows, so that it may refuse a payload because of one of them alone.
_KNOWN_FIELDS: Final = {
    "id", "createdDate", "lastWorkflowId", "owner", "canceled", "cancelDate", "caseStatus", "caseNumber", "testTags",
    "reason", "__proto__", "constructor", "",
}  # fmt: skip


def _packed(payloads: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return payloads with the members of the given ones. A name that occurs twice goes into another payload."""
    packs: list[dict[str, Any]] = []
    for payload in payloads:
        pack = next((one for one in packs if not one.keys() & payload.keys()), None)
        if pack is None:
            packs.append(dict(payload))
        else:
            pack |= payload
    return packs


ODD_TOGETHER: Final = _packed(
    [one for one in MISTAKEN_PAYLOADS if not one.keys() & _KNOWN_FIELDS and len(str(one)) < 20_000]
)
"""Payloads that must not cause a server error, in as few payloads as possible."""

ODD_ALONE: Final = [one for one in MISTAKEN_PAYLOADS if one.keys() & _KNOWN_FIELDS or len(str(one)) >= 20_000]
"""The other ones, which a server may refuse before it reads the rest of a payload."""
