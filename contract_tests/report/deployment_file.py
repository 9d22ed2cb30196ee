"""A deployment file written from the observations of a run, for `--write-deployment`.

The suite accepts the tenant with this file, and the mock that reads it behaves like the tenant.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import Item, Table

from contract_tests.contract.deployment import (
    Auth,
    CaseRules,
    Deployment,
    IdFormat,
    Limits,
    Scheme,
    UpdateResponse,
)
from contract_tests.results import observed_workflow
from contract_tests.results.observations import TRANSITIONS
from contract_tests.text import shorten

OBSERVED: Final = "observed"
NOT_OBSERVED: Final = "not observed in this run"
# Observation, key in [case], and the value for each observed text.
_CASE_KEYS: Final[tuple[tuple[str, str, Mapping[str, str]], ...]] = (
    ("case-id", "id_format", {"a UUID": IdFormat.UUID, "a string of another form": IdFormat.ANY}),
    (
        "update-answer",
        "update_response",
        {"the record": UpdateResponse.RECORD, "a status object": UpdateResponse.STATUS},
    ),
    ("patched-null", "null_fields", {"is stored as null": "null", "removes the field": "absent"}),
    ("removed-fields", "omitted_fields", {"are shown as null": "null", "are absent": "absent"}),
)
_MIXED: Final = {"id_format": IdFormat.ANY, "update_response": UpdateResponse.EITHER}
_LAST_WORKFLOW_ID: Final = {"changes when a case moves": "changes", "stays when a case moves": "stays"}


@dataclass(frozen=True)
class Facts:
    """The facts of a run from which a deployment file is written.

    - `base_url`: None for the embedded mock, whose address ends with the run
    - `scheme`: of the credentials that the run used
    - `failed`: requirements that failed, with the observed behaviour
    """

    base_url: str | None
    scheme: Scheme
    observations: Mapping[str, Mapping[str, str]]
    failed: Mapping[str, str]
    run_id: str


def write(path: Path, deployment: Deployment, facts: Facts, mask: Callable[[str], str]) -> Path:
    """Write the file, which must not exist yet. `deployment` is what the run assumed; observations replace it."""
    with open(path, "x", encoding="utf-8", newline="\n", opener=_private) as file:
        file.write(mask(render(deployment, facts)))
    return path


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def render(deployment: Deployment, facts: Facts) -> str:
    """Return the file's text."""
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Deployment file, written from the observations of {facts.run_id}."))
    document.add(tomlkit.comment("Credentials are not part of it: they come from the environment."))
    if facts.base_url:
        document.add("base_url", tomlkit.item(facts.base_url))
    document.add("auth", _auth(deployment.auth, facts.scheme))
    document.add("case", _case(deployment.case, facts.observations))
    document.add("workflow", _workflow(deployment, facts.observations))
    limits = _changed(deployment.limits, Limits())
    if limits:
        document.add("limits", _table(limits))
    if deployment.disabled or facts.failed:
        document.add("disabled", _disabled(deployment.disabled, facts.failed))
    return tomlkit.dumps(document)


def _table(content: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for name, value in content.items():
        table.add(name, _inline(value))
    return table


def _observed(value: str) -> Item:
    return tomlkit.item(value).comment(OBSERVED)


def _inline(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return tomlkit.item(list(value) if isinstance(value, tuple) else value)
    table = tomlkit.inline_table()
    for name, member in value.items():
        table.append(name, _inline(member))
    return table


def _changed(value: Any, default: Any) -> dict[str, Any]:
    """Return the fields of a settings class that are not the default."""
    fields = vars(value).items()
    return {name: one for name, one in fields if one != getattr(default, name) and one is not None}


def _auth(auth: Auth, scheme: Scheme) -> Table:
    content = _changed(auth, Auth()) | {"scheme": scheme.value}
    if scheme is Scheme.OAUTH2:
        content.setdefault("token_url", auth.token_url)
    return _table(dict(sorted(content.items(), key=lambda item: item[0] != "scheme")))


def _case(rules: CaseRules, observations: Mapping[str, Mapping[str, str]]) -> Table:
    content = {name: getattr(value, "value", value) for name, value in _changed(rules, CaseRules()).items()}
    if rules.fields and not rules.tag_field:
        del content["tag_field"]  # the default beside `fields`
    observed = {key: _value(observations, id_, key, values) for id_, key, values in _CASE_KEYS}
    table = _table({name: value for name, value in content.items() if not observed.get(name)})
    for key, value in observed.items():
        if value:
            table.add(key, _observed(value))
        elif key not in content:
            table.add(tomlkit.comment(f"{key}: {NOT_OBSERVED if value is None else 'varies'}"))
    return table


def _value(
    observations: Mapping[str, Mapping[str, str]], id_: str, key: str, values: Mapping[str, str]
) -> str | None:
    """Return the value of a key; None if nothing was observed, empty if the key cannot express the observation."""
    found = {values[text] for text in _texts(observations, id_) if text in values}
    if not found:
        return None
    return str(found.pop() if len(found) == 1 else _MIXED.get(key, ""))


def _workflow(deployment: Deployment, observations: Mapping[str, Mapping[str, str]]) -> Table:
    workflow, known = deployment.workflow, observations.get(TRANSITIONS)
    accepted, shown = observed_workflow.parse(known) if known else ([], {})
    moves = {state: list(statuses) for state, statuses in workflow.moves.items()}
    for state, status in accepted:
        if status not in moves.setdefault(state, []):
            moves[state].append(status)
    names = dict(workflow.shown) | observed_workflow.usual_names(shown)
    table = tomlkit.table()
    field = _texts(observations, "status-field")
    if len(field) == 1:
        table.add("status_field", _observed(field.pop()))
    changes = {_LAST_WORKFLOW_ID[text] for text in _texts(observations, "last-workflow-id")}
    if len(changes) == 1:
        table.add("last_workflow_id", _observed(changes.pop()))
    table.add("initial", tomlkit.item(workflow.initial))
    table.add("moves", _inline(moves))
    for state, status in _unseen(moves, accepted):
        table.add(tomlkit.comment(f"{state} → {status}: {NOT_OBSERVED}"))
    distinct = _distinct(names, moves)
    if distinct:
        table.add("shown", _inline(distinct).comment(OBSERVED))
    return table


def _unseen(moves: Mapping[str, list[str]], accepted: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (state, one) for state, statuses in moves.items() for one in statuses if (state, one) not in accepted
    ]


def _distinct(names: Mapping[str, str], moves: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the names that differ from their states; none if a transition between two states would not show.

    Such a target cannot be described by the names of its states.
    """
    pairs = [(state, status) for state, statuses in moves.items() for status in statuses]
    if any(names.get(state, state) == names.get(status, status) for state, status in pairs):
        return {}
    return {state: name for state, name in names.items() if name != state}


def _disabled(disabled: Mapping[str, str], failed: Mapping[str, str]) -> Table:
    table = _table(disabled)
    if failed:
        table.add(tomlkit.comment("These requirements failed. Remove the # if that is known and accepted."))
    for id_, observed in failed.items():
        line = tomlkit.dumps({id_: shorten(observed, 90)}).strip()
        table.add(tomlkit.comment(line))
    return table


def _texts(observations: Mapping[str, Mapping[str, str]], id_: str) -> set[str]:
    return set(observations[id_]["text"].split("; ")) if id_ in observations else set()
