"""Witnesses as text: a request as a curl command, a response as its lines."""

from __future__ import annotations

import json
import shlex
from urllib.parse import urlencode

from change_gate.findings import Witness


def curl_command(witness: Witness) -> str:
    """Return a request witness as a command for a POSIX shell. `$BASE_URL` stands for the server."""
    parts = ["curl"]
    if witness.method not in ("", "GET") or witness.has_body:
        parts += ["-X", witness.method or "GET"]
    parts.append(f'"$BASE_URL"{shlex.quote(witness.url)}')
    for name, value in witness.headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if witness.has_body:
        parts += ["--data-raw", shlex.quote(body_text(witness))]
    return " ".join(parts)


def body_text(witness: Witness) -> str:
    """Return the body as it is sent."""
    kind = next((value for name, value in witness.headers.items() if name.lower() == "content-type"), "")
    if "x-www-form-urlencoded" in kind and isinstance(witness.body, dict):
        return urlencode({name: _text(value) for name, value in witness.body.items()}, doseq=True)
    if kind.startswith("text/") and isinstance(witness.body, str):
        return witness.body
    return json.dumps(witness.body, ensure_ascii=False)


def _text(value: object) -> object:
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def response_lines(witness: Witness) -> list[str]:
    """Return a response witness as lines: status, headers, and the body with its offending member marked."""
    lines = [f"HTTP {witness.status}"] if witness.status is not None else []
    lines += [f"{name}: {value}" for name, value in witness.headers.items()]
    if witness.has_body:
        mark = f"    <- {witness.member}" if witness.member else ""
        lines.append(json.dumps(witness.body, ensure_ascii=False) + mark)
    return lines
