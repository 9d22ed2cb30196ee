"""The server under test: where it is, how to reach it, and whether it can be judged at all.

Knows the credentials and the session; knows no requirement.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from contract_tests.client.api import CaseApi
from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET, TOKEN, from_environment
from contract_tests.client.exchange import Exchange
from contract_tests.client.ledger import Ledger
from contract_tests.client.session import RecordingSession
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import BudgetSpent, TargetError
from contract_tests.masking.secrets import Secrets
from contract_tests.testdata.corpus import ORDINARY
from contract_tests.testdata.value_kinds import PROBES, kind_of

NO_CASE_API: Final = (404, 405, 501)
REDIRECTS: Final = range(300, 400)
NO_BASE_URL: Final = "is no base URL; give one such as https://tenant.example/api-public/1.0"


@dataclass(frozen=True)
class Target:
    """What a run is pointed at. `environment` holds the credentials; `adapter`, where set, replaces the socket.

    `embedded`: the target belongs to the run, and nothing on it outlives it.
    """

    base_url: str
    environment: Mapping[str, str] = field(repr=False)
    deployment: Deployment = field(default_factory=Deployment)
    adapter: Any = None
    embedded: bool = False


@dataclass(frozen=True)
class Reach:
    """How a run may use its target. `timeout`: seconds a request; `rate`: requests a second; `budget`: cases.

    `durable`: the ledger is forced to the disk, not only handed to the system.
    """

    timeout: float
    rate: float | None = None
    ca_bundle: Path | None = None
    read_only: bool = False
    budget: int | None = None
    ledger: Path | None = None
    durable: bool = False
    run_id: str = field(default_factory=lambda: f"run-{uuid.uuid4().hex[:12]}")


def is_base_url(text: str) -> bool:
    """Whether the text can be a base URL: of HTTP, with a host, and with neither query nor fragment."""
    try:
        parts = urlsplit(text)
        port_is_proper = parts.port is None or parts.port > 0
    except ValueError:
        return False
    proper = parts.scheme in ("http", "https") and parts.hostname and port_is_proper
    return bool(proper) and not re.search(r"[\s?#]", text)


def connect(target: Target, reach: Reach) -> CaseApi:
    """A client for the target; TargetError where the URL or the credentials cannot be used."""
    if not is_base_url(target.base_url):
        raise TargetError(f"{target.base_url!r} {NO_BASE_URL}")
    ledger = Ledger(reach.run_id, reach.ledger, reach.budget, durable=reach.durable)
    secrets = Secrets(headers=[target.deployment.auth.header])
    session = RecordingSession(target.base_url, ledger, secrets, timeout=reach.timeout, rate=reach.rate)
    session.read_only = reach.read_only
    if reach.ca_bundle is not None:
        session.verify = str(reach.ca_bundle)
    elif isinstance(session.verify, str) and urlsplit(target.base_url).scheme == "https":
        _must_trust(session)
    if target.adapter is not None:
        session.mount(session.base_url, target.adapter)
        session.has_sockets = False
    credentials = from_environment(target.environment, target.deployment.auth, session)
    return CaseApi(session, credentials, target.deployment)


def _must_trust(session: RecordingSession) -> None:
    try:
        session.tls()
    except OSError:
        raise TargetError(
            f"REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment names {session.verify}, where no certificates "
            "can be read; give a PEM file, or --ca-bundle FILE"
        ) from None


def must_answer(api: CaseApi, case_id: str) -> Exchange:
    """The answer to a first GET. Raises TargetError, with a remedy, where the target cannot be read at all.

    That an unknown id is answered 401 or 403 says nothing of credentials yet; a create will.
    """
    read = api.get(case_id)
    if read.status in REDIRECTS:
        raise TargetError(
            f"{read.url} redirects to {read.headers.get('location')}; give that as the base URL"
        )
    if api.is_open:
        _credentials_work(api, read)
    return read


def must_exist(api: CaseApi, case_id: str) -> Exchange:
    """The answer to a GET of the case to be read. Raises TargetError where it is not there."""
    read = must_answer(api, case_id)
    _credentials_work(api, read)
    if read.refused:
        raise TargetError(
            f"--read-only {case_id}: {read.url} is answered {read.status}; name a case that exists"
        )
    return read


def first_case(api: CaseApi) -> Exchange:
    """The answer to the run's first create, whatever it is, unless it says that judging makes no sense.

    Raises TargetError where the credentials may not create, or where no Case API is.
    """
    first = api.create(ORDINARY)
    _credentials_work(api, first)
    if first.refused and first.status not in NO_CASE_API:
        try:
            api.refused_kinds = _refused_kinds(api)
            first = api.create(ORDINARY) if api.refused_kinds else first
        except BudgetSpent:
            raise TargetError(
                f"POST {first.url} refuses the suite's ordinary case, and --max-cases is too small to find out for "
                f"which of its values; allow {len(PROBES) + 2}"
            ) from None
    if first.status in NO_CASE_API:
        raise TargetError(
            f"POST {first.url} is answered {first.status}: no Case API there; "
            "does the base URL lack a path prefix such as /api-public/1.0?"
        )
    return first


def _refused_kinds(api: CaseApi) -> frozenset[str]:
    """The kinds of values for which a create is refused; none where it is refused for a text as well."""
    if api.create({"testSummary": ORDINARY["testSummary"]}).refused:
        return frozenset()
    return frozenset(kind_of(value) for field, value in PROBES if api.create({field: value}).refused)


def advice(first: Exchange) -> str:
    """What may be the matter where the run's first request about a case was refused; empty where it was not."""
    if not first.refused:
        return ""
    return (
        f"the first create was answered {first.status}: if the tenant requires fields of a case, name them under "
        "[case] required in a --deployment file"
    )


def _credentials_work(api: CaseApi, answer: Exchange) -> None:
    if not answer.unauthorized:
        return
    if api.is_open:
        raise TargetError(
            f"the target asks for credentials ({answer.status}) and the environment has none; "
            f"set {TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}"
        )
    raise TargetError(
        f"the target refuses the credentials from the environment ({TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}): "
        f"{answer.method} is answered {answer.status}"
    )
