"""Exchanges as a HAR 1.2 archive, for the network view of a browser or for a proxy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Final
from urllib.parse import parse_qsl, urlsplit

from harfile import Content, Creator, HarFile, PostData, Record, Request, Response, Timings

from contract_tests.client.exchange import header_in
from contract_tests.report.isolation import isolated

PROTOCOL: Final = "HTTP/1.1"


def write(exchanges: Iterable[Mapping[str, Any]], file: IO[str], version: str, problems: list[str]) -> None:
    """Write the archive to a file, one exchange at a time. `version` is that of the suite.

    An exchange that cannot be written is added to the problems.
    """
    with HarFile.open(file, creator=Creator(name="caseiq-contract-suite", version=version)) as archive:
        for exchange in exchanges:
            with isolated(f"HAR entry of {exchange.get('method')} {exchange.get('url')}", problems):
                milliseconds = round(exchange["elapsed"] * 1000, 3)
                archive.add_entry(
                    startedDateTime=datetime.fromtimestamp(exchange["started"], UTC),
                    time=milliseconds,
                    request=_request(exchange),
                    response=_response(exchange),
                    # HAR requires these three, and only their sum is measured.
                    timings=Timings(send=0, wait=milliseconds, receive=0),
                )


def _request(exchange: Mapping[str, Any]) -> Request:
    headers, body = exchange["request_headers"], exchange["request_body"]
    query = parse_qsl(urlsplit(exchange["url"]).query, keep_blank_values=True)
    return Request(
        method=exchange["method"],
        url=exchange["url"],
        httpVersion=PROTOCOL,
        headers=_records(headers),
        queryString=[Record(name, value) for name, value in query],
        postData=PostData(mimeType=header_in(headers, "content-type"), text=body) if body else None,
        bodySize=len(body.encode()),
    )


def _response(exchange: Mapping[str, Any]) -> Response:
    headers, body = exchange["response_headers"], exchange["response_body"]
    length = header_in(headers, "content-length")
    return Response(
        status=exchange["status"],
        statusText=exchange["reason"],
        httpVersion=PROTOCOL,
        headers=_records(headers),
        content=Content(size=len(body.encode()), mimeType=header_in(headers, "content-type"), text=body),
        redirectURL=header_in(headers, "location"),
        bodySize=int(length) if length.isdecimal() else -1,
    )


def _records(headers: Mapping[str, str]) -> list[Record]:
    return [Record(name, value) for name, value in headers.items()]
