"""Access tokens: issue, expiry and validation, without a list of tokens.

A token carries its expiry, the expiry it would have without a shortened life, and a signature (HMAC-SHA256). The key
of the signature is made from the client's secrets. Memory does not grow with the number of tokens, and several mocks
with the same settings accept each other's tokens.
"""

import hashlib
import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence

_EXPIRY, _NONCE, _SIGNATURE = 8, 9, 32
"""Bytes of a token's parts; it has two expiries. The sum of 57 gives base64 without padding or unused bits."""


class Tokens:
    """The tokens of one service account; `now` returns seconds since the epoch."""

    def __init__(self, client_id: str, secrets: Sequence[str], now: Callable[[], float]) -> None:
        self._client_id = client_id.encode()
        self._secrets = [secret.encode() for secret in secrets]
        self._now = now
        self._key = hashlib.sha256(b"\0".join([self._client_id, *self._secrets])).digest()

    def is_client(self, client_id: str, secret: str) -> bool:
        """Return True for the account's id and one of its secrets; takes constant time."""
        # All comparisons are made before any result is used.
        has_id = equals_secret(client_id, self._client_id)
        has_secret = [equals_secret(secret, known) for known in self._secrets]
        return has_id and any(has_secret)

    def issue(self, ttl: float, usual: float | None = None) -> str:
        """Return a new token that lives for `ttl` seconds; `usual` is its life without shortening."""
        expiries = (round((self._now() + life) * 1000) for life in (ttl, ttl if usual is None else usual))
        content = b"".join(one.to_bytes(_EXPIRY, "big") for one in expiries) + os.urandom(_NONCE)
        return urlsafe_b64encode(content + self._sign(content)).decode()

    def is_valid(self, token: str) -> bool:
        """Return True if the token was issued here and has not expired."""
        expiry, _ = self._expiries(token)
        return self._now() * 1000 < expiry

    def is_expired_early(self, token: str) -> bool:
        """Return True if the token was issued here and has expired only because its life was shortened."""
        expiry, usual = self._expiries(token)
        return expiry <= self._now() * 1000 < usual

    def _expiries(self, token: str) -> tuple[int, int]:
        """Return the expiry and the usual expiry of a token; zeros if it was not issued here."""
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


def equals_secret(given: str, secret: bytes) -> bool:
    """Compare a client's text with a secret in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret)
