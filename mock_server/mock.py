"""The assembly: one mock with its cases, behaviour, journal and control API, as one handle for the adapters.

    mock = Mock(seed_data="demo")
    mock.handle(Request("GET", "/case/1"))
    mock.fail_next(503)

A request goes to the control API, or through the present chain of handles and into the journal. A change of
behaviour builds another chain and puts it in place at once, so the usual one pays for nothing.
"""

import os
import random
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import RLock
from typing import Any

from mock_server.behaviour.behaviour import Behaviour, shaping, with_faults, with_rate
from mock_server.behaviour.failures import Failure, Failures
from mock_server.core import openapi
from mock_server.core.authentication import carrying, valid
from mock_server.core.errors import Finding, Problem, Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import Handle, Request, Response
from mock_server.core.operations import Tenant, shown_id, uuid4
from mock_server.core.service import locating, serving, tenant_of
from mock_server.core.settings import CONTROL, Settings, credential
from mock_server.core.store import MemoryStore, Store
from mock_server.journal import Journal, Readable
from mock_server.masking import Mask
from mock_server.storage import seed_files
from mock_server.storage.snapshots import MemorySnapshots, Snapshots

DEMO = "demo"


class Mock:
    """One mock. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        store_name: str = "memory",
        seed_data: Json = (),
        behaviour: Behaviour | None = None,
        seed: int | None = None,
        new_id: Callable[[], str] = uuid4,
        now: Callable[[], float] = time.time,
        today: Callable[[], float] | None = None,
        snapshots: Snapshots | None = None,
        control_token: str | None = None,
        hosts: Sequence[str] = (),
        tell: Callable[[Readable], None] | None = None,
    ) -> None:
        """A mock of the tenant in `settings`.

        `seed_data` is "demo" or a seed file's content, and goes into an empty store only. `seed` makes all ids
        follow from it, in place of `new_id`. `now` is the clock for tokens and rates, `today` the one for the dates
        in records where that differs; both give seconds since the epoch. `hosts` are names by which browsers may
        call the control API. `tell` gets each exchange, readable. Raises Refused (INVALID_STATE) for wrong data,
        ValueError for a control token that no header can carry.
        """
        self.settings = settings or Settings()
        self.store = MemoryStore() if store is None else store
        self.store_name = store_name
        self.snapshots = MemorySnapshots() if snapshots is None else snapshots
        self.failures = Failures()
        self.control_token = credential(control_token or urlsafe_b64encode(os.urandom(15)).decode())
        """What the control API asks for; random unless it was given."""
        self._hosts = hosts
        self._now, self._today, self._new_id, self._seed = now, today, new_id, seed
        self._lock = RLock()
        self._locate = locating(self.settings)
        auth = self.settings.auth
        secrets = [auth.token, *auth.client_secrets, self.control_token]
        self.journal = Journal(self._locate, Mask(secrets, auth.header), tell)
        self._control: Handle | None = None
        self._first = behaviour or Behaviour()
        if self._first.rate is None:
            self._first = replace(self._first, rate=self.settings.limits.rate)
        self._behaviour = self._first
        self._seed_data = seed_data
        taken = self.store.restore(self._begin(), if_empty=True)
        self.in_the_way = 0 if taken or not seed_data else sum(1 for _ in self.store.items())
        """How many cases the store had already, so that the seed was left out."""

    def handle(self, request: Request) -> Response:
        """Answer a request: the handle for adapters."""
        if request.path.startswith(CONTROL):
            return self._controlling()(request)
        began = time.time()
        response = self._api(request)
        self.journal.add(began, time.time(), request, response)
        return response

    @property
    def token(self) -> str:
        """A credential that gets in, whatever the scheme: the fixed one, or a new token where that is not accepted."""
        return valid(self.settings.auth, self._tenant.tokens)

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields of a request that gets in."""
        return carrying(self.settings.auth, self.token)

    @property
    def blocking(self) -> bool:
        """Whether an answer may take a while now, so that an adapter had better get it in a thread."""
        return self.store.waits or bool(self._behaviour.faults)

    @property
    def behaviour(self) -> Behaviour:
        """How the mock behaves now."""
        return self._behaviour

    def behave(self, **changes: Any) -> None:
        """Behave differently from now on; names and units are those of Behaviour, and so are the errors."""
        with self._lock:
            self._behaviour = self._behaviour.changed(**changes)
            self._rebuild()

    def fail_next(
        self, status: int = 503, *, times: int = 1, operation: str | None = None, delay: float = 0.0
    ) -> None:
        """Let the next requests (of an operation) fail with a status, each after a delay in seconds.

        Raises ValueError for a status, number or delay that cannot be, Refused (UNKNOWN_OPERATION) for an operation.
        """
        known = sorted(openapi.load().operation_ids())
        if operation is not None and operation not in known:
            finding = Finding("/operation", f"must be one of {known}")
            name = repr(operation[:60])
            raise Refused(
                Problem.UNKNOWN_OPERATION, name=name, operations=", ".join(known), findings=[finding]
            )
        with self._lock:
            self.failures.add(Failure(status, times, operation, delay))
            self._rebuild()

    def reset(self) -> None:
        """Be as at the start: its cases, behaviour and ids, and an empty journal. Snapshots stay."""
        with self._lock:
            self.failures.clear()
            self.store.restore(self._begin())
            self.journal.clear()

    def seed(self, cases: Json) -> int:
        """Add cases, "demo" or a state, and return how many. Raises Refused (INVALID_STATE)."""
        with self._lock:
            rows = self._rows(cases, self._tenant, lambda case_id: self.store.get(case_id) is not None)
            self.store.add(*rows)
        return len(rows)

    def export(self) -> bytes:
        """The state as a file."""
        return seed_files.dump(self.store.items())

    def restore(self, cases: Json) -> None:
        """Put a state in place of all cases. Raises Refused (INVALID_STATE), and has then changed nothing."""
        with self._lock:
            self.store.restore(self._rows(cases, self._tenant))

    def _controlling(self) -> Handle:
        if self._control is None:
            # Imported when it is first called: reading its document takes as long as the rest of the start.
            from mock_server.control import control  # noqa: PLC0415

            with self._lock:
                self._control = self._control or control(self, self.control_token, self._hosts)
        return self._control

    def _rows(
        self, cases: Json, tenant: Tenant, taken: Callable[[str], bool] = lambda _: False
    ) -> seed_files.Rows:
        if cases == DEMO:
            cases = seed_files.demo(self.settings.workflow)
        return seed_files.rows(list(cases) if isinstance(cases, tuple) else cases, tenant, taken)

    def _begin(self) -> seed_files.Rows:
        """Put the chain of the start in place, with ids from the first on; returns the cases of the start."""
        new_id, unused, uniform = self._new_id, self._new_id, random.uniform
        if self._seed is not None:
            new_id = partial(uuid4, random.Random(self._seed).getrandbits)
            unused, uniform = self._unused(new_id), random.Random(self._seed).uniform
        self._uniform = uniform
        tenant = tenant_of(self.settings, self.store, now=self._now, new_id=new_id, today=self._today)
        # These take the place of all others, so none of their ids is taken.
        rows = self._rows(self._seed_data, tenant)
        self._tenant = replace(tenant, new_id=unused)
        self._behaviour = self._first
        self._built: tuple[Any, ...] | None = None
        self._rebuild()
        return rows

    def _unused(self, source: Callable[[], str]) -> Callable[[], str]:
        """Ids from a source that repeats itself, without those that the store has from an earlier run."""
        id_format = self.settings.case.id_format

        def new_id() -> str:
            while True:
                new = source()
                if self.store.get(shown_id(new, id_format)) is None:
                    return new

        return new_id

    def _rebuild(self) -> None:
        behaviour = self._behaviour
        parts = behaviour.rate, behaviour.token_life, behaviour.faults
        if parts != self._built:
            # Only then: a fault may remember what it has seen, and a rate what it let through.
            tenant = replace(self._tenant, settings=behaviour.applied(self.settings))
            self._plain = with_rate(serving(tenant, self._now), behaviour.rate, self.settings.limits.rate)
            self._faulty = with_faults(self._plain, behaviour.faults)
            self._built = parts
        self._api = shaping(
            self._plain,
            self._faulty,
            behaviour,
            self.failures,
            locate=self._locate,
            uniform=self._uniform,
        )
