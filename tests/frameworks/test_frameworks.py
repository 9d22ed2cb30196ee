"""The suite against servers on real frameworks and stores, written from the document with the frameworks' defaults.

Python frameworks: `pip install -e '.[frameworks]'`; Node frameworks: `npm install --prefix tests/frameworks`; other
languages: the packages of the operating system. A server is skipped if its framework or its store is missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from framework_processes import ACCOUNT, serving, skip_if_missing
from framework_servers import SERVERS, Server
from support.suite_run import run_suite

from contract_tests.results.verdicts import Verdict


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.file.partition("_")[0])
def test_server_fails_exactly_what_it_breaks(server: Server, tmp_path: Path) -> None:
    skip_if_missing(server)
    with serving(server, tmp_path) as base_url:
        result = run_suite(base_url, environment=ACCOUNT)
    assert Verdict.ERROR not in result.verdicts.values(), result.errors()
    unexpected = result.failed() - server.breaks.keys() - server.races.keys()
    # A failure may be folded into its cause.
    unverified = {id_ for id_, verdict in result.verdicts.items() if verdict is Verdict.UNVERIFIED}
    missed = server.breaks.keys() - result.failed() - unverified
    assert (unexpected, missed) == (set(), set()), result.describe_failures(unexpected | missed)
