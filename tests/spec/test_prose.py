"""Style of docstrings, comments, messages, pages and documents: openings, vocabulary and the length of test names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    ".github",
    "benchmarks",
    "change_gate",
    "contract_tests",
    "docker",
    "docs",
    "mock_server",
    "spec",
    "tests",
)
SUFFIXES = {".py", ".js", ".css", ".html", ".j2", ".yaml", ".yml", ".md", ".toml", ".sh"}
# Invented data of a tenant, and this list of words.
EXCLUDED = (
    "mock_server/console/swagger_ui/swagger-ui",
    "mock_server/storage/demo.yaml",
    "spec/released/",
    "tests/gate/pairs/",
    "tests/spec/test_prose.py",
)
# Files in which `judge` is the name of a script.
WITH_SCRIPT_JUDGE = (
    "benchmarks/judge.py",
    "docs/performance.md",
)
# Strings in these files are sent to servers or come from them.
TEST_DATA = ("contract_tests/testdata/", "contract_tests/assertions/stack_traces.py", "tests/")

MAX_TEST_NAME = 60
OPENING = re.compile(r"(What|Whatever|Who|Whom|Whose|Whoever|Where|Wherever|Whether|How|Which|Whichever)\b")
THIRD_PERSON = re.compile(
    r"(Gives|Keeps|Knows|Lets|Looks|Makes|Puts|Raises|Returns|Says|Sends|Takes|Tells)\b"
)
WORDS = re.compile(
    r"\b(answer(s|ed|ing)?|stranger(s|'s)?|told|tells?(?! apart)|dear(er|est)?|anew|whoever|nobody|whosoever|frugal"
    r"|stor(y|ies)(?!\.sh)|judg(e|es|ed|ing|ement|ements)|disguises?|needles?|knows? (no|nothing))\b",
    re.IGNORECASE,
)
# "X is no Y", where English says "X is not a Y". Names of tests may be shorter.
NO_NOUN = re.compile(r"(?<!here )\b(is|are|was|were) no(?! (longer|more|such)\b) \w+", re.IGNORECASE)
CODE_WORDS = re.compile(r"\b(inert|doors?)\b")
PROSE = (WORDS, NO_NOUN)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL)
SCRIPT_TEXT = re.compile(
    r"(?<!:)//[^\n]*|/\*.*?\*/|\"[^\"\n]* [^\"\n]*\"|'[^'\n]* [^'\n]*'|`[^`]* [^`]*`", re.DOTALL
)
INTERPOLATION = re.compile(r"\$\{[^}]*\}")


def paths() -> list[str]:
    """Return the files that contain prose, relative to the root."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    found += [path for path in ROOT.glob("*") if path.suffix in SUFFIXES]
    names = sorted(path.relative_to(ROOT).as_posix() for path in found if "node_modules" not in path.parts)
    return [name for name in names if not name.startswith(EXCLUDED)]


def is_docstring(node: ast.AST) -> bool:
    """Return True for a string that stands alone, as docstrings of modules, functions and attributes do."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Yield line, text and True for functions' docstrings."""
    for node in ast.walk(tree):
        for child in (
            getattr(node, "body", None) or [] if not isinstance(node, ast.Lambda | ast.IfExp) else []
        ):
            if is_docstring(child):
                is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield child.lineno, child.value.value, is_function


def messages(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of every other string of several words."""
    standalone = {id(node.value) for node in ast.walk(tree) if is_docstring(node)}
    for node in ast.walk(tree):
        is_string = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_string and id(node) not in standalone and " " in node.value.strip():
            yield node.lineno, node.value


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#!: ")


def test_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of every test."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name


test_names.__test__ = False  # type: ignore[attr-defined]


def problems_in_python(name: str, source: str) -> Iterator[str]:
    """Yield the problems of a Python file."""
    tree = ast.parse(source)
    for line, text, is_function in docstrings(tree):
        opening = OPENING.match(text) or (is_function and THIRD_PERSON.match(text))
        if opening:
            yield f"{line}: a docstring opens with {opening.group()}"
        yield from words(line, text, (*PROSE, CODE_WORDS))
    for line, text in comments(source):
        if opening := OPENING.match(text):
            yield f"{line}: a comment opens with {opening.group()}"
        yield from words(line, text, (*PROSE, CODE_WORDS))
    if not name.startswith(TEST_DATA):
        for line, text in messages(tree):
            yield from words(line, text)
    if Path(name).name.startswith("test_"):
        for line, test in test_names(tree):
            if len(test) > MAX_TEST_NAME:
                yield f"{line}: {test} has {len(test)} characters"
            yield from words(line, test.replace("_", " "), (WORDS,))


def words(line: int, text: str, patterns: Iterable[re.Pattern[str]] = PROSE) -> Iterator[str]:
    """Yield the words of a text that the vocabulary excludes."""
    for pattern in patterns:
        for found in pattern.finditer(text):
            yield f"{line}: {found.group()}: …{text[max(0, found.start() - 30) : found.end() + 30]!r}…"


def problems(name: str) -> list[str]:
    """Return the problems of a file, each with its line."""
    source = (ROOT / name).read_text(encoding="utf-8")
    if name in WITH_SCRIPT_JUDGE:
        source = source.replace("judge", "")
    match Path(name).suffix:
        case ".py":
            return list(problems_in_python(name, source))
        case ".js" | ".css":
            texts = [INTERPOLATION.sub("", match.group()) for match in SCRIPT_TEXT.finditer(source)]
            return [problem for text in texts for problem in words(0, text)]
        case ".html" | ".j2":
            return list(words(0, MARKUP.sub("", source)))
        case ".toml" | ".sh":
            lines = enumerate(source.splitlines(), 1)
            return [problem for line, text in lines if "#" in text for problem in words(line, text)]
        case _:
            lines = enumerate(source.splitlines(), 1)
            return [problem for line, text in lines for problem in words(line, text)]


@pytest.mark.parametrize("name", paths())
def test_prose_follows_the_style(name: str) -> None:
    found = problems(name)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_checker_reports_each_kind_of_problem() -> None:
    source = (
        '''"""What it does."""

# Who reads this?
# A limit is no error, but there is no limit, and it is no longer here.
STATUS = "the stranger was told"


def f() -> None:
    """Returns the answer."""


def test_'''
        + "x" * 60
        + "() -> None: ...\n"
    )
    found = "\n".join(problems_in_python("mock_server/test_sample.py", source))
    for words_expected in (
        "opens with What",
        "opens with Who",
        "stranger",
        "told",
        "Returns",
        "answer",
        "65 char",
        "is no error",
    ):
        assert words_expected in found
    assert found.count(": is no ") == 1
