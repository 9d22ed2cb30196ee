"""The life of a case through the client of openapi-python-client."""

import sys

from case_iq_case_api_client import AuthenticatedClient
from case_iq_case_api_client.api.cases import create_case, get_case, transition_case, update_case
from case_iq_case_api_client.models import Case, CaseDetails, Transition, UpdateResult

base_url, token = sys.argv[1:]

with AuthenticatedClient(base_url, token) as client:
    created = create_case.sync(
        client=client, body=CaseDetails.from_dict({"owner": "u-1", "caseType": "Security"})
    )
    assert isinstance(created, Case)
    assert get_case.sync(created.id, client=client)["caseType"] == "Security"
    patched = update_case.sync(
        created.id, client=client, body=CaseDetails.from_dict({"owner": "u-2", "locations": ["Graz"]})
    )
    assert isinstance(patched, UpdateResult)
    assert patched["caseType"] == "Security"
    close = Transition("Close", patched.last_workflow_id, "solved")
    closed = transition_case.sync(created.id, client=client, body=close)
    assert closed.case_status == "Close"
    reopen = Transition("Reopen", closed.last_workflow_id, "new evidence")
    transition_case.sync(created.id, client=client, body=reopen)
    last = get_case.sync(created.id, client=client)
    assert last["locations"] == ["Graz"]
    assert last.owner == "u-2"
    assert last.case_status != "Close"
