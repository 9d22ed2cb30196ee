"""The replay of reproduction scripts through the run's own session.

A server may count requests, so a script is replayed twice if the first replay returned the responses of the run. If it
did not, the scripts of other failures of the same requirement are tried.

The cases that a replay creates appear in the ledger and count against the budget, because the session records them. A
script whose replay failed, or differed from the run, has a comment that says so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import TOKEN
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import TargetError
from contract_tests.report.isolation import describe
from contract_tests.report.replay.differences import different_responses
from contract_tests.report.replay.lines import BASE
from contract_tests.report.replay.proxy import SessionProxy, session_proxy
from contract_tests.report.replay.script import Script
from contract_tests.report.replay.shell import printable
from contract_tests.results.verdicts import each_text
from contract_tests.text import render

TIMEOUT: Final = 120.0  # seconds for one script
ATTEMPTS: Final = 2  # A token may expire during a replay.
NEEDED: Final = ("sh", "curl")
CONFIRMED: Final = "its replay returned the responses of the run"
_STATUSES: Final = re.compile(r"^ {3}returned (.+), recorded: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Replay:
    """The text of a script and the variables it needs, or the reason why there is none; `result` describes its replay.

    `is_confirmed` is True if the replay returned the responses of the run.
    """

    text: str = ""
    reason: str = ""
    variables: tuple[str, ...] = ()
    result: str = ""
    is_confirmed: bool = False


def replay(
    scripts: Mapping[str, Script], api: CaseApi, folder: str, stop_reason: Callable[[], str] = str
) -> dict[str, Replay]:
    """Replay each script against the run's target, until there is a reason to stop.

    `folder` names the scripts in the ledger.
    """
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        reason = f"not replayed, because {' and '.join(missing)} was not found on the PATH"
        return {id_: _without_replay(script, reason) for id_, script in scripts.items()}
    replays = {}
    with session_proxy(api.session) as proxy:
        for number, (id_, script) in enumerate(scripts.items(), 1):
            api.session.waits_for = f"for the replay of script {number} of {len(scripts)}"
            api.session.begin_test(f"{folder}/{id_}.sh")
            try:
                reason = stop_reason() or _obstacle(script, api, proxy)
                replays[id_] = (
                    _without_replay(script, f"not replayed, because {reason}")
                    if reason
                    else _replay(script, api, proxy)
                )
            except Exception as error:
                reason = f"not replayed, because of an error of the suite ({describe(error)})"
                replays[id_] = _without_replay(script, reason)
    return replays


def _without_replay(script: Script, result: str) -> Replay:
    """Return the script with a comment on its replay; the reason why there is none, if so."""
    if script.reason:
        return Replay(reason=script.reason)
    return Replay(_commented(script.text, result), variables=script.variables, result=result)


def _obstacle(script: Script, api: CaseApi, proxy: SessionProxy) -> str:
    """Return the reason why a script cannot be replayed now; empty if it can."""
    left = api.session.ledger.left
    if left is not None and script.creates > left:
        noun = "case" if script.creates == 1 else "cases"
        return f"it creates {script.creates} {noun}, and the budget has {left} left"
    if script.creates and api.session.read_only:
        return "it creates cases, and the run may only read"
    if any(isinstance(failure, TargetError) for failure in proxy.failures) and not api.session.recovers(1):
        return "the target stopped responding"
    return ""


def _replay(script: Script, api: CaseApi, proxy: SessionProxy) -> Replay:
    """Return the script, or the alternative whose replays show the failure if those of the script do not."""
    if script.reason:
        return Replay(reason=script.reason)
    found = _confirm(script, api, proxy)
    for one in script.alternatives:
        if found.is_confirmed or _obstacle(one, api, proxy):
            break
        other = _confirm(one, api, proxy)
        found = other if other.is_confirmed else found
    return found


def _confirm(script: Script, api: CaseApi, proxy: SessionProxy) -> Replay:
    """Replay a script as often as it takes to find out if it depends on earlier requests."""
    found = _replay_once(script, api, proxy)
    for _ in range(script.replays - 1):
        if not found.is_confirmed or _obstacle(script, api, proxy):
            break
        found = _replay_once(script, api, proxy)
    return found


def _replay_once(script: Script, api: CaseApi, proxy: SessionProxy) -> Replay:
    mask = api.session.secrets.mask
    for _ in range(ATTEMPTS):
        proxy.exchanges.clear()
        try:
            token = api.credentials.token()
            output = run(script.text, proxy.url, {TOKEN: token, **api.session.secrets.variables})
            if output is not None:
                return _compared(script, output, proxy.exchanges, api.deployment.status_field)
            api.credentials.renew(token)
        except TargetError as error:
            return _without_replay(script, f"its replay failed: {mask(str(error))}")
    why = f": {mask(str(proxy.failures[-1]))}" if proxy.failures else ""
    return _without_replay(script, f"its replay did not complete{why}")


def _compared(script: Script, output: str, exchanges: Sequence[Exchange], status_field: str | None) -> Replay:
    """Return the script, with a comment if the replay returned other responses than the run."""
    statuses = enumerate(_STATUSES.findall(output), 1)
    others = [f"{number} ({now}, not {then})" for number, (now, then) in statuses if now != then]
    if others:
        result = f"its replay returned another status code for request {', '.join(others)}"
        return _without_replay(script, result)
    replayed = [each_text(one.evidence, render) for one in exchanges]
    numbers = different_responses(
        script.exchanges,
        replayed,
        status_field,
        failed_field=script.failed_field,
        only_last=script.is_partial,
        only_form=script.only_form,
    )
    if numbers:
        result = f"its replay returned another response to request {', '.join(map(str, numbers))}"
        return _without_replay(script, result)
    return Replay(script.text, variables=script.variables, result=CONFIRMED, is_confirmed=True)


def _commented(script: str, comment: str) -> str:
    first, rest = script.split("\n", 1)
    return f"{first}\n# This script may not reproduce the failure: {printable(comment)}.\n{rest}"


def run(script: str, base_url: str, credentials: Mapping[str, str]) -> str | None:
    """Run a script against a base URL, and return its output; None if it did not complete.

    `credentials` are the environment variables with these.
    """
    environment = {**os.environ, **credentials, BASE: base_url}
    environment |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sh")
        file.write_text(script, encoding="utf-8", newline="\n")
        try:
            done = subprocess.run(
                ["sh", str(file)],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    complete = done.returncode == 0 and not done.stderr
    return done.stdout.decode("utf-8", "replace") if complete else None
