"""Witnesses as text: a request as a curl command, a response as its lines."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from change_gate.findings import Witness

_VARIABLES: Final = re.compile(r"(\$(?:TOKEN|KEY|CREDENTIALS)\b)")
_EXPANDED: Final = re.compile(r'[$`"\\!]')  # the shell changes these between double quotes
_FORM: Final = "application/x-www-form-urlencoded"


def curl_command(witness: Witness) -> str:
    """Return a request witness as a command for a POSIX shell.

    `$BASE_URL` stands for the server; `$TOKEN`, `$KEY` and `$CREDENTIALS` stand for the secrets of the client.
    """
    kind = _content_type(witness.headers)
    is_multipart = witness.has_body and kind == "multipart/form-data" and isinstance(witness.body, dict)
    parts = ["curl"]
    if witness.method not in ("", "GET") or witness.has_body:
        parts += ["-X", witness.method or "GET"]
    parts.append(f'"$BASE_URL"{_quoted(witness.url)}')
    for name, value in witness.headers.items():
        # curl chooses the boundary, so it must write this header itself.
        if not (is_multipart and name.lower() == "content-type"):
            parts += ["-H", _quoted(f"{name}: {value}")]
    if witness.has_body:
        parts += _body_options(witness.body, kind)
    return " ".join(parts)


def _content_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a message without its parameters."""
    values = (value for name, value in headers.items() if name.lower() == "content-type")
    return next(values, "").partition(";")[0].strip().lower()


def _quoted(text: str) -> str:
    """Return the text quoted for the shell, except the variables for secrets."""
    if _VARIABLES.search(text) and not _EXPANDED.search(_VARIABLES.sub("", text)):
        return f'"{text}"'
    pieces = [
        f'"{piece}"' if _VARIABLES.fullmatch(piece) else shlex.quote(piece)
        for piece in _VARIABLES.split(text)
        if piece
    ]
    return "".join(pieces) or "''"


def _body_options(body: Any, kind: str) -> Iterator[str]:
    if kind == "multipart/form-data" and isinstance(body, dict):
        for name, value in _fields(body):
            yield from _part(name, value)
        return
    if kind == _FORM and isinstance(body, dict) and body:
        for name, value in _fields(body):
            yield from ("--data-urlencode", shlex.quote(f"{name}={_text(value)}"))
        return
    text = (
        body if kind.startswith("text/") and isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    )
    yield from ("--data-raw", shlex.quote("" if kind == _FORM and body == {} else text))


def _fields(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a form. An array becomes one field for each item."""
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _part(name: str, value: Any) -> tuple[str, str]:
    """Return the option for one part of a multipart body. An object is sent as JSON."""
    if isinstance(value, (dict, list)):
        text = _text(value).replace("\\", r"\\").replace('"', r"\"")
        return "-F", shlex.quote(f'{name}="{text}";type=application/json')
    # The option -F would give a meaning to @, < and ; in a value.
    return "--form-string", shlex.quote(f"{name}={_text(value)}")


def response_lines(witness: Witness) -> list[str]:
    """Return a response witness as lines: status, headers, and the body with its offending member marked."""
    lines = [f"HTTP {witness.status}"] if witness.status is not None else []
    lines += [f"{name}: {value}" for name, value in witness.headers.items()]
    if witness.has_body:
        lines.append(json.dumps(witness.body, ensure_ascii=False) + _mark(witness))
    return lines


def _mark(witness: Witness) -> str:
    if witness.missing:
        where = f" in {witness.member}" if witness.member else ""
        return f"    <- {', '.join(witness.missing)} is missing{where}"
    return f"    <- {witness.member}" if witness.member else ""
