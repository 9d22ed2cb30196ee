"""The creates that a reproduction script sends: those of the failure, and those of cases that existed before it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, cast

from contract_tests import json_text
from contract_tests.client.exchange import quote_id
from contract_tests.oracle.derived_values import is_similar
from contract_tests.report.document import ExchangeEntry
from contract_tests.report.replay.shell import ids_in, is_body_known, path_of
from contract_tests.results.verdicts import Finding, Verdict


def exchanges_of(finding: Finding) -> list[ExchangeEntry]:
    """Return the exchanges of a finding with their types."""
    return cast(list[ExchangeEntry], list(finding.exchanges))


def is_create(exchange: ExchangeEntry, target: str) -> bool:
    return exchange["method"] == "POST" and path_of(exchange["url"], target) == "/case"


def successful_create(
    verdicts: Mapping[str, tuple[Verdict, Sequence[Finding]]], target: str
) -> ExchangeEntry | None:
    """Return a create that a script can repeat if its exchanges need an existing case."""
    for _, findings in verdicts.values():
        for exchange in (exchange for finding in findings for exchange in exchanges_of(finding)):
            if not is_create(exchange, target) or exchange["status"] != 201:
                continue
            if is_body_known(exchange) and _id_of(exchange):
                return exchange
    return None


def _id_of(create: ExchangeEntry) -> str:
    """Return the id in the response to a create; empty if there is none."""
    case_id = object_of(create["response_body"]).get("id")
    return case_id if isinstance(case_id, str) else ""


def with_creates(
    exchanges: Sequence[ExchangeEntry], create: ExchangeEntry | None, created: Set[str]
) -> list[ExchangeEntry]:
    """Return the exchanges in the order of their requests, after creates of the cases that existed before."""
    values = {value for exchange in exchanges for value in ids_in(exchange)}
    forms = {case_id: {case_id, quote_id(case_id)} for case_id in created}
    derived = values.difference(*forms.values())
    used = {
        case_id
        for case_id in created
        if values & forms[case_id] or any(is_similar(one, form) for one in derived for form in forms[case_id])
    }
    existing = sorted(
        case_id
        for case_id in used
        if not any(
            one["method"] == "POST" and any(form in one["response_body"] for form in _as_json(case_id))
            for one in exchanges
        )
    )
    creates: list[ExchangeEntry] = []
    for case_id in existing if create else ():
        assert create is not None
        body = create["response_body"].replace(_id_of(create), case_id)
        creates.append({**create, "response_body": body, "started": 0.0, "elapsed": 0.0})
    return creates + sorted(exchanges, key=lambda exchange: exchange["started"])


def _as_json(text: str) -> Iterator[str]:
    """Yield the forms in which a response may contain a text."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def object_of(text: str) -> Mapping[str, Any]:
    """Return the JSON object in a text, otherwise an empty one."""
    try:
        value = json_text.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
