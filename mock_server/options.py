"""The options of `caseiq-mock`: a table, and from their texts to checked values.

Whatever is wrong is told in one line that names the option and the remedy. Knows no server.
"""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mock_server.behaviour import Behaviour
from mock_server.deployment import load
from mock_server.settings import Auth, Limits, Scheme, Settings, credential

HIGHEST_PORT = 65535
MEMORY = "memory"

_START: Mapping[str, Mapping[str, Any]] = {
    "--host": {"default": "127.0.0.1", "help": "address to listen on (%(default)s)"},
    "--port": {"default": "8000", "help": "port to listen on; 0 picks a free one (%(default)s)"},
    "--tls-cert": {"metavar": "FILE", "help": "speak TLS: PEM file with the certificate and its chain"},
    "--tls-key": {"metavar": "FILE", "help": "PEM file with the certificate's private key, unencrypted"},
    "--log": {"action": "store_true", "help": "print a line for each exchange, with what was wrong"},
    "--control-token": {"metavar": "T", "help": "token of the control API at /_mock/ (a random one)"},
    "--control-host": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "another host name that the control API answers at; may be repeated",
    },
}
_TENANT: Mapping[str, Mapping[str, Any]] = {
    "--prefix": {"default": "", "help": "path in front of all others, such as /api-public/1.0"},
    "--deployment": {"metavar": "FILE", "help": "TOML file that says which tenant to behave like"},
    "--token": {"default": Auth().token, "help": "a bearer token that never expires (%(default)s)"},
    "--no-auth": {"action": "store_true", "help": "let everybody in"},
    "--client-id": {"default": Auth().client_id, "help": "id of the service account (%(default)s)"},
    "--client-secret": {
        "action": "append",
        "help": f"one of its keys; may be repeated ({', '.join(Auth().client_secrets)})",
    },
    "--body-limit": {"metavar": "BYTES", "default": str(Limits().body), "help": "of a request (%(default)s)"},
    "--head-limit": {
        "metavar": "BYTES",
        "default": str(Limits().head),
        "help": "of a request's header fields (%(default)s)",
    },
    "--nesting-limit": {
        "metavar": "N",
        "default": str(Limits().nesting),
        "help": "levels of JSON (%(default)s)",
    },
}
_DATA: Mapping[str, Mapping[str, Any]] = {
    "--store": {
        "metavar": "URL",
        "default": MEMORY,
        "help": "where cases live: memory, sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE (%(default)s)",
    },
    "--durability": {
        "choices": ("full", "relaxed"),
        "default": "full",
        "help": "what a crash of machine or database may take: nothing, or the last writes, then faster (%(default)s)",
    },
    "--seed-data": {
        "metavar": "demo|FILE",
        "help": "cases to start with: invented ones, or a JSON or YAML file",
    },
    "--seed": {"metavar": "N", "help": "make the ids of cases and workflows follow from a number"},
    "--now": {
        "metavar": "TIME",
        "help": "let each case be created at this time, such as 2025-03-04T09:15:30Z",
    },
    "--snapshot-dir": {"metavar": "DIR", "help": "keep snapshots as files there, and not in memory"},
}
_BEHAVIOUR: Mapping[str, Mapping[str, Any]] = {
    "--latency": {"metavar": "MS|MIN-MAX", "help": "milliseconds to hold each answer back"},
    "--fault": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "break the contract in a named way; may be repeated",
    },
    "--list-faults": {"action": "store_true", "help": "list the faults and end"},
    "--rate-limit": {"metavar": "N", "help": "answer 429 to more than so many requests a second"},
    "--token-life": {"metavar": "S", "help": "seconds that a new token lives at most"},
    "--outage": {"action": "store_true", "help": "answer every request with 503"},
}
GROUPS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "the server": _START,
    "the tenant": _TENANT,
    "the data": _DATA,
    "trouble, which the control API can also make while the mock runs": _BEHAVIOUR,
}
"""All options, as they are listed."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was told, checked."""

    host: str
    port: int
    tls_cert: Path | None
    tls_key: Path | None
    """Both, or none for plain HTTP."""
    settings: Settings
    behaviour: Behaviour
    log: bool
    control_token: str | None
    control_hosts: tuple[str, ...]
    store: str
    """Its URL, or "memory"."""
    durable: bool
    seed_data: str | None
    """"demo", or the path of a file."""
    seed: int | None
    now: float | None
    """Seconds since the epoch."""
    snapshot_dir: Path | None


def checked(given: argparse.Namespace) -> Options:
    """The options as values. Raises ValueError, in one line."""
    settings = _settings(given)
    if given.deployment:
        settings = load(Path(given.deployment), settings)
    if bool(given.tls_cert) != bool(given.tls_key):
        raise ValueError("--tls-cert and --tls-key go together: one names the certificate, the other its key")
    return Options(
        host=given.host,
        port=_port(given.port),
        tls_cert=Path(given.tls_cert) if given.tls_cert else None,
        tls_key=Path(given.tls_key) if given.tls_key else None,
        settings=settings,
        behaviour=_behaviour(given),
        log=given.log,
        control_token=given.control_token and credential(given.control_token),
        control_hosts=(given.host, *given.control_host),
        store=given.store,
        durable=given.durability == "full",
        seed_data=given.seed_data,
        seed=None if given.seed is None else _whole("--seed", given.seed),
        now=None if given.now is None else _time(given.now),
        snapshot_dir=None if given.snapshot_dir is None else Path(given.snapshot_dir),
    )


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def _settings(given: argparse.Namespace) -> Settings:
    auth = Auth(
        scheme=Scheme.NONE if given.no_auth else Scheme.BEARER,
        token=given.token,
        client_id=given.client_id,
    )
    if given.client_secret:
        auth = replace(auth, client_secrets=tuple(given.client_secret))
    limits = Limits(
        head=_whole("--head-limit", given.head_limit),
        body=_whole("--body-limit", given.body_limit),
        nesting=_whole("--nesting-limit", given.nesting_limit),
    )
    return Settings(auth=auth, prefix=given.prefix.rstrip("/"), limits=limits)


def _behaviour(given: argparse.Namespace) -> Behaviour:
    return Behaviour(
        latency=None if given.latency is None else _latency(given.latency),
        faults=tuple(given.fault),
        rate=None if given.rate_limit is None else _number("--rate-limit", given.rate_limit),
        token_life=None if given.token_life is None else _number("--token-life", given.token_life),
        outage=given.outage,
    )


def _latency(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", text)
    if found is None:
        raise ValueError(f"--latency takes milliseconds such as 200 or a range such as 200-800, not {text!r}")
    return int(found[1]) / 1000, int(found[2] or found[1]) / 1000


def _whole(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text):
        raise ValueError(f"{name} takes a whole number, not {text!r}")
    return int(text)


def _number(name: str, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError(f"{name} takes a number, not {text!r}")
    return float(text)


def _time(text: str) -> float:
    wrong = ValueError(f"--now takes a time such as 2025-03-04T09:15:30Z (RFC 3339), not {text!r}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text, re.ASCII):
        raise wrong
    try:
        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        raise wrong from None
