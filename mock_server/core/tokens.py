"""Access tokens: issue, expire, check. It knows no HTTP and keeps no list.

A token carries its own expiry, the one it would usually have, and a signature (HMAC-SHA256) under a key made from
the client's secrets. So memory does not grow with the number of tokens, and several mocks with the same settings
accept each other's.
"""

import hashlib
import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence

_EXPIRY, _NONCE, _SIGNATURE = 8, 9, 32
"""Bytes of a token's parts, the first of them twice; 57 in all, so that its base64 text has no padding and no bit to
spare."""


class Tokens:
    """The tokens of one service account, with a clock in seconds since the epoch."""

    def __init__(self, client_id: str, secrets: Sequence[str], now: Callable[[], float]) -> None:
        self._client_id = client_id.encode()
        self._secrets = [secret.encode() for secret in secrets]
        self._now = now
        self._key = hashlib.sha256(b"\0".join([self._client_id, *self._secrets])).digest()

    def knows(self, client_id: str, secret: str) -> bool:
        """Whether these are the account's id and one of its secrets, decided in constant time."""
        # All comparisons are made before any is looked at.
        same_id = same(client_id, self._client_id)
        same_secret = [same(secret, known) for known in self._secrets]
        return same_id and any(same_secret)

    def issue(self, ttl: float, usual: float | None = None) -> str:
        """A new token that lives for `ttl` seconds; `usual`, how long one would that nobody shortens."""
        expiries = (round((self._now() + life) * 1000) for life in (ttl, ttl if usual is None else usual))
        content = b"".join(one.to_bytes(_EXPIRY, "big") for one in expiries) + os.urandom(_NONCE)
        return urlsafe_b64encode(content + self._sign(content)).decode()

    def accepts(self, token: str) -> bool:
        """Whether `token` was issued here and is still alive."""
        expiry, _ = self._expiries(token)
        return self._now() * 1000 < expiry

    def cut_short(self, token: str) -> bool:
        """Whether `token` was issued here and would be alive, had nobody shortened its life."""
        expiry, usual = self._expiries(token)
        return expiry <= self._now() * 1000 < usual

    def _expiries(self, token: str) -> tuple[int, int]:
        """When a token ends and when it usually would; never was a token that was not issued here."""
        try:
            raw = b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return 0, 0
        content, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if len(content) != 2 * _EXPIRY + _NONCE or not hmac.compare_digest(self._sign(content), signature):
            return 0, 0
        return int.from_bytes(content[:_EXPIRY], "big"), int.from_bytes(content[_EXPIRY : 2 * _EXPIRY], "big")

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")


def same(given: str, secret: bytes) -> bool:
    """Whether a client's text is the secret, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret)
