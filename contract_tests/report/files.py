"""The files of a report. Each is written under a temporary name and renamed, so it is complete or absent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from contract_tests.report import har, junit
from contract_tests.report.document import Document, text
from contract_tests.report.html import page
from contract_tests.report.isolation import isolated

DOCUMENT: Final = "conformance.json"
SCRIPTS: Final = "reproductions"
ARCHIVE: Final = "exchanges.har"
_RENDERERS: Final[Mapping[str, Callable[[Document], str]]] = {
    DOCUMENT: text,
    "conformance.html": page.render,
    "junit.xml": junit.render,
}
# Reports show the data of a tenant: only their owner may read them.
_READABLE: Final = 0o600
_EXECUTABLE: Final = 0o700
_FOLDER: Final = 0o700


def script_path(requirement: str) -> str:
    """Return the path of a requirement's reproduction script inside the report's folder."""
    return f"{SCRIPTS}/{requirement}.sh"


def write(
    document: Document,
    folder: Path,
    exchanges: Iterable[Mapping[str, Any]],
    scripts: Mapping[str, str],
    problems: list[str],
) -> list[Path]:
    """Write all reports to a folder, and return their paths. Scripts of an earlier run are removed.

    `scripts` are the texts of the reproduction scripts by requirement. A file that cannot be written is added to the
    problems, and the others are written.
    """
    written = write_rendered(document, folder, problems)
    version = document["run"]["versions"].get("caseiq-contract-suite", "")
    with isolated(ARCHIVE, problems):
        written.append(_put(folder / ARCHIVE, lambda file: har.write(exchanges, file, version, problems)))
    with isolated(SCRIPTS, problems):
        for old in (folder / SCRIPTS).glob("*.sh"):
            if old.stem not in scripts:
                old.unlink()
        if scripts:
            (folder / SCRIPTS).mkdir(mode=_FOLDER, exist_ok=True)
    for id_, script in scripts.items():
        with isolated(script_path(id_), problems):
            written.append(_put(folder / script_path(id_), _writer(script), _EXECUTABLE))
    return written


def write_rendered(document: Document, folder: Path, problems: list[str]) -> list[Path]:
    """Write the reports that need only the document: JSON, HTML and JUnit. Return their paths."""
    written = []
    with isolated(str(folder), problems):
        folder.mkdir(parents=True, mode=_FOLDER, exist_ok=True)
    for name, render in _RENDERERS.items():
        with isolated(name, problems):
            written.append(_put(folder / name, _writer(render(document))))
    return written


def _writer(content: str) -> Callable[[IO[str]], object]:
    return lambda file: file.write(content)


def _put(path: Path, write_to: Callable[[IO[str]], object], mode: int = _READABLE) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(
            temporary,
            "w",
            encoding="utf-8",
            newline="\n",
            opener=lambda name, flags: os.open(name, flags, mode),
        ) as file:
            write_to(file)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
