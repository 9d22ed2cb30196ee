"""All reports of one run as files in one folder, each complete or not there at all.

Owns the files' names. A report never stands half written: it is written aside, then renamed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from contract_tests.report import har, junit
from contract_tests.report.document import Document, text
from contract_tests.report.html import page

DOCUMENT: Final = "conformance.json"
STORIES: Final = "stories"
_RENDERINGS: Final[Mapping[str, Callable[[Document], str]]] = {
    DOCUMENT: text,
    "conformance.html": page.render,
    "junit.xml": junit.render,
}
ARCHIVE: Final = "exchanges.har"
_READABLE: Final = 0o666
_EXECUTABLE: Final = 0o777


def write(
    document: Document,
    folder: Path,
    exchanges: Iterable[Mapping[str, Any]],
    stories: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write every report into `folder`, made where it is missing; the paths written.

    `stories` are the scripts by requirement, as stories.scripts gives them; scripts of an earlier run are removed.
    Raises OSError where the folder cannot be written.
    """
    stories = stories or {}
    written = rendered(document, folder)
    version = document["run"]["versions"].get("caseiq-contract-suite", "")
    written.append(_put(folder / ARCHIVE, lambda file: har.write(exchanges, file, version)))
    for stale in (folder / STORIES).glob("*.sh"):
        if stale.stem not in stories:
            stale.unlink()
    if stories:
        (folder / STORIES).mkdir(exist_ok=True)
    for id_, script in stories.items():
        written.append(_put(folder / STORIES / f"{id_}.sh", _saying(script), _EXECUTABLE))
    return written


def rendered(document: Document, folder: Path) -> list[Path]:
    """Write what needs the document alone, JSON, HTML and JUnit, as `write` does; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_put(folder / name, _saying(render(document))) for name, render in _RENDERINGS.items()]


def _saying(content: str) -> Callable[[IO[str]], object]:
    return lambda file: file.write(content)


def _put(path: Path, write_to: Callable[[IO[str]], object], mode: int = _READABLE) -> Path:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # The opener leaves the mode to the user's umask, which a chmod would overrule.
        with open(
            aside, "w", encoding="utf-8", newline="\n", opener=lambda name, flags: os.open(name, flags, mode)
        ) as file:
            write_to(file)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return path
