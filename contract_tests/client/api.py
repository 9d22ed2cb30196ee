"""One method for each operation of the Case APIs.

Adds what each request of the run needs: credentials, the run's tag, and required fields.
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
    """The five operations with the run's credentials.

    If the deployment permits a delay until a write is visible (`consistency_wait`), each read waits for it.
    `last_status`: the caseStatus of the last accepted transition of a case. `moved_paths`: the paths of the cases that
    were moved. `refused_kinds`: the kinds of values (see value_kinds.py) that the target accepts in no field, and that
    payloads omit.
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
        self.last_status: dict[str, str] = {}
        self.moved_paths: set[str] = set()
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
        """PATCH /case/{id} (section 3), with nothing added to the payload. GET if no field of it is accepted."""
        accepted = self.accepted(payload)
        return (
            self.call("PATCH", case_path(case_id), accepted) if accepted or not payload else self.get(case_id)
        )

    def transition(self, case_id: str, status: Any, workflow_id: Any, **more: Any) -> Exchange:
        """POST /case/{id}/transition (section 4)."""
        body = {"caseStatus": status, "workflowId": workflow_id, "reason": "Contract test", **more}
        response = self.call("POST", transition_path(case_id), body)
        if response.ok and isinstance(status, str):
            self.last_status[case_id] = status
        return response

    def complete(self, payload: Payload) -> dict[str, Any]:
        """Return the accepted fields of a payload with those that a create or a PUT needs."""
        return self.with_required(self.accepted(payload))

    def with_required(self, payload: Payload) -> dict[str, Any]:
        """Return the payload with the run's tag and the fields that the deployment requires."""
        rules = self.deployment.case
        tag = {rules.tag_field: self.session.ledger.run} if rules.tag_field else {}
        return {**tag, **payload, **rules.required}

    def accepted(self, payload: Payload) -> Payload:
        """Return the payload with the deployment's field names, without values that the target refuses."""
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
        """Send a request with the run's credentials, and with a JSON body unless `payload` is None."""
        body = None if payload is None else encode(payload)
        return self.raw(method, path, body, {"Content-Type": JSON} if body is not None else {})

    def raw(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Exchange:
        """Send a request with the body and headers as they are. An expired token is renewed once."""
        token = self.credentials.token()
        response = self._send(method, path, token, body, headers)
        if response.status == UNAUTHORIZED and self.credentials.renew(token):
            return self._send(method, path, self.credentials.token(), body, headers)
        return response

    def _send(
        self, method: str, path: str, token: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Exchange:
        everything = {**self.credentials.present(token), **headers}
        return self._exchange(method, path, everything, body)

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Exchange:
        self._await_writes(method)
        response = self.session.exchange(method, path, headers=headers, body=body)
        self._note_write(method)
        if response.ok and method == "POST" and path.endswith("/transition"):
            self.moved_paths.add(path.removesuffix("/transition"))
        return response

    @contextmanager
    def consistent(self, method: str) -> Iterator[None]:
        """Keep the deployment's `consistency_wait` around a request that is sent otherwise."""
        self._await_writes(method)
        yield
        self._note_write(method)

    def _await_writes(self, method: str) -> None:
        """Wait before a read until every earlier write must be visible."""
        wait = self.deployment.case.consistency_wait
        if wait and method in READING:
            time.sleep(max(0.0, self._written + wait - time.monotonic()))

    def _note_write(self, method: str) -> None:
        if method not in READING:
            self._written = time.monotonic()

    def unauthenticated(self, method: str, path: str, payload: Any, headers: Mapping[str, str]) -> Exchange:
        """Send a request with `headers` in place of the run's credentials."""
        body = None if payload is None else encode(payload)
        content = {"Content-Type": JSON} if body is not None else {}
        return self.raw_unauthenticated(method, path, body, {**content, **headers})

    def raw_unauthenticated(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Exchange:
        """Send a request with the body and headers as they are, without the run's credentials."""
        return self._exchange(method, path, headers, body)

    @property
    def has_no_credentials(self) -> bool:
        """True if the run has no credentials at all."""
        return isinstance(self.credentials, NoCredentials)


def encode(payload: Any) -> bytes:
    """Return the payload as JSON text in UTF-8."""
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


def case_path(case_id: str) -> str:
    return f"/case/{quote_id(case_id)}"


def transition_path(case_id: str) -> str:
    return case_path(case_id) + "/transition"
