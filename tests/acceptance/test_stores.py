"""The suite against the mock on each store, on two mocks sharing a database, and durability after a kill."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from support.processes import TOKEN, mock, mock_process
from support.stores import DATABASES, new_store, open_url
from support.suite_run import run_suite

from contract_tests.results.verdicts import Verdict
from mock_server import build
from mock_server.adapters.session import MockAdapter

pytestmark = pytest.mark.slow

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with new_store(request.param, tmp_path) as url:
        yield url


class LoadBalancer(HTTPAdapter):
    """Transport adapter that distributes requests to several servers in turn."""

    def __init__(self, servers: Sequence[str]) -> None:
        super().__init__()
        self._servers = cycle(servers)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request = request.copy()
        request.url = (
            urlsplit(str(request.url))._replace(netloc=urlsplit(next(self._servers)).netloc).geturl()
        )
        return super().send(request, *args, **more)


def test_mock_on_a_database_passes(url: str) -> None:
    with open_url(url) as store:
        result = run_suite("http://mock.invalid", adapter=MockAdapter(build(store=store)), environment=CLIENT)
    assert set(result.verdicts.values()) == {Verdict.PASSED}, result.describe_failures()


def test_two_mocks_sharing_a_database_pass(tmp_path: Path) -> None:
    with new_store("postgresql", tmp_path) as url:
        options = ["--store", url, "--seed-data", "demo", "--control-token", "t"]
        with mock(*options) as one, mock(*options) as other:
            for server in (one, other):
                response = requests.get(
                    f"{server}/_mock/cases", headers={"Authorization": "Bearer t"}, timeout=5
                )
                assert response.json()["total"] == 30
            result = run_suite("http://mock.invalid", adapter=LoadBalancer([one, other]))
    assert set(result.verdicts.values()) <= {Verdict.PASSED, Verdict.DISABLED}, result.describe_failures()
    assert result.verdicts["PARALLEL-PATCH"] is Verdict.PASSED


class Worker(threading.Thread):
    """Thread that creates and patches cases until the server is killed, and records acknowledged writes."""

    def __init__(self, base_url: str, enough: threading.Barrier) -> None:
        super().__init__()
        self.acknowledged: dict[str, int] = {}
        self._base_url = base_url
        self._enough = enough

    def run(self) -> None:
        with requests.Session() as session:
            session.headers.update(BEARER)
            try:
                for turn in range(10**6):
                    if turn == 20:
                        self._enough.wait()
                    created = session.post(f"{self._base_url}/case", json={"n": 0}, timeout=5)
                    case_id = created.json()["id"]
                    self.acknowledged[case_id] = 0
                    for n in (1, 2):
                        patched = session.patch(f"{self._base_url}/case/{case_id}", json={"n": n}, timeout=5)
                        assert patched.status_code == 200
                        self.acknowledged[case_id] = n
            except requests.RequestException:
                return


@pytest.mark.parametrize("durability", ["full", "relaxed"])
def test_acknowledged_writes_survive_kill_9(url: str, durability: str) -> None:
    options = ["--store", url, "--durability", durability]
    enough = threading.Barrier(5)
    with mock_process(*options) as (process, base_url):
        workers = [Worker(base_url, enough) for _ in range(4)]
        for worker in workers:
            worker.start()
        enough.wait(30)
        process.kill()
        for worker in workers:
            worker.join()
    acknowledged = {case_id: n for worker in workers for case_id, n in worker.acknowledged.items()}
    assert len(acknowledged) >= 80
    with mock(*options) as base_url, requests.Session() as session:
        session.headers.update(BEARER)
        for case_id, n in acknowledged.items():
            assert session.get(f"{base_url}/case/{case_id}", timeout=5).json()["n"] >= n
