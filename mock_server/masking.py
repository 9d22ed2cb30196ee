"""Masks credentials in texts: known secrets anywhere, and any value in a field that holds a credential.

A secret is also found as URLs, forms, JSON and HTML encode it: "dev-token", "dev%2Dtoken", "dev\\u002dtoken" and
"dev&#45;token" are the same. Its base64 form is found at any position of a longer text. A secret that may be part of
ordinary words, such as "local", is masked only as a whole word. The patterns are compiled when the first text is
masked.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from html.entities import codepoint2name

MASKED = "•••"

_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_SCHEMES = frozenset({"bearer", "basic", "digest"})
_FIELDS = ("client_secret", "access_token", "refresh_token", "password")
_SHORT = 8
"""A shorter secret of letters only, or of digits only, may be part of another word by chance."""
_SHORTEST = 4
"""A shorter secret of any characters may be part of another word by chance."""
_WORD_STARTS = (
    r"(?<![A-Za-z0-9])",
    # The end of an escape sequence, which may itself be escaped, is not a part of the following word.
    *(rf"(?<={escape})" for escape in (r"\\[A-Za-z]", r"\\u[0-9A-Fa-f]{4}")),
    *(rf"(?<=%{again}[0-9A-Fa-f]{{2}})" for again in ("", "25", "2525")),
)
"""Patterns for the position before a word."""
_SHORTEST_BASE64 = 8
"""A shorter base64 text may be part of other base64 data by chance."""
_WIDEST = 28
"""Greatest length of one character of a secret in any encoding that is masked."""


class Mask:
    """Masks the secrets of one mock."""

    def __init__(self, secrets: Iterable[str], headers: Iterable[str] = ()) -> None:
        """Mask these secrets, and the values of these header fields; their names are in lower case."""
        # Longest first, so that a secret inside another does not leave a part of that unmasked.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self.longest = _WIDEST * max(map(len, self._secrets), default=0)
        """Greatest length of an encoded secret."""
        self._headers = _HEADERS.union(headers)

    def text(self, text: str | bytes) -> str:
        """Return the text with credentials masked. Bytes are decoded as UTF-8, with U+FFFD for invalid ones."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        # A percent-decoded text may contain surrogates, which cannot be encoded.
        text = text.encode("utf-8", "replace").decode("utf-8")
        for pattern, masked in self._patterns:
            text = pattern.sub(masked, text)
        return text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return header fields with credentials masked. The authentication scheme stays."""
        return {
            self.text(name): _mask_credential(value) if name in self._headers else self.text(value)
            for name, value in headers.items()
        }

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The patterns to mask, each with its replacement."""
        forms = [
            form for secret in self._secrets for form in (_secret_pattern(secret), *_base64_patterns(secret))
        ]
        secrets = re.compile("|".join(forms) or r"(?!)")
        names = "|".join(map(_secret_pattern, _FIELDS))
        # Runs of backslashes are bounded, because a long run would take quadratic time.
        quote = r'\\{0,8}"'
        value = rf'(?:{quote}(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^\s",}}\]]+)'
        in_json = re.compile(rf"({quote}(?:{names}){quote}\s*:\s*){value}", re.DOTALL)
        in_form = re.compile(rf"((?:^|[?&;])(?:{names})=)[^&;\s]*", re.MULTILINE)
        return [(secrets, MASKED), (in_json, rf'\1"{MASKED}"'), (in_form, rf"\1{MASKED}")]


def _mask_credential(value: str) -> str:
    scheme = value.partition(" ")[0]
    return f"{scheme} {MASKED}" if scheme.lower() in _SCHEMES else MASKED


def _secret_pattern(secret: str) -> str:
    """Return a pattern for the secret. Each character may be escaped, up to twice."""
    pattern = "".join(map(_character_pattern, secret))
    plain = secret.isalpha() or secret.isdigit()
    if len(secret) >= (_SHORT if plain else _SHORTEST):
        return pattern
    return f"(?:{'|'.join(_WORD_STARTS)}){pattern}(?![A-Za-z0-9])"


def _character_pattern(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass").hex()
    json_escapes = "".join(rf"\\{{1,4}}u{_any_case(units[at : at + 4])}" for at in range(0, len(units), 4))
    percent = "".join(
        rf"%(?:25){{0,2}}{_any_case(f'{byte:02x}')}" for byte in one.encode("utf-8", "surrogatepass")
    )
    forms = [json_escapes, percent, rf"\\{{0,4}}{re.escape(one)}"]
    entities = [rf"#0{{0,4}}{ord(one)}", rf"#[xX]0{{0,4}}{_any_case(f'{ord(one):x}')}"]
    name = codepoint2name.get(ord(one), "apos" if one == "'" else "")
    if name:
        entities.append(name)
    # An ampersand may itself be escaped.
    forms.append(rf"&(?:amp;){{0,2}}(?:{'|'.join(entities)});")
    return f"(?:{'|'.join(forms)})"


def _any_case(digits: str) -> str:
    """Return a pattern for hexadecimal digits in either case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _base64_patterns(secret: str) -> Iterator[str]:
    """Yield patterns for the base64 form of the secret, one for each position in a group of three bytes."""
    data = secret.encode()
    for offset in range(3):
        encoded = b64encode(bytes(offset) + data + bytes(2)).decode()
        # Only characters that do not depend on the bytes before and after the secret.
        core = encoded[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
        if len(core) >= _SHORTEST_BASE64:
            # The URL-safe alphabet, and the escapes of URLs and JSON.
            core = core.replace("+", r"(?:[+-]|%2[Bb])").replace("/", r"(?:\\{0,4}/|_|%2[Ff])")
            yield core
