"""A complete mock: cases, behaviour, journal and control API behind one handle.

    mock = Mock(seed_data="demo")
    mock.handle(Request("GET", "/case/1"))
    mock.fail_next(503)
    print(mock.middlewares)

A request goes to the control API, or through the chain of middlewares and into the journal. A change of behaviour
builds a new chain and installs it at once.
"""

import os
import random
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from mock_server import suspension
from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failure, Failures, Kind
from mock_server.behaviour.middleware import Chain, build_chain, inner_middlewares
from mock_server.core import openapi
from mock_server.core.authentication import credential_fields, credential_headers, valid_credential
from mock_server.core.errors import Finding, Problem, Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import Execution, Request, Response
from mock_server.core.operations import Tenant, format_id, uuid4
from mock_server.core.service import build_api, create_locate, create_tenant, read_only_fields
from mock_server.core.settings import CONTROL, Settings, check_credential
from mock_server.core.store import MemoryStore, Store
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.named_fault import NamedFault
from mock_server.journal import Entry, Journal
from mock_server.masking import Mask
from mock_server.storage import seed_files
from mock_server.storage.snapshots import MemorySnapshots, Snapshots

if TYPE_CHECKING:
    from mock_server.control import ControlApi

DEMO = "demo"


class MockHandle:
    """The handle of a mock, with the body limits that its adapters need."""

    def __init__(self, mock: "Mock") -> None:
        self._mock = mock

    def __call__(self, request: Request) -> Response:
        return self._mock.respond(request)

    def body_limit(self, request: Request) -> int:
        """Return the largest body to buffer for a request to the control API, which has no body yet."""
        return self._mock.control_api.body_limit(request)


class Mock:
    """One mock. Its methods can be called from several threads."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        store_name: str = "memory",
        seed_data: Json = (),
        behaviour: Behaviour | None = None,
        faults: Sequence[str | NamedFault] = (),
        known_faults: Iterable[NamedFault] = (),
        seed: int | None = None,
        new_id: Callable[[], str] = uuid4,
        now: Callable[[], float] = time.time,
        today: Callable[[], float] | None = None,
        snapshots: Snapshots | None = None,
        control_token: str | None = None,
        hosts: Sequence[str] = (),
        on_exchange: Callable[[Entry], None] | None = None,
    ) -> None:
        """Create a mock of the tenant in `settings`.

        `seed_data` is "demo" or the content of a seed file; it is loaded only into an empty store. `seed` makes all
        ids repeatable, and replaces `new_id`. `faults` are added to those of `behaviour`; `known_faults` are your own
        ones, which `behave` and the control API find by name. `now` is the clock for tokens and rates, `today` the
        clock for dates in records if it differs; both return seconds since the epoch. `hosts` are names that browsers
        may use for the control API. `on_exchange` is called with each journal entry. Raises Refused (INVALID_STATE)
        for invalid data, ValueError for an unknown fault, and for a control token that no header can carry.
        """
        self.handle = MockHandle(self)
        """The handle for adapters, from a request to its response."""
        self.settings = settings or Settings()
        self.store = MemoryStore() if store is None else store
        self.store_name = store_name
        self.snapshots = MemorySnapshots() if snapshots is None else snapshots
        self.failures = Failures()
        self.catalogue = Catalogue(known_faults)
        self.control_token = check_credential(control_token or urlsafe_b64encode(os.urandom(15)).decode())
        """The token of the control API; random unless it was given."""
        self._hosts = hosts
        self._now, self._today, self._new_id, self._seed = now, today, new_id, seed
        self._lock = RLock()
        self._locate = create_locate(self.settings)
        self.journal = Journal(self._locate, self._create_mask(), on_exchange)
        self._control: ControlApi | None = None
        self._tenant: Tenant
        self._built_for: tuple[Any, ...] | None = None
        self._initial_behaviour = behaviour or Behaviour()
        if faults:
            found = tuple(self.catalogue.find(fault) for fault in faults)
            self._initial_behaviour = self._initial_behaviour.changed(
                faults=self._initial_behaviour.faults + found
            )
        if self._initial_behaviour.rate is None:
            self._initial_behaviour = replace(self._initial_behaviour, rate=self.settings.limits.rate)
        self._behaviour = self._initial_behaviour
        self._seed_data = seed_data
        is_loaded = self.store.restore(self._start(), if_empty=True)
        self.existing_cases = 0 if is_loaded or not seed_data else sum(1 for _ in self.store.items())
        """The number of cases that the store already had, if the seed data was therefore not loaded."""

    def respond(self, request: Request) -> Response:
        """Return the response to a request."""
        if request.path.startswith(CONTROL):
            return self.control_api(request)
        if (
            request.path == "/"
            and request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
        ):
            # A browser at the root of the server.
            return Response(302, {"location": f"{CONTROL}/"})
        began = time.time()
        response = self._handle(request)
        self.journal.add(began, time.time(), request, response)
        return response

    def record(self, request: Request, response: Response) -> Response:
        """Add an exchange to the journal that was handled elsewhere, and return its response."""
        now = time.time()
        self.journal.add(now, now, request, response)
        return response

    @property
    def middlewares(self) -> Chain:
        """The present chain of middlewares, outermost first."""
        return self._chain

    @property
    def token(self) -> str:
        """A valid credential: the fixed one, or a new token if the scheme accepts only tokens."""
        return valid_credential(self.settings.auth, self._tenant.tokens)

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields with a valid credential."""
        return credential_headers(self.settings.auth, self.token)

    def schedule(self, request: Request) -> Execution:
        """Return the way in which an adapter should run the handle for a request."""
        if self._behaviour.faults:
            return Execution.IN_THREAD  # A fault may sleep.
        if not self.store.may_block:
            return Execution.AT_ONCE
        if request.path.startswith(CONTROL) or (self.settings.with_list and request.path.endswith("/case")):
            return Execution.IN_THREAD
        if request.method == "GET" and not self.store.may_block_reads:
            return Execution.AT_ONCE
        return Execution.SUSPENDABLE if suspension.IS_AVAILABLE else Execution.IN_THREAD

    @property
    def behaviour(self) -> Behaviour:
        """The present behaviour."""
        return self._behaviour

    def behave(self, **changes: Any) -> None:
        """Change the behaviour. Names, units and errors are those of Behaviour."""
        if "faults" in changes:
            changes["faults"] = tuple(self.catalogue.find(fault) for fault in changes["faults"])
        with self._lock:
            previous, self._behaviour = self._behaviour, self._behaviour.changed(**changes)
            try:
                self._rebuild()
            except ValueError:  # a fault of the user returned no handle
                self._behaviour = previous
                raise

    def change_settings(self, settings: Settings) -> None:
        """Behave like another tenant. The cases, the tokens, the behaviour and the journal stay."""
        with self._lock:
            rate = settings.limits.rate
            tenant_rate, self.settings = self.settings.limits.rate, settings
            self._locate = create_locate(settings)
            self.journal.change(self._locate, self._create_mask())
            self._initial_behaviour = replace(self._initial_behaviour, rate=rate)
            if self._behaviour.rate == tenant_rate:
                self._behaviour = replace(self._behaviour, rate=rate)
            self._tenant = replace(self._tenant, settings=settings, read_only=read_only_fields(settings))
            self._built_for = None
            self._rebuild()

    def fail_next(
        self,
        status: int = 503,
        *,
        times: int = 1,
        operation: str | None = None,
        delay: float = 0.0,
        kind: str = Kind.STATUS,
        case: str | None = None,
    ) -> None:
        """Let the next requests fail, each after a delay in seconds.

        `operation` (an operationId) and `case` (an id) select the requests. The kind "status" responds with `status`.
        The kinds "drop", "truncate" and "not-json" perform the operation, and spoil its response. Raises ValueError
        for an invalid value, and Refused (UNKNOWN_OPERATION).
        """
        known = sorted(openapi.load(self.settings.document).operation_ids())
        if operation is not None and operation not in known:
            finding = Finding("/operation", f"must be one of {known}")
            name = repr(operation[:60])
            raise Refused(
                Problem.UNKNOWN_OPERATION, name=name, operations=", ".join(known), findings=[finding]
            )
        with self._lock:
            self.failures.add(Failure(status, times, operation, delay, kind, case))
            self._rebuild()

    def reset(self) -> None:
        """Restore the initial cases, behaviour and ids, and clear the journal. Snapshots stay."""
        with self._lock:
            self.failures.clear()
            self.store.restore(self._start())
            self.journal.clear()

    def seed(self, cases: Json) -> int:
        """Add cases, "demo" or a state, and return their number. Raises Refused (INVALID_STATE)."""
        with self._lock:
            rows = self._rows(cases, self._tenant, self._has_case)
            self.store.add(*rows)
        return len(rows)

    def export(self) -> bytes:
        """Return the state in the format of a seed file."""
        return seed_files.dump(self.store.items())

    def restore(self, cases: Json) -> None:
        """Replace all cases by a state. Raises Refused (INVALID_STATE), and has then changed nothing."""
        with self._lock:
            self.store.restore(self._rows(cases, self._tenant))

    @property
    def control_api(self) -> "ControlApi":
        """The control API."""
        if self._control is None:
            # Imported at the first call, because reading its document takes as long as the rest of the start.
            from mock_server.control import ControlApi  # noqa: PLC0415

            with self._lock:
                self._control = self._control or ControlApi(self, self.control_token, self._hosts)
        return self._control

    def _create_mask(self) -> Mask:
        auth = self.settings.auth
        return Mask([auth.token, *auth.client_secrets, self.control_token], credential_fields(auth))

    def _has_case(self, case_id: str) -> bool:
        return self.store.get(case_id) is not None

    def _rows(
        self, cases: Json, tenant: Tenant, is_taken: Callable[[str], bool] | None = None
    ) -> seed_files.Rows:
        if cases == DEMO:
            cases = seed_files.demo(tenant.settings)
        return seed_files.complete_rows(list(cases) if isinstance(cases, tuple) else cases, tenant, is_taken)

    def _start(self) -> seed_files.Rows:
        """Install the initial chain with the first ids, and return the initial cases."""
        new_id, unused_id, uniform = self._new_id, self._new_id, random.uniform
        if self._seed is not None:
            new_id = partial(uuid4, random.Random(self._seed).getrandbits)
            unused_id, uniform = self._unused_ids(new_id), random.Random(self._seed).uniform
        self._uniform = uniform
        tenant = create_tenant(self.settings, self.store, now=self._now, new_id=new_id, today=self._today)
        # These rows replace all cases, so none of their ids is taken.
        rows = self._rows(self._seed_data, tenant)
        self._tenant = replace(tenant, new_id=unused_id)
        self._behaviour = self._initial_behaviour
        self._built_for = None
        self._rebuild()
        return rows

    def _unused_ids(self, source: Callable[[], str]) -> Callable[[], str]:
        """Return a source of ids without those that the store has from an earlier run with the same seed."""
        id_format = self.settings.case.id_format

        def new_id() -> str:
            while True:
                new = source()
                if self.store.get(format_id(new, id_format)) is None:
                    return new

        return new_id

    def _rebuild(self) -> None:
        behaviour = self._behaviour
        parts = behaviour.rate, behaviour.token_life, behaviour.faults
        if parts != self._built_for:
            # Other changes keep these parts: a fault and a rate limit remember earlier requests.
            tenant = replace(self._tenant, settings=behaviour.apply(self.settings))
            self._inner = inner_middlewares(behaviour, self.settings.limits.rate)
            self._api = build_api(tenant, self._now)
            self._built_for = parts
        self._chain = build_chain(
            self._api, self._inner, behaviour, self.failures, locate=self._locate, uniform=self._uniform
        )
        self._handle = self._chain.handle
