"""A failure's shortest story as a shell script: curl lines that replay it against $BASE_URL with $CASEIQ_TOKEN.

The replay stands on its own: ids and workflow ids that earlier answers gave are read from the live answers, so it
creates its own cases. Requests that overlapped are sent together again. POSIX sh, curl and sed; no jq, no bash.
Writes no file, and knows no requirement's meaning.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

from contract_tests.exchange import BASE_VARIABLE, MASK, TOKEN_VARIABLE
from contract_tests.report.document import Document, FindingEntry, RequirementEntry, Told

REPLAY_TIMEOUT: Final = 120.0  # seconds for one script
_TOLD: Final = ("failed", "warning")
# Members whose values a later request may need, and what the variables that hold them are called.
_CAPTURED: Final[Mapping[str, str]] = {"id": "case", "lastWorkflowId": "workflow"}
# Headers that curl makes itself, or whose value only makes sense on the original connection.
_OF_THE_CLIENT: Final = {"user-agent", "accept-encoding", "connection", "content-length", "host"}

_FUNCTIONS: Final = files(__package__).joinpath("story.sh").read_text(encoding="utf-8")


@dataclass
class _Script:
    """A script under way: the base URL of the recorded requests, and the variables that hold live values."""

    target: str
    lines: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def scripts(document: Document) -> dict[str, str]:
    """A script for each broken requirement whose story can be replayed.

    None for a story that holds no request, or one whose body is not known byte for byte, such as a masked one.
    """
    found = {}
    for requirement in document["requirements"]:
        story = requirement["findings"][0]["story"] if requirement["shown"] in _TOLD else []
        if story and all(_body(told) is not None for told in story):
            found[requirement["id"]] = _script(requirement, document["run"]["target"])
    return found


def replayed(script: str, base_url: str, token: str, ca_bundle: str | None = None) -> bool:
    """Run the script against a target; whether it came to its end, with an answer to each request.

    It creates cases there, which stand in no ledger: the caller knows whether that is welcome.
    """
    environment = {**os.environ, "BASE_URL": base_url, "CASEIQ_TOKEN": token}
    if ca_bundle:
        environment["CURL_CA_BUNDLE"] = ca_bundle
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "story.sh")
        file.write_text(script, encoding="utf-8", newline="\n")
        try:
            ended = subprocess.run(
                ["sh", str(file)],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=REPLAY_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return ended.returncode == 0 and not ended.stderr


def _script(requirement: RequirementEntry, target: str) -> str:
    finding = requirement["findings"][0]
    story = sorted(finding["story"], key=lambda told: told["started"])
    script = _Script(target.rstrip("/"))
    number = 0
    for group in _overlapping(story):
        steps = list(enumerate(group, number + 1))
        number += len(group)
        _send(script, steps)
        for step, told in steps:
            _capture(script, step, told, story[number:])
    lines = [*_opening(requirement, "\n".join(script.lines)), _FUNCTIONS, *script.lines, *_ending(finding)]
    return "\n".join(lines) + "\n"


def _opening(requirement: RequirementEntry, requests: str) -> Iterator[str]:
    id_, needs_token = requirement["id"], TOKEN_VARIABLE in requests
    yield "#!/bin/sh"
    yield f"# {id_} ({requirement['level']}): {_visible(requirement['statement'])}"
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


def _send(script: _Script, steps: Sequence[tuple[int, Told]]) -> None:
    together = len(steps) > 1
    if together:
        script.lines += ["", f"# The next {len(steps)} requests were under way at the same time."]
    for step, told in steps:
        script.lines += [
            "" if not together else f"# {step}.",
            _ask(script, step, told) + (" &" if together else ""),
        ]
    if together:
        script.lines.append("wait")
    for step, told in steps:
        path = _path(told["url"], script.target) or told["url"]
        script.lines.append(
            f"show {step} {told['status']} {shlex.quote(_visible(told['method'] + ' ' + path))}"
        )


def _ask(script: _Script, step: int, told: Told) -> str:
    body = _body(told) or b""
    words = [f"ask {step}", *_method(told), _url(script, told["url"])]
    words += [f"-H {header}" for header in _headers(told)]
    if not body and "content-length" not in {name.lower() for name in told["request_headers"]}:
        return " ".join(words) + " </dev/null"
    if "content-type" not in {name.lower() for name in told["request_headers"]}:
        words.append("-H 'Content-Type:'")
    return f"{_printed(script, body)} | " + " ".join([*words, "--data-binary @-"])


def _method(told: Told) -> list[str]:
    match told["method"]:
        case "HEAD":
            return ["--head"]
        case "GET" if not told["request_body"]:
            return []
        case method:
            return [f"-X {shlex.quote(method)}"]


def _path(url: str, target: str) -> str | None:
    """What follows the base URL, or None for a URL outside it."""
    rest = url.removeprefix(target)
    return rest if rest != url and rest[:1] in ("", "/", "?", "#") else None


def _url(script: _Script, url: str) -> str:
    path = _path(url, script.target)
    if path is None:
        return shlex.quote(url)
    pieces = [f'"{BASE_VARIABLE}"']
    for part in re.split(r"([/?&#=])", path):
        variable = script.variables.get(part)
        pieces.append(f'"${{{variable}}}"' if variable else shlex.quote(part) if part else "")
    return "".join(pieces)


def _headers(told: Told) -> Iterator[str]:
    """The headers as arguments; credentials as the curl line of the evidence has them, so as a variable."""
    line = shlex.split(told["curl"])
    shown = [line[at + 1] for at, word in enumerate(line[:-1]) if word == "-H"]
    credentials = {header.partition(":")[0]: header for header in shown}
    for name, value in told["request_headers"].items():
        if name.lower() in _OF_THE_CLIENT:
            continue
        header = credentials.get(name, f"{name}: {value}") if MASK in value else f"{name}: {value}"
        # curl's own way to send a header without a value.
        header = header if header.partition(":")[2].strip() else f"{name};"
        pieces = [shlex.quote(piece) if piece else "" for piece in header.split(TOKEN_VARIABLE)]
        yield f'"{TOKEN_VARIABLE}"'.join(pieces)


def _body(told: Told) -> bytes | None:
    """The request's body byte for byte, or None where the evidence does not hold that.

    Bytes that are no UTF-8 stand in the evidence as "\\xNN". The length that was sent tells whether they do.
    """
    text = told["request_body"]
    length = next(
        (value for name, value in told["request_headers"].items() if name.lower() == "content-length"), ""
    )
    bytewise = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes([int(found[1], 16)]), text.encode())
    for body in (text.encode(), bytewise):
        if not length or len(body) == int(length):
            return None if MASK.encode() in body else body
    return None


def _printed(script: _Script, body: bytes) -> str:
    """A command that prints `body` exactly, live values in the place of recorded ones."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = None
    if text is None or not all(character.isprintable() or character in "\n\t" for character in text):
        return f"printf '{_octal(body)}'"
    pieces = []
    for part in re.split(r'((?<=[iI]d": ")[^"]*(?=")|(?<=[iI]d":")[^"]*(?="))', text):
        variable = script.variables.get(part)
        pieces.append(f'"${{{variable}}}"' if variable else shlex.quote(part) if part else "")
    quoted = "".join(pieces) or "''"
    return f"printf '%s' {quoted}"


def _octal(body: bytes) -> str:
    """`body` as a format of printf: whatever is not plain as an octal escape, which every shell takes byte by byte."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in "%\\'" else f"\\{byte:03o}" for byte in body
    )


def _capture(script: _Script, step: int, told: Told, later: Sequence[Told]) -> None:
    """Lines that take from the live answer each id that a later request needs."""
    for name in _CAPTURED:
        values = re.findall(rf'"{name}"\s*:\s*"?([^",}}]*)', re.sub(r"[\r\n]", "", told["response_body"]))
        for place, value in enumerate(values, 1):
            if not value or value in script.variables or not any(_uses(one, value) for one in later):
                continue
            variable = f"{_CAPTURED[name]}{step}" + (f"_{place}" if place > 1 else "")
            script.variables[value] = variable
            script.lines += [f"member {step} {name} {place}", f"{variable}=$value"]


def _uses(told: Told, value: str) -> bool:
    in_url = value in re.split(r"[/?&#=]", told["url"])
    return in_url or re.search(rf'[iI]d": ?"{re.escape(value)}"', told["request_body"]) is not None


def _ending(finding: FindingEntry) -> Iterator[str]:
    left_out = finding["left_out"]
    note = [f"{left_out} requests in the middle of the story are left out here."] if left_out else []
    yield ""
    for line in (*note, f"expected:      {finding['expected']}", f"when recorded: {finding['actual']}"):
        yield f"printf '%s\\n' {shlex.quote(_visible(line))}"


def _visible(text: str) -> str:
    """`text` on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def proven(document: Document, base_url: str, token: str, ca_bundle: str | None = None) -> Mapping[str, str]:
    """The scripts that were replayed against a target and came to their end there."""
    return {
        id_: script
        for id_, script in scripts(document).items()
        if replayed(script, base_url, token, ca_bundle)
    }
