"""A mock of the Case IQ Case APIs.

`build(settings)` gives a callable from request to response, and the adapters bring it to a client:

    handle = build()
    response = handle(Request("POST", "/case", {"authorization": "Bearer dev-token"}, b"{}"))

The names here are the public interface; the modules are not. Each is imported when it is first asked for, since
pytest imports this package in every run (pytest_plugin.py).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.behaviour.behaviour import Behaviour as Behaviour
    from mock_server.core.messages import Fault as Fault
    from mock_server.core.messages import Handle as Handle
    from mock_server.core.messages import Request as Request
    from mock_server.core.messages import Response as Response
    from mock_server.core.service import build as build
    from mock_server.core.settings import Auth as Auth
    from mock_server.core.settings import CaseRules as CaseRules
    from mock_server.core.settings import IdFormat as IdFormat
    from mock_server.core.settings import Limits as Limits
    from mock_server.core.settings import Scheme as Scheme
    from mock_server.core.settings import Settings as Settings
    from mock_server.core.settings import UpdateResponse as UpdateResponse
    from mock_server.core.workflow import Workflow as Workflow
    from mock_server.mock import Mock as Mock

_HOMES = {
    "behaviour.behaviour": ("Behaviour",),
    "core.messages": ("Fault", "Handle", "Request", "Response"),
    "mock": ("Mock",),
    "core.service": ("build",),
    "core.settings": ("Auth", "CaseRules", "IdFormat", "Limits", "Scheme", "Settings", "UpdateResponse"),
    "core.workflow": ("Workflow",),
}

__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
