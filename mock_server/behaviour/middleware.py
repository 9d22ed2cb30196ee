"""The chain of middlewares around the API of a tenant.

A middleware has a name and takes the next handle with each request. A chain holds only the middlewares that the
present behaviour needs, so a feature that is switched off costs nothing. A response that a middleware changed names
it in a header. No middleware sleeps: a response carries its delay.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import local
from typing import Protocol

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import UNAVAILABLE, Failures, Kind
from mock_server.behaviour.prefer import parse_preferences, unmet_preferences
from mock_server.core import json_codec
from mock_server.core.errors import FIRST_REFUSAL, Refused
from mock_server.core.messages import IGNORED, SHAPED_BY, Handle, Request, Response, Transfer
from mock_server.core.openapi import Operation
from mock_server.core.pipeline import complete, problem_response, with_cors
from mock_server.core.service import Locate
from mock_server.core.settings import DEEPEST
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.named_fault import NamedFault

TOO_MANY = 429


class Middleware(Protocol):
    """A named step between a client and the API."""

    @property
    def name(self) -> str: ...

    def __call__(self, proceed: Handle, request: Request, /) -> Response:
        """Return the response to a request; `proceed` is the rest of the chain."""


class Chain:
    """Middlewares around an API, outermost first. Printing a chain shows their names."""

    def __init__(self, middlewares: Sequence[Middleware], api: Handle) -> None:
        self.middlewares = tuple(middlewares)
        handle = api
        for middleware in reversed(self.middlewares):
            handle = partial(middleware, handle)
        self.handle = handle
        """The whole chain as one handle."""

    def __iter__(self) -> Iterator[Middleware]:
        return iter(self.middlewares)

    def __len__(self) -> int:
        return len(self.middlewares)

    def __str__(self) -> str:
        return " → ".join([*(middleware.name for middleware in self), "api"])


class PreflightBypass:
    """Sends CORS preflights straight to the API: a browser does not report why one failed."""

    name = "preflight bypass"

    def __init__(self, api: Handle) -> None:
        self._api = api

    def __call__(self, proceed: Handle, request: Request) -> Response:
        is_preflight = request.method == "OPTIONS" and "access-control-request-method" in request.headers
        return self._api(request) if is_preflight else proceed(request)


class Latency:
    """Delays each response by a random time between two bounds, in seconds."""

    name = "latency"

    def __init__(self, bounds: tuple[float, float], uniform: Callable[[float, float], float]) -> None:
        self._bounds = bounds
        self._uniform = uniform

    def __call__(self, proceed: Handle, request: Request) -> Response:
        return mark_shaped(proceed(request), self.name, self._uniform(*self._bounds))


class QueuedFailures:
    """Returns errors from the queue of failures, while it holds one that fits."""

    name = "failures"

    def __init__(self, failures: Failures, locate: Locate) -> None:
        self._failures = failures
        self._locate = locate

    def __call__(self, proceed: Handle, request: Request) -> Response:
        if not self._failures:
            return proceed(request)
        operation, parameters = self._locate(request)
        failure = self._failures.take(operation.id if operation else None, parameters.get("id"))
        if failure is None:
            return proceed(request)
        if failure.kind is Kind.STATUS:
            response = example_response(operation, failure.status) or Response(failure.status)
            return mark_shaped(complete(request, response), "failure", failure.delay)
        response = SPOIL[failure.kind](proceed(request))
        return mark_shaped(response, f"failure {failure.kind}", failure.delay)


def _drop(response: Response) -> Response:
    return replace(response, transfer=Transfer.DROPPED)


def _truncate(response: Response) -> Response:
    # Without a body, there is nothing to truncate but the response itself.
    return replace(response, transfer=Transfer.TRUNCATED if response.body else Transfer.DROPPED)


def _replace_by_html(response: Response) -> Response:
    headers = {**response.headers, "content-type": "text/html; charset=utf-8"}
    body = b"<!doctype html><title>Gateway</title><p>This page is not JSON.</p>"
    return replace(response, headers=headers, body=body)


SPOIL: Mapping[str, Callable[[Response], Response]] = {
    Kind.DROP: _drop,
    Kind.TRUNCATE: _truncate,
    Kind.NOT_JSON: _replace_by_html,
}
"""Functions that spoil the response of an operation, by kind of failure."""


class Outage:
    """Responds to every request with 503."""

    name = "outage"

    def __call__(self, _proceed: Handle, request: Request) -> Response:
        detail = "The mock simulates an outage. Its control API ends the outage."
        response = problem_response(UNAVAILABLE, {"detail": detail})
        return mark_shaped(complete(request, response), self.name)


class Prefer:
    """Lets a request choose its status code or delay: `Prefer: code=503, delay=200`."""

    name = "prefer"

    def __init__(self, locate: Locate) -> None:
        self._locate = locate

    def __call__(self, proceed: Handle, request: Request) -> Response:
        if "prefer" not in request.headers:
            return proceed(request)
        field = request.headers["prefer"]
        code, delay = parse_preferences(field)
        preferred = None if code is None else example_response(self._locate(request)[0], code)
        applied, ignored = [f"code={code}"] if preferred is not None else [], unmet_preferences(field)
        if code is not None and preferred is None:
            ignored.append(f"the contract has no example of a {code} response to this request")
        response = self._preferred(request, preferred) if preferred else proceed(request)
        if delay is not None:
            applied.append(f"delay={delay}")
            response = mark_shaped(response, "prefer delay", delay / 1000)
        fields = {"preference-applied": ", ".join(applied)} if applied else {}
        if ignored:
            fields[IGNORED] = f"Prefer: {'; '.join(ignored)}"
        return replace(response, headers={**response.headers, **fields}) if fields else response

    def _preferred(self, request: Request, response: Response) -> Response:
        return mark_shaped(complete(request, response), "prefer code")


class InjectedFault:
    """Applies a named fault, and marks each response that the fault changed."""

    def __init__(self, fault: NamedFault) -> None:
        self.name = f"fault {fault.name}"
        self._call = local()
        # A fault keeps its memory with the handle that it wraps, so it is applied once.
        self._faulty = fault(self._proceed)

    def __call__(self, proceed: Handle, request: Request) -> Response:
        exchanges: list[tuple[Request, Response]] = []
        self._call.proceed, self._call.exchanges = proceed, exchanges
        response = self._faulty(request)
        if any(_is_alike(response, given) and _is_same(request, asked) for asked, given in exchanges):
            return response
        return mark_shaped(with_cors(request, response), self.name)

    def _proceed(self, request: Request) -> Response:
        response: Response = self._call.proceed(request)
        self._call.exchanges.append((request, response))
        return response


class RateLimitMark:
    """Marks the refusals of a rate limit that the tenant does not have by itself."""

    name = "rate limit"

    def __call__(self, proceed: Handle, request: Request) -> Response:
        response = proceed(request)
        return mark_shaped(response, self.name) if response.status == TOO_MANY else response


def inner_middlewares(behaviour: Behaviour, tenant_rate: float | None) -> list[Middleware]:
    """Return the middlewares with a memory. Rebuild them only when the rate, token life or faults change."""
    middlewares: list[Middleware] = [
        InjectedFault(Catalogue().find(fault)) for fault in reversed(behaviour.faults)
    ]
    if behaviour.rate not in (None, tenant_rate):
        middlewares.append(RateLimitMark())
    return middlewares


def build_chain(
    api: Handle,
    inner: Sequence[Middleware],
    behaviour: Behaviour,
    failures: Failures,
    *,
    locate: Locate,
    uniform: Callable[[float, float], float],
) -> Chain:
    """Build the chain of a behaviour around `api`; `inner` comes from `inner_middlewares`."""
    outer: list[Middleware] = []
    if behaviour.latency is not None:
        outer.append(Latency(behaviour.latency, uniform))
    if failures:
        outer.append(QueuedFailures(failures, locate))
    if behaviour.outage:
        outer.append(Outage())
    if outer or inner:
        outer.insert(0, PreflightBypass(api))
    return Chain([*outer, Prefer(locate), *inner], api)


def example_response(operation: Operation | None, status: int) -> Response | None:
    """Return the contract's example of a response.

    Without an example, return a problem for an error status, and None for any other.
    """
    documented = {} if operation is None else operation.responses.get(str(status), {})
    headers = {
        name.lower(): str(header["example"])
        for name, header in documented.get("headers", {}).items()
        if "example" in header
    }
    # A problem comes first: the mock itself refuses in that form.
    contents = sorted(documented.get("content", {}).items(), key=lambda item: "problem" not in item[0])
    for media_type, content in contents:
        examples = [example.get("value") for example in content.get("examples", {}).values()]
        for value in [content["example"]] if "example" in content else examples[:1]:
            return Response(status, {"content-type": media_type, **headers}, json_codec.encode(value))
    if status < FIRST_REFUSAL:
        return None
    return problem_response(status, {"detail": "The mock was asked for this response."}, headers)


def mark_shaped(response: Response, by: str, delay: float = 0.0) -> Response:
    """Return the response with `by` in its X-Mock-Shaped-By header, and with more delay."""
    known = response.headers.get(SHAPED_BY)
    headers = {**response.headers, SHAPED_BY: f"{known}, {by}" if known else by}
    return replace(response, headers=headers, delay=response.delay + delay)


def _is_alike(one: Response, other: Response) -> bool:
    return one is other or (one.status, one.headers, one.body) == (other.status, other.headers, other.body)


def _is_same(one: Request, other: Request) -> bool:
    """Return True if two requests ask for the same; the spelling of a JSON body does not count."""
    return one == other or (
        replace(one, body=b"") == replace(other, body=b"") and _canonical(one) == _canonical(other)
    )


def _canonical(request: Request) -> bytes:
    try:
        return json_codec.encode(json_codec.parse(request.body, DEEPEST))
    except Refused:
        return request.body
