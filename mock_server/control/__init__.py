"""The control API: one function for each operationId of control.yaml, and its access checks.

Rules: it has its own token. Pages of other sites have no access, neither by their own address (Origin) nor by a name
that resolves to this machine (Host). There are no CORS headers.
"""

from collections.abc import Mapping, Sequence

from mock_server.control import behaviour, cases, pages
from mock_server.control.host_check import HostCheck
from mock_server.control.interface import Controlled, Function
from mock_server.core import openapi
from mock_server.core.authentication import bearer_token
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request, Response
from mock_server.core.pipeline import Pipeline, Rules, complete, refusal_response
from mock_server.core.tokens import equals_secret
from mock_server.storage import seed_files

FUNCTIONS: Mapping[str, Function] = {
    function.__name__: function for module in (cases, behaviour, pages) for function in module.FUNCTIONS
}
"""By operationId."""


class ControlApi:
    """The handle of the control API; `hosts` are host names that it accepts besides those of this machine."""

    def __init__(self, mock: Controlled, token: str, hosts: Sequence[str]) -> None:
        self._check_host = HostCheck(hosts)
        self._check_token = TokenCheck(token)
        self._largest_body = mock.settings.limits.control_body
        rules = Rules(
            self._check_token, self._largest_body, seed_files.NESTING, cors=False, strict_parameters=True
        )
        self._pipeline = Pipeline(openapi.read(pages.DOCUMENT), FUNCTIONS, mock, rules)

    def __call__(self, request: Request) -> Response:
        try:
            self._check_host(request)
        except Refused as refused:
            return complete(request, refusal_response(refused), cors=False)
        return self._pipeline(request)

    def body_limit(self, request: Request) -> int:
        """Return the largest body to buffer for a request, which has none yet. It is 0 without access."""
        try:
            self._check_host(request)
            self._check_token(request)
        except Refused:
            return 0
        return self._largest_body


class TokenCheck:
    """Checks the control token of a request. Raises Refused: NO_CREDENTIALS or BAD_CREDENTIALS."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def __call__(self, request: Request) -> None:
        how = "send Authorization: Bearer TOKEN with the control token that the mock printed when it started"
        given = bearer_token(request)
        if not given or not equals_secret(given, self._token):
            problem = Problem.BAD_CREDENTIALS if given else Problem.NO_CREDENTIALS
            raise Refused(problem, how=how, headers={"www-authenticate": 'Bearer realm="control"'})
