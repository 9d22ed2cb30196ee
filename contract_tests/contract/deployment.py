"""The deployment file (TOML), which describes how one tenant differs from the document.

The defaults accept every reading that the catalogue accepts. The file never contains secrets.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from contract_tests.contract.requirements import SPEC, catalogue, no_such
from contract_tests.oracle.comparison import OWNED
from contract_tests.oracle.workflow import STATUS_FIELDS, Workflow
from contract_tests.text import did_you_mean

NO_PASSWORD: Final = (
    "a password does not belong in a URL, which appears in reports; remove it, and set CASEIQ_TOKEN. For HTTP Basic: "
    'scheme = "header" and header = "Authorization" under [auth], and CASEIQ_TOKEN="Basic …"'
)


class Scheme(StrEnum):
    """Authentication scheme of the target."""

    BEARER = "bearer"
    OAUTH2 = "oauth2"
    COOKIE = "cookie"
    HEADER = "header"
    NONE = "none"


class IdFormat(StrEnum):
    """Form of a case's id."""

    UUID = "uuid"
    ANY = "any"


class UpdateResponse(StrEnum):
    """Body of the response to an update or a transition (Case APIs, sections 3 and 4: "updated record or status")."""

    RECORD = "record"
    STATUS = "status"
    EITHER = "either"


@dataclass(frozen=True)
class Auth:
    """Authentication settings.

    - `scheme`: None if the environment's variables decide
    - `token_url`: absolute, or relative to the host's root (with a leading "/") or to the base URL
    - `ttl`: lifetime in seconds to request from the token endpoint, or None
    """

    scheme: Scheme | None = None
    token_url: str = "auth/oauth2/token"
    ttl: int | None = None
    cookie: str = "session"
    header: str = "X-Api-Key"


@dataclass(frozen=True)
class CaseRules:
    """Rules for cases. Times are in seconds. `fields` is a sample record of a closed schema."""

    id_format: IdFormat = IdFormat.UUID
    required: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    update_response: UpdateResponse = UpdateResponse.EITHER
    consistency_wait: float = 0.0
    clock_skew: float = 300.0
    tag_field: str = "contractTestRun"


@dataclass(frozen=True)
class Limits:
    """Limits of a run.

    - `max_cases`: how many cases it may create, or None for the default
    - `rate`: requests per second, or None for no limit
    - `timeout`: seconds per request
    """

    max_cases: int | None = None
    rate: float | None = None
    timeout: float = 30.0


@dataclass(frozen=True)
class Deployment:
    """The whole deployment. If `status_field` is None, the status may have any of its usual names."""

    base_url: str | None = None
    auth: Auth = field(default_factory=Auth)
    case: CaseRules = field(default_factory=CaseRules)
    workflow: Workflow = field(default_factory=Workflow)
    status_field: str | None = None
    limits: Limits = field(default_factory=Limits)
    disabled: Mapping[str, str] = field(default_factory=dict)


class DeploymentError(ValueError):
    """Unusable deployment file; the message contains the file, the table, the key and the remedy."""


def load(path: Path) -> Deployment:
    """Read a deployment file. Raise DeploymentError if it is unusable."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeploymentError(f"{path}: {error.strerror}; --deployment takes a TOML file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeploymentError(f"{path}: not TOML: {error}") from None
    problem = next(_problems(content), None)
    if problem is not None:
        raise DeploymentError(f"{path}: {problem}")
    workflow = dict(content.get("workflow", {}))
    status_field = workflow.pop("status_field", None)
    workflow.pop("last_workflow_id", None)  # for the mock
    if "moves" in workflow:
        workflow["moves"] = {state: tuple(moves) for state, moves in workflow["moves"].items()}
    rules = dict(content.get("case", {}))
    if "fields" in rules:
        rules.setdefault("tag_field", "")  # a closed schema has no field for the tag
    return Deployment(
        base_url=content.get("base_url"),
        auth=_table(Auth, content.get("auth", {}), scheme=Scheme),
        case=_table(CaseRules, rules, id_format=IdFormat, update_response=UpdateResponse),
        workflow=Workflow(**workflow),
        status_field=status_field,
        limits=_table(Limits, content.get("limits", {})),
        disabled=content.get("disabled", {}),
    )


def _table(kind: Any, content: Mapping[str, Any], **enums: Any) -> Any:
    known = {one.name for one in fields(kind)}
    return kind(**{k: enums.get(k, lambda value: value)(v) for k, v in content.items() if k in known})


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems in words: first those of the schema, then those that a schema cannot express."""
    import jsonschema  # noqa: PLC0415 - only a run with a deployment file needs it

    schema = json.loads((SPEC / "deployment.schema.json").read_text(encoding="utf-8"))
    draft = jsonschema.Draft202012Validator
    # TOML has inf and nan, which minimum and maximum do not exclude.
    numbers = draft.TYPE_CHECKER.redefine(
        "number", lambda _, one: draft.TYPE_CHECKER.is_type(one, "number") and abs(one) < math.inf
    )
    extended = jsonschema.validators.extend(draft, type_checker=numbers)  # type: ignore[no-untyped-call]
    validator = extended(schema)
    yield from _password_problems(content)
    for error in sorted(validator.iter_errors(content), key=lambda one: list(map(str, one.absolute_path))):
        yield _in_words(error)
    yield from _required_problems(content)
    yield from _workflow_problems(content.get("workflow", {}))
    for id_ in content.get("disabled", {}):
        if id_ not in catalogue():
            yield f'[disabled] "{id_}": {no_such(id_)}'


def _password_problems(content: Mapping[str, Any]) -> Iterator[str]:
    # These come first, because the messages about other problems contain the value.
    if has_password(str(content.get("base_url", ""))):
        yield f"top level base_url: {NO_PASSWORD}"
    auth = content.get("auth", {})
    if isinstance(auth, dict) and has_password(str(auth.get("token_url", ""))):
        yield f"[auth] token_url: {NO_PASSWORD}"


def has_password(url: str) -> bool:
    """Return True if a URL, even a malformed one, contains credentials (RFC 3986 section 3.2.1)."""
    return "@" in url.partition("//")[2].partition("/")[0] or bool(re.match(r"[^/?#]*:[^/?#]*@", url))


def _in_words(error: Any) -> str:
    path = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties" and error.schema.get("additionalProperties") is False:
        known = error.schema["properties"]
        key = next(name for name in error.instance if name not in known)
        return f"{_where(path)}: unknown key {key}; allowed are {', '.join(known)}{did_you_mean(key, known)}"
    *table, key = path or [""]
    if error.validator == "enum":
        wanted = "allowed are " + ", ".join(json.dumps(one) for one in error.validator_value)
    else:
        wanted = " ".join(filter(None, [error.schema.get("description"), f"({error.message})"]))
    return f"{_where(table)} {key} = {json.dumps(error.instance, default=str)}: {wanted}"


def _where(table: list[str]) -> str:
    return f"[{'.'.join(table)}]" if table else "top level"


def _required_problems(content: Mapping[str, Any]) -> Iterator[str]:
    case = content.get("case", {})
    for table in ("required", "fields"):
        for name, value in case.get(table, {}).items():
            if name in OWNED or name in STATUS_FIELDS:
                yield f"[case] {table}.{name}: the server sets this field; remove it"
            if not _is_json(value):
                yield f"[case] {table}.{name}: JSON has no date, inf or nan; write the value as a string"
    for name in case.get("required", {}):
        if name == case.get("tag_field", CaseRules.tag_field):
            yield f"[case] required.{name}: is also the tag_field; choose another tag_field"
    if case.get("tag_field") in (*OWNED, *STATUS_FIELDS):
        yield f'[case] tag_field = "{case["tag_field"]}": the server sets this field; choose another'


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return isinstance(value, str) or (isinstance(value, (int, float)) and abs(value) < math.inf)


def _workflow_problems(content: Mapping[str, Any]) -> Iterator[str]:
    workflow = Workflow(
        content.get("initial", Workflow.initial),
        content.get("moves", Workflow().moves),
        content.get("shown", {}),
    )
    if content.get("status_field") in OWNED:
        yield f'[workflow] status_field = "{content["status_field"]}": cannot show the status'
    if not workflow.legal(workflow.initial):
        yield f'[workflow] initial = "{workflow.initial}": has no entry in [workflow.moves]'
    states = workflow.states()
    for state, moves in workflow.moves.items():
        if state in moves:
            yield f"[workflow.moves] {state}: leads to itself; a transition must change the status"
    for state in workflow.shown:
        if state not in states:
            yield f"[workflow.shown] {state}: no such state; the states are {', '.join(states)}"
    for state, move in workflow.neighbours():
        name = workflow.shown.get(state, state)
        if state != move and name == workflow.shown.get(move, move):
            both = f"[workflow.shown] {state} and {move}: both show {name}"
            yield f"{both}; a transition between them must change the status"
