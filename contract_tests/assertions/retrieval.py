"""Assertions about reading a case by GET and HEAD. They send nothing else, so they also serve `--read-only`."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from contract_tests.assertions.case import Case
from contract_tests.assertions.lost_values import is_kept_in_other_field, requirement_for_lost
from contract_tests.assertions.responses import OK, assert_refused
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import TargetError, Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.ids import near_ids, neighbour_of, unknown_id, unknown_like

NOT_FOUND: Final = 404
NO_HEAD: Final = (404, 405, 501)
INTERIM: Final = re.compile(rb"HTTP/1\.1 1\d\d")
CLOSING: Final = {"Connection": "close"}


def assert_shows_as_created(case: Case) -> Mapping[str, Any]:
    """Assert that GET shows what the case was created with.

    If a PUT of the same fields is shown, the create lost the values; otherwise GET does.
    """
    try:
        return case.assert_shows()
    except Violation as violation:
        if violation.requirement is None:
            violation.belongs_to(_find_loser(case))
        raise


def _find_loser(case: Case) -> str:
    """Return the requirement that is broken if GET does not show what a case was created with."""
    with case.api.trace.probe():
        response = case.api.replace(case.id, case.fields)
        shown = case.api.get(case.id).object
    if response.ok and not comparison.find_field_difference(case.fields, shown):
        return "CREATE-STORES"
    lost = {
        name: value
        for name, value in case.fields.items()
        if comparison.find_field_difference({name: value}, case.created_record)
    }
    broken = {requirement_for_lost(case.api, *field, case.created_record) for field in lost.items()}
    if not broken:
        return "GET-SAME"
    kept_elsewhere = all(is_kept_in_other_field(case.api, value) for value in lost.values())
    return "CREATE-STORES" if kept_elsewhere or "CREATE-STORES" in broken else min(broken)


def assert_created_date(case: Case, record: Mapping[str, Any]) -> None:
    """Assert that the record shows the date in the create's response."""
    created, shown = case.created_record.get("createdDate"), record.get("createdDate")
    if not comparison.is_same_date(created, shown):
        raise Violation(f"createdDate to stay {comparison.show(created)}", comparison.show(shown))


def assert_unknown_ids_refused(case: Case) -> None:
    """Assert that ids without a case are refused, with 404 if they have the format of this case's id."""
    api = case.api
    uuids = case.id_format is IdFormat.UUID
    others = ["00000000-0000-0000-0000-000000000000", unknown_id()]
    for case_id in others if uuids else near_ids(case.id, case.id_format):
        api.trace.next_attempt()
        for _ in range(2):
            assert_refused(api.get(case_id), "an id that no case has")
    neighbour = neighbour_of(case.id)
    for case_id in (unknown_like(case.id), unknown_like(case.id), neighbour) if uuids else ():
        api.trace.next_attempt()
        for _ in range(2):
            response = api.get(case_id)
            # If the server counts ids up, the neighbour may be a case.
            exists = case_id == neighbour and response.object.get("id") == neighbour
            if response.status != NOT_FOUND and not exists:
                raise Violation("404 for a well-formed id that no case has", response.summary())


def assert_head_matches_get(case: Case) -> None:
    """Assert that HEAD returns the same as GET without a body, for the case and for an unknown id."""
    api, path = case.api, case_path(case.id)
    response = api.raw("HEAD", path, None, CLOSING)
    if response.status in NO_HEAD:
        raise Unsupported(f"HEAD returned {response.status}")
    if response.status != OK:
        raise Violation("HEAD to return 200, as GET does", str(response.status))
    _assert_same_headers(case, response)
    unknown = unknown_id()
    absent, refused = api.raw("HEAD", case_path(unknown), None, CLOSING), api.get(unknown)
    if absent.status != refused.status:
        raise Violation(f"HEAD of an unknown id to return {refused.status}, as GET does", str(absent.status))
    if not api.has_no_credentials:
        bare = api.unauthenticated("HEAD", path, None, CLOSING)
        if not bare.refused:
            raise Violation("HEAD without credentials to be refused, as GET is", str(bare.status))
    body = response.body or _read_bytes_after_head(api, path)
    if body:
        raise Violation("HEAD without a body", f"{len(body)} bytes of body")


def _assert_same_headers(case: Case, head: Exchange) -> None:
    get = case.api.get(case.id)
    for _ in range(3):  # a record may change its length by itself
        before, length, after = _content_lengths(case)
        if before != after or after is None or length in (None, before):
            break
    else:
        raise Violation(f"HEAD to declare Content-Length {before}, as GET does, or none", str(length))
    if head.media_type != get.media_type:
        declared = head.media_type or "no Content-Type"
        raise Violation(f"HEAD to declare {get.media_type}, as GET does", declared)


def _content_lengths(case: Case) -> list[str | None]:
    """Return the Content-Length (RFC 9110 section 8.6) of a GET, a HEAD and a GET: a record may grow by itself."""
    path = case_path(case.id)
    responses = [case.api.raw(method, path, None, CLOSING) for method in ("GET", "HEAD", "GET")]
    return [response.headers.get("content-length") for response in responses]


def _read_bytes_after_head(api: CaseApi, path: str) -> bytes:
    """Return the bytes after the header section of a HEAD response, which HTTP libraries do not show."""
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
        connection = socket.create_connection((url.hostname or "", port), timeout=api.session.timeout)
        if url.scheme == "https":
            # The wrapped socket takes over the connection, also if the handshake fails.
            connection = api.session.tls().wrap_socket(connection, server_hostname=url.hostname)
        with connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
            received = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as error:
        raise TargetError(f"HEAD {path}: {error}") from error
    head, _, rest = received.partition(b"\r\n\r\n")
    while INTERIM.match(head):
        head, _, rest = rest.partition(b"\r\n\r\n")
    return rest
