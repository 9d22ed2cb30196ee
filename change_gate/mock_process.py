"""A mock server as a child process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from change_gate.errors import GateError

CLIENT: Final = ("gate-client", "gate-secret")
TOKEN: Final = "gate-token"


@dataclass(frozen=True)
class Server:
    """A server for the suite. `environment` contains the credentials."""

    url: str
    environment: Mapping[str, str] = field(repr=False)
    token: str = field(default=TOKEN, repr=False)


@contextmanager
def running_mock(*options: str) -> Iterator[Server]:
    """Run a mock on a free port. Raises GateError if it does not start."""
    name, secret = CLIENT
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--end-with-stdin", "--token", TOKEN]
    command += ["--client-id", name, "--client-secret", secret, *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = re.search(r"https?://\S+", process.stdout.readline())
        if address is None:
            raise GateError(f"the mock did not start: {last_line(process.communicate(timeout=10)[1])}")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CASEIQ_")}
        yield Server(address.group(), {**clean, "CASEIQ_CLIENT_ID": name, "CASEIQ_CLIENT_SECRET": secret})
    finally:
        process.kill()
        process.communicate()


def last_line(text: str) -> str:
    """Return the last line with text, without the prefix of an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ").removeprefix("caseiq-mock: error: ") if lines else "no message"
