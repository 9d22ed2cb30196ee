"""The life of a case with the models of datamodel-code-generator, over requests."""

import sys
from typing import Any

import requests
from generated_models import Case, CaseDetails, Transition, UpdateResult
from pydantic import BaseModel

base_url, token = sys.argv[1:]


def send(method: str, path: str, body: BaseModel | None = None) -> Any:
    response = requests.request(
        method,
        base_url + path,
        data=body.model_dump_json(exclude_unset=True) if body else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        timeout=10,
    )
    response.raise_for_status()
    return response.json()


created = Case.model_validate(send("POST", "/case", CaseDetails(owner="u-1", caseType="Security")))
assert isinstance(created.id, str)
path = f"/case/{created.id}"
assert Case.model_validate(send("GET", path)).caseType == "Security"
patched = UpdateResult.model_validate(send("PATCH", path, CaseDetails(owner="u-2", locations=["Graz"])))
assert patched.caseType == "Security"
close = Transition(caseStatus="Close", workflowId=patched.lastWorkflowId, reason="solved")
closed = UpdateResult.model_validate(send("POST", f"{path}/transition", close))
assert closed.caseStatus == "Close"
reopen = Transition(caseStatus="Reopen", workflowId=closed.lastWorkflowId, reason="new evidence")
send("POST", f"{path}/transition", reopen)
last = Case.model_validate(send("GET", path))
assert (last.locations, last.owner) == (["Graz"], "u-2")
assert last.caseStatus != "Close"
