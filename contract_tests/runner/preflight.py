"""The first requests of a run: is the target there, do the credentials work, may a case be created?

Each problem raises TargetError with the remedy in its message, so that the run ends before the first check.
"""

from __future__ import annotations

from typing import Final

from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET, TOKEN
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent, TargetError
from contract_tests.testdata.corpus import ORDINARY
from contract_tests.testdata.value_kinds import PROBES, kind_of

NO_CASE_API: Final = (404, 405, 501)
REDIRECTS: Final = range(300, 400)


def read_unknown_case(api: CaseApi, case_id: str) -> Exchange:
    """Send the first GET. Raise TargetError if the target redirects it or asks for missing credentials.

    A 401 or 403 for an unknown id does not prove that credentials are wrong. The first create will show that.
    """
    response = api.get(case_id)
    if response.status in REDIRECTS:
        raise TargetError(
            f"{response.url} redirects to {response.headers.get('location')}; give that as the base URL"
        )
    if api.is_open:
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


def create_first_case(api: CaseApi) -> Exchange:
    """Create the run's first case and return the response, even if it is a refusal.

    Raise TargetError if the credentials are refused, or if there is no Case API at this address.
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
            "does the base URL lack a path prefix such as /api-public/1.0?"
        )
    return response


def _refused_kinds(api: CaseApi) -> frozenset[str]:
    """Return the kinds of values that a create may not contain; none if it refuses even a text."""
    if api.create({"testSummary": ORDINARY["testSummary"]}).refused:
        return frozenset()
    probes = [(field, value) for field, value in PROBES if api.fixed_fields.rename({field: value})]
    return frozenset(kind_of(value) for field, value in probes if api.create({field: value}).refused)


def refusal_hint(first: Exchange) -> str:
    """Return a likely reason if the first request was refused; empty if it was not."""
    if not first.refused:
        return ""
    return (
        f"the first create returned {first.status}: if the tenant requires fields of a case, name them under "
        "[case] required in a --deployment file"
    )


def _assert_authorized(api: CaseApi, response: Exchange) -> None:
    if not response.unauthorized:
        return
    if api.is_open:
        raise TargetError(
            f"the target asks for credentials ({response.status}), and the environment has none; "
            f"set {TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}"
        )
    raise TargetError(
        f"the target refuses the credentials from the environment ({TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}): "
        f"{response.method} returned {response.status}"
    )
