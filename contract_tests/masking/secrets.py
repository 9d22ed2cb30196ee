"""Credentials kept out of sight: what is secret, and its mask in every text that a run shows or writes.

A run adds what it learns while it goes on. Rather masks too much than too little; but a secret that words or numbers
hold by chance, such as "local", is one only where it stands alone. How a secret may look in a text is for disguises,
how it is found for needles. Knows no HTTP client and no report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Final
from urllib.parse import unquote, urlsplit

from contract_tests.masking.encodings import in_base64, of_basic, places, plain
from contract_tests.masking.matching import SHORTEST_HALF, Needles

MASK: Final = "***"
# Headers that carry credentials, whatever the deployment.
CARRYING: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
SHORTEST_LEARNT: Final = 8  # characters; a shorter value met on the way is as likely a word, or a part of one

_ISSUED: Final = ("access_token", "refresh_token", "id_token")
_SECRET: Final = ("client_secret", *_ISSUED)
_NAMES: Final = "|".join(_SECRET)
# A member of a JSON text, of a JSON text inside another, or of a form.
_NAMED: Final = re.compile(
    rf'((?:{_NAMES})(?:\\*"\s*:\s*\\*"|=))((?<=")(?:[^"\\]|\\.)*|(?<==)[^&\s"\\]*)', re.DOTALL
)
# What can stand right before a word and is no part of it, though it ends like one: an escape, perhaps escaped again.
_ESCAPE: Final = re.compile(r"(?:\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[a-z])|%(?:25)*[0-9a-f]{2})$", re.IGNORECASE)
_LONGEST_ESCAPE: Final = 16  # characters that are looked at
_LETTER: Final = re.compile("[A-Za-z0-9]")
# The value of each cookie in a Set-Cookie header, which may be several joined by commas; none of its attributes.
_COOKIE: Final = re.compile(r'(?:^|,\s*)[^=;,\s]+="?([^;,"]*)')


class Secrets:
    """What no output may show: `headers`, by their names in lower case, and values.

    `own` are the credentials by which the run itself is let in, so that a story can name them as a variable.
    """

    def __init__(self, values: Iterable[str] = (), headers: Iterable[str] = ()) -> None:
        self.headers = CARRYING | {name.lower() for name in headers}
        self.own: tuple[str, ...] = ()
        self._needles = Needles()
        self._words = Needles()
        self._looked_at: set[str] = set()
        self.add(*values)

    @property
    def values(self) -> tuple[list[str], list[str]]:
        """All that is masked, as it is looked for (unescaped, in lower case): anywhere, and where it stands alone."""
        return list(self._needles), list(self._words)

    def add(self, *values: str, own: bool = False) -> None:
        """Keep these secret from now on, and what base64 and `Basic` make of them."""
        for value in filter(None, values):
            for form in (value, *of_basic(value)):
                self._keep(form)
                self._keep(form.replace(" ", "+"))
                self._needles.add(map(plain, in_base64(form)))
            if own and value not in self.own:
                self.own = (value, *self.own)

    def add_userinfo(self, url: str) -> None:
        """Keep the password of a URL secret, as of a proxy's."""
        password = urlsplit(url).password
        if password:
            self.add(password, unquote(password))

    def keep(self, anywhere: Iterable[str], alone: Iterable[str]) -> None:
        """Keep secret the `values` of another process."""
        self._needles.add(anywhere)
        self._words.add(alone)

    def _keep(self, value: str) -> None:
        """Keep this secret as it is."""
        value = plain(value)
        (self._words if _like_a_word(value) else self._needles).add([value])

    def learn(self, sent: Mapping[str, str], asked: str, received: Mapping[str, str], answered: str) -> None:
        """Keep secret what one exchange shows: tokens and cookies that it issued, and a credential of ours, damaged."""
        issued = [value for name, value in _named(answered) if name in _ISSUED]
        issued += _COOKIE.findall(received.get("set-cookie", ""))
        self.add(*(value for value in issued if len(value) >= SHORTEST_LEARNT))
        tried = [value for name, value in _named(asked) if name == "client_secret"]
        tried += [
            re.split(r"[ =]", value, maxsplit=1)[-1]
            for name, value in sent.items()
            if name.lower() in self.headers
        ]
        for value in {*tried} - self._looked_at:
            self._looked_at.add(value)
            flat = plain(value)
            if any(_damaged(flat, one) for one in (*self._needles, *self._words)):
                self._keep(value)

    def mask(self, text: str) -> str:
        """The text without secrets."""
        text = _NAMED.sub(rf"\g<1>{MASK}", text)
        flat = plain(text)
        found, words = self._needles.find(flat), self._words.find(flat)
        if not found and not words:
            return text
        place = places(text)
        spans = [(place[start][0], place[end - 1][1]) for start, end in [*found, *words]]
        alone = [span for span in spans[len(found) :] if _stands_alone(text, *span)]
        return _without(text, spans[: len(found)] + alone)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit continues a part of the text; an escape is none."""
    before, after = text[max(0, start - _LONGEST_ESCAPE) : start], text[end : end + 1]
    return not _LETTER.match(after) and (not _LETTER.match(before[-1:]) or bool(_ESCAPE.search(before)))


def _without(text: str, found: Iterable[tuple[int, int]]) -> str:
    """The text with a mask in place of each part that was found; parts may overlap."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(found):
        if start >= end:
            pieces += (text[end:start], MASK)
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _named(text: str) -> Iterator[tuple[str, str]]:
    """The members of a JSON text or a form whose name says that they are secret."""
    if not any(name in text for name in _SECRET):
        return  # a search for the pattern takes longer
    for found in _NAMED.finditer(text):
        name = re.match(_NAMES, found[1])
        assert name is not None
        yield name.group(), _unescaped(found[2])


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _damaged(one: str, secret: str) -> bool:
    """Whether a text is like a secret for half of it: a credential that was cut or changed a little.

    For a short one: for all of it but a character.
    """
    common = _alike(one, secret) + _alike(one[::-1], secret[::-1])
    if len(one) >= SHORTEST_LEARNT and common >= max(SHORTEST_HALF + 1, len(secret) // 2):
        return True
    short = len(secret) < SHORTEST_LEARNT and len(one) <= 2 * len(secret)
    return short and (secret in one or common >= max(1, len(secret) - 1))


def _like_a_word(secret: str) -> bool:
    """Whether a secret is so short and plain that it stands by chance in longer words, numbers or ids."""
    return len(secret) < SHORTEST_LEARNT and (
        secret.isalpha() or secret.isdigit() or len(secret) < SHORTEST_HALF
    )


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common before they differ."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
