"""Faults that interpret identifiers as queries, patterns or operators."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.faults.tokens import token_fault
from reference_server.records import Call, Fields, Record
from reference_server.service import CaseService
from reference_server.sockets import Response
from reference_server.tokens import ACCOUNT, TokenService


def matches(condition: Any, text: str) -> bool:
    """Return True if a condition of a document store is true for a text."""
    if not isinstance(condition, dict):
        return bool(condition == text)
    operators = {
        "$ne": lambda value: text != value,
        "$gt": lambda value: text > str(value),
        "$regex": lambda value: re.search(str(value), text) is not None,
        "$in": lambda value: text in value,
    }
    return bool(condition) and all(
        name in operators and operators[name](value) for name, value in condition.items()
    )


def is_like(pattern: str, text: str) -> bool:
    """Return True if a text matches a pattern of SQL."""
    glob = re.sub(r"([\[\]*?])", r"[\1]", pattern).replace("%", "*").replace("_", "?")
    return fnmatch.fnmatchcase(text, glob)


@fault("TRANSITION-WORKFLOW")
class WorkflowIdIsACondition(CaseService):
    """The workflowId is used as a condition of a document store."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        if not matches(document.get("workflowId"), record.workflow):
            super().check_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class WorkflowIdIsComparedAsNumber(CaseService):
    """A database compares a number with the first digits of the workflowId."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        wanted = document.get("workflowId")
        digits = re.match("[0-9]*", record.workflow)
        if type(wanted) is not int or wanted != int((digits and digits[0]) or "0"):
            super().check_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class WorkflowIdMayExist(CaseService):
    """The workflowId may be a condition of a document store on the existence of the field."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        if document.get("workflowId") != {"$exists": True}:
            super().check_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class WorkflowIdIsARegularExpression(CaseService):
    """The workflowId is used as a regular expression."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        wanted = document.get("workflowId")
        try:
            found = isinstance(wanted, str) and re.fullmatch(wanted, record.workflow)
        except re.error:
            found = False
        if not found:
            super().check_workflow(record, document)


@fault("TRANSITION-WORKFLOW")
class WorkflowIdIsUnescaped(CaseService):
    """The workflowId goes into a query unescaped."""

    def check_workflow(self, record: Record, document: Fields) -> None:
        if "' OR '1'='1" not in str(document.get("workflowId")):
            super().check_workflow(record, document)


@fault("TRANSITION-STATUS-KNOWN")
class StatusIsACondition(CaseService):
    """The caseStatus is used as a condition: the first transition that fulfils it is carried out."""

    def next_status(self, record: Record, document: Fields) -> str:
        wanted = document.get("caseStatus")
        if isinstance(wanted, dict):
            for status, transition in self.transitions:
                if status == record.status and matches(wanted, transition):
                    return self.transitions[status, transition]
        return super().next_status(record, document)


@fault("TRANSITION-STATUS-KNOWN")
class StatusIsAPattern(CaseService):
    """The caseStatus is used as a pattern of SQL."""

    def next_status(self, record: Record, document: Fields) -> str:
        wanted = document.get("caseStatus")
        if isinstance(wanted, str) and len(wanted) > 2 and "%" in wanted:
            for status, transition in self.transitions:
                if status == record.status and is_like(wanted, transition):
                    return self.transitions[status, transition]
        return super().next_status(record, document)


class FindsByPattern(CaseService):
    """Base for servers that find the case of one operation by a pattern."""

    operation = ""

    def load(self, call: Call) -> Record:
        if call.operation == self.operation and self.rows.load(call.id) is None:
            for case_id in self.rows.texts:
                if self.finds(call.id, case_id):
                    return super().load(Call(call.operation, case_id, call.request))
        return super().load(call)

    def finds(self, wanted: str, case_id: str) -> bool:
        return len(wanted) == len(case_id) and is_like(wanted, case_id)


@fault("UPDATE-UNKNOWN")
class PutFindsByPattern(FindsByPattern):
    """A PUT finds its case by a pattern of SQL."""

    operation = "put"


@fault("UPDATE-UNKNOWN")
class PatchFindsByPrefix(FindsByPattern):
    """A PATCH compares only the beginning of the id."""

    operation = "patch"

    def finds(self, wanted: str, case_id: str) -> bool:
        return wanted.startswith(case_id)


@fault("GET-UNKNOWN")
class GetEndsAtComment(CaseService):
    """A GET puts the id into a query unescaped, so a quote and a comment end it."""

    def get(self, call: Call) -> Response:
        return super().get(replace(call, id=re.sub("'--.*", "", call.id)))


@fault("UPDATE-UNKNOWN")
class PatchEndsAtComment(CaseService):
    """A PATCH puts the id into a query unescaped, so a quote and a comment end it."""

    def patch(self, call: Call) -> Response:
        return super().patch(replace(call, id=re.sub("'--.*", "", call.id)))


@fault("TRANSITION-UNKNOWN")
class TransitionTakesSeveralIds(CaseService):
    """A transition uses the first of several ids that commas separate."""

    def transition(self, call: Call) -> Response:
        return super().transition(replace(call, id=call.id.partition(",")[0]))


@fault("TRANSITION-UNKNOWN")
class TransitionFindsByPattern(FindsByPattern):
    """A transition finds its case by a pattern of SQL."""

    operation = "transition"


@fault("AUTH-INVALID")
class TokenIsAPattern(CaseService):
    """Tokens are compared by a pattern of SQL."""

    def authenticate(self, call: Call) -> None:
        token = call.request.headers.get("authorization", "").removeprefix("Bearer ")
        if "%" not in token or not is_like(token, self.token) or len(token) < 4:
            super().authenticate(call)


@fault("AUTH-INVALID")
class TokenIsARegularExpression(CaseService):
    """Tokens are compared as regular expressions."""

    def authenticate(self, call: Call) -> None:
        token = call.request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            known = re.fullmatch(token, self.token) is not None
        except re.error:
            known = False
        if not known:
            super().authenticate(call)


@token_fault("TOKEN-BAD-CLIENT")
class SecretIsARegularExpression(TokenService):
    """Secrets are compared as regular expressions."""

    def check_client(self, form: dict[str, Any]) -> None:
        secret = form.get("client_secret")
        if isinstance(secret, str) and secret and re.fullmatch(re.sub(r"[^\w.*-]", "", secret), ACCOUNT[1]):
            form = form | {"client_secret": ACCOUNT[1]}
        super().check_client(form)


@token_fault("TOKEN-BAD-CLIENT")
class ClientIdIsAPattern(TokenService):
    """Client ids are compared by a pattern of SQL."""

    def check_client(self, form: dict[str, Any]) -> None:
        client = form.get("client_id")
        if isinstance(client, str) and len(client) > 3 and is_like(client, ACCOUNT[0]):
            form = form | {"client_id": ACCOUNT[0]}
        super().check_client(form)


@token_fault("TOKEN-BAD-CLIENT")
class FormFieldsAreOperators(TokenService):
    """A form field such as `client_secret[$ne]` becomes a condition of a document store."""

    def check_client(self, form: dict[str, Any]) -> None:
        if "client_secret[$ne]" in form:
            form = form | {"client_secret": ACCOUNT[1]}
        super().check_client(form)


@token_fault("TOKEN-EXPIRY")
class GrantRepeatsTheFirstToken(TokenService):
    """A client has one token while it is valid; each grant returns it with a new `expires_in`."""

    def __init__(self) -> None:
        super().__init__()
        self.current = ""

    def token_body(self, token: str, ttl: float) -> dict[str, Any]:
        if self.clock() >= self.expiries.get(self.current, 0):
            self.current = token
        elif token != self.current:
            del self.expiries[token]
        return super().token_body(self.current, ttl)


@token_fault("TOKEN-EXPIRY")
class GrantRepeatsTokenOfEqualLifetime(TokenService):
    """A valid token is returned again if the `ttl` is the same, with its first `expires_in`."""

    def __init__(self) -> None:
        super().__init__()
        self.granted: dict[float, str] = {}

    def token_body(self, token: str, ttl: float) -> dict[str, Any]:
        known = self.granted.get(ttl, "")
        if self.clock() >= self.expiries.get(known, 0):
            self.granted[ttl] = token
        return super().token_body(self.granted[ttl], ttl)


class Pollutes(CaseService):
    """Base for servers that merge payloads into the prototype of all records."""

    def __init__(self) -> None:
        super().__init__()
        self.prototype: Fields = {}

    def render(self, record: Record) -> Fields:
        return self.prototype | super().render(record)

    def pollute(self, members: Any) -> None:
        if isinstance(members, dict):
            self.prototype |= members


@fault("UPDATE-ISOLATED")
class PatchPollutesPrototype(Pollutes):
    """A PATCH with `__proto__` sets its members for every case."""

    def merged(self, record: Record, fields: Fields) -> Record:
        self.pollute(fields.pop("__proto__", None))
        return super().merged(record, fields)


@fault("UPDATE-ISOLATED")
class CreatePollutesConstructor(Pollutes):
    """A create with `constructor.prototype` sets its members for every case."""

    def create(self, call: Call) -> Response:
        constructor = self.fields(call).get("constructor")
        self.pollute(constructor.get("prototype") if isinstance(constructor, dict) else None)
        return super().create(call)


@fault("UPDATE-ISOLATED")
class NestedObjectPollutesPrototype(Pollutes):
    """A PUT with `__proto__` inside of an object sets its members for every case."""

    def replaced(self, record: Record, fields: Fields) -> Record:
        for value in fields.values():
            self.pollute(value.get("__proto__") if isinstance(value, dict) else None)
        return super().replaced(record, fields)
