"""A request as one curl command of a POSIX shell that sends the same bytes, without secrets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from contract_tests.client.derived_credentials import derive
from contract_tests.client.token_requests import body_word
from contract_tests.masking.secrets import MASK, SCHEME, Secrets, credentials_in

TOKEN: Final = "CASEIQ_TOKEN"
BASE_VARIABLE: Final = "$BASE_URL"
MOST_BYTES: Final = 2_000  # of a body that is written into the line

_PLAIN: Final = re.compile(r"[\w :=*-]*")  # needs no escape in double quotes
_NORMALISED: Final = re.compile(r"/\.\.?(?:[/?]|$)")  # curl would remove these parts of a path.
_GLOB: Final = re.compile(r"[\[\]{}]")
# Headers that curl sets itself, or that do not change the response.
_SET_BY_CURL: Final = {"user-agent", "accept-encoding", "connection", "content-length"}
_DEFAULT_ACCEPT: Final = "application/json"
_NEED_LENGTH: Final = ("POST", "PUT", "PATCH")
UNKNOWN: Final = f"  # {MASK} replaces a credential that is not recorded"


def curl_line(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, base_url: str, secrets: Secrets
) -> str:
    """Return the command. It uses $BASE_URL, and $CASEIQ_TOKEN for the run's own credentials.

    A comment at its end says if it does not send the same request: if a credential is not recorded, or if the body is
    too long for a line.
    """
    words = ["curl", *_options(method, url)]
    path = url.removeprefix(base_url.rstrip("/"))
    shown = re.sub(r'([$`"\\])', r"\\\1", secrets.mask_whole(path))
    words.append(f'"{BASE_VARIABLE if path != url else ""}{shown}"')
    words += _headers(headers, secrets)
    if not body and method in _NEED_LENGTH and "content-length" in _names(headers):
        words += ["-H 'Content-Type:'"] if "content-type" not in _names(headers) else []
        words.append("--data-binary ''")
    if not body:
        return _commented(" ".join(words))
    if "content-type" not in _names(headers):
        words.append("-H 'Content-Type:'")  # curl would declare a form.
    word = body_word(body, secrets)
    if word is not None:
        return _commented(" ".join([*words, f"--data-binary {word}"]))
    text = secrets.mask_whole(body.decode("utf-8", "backslashreplace"))
    if len(body) > MOST_BYTES:
        words.append(
            f"--data-binary @BODY  # BODY: {len(body):,} bytes, which the reproduction script contains"
        )
        return _commented(" ".join(words))
    if MASK not in text and not is_printable(body):
        return f"printf '{octal(body)}' | {_commented(' '.join([*words, '--data-binary @-']))}"
    return _commented(" ".join([*words, f"--data-binary {shlex.quote(text)}"]))


def is_printable(body: bytes) -> bool:
    """Return True if a terminal shows the body as it is, and curl does not take it for the name of a file."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return not text.startswith("@") and all(one.isprintable() or one == "\n" for one in text)


def octal(body: bytes) -> str:
    """Return the body as a format of printf. Every shell understands octal escapes."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in "%\\'" else f"\\{byte:03o}" for byte in body
    )


def _commented(line: str) -> str:
    return line + UNKNOWN if MASK in line else line


def _names(headers: Mapping[str, str]) -> set[str]:
    return {name.lower() for name in headers}


def _options(method: str, url: str) -> Iterator[str]:
    if _NORMALISED.search(url):
        yield "--path-as-is"
    if _GLOB.search(url):
        yield "--globoff"
    if method == "HEAD":
        yield "--head"
    elif method != "GET":
        yield f"-X {shlex.quote(method)}"


def _headers(headers: Mapping[str, str], secrets: Secrets) -> Iterator[str]:
    for name, value in headers.items():
        is_default = name.lower() == "accept" and value == _DEFAULT_ACCEPT
        if name.lower() not in _SET_BY_CURL and not is_default:
            yield f"-H {_header(name, value, secrets)}"


def _header(name: str, value: str, secrets: Secrets) -> str:
    mask = secrets.mask_whole
    if not value.strip():
        return shlex.quote(f"{mask(name)};")  # curl's syntax for a header without a value
    if name.lower() not in secrets.headers or value in secrets.made_up:
        return shlex.quote(mask(f"{name}: {value}"))
    for secret in secrets.own:
        before, own, after = value.partition(secret)
        if own:
            end = mask(after)
            return _in_quotes(f"{name}: {mask(before)}", f"${TOKEN}") + (shlex.quote(end) if end else "")
    credential = credentials_in(name, value)[0]
    for secret in secrets.own:
        # A similar token that the target issued, too, is a valid one: servers number their tokens.
        derived = None if secrets.is_proper(credential) else derive(credential, secret, TOKEN)
        if derived:
            return _in_quotes(f"{name}: {mask(value.removesuffix(credential))}", derived)
    scheme = SCHEME.match(value)
    return shlex.quote(f"{name}: {scheme[0] if scheme else ''}{MASK}")


def _in_quotes(start: str, expression: str) -> str:
    """Return a word of the shell: a text, and an expression in double quotes."""
    quoted = f'"{start}' if _PLAIN.fullmatch(start) else f'{shlex.quote(start)}"'
    return f'{quoted}{expression}"'
