"""The reproduction scripts of a run against a server with a single fault.

Each script runs against a new server with the fault, and against a correct one. It reproduces the failure if it shows
the recorded status codes on the first, and other responses on the second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from faults import FAULTS as MOCK_FAULTS
from mutation.test_mock_faults import CLIENT
from mutation.test_reference_server import load_deployment
from reference_server.catalogue import Fault
from reference_server.faults import FAULTS as REFERENCE_FAULTS
from reference_server.service import CaseService
from reference_server.sockets import running
from support.script_output import Step, steps
from support.suite_run import CREDENTIALS

from contract_tests.client.credentials import TOKEN
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Deployment
from contract_tests.report.files import DOCUMENT
from contract_tests.report.replay.run import run as run_script
from mock_server import build, serving

ATTEMPTS: Final = 8  # of a script whose requests overlap, on new servers
OVERLAP: Final = "in progress at the same time"
RECORDED: Final = re.compile(r"^show \d+ ('no response'|\S+)", re.MULTILINE)
STATED: Final = "# This script may not reproduce the failure"


class Kind(StrEnum):
    """The result of a script."""

    REPRODUCED = "reproduced"
    NO_SCRIPT = "there is no script, and the report says why"
    STATED = "not reproduced, and the script says so"
    SAME = "the correct server gives the same responses"
    OTHER = "a new faulty server returns other status codes than recorded"
    INCOMPLETE = "the script did not complete"


HONEST: Final = (Kind.REPRODUCED, Kind.NO_SCRIPT, Kind.STATED)


@dataclass(frozen=True)
class Result:
    """The result of the script of one failing row of one fault."""

    fault: str
    requirement: str
    kind: Kind
    detail: str = ""


@dataclass(frozen=True)
class Servers:
    """Functions that start a new faulty and a new correct server, and what a client needs to know of both."""

    faulty: Callable[[], AbstractContextManager[str]]
    correct: Callable[[], AbstractContextManager[str]]
    environment: Mapping[str, str]
    deployment: Deployment

    def output(self, script: str, server: Callable[[], AbstractContextManager[str]]) -> list[Step] | None:
        """Run a script against a new server, and return the responses it shows; None if it did not complete."""
        with server() as url:
            target = Target(url, self.environment, embedded=True)
            api = connect(target, RunSettings(deployment=self.deployment))
            output = run_script(script, url, {**self.environment, TOKEN: api.credentials.token()})
            api.session.close()
        return None if output is None else steps(output, script)


def report_to(folder: Path) -> str:
    """Return the option of the suite for a report with scripts in the folder."""
    return f"--report-dir={folder}/report"


def run_scripts(name: str, folder: Path) -> list[Result]:
    """Run the script of each failing row of the report in the folder."""
    document = json.loads(Path(folder, "report", DOCUMENT).read_text(encoding="utf-8"))
    servers = servers_of(name, folder)
    failed = [row for row in document["requirements"] if row["verdict"] == "failed"]
    return [_judge(name, row, folder / "report", servers) for row in failed]


def _judge(fault: str, row: Mapping[str, Any], report: Path, servers: Servers) -> Result:
    """Return the result of one failing row of the report."""
    finding = row["findings"][0]
    shown = f"expected {finding['expected']}; got {finding['actual']}"
    if not row["script"]:
        return Result(fault, row["id"], Kind.NO_SCRIPT, row["no_script"])
    script = (report / row["script"]).read_text(encoding="utf-8")
    if STATED in script:
        return Result(fault, row["id"], Kind.STATED, f"{shown}\n    {row['replay']}")
    kind, difference = Kind.INCOMPLETE, ""
    for _ in range(ATTEMPTS if OVERLAP in script else 1):
        faulty = servers.output(script, servers.faulty)
        kind, difference = _compare(script, faulty, servers)
        if kind is Kind.REPRODUCED:
            break
    return Result(fault, row["id"], kind, "" if kind is Kind.REPRODUCED else f"{shown}\n    {difference}")


def _compare(script: str, faulty: Sequence[Step] | None, servers: Servers) -> tuple[Kind, str]:
    if faulty is None:
        return Kind.INCOMPLETE, ""
    statuses = [status.strip("'") for status in RECORDED.findall(script)]
    if OVERLAP not in script and [one.status for one in faulty] != statuses:
        return Kind.OTHER, f"statuses {[one.status for one in faulty]}, recorded {statuses}"
    if servers.output(script, servers.correct) == faulty:
        return Kind.SAME, f"both return {faulty[-1]}"
    return Kind.REPRODUCED, ""


def servers_of(name: str, folder: Path) -> Servers:
    """Return the servers of a fault. `folder` is for its deployment file."""
    if name.startswith("mock/"):
        fault = MOCK_FAULTS[name.partition("/")[2]]
        return Servers(
            lambda: serving(fault(build())),
            lambda: serving(build()),
            CLIENT if fault.requirements[0].startswith("TOKEN") else CREDENTIALS,
            Deployment(),
        )
    reference = next(one for one in REFERENCE_FAULTS if one.name == name.partition("/")[2])
    return Servers(
        lambda: running(reference.make()),
        lambda: running(_correct(reference)()),
        CREDENTIALS if reference.environment is None else reference.environment,
        load_deployment(reference, folder),
    )


def _correct(fault: Fault) -> type[CaseService]:
    """Return the class that a fault changes."""
    faulty = (
        {type(one.make()) for one in REFERENCE_FAULTS} if fault.deployment or fault.environment else set()
    )
    bases = type(fault.make()).__mro__ if faulty else (CaseService,)
    return next(base for base in bases if issubclass(base, CaseService) and base not in faulty)
