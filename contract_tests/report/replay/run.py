"""Replays stories before they are written: each script is run once against the target, through the run's own session.

So a replay creates no case that is not in the ledger and in the budget. What cannot be replayed is not written, and
the report says why. Knows scripts as texts; needs sh and curl.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.exceptions import TargetError
from contract_tests.report.replay.proxy import Relay, relay
from contract_tests.report.replay.script import Script

TIMEOUT: Final = 120.0  # seconds for one script
TRIES: Final = 2  # a token may expire in the middle of a story
NEEDED: Final = ("sh", "curl")
_ANSWERED: Final = re.compile(r"^ {3}answered (.+), when recorded (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Replay:
    """What came of a script: the text to be written, or the reason why there is none."""

    text: str = ""
    reason: str = ""


def replays(scripts: Mapping[str, Script], api: CaseApi) -> dict[str, Replay]:
    """Each script replayed against the run's target, by requirement."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        reason = f"{' and '.join(missing)} not on the PATH, so it could not be replayed"
        return {id_: Replay(reason=script.reason or reason) for id_, script in scripts.items()}
    found = {}
    with relay(api.session) as door:
        for number, (id_, script) in enumerate(scripts.items(), 1):
            api.session.waits_for = f"for story {number} of {len(scripts)} to be replayed"
            api.session.begin_test(f"stories/{id_}.sh")
            found[id_] = _replayed(script, api, door)
    return found


def _replayed(script: Script, api: CaseApi, door: Relay) -> Replay:
    left = api.session.ledger.left
    if script.reason:
        return Replay(reason=script.reason)
    if left is not None and script.creates > left:
        return Replay(reason=f"a replay creates {script.creates} cases, and the budget has {left} left")
    if any(isinstance(failure, TargetError) for failure in door.failures):
        return Replay(reason="the target stopped to answer, so it could not be replayed")
    for _ in range(TRIES):
        try:
            token = api.credentials.token()
            said = run(script.text, door.url, token)
        except TargetError as error:
            return Replay(reason=api.session.secrets.mask(str(error)))
        if said is not None:
            return Replay(_noted(script.text, said))
        api.credentials.renew(token)
    why = f": {door.failures[-1]}" if door.failures else ""
    return Replay(reason=f"its replay came to no end{api.session.secrets.mask(why)}")


def run(script: str, base_url: str, token: str) -> str | None:
    """Run a script against a base URL: what it said, or None where it did not come to its end."""
    environment = {**os.environ, "BASE_URL": base_url, "CASEIQ_TOKEN": token}
    environment |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "story.sh")
        file.write_text(script, encoding="utf-8", newline="\n")
        try:
            ended = subprocess.run(
                ["sh", str(file)],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    whole = ended.returncode == 0 and not ended.stderr
    return ended.stdout.decode("utf-8", "replace") if whole else None


def _noted(script: str, said: str) -> str:
    """The script, saying at its head where the replay was answered otherwise than the run."""
    answers = enumerate(_ANSWERED.findall(said), 1)
    others = [f"{n} ({now}, not {then})" for n, (now, then) in answers if now != then]
    if not others:
        return script
    first, rest = script.split("\n", 1)
    return f"{first}\n# Replayed once, it was answered otherwise to request {', '.join(others)}.\n{rest}"
