"""Commands of a reproduction script."""

from __future__ import annotations

import requests
from support import report_samples as samples
from support.in_process import new_case

from contract_tests.report.replay.proxy import session_proxy
from contract_tests.report.replay.shell import body_of, ids_in, path_of, printable, send, show


def test_recorded_request_becomes_a_command() -> None:
    create, update, read = samples.EXCHANGES
    assert path_of(create["url"], samples.BASE) == "/case"
    assert path_of("http://elsewhere/", samples.BASE) is None
    assert path_of(samples.BASE + "x", samples.BASE) is None
    assert body_of(create) == b'{"summary": "x"}'  # type: ignore[arg-type]
    assert samples.CASE in ids_in(update)  # type: ignore[arg-type]
    line = send(2, update, samples.BASE, {samples.CASE: "case1"})  # type: ignore[arg-type]
    assert line.startswith(
        'printf \'%s\' \'{"summary": ""}\' | request 2 -X PATCH "$BASE_URL"/case/"${case1}"'
    )
    assert send(3, read, samples.BASE, {}).endswith(" </dev/null")  # type: ignore[arg-type]
    assert show(3, read, samples.BASE, {}) == f"show 3 200 'GET '/case/{samples.CASE}"  # type: ignore[arg-type]
    assert printable("a\x1b\n") == "a\\x1b\\n"


def test_proxy_forwards_to_the_session() -> None:
    case = new_case()
    with session_proxy(case.api.session) as proxy:
        response = requests.get(
            f"{proxy.url}/case/{case.id}", headers={"Authorization": "Bearer dev-token"}, timeout=10
        )
    assert response.status_code == 200
    assert proxy.failures == []


def test_proxy_forwards_a_chunked_body() -> None:
    case = new_case()
    with session_proxy(case.api.session) as proxy:
        response = requests.patch(
            f"{proxy.url}/case/{case.id}",
            data=iter([b'{"testSummary":', b' "in chunks"}']),
            headers={"Authorization": "Bearer dev-token", "Content-Type": "application/json"},
            timeout=10,
        )
    assert response.json()["testSummary"] == "in chunks"
    assert proxy.exchanges[-1].request_headers["Transfer-Encoding"] == "chunked"


def test_header_with_another_host_is_sent_again() -> None:
    case = new_case()
    url = f"{case.api.session.base_url}/case/{case.id}"
    sent = [
        case.api.session.exchange_at("GET", url, headers={"Host": host}).evidence
        for host in ("localhost", "mock.invalid")
    ]
    lines = [send(1, one, case.api.session.base_url, {}) for one in sent]  # type: ignore[arg-type]
    assert ["-H 'Host: localhost'" in line for line in lines] == [True, False]
    with session_proxy(case.api.session) as proxy:
        for headers in ({"Host": "localhost"}, {}):
            requests.get(f"{proxy.url}/case/{case.id}", headers=headers, timeout=10)
    assert [one.request_headers.get("Host") for one in proxy.exchanges] == ["localhost", None]
