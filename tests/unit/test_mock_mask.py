"""The mask of the mock's journal."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from mock_server.masking import MASKED, Mask

SECRET = "dev-key-0?/ä>名🙂"


@pytest.mark.parametrize("before", ["", "a", "ab", "client:"])
@pytest.mark.parametrize("after", ["", "z", ":yz"])
def test_base64_of_a_text_with_the_secret_is_masked(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}{SECRET}{after}".encode()).decode()
    for form in (
        encoded,
        encoded.replace("+", "-").replace("/", "_"),
        quote(encoded, safe=""),
        json.dumps(encoded),
    ):
        shown = Mask([SECRET]).text(f"value={form}")
        assert MASKED in shown
        # Only the characters at both ends, which depend on the text around the secret, may remain.
        assert len(shown.removeprefix("value=").replace(MASKED, "")) <= len(before + after) * 2 + 10


@pytest.mark.parametrize("encode", [str, quote, lambda text: quote(text, safe=""), json.dumps, html.escape])
def test_encoded_secret_is_masked(encode: object) -> None:
    assert callable(encode)
    shown = Mask([SECRET]).text(f"<{encode(SECRET)}>")
    assert MASKED in shown
    assert "key" not in shown


def test_short_secret_is_masked_as_a_word() -> None:
    mask = Mask(["local", ""])
    assert mask.text("at local, locally") == f"at {MASKED}, locally"
    assert mask.text(b"\xff local") == f"\ufffd {MASKED}"


def test_header_of_the_key_is_masked() -> None:
    shown = Mask(["local"], ["x-tenant-key"]).headers(
        {"x-tenant-key": "any", "accept": "local", "authorization": "Bearer x"}
    )
    assert shown == {"x-tenant-key": MASKED, "accept": MASKED, "authorization": f"Bearer {MASKED}"}
