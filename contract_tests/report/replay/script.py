"""The reproduction script of a failure, for POSIX sh with curl.

A script replays the shortest reproduction against $BASE_URL with $CASEIQ_TOKEN. It creates its own cases: it reads ids
and workflow ids from the new responses. Requests that overlapped in the run are sent at the same time again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from importlib.resources import files
from shlex import quote
from typing import Final

from contract_tests.client.exchange import KEPT_CHARACTERS, quote_id
from contract_tests.contract.requirements import Requirement, catalogue
from contract_tests.exceptions import is_brief
from contract_tests.masking.secrets import MASK
from contract_tests.oracle.derived_values import is_derived
from contract_tests.report.document import ExchangeEntry, rank
from contract_tests.report.isolation import describe
from contract_tests.report.replay.creates import (
    exchanges_of,
    is_create,
    object_of,
    successful_create,
    with_creates,
)
from contract_tests.report.replay.failure import failed_field, is_about_form
from contract_tests.report.replay.lines import BASE, VARIABLES, overlapping, variables_in
from contract_tests.report.replay.shell import (
    has_condition,
    ids_in,
    is_body_known,
    printable,
    send,
    show,
    validators_in,
)
from contract_tests.results.verdicts import Finding, Verdict

# Members whose values a later request may need, and the names of their variables.
_CAPTURED: Final[Mapping[str, str]] = {"id": "case", "lastWorkflowId": "workflow"}
EXPIRY: Final = "TOKEN-EXPIRY"
CANDIDATES: Final = 3  # failures of a requirement that a script may show
REPLAYS: Final = 2  # a server may count requests
BRIEF_REPLAYS: Final = 4  # a server may show an old state for a short time
BOUND: Final = (
    "# This script may not reproduce the failure on another server: it contains an id that this one issued."
)
_FUNCTIONS: Final = files(__package__).joinpath("functions.sh").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Script:
    """A script that creates `creates` cases and needs environment variables, or the reason why there is none.

    `exchanges` are those that it repeats, in their order; none if some of them overlapped. `is_partial` is True if it
    leaves out requests, so that the responses before the last one may differ, and in the last one all fields but
    `failed_field`, if the failure names one. `only_form` is True if the failure is a status code or a media type.
    `replays` is how often a replay must show the failure. `alternatives` show other failures of the requirement.
    """

    text: str = ""
    creates: int = 0
    variables: tuple[str, ...] = ()
    reason: str = ""
    exchanges: Sequence[ExchangeEntry] = ()
    is_partial: bool = False
    failed_field: str = ""
    only_form: bool = False
    replays: int = 1
    alternatives: Sequence[Script] = ()


def scripts(
    verdicts: Mapping[str, tuple[Verdict, Sequence[Finding]]], target: str, created: Iterable[str]
) -> dict[str, Script]:
    """Return a script for each failed requirement. `created` are the ids of the cases that the run created."""
    target, ids = target.rstrip("/"), set(created)
    create = successful_create(verdicts, target)
    made = {}
    for id_, (verdict, findings) in verdicts.items():
        if verdict is Verdict.FAILED:
            try:
                failed = [one for one in rank(findings, verdict) if one.verdict is verdict][:CANDIDATES]
                found = [_script_of(catalogue()[id_], one, target, create, ids) for one in failed]
                made[id_] = replace(found[0], alternatives=[one for one in found[1:] if not one.reason])
            except Exception as error:
                made[id_] = Script(reason=f"the suite could not write it ({describe(error)})")
    return made


def _script_of(
    requirement: Requirement, finding: Finding, target: str, create: ExchangeEntry | None, created: Set[str]
) -> Script:
    exchanges = exchanges_of(finding)
    if not exchanges:
        return Script(reason="no single sequence of requests reproduces it")
    if requirement.id == EXPIRY:
        return Script(reason="it needs a token of a certain age, which a script does not have")
    if not is_body_known(exchanges[-1]):
        return Script(reason="a request body contains a credential, which is not recorded")
    known = [exchange for exchange in exchanges if is_body_known(exchange)]
    finding = replace(finding, left_out=finding.left_out + len(exchanges) - len(known))
    exchanges = known
    complete = with_creates(exchanges, create, created)
    creates = sum(is_create(exchange, target) for exchange in complete)
    text = _script(requirement, finding, complete, target, created)
    variables = (BASE, *(name for name in variables_in(text) if name != BASE))
    overlaps = any(len(group) > 1 for group in overlapping(complete))
    return Script(
        text,
        creates,
        variables,
        exchanges=() if overlaps else complete,
        is_partial=bool(finding.left_out),
        failed_field=failed_field(finding.actual),
        only_form=is_about_form(finding),
        replays=1 if overlaps else BRIEF_REPLAYS if is_brief(finding.actual) else REPLAYS,
    )


def _has_fixed_id(exchange: ExchangeEntry, shown: Set[str], variables: Mapping[str, str]) -> bool:
    """Return True if a command contains an id that another server does not have: one of those that the run was shown.

    A script cannot read an id that a response escapes.
    """
    sent = object_of(exchange["request_body"]).get("workflowId")
    return not ({*ids_in(exchange), *([sent] if isinstance(sent, str) else [])} & shown) <= variables.keys()


def _shown_ids(exchanges: Sequence[ExchangeEntry], target: str, created: Set[str]) -> Set[str]:
    """Return the ids of cases and workflows that the target issued, also as they stand in a path.

    The client chose an id that a request contains before a response does. This is not so for a case of the run that no
    create contained, and for a workflow after a response that was recorded in part: these responses had the id.
    """
    issued = created | {quote_id(one) for one in created}
    shown: set[str] = set()
    chosen: set[str] = set()
    is_part = False
    for exchange in exchanges:
        new = ids_in(exchange) - shown
        chosen |= new if is_create(exchange, target) else new - issued
        if is_part and isinstance(workflow := object_of(exchange["request_body"]).get("workflowId"), str):
            shown.add(workflow)
            chosen.discard(workflow)
        record = object_of(exchange["response_body"])
        ids = {value for value in map(record.get, _CAPTURED) if isinstance(value, str) and value}
        shown |= ids | {quote_id(one) for one in ids}
        is_part = is_part or len(exchange["response_body"]) >= KEPT_CHARACTERS
    return (issued | shown) - chosen


def _script(
    requirement: Requirement,
    finding: Finding,
    exchanges: Sequence[ExchangeEntry],
    target: str,
    created: Set[str],
) -> str:
    variables: dict[str, str] = {}
    commands: list[str] = []
    shown, is_bound = _shown_ids(exchanges, target, created), False
    number = 0
    for group in overlapping(exchanges):
        steps = list(enumerate(group, number + 1))
        number += len(group)
        is_bound = is_bound or any(_has_fixed_id(one, shown, variables) for one in group)
        commands += ["", *_send(steps, target, variables)]
        for step, exchange in steps:
            commands += _captures(step, exchange, exchanges[number:], variables)
    head = [*_head(requirement, "\n".join(commands))]
    if is_bound:
        head[1:1] = [BOUND]
    return "\n".join([*head, _FUNCTIONS, *commands, *_end(finding)]) + "\n"


def _head(requirement: Requirement, commands: str) -> Iterator[str]:
    credentials = [name for name in variables_in(commands) if name != BASE]
    yield "#!/bin/sh"
    yield f"# {requirement.id} ({requirement.level}): {printable(requirement.statement)}"
    yield "#"
    yield "# Sends the requests that showed the failure of this requirement. It creates its own cases on the target."
    if "in progress at the same time" in commands:
        yield "# Requests overlapped, so the failure depends on timing: repeat the script if it does not show at once."
    if MASK in commands:
        yield f"# {MASK} replaces a credential that was not the run's own, and was not recorded."
    given = "".join(f"{name}=... " for name in credentials)
    yield f"#   BASE_URL=https://tenant.example/api-public/1.0 {given}sh {requirement.id}.sh"
    for name in credentials:
        yield f': "${{{name}:?is {VARIABLES[name]}}}"'


def _send(
    steps: Sequence[tuple[int, ExchangeEntry]], target: str, variables: Mapping[str, str]
) -> Iterator[str]:
    """Yield the commands that send a group and show its responses."""
    if len(steps) == 1:
        yield send(*steps[0], target, variables)
    else:
        yield f"# These {len(steps)} requests were in progress at the same time."
        for step, exchange in steps:
            yield f"{send(step, exchange, target, variables)} &"
        yield "wait"
    for step, exchange in steps:
        yield show(step, exchange, target, variables)


def _captures(
    step: int, exchange: ExchangeEntry, later: Sequence[ExchangeEntry], variables: dict[str, str]
) -> Iterator[str]:
    """Yield commands that take each id which a later request needs from the new response, and add it to `variables`."""
    needed = {value for one in later for value in ids_in(one)} - variables.keys()
    for name, variable in _CAPTURED.items():
        for place, value in enumerate(_members(exchange, name), 1):
            in_path = quote_id(value)
            if not value or value in variables:
                continue
            if any(is_derived(one, value) or is_derived(one, in_path) for one in needed):
                variables[value] = f"{variable}{step}" + (f"_{place}" if place > 1 else "")
                yield f"member {step} {name} {place}"
                yield f"{variables[value]}=$value"
                if in_path != value:
                    variables[in_path] = f"{variables[value]}_in_path"
                    yield "encode"
                    yield f"{variables[in_path]}=$value"
    for name, value in validators_in(exchange):
        if value not in variables and any(has_condition(one, value) for one in later):
            variables[value] = f"{name.replace('-', '_')}{step}"
            yield f"header {step} {name}"
            yield f"{variables[value]}=$value"


def _members(exchange: ExchangeEntry, name: str) -> list[str]:
    """Return the values of the members `name` in a response, as the function `member` of functions.sh finds them."""
    text = re.sub(r"[\r\n]", "", exchange["response_body"])
    found = re.findall(rf'"{name}"\s*:\s*(?:"([^"]*)|([^",}}]*))', text)
    return [quoted or other for quoted, other in found]


def _end(finding: Finding) -> Iterator[str]:
    yield ""
    gap = [f"{finding.left_out} requests in the middle are left out here."] if finding.left_out else []
    for line in (*gap, f"expected: {finding.expected}", f"recorded: {finding.actual}"):
        yield f"printf '%s\\n' {quote(printable(line))}"
