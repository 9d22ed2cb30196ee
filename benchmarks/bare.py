"""A minimal ASGI application: reads the request and returns a constant case.

Its speed under uvicorn is the upper limit for the mock as an ASGI application.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

CASE = (
    b'{"id":"0b8f5c1e-7d3a-4e57-9a0c-5d2b1f6c8e94","createdDate":"2025-03-04T09:15:30.250Z",'
    b'"lastWorkflowId":"6f0d3c52-9b1e-4c7a-8a55-2f1f0c6b7d10","caseStatus":"Open","owner":"u-2041",'
    b'"canceled":false,"summary":"Invoices split to stay under the approval limit",'
    b'"category":"Procurement fraud","estimatedLoss":18450.75,"anonymous":true,'
    b'"locations":["Porto","Graz"],"reporter":{"channel":"hotline","language":"pt"}}'
)
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(CASE)).encode())]

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Return the constant response."""
    if scope["method"] != "GET":
        await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": CASE})
