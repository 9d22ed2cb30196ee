"""The control API: one function for each operationId of control.yaml, and who may call them.

Rules: a token of its own; no page of another site gets through, by its own address (Origin) or by a name that
leads here (Host); no CORS headers, ever. It steers a mock through what `Controlled` names, and knows no server.
"""

from collections.abc import Mapping, Sequence

from mock_server.control import behaviour, cases, pages
from mock_server.control.host_check import guarded
from mock_server.control.interface import Controlled, Function
from mock_server.core import openapi
from mock_server.core.authentication import bearer
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Handle, Request
from mock_server.core.pipeline import Pipeline, Rules
from mock_server.core.tokens import same
from mock_server.storage import seed_files

FUNCTIONS: Mapping[str, Function] = {
    function.__name__: function for module in (cases, behaviour, pages) for function in module.FUNCTIONS
}
"""By operationId."""


def control(mock: Controlled, token: str, hosts: Sequence[str]) -> Handle:
    """The handle of the control API; `hosts` are names it may be called by, besides those of this machine."""
    secret = token.encode()

    def admit(request: Request) -> None:
        how = "send Authorization: Bearer TOKEN with the control token, which the mock printed at its start"
        given = bearer(request)
        if not given or not same(given, secret):
            row = Problem.BAD_CREDENTIALS if given else Problem.NO_CREDENTIALS
            raise Refused(row, how=how, headers={"www-authenticate": 'Bearer realm="control"'})

    limits = mock.settings.limits
    rules = Rules(admit, limits.control_body, seed_files.NESTING, cors=False, strict=True)
    return guarded(Pipeline(openapi.read(pages.DOCUMENT), FUNCTIONS, mock, rules), hosts)
