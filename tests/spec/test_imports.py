"""Every module of the packages is imported, by its name, by a test, and test modules have distinct names."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("change_gate", "contract_tests", "mock_server")
# The checks and entry points run in a pytest session or a process of their own.
EXEMPT_NAMES = ("__main__", "conftest", "test_")
# Each with the reason why no test imports it.
EXEMPT: dict[str, str] = {
    "contract_tests.plugin": "pytest loads it through its entry point, in every test session",
    "mock_server.pytest_plugin": "pytest loads it through its entry point, in every test session",
}


def modules() -> list[str]:
    """Return the modules that define something; a package's front counts if it does."""
    names = []
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        has_code = any(not _is_docstring(node) for node in ast.parse(path.read_text(encoding="utf-8")).body)
        if has_code and not path.stem.startswith(EXEMPT_NAMES):
            names.append(name)
    return names


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield each name that could be a module: `import a.b`, `from a import b` and `import_module("a.b")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def known() -> set[str]:
    paths = [path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts]
    return {name for path in paths for name in imported(ast.parse(path.read_text(encoding="utf-8")))}


@pytest.mark.parametrize("module", modules())
def test_module_is_imported_by_a_test(module: str, known: set[str]) -> None:
    assert (module in known) is (module not in EXEMPT), EXEMPT.get(module, "no test imports this module")


def test_exceptions_exist() -> None:
    assert set(EXEMPT) <= set(modules())


def test_imports_are_found_in_each_form() -> None:
    tree = ast.parse("import a.b as c\ndef f():\n    from d.e import g, h\nfrom . import i")
    assert sorted(imported(tree)) == ["a.b", "d.e", "d.e.g", "d.e.h"]


def test_test_modules_have_distinct_names() -> None:
    # pytest imports them by their names alone.
    names = Counter(path.name for path in (ROOT / "tests").glob("*/test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
