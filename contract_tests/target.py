"""The server under test: where it is, how to reach it, and whether it can be judged at all.

Knows the credentials and the session; knows no requirement.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from contract_tests.api import CaseApi, unknown_id
from contract_tests.credentials import CLIENT_ID, CLIENT_SECRET, TOKEN, from_environment
from contract_tests.deployment import Deployment
from contract_tests.exchange import Exchange, Secrets
from contract_tests.ledger import Ledger
from contract_tests.payloads import ORDINARY
from contract_tests.session import RecordingSession
from contract_tests.verdicts import TargetError

NO_CASE_API: Final = (404, 405, 501)
REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True)
class Target:
    """What a run is pointed at. `environment` holds the credentials; `adapter`, where set, replaces the socket."""

    base_url: str
    environment: Mapping[str, str] = field(repr=False)
    deployment: Deployment = field(default_factory=Deployment)
    adapter: Any = None
    ledger_path: Path | None = None

    def connect(self) -> CaseApi:
        """A client for this target; TargetError where the URL or the credentials cannot be used."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetError(
                f"{self.base_url!r} is no base URL; give one such as https://tenant.example/api-public/1.0"
            )
        limits = self.deployment.limits
        session = RecordingSession(
            self.base_url,
            Ledger(f"run-{uuid.uuid4().hex[:12]}", self.ledger_path),
            timeout=limits.timeout,
            rate=limits.rate,
        )
        if self.adapter is not None:
            session.mount(self.base_url, self.adapter)
            session.has_sockets = False
        return CaseApi(
            session, from_environment(self.environment, self.deployment.auth, session), self.deployment
        )


def secrets_of(api: CaseApi) -> Secrets:
    """What no output may show."""
    known = Secrets(values=api.credentials.secrets())
    return Secrets(known.headers | {api.deployment.auth.header.lower()}, known.values)


def probe(api: CaseApi) -> Exchange:
    """Create the run's first case, once the target is known to be there and to take the credentials.

    Raises TargetError, with a remedy, where judging makes no sense: no server, credentials that do not work,
    no Case API at this URL. Any other answer is left for the checks to judge.
    """
    read = api.get(unknown_id())
    if read.status in REDIRECTS:
        raise TargetError(
            f"{read.url} redirects to {read.headers.get('location')}; give that as the base URL"
        )
    _credentials_work(api, read)
    first = api.create(ORDINARY)
    _credentials_work(api, first)
    if first.status in NO_CASE_API:
        raise TargetError(
            f"POST {first.url} is answered {first.status}: no Case API there; "
            "does the base URL lack a path prefix such as /api-public/1.0?"
        )
    return first


def _credentials_work(api: CaseApi, answer: Exchange) -> None:
    if not answer.unauthorized:
        return
    if api.is_open:
        raise TargetError(
            f"the target asks for credentials ({answer.status}) and the environment has none; "
            f"set {TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}"
        )
    raise TargetError(
        f"the target refuses the credentials from the environment: {answer.method} is answered {answer.status}"
    )
