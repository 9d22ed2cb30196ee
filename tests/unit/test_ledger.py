"""The ledger: no case without a line, whatever ends the process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.ledgers import URL, create, ids

from contract_tests.client.ledger import UNANSWERED, Ledger, written
from contract_tests.exceptions import BudgetSpent, TargetError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "ledger.jsonl"


def test_create_is_entered_before_it_is_sent(path: Path) -> None:
    ledger = Ledger("run-1", path)
    ledger.test = "test_one"
    with ledger.create(URL) as one:
        (line,) = written(path, "run-1")
        assert (line["id"], line["url"], line["test"]) == (UNANSWERED, URL, "test_one")
        one.complete("c1", f"{URL}/c1")
    (line,) = written(path, "run-1")
    assert (line["id"], line["url"]) == ("c1", f"{URL}/c1")
    assert ledger.entries == [line]


def test_closed_file_has_one_line_for_each_case(path: Path) -> None:
    ledger = Ledger("run-1", path)
    for case_id in ("c1", None, None, "c2", None, "c3" * 200, None):
        create(ledger, case_id)
    ledger.close()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(["c1", "c2", "c3" * 200])
    assert not [line for line in lines if line != line.strip()]
    assert ledger.created == len(ledger.entries) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, TargetError])
def test_create_without_response_stays_entered(path: Path, error: type[BaseException]) -> None:
    ledger = Ledger("run-1", path)

    def interrupted() -> None:
        with ledger.create(URL):
            raise error

    with pytest.raises(error):
        interrupted()
    assert ids(path) == [UNANSWERED]
    assert ledger.created == 1
    ledger.close()
    assert ids(path) == [UNANSWERED]


KILLED = """
import sys, os, signal
from pathlib import Path
from contract_tests.client.ledger import Ledger
ledger = Ledger("run-1", Path(sys.argv[1]))
for number in range(50):
    with ledger.create("https://tenant.example/case") as one:
        if number == 40:
            os.kill(os.getpid(), signal.SIGKILL)
        one.refuse() if number % 5 == 0 else one.complete(f"c{number}", f"https://tenant.example/case/c{number}")
"""


def test_killed_process_loses_no_line(path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    expected = {f"c{number}" for number in range(40) if number % 5} | {UNANSWERED}
    assert set(ids(path)) == expected
    ledger = Ledger("run-2", path)
    create(ledger, "later")
    ledger.close()
    assert set(ids(path)) == expected
    assert ids(path, "run-2") == ["later"]


def test_line_of_a_killed_process_is_ended_by_the_next(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"run": "run-0", "id": "c0"}\n{"run": "run-0", "id": "c1"}', encoding="utf-8")
    ledger = Ledger("run-1", path)
    create(ledger, "c2")
    ledger.close()
    assert ids(path, "run-0") == ["c0", "c1"]
    assert ids(path) == ["c2"]


def test_processes_share_a_file(path: Path) -> None:
    ledgers = [Ledger(f"run-{number}", path) for number in range(3)]

    def fill(ledger: Ledger) -> None:
        for number in range(100):
            create(ledger, None if number % 3 == 0 else f"{ledger.run}-{number}")

    threads = [threading.Thread(target=fill, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    for ledger in ledgers:
        expected = [f"{ledger.run}-{number}" for number in range(100) if number % 3]
        assert sorted(ids(path, ledger.run)) == sorted(expected)
    assert all(line.strip() for line in path.read_text(encoding="utf-8").splitlines())


def test_parallel_creates_of_one_process_are_all_entered(path: Path) -> None:
    ledger = Ledger("run-1", path, budget=150)

    def fill(client: int) -> None:
        for number in range(25):
            try:
                create(ledger, f"{client}-{number}" if number % 2 else None)
            except BudgetSpent:
                return

    threads = [threading.Thread(target=fill, args=(client,)) for client in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert len(set(ids(path))) == len(ids(path)) == ledger.created == len(ledger.entries)


def test_budget_counts_creates_under_way() -> None:
    ledger = Ledger("run-1", budget=2)
    with ledger.create(URL), ledger.create(URL), pytest.raises(BudgetSpent):
        ledger.create(URL).__enter__()
    assert ledger.left == 0


def test_reserved_cases_are_left_for_later() -> None:
    ledger = Ledger("run-1", budget=3)
    create(ledger, "c1")
    ledger.reserved = 1
    assert ledger.left == 1
    create(ledger, "c2")
    assert ledger.left == 0
    with pytest.raises(BudgetSpent):
        create(ledger, "c3")
    ledger.reserved = 0
    create(ledger, "c3")


def test_refused_create_costs_no_budget() -> None:
    ledger = Ledger("run-1", budget=1)
    create(ledger, None)
    create(ledger, "c1")
    assert ledger.left == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_stops_creates_with_a_reason() -> None:
    ledger = Ledger("run-1", Path("/dev/full"))
    with pytest.raises(TargetError, match="No space left on device"):
        create(ledger, "c1")
    assert ledger.created == 0


def test_ids_of_several_cases_are_repeated() -> None:
    ledger = Ledger("run-1")
    for case_id in ("c1", "c2", "c1", "c3", "c3", UNANSWERED, UNANSWERED):
        create(ledger, case_id)
    assert ledger.repeated() == ["c1", "c3"]


def test_ids_that_a_create_contained_are_not_repeated() -> None:
    ledger = Ledger("run-1")
    create(ledger, "c1")
    with ledger.create("http://x.example/case") as chosen:
        chosen.complete("c1", "http://x.example/case/c1", is_sent=True)
    assert ledger.repeated() == []


def test_ledger_without_a_file_counts_its_cases() -> None:
    ledger = Ledger("run-1")
    ledger.open()
    create(ledger, "c1")
    ledger.close()
    ledger.discard()
    assert (ledger.created, ledger.left) == (1, None)
    assert ledger.entries[0].keys() == {"run", "time", "test", "id", "url"}
