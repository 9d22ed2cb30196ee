"""All ways in which the mock refuses a request, as one table, and the exception that carries an entry of it.

The code that applies a rule raises `Refused`. Only the pipeline turns it into a response.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

FIRST_REFUSAL = 400
"""The lowest status code of a refusal."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A status code, a format string for the detail, and the OAuth error code if there is one."""

    status: int
    text: str
    oauth: str = ""


class Problem(Enum):
    """The table of problems. Their names are stable: responses show them as `code`."""

    UNKNOWN_PATH = ProblemType(404, "No operation has this path.{hint}")
    METHOD_NOT_ALLOWED = ProblemType(405, "This path does not support {method}. It supports {allow}.")
    NO_CREDENTIALS = ProblemType(401, "The request has no credentials: {how}.")
    BAD_CREDENTIALS = ProblemType(401, "The credentials are unknown or have expired: {how}.")
    TOO_MANY_REQUESTS = ProblemType(429, "The limit is {rate:g} requests a second. Try again in {wait} s.")
    UNKNOWN_CASE = ProblemType(404, "No case has this id.")

    NOT_HTTP = ProblemType(400, "The message is not valid HTTP/1.1: {reason}.")
    TOO_SLOW = ProblemType(408, "The request did not arrive within {seconds:g} seconds.")
    HEAD_TOO_LARGE = ProblemType(431, "The header fields are larger than {limit} bytes.")
    BODY_TOO_LARGE = ProblemType(413, "The body is larger than {limit} bytes.")
    MEDIA_TYPE = ProblemType(415, "The body has the media type {sent}. Send it as {accepted}.")
    NO_BODY = ProblemType(400, "The body is empty. This operation needs one.")
    NOT_JSON = ProblemType(400, "The body is not JSON that can be stored: {reason}.")
    INVALID = ProblemType(422, "The body is not valid for this operation: {first}.")

    UNKNOWN_STATUS = ProblemType(
        409, "The workflow has no transition {wanted}. Its transitions are {transitions}."
    )
    WRONG_WORKFLOW = ProblemType(
        409, "workflowId is not the current lastWorkflowId of the case. Read the case again."
    )
    ILLEGAL_MOVE = ProblemType(
        409, "A case in status {state} does not allow the transition {wanted}. It allows {transitions}."
    )

    NO_TOKENS = ProblemType(404, "Service accounts are not enabled for this tenant.")
    INVALID_CLIENT = ProblemType(401, "", "invalid_client")
    UNSUPPORTED_GRANT = ProblemType(501, "", "unsupported_grant_type")
    INVALID_REQUEST = ProblemType(400, "{reason}", "invalid_request")
    INVALID_SCOPE = ProblemType(400, "scope is not supported", "invalid_scope")

    STORE_UNAVAILABLE = ProblemType(
        503, "The store is unavailable: {reason}. Nothing was changed. Try again later."
    )
    STORE_UNCONFIRMED = ProblemType(
        503,
        "The connection to the store was lost before the write was confirmed: {reason}. "
        "Read the case before you repeat the request.",
    )

    FOREIGN_HOST = ProblemType(
        403, "The control API does not accept the host {host}, only {hosts}. --control-host adds a name."
    )
    FOREIGN_ORIGIN = ProblemType(403, "The control API does not accept requests from pages of other sites.")
    INVALID_PARAMETER = ProblemType(422, "A parameter is not valid for this operation: {first}.")
    INVALID_STATE = ProblemType(422, "The state cannot be loaded: {first}.")
    UNKNOWN_FAULT = ProblemType(422, "There is no fault {name}. GET /_mock/faults lists all faults.")
    UNKNOWN_OPERATION = ProblemType(422, "The contract has no operation {name}. It has {operations}.")
    UNKNOWN_SNAPSHOT = ProblemType(404, "There is no snapshot {name}.")
    UNWRITABLE = ProblemType(507, "The snapshot cannot be accessed: {reason}.")
    UNKNOWN_FILE = ProblemType(404, "There is no such file.")

    BROKEN = ProblemType(
        500, "The mock failed. This is a defect of the mock; its log on stderr has the traceback."
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One error in a body: its place as a JSON pointer (RFC 6901), and a message."""

    pointer: str
    message: str


class Refused(Exception):
    """The request is refused because of `problem`, and has changed nothing."""

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
        # The evidence may hold text from a client that cannot be encoded.
        self.detail = problem.value.text.format(**evidence).encode("utf-8", "replace").decode("utf-8")
        self.findings = findings
        self.headers = headers or {}
        self.evidence = evidence
        super().__init__(self.detail)


def refused_with(problem: Problem, findings: Sequence[Finding], subject: str) -> Refused:
    """Return the refusal for some findings. Its detail repeats the first; `subject` names the whole value."""
    first = f"{findings[0].pointer or subject} {findings[0].message}"
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
"""The phrases of RFC 9110, 6585 and 4918, as RFC 9457 section 4.2.1 demands. Python's own phrases are older."""
