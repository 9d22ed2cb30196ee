"""Faults of HTTP and JSON: media types, methods, and answers that do not fit the document.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CASES,
    CREATE,
    FIRST_REFUSAL,
    GET,
    JSON,
    MOVE,
    NOT_FOUND,
    PATCH,
    PUT,
    UNAUTHORIZED,
    WRITES,
    Call,
    Memory,
    Operations,
    after,
    at,
    every,
    refusal,
    refusals,
    says,
    showing,
    shows,
)
from mock_server.faults.fault import row

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

    def change(_: Call, answer: Response) -> Response:
        headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
        return replace(answer, headers=headers if kind is None else headers | {"content-type": kind})

    return after(operations, change) if success else refusals(change, operations)


def _bodies(operations: Operations, change: Callable[[bytes], bytes]) -> Fault:
    return after(operations, lambda _, answer: replace(answer, body=change(answer.body)))


def _html(_: Call, answer: Response) -> Response:
    body = f"<html><body><h1>{answer.status}</h1></body></html>".encode()
    return replace(answer, headers={**answer.headers, "content-type": "text/html"}, body=body)


def _refused_with(change: Callable[[Call, Response], Response], *statuses: int) -> Fault:
    """`change` of every refusal with one of these statuses, whatever was called."""

    def step(one: Call, _: Memory) -> Response:
        answer = one.on()
        return change(one, answer) if answer.status in statuses else answer

    return every(step)


def _traced(trace: str, *statuses: int) -> Fault:
    return _refused_with(lambda _, answer: showing(answer, lambda body: body | {"trace": trace}), *statuses)


def _method(method: str, place: str, then: Callable[[Call, Memory], Response]) -> Fault:
    """A method that the document does not have does something."""
    return every(
        lambda one, memory: (
            then(one, memory) if (one.request.method, one.place) == (method, place) else one.on()
        )
    )


def _deletes(status: int) -> Fault:
    def step(one: Call, memory: Memory) -> Response:
        if one.case_id in memory.kept and one.welcome:
            return refusal(NOT_FOUND)
        if (one.request.method, one.place) != ("DELETE", "case") or not one.record():
            return one.on()
        memory.kept[one.case_id] = True
        return Response(status) if status < FIRST_REFUSAL else one.on()

    return every(step)


def _stored_by_put(one: Call, _: Memory) -> Response:
    return one.on(method="PATCH") if one.welcome else one.on()


def _without_allow(_: Call, answer: Response) -> Response:
    return replace(answer, headers={name: value for name, value in answer.headers.items() if name != "allow"})


def _allowing(_: Call, answer: Response) -> Response:
    return replace(answer, headers={**answer.headers, "allow": "GET, HEAD, POST, PUT, PATCH, DELETE, COPY"})


def _case_sensitive(operations: Operations) -> Fault:
    """Refuse media types that are not written in lower case."""

    def step(one: Call) -> Response:
        media_type = one.request.headers.get("content-type", "")
        return one.on() if media_type == media_type.lower() else refusal(415)

    return at(operations, step)


def _takes_text(operations: Operations) -> Fault:
    """JSON under any media type is read."""
    return at(operations, lambda one: one.on(headers={**one.request.headers, "content-type": JSON}))


ROWS = (
    row("status-is-a-number", "SCHEMA", "shows a number as caseStatus",
        shows(lambda r: r | ({"caseStatus": len(r["caseStatus"])} if "caseStatus" in r else {}))),
    row("status-is-an-object", "SCHEMA", "shows an object as caseStatus",
        shows(lambda r: r | ({"caseStatus": {"name": r["caseStatus"]}} if "caseStatus" in r else {}))),
    row("owner-name-is-a-number", "SCHEMA", "shows a number as owner__name", shows(lambda r: r | {"owner__name": 7})),
    row("owner-active-is-a-text", "SCHEMA", "shows a text as owner__active, by GET",
        shows(lambda r: r | {"owner__active": "yes"}, GET)),
    row("workflow-lost-with-a-move", "SCHEMA", "shows null as lastWorkflowId after a move",
        shows(lambda r: r | ({"lastWorkflowId": None} if r.get("caseStatus") == "Close" else {}))),
    row("get-answers-an-array", "SCHEMA GET-SAME", "answers a GET with an array",
        _bodies(GET, lambda body: b"[" + body + b"]")),
    row("refused-with-300", "SCHEMA", "answers 300 to a body that does not fit",
        refusals(lambda _, answer: replace(answer, status=300) if answer.status == 422 else answer)),
    row("json-as-text", "JSON-ONLY", "declares text/plain", _declared(CASES, "text/plain")),
    row("json-undeclared", "JSON-ONLY", "declares no media type", _declared(CASES, None)),
    row("json-as-html-by-put", "JSON-ONLY", "declares HTML for PUT", _declared(PUT, "text/html; charset=utf-8")),
    row("json-as-javascript-by-transition", "JSON-ONLY", "declares JavaScript for a transition",
        _declared(MOVE, "application/javascript")),
    row("json-with-a-guard", "JSON-ONLY GET-SAME", "puts )]}' in front of JSON", _bodies(GET, lambda body: b")]}',\n" + body)),
    row("json-with-a-tail", "JSON-ONLY PATCH-STATUS", "leaves a semicolon after JSON",
        _bodies(PATCH, lambda body: body + b";")),
    row("json-in-single-quotes", "JSON-ONLY", "writes names in single quotes", _bodies(CREATE, lambda body: body.replace(b'"id"', b"'id'"))),
    row("errors-in-html", "JSON-ONLY-ERRORS", "answers errors in HTML", refusals(_html)),
    row("not-found-in-html", "JSON-ONLY-ERRORS", "answers 404 in HTML", _refused_with(_html, NOT_FOUND)),
    row("method-refused-in-html", "JSON-ONLY-ERRORS", "answers 405 in HTML", _refused_with(_html, NOT_ALLOWED)),
    row("unauthorized-in-html", "JSON-ONLY-ERRORS", "answers 401 in HTML", _refused_with(_html, UNAUTHORIZED)),
    row("errors-undeclared", "JSON-ONLY-ERRORS", "declares no media type for errors",
        _declared(CASES, None, success=False)),
    row("bad-request-as-text", "JSON-ONLY-ERRORS", "answers 400 as a bare text",
        _refused_with(lambda _, answer: replace(answer, body=b"Bad Request"), 400)),
    row("delete-works", "METHOD-UNKNOWN", "deletes", _deletes(204)),
    row("delete-is-denied-but-works", "METHOD-UNKNOWN", "answers 405 to DELETE, and deletes", _deletes(405)),
    row("delete-empties", "METHOD-UNKNOWN", "answers 404 to DELETE, and clears the case",
        _method("DELETE", "case", lambda one, _: refusal(404) if one.ask("PUT", {}) else one.on())),
    row("post-on-a-case-patches", "METHOD-UNKNOWN", "takes POST on a case for PATCH", _method("POST", "case", _stored_by_put)),
    row("put-on-a-transition-moves", "METHOD-UNKNOWN", "takes PUT on a transition for POST",
        _method("PUT", "transition", lambda one, _: one.on(method="POST"))),
    row("patch-on-a-transition-moves-in-secret", "METHOD-UNKNOWN", "answers 405 to PATCH on a transition, and moves",
        _method("PATCH", "transition", lambda one, _: one.on() if one.on(method="POST") else one.on())),
    row("get-on-a-transition-answers", "METHOD-UNKNOWN", "shows the case by GET on its transition",
        _method("GET", "transition", lambda one, _: one.ask("GET"))),
    row("put-on-cases-creates", "METHOD-UNKNOWN", "takes PUT on /case for POST",
        _method("PUT", "cases", lambda one, _: one.on(method="POST"))),
    row("delete-on-cases-answers-200", "METHOD-UNKNOWN", "answers 200 to DELETE on /case",
        _method("DELETE", "cases", lambda *_: says(200, {}))),
    row("unknown-method-is-get", "METHOD-UNKNOWN", "takes a method that it does not know for GET",
        _method("COPY", "case", lambda one, _: one.on(method="GET"))),
    row("method-refused-without-allow", "METHOD-ALLOW", "answers 405 without Allow",
        _refused_with(_without_allow, NOT_ALLOWED)),
    row("method-refused-and-allowed", "METHOD-ALLOW", "lists the refused method in Allow",
        _refused_with(_allowing, NOT_ALLOWED)),
    row("method-refused-without-allow-on-transition", "METHOD-ALLOW", "answers 405 without Allow on a transition",
        _refused_with(lambda one, answer: _without_allow(one, answer) if one.place == "transition" else answer, NOT_ALLOWED)),
    row("create-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a create", _takes_text(CREATE)),
    row("put-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a PUT", _takes_text(PUT)),
    row("patch-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a PATCH", _takes_text(PATCH)),
    row("transition-takes-text", "MEDIA-TYPE", "reads JSON sent as text/plain in a transition", _takes_text(MOVE)),
    row("media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses Application/JSON", _case_sensitive(WRITES | MOVE)),
    row("patch-media-type-case-sensitive", "MEDIA-TYPE-CASE", "refuses Application/JSON in a PATCH", _case_sensitive(PATCH)),
    row("trace-of-python", "ERRORS-QUIET", "shows a stack trace of Python in a 404", _traced(PYTHON, 404)),
    row("trace-of-java", "ERRORS-QUIET", "shows a stack trace of Java in a 400", _traced(JAVA, 400)),
    row("trace-of-node", "ERRORS-QUIET", "shows a stack trace of Node.js in a 422", _traced(NODE, 422)),
    row("trace-of-dotnet", "ERRORS-QUIET", "shows a stack trace of .NET in a 415", _traced(DOTNET, 415)),
    row("trace-of-php", "ERRORS-QUIET", "shows a stack trace of PHP in a 401", _traced(PHP, 401)),
    row("trace-in-html", "ERRORS-QUIET JSON-ONLY-ERRORS", "shows a stack trace in HTML",
        _refused_with(lambda _, answer: replace(answer, headers={"content-type": "text/html"},
                                                body=f"<pre>{PYTHON}</pre>".encode()), 404)),
)  # fmt: skip
