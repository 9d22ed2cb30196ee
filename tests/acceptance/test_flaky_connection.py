"""A correct server behind a connection that breaks at every layer: no wrong failure, no hang, no case unrecorded."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from support.flaky_proxy import WAYS, FlakyProxy
from support.processes import mock, suite

pytestmark = pytest.mark.slow

VERIFIED = (
    "CREATE-STORES",
    "CREATE-ID-UNIQUE",
    "GET-SAME",
    "PATCH-PARTIAL",
    "PUT-REPLACES",
    "TRANSITION-MOVES",
    "AUTH-INVALID",
    "PARALLEL-PUT",
)


@pytest.mark.parametrize("seed", range(2))
def test_flaky_connection_causes_no_failure(seed: int, tmp_path: Path) -> None:
    run_behind_flaky_connection(tmp_path, seed, *(f"--requirement={id_}" for id_ in VERIFIED))


def run_behind_flaky_connection(folder: Path, seed: int, *options: str) -> FlakyProxy:
    """Run the suite, and assert what holds whatever the connection does."""
    with mock() as address, FlakyProxy(address, seed) as proxy:
        started = time.monotonic()
        ended = suite(
            *(
                "--base-url",
                proxy.url,
                "--hypothesis-profile=quick",
                "--response-time=1",
                "--report-dir=report",
            ),
            *options,
            cwd=folder,
            timeout=600,
        )
        elapsed = time.monotonic() - started
    table = ended.text.split("Case APIs conformance")[1].split("requirements:")[0]
    assert " failed " not in table, ended.text
    assert " warning " not in table, ended.text
    assert elapsed < 2 * proxy.broken + 240
    assert proxy.ways <= set(WAYS)
    lines = (folder / "report" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    entered = [json.loads(line)["id"] for line in lines]
    unknown = [case_id for case_id in entered if case_id.startswith("unknown")]
    # A case whose response was lost, or came too late on a busy machine, is entered without its id.
    assert len(proxy.created_at_server() - set(entered)) <= len(unknown)
    assert len(unknown) < 0.1 * len(entered)
    return proxy
