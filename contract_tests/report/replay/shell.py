"""One recorded exchange as a command of a POSIX shell: exact body, exact headers, live values for recorded ones.

Speaks to the functions of story.sh. Knows one request at a time, and nothing of stories.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from contract_tests.client.exchange import BASE_VARIABLE, TOKEN_VARIABLE
from contract_tests.masking.secrets import MASK
from contract_tests.report.document import Told

Variables = Mapping[str, str]
"""From a recorded value to the name of the shell variable that holds the live one."""

# Headers that curl makes itself, or that only make sense on the recorded connection.
_OF_THE_CLIENT: Final = {"user-agent", "accept-encoding", "connection", "content-length", "host"}
_URL_PARTS: Final = re.compile(r"([/?&#=])")
# The text of a member whose name ends in "id", as the suite writes JSON: with a space after the colon, or none.
_ID_MEMBER: Final = re.compile(r'((?<=[iI]d": ")[^"]*(?=")|(?<=[iI]d":")[^"]*(?="))')


def ask(step: int, told: Told, target: str, live: Variables) -> str:
    """The command that sends a recorded request as number `step`; its body must be known."""
    body = body_of(told) or b""
    names = {name.lower() for name in told["request_headers"]}
    words = [f"ask {step}", *_method(told), _url(told["url"], target, live)]
    words += [f"-H {header}" for header in _headers(told)]
    if not body and "content-length" not in names:
        return " ".join(words) + " </dev/null"
    if "content-type" not in names:
        words.append("-H 'Content-Type:'")  # or curl would say that it is a form
    return f"{_printed(body, live)} | {' '.join([*words, '--data-binary @-'])}"


def show(step: int, told: Told, target: str, live: Variables) -> str:
    """The command that prints the answer to request `step`."""
    path = path_of(told["url"], target)
    shown = shlex.quote(f"{told['method']} ") + _live(told["url"] if path is None else path, live)
    return f"show {step} {told['status']} {shown}"


def ids_in(told: Told) -> set[str]:
    """The values in a request where `ask` can put live ones."""
    return {*_URL_PARTS.split(told["url"]), *_ID_MEMBER.findall(told["request_body"])}


def path_of(url: str, target: str) -> str | None:
    """What follows the base URL, or None for a URL outside it."""
    rest = url.removeprefix(target)
    return rest if url.startswith(target) and rest[:1] in ("", "/", "?", "#") else None


def body_of(told: Told) -> bytes | None:
    """The request's body byte for byte, or None where the evidence does not hold that, as of a masked one.

    Bytes that are no UTF-8 stand in the evidence as "\\xNN"; the length that was sent tells whether they do.
    """
    text = told["request_body"].encode()
    length = next(
        (value for name, value in told["request_headers"].items() if name.lower() == "content-length"), ""
    )
    if MASK.encode() in text:
        return None
    bytewise = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes([int(found[1], 16)]), text)
    return next((body for body in (text, bytewise) if not length or str(len(body)) == length), None)


def visible(text: str) -> str:
    """`text` on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _method(told: Told) -> list[str]:
    match told["method"]:
        case "HEAD":
            return ["--head"]
        case "GET" if not told["request_body"]:
            return []
        case method:
            return [f"-X {shlex.quote(method)}"]


def _url(url: str, target: str, live: Variables) -> str:
    path = path_of(url, target)
    return shlex.quote(url) if path is None else f'"{BASE_VARIABLE}"{_live(path, live)}'


def _live(path: str, live: Variables) -> str:
    return "".join(_piece(part, live) for part in _URL_PARTS.split(path))


def _piece(text: str, live: Variables) -> str:
    if text in live:
        return f'"${{{live[text]}}}"'
    return shlex.quote(text) if text else ""


def _headers(told: Told) -> Iterator[str]:
    """The headers as arguments; credentials as the curl line of the evidence has them, so as a variable."""
    line = shlex.split(told["curl"])
    shown = [line[at + 1] for at, word in enumerate(line[:-1]) if word == "-H"]
    credentials = {header.partition(":")[0]: header for header in shown}
    for name, value in told["request_headers"].items():
        if name.lower() in _OF_THE_CLIENT:
            continue
        header = f"{name}: {value}"
        if MASK in value:
            header = credentials.get(name, header)
        if not value.strip():
            header = f"{name};"  # curl's own way to send a header without a value
        quoted = [shlex.quote(piece) if piece else "" for piece in header.split(TOKEN_VARIABLE)]
        yield f'"{TOKEN_VARIABLE}"'.join(quoted)


def _printed(body: bytes, live: Variables) -> str:
    """A command that prints `body` exactly, but for the live values."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"printf '{_octal(body)}'"
    if not all(character.isprintable() or character in "\n\t" for character in text):
        return f"printf '{_octal(body)}'"
    quoted = "".join(_piece(part, live) for part in _ID_MEMBER.split(text)) or "''"
    return f"printf '%s' {quoted}"


def _octal(body: bytes) -> str:
    """`body` as a format of printf; octal escapes are the one form that every shell takes byte by byte."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in "%\\'" else f"\\{byte:03o}" for byte in body
    )
