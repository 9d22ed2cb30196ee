"""The first requests of a run: is the target there, do the credentials work, may a case be created?

Each problem raises TargetError with the remedy in its message, so that the run ends before the first check.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET, TOKEN, ClientCredentials
from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import PROXY_VARIABLES, REMEDY, NoResponse
from contract_tests.contract.deployment import Deployment, Scheme
from contract_tests.contract.requirements import catalogue
from contract_tests.exceptions import BudgetSpent, TargetError
from contract_tests.oracle.workflow import Workflow
from contract_tests.testdata.corpus import ORDINARY
from contract_tests.testdata.value_kinds import PROBES, kind_of

NO_CASE_API: Final = (404, 405, 501)
REDIRECTS: Final = range(300, 400)
REFUSED_TRANSITION: Final = (400, 409, 422)
PREFIX_HINT: Final = "does the base URL lack a path prefix such as /api-public/1.0?"
# Parts of OpenSSL's messages for a server that does not use TLS.
NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF", "HTTP_REQUEST")


def assert_plain_token(environment: Mapping[str, str], deployment: Deployment) -> None:
    """Raise TargetError if the token in the environment starts with the name of its scheme."""
    token = environment.get(TOKEN) or ""
    if deployment.auth.scheme in (None, Scheme.BEARER) and token.lower().startswith("bearer "):
        raise TargetError(f'{TOKEN} in the environment starts with "Bearer "; set it to the token alone')


def connection_hint(error: TargetError, base_url: str) -> str:
    """Return what to do about a first request without a response; starts with a semicolon. Empty for other errors."""
    text = str(error).upper().replace(" ", "_")
    if base_url.lower().startswith("https:") and any(one in text for one in NO_TLS):
        return f"; if the server does not use TLS, give http://{base_url.partition('://')[2]} as the base URL"
    has_remedy = REMEDY in str(error) or PROXY_VARIABLES in str(error)
    if not isinstance(error, NoResponse) or has_remedy:
        return ""
    return "; check that the server is running, and that the base URL is right"


def read_unknown_case(api: CaseApi, case_id: str) -> Exchange:
    """Send the first GET. Raise TargetError if the response shows that no Case API is at this address.

    A 401 or 403 for an unknown id does not prove that credentials are wrong. The first create will show that.
    """
    response = api.get(case_id)
    if response.status in REDIRECTS:
        raise TargetError(_redirect_message(response, api.session.base_url))
    _assert_not_a_page(response)
    if response.refused and response.url.startswith("http:") and "https port" in response.text.lower():
        raise TargetError(f"{response.url} is a port for https; give the base URL with https://")
    if api.has_no_credentials:
        _assert_authorized(api, response)
    return response


def read_existing_case(api: CaseApi, case_id: str) -> Exchange:
    """GET the case of --read-only. Raise TargetError if the target does not have it."""
    response = read_unknown_case(api, case_id)
    _assert_authorized(api, response)
    if response.refused:
        raise TargetError(
            f"--read-only {case_id}: GET {response.url} returned {response.status}; name a case that exists"
        )
    return response


def create_first_case(api: CaseApi, requested: Collection[str] = ()) -> Exchange:
    """Create the run's first case and return the response, even if it is a refusal.

    `requested` are the requirements of --requirement. Raise TargetError if the credentials are refused, if there is
    no Case API at this address, or if cases have no usable id.
    """
    response = api.create(ORDINARY)
    _assert_authorized(api, response)
    if response.refused and response.status not in NO_CASE_API:
        try:
            api.refused_kinds = _refused_kinds(api)
            response = api.create(ORDINARY) if api.refused_kinds else response
        except BudgetSpent:
            raise TargetError(
                f"POST {response.url} refuses the suite's ordinary case, and --max-cases is too small to find out "
                f"which of its values are refused; allow {len(PROBES) + 2}"
            ) from None
    if response.status in NO_CASE_API:
        raise TargetError(
            f"POST {response.url} returned {response.status}: there is no Case API at this address; "
            + _address_hint(api.session.base_url)
        )
    _assert_not_a_page(response)
    _assert_usable_id(response, requested)
    return response


def assert_first_transition(api: CaseApi, first: Exchange) -> None:
    """Try the first transition of a workflow from a deployment file on a new case.

    Raise TargetError if the target refuses it, because every check of transitions would fail.
    """
    workflow, left = api.deployment.workflow, api.session.ledger.left
    if workflow == Workflow() or not first.ok or (left is not None and left < 2):
        return
    case = api.create(ORDINARY)
    case_id, status = case.object.get("id"), workflow.first_transition()
    if not case.ok or not isinstance(case_id, str):
        return
    workflow_id = case.object.get("lastWorkflowId") or api.get(case_id).object.get("lastWorkflowId")
    response = api.transition(case_id, status, workflow_id)
    if response.status in REFUSED_TRANSITION:
        raise TargetError(
            f'the target refuses the transition "{status}" of a new case ({response.summary()}), which [workflow] in '
            f'the --deployment file allows in the state "{workflow.initial}"; correct the file'
        )


def _redirect_message(response: Exchange, base_url: str) -> str:
    """Return where the target redirects the first GET, with the base URL that this suggests."""
    location = urljoin(response.url, response.headers.get("location", ""))
    path = response.url.removeprefix(base_url)
    if location.endswith(path) and location != response.url:
        return f"{base_url} redirects to {location.removesuffix(path)}; give that as the base URL"
    return (
        f"{response.url} returned {response.status} to {location}: there is no Case API at this address, but for "
        f"example a login page; {PREFIX_HINT}"
    )


def _address_hint(base_url: str) -> str:
    if urlsplit(base_url).path.endswith("/case"):
        return f"give the base URL without /case: {base_url.removesuffix('/case')}"
    return PREFIX_HINT


def _assert_not_a_page(response: Exchange) -> None:
    if response.ok and response.media_type == "text/html":
        raise TargetError(
            f"{response.method} {response.url} returned an HTML page with status {response.status}: there is no Case "
            f"API at this address, but for example a login page; {PREFIX_HINT}"
        )


def _assert_usable_id(response: Exchange, requested: Collection[str]) -> None:
    """Raise TargetError if a created case has no id to address it, unless only the section on creation is checked."""
    case_id = response.object.get("id")
    is_usable = isinstance(case_id, str) and bool(case_id)
    checkable = {id_ for id_, row in catalogue().items() if row.section == "create"} | {"JSON-ONLY"}
    if not response.ok or is_usable or (requested and checkable.issuperset(requested)):
        return
    found = f"the id {json.dumps(case_id)}, not a string" if case_id not in (None, "") else "no id"
    raise TargetError(
        f"POST {response.url} returned {response.status} with {found}: the suite cannot address the case, and "
        "nothing but CREATE-ID can be checked (--requirement CREATE-ID)"
    )


def _refused_kinds(api: CaseApi) -> frozenset[str]:
    """Return the kinds of values that a create may not contain; none if it refuses even a text."""
    if api.create({"testSummary": ORDINARY["testSummary"]}).refused:
        return frozenset()
    probes = [(field, value) for field, value in PROBES if api.fixed_fields.rename({field: value})]
    return frozenset(kind_of(value) for field, value in probes if api.create({field: value}).refused)


def refusal_hint(first: Exchange) -> list[str]:
    """Return a likely reason if the first request was refused; nothing if it was not."""
    if not first.refused:
        return []
    return [
        f"the first create returned {first.status}: if the tenant requires fields of a case, name them under "
        "[case] required in a --deployment file"
    ]


def _assert_authorized(api: CaseApi, response: Exchange) -> None:
    if not response.unauthorized:
        return
    if api.has_no_credentials:
        raise TargetError(
            f"the target asks for credentials ({response.status}), and the environment has none; "
            f"set {TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}"
        )
    if isinstance(api.credentials, ClientCredentials):
        raise TargetError(
            f"{api.credentials.endpoint.url} granted a token for {CLIENT_ID} and {CLIENT_SECRET}, and the target "
            f"refuses it: {response.method} {response.url} returned {response.status}; give the service account access "
            "to the Case APIs"
        )
    raise TargetError(
        f"the target refuses the credential in {TOKEN}: {response.method} {response.url} returned {response.status}; "
        "set a valid one, or describe under [auth] in a --deployment file how the tenant expects it"
    )
