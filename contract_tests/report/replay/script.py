"""A failure's shortest story as a shell script that replays it against $BASE_URL with $CASEIQ_TOKEN.

The replay stands on its own: ids and workflow ids that earlier answers gave are read from the live answers, so it
creates its own cases. Requests that overlapped are sent together again. POSIX sh, curl and sed; no jq, no bash.
Owns the order of a script; what one request looks like in it belongs to `shell`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from importlib.resources import files
from shlex import quote
from typing import Final

from contract_tests.client.exchange import TOKEN_VARIABLE
from contract_tests.masking.secrets import MASK
from contract_tests.report.document import Document, FindingEntry, RequirementEntry, Told
from contract_tests.report.replay.shell import ask, body_of, ids_in, path_of, show, visible

_BROKEN: Final = ("failed", "warning")
# Members whose values a later request may need, and what the variables that hold them are called.
_CAPTURED: Final[Mapping[str, str]] = {"id": "case", "lastWorkflowId": "workflow"}
_FUNCTIONS: Final = files(__package__).joinpath("story.sh").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Script:
    """A story as a script that makes `creates` cases, or the reason why it cannot be one."""

    text: str = ""
    creates: int = 0
    reason: str = ""


def scripts(document: Document) -> dict[str, Script]:
    """A script for each broken requirement, by its id."""
    target = document["run"]["target"].rstrip("/")
    created = {line["id"] for line in document["ledger"]}
    create = _create(document, target)
    return {
        requirement["id"]: _script_of(requirement, target, create, created)
        for requirement in document["requirements"]
        if requirement["shown"] in _BROKEN
    }


def _script_of(requirement: RequirementEntry, target: str, create: Told | None, created: Set[str]) -> Script:
    story = requirement["findings"][0]["story"]
    if not story:
        return Script(reason="no single story shows it")
    if any(body_of(told) is None for told in story):
        return Script(reason="a body in its story holds a credential, which is not recorded")
    whole = _whole(story, create, created)
    creates = sum(told["method"] == "POST" and path_of(told["url"], target) == "/case" for told in whole)
    return Script(_script(requirement, whole, target), creates)


def _create(document: Document, target: str) -> Told | None:
    """A create that worked, to be sent again where a story is about a case that was made before it began."""
    stories = (finding["story"] for one in document["requirements"] for finding in one["findings"])
    for told in (told for story in stories for told in story):
        made = told["method"] == "POST" and path_of(told["url"], target) == "/case" and told["status"] == 201
        if made and body_of(told) is not None and _id_of(told):
            return told
    return None


def _id_of(create: Told) -> str:
    """The id that a create was answered with; empty where there is none."""
    try:
        record = json.loads(create["response_body"])
    except ValueError:
        return ""
    case_id = record.get("id") if isinstance(record, dict) else None
    return case_id if isinstance(case_id, str) else ""


def _whole(story: Sequence[Told], create: Told | None, created: Set[str]) -> list[Told]:
    """The story in the order of its requests, after creates of the cases that it takes for granted."""
    told_of = {case_id for told in story for case_id in ids_in(told) if case_id in created}
    granted = sorted(
        case_id
        for case_id in told_of
        if not any(told["method"] == "POST" and case_id in told["response_body"] for told in story)
    )
    making: list[Told] = []
    for case_id in granted if create else ():
        assert create is not None
        answer = create["response_body"].replace(_id_of(create), case_id)
        making.append({**create, "response_body": answer, "started": 0.0, "elapsed": 0.0})
    return making + sorted(story, key=lambda told: told["started"])


def _script(requirement: RequirementEntry, story: Sequence[Told], target: str) -> str:
    live: dict[str, str] = {}
    requests: list[str] = []
    number = 0
    for group in _overlapping(story):
        steps = list(enumerate(group, number + 1))
        number += len(group)
        requests += ["", *_sent(steps, target, live)]
        for step, told in steps:
            requests += _captures(step, told, story[number:], live)
    opening = _opening(requirement, "\n".join(requests))
    return "\n".join([*opening, _FUNCTIONS, *requests, *_ending(requirement["findings"][0])]) + "\n"


def _opening(requirement: RequirementEntry, requests: str) -> Iterator[str]:
    id_, needs_token = requirement["id"], TOKEN_VARIABLE in requests
    yield "#!/bin/sh"
    yield f"# {id_} ({requirement['level']}): {visible(requirement['statement'])}"
    yield "#"
    yield "# Replays what showed that this requirement is broken. It creates cases of its own on the target."
    if MASK in requests:
        yield f"# {MASK} stands for a credential that was not the run's own, and was not recorded."
    token = "CASEIQ_TOKEN=... " if needs_token else ""
    yield f"#   BASE_URL=https://tenant.example/api-public/1.0 {token}sh {id_}.sh"
    if needs_token:
        yield ': "${CASEIQ_TOKEN:?is the credential that the target takes}"'


def _overlapping(story: Sequence[Told]) -> Iterator[list[Told]]:
    """The story in groups: one request, or all that were under way together."""
    group: list[Told] = []
    for told in story:
        if group and told["started"] >= max(one["started"] + one["elapsed"] for one in group):
            yield group
            group = []
        group.append(told)
    yield group


def _sent(steps: Sequence[tuple[int, Told]], target: str, live: Mapping[str, str]) -> Iterator[str]:
    """The commands that send a group and show its answers."""
    if len(steps) == 1:
        yield ask(*steps[0], target, live)
    else:
        yield f"# These {len(steps)} requests were under way at the same time."
        for step, told in steps:
            yield f"{ask(step, told, target, live)} &"
        yield "wait"
    for step, told in steps:
        yield show(step, told, target, live)


def _captures(step: int, told: Told, later: Sequence[Told], live: dict[str, str]) -> Iterator[str]:
    """Commands that take from the live answer each id that a later request needs, noted in `live`."""
    needed = {value for one in later for value in ids_in(one)} - live.keys()
    for name, variable in _CAPTURED.items():
        for place, value in enumerate(_members(told, name), 1):
            if value and value in needed and value not in live:
                live[value] = f"{variable}{step}" + (f"_{place}" if place > 1 else "")
                yield f"member {step} {name} {place}"
                yield f"{live[value]}=$value"


def _members(told: Told, name: str) -> list[str]:
    """The values of the members `name` in an answer, found as the function `member` of story.sh finds them."""
    return re.findall(rf'"{name}"\s*:\s*"?([^",}}]*)', re.sub(r"[\r\n]", "", told["response_body"]))


def _ending(finding: FindingEntry) -> Iterator[str]:
    yield ""
    left_out = finding["left_out"]
    note = [f"{left_out} requests in the middle of the story are left out here."] if left_out else []
    for line in (*note, f"expected:      {finding['expected']}", f"when recorded: {finding['actual']}"):
        yield f"printf '%s\\n' {quote(visible(line))}"
