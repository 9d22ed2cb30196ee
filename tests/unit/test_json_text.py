"""JSON texts beyond the limits of Python's json module."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests import json_text
from contract_tests.json_text import _Reader, dumps, loads

DEEP = 8_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def read(text: str) -> Any:
    return _Reader(text, dict, float).read()


def depth(value: Any) -> int:
    levels = 0
    while isinstance(value, (list, dict)):
        levels += 1
        value = next(iter(value.values() if isinstance(value, dict) else value), None)
    return levels


@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_reader_agrees_with_json(value: Any, indent: Any) -> None:
    text = json.dumps(value, indent=indent)
    assert read(text) == value
    assert repr(read(text)) == repr(json.loads(text))


@given(st.text('[]{},:"\\ 019.-+eEtrufalsn\u0000', max_size=12))
def test_reader_refuses_what_json_refuses(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(json.JSONDecodeError):
            read(text)
    else:
        assert repr(read(text)) == repr(expected)


@pytest.mark.parametrize("text", ["[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP])
def test_deep_text_is_read_and_written(text: str) -> None:
    value = loads(text.encode())
    assert depth(value) == DEEP
    assert dumps(value).replace(" ", "") == text


@pytest.mark.parametrize(
    "text", ["[" * DEEP, "[" * DEEP + "]" * (DEEP + 1), "[" * DEEP + "}", "[" * 5000 + "1" * 5000]
)
def test_deep_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        loads(text)


def test_long_number_is_read_and_written() -> None:
    digits = "7" * 5_000
    value = loads(f'{{"n": [{digits}, -{digits}, 1]}}')
    assert value == {"n": [Decimal(digits), Decimal(f"-{digits}"), 1]}
    assert value == loads(dumps(value))
    assert dumps({"n": 10**5_000}) == f'{{"n": 1{"0" * 5_000}}}'
    assert dumps(value["n"][0]) == digits


def test_long_number_takes_linear_time() -> None:
    started = time.monotonic()
    loads("1" * 2_000_000)
    assert time.monotonic() - started < 5


def test_hooks_apply_beyond_the_limits() -> None:
    text = '{"a": 1, "a": ' + "[" * 5_000 + "NaN" + "]" * 5_000 + "}"
    pairs = loads(text, object_pairs_hook=list, parse_constant=lambda _: 0)
    assert [name for name, _ in pairs] == ["a", "a"]
    with pytest.raises(ValueError, match="NaN"):
        loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def test_utf16_text_is_read_beyond_the_limits() -> None:
    assert depth(loads(("[" * 5_000 + "]" * 5_000).encode("utf-16"))) == 5_000


def test_module_has_no_limit_of_its_own() -> None:
    assert json_text.LONGEST_INT < 4_300
