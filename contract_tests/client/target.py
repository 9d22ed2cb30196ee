"""The server under test, the settings of a run against it, and the client that follows from both."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from contract_tests.client.api import CaseApi
from contract_tests.client.connections import Bounds
from contract_tests.client.credentials import carrying_headers, from_environment
from contract_tests.client.ledger import Ledger
from contract_tests.client.recording import Recording
from contract_tests.client.session import RecordingSession
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import TargetError
from contract_tests.masking.secrets import Secrets

NO_BASE_URL: Final = "is not a base URL; give one such as https://tenant.example/api-public/1.0"


@dataclass(frozen=True)
class Target:
    """The address of a server and the environment that holds its credentials.

    `adapter`, if set, is a requests transport adapter that replaces the socket. An `embedded` target belongs to the
    run: nothing that is created on it outlives the run.
    """

    base_url: str
    environment: Mapping[str, str] = field(repr=False)
    adapter: Any = None
    embedded: bool = False


@dataclass(frozen=True)
class RunSettings:
    """Settings of a run, resolved from options and deployment file before the first request.

    `rate` is in requests per second; `budget` is the number of cases that may be created, `max_requests` the number of
    requests that may be sent. A `durable` ledger is forced to the disk after each line. `bounds` limit each response.
    """

    deployment: Deployment = field(default_factory=Deployment)
    rate: float | None = None
    ca_bundle: Path | None = None
    read_only: bool = False
    budget: int | None = None
    max_requests: int | None = None
    ledger: Path | None = None
    durable: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    run_id: str = field(default_factory=lambda: f"run-{uuid.uuid4().hex[:12]}")


def is_base_url(text: str) -> bool:
    """Return True for an HTTP URL that has a host, and has neither query nor fragment."""
    try:
        parts = urlsplit(text)
        port_is_proper = parts.port is None or parts.port > 0
    except ValueError:
        return False
    proper = parts.scheme in ("http", "https") and parts.hostname and port_is_proper
    return bool(proper) and not re.search(r"[\s?#]", text)


def has_proxy(url: str) -> bool:
    """Return True if the environment names a proxy for this URL."""
    return bool(select_proxy(url, get_environ_proxies(url)))


def is_loopback(target: Target) -> bool:
    """Return True if the target is on this machine, or is an adapter instead of a server.

    Behind a proxy, "localhost" is the proxy's own machine.
    """
    if target.adapter is None and not target.embedded and has_proxy(target.base_url):
        return False
    host = urlsplit(target.base_url).hostname or ""
    if target.adapter is not None or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def connect(target: Target, settings: RunSettings) -> CaseApi:
    """Return a client for the target. Raise TargetError if the URL or the credentials cannot be used."""
    if not is_base_url(target.base_url):
        raise TargetError(f"{target.base_url!r} {NO_BASE_URL}")
    deployment = settings.deployment
    ledger = Ledger(settings.run_id, settings.ledger, settings.budget, durable=settings.durable)
    secrets = Secrets(headers=carrying_headers(deployment.auth))
    recording = Recording(target.base_url.rstrip("/"), ledger, secrets)
    session = RecordingSession(
        recording, timeout=deployment.limits.timeout, rate=settings.rate, bounds=settings.bounds
    )
    if target.embedded:
        session.proxies.clear()
    session.read_only = settings.read_only
    session.max_requests = settings.max_requests
    if settings.ca_bundle is not None:
        session.verify = str(settings.ca_bundle)
    elif isinstance(session.verify, str) and urlsplit(target.base_url).scheme == "https":
        _assert_readable_certificates(session)
    if target.adapter is not None:
        session.mount(session.base_url, target.adapter)
        session.has_sockets = False
    credentials = from_environment(target.environment, deployment.auth, session)
    return CaseApi(session, credentials, deployment)


def _assert_readable_certificates(session: RecordingSession) -> None:
    try:
        session.tls()
    except OSError:
        raise TargetError(
            f"REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment names {session.verify}, where no certificates "
            "can be read; give a PEM file, or --ca-bundle FILE"
        ) from None
