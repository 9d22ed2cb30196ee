"""The tables of faults and correct servers: complete, without equal names, and with known requirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

import pytest
from faults import CLASSED
from reference_server.faults import FAULTS as REFERENCE_FAULTS
from reference_server.variants import COMBINED, VARIANTS

import mock_server.faults
from contract_tests.contract.requirements import catalogue
from mock_server.faults import GROUPS

MOCK_FAULTS = [fault for fault, _ in CLASSED]


@pytest.mark.parametrize(
    "names",
    [
        [fault.name for fault in MOCK_FAULTS],
        [fault.name for fault in REFERENCE_FAULTS],
        [variant.name for variant in VARIANTS],
    ],
    ids=["faults of the mock", "faults of the reference server", "variants"],
)
def test_names_are_unique(names: Iterable[str]) -> None:
    assert [name for name, times in Counter(names).items() if times > 1] == [], "rename one of each"


def test_each_fault_names_existing_requirements() -> None:
    known = set(catalogue())
    broken = {fault.name: fault.requirements for fault in MOCK_FAULTS}
    broken |= {fault.name: fault.breaks for fault in REFERENCE_FAULTS}
    wrong = {name: ids for name, ids in broken.items() if not ids or set(ids) - known}
    assert wrong == {}, "name ids of spec/requirements.yaml"


def test_each_requirement_has_a_fault_of_the_mock() -> None:
    proven = {fault.requirements[0] for fault in MOCK_FAULTS if fault.requirements}
    assert set(catalogue()) - proven == set(), "add a fault with this first requirement to tests/faults/"


def test_each_requirement_has_a_fault_of_the_reference() -> None:
    proven = {id_ for fault in REFERENCE_FAULTS for id_ in fault.breaks}
    assert set(catalogue()) - proven == set(), "add a class with @fault(ID) to tests/reference_server/faults/"


def test_each_module_of_the_mock_is_in_a_group() -> None:
    grouped = {id(group.faults) for group in GROUPS}
    modules = (
        import_module(f"mock_server.faults.{found.name}")
        for found in iter_modules(mock_server.faults.__path__)
    )
    tables = {
        module.__name__: module.FAULTS for module in modules if type(getattr(module, "FAULTS", {})) is tuple
    }
    missing = [name for name, faults in tables.items() if id(faults) not in grouped]
    assert len(tables) == len(GROUPS) + len(missing)
    assert missing == [], "add it to GROUPS in mock_server/faults/groups.py"


def test_each_variant_is_in_one_row() -> None:
    rows = Counter(name for row in COMBINED for name in row.name.split())
    wrong = {variant.name: rows[variant.name] for variant in VARIANTS if rows[variant.name] != 1}
    assert wrong == {}, "add it to one row of ROWS in tests/reference_server/variants/__init__.py"
