"""Clients that generators make from the document: each runs the life of a case against the mock.

`tox -e clients` installs the generators. A generator that is not installed is a skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_server import Mock
from mock_server.adapters.thread import serving

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
MODULES = HERE / "node_modules"
DOCUMENT = HERE.parents[1] / "spec" / "caseiq-openapi.yaml"
TSC = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")  # fmt: skip


@pytest.fixture(scope="module")
def mock() -> Iterator[tuple[str, str]]:
    """The URL and the token of a mock."""
    served = Mock()
    with serving(served.handle) as url:
        yield url, str(served.settings.auth.token)


def run(*command: str | Path, folder: Path) -> None:
    """Run a command in a folder. Fails with its output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}\n{done.stdout}\n{done.stderr}"


def python_tool(name: str) -> Path:
    """Return a command beside this interpreter. Skips the test without it."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed; `tox -e clients` installs it")
    return Path(found)


def node_tool(name: str) -> Path:
    """Return a command of node_modules. Skips the test without it."""
    found = MODULES / ".bin" / name
    if not found.exists() or shutil.which("node") is None:
        pytest.skip(f"{name} is not installed; `npm install` in tests/clients installs it")
    return found


def openapi_generator(language: str, folder: Path, *options: str) -> None:
    """Generate a client with openapi-generator, which needs Java."""
    tool = python_tool("openapi-generator-cli")
    if shutil.which("java") is None:
        pytest.skip("openapi-generator needs Java")
    run(tool, "validate", "-i", DOCUMENT, folder=folder)
    run(tool, "generate", "-i", DOCUMENT, "-g", language, "-o", folder, *options, folder=folder)


def generate_openapi_generator(folder: Path) -> None:
    openapi_generator("python", folder, "--additional-properties=packageName=generated_client")


def generate_openapi_python_client(folder: Path) -> None:
    tool = python_tool("openapi-python-client")
    run(tool, "generate", "--path", DOCUMENT, "--meta", "none", "--output-path", folder / "case_iq_case_api_client", folder=folder)  # fmt: skip


def generate_datamodel_code_generator(folder: Path) -> None:
    tool = python_tool("datamodel-codegen")
    kind = ("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel")
    run(tool, "--input", DOCUMENT, "--output", folder / "generated_models.py", *kind, folder=folder)


@pytest.mark.parametrize(
    ("program", "generate"),
    [
        ("openapi_generator", generate_openapi_generator),
        ("openapi_python_client", generate_openapi_python_client),
        ("datamodel_code_generator", generate_datamodel_code_generator),
    ],
)
def test_python_client_keeps_the_fields_of_a_tenant(
    program: str, generate: Callable[[Path], None], mock: tuple[str, str], tmp_path: Path
) -> None:
    generate(tmp_path)
    run(sys.executable, PROGRAMS / f"{program}.py", *mock, folder=tmp_path)


def generate_openapi_fetch(folder: Path) -> None:
    run(node_tool("openapi-typescript"), DOCUMENT, "-o", folder / "generated" / "schema.d.ts", folder=folder)


def generate_hey_api(folder: Path) -> None:
    run(node_tool("openapi-ts"), "-i", DOCUMENT, "-o", folder / "generated", folder=folder)


def generate_orval(folder: Path) -> None:
    client = folder / "generated" / "client.ts"
    run(node_tool("orval"), "--input", DOCUMENT, "--output", client, "--client", "fetch", folder=folder)


def generate_typescript_fetch(folder: Path) -> None:
    node_tool("tsc")
    openapi_generator("typescript-fetch", folder / "generated")


@pytest.mark.parametrize(
    ("program", "generate"),
    [
        ("openapi_fetch", generate_openapi_fetch),
        ("hey_api", generate_hey_api),
        ("orval", generate_orval),
        ("openapi_generator", generate_typescript_fetch),
    ],
)
def test_typescript_client_compiles_and_keeps_tenant_fields(
    program: str, generate: Callable[[Path], None], mock: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "generated").mkdir()
    generate(tmp_path)
    for source in (f"{program}.ts", "lifecycle.ts"):
        shutil.copy(PROGRAMS / source, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(MODULES)
    run(node_tool("tsc"), *TSC, f"{program}.ts", folder=tmp_path)
    run(node_tool("tsx"), f"{program}.ts", *mock, folder=tmp_path)


def test_swagger_parser_accepts_the_document(tmp_path: Path) -> None:
    if not (MODULES / "@apidevtools" / "swagger-parser").exists():
        pytest.skip(
            "@apidevtools/swagger-parser is not installed; `npm install` in tests/clients installs it"
        )
    (tmp_path / "node_modules").symlink_to(MODULES)
    script = f"import parser from '@apidevtools/swagger-parser'; await parser.validate({str(DOCUMENT)!r});"
    run("node", "--input-type=module", "-e", script, folder=tmp_path)
