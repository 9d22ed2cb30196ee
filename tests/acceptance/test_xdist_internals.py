"""The names of pytest-xdist that the suite uses still carry data between controller and workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.runner import xdist_internals

CONFTEST = """
from contract_tests.runner import xdist_internals


def pytest_sessionfinish(session):
    received = xdist_internals.worker_input(session.config)
    if received:
        xdist_internals.send_to_controller(session.config, "answer", {"doubled": received["question"]["n"] * 2})
"""


class Controller:
    """Sends each worker its position, and keeps what the workers send back."""

    def __init__(self) -> None:
        self.positions: list[tuple[int, int]] = []
        self.received: list[dict[str, Any] | None] = []

    def pytest_configure_node(self, node: Any) -> None:
        self.positions.append(xdist_internals.position_of(node))
        xdist_internals.send_to_worker(node, "question", {"n": self.positions[-1][0]})

    def pytest_testnodedown(self, node: Any) -> None:
        self.received.append(xdist_internals.worker_output(node, "answer"))


def test_data_travels_between_controller_and_workers(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="needs pytest-xdist")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_file.py").write_text("def test_one(): ...\ndef test_two(): ...\n")
    controller = Controller()
    options = ("-n", "2", "-p", "no:cacheprovider", "--assert=plain", f"--rootdir={tmp_path}")
    status = pytest.main([str(tmp_path / "test_file.py"), "-q", *options], plugins=[controller])
    assert status == pytest.ExitCode.OK
    assert sorted(controller.positions) == [(0, 2), (1, 2)]
    assert sorted(one["doubled"] for one in controller.received if one) == [0, 2]


def test_a_session_without_xdist_has_no_worker_input(pytestconfig: pytest.Config) -> None:
    if not hasattr(pytestconfig, "workerinput"):
        assert xdist_internals.worker_input(pytestconfig) == {}
