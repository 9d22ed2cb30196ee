"""Files of the console and of Swagger UI, and their headers.

Only files directly in their folders, with an extension of the table, are served. They contain no data and need no
token.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Response

MEDIA_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
"""Media types by file extension."""

HEADERS: Mapping[str, str] = {
    # Swagger UI loads its icons from data: URLs.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

CONSOLE = Path(__file__).parents[1] / "console"
SWAGGER_UI = CONSOLE / "swagger_ui"


def console(name: str) -> Response:
    """Return a file of the console. Raises Refused (UNKNOWN_FILE)."""
    return _file(_files(CONSOLE), name)


def swagger_ui(name: str) -> Response:
    """Return a file of Swagger UI. Raises Refused (UNKNOWN_FILE)."""
    return _file(_files(SWAGGER_UI), name)


@cache
def _files(folder: Path) -> Mapping[str, Path]:
    return {path.name: path for path in folder.glob("*.*") if path.suffix in MEDIA_TYPES and path.is_file()}


def _file(files: Mapping[str, Path], name: str) -> Response:
    path = files.get(name)
    if path is None:
        raise Refused(Problem.UNKNOWN_FILE)
    return Response(200, {"content-type": MEDIA_TYPES[path.suffix], **HEADERS}, path.read_bytes())
