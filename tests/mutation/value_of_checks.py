"""Measurement of what each check can reveal for the requests that it sends.

Run it as `python -m mutation.value_of_checks --json FILE` in `tests/`, with `PYTHONPATH` set to the repository. For
each fault it records the checks that find it with the quick profile, and how many requests each needed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from mutation.rows_per_fault import _mock_run, _reference_run, fault_names

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.results.verdicts import Verdict
from contract_tests.runner.hooks import RUN

CASES = 60
SENT: dict[str, list[int]] = {}


def check_of(item: pytest.Item) -> str:
    """Return the check's name with its file, without parameters."""
    return f"{item.path.name}::{getattr(item, 'originalname', item.name)}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count the requests and cases of each check. The first hook, so that it includes the fixtures."""
    run = item.config.stash.get(RUN, None)
    before = (run.api.session.requests_sent, run.api.session.ledger.created) if run else (0, 0)
    result = yield
    run = item.config.stash.get(RUN, None)
    if run:
        session = run.api.session
        SENT.setdefault(
            item.nodeid.rpartition("/")[2],
            [session.requests_sent - before[0], session.ledger.created - before[1]],
        )
    return result


def measure(name: str) -> tuple[str, Sequence[str], dict[str, int]] | str:
    """Return the fault, the requirements that it breaks, and the requests that each check needed to find it."""
    from mutation.value_of_checks import SENT  # noqa: PLC0415 - pytest loads this module as a plugin, under this name

    SENT.clear()
    breaks, run = _mock_run(name) if name.startswith("mock/") else _reference_run(name)
    out = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
    try:
        result = run(
            profile="quick",
            requirements=breaks,
            options=["-p", "mutation.value_of_checks", f"--max-cases={CASES}"],
        )
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {error}"
    finally:
        os.dup2(out, 1)
        os.close(out)
    found = {
        one.test.rpartition("/")[2]: SENT[one.test.rpartition("/")[2]][0]
        for one in result.findings
        if one.verdict is Verdict.FAILED and one.requirement in breaks and one.test.rpartition("/")[2] in SENT
    }
    return name, breaks, found


def breaks_must(name: str) -> bool:
    """Return True if the fault breaks a MUST requirement."""
    breaks, _ = _mock_run(name) if name.startswith("mock/") else _reference_run(name)
    return any(catalogue()[id_].level is Level.MUST for id_ in breaks)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args(arguments)
    names = [name for name in fault_names() if breaks_must(name)]
    random.Random(0).shuffle(names)
    rows: dict[str, Any] = {}
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for row in pool.imap_unordered(measure, names):
            if isinstance(row, str):
                print("NO RESULT", row, flush=True)
                continue
            rows[row[0]] = {"breaks": row[1], "found": row[2]}
            if len(rows) % 20 == 0:
                options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
