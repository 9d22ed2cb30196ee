"""How the mock behaves on demand: latency, faults, rate, token life, outage, and failures of the next requests.

A behaviour is a value, and a handle is built for each: what is switched off costs nothing. An answer that is not
what an undisturbed mock would have given says so in a header. Nothing here sleeps: an answer carries its delay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from threading import local
from typing import Any

from mock_server.behaviour.failures import LONGEST_DELAY, UNAVAILABLE, Failures
from mock_server.behaviour.prefer import unmet, wishes
from mock_server.core import json_codec
from mock_server.core.errors import Refused
from mock_server.core.messages import IGNORED, SHAPED_BY, Fault, Handle, Request, Response
from mock_server.core.openapi import Operation
from mock_server.core.pipeline import completed, problem, with_cors
from mock_server.core.service import Locate
from mock_server.core.settings import DEEPEST, MAX_TTL, Settings
from mock_server.core.spelling import meant

FIRST_REFUSAL = 400
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What can be changed while the mock runs; the default is to behave."""

    latency: tuple[float, float] | None = None
    """Seconds that an answer is held back, at least and at most."""
    faults: tuple[str, ...] = ()
    """Names of faults; a request meets the last one first."""
    rate: float | None = None
    """Requests a second, over all clients."""
    token_life: float | None = None
    """Seconds that a new token lives at most."""
    outage: bool = False
    """Every request gets a 503."""

    def __post_init__(self) -> None:
        if self.latency is not None and not 0 <= self.latency[0] <= self.latency[1] <= LONGEST_DELAY:
            raise ValueError(f"a latency lies between 0 and {LONGEST_DELAY:.0f} s, the lower end first")
        if self.rate is not None and not self.rate > 0:
            raise ValueError("a rate limit is greater than 0")
        if self.token_life is not None and not 0 < self.token_life <= MAX_TTL:
            raise ValueError(f"a token lives more than 0 and at most {MAX_TTL} seconds")
        for name in self.faults:
            _fault(name)

    def changed(self, **changes: Any) -> "Behaviour":
        """This behaviour with other values. Raises ValueError for one that cannot be, TypeError for an unknown name."""
        known = [one.name for one in fields(self)]
        for name in changes:
            if name not in known:
                raise TypeError(
                    f"there is no behaviour {name!r}, only {', '.join(known)}{meant(name, known)}"
                )
        return replace(self, **changes)

    def applied(self, settings: Settings) -> Settings:
        """The settings of a tenant that behaves like this, as far as settings say it."""
        limits = replace(settings.limits, rate=self.rate)
        return replace(settings, limits=limits, auth=replace(settings.auth, shortened_life=self.token_life))


def with_rate(handle: Handle, rate: float | None, usual: float | None) -> Handle:
    """The handle of a tenant that has this rate, its refusals marked unless the tenant's usual one is the same."""
    if rate in (None, usual):
        return handle

    def answer(request: Request) -> Response:
        response = handle(request)
        return _shaped(response, "rate limit") if response.status == TOO_MANY else response

    return answer


def with_faults(handle: Handle, names: Sequence[str]) -> Handle:
    """The handle, gone wrong in these ways, each answer marked with the faults that shaped it."""
    for name in names:
        handle = _traced(name, _fault(name), handle)
    return handle


def shaping(
    plain: Handle,
    faulty: Handle,
    behaviour: Behaviour,
    failures: Failures,
    *,
    locate: Locate,
    uniform: Callable[[float, float], float],
) -> Handle:
    """The handle under a behaviour and a queue of failures; requests may also ask for what they get.

    `faulty` is the `plain` handle with the behaviour's faults.
    """
    usual = chain = preferring(faulty, locate)
    if behaviour.outage:
        chain = _outage
    if failures:
        chain = _failing(chain, failures, locate)
    if behaviour.latency is not None:
        chain = _late(chain, behaviour.latency, uniform)
    if chain is usual and faulty is plain:
        return usual
    # A preflight stays as it is: what becomes of one, a browser tells nobody.
    return lambda request: (plain if _is_preflight(request) else chain)(request)


def preferring(handle: Handle, locate: Locate) -> Handle:
    """The handle, where a request may ask for a status or a delay: `Prefer: code=503, delay=200`."""

    def prefer(request: Request) -> Response:
        if "prefer" not in request.headers:
            return handle(request)
        field = request.headers["prefer"]
        code, delay = wishes(field)
        wanted = None if code is None else instead(locate(request)[0], code)
        applied, ignored = [f"code={code}"] if wanted is not None else [], unmet(field)
        if code is not None and wanted is None:
            ignored.append(f"the contract has no example of an answer {code} to this")
        response = handle(request) if wanted is None else _shaped(completed(request, wanted), "prefer code")
        if delay is not None:
            applied.append(f"delay={delay}")
            response = _shaped(response, "prefer delay", delay / 1000)
        told = {"preference-applied": ", ".join(applied)} if applied else {}
        if ignored:
            told[IGNORED] = f"Prefer: {'; '.join(ignored)}"
        return replace(response, headers={**response.headers, **told}) if told else response

    return prefer


def instead(operation: Operation | None, status: int) -> Response | None:
    """The contract's example of an operation's answer; without one a problem, or None where it is no refusal."""
    told = {} if operation is None else operation.responses.get(str(status), {})
    headers = {
        name.lower(): str(header["example"])
        for name, header in told.get("headers", {}).items()
        if "example" in header
    }
    # As the mock itself refuses, where the document has that form.
    media = sorted(told.get("content", {}).items(), key=lambda item: "problem" not in item[0])
    for kind, content in media:
        examples = [one.get("value") for one in content.get("examples", {}).values()]
        for value in [content["example"]] if "example" in content else examples[:1]:
            return Response(status, {"content-type": kind, **headers}, json_codec.encode(value))
    if status < FIRST_REFUSAL:
        return None
    return problem(status, {"detail": "The mock was asked to answer like this."}, headers)


def _outage(request: Request) -> Response:
    down = problem(UNAVAILABLE, {"detail": "The mock plays an outage; its control API ends it."})
    return _shaped(completed(request, down), "outage")


def _late(handle: Handle, latency: tuple[float, float], uniform: Callable[[float, float], float]) -> Handle:
    return lambda request: _shaped(handle(request), "latency", uniform(*latency))


def _failing(handle: Handle, failures: Failures, locate: Locate) -> Handle:
    def fail(request: Request) -> Response:
        if not failures:
            return handle(request)
        operation = locate(request)[0]
        failure = failures.take(operation.id if operation else None)
        if failure is None:
            return handle(request)
        answer = instead(operation, failure.status) or Response(failure.status)
        return _shaped(completed(request, answer), "failure", failure.delay)

    return fail


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _shaped(response: Response, by: str, delay: float = 0.0) -> Response:
    known = response.headers.get(SHAPED_BY)
    headers = {**response.headers, SHAPED_BY: f"{known}, {by}" if known else by}
    return replace(response, headers=headers, delay=response.delay + delay)


def _fault(name: str) -> Fault:
    from mock_server.faults import FAULTS  # noqa: PLC0415 - most runs need none

    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}, --list-faults shows all{meant(name, FAULTS)}")
    return FAULTS[name]


def _traced(name: str, fault: Fault, handle: Handle) -> Handle:
    """The handle with a fault, whose answers are marked unless the handle gave them to the same request."""
    heard = local()

    def beneath(request: Request) -> Response:
        response = handle(request)
        heard.exchanges.append((request, response))
        return response

    broken = fault(beneath)

    def answer(request: Request) -> Response:
        heard.exchanges = []
        response = broken(request)
        honest = any(_alike(response, given) and _same(request, asked) for asked, given in heard.exchanges)
        return response if honest else _shaped(with_cors(request, response), f"fault {name}")

    return answer


def _alike(one: Response, other: Response) -> bool:
    return one is other or (one.status, one.headers, one.body) == (other.status, other.headers, other.body)


def _same(one: Request, other: Request) -> bool:
    """Whether two requests ask the same; how a JSON body is written does not count."""
    return one == other or (replace(one, body=b"") == replace(other, body=b"") and _json(one) == _json(other))


def _json(request: Request) -> bytes:
    try:
        return json_codec.encode(json_codec.parse(request.body, DEEPEST))
    except Refused:
        return request.body
