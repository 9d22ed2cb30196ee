"""Exchanges as the suite records them."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.client.exchange import Exchange


def exchange(
    method: str,
    path: str,
    sent: Any = None,
    status: int = 200,
    shown: Any = None,
    *,
    media_type: str = "application/json",
    started: float = 0.0,
) -> Exchange:
    """Return the exchange of a request with the JSON `sent`, and of a response with the JSON `shown` or its bytes."""
    body = shown if isinstance(shown, bytes) else b"" if shown is None else json.dumps(shown).encode()
    return Exchange(
        method=method,
        url=f"http://target.invalid{path}",
        request_headers={},
        request_body=b"" if sent is None else json.dumps(sent).encode(),
        status=status,
        reason="",
        headers={"content-type": media_type} if media_type else {},
        body=body,
        started=started,
        elapsed=0.0,
    )
