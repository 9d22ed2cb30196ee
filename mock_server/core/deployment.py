"""Read a deployment file (TOML) into the settings of a mock that behaves like the tenant.

The suite reads the same file with its own code, and reports errors in the same words.
"""

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mock_server.core.openapi import load_yaml, specification
from mock_server.core.settings import TOKEN_PATH, Auth, CaseRules, Scheme, Settings
from mock_server.core.spelling import did_you_mean
from mock_server.core.workflow import Workflow

NO_PASSWORD = (
    "a password does not belong in a URL, which appears in reports; remove it, and set CASEIQ_TOKEN. For HTTP Basic: "
    'scheme = "header" and header = "Authorization" under [auth], and CASEIQ_TOKEN="Basic …"'
)
OWNED = ("id", "createdDate", "lastWorkflowId")


def load(path: Path, settings: Settings) -> Settings:
    """Return `settings` with the values of the file. A prefix and the scheme "none" in `settings` take precedence.

    Raises ValueError with one line that names the file, the table and the key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; --deployment takes a TOML file") from None
    except ValueError as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    problem = next(_problems(content), None)
    if problem is not None:
        raise ValueError(f"{path}: {problem}")
    try:
        prefix = settings.prefix or urlsplit(content.get("base_url", "")).path.rstrip("/")
        return Settings(
            auth=_auth(content.get("auth", {}), settings.auth, prefix),
            case=_case(content),
            workflow=_workflow(content.get("workflow", {})),
            limits=replace(settings.limits, rate=content.get("limits", {}).get("rate", settings.limits.rate)),
            prefix=prefix,
            document=settings.document,
            with_list=settings.with_list,
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    """Return error messages: first those of the schema, then those that a schema cannot express."""
    import jsonschema  # noqa: PLC0415 - only a mock with a deployment file needs it

    schema = json.loads(specification("deployment.schema.json").read_text(encoding="utf-8"))
    # Passwords come first, because the other messages repeat the value.
    yield from _password_problems(content)
    draft = jsonschema.Draft202012Validator
    # TOML has inf and nan, which minimum and maximum do not exclude.
    numbers = draft.TYPE_CHECKER.redefine(
        "number", lambda _, one: draft.TYPE_CHECKER.is_type(one, "number") and abs(one) < math.inf
    )
    extended = jsonschema.validators.extend(draft, type_checker=numbers)  # type: ignore[no-untyped-call]
    errors = extended(schema).iter_errors(content)
    yield from map(_schema_message, sorted(errors, key=lambda one: list(map(str, one.absolute_path))))
    workflow = _workflow(content.get("workflow", {}))
    yield from _field_problems(content.get("case", {}), (*OWNED, workflow.status_field))
    yield from _workflow_problems(workflow)
    if "disabled" in content:
        yield from _disabled_problems(content["disabled"])


def _password_problems(content: Mapping[str, Any]) -> Iterator[str]:
    auth = content.get("auth")
    token_url = auth.get("token_url") if isinstance(auth, dict) else None
    for place, url in (("top level base_url", content.get("base_url")), ("[auth] token_url", token_url)):
        if "@" in str(url).partition("//")[2].partition("/")[0]:
            yield f"{place}: {NO_PASSWORD}"


def _schema_message(error: Any) -> str:
    path = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema["properties"]
        key = next(name for name in error.instance if name not in known)
        return f"{_table(path)}: unknown key {key}; allowed are {', '.join(known)}{did_you_mean(key, known)}"
    *table, key = path
    wanted = " ".join(filter(None, [error.schema.get("description"), f"({error.message})"]))
    if error.validator == "enum":
        wanted = "allowed are " + ", ".join(map(json.dumps, error.validator_value))
    return f"{_table(table)} {key} = {json.dumps(error.instance, default=str)}: {wanted}"


def _field_problems(case: Mapping[str, Any], owned: Sequence[str]) -> Iterator[str]:
    tag = case.get("tag_field", "contractTestRun")
    for table in ("required", "fields"):
        for name, value in case.get(table, {}).items():
            if name in owned:
                yield f"[case] {table}.{name}: the server sets this field; remove it"
            if not _is_json(value):
                yield f"[case] {table}.{name}: JSON has no date, inf or nan; write the value as a string"
    for name in case.get("required", {}):
        if name == tag:
            yield f"[case] required.{name}: is also the tag_field; choose another tag_field"
    if tag in owned:
        yield f'[case] tag_field = "{tag}": the server sets this field; choose another'


def _is_json(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_json, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) or (isinstance(value, int | float) and abs(value) < math.inf)


def _workflow_problems(workflow: Workflow) -> Iterator[str]:
    if workflow.status_field in OWNED:
        yield f'[workflow] status_field = "{workflow.status_field}": cannot show the status'
    if not workflow.moves.get(workflow.initial):
        yield f'[workflow] initial = "{workflow.initial}": has no entry in [workflow.moves]'
    for state, moves in workflow.moves.items():
        if state in moves:
            yield f"[workflow.moves] {state}: leads to itself; a transition must change the status"
    for state in workflow.shown:
        if state not in workflow.states:
            yield f"[workflow.shown] {state}: no such state; the states are {', '.join(workflow.states)}"
    for state, moves in workflow.moves.items():
        for move in moves:
            if (name := workflow.shown_name(state)) == workflow.shown_name(move):
                both = f"[workflow.shown] {state} and {move}: both show {name}"
                yield f"{both}; a transition between them must change the status"


def _disabled_problems(disabled: Mapping[str, str]) -> Iterator[str]:
    path = specification("requirements.yaml")
    known = load_yaml(path)
    for name in disabled:
        if name not in known:
            yield f'[disabled] "{name}": no such requirement; {path} lists all{did_you_mean(name, known)}'


def _table(path: Sequence[str]) -> str:
    return f"[{'.'.join(path)}]" if path else "top level"


def _auth(content: Mapping[str, Any], auth: Auth, prefix: str) -> Auth:
    own = {one.name for one in fields(Auth)} - {"ttl"}  # a client requests its ttl
    known = {name: value for name, value in content.items() if name in own and name != "scheme"}
    scheme = auth.scheme if auth.scheme is Scheme.NONE else Scheme(content.get("scheme", auth.scheme))
    token_url = content.get("token_url", TOKEN_PATH.lstrip("/"))
    token_path = urlsplit(urljoin(f"http://mock{prefix}/", token_url)).path
    return replace(auth, scheme=scheme, token_path=token_path, **known)


def _case(content: Mapping[str, Any]) -> CaseRules:
    case = content.get("case", {})
    names = ("id_format", "update_response", "null_fields", "omitted_fields")
    known: dict[str, Any] = {name: case[name] for name in names if name in case}
    if known.get("update_response") == "either":
        del known["update_response"]
    if "last_workflow_id" in content.get("workflow", {}):
        known["last_workflow_id"] = content["workflow"]["last_workflow_id"]
    required = case.get("required", {})
    if "fields" in case:
        tag = case.get("tag_field")
        known["fields"] = {**({tag: "id of a run"} if tag else {}), **required, **case["fields"]}
        # A null has no type of the sample, so only `null_fields` says that the tenant accepts it.
        known["accepts_null"] = "null_fields" in case
    return CaseRules(required=frozenset(required), **known)


def _workflow(content: Mapping[str, Any]) -> Workflow:
    known = {name: value for name, value in content.items() if name != "last_workflow_id"}
    if "moves" in known:
        known["moves"] = {state: tuple(moves) for state, moves in known["moves"].items()}
    return Workflow(**known)
