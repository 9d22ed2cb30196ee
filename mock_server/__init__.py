"""A mock of the Case IQ Case APIs.

`build(settings)` gives a callable from request to response, and the adapters bring it to a client:

    handle = build()
    response = handle(Request("POST", "/case", {"authorization": "Bearer dev-token"}, b"{}"))

What is imported here is the public interface; the other modules are not.
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
