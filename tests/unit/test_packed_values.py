"""Large payloads with a part of the corpus each, and the fields of them that a server accepts."""

from __future__ import annotations

import json

import pytest
from support.in_process import new_case

from contract_tests.assertions import packed_values
from contract_tests.assertions.packed_values import accepted_parts
from contract_tests.exceptions import Unsupported
from contract_tests.testdata.corpus import MARKUP, NAMES, NUMBERS, SHAPES, TEXTS, letters
from contract_tests.testdata.invalid_input import MISTAKEN_PAYLOADS
from contract_tests.testdata.packed import ODD_ALONE, ODD_TOGETHER, PACKED_VALUES
from mock_server import Request, Response

LARGEST = 100_000  # bytes
FIELDS = {f"test{letters(number)}": number for number in range(40)}


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for member in value.values() for leaf in leaves(member)]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", PACKED_VALUES)
def test_packed_payload_is_smaller_than_usual_limits(name: str) -> None:
    assert len(json.dumps(PACKED_VALUES[name], ensure_ascii=False).encode()) < LARGEST


def test_packed_payloads_contain_the_whole_corpus() -> None:
    shown = {repr(leaf) for payload in PACKED_VALUES.values() for leaf in leaves(payload)}
    assert {repr(value) for value in (*TEXTS, *MARKUP, *NUMBERS)} <= shown
    values = PACKED_VALUES["numbers, shapes and names"]
    assert set(NAMES) <= values.keys()
    assert len(values) == len(NUMBERS) + 3 + len(SHAPES) + 1 + 1 + len(NAMES) + 2  # no name occurs twice


def test_odd_payloads_are_packed_without_loss() -> None:
    packed = [*ODD_TOGETHER, *ODD_ALONE]
    for payload in MISTAKEN_PAYLOADS:
        for name, value in payload.items():
            assert any(repr(one.get(name, one)) == repr(value) for one in packed)


def refusing(*names: str, most: int = 1000) -> packed_values.Case:
    def change(request: Request, response: Response) -> Response:
        if request.method != "PUT":
            return response
        sent = json.loads(request.body)
        refused = len(sent) > most or any(name in sent for name in names)
        return Response(422, {"Content-Type": "application/json"}, b"{}") if refused else response

    return new_case(change=change)


def test_accepted_payload_stays_whole() -> None:
    case = refusing()
    assert accepted_parts(case, FIELDS) == [FIELDS]


def test_refused_fields_are_left_out() -> None:
    kept = accepted_parts(refusing("testxab", "testxbm"), FIELDS)
    assert kept == [{name: value for name, value in FIELDS.items() if name not in ("testxab", "testxbm")}]


def test_fields_stay_apart_if_the_server_limits_the_size() -> None:
    parts = accepted_parts(refusing(most=25), FIELDS)
    assert [len(part) for part in parts] == [20, 20]


def test_server_without_an_accepted_field_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        accepted_parts(refusing(*FIELDS), FIELDS)
