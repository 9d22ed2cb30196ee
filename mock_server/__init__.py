"""A mock of the Case IQ Case APIs.

`build(settings)` returns a function from a request to a response. Adapters connect it to clients:

    handle = build()
    response = handle(Request("POST", "/case", {"authorization": "Bearer dev-token"}, b"{}"))

The names in `__all__` are the public interface. Each is imported at its first use, because pytest imports this
package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.adapters.intercept import intercept as intercept
    from mock_server.adapters.session import MockAdapter as MockAdapter
    from mock_server.adapters.thread import serving as serving
    from mock_server.behaviour.behaviour import Behaviour as Behaviour
    from mock_server.caseiq_mock import CaseiqMock as CaseiqMock
    from mock_server.core.messages import Fault as Fault
    from mock_server.core.messages import Handle as Handle
    from mock_server.core.messages import Request as Request
    from mock_server.core.messages import Response as Response
    from mock_server.core.service import build as build
    from mock_server.core.settings import Auth as Auth
    from mock_server.core.settings import CaseRules as CaseRules
    from mock_server.core.settings import IdFormat as IdFormat
    from mock_server.core.settings import LastWorkflowId as LastWorkflowId
    from mock_server.core.settings import Limits as Limits
    from mock_server.core.settings import Scheme as Scheme
    from mock_server.core.settings import Settings as Settings
    from mock_server.core.settings import ShownAs as ShownAs
    from mock_server.core.settings import UpdateResponse as UpdateResponse
    from mock_server.core.workflow import Workflow as Workflow
    from mock_server.mock import Mock as Mock

_MODULES = {
    "adapters.intercept": ("intercept",),
    "adapters.session": ("MockAdapter",),
    "adapters.thread": ("serving",),
    "behaviour.behaviour": ("Behaviour",),
    "caseiq_mock": ("CaseiqMock",),
    "core.messages": ("Fault", "Handle", "Request", "Response"),
    "core.service": ("build",),
    "core.settings": (
        "Auth",
        "CaseRules",
        "IdFormat",
        "LastWorkflowId",
        "Limits",
        "Scheme",
        "Settings",
        "ShownAs",
        "UpdateResponse",
    ),
    "core.workflow": ("Workflow",),
    "mock": ("Mock",),
}
"""The public names, by module."""

__all__ = [name for names in _MODULES.values() for name in names]


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
