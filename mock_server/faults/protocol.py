"""Faults of HTTP and JSON: media types, methods, and answers that do not fit the document.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CASES,
    CREATE,
    GET,
    JSON,
    NOT_FOUND,
    PATCH,
    PUT,
    TRANSITION,
    UNAUTHORIZED,
    WRITES,
    Call,
    Memory,
    Operations,
    change_shown,
    json_response,
    on,
    on_every,
    on_refusal,
    on_success,
    refusal,
    with_record,
)
from mock_server.faults.fault import fault

NOT_ALLOWED = 405
PYTHON = (
    'Traceback (most recent call last):\n  File "/srv/app/cases.py", line 81, in get\n    raise KeyError(id)'
)
JAVA = "java.lang.NullPointerException\n\tat com.cases.web.CaseController.get(CaseController.java:52)"
NODE = "Error: not found\n    at CaseService.find (/srv/app/src/cases.js:41:11)"
DOTNET = "at Cases.Web.CaseController.Get(Guid id) in /src/Cases/CaseController.cs:line 33"
PHP = "#0 /var/www/app/Cases.php(112): Cases->find()"


def _declared(operations: Operations, kind: str | None, *, success: bool = True) -> Fault:
    """Another media type, or none, on successes or else on refusals."""

    def change(_: Call, response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name != "content-type"}
        return replace(response, headers=headers if kind is None else headers | {"content-type": kind})

    return on_success(operations, change) if success else on_refusal(change, operations)


def _bodies(operations: Operations, change: Callable[[bytes], bytes]) -> Fault:
    return on_success(operations, lambda _, response: replace(response, body=change(response.body)))


def _html(_: Call, response: Response) -> Response:
    body = f"<html><body><h1>{response.status}</h1></body></html>".encode()
    return replace(response, headers={**response.headers, "content-type": "text/html"}, body=body)


def _refused_with(change: Callable[[Call, Response], Response], *statuses: int) -> Fault:
    """`change` of every refusal with one of these statuses, whatever was called."""

    def step(call: Call, _: Memory) -> Response:
        response = call.proceed()
        return change(call, response) if response.status in statuses else response

    return on_every(step)


def _traced(trace: str, *statuses: int) -> Fault:
    return _refused_with(
        lambda _, response: with_record(response, lambda body: body | {"trace": trace}), *statuses
    )


def _method(method: str, place: str, then: Callable[[Call, Memory], Response]) -> Fault:
    """A method that the document does not have does something."""
    return on_every(
        lambda call, memory: (
            then(call, memory) if (call.request.method, call.place) == (method, place) else call.proceed()
        )
    )


def _deletes(status: int) -> Fault:
    def step(call: Call, memory: Memory) -> Response:
        if call.case_id in memory.kept and call.is_authenticated:
            return refusal(NOT_FOUND)
        if (call.request.method, call.place) != ("DELETE", "case") or not call.record():
            return call.proceed()
        memory.kept[call.case_id] = True
        return Response(status) if status < FIRST_REFUSAL else call.proceed()

    return on_every(step)


def _stored_by_put(call: Call, _: Memory) -> Response:
    return call.proceed(method="PATCH") if call.is_authenticated else call.proceed()


def _without_allow(_: Call, response: Response) -> Response:
    return replace(
        response, headers={name: value for name, value in response.headers.items() if name != "allow"}
    )


def _allowing(_: Call, response: Response) -> Response:
    return replace(
        response, headers={**response.headers, "allow": "GET, HEAD, POST, PUT, PATCH, DELETE, COPY"}
    )


def _case_sensitive(operations: Operations) -> Fault:
    """Refuse media types that are not written in lower case."""

    def step(call: Call) -> Response:
        media_type = call.request.headers.get("content-type", "")
        return call.proceed() if media_type == media_type.lower() else refusal(415)

    return on(operations, step)


def _takes_text(operations: Operations) -> Fault:
    """JSON under any media type is read."""
    return on(operations, lambda call: call.proceed(headers={**call.request.headers, "content-type": JSON}))


FAULTS = (
    fault("status-is-a-number", "SCHEMA", "shows a number as caseStatus",
        change_shown(lambda r: r | ({"caseStatus": len(r["caseStatus"])} if "caseStatus" in r else {}))),
    fault("status-is-an-object", "SCHEMA", "shows an object as caseStatus",
        change_shown(lambda r: r | ({"caseStatus": {"name": r["caseStatus"]}} if "caseStatus" in r else {}))),
    fault("owner-name-is-a-number", "SCHEMA", "shows a number as owner__name", change_shown(lambda r: r | {"owner__name": 7})),
    fault("owner-active-is-a-text", "SCHEMA", "shows a text as owner__active, by GET",
        change_shown(lambda r: r | {"owner__active": "yes"}, GET)),
    fault("workflow-lost-with-a-move", "SCHEMA", "shows null as lastWorkflowId after a move",
        change_shown(lambda r: r | ({"lastWorkflowId": None} if r.get("caseStatus") == "Close" else {}))),
    fault("get-answers-an-array", "SCHEMA GET-SAME", "answers a GET with an array",
        _bodies(GET, lambda body: b"[" + body + b"]")),
    fault("refused-with-300", "SCHEMA", "answers 300 to a body that does not fit",
        on_refusal(lambda _, response: replace(response, status=300) if response.status == 422 else response)),
    fault("json-as-text", "JSON-ONLY", "declares text/plain", _declared(CASES, "text/plain")),
    fault("json-undeclared", "JSON-ONLY", "declares no media type", _declared(CASES, None)),
    fault("json-as-html-by-put", "JSON-ONLY", "declares HTML for PUT", _declared(PUT, "text/html; charset=utf-8")),
    fault("json-as-javascript-by-transition", "JSON-ONLY", "declares JavaScript for a transition",
        _declared(TRANSITION, "application/javascript")),
    fault("json-with-a-guard", "JSON-ONLY GET-SAME", "puts )]}' in front of JSON", _bodies(GET, lambda body: b")]}',\n" + body)),
    fault("json-with-a-tail", "JSON-ONLY PATCH-STATUS", "leaves a semicolon after JSON",
        _bodies(PATCH, lambda body: body + b";")),
    fault("json-in-single-quotes", "JSON-ONLY", "writes names in single quotes", _bodies(CREATE, lambda body: body.replace(b'"id"', b"'id'"))),
    fault("errors-in-html", "JSON-ONLY-ERRORS", "answers errors in HTML", on_refusal(_html)),
    fault("not-found-in-html", "JSON-ONLY-ERRORS", "answers 404 in HTML", _refused_with(_html, NOT_FOUND)),
    fault("method-refused-in-html", "JSON-ONLY-ERRORS", "answers 405 in HTML", _refused_with(_html, NOT_ALLOWED)),
    fault("unauthorized-in-html", "JSON-ONLY-ERRORS", "answers 401 in HTML", _refused_with(_html, UNAUTHORIZED)),
    fault("errors-undeclared", "JSON-ONLY-ERRORS", "declares no media type for errors",
        _declared(CASES, None, success=False)),
    fault("bad-request-as-text", "JSON-ONLY-ERRORS", "answers 400 as a bare text",
        _refused_with(lambda _, response: replace(response, body=b"Bad Request"), 400)),
    fault("delete-works", "METHOD-UNKNOWN", "deletes", _deletes(204)),
    fault("delete-is-denied-but-works", "METHOD-UNKNOWN", "answers 405 to DELETE, and deletes", _deletes(405)),
    fault("delete-empties", "METHOD-UNKNOWN", "answers 404 to DELETE, and clears the case",
        _method("DELETE", "case", lambda call, _: refusal(404) if call.send("PUT", {}) else call.proceed())),
    fault("post-on-a-case-patches", "METHOD-UNKNOWN", "takes POST on a case for PATCH", _method("POST", "case", _stored_by_put)),
    fault("put-on-a-transition-moves", "METHOD-UNKNOWN", "takes PUT on a transition for POST",
        _method("PUT", "transition", lambda call, _: call.proceed(method="POST"))),
    fault("patch-on-a-transition-moves-in-secret", "METHOD-UNKNOWN", "answers 405 to PATCH on a transition, and moves",
        _method("PATCH", "transition", lambda call, _: call.proceed() if call.proceed(method="POST") else call.proceed())),
    fault("get-on-a-transition-answers", "METHOD-UNKNOWN", "shows the case by GET on its transition",
        _method("GET", "transition", lambda call, _: call.send("GET"))),
    fault("put-on-cases-creates", "METHOD-UNKNOWN", "takes PUT on /case for POST",
        _method("PUT", "cases", lambda call, _: call.proceed(method="POST"))),
    fault("delete-on-cases-answers-200", "METHOD-UNKNOWN", "answers 200 to DELETE on /case",
        _method("DELETE", "cases", lambda *_: json_response(200, {}))),
    fault("unknown-method-is-get", "METHOD-UNKNOWN", "takes a method that it does not know for GET",
        _method("COPY", "case", lambda call, _: call.proceed(method="GET"))),
    fault("method-refused-without-allow", "METHOD-ALLOW", "answers 405 without Allow",
        _refused_with(_without_allow, NOT_ALLOWED)),
    fault("method-refused-and-allowed", "METHOD-ALLOW", "lists the refused method in Allow",
        _refused_with(_allowing, NOT_ALLOWED)),
    fault("method-refused-without-allow-on-transition", "METHOD-ALLOW", "answers 405 without Allow on a transition",
        _refused_with(lambda call, response: _without_allow(call, response) if call.place == "transition" else response, NOT_ALLOWED)),
    fault("create-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a create", _takes_text(CREATE)),
    fault("put-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a PUT", _takes_text(PUT)),
    fault("patch-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a PATCH", _takes_text(PATCH)),
    fault("transition-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a transition", _takes_text(TRANSITION)),
    fault("media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses Application/JSON", _case_sensitive(WRITES | TRANSITION)),
    fault("patch-media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses Application/JSON in a PATCH", _case_sensitive(PATCH)),
    fault("trace-of-python", "ERRORS-QUIET", "shows a stack trace of Python in a 404", _traced(PYTHON, 404)),
    fault("trace-of-java", "ERRORS-QUIET", "shows a stack trace of Java in a 400", _traced(JAVA, 400)),
    fault("trace-of-node", "ERRORS-QUIET", "shows a stack trace of Node.js in a 422", _traced(NODE, 422)),
    fault("trace-of-dotnet", "ERRORS-QUIET", "shows a stack trace of .NET in a 415", _traced(DOTNET, 415)),
    fault("trace-of-php", "ERRORS-QUIET", "shows a stack trace of PHP in a 401", _traced(PHP, 401)),
    fault("trace-in-html", "ERRORS-QUIET JSON-ONLY-ERRORS", "shows a stack trace in HTML",
        _refused_with(lambda _, response: replace(response, headers={"content-type": "text/html"},
                                                body=f"<pre>{PYTHON}</pre>".encode()), 404)),
)  # fmt: skip
