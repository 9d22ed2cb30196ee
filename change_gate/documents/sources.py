"""The places a document is read from: a file, standard input, a git revision or a URL."""

from __future__ import annotations

import abc
import posixpath
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from change_gate.errors import DocumentError, GateError

DEFAULT_PATH: Final = "spec/caseiq-openapi.yaml"
MAX_BYTES: Final = 64 * 1024 * 1024
STANDARD_INPUT: Final = "-"
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_TIMEOUT: Final = 15.0


class Source(abc.ABC):
    """A place that a document is read from. `name` is the place as messages show it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abc.abstractmethod
    def read(self) -> bytes:
        """Return the content. Raises DocumentError if it cannot be read."""

    @abc.abstractmethod
    def relative(self, reference: str) -> Source:
        """Return the source that a relative reference in this one names."""

    def _check_size(self, size: int) -> None:
        if size > MAX_BYTES:
            raise DocumentError(f"the document is larger than {MAX_BYTES // 1024**2} MB", file=self.name)


class FileSource(Source):
    """A file on disk."""

    def read(self) -> bytes:
        """Return the file's bytes."""
        path = Path(self.name)
        try:
            if path.is_file():
                self._check_size(path.stat().st_size)
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise DocumentError(f"the file cannot be read: {error.strerror}", file=self.name) from None
        self._check_size(len(content))
        return content

    def relative(self, reference: str) -> Source:
        """Return the file that a reference names, relative to this file's folder."""
        return FileSource(posixpath.normpath(posixpath.join(posixpath.dirname(self.name), reference)))


class StandardInput(Source):
    """Standard input, which can be read once."""

    def __init__(self) -> None:
        super().__init__("<stdin>")

    def read(self) -> bytes:
        """Return the bytes of standard input."""
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        self._check_size(len(content))
        return content

    def relative(self, reference: str) -> Source:
        """Return the file that a reference names, relative to the working folder."""
        return FileSource(posixpath.normpath(reference))


class RevisionSource(Source):
    """A file as a git revision holds it."""

    def __init__(self, revision: str, path: str) -> None:
        super().__init__(f"{revision}:{path}")
        self.revision = revision
        self.path = path

    def read(self) -> bytes:
        """Return the blob's bytes."""
        size = _git("cat-file", "-s", self.name)
        if size is None or not size.strip().isdigit():
            raise DocumentError("git has no such file in that revision", file=self.name)
        self._check_size(int(size))
        content = _git("cat-file", "blob", self.name)
        if content is None:
            raise DocumentError("git has no such file in that revision", file=self.name)
        return content

    def relative(self, reference: str) -> Source:
        """Return the file that a reference names, in the same revision."""
        joined = posixpath.join(posixpath.dirname(self.path), reference)
        path = posixpath.normpath(joined)
        return RevisionSource(self.revision, f"./{path}" if self.path.startswith("./") else path)


class RemoteSource(Source):
    """A document behind a URL."""

    def read(self) -> bytes:
        """Return the body of a GET request."""
        from urllib.error import URLError  # noqa: PLC0415 - loaded only for remote documents
        from urllib.request import Request, urlopen  # noqa: PLC0415

        request = Request(self.name, headers={"Accept": "application/yaml, application/json, */*;q=0.5"})
        try:
            with urlopen(request, timeout=_TIMEOUT) as response:
                content: bytes = response.read(MAX_BYTES + 1)
        except (URLError, OSError, ValueError) as error:
            raise DocumentError(f"the URL cannot be read: {_reason(error)}", file=self.name) from None
        self._check_size(len(content))
        return content

    def relative(self, reference: str) -> Source:
        """Return the URL that a reference names, relative to this one."""
        return RemoteSource(urljoin(self.name, reference))


def is_remote(text: str) -> bool:
    """Return True if the text is an HTTP URL."""
    return urlsplit(text).scheme.lower() in ("http", "https")


def find(argument: str, *, allow_remote: bool = False) -> Source:
    """Return the source that a command-line argument names. Raises GateError if there is none."""
    if argument == STANDARD_INPUT:
        return StandardInput()
    if is_remote(argument):
        require_remote(argument, allow_remote=allow_remote, file=argument)
        return RemoteSource(argument)
    path = Path(argument)
    if path.is_dir() and not _is_revision(argument):
        raise DocumentError("this is a folder; name the document in it", file=argument)
    if path.exists() and not path.is_dir():
        return FileSource(argument)
    revision, colon, inside = argument.partition(":")
    if colon and inside and not argument.startswith("-") and _is_revision(revision or "HEAD"):
        return RevisionSource(revision or "HEAD", inside)
    if not argument.startswith("-") and _is_revision(argument):
        return RevisionSource(argument, DEFAULT_PATH)
    raise DocumentError(_why_missing(argument), file=argument)


def _why_missing(argument: str) -> str:
    """Return the reason why an argument is neither a file nor a git revision, and the remedy."""
    if ":" not in argument and Path(argument).suffix.lower() in _SUFFIXES:
        return "there is no such file"
    if _git("rev-parse", "--git-dir") is None:
        return "there is no such file, and the current folder is not in a git repository"
    return "there is no such file or git revision; HEAD is the last commit, and a branch of a remote needs git fetch"


def require_remote(url: str, *, allow_remote: bool, file: str, line: int | None = None) -> None:
    """Raise DocumentError if URLs may not be fetched."""
    if not allow_remote:
        subject = "this" if url == file else url
        raise DocumentError(f"{subject} is a URL; pass --allow-remote to fetch it", file=file, line=line)


def _is_revision(text: str) -> bool:
    return _git("rev-parse", "--verify", "--quiet", f"{text}^{{commit}}") is not None


def _git(*arguments: str) -> bytes | None:
    """Return the output of a git command, or None if it fails."""
    try:
        result = subprocess.run(["git", *arguments], capture_output=True, check=False, timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise GateError(f"git {arguments[0]} did not end within {_TIMEOUT:g} seconds") from None
    except OSError:
        return None
    return result.stdout if result.returncode == 0 else None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())
