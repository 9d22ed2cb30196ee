"""The part of a mock that the control API uses, and the signature of its functions."""

from collections.abc import Callable
from typing import Any, Protocol

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failures
from mock_server.core import json_codec
from mock_server.core.json_codec import Json
from mock_server.core.messages import Response
from mock_server.core.operations import JSON, Call
from mock_server.core.settings import Settings
from mock_server.core.store import Store
from mock_server.faults.catalogue import Catalogue
from mock_server.journal import Journal
from mock_server.storage.snapshots import Snapshots

UNCACHED_JSON = JSON | {"cache-control": "no-store"}


class Controlled(Protocol):
    """The part of a mock that the control API uses."""

    settings: Settings
    store: Store
    store_name: str
    journal: Journal
    snapshots: Snapshots
    failures: Failures
    catalogue: Catalogue

    @property
    def behaviour(self) -> Behaviour: ...
    def behave(self, **changes: Any) -> None: ...
    def fail_next(
        self,
        status: int = 503,
        *,
        times: int = 1,
        operation: str | None = None,
        delay: float = 0.0,
        kind: str = "status",
        case: str | None = None,
    ) -> None: ...
    def reset(self) -> None: ...
    def seed(self, cases: Json) -> int: ...
    def export(self) -> bytes: ...
    def restore(self, cases: Json) -> None: ...


Function = Callable[[Controlled, Call], Response]


def json_response(value: Json, status: int = 200) -> Response:
    """Return the value as JSON that is not cached."""
    return Response(status, UNCACHED_JSON, json_codec.encode(value))
