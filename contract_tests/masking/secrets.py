"""Credentials, and their masking in each text that a run shows or writes.

Masks too much rather than too little. But a secret that can be part of a word or a number by chance, such as "local",
is masked only where it stands alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from contract_tests.masking.encodings import Origin, View, encoded, lower, of_basic, plain, seen, views
from contract_tests.masking.matching import Matcher
from contract_tests.text import common_start, render

MASK: Final = "***"
# Headers that carry credentials, whatever the deployment.
CARRYING: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
SHORTEST_LEARNT: Final = 8  # characters; a shorter value in a response may as well be a word or a part of one
SHORTEST_PART: Final = 4  # characters that a damaged credential has in common with the proper one
THOROUGH_COOKIES: Final = 200  # cookies that are masked in encodings of encodings, too
KEPT_COOKIES: Final = 10_000  # a server may renew its cookies with each response

_ISSUED: Final = ("access_token", "refresh_token", "id_token")
_SECRET: Final = ("client_secret", *_ISSUED)
_NAMES: Final = "|".join(_SECRET)
# A member of a JSON text, of a JSON text inside another, or of a form. A form that is masked already stays as it is,
# since the quote of a shell may follow the mask. So does a quote that a shell closes before a variable.
_NAMED: Final = re.compile(
    rf'((?:{_NAMES})(?:\\*"\s*:\s*\\*"|=))(?!\'\\*")((?<=")(?:[^"\\]|\\.)*|(?<==)(?!{re.escape(MASK)})[^&\s"\\]*)',
    re.DOTALL,
)
# An escape before a word, perhaps escaped again; its last letter is not part of the word.
_ESCAPE: Final = re.compile(r"(?:\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[a-z])|%(?:25)*[0-9a-f]{2})$", re.IGNORECASE)
_LONGEST_ESCAPE: Final = 16  # characters that are looked at
_LETTER: Final = re.compile("[A-Za-z0-9]")
# A scheme of the Authorization header that a valid or a made-up credential may have, and the blank after it.
SCHEME: Final = re.compile(r"(?:Bearer|Basic|Digest|Negotiate|ApiKey|Token) ", re.IGNORECASE)
# The value of each cookie in a Set-Cookie header, which may be several joined by commas; none of its attributes.
_COOKIE: Final = re.compile(r'(?:^|,\s*)[^=;,\s]+="?([^;,"]*)')


class Secrets:
    """The values and the headers (names in lower case) that no output may show.

    `own`: the credentials that authenticate the run. Reproductions refer to them by an environment variable.
    `variables`: environment variables with credentials that request bodies contain. `made_up`: values of headers and
    fields that the suite made up in place of credentials, which reproductions therefore contain.
    """

    def __init__(self, values: Iterable[str] = (), headers: Iterable[str] = ()) -> None:
        self.headers = CARRYING | {name.lower() for name in headers}
        self.own: tuple[str, ...] = ()
        self.variables: dict[str, str] = {}
        self.made_up: set[str] = set()
        self._anywhere = Matcher()
        self._alone = Matcher()
        self._given: set[str] = set()
        self._proper: dict[str, None] = {}
        self._seen: set[str] = set()
        self._cookies: set[str] = set()
        self.add(*values)

    @property
    def values(self) -> tuple[list[str], list[str]]:
        """All secrets in the form that is searched for: those masked anywhere, and those masked only alone."""
        return list(self._anywhere), list(self._alone)

    def add(self, *values: str, own: bool = False) -> None:
        """Mask these values from now on, in any encoding."""
        for value in filter(None, values):
            for form in (value, *of_basic(value)):
                self._given.add(form)
                self._proper[plain(form)] = None
                self._add(form)
            if own and value not in self.own:
                self.own = (value, *self.own)

    def is_proper(self, value: str) -> bool:
        """Return True if the value is a secret as it was given or issued, not a changed one."""
        return value in self._given

    def add_userinfo(self, url: str) -> None:
        """Mask the password of a URL, such as a proxy's."""
        password = urlsplit(url).password
        if password:
            self.add(password, unquote(password))

    def keep(self, anywhere: Iterable[str], alone: Iterable[str]) -> None:
        """Mask the `values` of another process."""
        self._anywhere.add(anywhere)
        self._alone.add(alone)

    def _add(self, value: str, *, thorough: bool = True) -> None:
        self._add_literally(value)
        self._add_literally(value.replace(" ", "+"))
        self._anywhere.add(map(lower, encoded(value, thorough=thorough)))

    def _add_literally(self, value: str) -> None:
        value = plain(value)
        (self._alone if _is_word_like(value) else self._anywhere).add([value])

    def learn(
        self, sent: Mapping[str, str], request_body: str, received: Mapping[str, str], response_body: str
    ) -> None:
        """Mask the secrets of one exchange: tokens and cookies that it issued, and damaged credentials that it sent."""
        self.add(
            *(
                value
                for name, value in _named(response_body)
                if name in _ISSUED and len(value) >= SHORTEST_LEARNT
            )
        )
        for cookie in _COOKIE.findall(received.get("set-cookie", "")):
            self._learn_cookie(cookie)
        tried = [value for name, value in _named(request_body) if name == "client_secret"]
        tried += [
            credential
            for name, value in sent.items()
            if name.lower() in self.headers
            for credential in credentials_in(name, value)
        ]
        for value in {*tried} - self._seen:
            self._seen.add(value)
            if any(_is_damaged(plain(value), proper) for proper in list(self._proper)):
                self._add(value, thorough=False)

    def _learn_cookie(self, value: str) -> None:
        if len(value) >= SHORTEST_LEARNT and value not in self._cookies and len(self._cookies) < KEPT_COOKIES:
            self._cookies.add(value)
            self._add(value, thorough=len(self._cookies) <= THOROUGH_COOKIES)

    def mask(self, text: str) -> str:
        """Return the text without secrets, shortened where `text.shorten` asks for it."""
        return render(self.mask_whole(text))

    def mask_whole(self, text: str) -> str:
        """Return the text without secrets, not shortened yet: more secrets may be learnt before it is shown."""
        # Known secrets come first, because one may contain the name of another.
        return _NAMED.sub(self._mask_named, self.mask_known(text))

    def mask_known(self, text: str) -> str:
        """Return the text without known secrets; values that are secret by their names stay."""
        spans = [span for view in views(text) for span in self._spans(text, view)]
        return _without(text, spans) if spans else text

    def _mask_named(self, found: re.Match[str]) -> str:
        value = found[2].rstrip("'")  # the quote of a shell may follow a form
        return found[0] if value in self.made_up else f"{found[1]}{MASK}"

    def _spans(self, text: str, view: View) -> Iterator[tuple[int, int]]:
        viewed = seen(text, view)
        anywhere, alone = self._anywhere.find(viewed), self._alone.find(viewed)
        if not anywhere and not alone:
            return
        origin = Origin(text, view)
        for start, end in anywhere:
            yield origin.span(start, end)
        for start, end in alone:
            span = origin.span(start, end)
            if _stands_alone(text, *span):
                yield span


def credentials_in(header: str, value: str) -> list[str]:
    """Return what may be the credential in a header, the most likely first.

    This is what follows the scheme or a cookie's name. A header without these may be a credential with blanks.
    """
    last = re.split(r"[ =]", value, maxsplit=1)[-1]
    return [last] if SCHEME.match(value) or header.lower() == "cookie" else list(dict.fromkeys((value, last)))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return True if no letter or digit is next to this part of the text; an escape does not count as one."""
    before, after = text[max(0, start - _LONGEST_ESCAPE) : start], text[end : end + 1]
    return not _LETTER.match(after) and (not _LETTER.match(before[-1:]) or bool(_ESCAPE.search(before)))


def _without(text: str, found: Iterable[tuple[int, int]]) -> str:
    """Return the text with a mask in place of each part; parts may overlap."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(found):
        if start >= end:
            pieces += (text[end:start], MASK)
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _named(text: str) -> Iterator[tuple[str, str]]:
    """Yield the members of a JSON text or a form that are secret by their names."""
    if not any(name in text for name in _SECRET):
        return  # the pattern is slower
    for found in _NAMED.finditer(text):
        name = re.match(_NAMES, found[1])
        assert name is not None
        yield name.group(), _unescaped(found[2])


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _is_damaged(value: str, secret: str) -> bool:
    """Return True if a value shares half of its length with a secret, as a credential that was cut or changed does.

    A value like a short secret has to share all but one character, or four.
    """
    common = common_start(value, secret) + common_start(value[::-1], secret[::-1])
    if len(value) >= SHORTEST_LEARNT and common >= max(SHORTEST_PART + 1, len(secret) // 2):
        return True
    short = len(secret) < SHORTEST_LEARNT and len(value) <= 2 * len(secret)
    return short and (secret in value or common >= max(1, min(len(secret) - 1, SHORTEST_PART)))


def _is_word_like(secret: str) -> bool:
    """Return True if a secret is so short and plain that it can be part of longer words, numbers or ids."""
    return len(secret) < SHORTEST_LEARNT and (
        secret.isalpha() or secret.isdigit() or len(secret) < SHORTEST_PART
    )
