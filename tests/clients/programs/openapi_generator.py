"""The life of a case through the Python client of openapi-generator."""

import sys

from generated_client import ApiClient, CaseDetails, CasesApi, Configuration, Transition

base_url, token = sys.argv[1:]

with ApiClient(Configuration(host=base_url, access_token=token)) as client:
    cases = CasesApi(client)
    created = cases.create_case(CaseDetails.from_dict({"owner": "u-1", "caseType": "Security"}))
    assert cases.get_case(created.id).additional_properties["caseType"] == "Security"
    details = CaseDetails.from_dict({"owner": "u-2", "locations": ["Graz"]})
    patched = cases.update_case(created.id, details)
    assert patched.additional_properties["caseType"] == "Security"
    close = Transition(case_status="Close", workflow_id=patched.last_workflow_id, reason="solved")
    closed = cases.transition_case(created.id, close)
    assert closed.case_status == "Close"
    reopen = Transition(case_status="Reopen", workflow_id=closed.last_workflow_id, reason="new evidence")
    cases.transition_case(created.id, reopen)
    last = cases.get_case(created.id)
    assert last.additional_properties["locations"] == ["Graz"]
    assert last.owner == "u-2"
    assert last.case_status != "Close"
