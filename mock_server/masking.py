"""Credentials taken out of texts: known secrets wherever they stand, and whatever stands where secrets do.

A secret is found in the forms that URLs, forms and JSON give it, too: "dev-token", "dev%2Dtoken" and
"dev\\u002dtoken" are one. A secret that words or numbers hold by chance, such as "local", is one only where it stands
alone. Knows nothing of who reads the texts. Patterns are made when the first text is read.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

MASKED = "•••"

_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_SCHEMES = frozenset({"bearer", "basic", "digest"})
_FIELDS = ("client_secret", "access_token", "refresh_token", "password")
_SHORT = 8
"""Characters below which a secret of letters alone, or of digits, stands in other words by chance."""
_SHORTEST = 4
"""Characters below which any secret does."""
_ENDS = (
    r"(?<![A-Za-z0-9])",
    # Of an escape, perhaps one that is escaped again: no part of the word behind it.
    *(rf"(?<={escape})" for escape in (r"\\[A-Za-z]", r"\\u[0-9A-Fa-f]{4}")),
    *(rf"(?<=%{again}[0-9A-Fa-f]{{2}})" for again in ("", "25", "2525")),
)
"""What stands right before a word."""
_WIDEST = 16
"""Characters that one character of a secret takes at most, in the forms that are looked for."""


class Mask:
    """Masks the secrets of one mock."""

    def __init__(self, secrets: Iterable[str], header: str = "") -> None:
        """`header` is the name of the header field that carries the API key."""
        # The longest first, so that none hides a part of another.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self.longest = _WIDEST * max(map(len, self._secrets), default=0)
        """Characters that a secret takes at most."""
        self._headers = _HEADERS | {header.lower()}

    def text(self, text: str | bytes) -> str:
        """The text without credentials; bytes are read as UTF-8, what is none becomes U+FFFD."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        # What came percent-decoded may hold surrogates, which cannot be sent.
        text = text.encode("utf-8", "replace").decode("utf-8")
        for pattern, masked in self._patterns:
            text = pattern.sub(masked, text)
        return text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Header fields without credentials; the scheme of one stays."""
        return {
            self.text(name): _credential(value) if name in self._headers else self.text(value)
            for name, value in headers.items()
        }

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """What is masked, and what stands there then."""
        secrets = re.compile("|".join(map(_escaped, self._secrets)) or r"(?!)")
        names = "|".join(map(_escaped, _FIELDS))
        # Bounded runs of backslashes: a long one would be looked through from each of its characters.
        quote = r'\\{0,8}"'
        value = rf'(?:{quote}(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^\s",}}\]]+)'
        in_json = re.compile(rf"({quote}(?:{names}){quote}\s*:\s*){value}", re.DOTALL)
        in_form = re.compile(rf"((?:^|[?&;])(?:{names})=)[^&;\s]*", re.MULTILINE)
        return [(secrets, MASKED), (in_json, rf'\1"{MASKED}"'), (in_form, rf"\1{MASKED}")]


def _credential(value: str) -> str:
    scheme = value.partition(" ")[0]
    return f"{scheme} {MASKED}" if scheme.lower() in _SCHEMES else MASKED


def _escaped(secret: str) -> str:
    """A pattern for the secret, each character as itself or escaped, up to twice over."""
    pattern = "".join(map(_character, secret))
    plain = secret.isalpha() or secret.isdigit()
    if len(secret) >= (_SHORT if plain else _SHORTEST):
        return pattern
    return f"(?:{'|'.join(_ENDS)}){pattern}(?![A-Za-z0-9])"


def _character(one: str) -> str:
    code = f"{ord(one):02x}"
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in code)
    forms = [rf"\\{{1,4}}u00{digits}", rf"%(?:25){{0,2}}{digits}", rf"\\{{0,4}}{re.escape(one)}"]
    return f"(?:{'|'.join(forms)})"
