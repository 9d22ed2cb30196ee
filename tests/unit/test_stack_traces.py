"""Stack traces of each language are recognised, and texts of ordinary errors are not."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.assertions.stack_traces import find_stack_trace

TRACES = {
    "Python": 'Traceback (most recent call last):\n  File "/app/x.py", line 3, in f',
    "Python frame": '  File "/app/x.py", line 3',
    "Python location": "failed in app/views.py, line 12",
    "JavaScript": "TypeError: x\n    at handle (/srv/app.js:10:5)",
    "JavaScript async": "    at async Server.handle (file:///srv/app.mjs:10:5)",
    "JavaScript bare": "    at /srv/app.js:10:5",
    "Node": "see /srv/node_modules/express/lib/router",
    "Node internal": "node:internal/process/task_queues",
    "Firefox": "handle@https://h/app.js:10:5",
    "Java": "at com.example.Cases.get(Cases.java:42)",
    "Kotlin": "at com.example.CasesKt.get(Cases.kt:42)",
    "Java cause": "Caused by: java.lang.NullPointerException",
    "Java thread": 'Exception in thread "main" x',
    "PHP": "#0 /var/www/index.php(12): f()",
    "PHP heading": "Stack trace:\n#0 {main}",
    "Go": "goroutine 7 [running]:",
    "Go location": "main.go:12 +0x1d",
    "Go panic": "panic: runtime error\n",
    "Ruby": "app/cases.rb:12:in `show'",
    "C#": "at Cases.Get(String id) in C:\\src\\Cases.cs:line 42",
    "Rust": "thread 'main' panicked at 'x'",
    "Rust backtrace": "stack backtrace:",
    "Perl": "died at /srv/app.pl line 12.",
    "Elixir": "    (app 0.1.0) lib/cases.ex:12: Cases.get/1",
    "Mono": "  at Api.Body (System.Net.HttpListenerContext c) [0x00055] in <699bb9>:0 ",
    "Racket": "jsexpr->bytes at:\n  line 516, column 0, in file /usr/share/racket/collects/json/main.rkt",
    "Erlang": '{cowboy_req,parse_header,3,[{file,"src/cowboy_req.erl"},{line,413}]}',
    "Lua": "stack traceback:\n\t[C]: in function 'error'",
    "Lua frame": "\t/srv/api.lua:12: in function 'show'",
    "Haskell": "CallStack (from HasCallStack):\n  error, called at Main.hs:3:8 in main:Main",
    "OCaml": 'Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33',
    "OCaml frame": 'Called from Dune__exe__Server.show in file "server.ml", line 3, characters 2-9',
    "Julia": "Stacktrace:\n [1] getcase(id::String)",
    "Crystal": "  from src/server.cr:12:5 in 'show'",
    "Dart": "#0      main (package:cases/server.dart:12:5)",
}
QUIET = (
    "The case was not found.",
    "at line 3 of the form",
    "see https://h/docs#errors",
    "Look at (the) time 10:05",
    "error in field a.b (12)",
    "Version 1.2.3:4",
    "File not found, line up",
    "meet at Leeds (room B:12)",
    "panic button",
    "unexpected token at line 3, column 5",
    "line 1, column 2, in file report.csv",
    "Called from the office",
    "[0x00055] in the hexadecimal notation",
)


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_trace_is_found_in_any_place(trace: str) -> None:
    assert find_stack_trace(trace)
    assert find_stack_trace({"error": {"details": [trace]}})
    assert find_stack_trace({"errors": ["x", {"message": trace}]})


def test_first_line_of_a_trace_is_returned() -> None:
    assert find_stack_trace({"e": TRACES["Python"]}) == "Traceback (most recent call last)"
    assert find_stack_trace(TRACES["Go"]) == "goroutine 7 [running]"


def test_trace_in_html_is_found() -> None:
    assert find_stack_trace("<pre>  File &quot;/app/x&quot;, line 3</pre>") is None
    assert (
        find_stack_trace("<pre>\n  File &quot;/app/x.py&quot;, line 3</pre>") == '  File "/app/x.py", line 3'
    )


def test_trace_in_a_name_is_found() -> None:
    assert find_stack_trace({TRACES["Java"]: 1}) == TRACES["Java"]


@pytest.mark.parametrize("text", QUIET)
def test_ordinary_text_is_quiet(text: str) -> None:
    assert find_stack_trace(text) is None
    assert find_stack_trace({"message": text, "trace": text}) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"stack": ["Cases.get:12"]}, "Cases.get:12"),
        ({"stackTrace": ["a", "app.Cases.get(12)"]}, "app.Cases.get(12)"),
        ({"traceback": [["app.cases", "line 3"]]}, "['app.cases', 'line 3']"),
        ({"frames": [{"file": "app.py", "line": 3}]}, "{'file': 'app.py', 'line': 3}"),
        ({"call_stack": [{"a.b": 7}]}, "{'a.b': 7}"),
        ({"stack": "Cases.get:12"}, None),
        ({"items": ["Cases.get:12"]}, None),
        ({"stack": ["no location"]}, None),
        ({"traces": ["Cases.get:12"]}, None),
        ([], None),
        (None, None),
        (3, None),
    ],
)
def test_frames_are_found_under_their_names(value: Any, found: str | None) -> None:
    assert find_stack_trace(value) == found
