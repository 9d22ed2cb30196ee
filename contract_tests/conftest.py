"""Fixtures of the checks: the client, a case, the profile, and tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from inspect import signature
from pathlib import Path

import pytest

from contract_tests.assertions.case import Case, NewCase, create_case
from contract_tests.assertions.case_reuse import reset_case
from contract_tests.assertions.tokens import (
    TimedToken,
    TokenInUse,
    request_longest,
    request_medium,
    request_shortest,
    token_endpoint,
)
from contract_tests.assertions.tracked_case import AgedCase, TrackedCase
from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import FORM, TokenEndpoint
from contract_tests.profiles import Profile, Share, profile_for
from contract_tests.results.collector import Run
from contract_tests.runner.hooks import PROFILE, RUN
from contract_tests.runner.ordering import requirements_of
from contract_tests.testdata.corpus import REPLACEMENT, long_text

LARGE_FIELDS = {"testLong": 9_000, "testLongest": 60_000}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the file with Schemathesis' requests in a profile without them, unless it is named on the command line."""
    if collection_path.name == "test_schema.py" and not _profile(config).generated:
        return True
    return None


def _profile(config: pytest.Config, budget: int | None = None) -> Profile:
    seeded = config.getoption("--hypothesis-seed", None) is not None
    name = config.stash.get(PROFILE, None) or config.getoption("--hypothesis-profile", None)
    return profile_for(name, seeded=seeded, budget=budget)


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """Current run."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def api(run: Run) -> CaseApi:
    """Client for the target's five operations."""
    return run.api


@pytest.fixture(scope="session")
def profile(pytestconfig: pytest.Config, api: CaseApi) -> Profile:
    """Profile of the run, within its budget of cases."""
    return _profile(pytestconfig, api.session.ledger.budget)


@pytest.fixture(scope="session")
def share(profile: Profile) -> Share:
    """Function that returns the variants to try with one operation."""
    return profile.share


@pytest.fixture(autouse=True)
def _note_reduced(request: pytest.FixtureRequest) -> None:
    """Record the requirements that get fewer examples than the profile has."""
    if "profile" in signature(request.function).parameters:
        run: Run = request.getfixturevalue("run")
        if request.getfixturevalue("profile").bounded:
            run.reduced.update(requirements_of(request.node))


@pytest.fixture
def new_case(api: CaseApi) -> NewCase:
    """Function that creates a case, by default an ordinary one."""
    return partial(create_case, api)


@pytest.fixture(scope="session")
def spare() -> list[Case]:
    """Case that the last check left, if the run has a budget."""
    return []


@pytest.fixture
def case(new_case: NewCase, profile: Profile, spare: list[Case]) -> Iterator[Case]:
    """Ordinary case for one check. Under a budget, an earlier check's case is reset and reused."""
    reused = reset_case(spare.pop()) if spare else None
    one = reused or new_case().adopt_shown()
    yield one
    if profile.bounded:
        spare[:] = [one]


@pytest.fixture(scope="session")
def aged(api: CaseApi) -> AgedCase:
    """Case that was replaced, patched and transitioned early in the run."""
    tracked = TrackedCase(create_case(api))
    tracked.replace(REPLACEMENT)
    tracked.update({"testSummary": "Patched early", "testAssessor": "Dee", "testTags": []})
    for name, length in LARGE_FIELDS.items():
        # A server may refuse large values, or change them, but it may not drop them later.
        tracked.case.try_update({name: long_text(length)})
    tracked.case.adopt_shown()
    tracked.transition_next()
    return AgedCase(tracked, tracked.case.workflow_id(), time.time())


@pytest.fixture(scope="session")
def endpoint(api: CaseApi) -> TokenEndpoint:
    """Token endpoint of the target."""
    return token_endpoint(api)


@pytest.fixture(scope="session")
def in_use() -> list[TokenInUse]:
    """Tokens that are used again after each check."""
    return []


@pytest.fixture(autouse=True)
def _keep_in_use(in_use: list[TokenInUse]) -> Iterator[None]:
    yield
    for token in in_use:
        token.use()


@pytest.fixture(scope="session")
def short_lived(api: CaseApi, endpoint: TokenEndpoint, in_use: list[TokenInUse]) -> TokenInUse:
    """Token that expires while the other checks run."""
    in_use.append(TokenInUse(api, request_shortest(endpoint)))
    return in_use[-1]


@pytest.fixture(scope="session")
def short_by_form(endpoint: TokenEndpoint) -> TimedToken:
    """Short-lived token granted to a form request, and used only at the end."""
    return request_shortest(endpoint, FORM)


@pytest.fixture(scope="session")
def medium_lived(api: CaseApi, endpoint: TokenEndpoint, in_use: list[TokenInUse]) -> TokenInUse:
    """Token that works for the first seconds."""
    in_use.append(TokenInUse(api, request_medium(endpoint)))
    return in_use[-1]


@pytest.fixture(scope="session")
def long_lived(endpoint: TokenEndpoint) -> TimedToken:
    """Token that outlives the run."""
    return request_longest(endpoint)
