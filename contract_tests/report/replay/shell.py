"""One recorded exchange as a command of a POSIX shell, with the exact body and headers.

Recorded ids are replaced by shell variables that hold the ids of the replay.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, zip_longest
from typing import Final

from contract_tests.client.curl import BASE_VARIABLE, is_printable, octal
from contract_tests.client.derived_credentials import EXPRESSION
from contract_tests.client.exchange import header_in, other_host
from contract_tests.masking.secrets import MASK
from contract_tests.oracle.derived_values import derive
from contract_tests.report.document import ExchangeEntry

Variables = Mapping[str, str]
"""The shell variable for each recorded value."""

# Headers that curl sets itself, or that belong to the recorded connection. A Host header is kept if it is another host.
_SET_BY_CURL: Final = {"user-agent", "accept-encoding", "connection", "content-length", "host"}
_URL_PARTS: Final = re.compile(r"([/?&#=])")
# The value of a member whose name ends in "id", as the suite writes JSON, with or without a space after the colon.
_ID_MEMBER: Final = re.compile(r'((?<=[iI]d": ")[^"]*(?=")|(?<=[iI]d":")[^"]*(?="))')
# Headers with a value that a response contained, and the headers of that response (RFC 9110 section 13.1).
_CONDITIONS: Final = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}
_VALIDATORS: Final = {"etag": re.compile(r'"([^"]+)"'), "last-modified": re.compile("(.+)")}


def send(step: int, exchange: ExchangeEntry, target: str, variables: Variables) -> str:
    """Return the command that sends a recorded request as number `step`; its body must be known."""
    body, with_credentials = body_of(exchange) or b"", _body_with_credentials(exchange)
    names = {name.lower() for name in exchange["request_headers"]}
    words = [f"request {step}", *_method(exchange), _url(exchange["url"], target, variables)]
    words += [f"-H {header}" for header in _headers(exchange, variables)]
    if with_credentials:
        return f"printf '%s' {with_credentials} | {' '.join([*words, '--data-binary @-'])}"
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
    """Return the values in a request that `send` can replace by variables, or derive from them."""
    return {*_URL_PARTS.split(exchange["url"]), *_ID_MEMBER.findall(exchange["request_body"])}


def validators_in(exchange: ExchangeEntry) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each header in a response that a later request can contain.

    The value of an ETag is what stands in its quotes.
    """
    for name, value in exchange["response_headers"].items():
        pattern = _VALIDATORS.get(name.lower())
        if pattern and (found := pattern.search(value)):
            yield name.lower(), found[1]


def has_condition(exchange: ExchangeEntry, value: str) -> bool:
    """Return True if a condition in the headers of a request contains the value."""
    headers = exchange["request_headers"].items()
    return any(value in text for name, text in headers if name.lower() in _CONDITIONS)


def path_of(url: str, target: str) -> str | None:
    """Return the part after the base URL; None if the URL is elsewhere."""
    rest = url.removeprefix(target)
    return rest if url.startswith(target) and rest[:1] in ("", "/", "?", "#") else None


def body_of(exchange: ExchangeEntry) -> bytes | None:
    r"""Return the exact body of the request; None if the evidence does not contain it, because it is masked.

    Bytes that are not UTF-8 are written as "\xNN" in the evidence. The sent length distinguishes them from such text.
    """
    text = exchange["request_body"].encode()
    length = header_in(exchange["request_headers"], "content-length")
    if MASK.encode() in text:
        return None
    decoded = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes([int(found[1], 16)]), text)
    return next((body for body in (text, decoded) if not length or str(len(body)) == length), None)


def is_body_known(exchange: ExchangeEntry) -> bool:
    """Return True if `send` can send the body of the request."""
    return body_of(exchange) is not None or bool(_body_with_credentials(exchange))


def _body_with_credentials(exchange: ExchangeEntry) -> str:
    """Return a masked body as a word with expressions for the credentials, as in the curl line; empty if not known."""
    if MASK not in exchange["request_body"] or MASK in exchange["curl"]:
        return ""
    line = shlex.split(exchange["curl"])
    bodies = [line[at + 1] for at, word in enumerate(line[:-1]) if word == "--data-binary"]
    return "".join(_with_expressions(body) for body in bodies if EXPRESSION.search(body))


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
    derived = derive(text, variables)
    if derived is None:
        return _quoted(text)
    return f'"{derived.expression}"{_quoted(derived.after)}'


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""


def _headers(exchange: ExchangeEntry, variables: Variables) -> Iterator[str]:
    """Yield the headers as arguments; the run's own credentials become a variable, as in the recorded curl line."""
    line = shlex.split(exchange["curl"])
    shown = [line[at + 1] for at, word in enumerate(line[:-1]) if word == "-H"]
    credentials = {header.partition(":")[0]: header for header in shown}
    if host := other_host(exchange["url"], exchange["request_headers"]):
        yield _quoted(f"Host: {host}")
    for name, value in exchange["request_headers"].items():
        if name.lower() in _SET_BY_CURL:
            continue
        header = f"{name}: {value}"
        if MASK in value:
            header = credentials.get(name, header)
        if not value.strip():
            header = f"{name};"  # curl's syntax for a header without a value
        if name.lower() in _CONDITIONS:
            yield "".join(_word(part, variables) for part in _split_at(variables, header))
            continue
        yield _with_expressions(header)


def _with_expressions(text: str) -> str:
    """Return a text as a word, in which the expressions for credentials are not quoted."""
    expressions = [f'"{found}"' for found in EXPRESSION.findall(text)]
    quoted = map(_quoted, EXPRESSION.split(text))
    return "".join(chain.from_iterable(zip_longest(quoted, expressions, fillvalue="")))


def _split_at(values: Iterable[str], text: str) -> list[str]:
    """Return the pieces of a text: the values in it, and what is between them."""
    pattern = "|".join(re.escape(value) for value in values)
    return re.split(f"({pattern})", text) if pattern else [text]


def _print_body(body: bytes, variables: Variables) -> str:
    """Return a command that prints the body exactly, except for the variables."""
    if not is_printable(body):
        return f"printf '{octal(body)}'"
    parts = enumerate(_ID_MEMBER.split(body.decode()))
    quoted = "".join(_word(part, variables) if place % 2 else _quoted(part) for place, part in parts) or "''"
    return f"printf '%s' {quoted}"
