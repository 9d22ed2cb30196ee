"""Schemathesis with the OpenAPI document: each operation with positive and negative data, and walks along the links.

Generated requests only address cases of this run, or ids that no case has. An example id could be a tenant's real
case.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import get_state_machine_test
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import response_headers_conformance, status_code_conformance

from contract_tests.assertions.case import create_case
from contract_tests.assertions.responses import OK
from contract_tests.client.api import JSON, CaseApi
from contract_tests.client.credentials import ClientCredentials
from contract_tests.contract.openapi import restore_link_bodies
from contract_tests.contract.requirements import SPEC, load_yaml
from contract_tests.exceptions import Disabled, Violation
from contract_tests.oracle.comparison import is_same_date, show
from contract_tests.profiles import Profile, run_property
from contract_tests.results.collector import Run
from contract_tests.testdata.ids import unknown_id

requirement = pytest.mark.requirement
pytestmark = pytest.mark.stage("generated")

# The universal checks cover refusals, media types and bodies. Schemathesis' own checks would reject the token page's
# documented 501, a refusal without a body, other types that end in +json, and case details of a tenant's own types.
BUILT_IN: Final = [status_code_conformance, response_headers_conformance]
BODIED: Final = ("createCase", "replaceCase", "updateCase", "transitionCase", "issueToken")
# Negative data for GET could only change the id, which is chosen below.
GENERATED: Final = [
    *((operation, GenerationMode.POSITIVE) for operation in ("getCase", *BODIED)),
    *((operation, GenerationMode.NEGATIVE) for operation in BODIED),
]
TOKEN_PATH: Final = "/auth/oauth2/token"
FIRST_ERROR: Final = 400
WALKED: Final = ("SCHEMA", "CREATE-READ-YOUR-WRITE", "UPDATE-IDENTITY")


@pytest.fixture(scope="session")
def schema() -> Any:
    """The OpenAPI document as Schemathesis reads it."""
    config = schemathesis.Config()
    document = load_yaml(SPEC / "caseiq-openapi.yaml")
    restore_link_bodies(document)
    loaded = schemathesis.openapi.from_dict(document, config=config)
    loaded.config.generation.update(with_security_parameters=False)
    return loaded


def _base_url(api: CaseApi, operation: str) -> str:
    """Return the URL that the operation's path is relative to. The token endpoint may be outside the base URL."""
    if operation != "issueToken":
        return api.session.base_url
    if not isinstance(api.credentials, ClientCredentials):
        raise Disabled("needs OAuth2 client credentials")
    url = api.credentials.endpoint.url
    if not url.endswith(TOKEN_PATH):
        raise Disabled(f"the token endpoint is not at {TOKEN_PATH}")
    return url.removesuffix(TOKEN_PATH)


def _prepare(api: CaseApi, case: Any, case_id: str) -> None:
    """Set the case id of a generated request, and complete a whole record with the run's required fields."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = case_id
    if (
        case.method in ("POST", "PUT")
        and case.path.rstrip("/").count("/") <= len(("case", "id"))
        and isinstance(case.body, dict)
    ):
        case.body = api.complete(case.body)


def _send(api: CaseApi, case: Any, base_url: str) -> Response:
    headers = {"Accept": JSON}
    if base_url == api.session.base_url:
        headers |= api.credentials.present(api.credentials.token())
    with api.consistent(case.method):
        response: Response = case.call(base_url=base_url, session=api.session, headers=headers)
    return response


def _check(case: Any, response: Response) -> None:
    """Apply Schemathesis' checks to a response that is not a refusal."""
    if response.status_code >= FIRST_ERROR:
        return
    try:
        case.validate_response(response, checks=BUILT_IN)
    except FailureGroup as group:
        failure = sorted(group.exceptions)[0]
        message = " ".join(failure.message.split())
        raise Violation(
            "a response that the OpenAPI document describes", f"{failure.title}: {message}", "SCHEMA"
        ) from None


@requirement("SCHEMA", "NO-SERVER-ERROR", "HOSTILE-INPUT")
@pytest.mark.parametrize(
    ("operation", "mode"), GENERATED, ids=[f"{name}-{mode.value}" for name, mode in GENERATED]
)
def test_responses_are_documented(
    run: Run, schema: Any, profile: Profile, operation: str, mode: GenerationMode
) -> None:
    api = run.api
    base_url = _base_url(api, operation)
    own = create_case(api).id

    @profile.settings(shrink=not run.has_failed("SCHEMA", "NO-SERVER-ERROR"))
    @given(schema.find_operation_by_id(operation).as_strategy(generation_mode=mode), st.booleans())
    def documented(case: Any, known: bool) -> None:
        api.trace.next_attempt()
        _prepare(api, case, own if known else unknown_id())
        _check(case, _send(api, case, base_url))

    run_property(documented, profile, run.api.trace)


@requirement(*WALKED)
def test_walks_along_links_keep_identity(run: Run, api: CaseApi, schema: Any, profile: Profile) -> None:
    walked = schema.include(path_regex="^/case")

    class Walk(walked.as_state_machine()):  # type: ignore[misc]
        """Creates a case and follows the links. The id and creation date must not change."""

        def setup(self) -> None:
            api.trace.next_attempt()
            self.dates: dict[str, Any] = {}

        def before_call(self, case: Any) -> None:
            linked = str(case.path_parameters.get("id", ""))
            _prepare(api, case, linked if linked in api.session.ledger.ids else unknown_id())

        def call(self, case: Any, **_: Any) -> Response:
            return _send(api, case, api.session.base_url)

        def validate_response(self, response: Response, case: Any, *_: Any, **__: Any) -> None:
            _check(case, response)
            self._check_identity(case, api.trace[-1])

        def _check_identity(self, case: Any, response: Any) -> None:
            record, case_id = response.object, case.path_parameters.get("id")
            if case.method == "GET" and case_id in self.dates and response.status != OK:
                raise Violation("GET to find the created case", response.summary(), "CREATE-READ-YOUR-WRITE")
            if not response.ok or not response.carries_record:
                return
            date = self.dates.setdefault(record["id"], record["createdDate"])
            if case_id is not None and record["id"] != case_id:
                raise Violation(f"the record of {show(case_id)}", show(record["id"]), "UPDATE-IDENTITY")
            if not is_same_date(date, record["createdDate"]):
                raise Violation(
                    f"createdDate to stay {show(date)}", show(record["createdDate"]), "UPDATE-IDENTITY"
                )

    settings = profile.settings(profile.walks, shrink=not run.has_failed(*WALKED))
    run_property(get_state_machine_test(Walk, settings=settings), profile, run.api.trace)
