"""Faults of HTTP and JSON: media types, methods, and responses that do not fit the document."""

from collections.abc import Callable
from dataclasses import replace

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CASES,
    CREATE,
    GET,
    JSON,
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
)
from mock_server.faults.named_fault import fault
from mock_server.faults.unusual_responses import (
    PYTHON,
    change_media_type,
    change_refusals,
    delete_case,
    show_trace,
    to_html,
)

NOT_ALLOWED = 405
JAVA = "java.lang.NullPointerException\n\tat com.cases.web.CaseController.get(CaseController.java:52)"
NODE = "Error: not found\n    at CaseService.find (/srv/app/src/cases.js:41:11)"
DOTNET = "at Cases.Web.CaseController.Get(Guid id) in /src/Cases/CaseController.cs:line 33"
PHP = "#0 /var/www/app/Cases.php(112): Cases->find()"


def _change_body(operations: Operations, change: Callable[[bytes], bytes]) -> Fault:
    return on_success(operations, lambda _, response: replace(response, body=change(response.body)))


def _handle_method(method: str, place: str, then: Callable[[Call, Memory], Response]) -> Fault:
    """Return a fault that handles a method that the document does not have."""
    return on_every(
        lambda call, memory: (
            then(call, memory) if (call.request.method, call.place) == (method, place) else call.proceed()
        )
    )


def _without_allow(_: Call, response: Response) -> Response:
    return replace(
        response, headers={name: value for name, value in response.headers.items() if name != "allow"}
    )


def _with_wrong_allow(_: Call, response: Response) -> Response:
    return replace(
        response, headers={**response.headers, "allow": "GET, HEAD, POST, PUT, PATCH, DELETE, COPY"}
    )


def _require_lower_case(operations: Operations) -> Fault:
    """Return a fault that refuses media types that are not in lower case."""

    def step(call: Call) -> Response:
        media_type = call.request.headers.get("content-type", "").partition(";")[0]
        return call.proceed() if media_type == media_type.lower() else refusal(415)

    return on(operations, step)


def _accept_any_media_type(operations: Operations) -> Fault:
    """Return a fault that accepts JSON under any media type."""
    return on(operations, lambda call: call.proceed(headers={**call.request.headers, "content-type": JSON}))


FAULTS = (
    fault("status-as-number", "SCHEMA", "shows caseStatus as a number",
        change_shown(lambda r: r | ({"caseStatus": len(r["caseStatus"])} if "caseStatus" in r else {}))),
    fault("owner-name-as-number", "SCHEMA", "shows owner__name as a number", change_shown(lambda r: r | {"owner__name": 7})),
    fault("owner-active-as-string", "SCHEMA", "shows owner__active as a string in a GET response",
        change_shown(lambda r: r | {"owner__active": "yes"}, GET)),
    fault("get-returns-array", "SCHEMA GET-SAME", "responds to a GET with an array",
        _change_body(GET, lambda body: b"[" + body + b"]")),
    fault("refused-with-300", "SCHEMA", "responds with 300 to an invalid body",
        on_refusal(lambda _, response: replace(response, status=300) if response.status == 422 else response)),
    fault("json-undeclared", "JSON-ONLY", "omits Content-Type", change_media_type(CASES, None)),
    fault("put-declares-html", "JSON-ONLY", "declares the response to a PUT as HTML", change_media_type(PUT, "text/html; charset=utf-8")),
    fault("transition-declares-javascript", "JSON-ONLY", "declares the response to a transition as JavaScript",
        change_media_type(TRANSITION, "application/javascript")),
    fault("json-with-prefix", "JSON-ONLY GET-SAME", "writes )]}' before the JSON in a GET response", _change_body(GET, lambda body: b")]}',\n" + body)),
    fault("json-with-semicolon", "JSON-ONLY PATCH-STATUS", "writes a semicolon after the JSON in a PATCH response",
        _change_body(PATCH, lambda body: body + b";")),
    fault("json-in-single-quotes", "JSON-ONLY", 'writes the name "id" in single quotes in the response to a create', _change_body(CREATE, lambda body: body.replace(b'"id"', b"'id'"))),
    fault("method-refused-in-html", "JSON-ONLY-ERRORS", "responds with a 405 in HTML", change_refusals(to_html, NOT_ALLOWED)),
    fault("unauthorized-in-html", "JSON-ONLY-ERRORS", "responds with a 401 in HTML", change_refusals(to_html, UNAUTHORIZED)),
    fault("errors-undeclared", "JSON-ONLY-ERRORS", "omits Content-Type in error responses",
        change_media_type(CASES, None, success=False)),
    fault("delete-refused-but-works", "METHOD-UNKNOWN", "responds to DELETE with 405, but deletes the case", delete_case(405)),
    fault("delete-clears-case", "METHOD-UNKNOWN", "responds to DELETE with 404, but clears the case",
        _handle_method("DELETE", "case", lambda call, _: refusal(404) if call.send("PUT", {}) else call.proceed())),
    fault("patch-on-transition-refused-but-works", "METHOD-UNKNOWN", "responds to PATCH on a transition with 405, but performs it",
        _handle_method("PATCH", "transition", lambda call, _: call.proceed() if call.proceed(method="POST") else call.proceed())),
    fault("get-on-transition-returns-case", "METHOD-UNKNOWN", "responds to GET on a transition with the case",
        _handle_method("GET", "transition", lambda call, _: call.send("GET"))),
    fault("put-on-cases-creates", "METHOD-UNKNOWN", "handles PUT on /case like POST",
        _handle_method("PUT", "cases", lambda call, _: call.proceed(method="POST"))),
    fault("delete-on-cases-returns-200", "METHOD-UNKNOWN", "responds to DELETE on /case with 200",
        _handle_method("DELETE", "cases", lambda *_: json_response(200, {}))),
    fault("unknown-method-is-get", "METHOD-UNKNOWN", "handles an unknown method like GET",
        _handle_method("COPY", "case", lambda call, _: call.proceed(method="GET"))),
    fault("method-refused-without-allow", "METHOD-ALLOW", "responds with 405 without an Allow header",
        change_refusals(_without_allow, NOT_ALLOWED)),
    fault("method-refused-and-allowed", "METHOD-ALLOW", "lists the refused method in the Allow header of a 405",
        change_refusals(_with_wrong_allow, NOT_ALLOWED)),
    fault("create-accepts-text-plain", "MEDIA-TYPE", "accepts JSON declared as text/plain in a create", _accept_any_media_type(CREATE)),
    fault("patch-accepts-text-plain", "MEDIA-TYPE", "accepts JSON declared as text/plain in a PATCH", _accept_any_media_type(PATCH)),
    fault("transition-accepts-text-plain", "MEDIA-TYPE", "accepts JSON declared as text/plain in a transition", _accept_any_media_type(TRANSITION)),
    fault("media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses the media type Application/JSON because of its capitals", _require_lower_case(WRITES | TRANSITION)),
    fault("patch-media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses the media type Application/JSON in a PATCH because of its capitals", _require_lower_case(PATCH)),
    fault("trace-of-java", "ERRORS-QUIET", "shows a Java stack trace in a 400", show_trace(JAVA, 400)),
    fault("trace-of-node", "ERRORS-QUIET", "shows a Node.js stack trace in a 422", show_trace(NODE, 422)),
    fault("trace-of-dotnet", "ERRORS-QUIET", "shows a .NET stack trace in a 415", show_trace(DOTNET, 415)),
    fault("trace-of-php", "ERRORS-QUIET", "shows a PHP stack trace in a 401", show_trace(PHP, 401)),
    fault("trace-in-html", "ERRORS-QUIET JSON-ONLY-ERRORS", "shows a stack trace in an HTML page with 404",
        change_refusals(lambda _, response: replace(response, headers={"content-type": "text/html"},
                                                body=f"<pre>{PYTHON}</pre>".encode()), 404)),
)  # fmt: skip
