"""The only module that uses names of pytest-xdist. tests/unit/test_xdist_internals.py checks each of them."""

from __future__ import annotations

from typing import Any

import pytest


def worker_input(config: pytest.Config) -> dict[str, Any]:
    """Return the data that the controller sent to this worker; empty in any other process."""
    return getattr(config, "workerinput", {})


def send_to_worker(node: Any, name: str, data: dict[str, Any]) -> None:
    """Send data to a worker before it starts."""
    node.workerinput[name] = data


def send_to_controller(config: pytest.Config, name: str, data: dict[str, Any]) -> None:
    """Send data to the controller when this worker ends."""
    config.workeroutput[name] = data  # type: ignore[attr-defined]


def worker_output(node: Any, name: str) -> dict[str, Any] | None:
    """Return the data that a worker sent when it ended; None if it was killed before."""
    output: dict[str, Any] | None = getattr(node, "workeroutput", {}).get(name)
    return output


def position_of(node: Any) -> tuple[int, int]:
    """Return the position of a worker among all workers, from 0, and the number of workers."""
    specs = node.nodemanager.specs
    return next(place for place, spec in enumerate(specs) if spec is node.gateway.spec), len(specs)
