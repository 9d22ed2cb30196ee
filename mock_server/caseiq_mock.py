"""The object behind the pytest fixture `caseiq_mock`, which also serves tests without pytest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from mock_server.core.errors import Problem, Refused
from mock_server.core.pipeline import refusal_response
from mock_server.core.settings import TOKEN_PATH, Settings
from mock_server.faults.named_fault import NamedFault
from mock_server.journal import format_line
from mock_server.mock import DEMO, Mock

if TYPE_CHECKING:
    from typing import Unpack

    from responses import RequestsMock

    from mock_server.core.messages import Request, Response

FIRST_REFUSAL = 400
MOST_REFUSALS = 20
"""Refused requests in the report of a failing test."""


class Changes(TypedDict, total=False):
    """The arguments of `behave`. None or an empty list switches a behaviour off."""

    latency: float | tuple[float, float] | None
    """Delay of each response in seconds, or the least and the greatest delay."""
    faults: Sequence[str | NamedFault] | str | NamedFault | None
    """Names from `caseiq-mock --list-faults` and your own faults, or a single one."""
    rate: float | None
    """Requests a second; further requests get 429."""
    token_life: float | None
    """Longest life of a new token, in seconds."""
    outage: bool
    """Every request gets a 503."""


class Selection(TypedDict, total=False):
    """The arguments of `fail_next` besides the status."""

    times: int
    """Number of requests that fail; one by default."""
    operation: str | None
    """The operationId of the requests that fail; None means all requests."""
    delay: float
    """Delay of the response in seconds."""
    kind: str
    """"status", or "drop", "truncate" or "not-json", which perform the operation and spoil its response."""
    case: str | None
    """The id of the case whose requests fail; None means all requests."""


class CaseiqMock:
    """A mock, reachable over a socket at `url`, or in process after `intercept`."""

    def __init__(self, mock: Mock, session: ExitStack, test: ExitStack) -> None:
        """Wrap a mock. `session` and `test` close resources at the end of the session and of each test."""
        self._mock = mock
        self._session = session
        self._test = test
        self._bases: dict[str, list[str]] = {}
        self._interceptors: list[RequestsMock] = []

    @property
    def settings(self) -> Settings:
        """The settings of the tenant."""
        return self._mock.settings

    @property
    def token(self) -> str:
        """A valid bearer token, cookie value or key. With OAuth2, each access returns a new token for an hour."""
        return self._mock.token

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields with a valid credential, under any scheme."""
        return self._mock.headers

    @cached_property
    def url(self) -> str:
        """The base URL of a server on a free port of this machine. The first access starts the server."""
        from mock_server.adapters.thread import serving  # noqa: PLC0415 - most of the start time

        server = serving(
            self._mock.handle,
            limits=self.settings.limits,
            schedule=self._mock.schedule,
        )
        return self._session.enter_context(server) + self.settings.prefix

    def intercept(self, base_url: str) -> RequestsMock:
        """Handle requests of the library `requests` to this base URL, without a socket.

        Lasts until the test or a `with` block ends. Returns an interceptor of the library `responses`, which can
        mock other addresses; until then, `requests` cannot connect to any other address. Paths of this host outside
        the base URL get 404. In a test with `@responses.activate`, the default interceptor is used and returned.

        Raises ValueError for an invalid base URL, and RuntimeError inside another interceptor of `responses`.
        """
        from mock_server.adapters import intercept  # noqa: PLC0415 - imports requests

        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(
                f"{base_url!r} is not a base URL; give one such as https://tenant.example/api-public/1.0"
            )
        interceptor = intercept.choose_interceptor(self._interceptors)
        self._bases.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(parts.path.rstrip("/"))
        # requests uses only the last interceptor, so it needs the earlier base URLs as well.
        for host in self._bases:
            self._test.callback(intercept.register(interceptor, partial(self._handle_for_host, host), host))
        if not intercept.is_default(interceptor):
            self._interceptors.append(interceptor)
            self._test.callback(interceptor.reset)
            self._test.callback(interceptor.stop)
            interceptor.start()
        return interceptor

    def _handle_for_host(self, host: str, request: Request) -> Response:
        """Return the response of a host that has the API under its base paths, and the token endpoint at its root."""
        token_paths = (TOKEN_PATH, self.settings.auth.token_path)
        if request.path in token_paths:
            return self._mock.handle(request)
        for base in self._bases[host]:
            if request.path.startswith(f"{base}/"):
                path = self.settings.prefix + request.path.removeprefix(base)
                return self._mock.handle(replace(request, path=path))
        addresses = " and ".join(host + base for base in self._bases[host])
        refused = Refused(Problem.UNKNOWN_PATH, hint=f" The test intercepts {addresses}.")
        return self._mock.record(request, refusal_response(refused))

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The records of all cases, oldest first."""
        return [json.loads(case.text) for _, case in self._mock.store.items()]

    @property
    def journal(self) -> list[dict[str, Any]]:
        """The exchanges of this test, oldest first, at most 1,000, in the format of `GET /_mock/journal`."""
        return self._mock.journal.read()

    @property
    def refusals(self) -> list[str]:
        """A line for each of the latest requests of this test that failed, with the reason."""
        refused = [entry for entry in self.journal if entry["response"]["status"] >= FIRST_REFUSAL]
        return [format_line(entry) for entry in refused[-MOST_REFUSALS:]]

    def seed(self, data: str | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add cases, and return their records.

        `data` is "demo" for invented cases, or a list of cases; missing fields are set as for a new case. Raises
        ValueError with a line for each wrong field.
        """
        rows = data if data == DEMO else _checked_rows(data)
        before = len(self.cases)
        with _refusals_as_value_errors():
            self._mock.seed(rows)
        return self.cases[before:]

    def fail_next(self, status: int = 503, **selection: Unpack[Selection]) -> None:
        """Let the next requests fail. Raises ValueError for a status below 400 and for an unknown operation."""
        with _refusals_as_value_errors():
            self._mock.fail_next(status, **selection)

    def behave(self, **changes: Unpack[Changes]) -> None:
        """Change the behaviour until the test ends. Raises ValueError for a wrong value, TypeError for a name."""
        values: dict[str, Any] = dict(changes)
        if isinstance(values.get("latency"), int | float):
            values["latency"] = (values["latency"], values["latency"])
        if "faults" in values:
            faults = values["faults"]
            values["faults"] = (faults,) if isinstance(faults, str | NamedFault) else tuple(faults or ())
        self._mock.behave(**values)

    def reset(self) -> None:
        """Remove all cases, snapshots, journal entries and pending failures, and restore the initial behaviour."""
        self._mock.reset()
        for name in self._mock.snapshots.names():
            self._mock.snapshots.delete(name)

    def end_test(self) -> None:
        """Remove all interceptors, so that `requests` connects again."""
        self._test.close()
        self._bases.clear()
        self._interceptors.clear()


def _checked_rows(data: object) -> list[dict[str, Any]]:
    """Return the rows as dictionaries. Raises ValueError if the data is not a list of JSON objects."""
    if isinstance(data, str):
        raise ValueError(f'seed takes "{DEMO}" or a list of cases, not {data[:60]!r}')
    if isinstance(data, Mapping) or not isinstance(data, Iterable):
        raise ValueError("seed takes a list of cases; put a single case into a list: seed([case])")
    rows = list(data)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise ValueError(f"row {index} is of type {type(row).__name__}; a row is a dictionary of fields")
        for name, value in row.items():
            try:
                json.dumps({name: value}, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ValueError(f"row {index}, field {name}: is not JSON: {error}") from None
    return [dict(row) for row in rows]


@contextmanager
def _refusals_as_value_errors() -> Iterator[None]:
    """Turn a refusal of the mock into a ValueError with a line for each finding."""
    try:
        yield
    except Refused as refused:
        lines = [f"{_name_of(finding.pointer)}{finding.message}" for finding in refused.findings]
        raise ValueError("\n".join(lines)) from None


def _name_of(pointer: str) -> str:
    """Return a JSON pointer as a row and a field, or as the name of an argument."""
    found = re.fullmatch(r"(?:/cases)?/([0-9]+)(?:/case(?=/))?(?:/(.*))?", pointer)
    if found is None:
        return f"{pointer.lstrip('/')} ".lstrip()
    field = (found[2] or "").replace("~1", "/").replace("~0", "~")
    return f"row {found[1]}, field {field}: " if field else f"row {found[1]} "
