"""Kill rate of the unit tests: the share of random small mutants of the pure packages that they detect.

    .venv/bin/python tests/mutants.py --count 200 --seed 1

A mutant differs from the code in one place: an inverted comparison or condition, a swapped operator, a changed
constant, a dropped statement. The tests that execute the place run in a copy of the repository, and must fail.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import coverage

ROOT = Path(__file__).parents[1]
TESTS = ("tests/unit", "tests/gate")
PURE = (
    "contract_tests/oracle", "contract_tests/testdata", "contract_tests/masking", "contract_tests/results",
    "contract_tests/profiles.py", "contract_tests/text.py", "contract_tests/json_text.py",
    "contract_tests/client/retry.py", "contract_tests/client/pace.py", "contract_tests/client/ledger.py",
    "contract_tests/client/credentials.py", "contract_tests/client/curl.py",
    "contract_tests/assertions/stack_traces.py", "contract_tests/assertions/no_effect.py",
    "contract_tests/runner/ordering.py",
    "mock_server/core", "mock_server/behaviour", "mock_server/control/paging.py",
    "mock_server/control/host_check.py", "mock_server/journal.py", "mock_server/masking.py",
    "change_gate/schemas", "change_gate/comparison", "change_gate/documents", "change_gate/version.py",
)  # fmt: skip
DATA = "contract_tests/testdata/"
TIME_OUT = 120.0  # seconds; a mutant that never ends is killed
MANY = 60  # tests above which whole files run
COMPARISONS = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
             ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: `number` counts the places of a file in the order of `ast.walk`."""

    path: str
    number: int
    line: int
    what: str


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each small change of a node, as a description and a function that applies it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            other = COMPARISONS[type(operator)]()
            yield (
                f"{type(operator).__name__} -> {type(other).__name__}",
                lambda: setattr(node, "ops", [other]),
            )
        case ast.BoolOp(op=operator):
            swapped = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield f"{type(operator).__name__} swapped", lambda: setattr(node, "op", swapped)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield (
                f"{type(operator).__name__} swapped",
                lambda: setattr(node, "op", OPERATORS[type(operator)]()),
            )
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "condition inverted", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", lambda: setattr(node, "value", not value)
        case ast.Constant(value=int() as value):
            yield f"{value} -> {value + 1}", lambda: setattr(node, "value", value + 1)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return -> return None", lambda: setattr(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield "statement dropped", lambda: replace_by_pass(node)


def replace_by_pass(node: ast.AST) -> None:
    """Turn the node into `pass`."""
    line = {"lineno": node.lineno, "end_lineno": node.end_lineno, "col_offset": 0, "end_col_offset": 0}  # type: ignore[attr-defined]
    node.__class__ = ast.Pass
    node.__dict__.clear()
    node.__dict__.update(line)


def places(tree: ast.AST, *, data: bool) -> Iterator[tuple[ast.AST, str, Callable[[], None]]]:
    """Yield every change that a module allows; messages and annotations are not behaviour.

    Neither are the options `frozen` and `slots` of a dataclass: no result depends on them. `data`: the module's
    constants are test data, of which another value is as good.
    """
    ignored: set[int] = set()
    if data:
        constants = [node for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]  # type: ignore[attr-defined]
        ignored |= {id(one) for node in constants for one in ast.walk(node)}
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            ignored |= {id(one) for one in ast.walk(part)} if part is not None else set()
        for decorator in getattr(node, "decorator_list", ()):
            options = decorator.keywords if isinstance(decorator, ast.Call) else ()
            ignored |= {id(one.value) for one in options if one.arg in ("frozen", "slots")}
        if isinstance(node, ast.Raise) and node.exc is not None:
            ignored |= {id(one) for one in ast.walk(node.exc)}
        if id(node) not in ignored:
            yield from ((node, what, change) for what, change in changes(node))


def is_data(path: str) -> bool:
    return path.startswith(DATA)


def all_mutants() -> list[Mutant]:
    found = []
    for pure in PURE:
        path = ROOT / pure
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            name = file.relative_to(ROOT).as_posix()
            found += [
                Mutant(name, number, node.lineno, what)  # type: ignore[attr-defined]
                for number, (node, what, _) in enumerate(places(tree, data=is_data(name)))
            ]
    return found


def apply(mutant: Mutant, source: str) -> str:
    """Return the source with the change."""
    tree = ast.parse(source)
    _, _, change = list(places(tree, data=is_data(mutant.path)))[mutant.number]
    change()
    return ast.unparse(ast.fix_missing_locations(tree))


def measure(data_file: str) -> None:
    """Run the tests once, and record which test executes which line."""
    settings = Path(data_file).with_suffix(".rc")
    sources = "contract_tests,mock_server,change_gate"
    settings.write_text(
        f"[run]\nsource_pkgs={sources}\ndynamic_context=test_function\ndata_file={data_file}\n"
    )
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", "-q", *TESTS]
    subprocess.run([*command, "-p", "no:cacheprovider"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def tests_of(mutant: Mutant, data: coverage.CoverageData, files: dict[str, str]) -> list[str]:
    """Return the tests that execute the place; for a line that runs at import, the files that use the module."""
    lines = data.contexts_by_lineno(str(ROOT / mutant.path))
    contexts = {one for one in lines.get(mutant.line, ()) if one}
    if not contexts and "" in lines.get(mutant.line, ()):
        contexts = {one for of_line in lines.values() for one in of_line if one}
        return sorted({files[one.split(".")[-2]] for one in contexts if one.split(".")[-2] in files})
    names = [
        (files[one.split(".")[-2]], one.split(".")[-1]) for one in contexts if one.split(".")[-2] in files
    ]
    if len(names) > MANY:
        return sorted({file for file, _ in names})
    return sorted({f"{file}::{name}" for file, name in names})


def is_killed(mutant: Mutant, tests: list[str], copy: Path) -> bool:
    """Return True if the tests fail with the mutant in a copy of the repository."""
    file = copy / mutant.path
    source = file.read_text(encoding="utf-8")
    file.write_text(apply(mutant, source), encoding="utf-8")
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=copy, capture_output=True, timeout=TIME_OUT, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(source, encoding="utf-8")
    return done.returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", metavar="TEXT", help="mutate only paths that contain TEXT")
    parser.add_argument("--data", default="", metavar="FILE", help="coverage data of an earlier run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_file = options.data or f"{folder}/coverage.data"
        if not Path(data_file).exists():
            measure(data_file)
        data = coverage.CoverageData(data_file)
        data.read()
        files = {
            path.stem: path.relative_to(ROOT).as_posix()
            for one in TESTS
            for path in (ROOT / one).glob("*.py")
        }
        candidates = [one for one in all_mutants() if options.only in one.path]
        chosen = random.Random(options.seed).sample(candidates, min(options.count, len(candidates)))
        copies: Queue[Path] = Queue()
        for number in range(options.jobs):
            ignored = shutil.ignore_patterns(
                ".git", ".venv", "node_modules", "__pycache__", ".tox", "*.egg-info"
            )
            copies.put(Path(shutil.copytree(ROOT, f"{folder}/{number}", ignore=ignored, symlinks=True)))

        def outcome(mutant: Mutant) -> bool:
            tests = tests_of(mutant, data, files)
            copy = copies.get()
            try:
                killed = bool(tests) and is_killed(mutant, tests, copy)
            finally:
                copies.put(copy)
            if not killed:
                note = "" if tests else " (no test executes it)"
                print(f"survived: {mutant.path}:{mutant.line}: {mutant.what}{note}", flush=True)
            return killed

        with ThreadPoolExecutor(options.jobs) as pool:
            killed = sum(pool.map(outcome, chosen))
    print(
        f"killed {killed} of {len(chosen)} mutants ({killed / len(chosen):.1%}) of {len(candidates)}; seed {options.seed}"
    )


if __name__ == "__main__":
    main()
