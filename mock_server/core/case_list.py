"""GET /case: a list of cases, which the contract does not have.

The vendor documents no such operation, but most user interfaces need one. It has the vendor's shape of lists,
`{"records": […], "count": n}`. `limit` and `offset` select a page; any other query parameter selects the cases whose
field has this value. Each response has a header which says that the contract does not have it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from mock_server.core import json_codec
from mock_server.core.errors import Finding, Problem, Refused, refused_with
from mock_server.core.json_codec import Json
from mock_server.core.messages import Handle, Request, Response
from mock_server.core.operations import JSON, Tenant
from mock_server.core.pipeline import Rules, complete, refusal_response
from mock_server.core.store import BY_CREATION, Stored

PATH = "/case"
METHODS = ("GET", "HEAD")
EXTENSION = {"x-mock-extension": "GET /case is an extension of the mock, and not part of the contract"}
LIMIT = 50
MOST = 1000


class CaseList:
    """An API with the list of cases in addition."""

    def __init__(self, api: Handle, tenant: Tenant, rules: Rules) -> None:
        self._api = api
        self._tenant = tenant
        self._rules = rules

    def __call__(self, request: Request) -> Response:
        if request.path != PATH:
            return self._api(request)
        if request.method in METHODS:
            return complete(request, self._respond(request), cors=self._rules.cors)
        response = self._api(request)
        if "allow" not in response.headers:
            return response
        allowed = {*response.headers["allow"].split(", "), *METHODS}
        return replace(response, headers={**response.headers, "allow": ", ".join(sorted(allowed))})

    def _respond(self, request: Request) -> Response:
        try:
            if self._rules.limit_rate is not None:
                self._rules.limit_rate()
            self._rules.authenticate(request)
            body = self._list(request.query)
        except Refused as refused:
            response = refusal_response(refused)
            return replace(response, headers={**response.headers, **EXTENSION})
        return Response(200, JSON | EXTENSION, body)

    def _list(self, query: str) -> bytes:
        """Return the page that a query selects."""
        try:
            pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError:
            raise refused_with(Problem.INVALID_PARAMETER, [Finding("", "is not UTF-8")], "it") from None
        fields = dict(pairs)
        limit = _number("limit", fields.pop("limit", str(LIMIT)), 1, MOST)
        offset = _number("offset", fields.pop("offset", "0"), 0, 10**9)
        count, cases = self._select(fields, limit, offset)
        return b'{"records":[%s],"count":%d}' % (b",".join(case.text for case in cases), count)

    def _select(self, fields: Mapping[str, str], limit: int, offset: int) -> tuple[int, list[Stored]]:
        store = self._tenant.store
        if not fields:
            page = store.page(BY_CREATION, descending=False, limit=limit, offset=offset)
            if page is not None:
                return page[0], [case for _, case in page[1]]
        found = [case for _, case in store.items() if _matches(case, fields)]
        return len(found), found[offset : offset + limit]


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or not least <= int(text) <= most:
        finding = Finding(f"/{name}", f"must be a whole number from {least} to {most}")
        raise refused_with(Problem.INVALID_PARAMETER, [finding], "it")
    return int(text)


def _matches(case: Stored, fields: Mapping[str, str]) -> bool:
    if not fields:
        return True
    record = json_codec.load(case.text)
    return all(name in record and _text(record[name]) == text for name, text in fields.items())


def _text(value: Json) -> str:
    """Return a value as it is written in a query: a string as it is, any other value as JSON."""
    return value if isinstance(value, str) else json_codec.encode(value).decode()
