"""Values that a request derives from an id, as expressions of a shell."""

from __future__ import annotations

import subprocess

import pytest

from contract_tests.oracle.derived_values import derive, is_derived, is_similar

ID = "0b7e0f3c-5a51-4f7e-9d2e-0d6f3a9b6d11"
NEW = "9f0c2d4e-1b2a-4c3d-8e9f-a0b1c2d3e4f5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, NEW),
        (f"{ID}0", f"{NEW}0"),
        (ID[:-1], NEW[:-1]),
        (f"{ID[:-1]}%25", f"{NEW[:-1]}%25"),
        (f"{ID[:24]}ffffffffffff", f"{NEW[:24]}ffffffffffff"),
        (ID[1:], NEW[1:]),
        (ID.upper(), NEW.upper()),
        (ID.replace("-", ""), NEW.replace("-", "")),
    ],
)
def test_shell_derives_a_value_from_the_new_id(text: str, expected: str) -> None:
    derived = derive(text, {ID: "case1"})
    assert derived is not None
    command = f'case1={NEW}; printf %s "{derived.expression}"{derived.after}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == expected


@pytest.mark.parametrize("text", ["", "Close", "44b2983e-1033-49b5-abd5-d41c032a2ca3", f"x{ID}", ID[:10]])
def test_other_values_are_not_derived(text: str) -> None:
    assert derive(text, {ID: "case1"}) is None


def test_value_is_taken_from_the_nearest_id() -> None:
    sibling = f"{ID[:24]}ffffffffffff"
    derived = derive(f"{sibling}0", {ID: "case1", sibling: "case2"})
    assert derived == ("${case2}", "0")


def test_short_ids_are_recognised_only_whole() -> None:
    assert not is_derived("10250", "1025")
    assert is_derived("1025", "1025")


def test_similar_value_has_nearly_all_characters_of_the_id() -> None:
    assert is_similar(f"{ID}0", ID)
    assert is_similar(ID[:-1], ID)
    assert not is_similar(f"{ID[:24]}ffffffffffff", ID)
