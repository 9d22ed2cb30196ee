"""One recorded exchange as a command of a POSIX shell, with the exact body and headers.

Recorded ids are replaced by shell variables that hold the ids of the replay.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from contract_tests.client.curl import BASE_VARIABLE, TOKEN_VARIABLE, is_printable, octal
from contract_tests.masking.secrets import MASK
from contract_tests.report.document import ExchangeEntry

Variables = Mapping[str, str]
"""The shell variable for each recorded value."""

# Headers that curl sets itself, or that belong to the recorded connection.
_SET_BY_CURL: Final = {"user-agent", "accept-encoding", "connection", "content-length", "host"}
_URL_PARTS: Final = re.compile(r"([/?&#=])")
# The value of a member whose name ends in "id", as the suite writes JSON, with or without a space after the colon.
_ID_MEMBER: Final = re.compile(r'((?<=[iI]d": ")[^"]*(?=")|(?<=[iI]d":")[^"]*(?="))')


def send(step: int, exchange: ExchangeEntry, target: str, variables: Variables) -> str:
    """Return the command that sends a recorded request as number `step`; its body must be known."""
    body = body_of(exchange) or b""
    names = {name.lower() for name in exchange["request_headers"]}
    words = [f"request {step}", *_method(exchange), _url(exchange["url"], target, variables)]
    words += [f"-H {header}" for header in _headers(exchange)]
    if not body and "content-length" not in names:
        return " ".join(words) + " </dev/null"
    if "content-type" not in names:
        words.append("-H 'Content-Type:'")  # curl would declare a form.
    return f"{_print_body(body, variables)} | {' '.join([*words, '--data-binary @-'])}"


def show(step: int, exchange: ExchangeEntry, target: str, variables: Variables) -> str:
    """Return the command that prints the response to request `step`."""
    path = path_of(exchange["url"], target)
    request = shlex.quote(f"{exchange['method']} ") + _substituted(
        exchange["url"] if path is None else path, variables
    )
    status = exchange["status"] or "'no response'"
    return f"show {step} {status} {request}"


def ids_in(exchange: ExchangeEntry) -> set[str]:
    """Return the values in a request that `send` can replace by variables."""
    return {*_URL_PARTS.split(exchange["url"]), *_ID_MEMBER.findall(exchange["request_body"])}


def path_of(url: str, target: str) -> str | None:
    """Return the part after the base URL; None if the URL is elsewhere."""
    rest = url.removeprefix(target)
    return rest if url.startswith(target) and rest[:1] in ("", "/", "?", "#") else None


def body_of(exchange: ExchangeEntry) -> bytes | None:
    r"""Return the exact body of the request; None if the evidence does not contain it, because it is masked.

    Bytes that are not UTF-8 are written as "\xNN" in the evidence. The sent length distinguishes them from such text.
    """
    text = exchange["request_body"].encode()
    length = next(
        (value for name, value in exchange["request_headers"].items() if name.lower() == "content-length"), ""
    )
    if MASK.encode() in text:
        return None
    decoded = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes([int(found[1], 16)]), text)
    return next((body for body in (text, decoded) if not length or str(len(body)) == length), None)


def printable(text: str) -> str:
    """Return the text on one line, without control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _method(exchange: ExchangeEntry) -> list[str]:
    match exchange["method"]:
        case "HEAD":
            return ["--head"]
        case "GET" if not exchange["request_body"]:
            return []
        case method:
            return [f"-X {shlex.quote(method)}"]


def _url(url: str, target: str, variables: Variables) -> str:
    path = path_of(url, target)
    return shlex.quote(url) if path is None else f'"{BASE_VARIABLE}"{_substituted(path, variables)}'


def _substituted(path: str, variables: Variables) -> str:
    return "".join(_word(part, variables) for part in _URL_PARTS.split(path))


def _word(text: str, variables: Variables) -> str:
    if text in variables:
        return f'"${{{variables[text]}}}"'
    return shlex.quote(text) if text else ""


def _headers(exchange: ExchangeEntry) -> Iterator[str]:
    """Yield the headers as arguments; the run's own credentials become a variable, as in the recorded curl line."""
    line = shlex.split(exchange["curl"])
    shown = [line[at + 1] for at, word in enumerate(line[:-1]) if word == "-H"]
    credentials = {header.partition(":")[0]: header for header in shown}
    for name, value in exchange["request_headers"].items():
        if name.lower() in _SET_BY_CURL:
            continue
        header = f"{name}: {value}"
        if MASK in value:
            header = credentials.get(name, header)
        if not value.strip():
            header = f"{name};"  # curl's syntax for a header without a value
        quoted = [shlex.quote(piece) if piece else "" for piece in header.split(TOKEN_VARIABLE)]
        yield f'"{TOKEN_VARIABLE}"'.join(quoted)


def _print_body(body: bytes, variables: Variables) -> str:
    """Return a command that prints the body exactly, except for the variables."""
    if not is_printable(body):
        return f"printf '{octal(body)}'"
    quoted = "".join(_word(part, variables) for part in _ID_MEMBER.split(body.decode())) or "''"
    return f"printf '%s' {quoted}"
