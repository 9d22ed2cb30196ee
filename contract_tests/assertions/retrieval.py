"""The sentences that checks of reading are made of, whichever case is read: one of the run's, or a tenant's own.

They send nothing but GET and HEAD. Knows no pytest.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from contract_tests.assertions.case import Case
from contract_tests.assertions.responses import OK, assert_refused
from contract_tests.client.api import CaseApi, case_path
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import TargetError, Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.ids import near_ids, neighbour_of, unknown_id, unknown_like

NOT_FOUND: Final = 404
NO_HEAD: Final = (404, 405, 501)
INTERIM: Final = re.compile(rb"HTTP/1\.1 1\d\d")


def assert_created_date(case: Case, record: Mapping[str, Any]) -> None:
    """The record shows the date that the case's create answered."""
    created, shown = case.created_record.get("createdDate"), record.get("createdDate")
    if not comparison.is_same_date(created, shown):
        raise Violation(f"createdDate to stay {comparison.show(created)}", comparison.show(shown))


def assert_unknown_ids_refused(case: Case) -> None:
    """Ids that no case has are refused, and not found where they have the form of this one."""
    api = case.api
    form = case.id_format
    uuids = form is IdFormat.UUID
    others = ["00000000-0000-0000-0000-000000000000", unknown_id()] if uuids else near_ids(case.id, form)
    for case_id in others:
        api.trace.restart()
        for _ in range(2):
            assert_refused(api.get(case_id), "an id that no case has")
    neighbour = neighbour_of(case.id)
    for case_id in (unknown_like(case.id), unknown_like(case.id), neighbour) if uuids else ():
        api.trace.restart()
        for _ in range(2):
            answer = api.get(case_id)
            # Where ids are counted up, the neighbour is a case indeed.
            exists = case_id == neighbour and answer.object.get("id") == neighbour
            if answer.status != NOT_FOUND and not exists:
                raise Violation("404 for a well-formed id that no case has", answer.summary())


def assert_head_matches_get(case: Case) -> None:
    """HEAD of the case, and of an unknown id, shows what GET does, but no body."""
    api = case.api
    closing = {"Connection": "close"}
    answer = api.raw("HEAD", case_path(case.id), None, closing)
    if answer.status in NO_HEAD:
        raise Unsupported(f"HEAD is answered {answer.status}")
    if answer.status != OK:
        raise Violation("HEAD to answer 200, as GET does", str(answer.status))
    got = api.get(case.id)
    lengths = [_lengths(case, closing) for _ in range(3)]
    if all(before and before == after and told not in (None, before) for before, told, after in lengths):
        expected, told, _ = lengths[0]
        raise Violation(f"HEAD to declare Content-Length {expected}, as GET does, or none", str(told))
    if answer.media_type != got.media_type:
        raise Violation(
            f"HEAD to declare {got.media_type}, as GET does", answer.media_type or "no Content-Type"
        )
    unknown = unknown_id()
    absent, refused = api.raw("HEAD", case_path(unknown), None, closing), api.get(unknown)
    if absent.status != refused.status:
        raise Violation(f"HEAD of an unknown id to answer {refused.status}, as GET does", str(absent.status))
    if not api.is_open:
        bare = api.unauthenticated("HEAD", case_path(case.id), None, closing)
        if not bare.refused:
            raise Violation("HEAD without credentials to be refused, as GET is", str(bare.status))
    body = answer.body or _bytes_after_head(api, case_path(case.id))
    if body:
        raise Violation("HEAD without a body", f"{len(body)} bytes of body")


def _lengths(case: Case, headers: Mapping[str, str]) -> list[str | None]:
    """The Content-Length (RFC 9110 section 8.6) of a GET, a HEAD and a GET: a record may grow by itself."""
    path = case_path(case.id)
    answers = [case.api.raw(method, path, None, headers) for method in ("GET", "HEAD", "GET")]
    return [answer.headers.get("content-length") for answer in answers]


def _bytes_after_head(api: CaseApi, path: str) -> bytes:
    """What a server sends after the header section of a HEAD, which HTTP libraries do not show."""
    url = urlsplit(api.session.base_url + path)
    if api.session.proxies or not api.session.has_sockets:
        return b""
    headers = {
        "Host": url.netloc.rpartition("@")[2],
        "Connection": "close",
        **api.credentials.present(api.credentials.token()),
    }
    lines = [f"HEAD {url.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        with socket.create_connection((url.hostname or "", port), timeout=api.session.timeout) as plain:
            connection = plain
            if url.scheme == "https":
                connection = api.session.tls().wrap_socket(plain, server_hostname=url.hostname)
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
            received = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as error:
        raise TargetError(f"HEAD {path}: {error}") from error
    head, _, rest = received.partition(b"\r\n\r\n")
    while INTERIM.match(head):
        head, _, rest = rest.partition(b"\r\n\r\n")
    return rest
