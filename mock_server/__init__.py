"""A mock of the Case IQ Case APIs: `build(settings)` gives a callable, the adapters bring it to a client.

    from mock_server import Request, build
    handle = build()
    response = handle(Request("POST", "/case", {"authorization": "Bearer dev-token"}, b"{}"))
"""

from mock_server.messages import Fault, Handle, Request, Response
from mock_server.pipeline import build
from mock_server.settings import Auth, CaseRules, IdFormat, Limits, Scheme, Settings, UpdateResponse
from mock_server.workflow import Workflow

__all__ = [
    "Auth",
    "CaseRules",
    "Fault",
    "Handle",
    "IdFormat",
    "Limits",
    "Request",
    "Response",
    "Scheme",
    "Settings",
    "UpdateResponse",
    "Workflow",
    "build",
]
