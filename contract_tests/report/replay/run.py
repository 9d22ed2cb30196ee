"""The replay of reproduction scripts, once each, through the run's own session.

The cases that a replay creates therefore appear in the ledger and count against the budget. A script that cannot be
replayed is not written, and the report gives the reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.exceptions import TargetError
from contract_tests.report.isolation import describe
from contract_tests.report.replay.proxy import SessionProxy, session_proxy
from contract_tests.report.replay.script import Script

TIMEOUT: Final = 120.0  # seconds for one script
ATTEMPTS: Final = 2  # A token may expire during a replay.
NEEDED: Final = ("sh", "curl")
_STATUSES: Final = re.compile(r"^ {3}returned (.+), recorded: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Replay:
    """The result of a replay: the text of the script, or the reason why there is none."""

    text: str = ""
    reason: str = ""


def replay(
    scripts: Mapping[str, Script], api: CaseApi, folder: str, stop_reason: Callable[[], str] = str
) -> dict[str, Replay]:
    """Replay each script against the run's target, until there is a reason to stop.

    `folder` names the scripts in the ledger.
    """
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        reason = f"{' and '.join(missing)} not found on the PATH, so the script could not be replayed"
        return {id_: Replay(reason=script.reason or reason) for id_, script in scripts.items()}
    replays = {}
    with session_proxy(api.session) as proxy:
        for number, (id_, script) in enumerate(scripts.items(), 1):
            api.session.waits_for = f"for the replay of script {number} of {len(scripts)}"
            api.session.begin_test(f"{folder}/{id_}.sh")
            if reason := stop_reason():
                replays[id_] = Replay(reason=script.reason or f"it was not replayed, because {reason}")
                continue
            try:
                replays[id_] = _replay(script, api, proxy)
            except Exception as error:
                replays[id_] = Replay(reason=f"the suite could not replay it ({describe(error)})")
    return replays


def _replay(script: Script, api: CaseApi, proxy: SessionProxy) -> Replay:
    left = api.session.ledger.left
    if script.reason:
        return Replay(reason=script.reason)
    if left is not None and script.creates > left:
        return Replay(reason=f"a replay creates {script.creates} cases, and the budget has {left} left")
    if any(isinstance(failure, TargetError) for failure in proxy.failures):
        return Replay(reason="the target stopped responding, so the failure could not be replayed")
    for _ in range(ATTEMPTS):
        try:
            token = api.credentials.token()
            output = run(script.text, proxy.url, token)
        except TargetError as error:
            return Replay(reason=api.session.secrets.mask(str(error)))
        if output is not None:
            return Replay(_annotated(script.text, output))
        api.credentials.renew(token)
    why = f": {proxy.failures[-1]}" if proxy.failures else ""
    return Replay(reason=f"its replay did not complete{api.session.secrets.mask(why)}")


def run(script: str, base_url: str, token: str) -> str | None:
    """Run a script against a base URL, and return its output; None if it did not complete."""
    environment = {**os.environ, "BASE_URL": base_url, "CASEIQ_TOKEN": token}
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


def _annotated(script: str, output: str) -> str:
    """Return the script, with a comment if the replay returned other status codes than the run."""
    statuses = enumerate(_STATUSES.findall(output), 1)
    others = [f"{n} ({now}, not {then})" for n, (now, then) in statuses if now != then]
    if not others:
        return script
    first, rest = script.split("\n", 1)
    return f"{first}\n# A replay returned another status code for request {', '.join(others)}.\n{rest}"
