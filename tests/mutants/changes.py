"""Small changes of the code: an inverted comparison or condition, a swapped operator, a changed constant, a dropped call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
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
DATA: Final = ("contract_tests/testdata/", "change_gate/schemas/format_samples.py")
COMPARISONS = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
             ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one file. `number` counts the changes that the file allows, in the order of `ast.walk`."""

    path: str
    number: int
    line: int
    what: str
    at_import: bool
    """True if the changed code runs when the module is imported, and False if it is part of a function."""

    def tree(self) -> ast.Module:
        """Return the module with the change."""
        tree = parse(self.path)
        _, _, change = list(places(tree, data=is_data(self.path)))[self.number]
        change()
        return ast.fix_missing_locations(tree)


def all_mutants() -> list[Mutant]:
    """Return all mutants of the pure packages."""
    return [mutant for pure in PURE for path in _files(ROOT / pure) for mutant in _mutants_of(path)]


def parse(path: str) -> ast.Module:
    """Return the syntax tree of a file, whose path is relative to the repository."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def is_data(path: str) -> bool:
    """Return True if the constants of the file are samples, of which another one is as good."""
    return path.startswith(DATA)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _mutants_of(file: Path) -> Iterator[Mutant]:
    path = file.relative_to(ROOT).as_posix()
    tree = parse(path)
    in_functions = _nodes_of_functions(tree)
    for number, (node, what, _) in enumerate(places(tree, data=is_data(path))):
        yield Mutant(path, number, node.lineno, what, at_import=id(node) not in in_functions)  # type: ignore[attr-defined]


def _nodes_of_functions(tree: ast.AST) -> set[int]:
    """Return the ids of the nodes in bodies of functions. Default values and decorators run outside of them."""
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    bodies = [
        part for node in functions for part in (node.body if isinstance(node.body, list) else [node.body])
    ]
    return {id(node) for part in bodies for node in ast.walk(part)}


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
    constants are samples, of which another one is as good.
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
