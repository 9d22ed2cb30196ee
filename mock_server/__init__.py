"""A mock of the Case IQ Case APIs.

`build(settings)` gives a callable from request to response, and the adapters bring it to a client:

    handle = build()
    response = handle(Request("POST", "/case", {"authorization": "Bearer dev-token"}, b"{}"))

What is imported here is the public interface; the other modules are not.
"""

from mock_server.api import build
from mock_server.behaviour import Behaviour
from mock_server.messages import Fault, Handle, Request, Response
from mock_server.mock import Mock
from mock_server.settings import Auth, CaseRules, IdFormat, Limits, Scheme, Settings, UpdateResponse
from mock_server.workflow import Workflow

__all__ = [
    "Auth",
    "Behaviour",
    "CaseRules",
    "Fault",
    "Handle",
    "IdFormat",
    "Limits",
    "Mock",
    "Request",
    "Response",
    "Scheme",
    "Settings",
    "UpdateResponse",
    "Workflow",
    "build",
]
