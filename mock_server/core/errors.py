"""Every way in which the mock refuses a request, as one table, and the one exception that carries a row.

A row is raised where the rule is kept, and turned into a response in one place only, the pipeline.
Nothing here knows about requests, routes or JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Row:
    """A problem: status code, text (a format over the evidence), and the code that OAuth has for it."""

    status: int
    text: str
    oauth: str = ""


class Problem(Enum):
    """The table. Names are stable: they appear as `code` in the answers."""

    UNKNOWN_PATH = Row(404, "No operation lives at this path.{signpost}")
    METHOD_NOT_ALLOWED = Row(405, "{method} is not among the methods of this path: {allow}.")
    NO_CREDENTIALS = Row(401, "The request carries no credentials: {how}.")
    BAD_CREDENTIALS = Row(401, "The credentials are unknown or have expired: {how}.")
    TOO_MANY_REQUESTS = Row(429, "At most {rate:g} requests a second; try again in {wait} s.")
    UNKNOWN_CASE = Row(404, "No case has this id.")

    NOT_HTTP = Row(400, "The message is not HTTP/1.1: {reason}.")
    TOO_SLOW = Row(408, "The request did not arrive within {seconds:g} seconds.")
    HEAD_TOO_LARGE = Row(431, "The header fields take more than {limit} bytes.")
    BODY_TOO_LARGE = Row(413, "The body is larger than {limit} bytes.")
    MEDIA_TYPE = Row(415, "The body is sent as {sent}; send it as {accepted}.")
    NO_BODY = Row(400, "The body is empty; this operation needs one.")
    NOT_JSON = Row(400, "The body is not a JSON text that can be kept: {reason}.")
    INVALID = Row(422, "The body does not fit the operation: {first}.")

    UNKNOWN_STATUS = Row(409, "The case's workflow has no move {wanted}; its moves are {moves}.")
    WRONG_WORKFLOW = Row(409, "workflowId is not the case's current lastWorkflowId; read the case again.")
    ILLEGAL_MOVE = Row(409, "A case in status {state} cannot take the move {wanted}; it can take {moves}.")

    NO_TOKENS = Row(404, "Service accounts are not enabled for this tenant.")
    INVALID_CLIENT = Row(401, "", "invalid_client")
    UNSUPPORTED_GRANT = Row(501, "", "unsupported_grant_type")
    INVALID_REQUEST = Row(400, "{reason}", "invalid_request")
    INVALID_SCOPE = Row(400, "scope is not supported", "invalid_scope")

    STORE_UNAVAILABLE = Row(503, "The store cannot be used now: {reason}. Nothing was changed; try again.")
    STORE_UNCONFIRMED = Row(
        503,
        "The store was lost before it confirmed the write: {reason}. Read the case before you send it again.",
    )

    FOREIGN_HOST = Row(
        403, "The control API does not answer at {host}, only at {hosts}; --control-host adds a name."
    )
    FOREIGN_ORIGIN = Row(403, "The control API does not answer pages of other sites.")
    INVALID_PARAMETER = Row(422, "A parameter does not fit the operation: {first}.")
    INVALID_STATE = Row(422, "The state cannot be taken over: {first}.")
    UNKNOWN_FAULT = Row(422, "There is no fault {name}; GET /_mock/faults lists all.")
    UNKNOWN_OPERATION = Row(422, "The contract has no operation {name}; it has {operations}.")
    UNKNOWN_SNAPSHOT = Row(404, "There is no snapshot {name}.")
    UNWRITABLE = Row(507, "The snapshot cannot be kept: {reason}.")
    NO_DOCS = Row(501, "Swagger UI is not installed; pip install flask-swagger-ui brings it.")
    UNKNOWN_FILE = Row(404, "There is no such file.")

    BROKEN = Row(500, "The mock itself failed. This is a defect of the mock; its log shows where.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a body: where (a JSON pointer, RFC 6901) and what, in words."""

    pointer: str
    message: str


class Refused(Exception):
    """A request is refused for the reason in `problem`; raising it means that nothing was changed."""

    def __init__(
        self,
        problem: Problem,
        *,
        findings: Sequence[Finding] = (),
        headers: Mapping[str, str] | None = None,
        **evidence: object,
    ) -> None:
        self.problem = problem
        self.status = problem.value.status
        # The evidence may hold what a client sent, and that may be no text that can be sent back.
        self.detail = problem.value.text.format(**evidence).encode("utf-8", "replace").decode("utf-8")
        self.findings = findings
        self.headers = headers or {}
        self.evidence = evidence
        super().__init__(self.detail)


def refused_for(problem: Problem, findings: Sequence[Finding], whole: str) -> Refused:
    """The refusal for findings, of which the detail repeats the first; `whole` is what they are about."""
    first = f"{findings[0].pointer or whole} {findings[0].message}"
    return Refused(problem, first=first, findings=findings)


TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    423: "Locked",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    507: "Insufficient Storage",
}
"""The phrases of RFC 9110, 6585 and 4918, which RFC 9457 section 4.2.1 wants as titles. (Python has older ones.)"""
