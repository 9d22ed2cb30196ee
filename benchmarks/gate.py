"""Time and memory of caseiq-gate, beside other tools for the same comparison.

Usage: python benchmarks/gate.py [TOOL…]. Each tool is a command on the PATH: `optic`, `specmatic` or `oasdiff`.
Start-up counts. The processor time is compared, because it depends less on other programs than the elapsed time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RUNS: Final = 3
LIMIT: Final = 100
SCHEMAS: Final = 400
MEMBERS: Final = 62
GATE: Final = (sys.executable, "-m", "change_gate")
# Each peer with its exit code for a compatible pair and for a break. Specmatic only prints its verdict.
PEERS: Final = {
    "optic": (("optic", "diff", "{base}", "{head}", "--check"), (0, 1)),
    "specmatic": (("specmatic", "compare", "{base}", "{head}"), (0, 0)),
    "oasdiff": (("oasdiff", "breaking", "{base}", "{head}", "--fail-on", "ERR"), (0, 1)),
}


@dataclass(frozen=True)
class Measurement:
    """The best of several runs."""

    seconds: float
    elapsed: float
    megabytes: float


def document(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose one operation takes and returns the first schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{next(iter(schemas))}"}}}
    operation = {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "The order.", "content": content}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1.0.0"},
        "paths": {"/orders": {"post": operation}},
        "components": {"schemas": schemas},
    }


def small(required: list[str], *further: str) -> dict[str, Any]:
    """Return a document of about 60 lines."""
    names = ("id", "name", "city", "note", *further)
    members = {name: {"type": "string", "maxLength": 40} for name in names}
    return document({"Order": {"type": "object", "required": required, "properties": members}})


def ring(longest: int) -> dict[str, Any]:
    """Return a document of about 3 MB with a ring of references. The last schema has a text of limited length."""
    schemas: dict[str, Any] = {}
    for index in range(SCHEMAS):
        members: dict[str, Any] = {
            f"member{number}": {"type": "string", "maxLength": 40, "description": "A member of the order."}
            for number in range(MEMBERS)
        }
        members["next"] = {"$ref": f"#/components/schemas/Part{(index + 1) % SCHEMAS}"}
        schemas[f"Part{index}"] = {"type": "object", "properties": members}
    schemas[f"Part{SCHEMAS - 1}"]["properties"]["text"] = {"type": "string", "maxLength": longest}
    return document(schemas)


# Each case with the exit code of the gate.
CASES: Final = {
    "60 lines, compatible": (small(["id"]), small(["id"], "code"), 0),
    "60 lines, a break with its witness": (small(["id"]), small(["id", "name"]), 1),
    "3 MB, a ring of 400 schemas": (ring(40), ring(50), 1),
}


def measure(command: list[str], expected: int) -> Measurement | str:
    """Run a command several times. Return a text if it does not end in time, or ends with another exit code."""
    best: Measurement | None = None
    for _ in range(RUNS):
        start = time.monotonic()
        with open(os.devnull, "wb") as nowhere:
            process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
            usage = _wait(process, start)
        if usage is None:
            return f"not finished after {LIMIT} s"
        if process.returncode != expected:
            return f"exit code {process.returncode} instead of {expected}"
        elapsed = time.monotonic() - start
        found = Measurement(usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss / 1024)
        best = found if best is None or found.seconds < best.seconds else best
    assert best is not None
    return best


def _wait(process: subprocess.Popen[bytes], start: float) -> Any:
    while time.monotonic() - start < LIMIT:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage
        time.sleep(0.01)
    process.kill()
    process.wait()
    return None


def main() -> None:
    """Print one row for each tool and case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tools", nargs="*", choices=[*PEERS, []], help="further tools, which are on the PATH")
    tools = [name for name in parser.parse_args().tools if shutil.which(name)]
    print("| case | tool | processor time | elapsed | memory | times the gate |\n|---|---|---|---|---|---|")
    failed: set[str] = (
        set()
    )  # a tool that cannot start may return the expected code of the next case by chance
    with tempfile.TemporaryDirectory() as folder:
        for number, (case, (base, head, expected)) in enumerate(CASES.items()):
            files = {}
            for side, data in (("base", base), ("head", head)):
                file = Path(folder, f"{side}{number}.json")
                file.write_text(json.dumps(data, indent=1))
                files[side] = str(file)
            own: Measurement | None = None
            for tool in ("caseiq-gate", *tools):
                command = [*GATE, files["base"], files["head"]]
                if tool in PEERS:
                    command = [word.format(**files) for word in PEERS[tool][0]]
                if tool in failed:
                    continue
                found = measure(command, PEERS[tool][1][expected] if tool in PEERS else expected)
                if isinstance(found, str):
                    failed.add(tool)
                if own is None and isinstance(found, Measurement):
                    own = found
                print(f"| {case} | {tool} | {_row(found, own)} |", flush=True)


def _row(found: Measurement | str, own: Measurement | None) -> str:
    if isinstance(found, str):
        return f"{found} | | |"
    ratio = f"{found.seconds / own.seconds:.1f}" if own else ""
    return f"{found.seconds:.2f} s | {found.elapsed:.2f} s | {found.megabytes:.0f} MB | {ratio}"


if __name__ == "__main__":
    main()
