"""One method per operation of the Case APIs, over the recording session.

Adds what every request of the run needs (credentials, the run's tag, required fields); judges nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from contract_tests.client.credentials import Credentials, NoCredentials
from contract_tests.client.exchange import Exchange, quote_id
from contract_tests.client.session import READING, RecordingSession
from contract_tests.client.trace import Trace
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import Unsupported
from contract_tests.testdata.fixed_fields import FixedFields
from contract_tests.testdata.value_kinds import kind_of

JSON: Final = "application/json"
JSON_TYPES: Final = (f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8")
"""JSON's media type with a charset, which has no meaning (RFC 8259 section 11)."""
UNAUTHORIZED: Final = 401

Payload: TypeAlias = Mapping[str, Any]


class CaseApi:
    """The five operations, as the run's authenticated client or, with `credentials`, as another.

    Where the deployment allows a delay until a write shows (`consistency_wait`), each read waits for it. `moved`: the
    caseStatus that was last accepted for a case. `refused_kinds`: the kinds of values (kinds.py) that the target takes
    in no field, and that are left out of what is sent.
    """

    def __init__(
        self,
        session: RecordingSession,
        credentials: Credentials,
        deployment: Deployment,
    ) -> None:
        self.session = session
        self.credentials = credentials
        self.deployment = deployment
        self.moved: dict[str, str] = {}
        self.refused_kinds: frozenset[str] = frozenset()
        self.refused_values: set[tuple[str, str]] = set()
        self.fixed_fields = FixedFields(deployment.case.fields)
        self._written = 0.0

    @property
    def trace(self) -> Trace:
        """The request log of the current test."""
        return self.session.trace

    def create(self, payload: Payload) -> Exchange:
        """POST /case (Case APIs, section 1)."""
        return self.call("POST", "/case", self.complete(payload))

    def get(self, case_id: str) -> Exchange:
        """GET /case/{id} (section 2)."""
        return self.call("GET", case_path(case_id))

    def replace(self, case_id: str, payload: Payload) -> Exchange:
        """PUT /case/{id} (section 3)."""
        return self.call("PUT", case_path(case_id), self.complete(payload))

    def update(self, case_id: str, payload: Payload) -> Exchange:
        """PATCH /case/{id} (section 3); nothing is added to the payload, since a patch names what it changes.

        A GET where nothing is left of it.
        """
        taken = self.taken(payload)
        return self.call("PATCH", case_path(case_id), taken) if taken or not payload else self.get(case_id)

    def transition(self, case_id: str, status: Any, workflow_id: Any, **more: Any) -> Exchange:
        """POST /case/{id}/transition (section 4)."""
        body = {"caseStatus": status, "workflowId": workflow_id, "reason": "Contract test", **more}
        answer = self.call("POST", transition_path(case_id), body)
        if answer.ok and isinstance(status, str):
            self.moved[case_id] = status
        return answer

    def complete(self, payload: Payload) -> dict[str, Any]:
        """An ordinary payload for a create or a PUT: what the target takes of it, and what `exactly` adds."""
        return self.exactly(self.taken(payload))

    def exactly(self, payload: Payload) -> dict[str, Any]:
        """The whole `payload` with the run's tag, and what this deployment requires of a whole record."""
        rules = self.deployment.case
        tag = {rules.tag_field: self.session.ledger.run} if rules.tag_field else {}
        return {**tag, **payload, **rules.required}

    def taken(self, payload: Payload) -> Payload:
        """`payload` with the deployment's field names, without the kinds of values that the target refuses."""
        payload = self.fixed_fields.rename(payload)
        if not self.refused_kinds:
            return payload
        return {name: value for name, value in payload.items() if kind_of(value) not in self.refused_kinds}

    def field(self, name: str) -> str:
        """Return the deployment's name of a suite field. Raise Unsupported if it has no such field."""
        found = next(iter(self.fixed_fields.rename({name: ""})), None)
        if found is None:
            raise Unsupported(f"the deployment's fields have no counterpart of {name}")
        return found

    def require_free_fields(self) -> None:
        """Raise Unsupported for a deployment whose fields are fixed."""
        if self.fixed_fields:
            raise Unsupported("the deployment's fields are fixed")

    def call(self, method: str, path: str, payload: Any = None) -> Exchange:
        """A request with the run's credentials, and a JSON body unless `payload` is None."""
        body = None if payload is None else encode(payload)
        return self.raw(method, path, body, {"Content-Type": JSON} if body is not None else {})

    def raw(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Exchange:
        """A request whose body and headers are sent as they are; an expired credential is renewed once."""
        token = self.credentials.token()
        answer = self._send(method, path, token, body, headers)
        if answer.status == UNAUTHORIZED and self.credentials.renew(token):
            return self._send(method, path, self.credentials.token(), body, headers)
        return answer

    def _send(
        self, method: str, path: str, token: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Exchange:
        everything = {**self.credentials.present(token), **headers}
        return self._exchange(method, path, everything, body)

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Exchange:
        with self.paced(method):
            return self.session.exchange(method, path, headers=headers, body=body)

    @contextmanager
    def paced(self, method: str) -> Iterator[None]:
        """Around a request: a read waits until every write that was answered must be visible."""
        wait = self.deployment.case.consistency_wait
        if wait and method in READING:
            time.sleep(max(0.0, self._written + wait - time.monotonic()))
        yield
        if method not in READING:
            self._written = time.monotonic()

    def unauthenticated(self, method: str, path: str, payload: Any, headers: Mapping[str, str]) -> Exchange:
        """A request without the run's credentials, but with `headers` in their place."""
        body = None if payload is None else encode(payload)
        content = {"Content-Type": JSON} if body is not None else {}
        return self.stranger(method, path, body, {**content, **headers})

    def stranger(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Exchange:
        """A request whose body and headers are sent as they are, without the run's credentials."""
        return self._exchange(method, path, headers, body)

    @property
    def is_open(self) -> bool:
        """Whether the run carries no credentials at all."""
        return isinstance(self.credentials, NoCredentials)


def encode(payload: Any) -> bytes:
    """The payload as JSON text in UTF-8."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


def case_path(case_id: str) -> str:
    return f"/case/{quote_id(case_id)}"


def transition_path(case_id: str) -> str:
    return case_path(case_id) + "/transition"
