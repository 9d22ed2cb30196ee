"""Trials of mutants: the tests that execute the changed line run in a forked process, and one of them must fail.

A change in the body of a function replaces the function's code in a process that has collected the tests. A change in
code that runs at import needs a process that has not imported the module.
"""

from __future__ import annotations

import ast
import gc
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Final

import pytest

from mutants.changes import ROOT, Mutant
from mutants.measured import OPTIONS, TESTS, Measured
from mutants.processes import forked, results

START: Final = 15.0  # seconds of processor time for a process beside its tests
SLOWER: Final = 2  # a mutant may need this many times the measured processor time of its tests


class CollectedTests:
    """Plugin that tries mutants in place of running the collected tests."""

    def __init__(
        self, mutants: Sequence[Mutant], measured: Measured, jobs: int, survived: Callable[[Mutant], None]
    ):
        self._mutants = mutants
        self._measured = measured
        self._jobs = jobs
        self._survived = survived
        self._failed = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = _functions_by_file()
        gc.freeze()

        def passes(mutant: Mutant) -> bool:
            if not _replace_code(mutant, functions):
                return True
            chosen = [items[name] for name in self._measured.tests_of(mutant) if name in items]
            return self._passes(chosen)

        for mutant, passed in forked(self._mutants, passes, _limit(self._measured), self._jobs):
            if passed:
                self._survived(mutant)
        return True

    def _passes(self, items: Sequence[pytest.Item]) -> bool:
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._failed:
                return False
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed


def survivors_in_functions(mutants: Sequence[Mutant], measured: Measured, jobs: int) -> Iterator[Mutant]:
    """Yield the mutants that no test detects when it replaces the code of a function that is loaded."""

    def try_all(survived: Callable[[Mutant], None]) -> None:
        pytest.main([*OPTIONS, *TESTS], plugins=[CollectedTests(mutants, measured, jobs, survived)])

    yield from results(try_all)


def survivors_at_import(mutants: Sequence[Mutant], measured: Measured, jobs: int) -> Iterator[Mutant]:
    """Yield the mutants that no test detects if the module is imported with the change.

    The calling process must not have imported the module.
    """

    def passes(mutant: Mutant) -> bool:
        sys.meta_path.insert(0, _ChangedModule(mutant))
        names = measured.tests_of(mutant)
        files = sorted({name.partition("::")[0] for name in names})
        # pytest's rewriting of assertions would load the file itself.
        return (
            pytest.main([*OPTIONS, "-x", "--assert=plain", *files], plugins=[_Selection(names)])
            == pytest.ExitCode.OK
        )

    yield from (one for one, passed in forked(mutants, passes, _limit(measured), jobs) if passed)


class _Selection:
    """Plugin that runs some tests only, in the given order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._order = {name: number for number, name in enumerate(names)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])


def _limit(measured: Measured) -> Callable[[Mutant], float]:
    return lambda mutant: START + SLOWER * measured.seconds_of(mutant)


def _functions_by_file() -> Mapping[str, Sequence[FunctionType]]:
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(f"{ROOT}{os.sep}"):
            found[one.__code__.co_filename].append(one)
    return found


def _replace_code(mutant: Mutant, functions: Mapping[str, Sequence[FunctionType]]) -> bool:
    """Replace the code of the loaded functions of the file, and return True if this changed anything."""
    path = str(ROOT / mutant.path)
    code = {_key(one): one for one in _codes(compile(mutant.tree(), path, "exec"))}
    before = {_key(one): one for one in _codes(compile(_original(path), path, "exec"))}
    changed = {key for key, one in code.items() if before.get(key) != one}
    replaced = False
    for function in functions.get(path, ()):
        key = _key(function.__code__)
        if key in changed and code[key].co_freevars == function.__code__.co_freevars:
            function.__code__ = code[key]
            replaced = True
    return replaced


def _original(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


class _ChangedModule(MetaPathFinder, Loader):
    """Import hook that loads one module with the change of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._path = str(ROOT / mutant.path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin != self._path:
            return None
        spec.loader = self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.tree(), self._path, "exec"), module.__dict__)
