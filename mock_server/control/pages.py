# ruff: noqa: N802 - each function is named like its operationId in control.yaml
"""Operations of the control API on the mock itself, its documents and its pages."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mock_server.control import static
from mock_server.control.interface import Controlled, json_response
from mock_server.core import openapi
from mock_server.core.authentication import credential_headers
from mock_server.core.messages import Response
from mock_server.core.operations import Call
from mock_server.core.service import read_only_fields
from mock_server.core.settings import CONTROL

DOCUMENT = Path(__file__).with_name("control.yaml")
DISTRIBUTION = "caseiq-contract-suite"


def getHealth(mock: Controlled, _call: Call) -> Response:
    return json_response({"status": "ok", "store": mock.store_name, "version": _version()})


def getSettings(mock: Controlled, _call: Call) -> Response:
    settings = mock.settings
    auth, case, workflow = settings.auth, settings.case, settings.workflow
    return json_response(
        {
            "prefix": settings.prefix,
            "auth": {
                "scheme": auth.scheme,
                "token": auth.token,
                "cookie": auth.cookie,
                "header": auth.header,
                "headers": dict(credential_headers(auth, auth.token)),
                "client_id": auth.client_id,
                "client_secret": auth.client_secrets[0],
                "token_path": settings.token_path,
            },
            "workflow": {
                "initial": workflow.initial,
                "moves": {state: list(transitions) for state, transitions in workflow.moves.items()},
                "shown": dict(workflow.shown),
                "status_field": workflow.status_field,
            },
            "required": sorted(case.required),
            "owned": sorted(read_only_fields(settings)),
            "operations": sorted(openapi.load().operation_ids()),
            "id_format": case.id_format,
            "update_response": case.update_response,
            "store": mock.store_name,
            "version": _version(),
        }
    )


def getOpenApi(mock: Controlled, _call: Call) -> Response:
    text = openapi.specification(openapi.DOCUMENT).read_text(encoding="utf-8")
    servers = "servers:\n  - url: "
    return _yaml(text.replace(f"{servers}/\n", f"{servers}{mock.settings.prefix or '/'}\n"))


def getControlDocument(_mock: Controlled, _call: Call) -> Response:
    return _yaml(DOCUMENT.read_text(encoding="utf-8"))


def goToConsole(_mock: Controlled, _call: Call) -> Response:
    return Response(308, {"location": f"{CONTROL}/"})


def getConsole(_mock: Controlled, _call: Call) -> Response:
    return static.console("index.html")


def getConsoleFile(_mock: Controlled, call: Call) -> Response:
    return static.console(call.parameters["name"])


def getDocs(_mock: Controlled, _call: Call) -> Response:
    return static.console("docs.html")


def goToDocs(_mock: Controlled, _call: Call) -> Response:
    return Response(308, {"location": f"{CONTROL}/docs"})


def getDocsFile(_mock: Controlled, call: Call) -> Response:
    return static.swagger_ui(call.parameters["name"])


@cache
def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def _yaml(text: str) -> Response:
    return Response(200, {"content-type": "application/yaml", "cache-control": "no-cache"}, text.encode())


FUNCTIONS = (
    getHealth,
    getSettings,
    getOpenApi,
    getControlDocument,
    goToConsole,
    getConsole,
    getConsoleFile,
    getDocs,
    goToDocs,
    getDocsFile,
)
