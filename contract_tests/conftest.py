"""Which checks are collected, and their fixtures: the client, a case, and how much to try.

Knows the run; judges nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from inspect import signature
from pathlib import Path

import pytest

from contract_tests.assertions.case import Case, NewCase, create_case
from contract_tests.assertions.case_reuse import reset_case
from contract_tests.assertions.tokens import TimedToken, TokenInUse, longest, medium, shortest, token_endpoint
from contract_tests.assertions.tracked_case import AgedCase, TrackedCase
from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import FORM, TokenEndpoint
from contract_tests.profiles import Deal, Scale, scale_of
from contract_tests.results.collector import Run
from contract_tests.runner.hooks import RUN
from contract_tests.runner.ordering import requirements_of
from contract_tests.testdata.corpus import REPLACEMENT


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where the scale has no generated requests, what sends them is collected only if it is asked for by name."""
    if collection_path.name == "test_schema.py" and not _scale(config).generated:
        return True
    return None


def _scale(config: pytest.Config, budget: int | None = None) -> Scale:
    seeded = config.getoption("--hypothesis-seed", None) is not None
    return scale_of(config.getoption("--hypothesis-profile", None), seeded=seeded, budget=budget)


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run under way."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def api(run: Run) -> CaseApi:
    """The target's five operations."""
    return run.api


@pytest.fixture(scope="session")
def scale(pytestconfig: pytest.Config, api: CaseApi) -> Scale:
    """How much random data to try."""
    return _scale(pytestconfig, api.session.ledger.budget)


@pytest.fixture(scope="session")
def deal(scale: Scale) -> Deal:
    """Which of the ways to go wrong an operation is to be tried in."""
    return scale.deal


@pytest.fixture(autouse=True)
def _tell_reduced(request: pytest.FixtureRequest) -> None:
    """Notes which requirements get fewer examples than the profile asks for."""
    if "scale" in signature(request.function).parameters:
        run: Run = request.getfixturevalue("run")
        if request.getfixturevalue("scale").bounded:
            run.reduced.update(requirements_of(request.node))


@pytest.fixture
def new_case(api: CaseApi) -> NewCase:
    """Creates a case, an ordinary one unless told otherwise."""
    return partial(create_case, api)


@pytest.fixture(scope="session")
def spare() -> list[Case]:
    """Where cases are dear: the one that the last check left."""
    return []


@pytest.fixture
def case(new_case: NewCase, scale: Scale, spare: list[Case]) -> Iterator[Case]:
    """An ordinary case of the check's own; under a budget one that an earlier check left, put back to new."""
    reused = reset_case(spare.pop()) if spare else None
    one = reused or new_case().adopt_shown()
    yield one
    if scale.bounded:
        spare[:] = [one]


@pytest.fixture(scope="session")
def aged(api: CaseApi) -> AgedCase:
    """A case that was replaced, patched and moved early in the run."""
    tracked = TrackedCase(create_case(api))
    tracked.replace(REPLACEMENT)
    tracked.update({"testSummary": "Patched early", "testAssessor": "Dee", "testTags": []})
    tracked.transition_next()
    return AgedCase(tracked, tracked.case.workflow_id(), time.time())


@pytest.fixture(scope="session")
def endpoint(api: CaseApi) -> TokenEndpoint:
    """The target's token endpoint."""
    return token_endpoint(api)


@pytest.fixture(scope="session")
def in_use() -> list[TokenInUse]:
    """Tokens that are used again after each check."""
    return []


@pytest.fixture(autouse=True)
def _used_again(in_use: list[TokenInUse]) -> Iterator[None]:
    yield
    for token in in_use:
        token.again()


@pytest.fixture(scope="session")
def short_lived(api: CaseApi, endpoint: TokenEndpoint, in_use: list[TokenInUse]) -> TokenInUse:
    """A token that expires while the other checks run."""
    in_use.append(TokenInUse(api, shortest(endpoint)))
    return in_use[-1]


@pytest.fixture(scope="session")
def short_by_form(endpoint: TokenEndpoint) -> TimedToken:
    """The same, asked for by a form, and not used before the end."""
    return shortest(endpoint, FORM)


@pytest.fixture(scope="session")
def medium_lived(api: CaseApi, endpoint: TokenEndpoint, in_use: list[TokenInUse]) -> TokenInUse:
    """A token that works for the first seconds."""
    in_use.append(TokenInUse(api, medium(endpoint)))
    return in_use[-1]


@pytest.fixture(scope="session")
def long_lived(endpoint: TokenEndpoint) -> TimedToken:
    """A token that outlives them."""
    return longest(endpoint)
