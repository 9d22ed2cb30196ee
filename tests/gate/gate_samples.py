"""A comparison with one finding of each kind, for tests of the reports."""

from __future__ import annotations

from change_gate.decision import decide
from change_gate.findings import Comparison, Direction, Finding, Kind, Place, Proof, Verdict, Witness

REQUEST = Witness(
    valid_under="base",
    method="POST",
    url="/case/a/transition",
    headers={"Content-Type": "application/json"},
    body={"caseStatus": "it's `odd` <b>&amp;</b> ::error::", "workflowId": "é\U0001f600"},
    has_body=True,
)
NARROWED = Finding(
    rule="request-body-narrowed",
    verdict=Verdict.BREAKING,
    proof=Proof.WITNESSED,
    message='The server no longer accepts `x` | <script>alert(1)</script>, 100% of it:\nrequired gained "reason".',
    operation="POST /case/{id}/transition",
    direction=Direction.CLIENT_TO_SERVER,
    base=Place("spec/base file.yaml", "/components/schemas/Transition", 379),
    head=Place("spec/head.yaml", "/components/schemas/Transition/required", 380),
    witness=REQUEST,
    location="POST /case/{id}/transition request application/json required",
)
CONSEQUENCE = Finding(
    rule="request-body-narrowed",
    verdict=Verdict.BREAKING,
    proof=Proof.WITNESSED,
    message="The same schema.",
    operation="PUT /case/{id}",
    direction=Direction.CLIENT_TO_SERVER,
    caused_by=NARROWED.fingerprint,
    location="PUT /case/{id} request application/json required",
)
WIDENED = Finding(
    rule="response-body-widened",
    verdict=Verdict.BREAKING,
    proof=Proof.WITNESSED,
    message="A client may receive another object.",
    operation="GET /case/{id}",
    direction=Direction.SERVER_TO_CLIENT,
    head=Place("spec/head.yaml", "/paths/~1case/get"),
    witness=Witness(
        valid_under="head", status=409, body={"text": "\x00\x1b[31m"}, has_body=True, member="/text"
    ),
    location="GET /case/{id} response 409 application/json",
)
RENAMED = Finding(
    rule="operation-id-changed",
    verdict=Verdict.RISKY,
    proof=Proof.PROVED,
    message="Generated method names change.",
    operation="GET /case/{id}",
    kind=Kind.CODEGEN,
    location="GET /case/{id} operationId",
)
UNPROVEN = Finding(
    rule="response-body-unproven",
    verdict=Verdict.RISKY,
    proof=Proof.UNPROVEN,
    message="Neither containment nor a witness was found.",
    operation="GET /odd",
    direction=Direction.SERVER_TO_CLIENT,
    tried=("difference", "constants of both schemas"),
    location="GET /odd response 200 application/json",
)
ADDED = Finding(
    rule="operation-added",
    verdict=Verdict.COMPATIBLE,
    proof=Proof.PROVED,
    message="A new operation.",
    operation="GET /new",
    location="GET /new",
)
FINDINGS = (RENAMED, NARROWED, CONSEQUENCE, WIDENED, ADDED)


def comparison(*findings: Finding, fail_on: str = "breaking") -> Comparison:
    """Return a decided comparison of the findings."""
    return decide(Comparison("spec/base file.yaml", "spec/head.yaml", findings, "1.0.0", "1.1.0"), fail_on)
