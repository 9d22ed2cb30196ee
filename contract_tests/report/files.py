"""The files of a report. Each is written under a temporary name and renamed, so it is complete or absent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from contract_tests.report import har, junit
from contract_tests.report.document import Document, text
from contract_tests.report.html import page

DOCUMENT: Final = "conformance.json"
SCRIPTS: Final = "reproductions"
ARCHIVE: Final = "exchanges.har"
_RENDERERS: Final[Mapping[str, Callable[[Document], str]]] = {
    DOCUMENT: text,
    "conformance.html": page.render,
    "junit.xml": junit.render,
}
_READABLE: Final = 0o666
_EXECUTABLE: Final = 0o777


def script_path(requirement: str) -> str:
    """Return the path of a requirement's reproduction script inside the report's folder."""
    return f"{SCRIPTS}/{requirement}.sh"


def write(
    document: Document,
    folder: Path,
    exchanges: Iterable[Mapping[str, Any]],
    scripts: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write all reports to a folder, and return their paths. Scripts of an earlier run are removed.

    `scripts` are the texts of the reproduction scripts by requirement. Raise OSError if the folder is not writable.
    """
    scripts = scripts or {}
    written = write_rendered(document, folder)
    version = document["run"]["versions"].get("caseiq-contract-suite", "")
    written.append(_put(folder / ARCHIVE, lambda file: har.write(exchanges, file, version)))
    for old in (folder / SCRIPTS).glob("*.sh"):
        if old.stem not in scripts:
            old.unlink()
    if scripts:
        (folder / SCRIPTS).mkdir(exist_ok=True)
    for id_, script in scripts.items():
        written.append(_put(folder / script_path(id_), _writer(script), _EXECUTABLE))
    return written


def write_rendered(document: Document, folder: Path) -> list[Path]:
    """Write the reports that need only the document: JSON, HTML and JUnit. Return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_put(folder / name, _writer(render(document))) for name, render in _RENDERERS.items()]


def _writer(content: str) -> Callable[[IO[str]], object]:
    return lambda file: file.write(content)


def _put(path: Path, write_to: Callable[[IO[str]], object], mode: int = _READABLE) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # An opener applies the user's umask to the mode; chmod would not.
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
