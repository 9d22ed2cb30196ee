"""The options of `caseiq-mock`: a table, and what they are together. How a text is read says option_values.py.

Whatever is wrong is told in one line that names the option and the remedy. Knows no server.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mock_server.behaviour.behaviour import Behaviour
from mock_server.cli.argument_types import (
    fault,
    field,
    folder,
    host,
    milliseconds,
    number,
    port,
    prefix,
    time,
    told,
    whole,
)
from mock_server.core.deployment import load
from mock_server.core.settings import Auth, Limits, Scheme, Settings, credential

MEMORY = "memory"

_START: Mapping[str, Mapping[str, Any]] = {
    "--host": {"type": told(host), "default": "127.0.0.1", "help": "address to listen on (%(default)s)"},
    "--port": {
        "type": told(port),
        "default": "8000",
        "help": "port to listen on; 0 picks a free one (%(default)s)",
    },
    "--tls-cert": {
        "type": Path,
        "metavar": "FILE",
        "help": "speak TLS: PEM file with the certificate and its chain",
    },
    "--tls-key": {
        "type": Path,
        "metavar": "FILE",
        "help": "PEM file with the certificate's private key, unencrypted",
    },
    "--log": {"action": "store_true", "help": "print a line for each exchange, with what was wrong"},
    "--end-with-stdin": {
        "action": "store_true",
        "help": "end when standard input does, as it does with the program that started the mock",
    },
    "--control-token": {
        "type": told(credential),
        "metavar": "T",
        "help": "token of the control API at /_mock/ (a random one)",
    },
    "--control-host": {
        "type": told(host),
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "another host name that the control API answers at; may be repeated",
    },
}
_TENANT: Mapping[str, Mapping[str, Any]] = {
    "--prefix": {
        "type": field(Settings, "prefix", prefix),
        "default": "",
        "help": "path in front of all others, such as /api-public/1.0",
    },
    "--deployment": {
        "type": Path,
        "metavar": "FILE",
        "help": "TOML file that says which tenant to behave like, where --prefix and --no-auth do not",
    },
    "--token": {
        "type": told(credential),
        "default": Auth().token,
        "help": "a bearer token that never expires (%(default)s)",
    },
    "--no-auth": {"action": "store_true", "help": "let everybody in"},
    "--client-id": {
        "type": told(credential),
        "default": Auth().client_id,
        "help": "id of the service account (%(default)s)",
    },
    "--client-secret": {
        "type": told(credential),
        "action": "append",
        "help": f"one of its keys; may be repeated ({', '.join(Auth().client_secrets)})",
    },
    "--body-limit": {
        "type": field(Limits, "body", whole),
        "metavar": "BYTES",
        "default": str(Limits().body),
        "help": "of a request (%(default)s)",
    },
    "--head-limit": {
        "type": field(Limits, "head", whole),
        "metavar": "BYTES",
        "default": str(Limits().head),
        "help": "of a request's header fields (%(default)s)",
    },
    "--nesting-limit": {
        "type": field(Limits, "nesting", whole),
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
    "--seed": {
        "type": told(whole),
        "metavar": "N",
        "help": "make the ids of cases and workflows follow from a number",
    },
    "--now": {
        "type": told(time),
        "metavar": "TIME",
        "help": "let each case be created at this time, such as 2025-03-04T09:15:30Z",
    },
    "--snapshot-dir": {
        "type": told(folder),
        "metavar": "DIR",
        "help": "keep snapshots as files there, and not in memory",
    },
}
_BEHAVIOUR: Mapping[str, Mapping[str, Any]] = {
    "--latency": {
        "type": field(Behaviour, "latency", milliseconds),
        "metavar": "MS|MIN-MAX",
        "help": "milliseconds to hold each answer back",
    },
    "--fault": {
        "type": told(fault),
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "break the contract in a named way; may be repeated",
    },
    "--list-faults": {"action": "store_true", "help": "list the faults and end"},
    "--rate-limit": {
        "type": field(Behaviour, "rate", number),
        "metavar": "N",
        "help": "answer 429 to more than so many requests a second",
    },
    "--token-life": {
        "type": field(Behaviour, "token_life", number),
        "metavar": "S",
        "help": "seconds that a new token lives at most",
    },
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
    end_with_stdin: bool
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
    """The options together. Raises ValueError, in one line, where two do not fit, or the deployment file is wrong."""
    if bool(given.tls_cert) != bool(given.tls_key):
        raise ValueError("--tls-cert and --tls-key go together: one names the certificate, the other its key")
    settings = _settings(given)
    return Options(
        host=given.host,
        port=given.port,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        settings=load(given.deployment, settings) if given.deployment else settings,
        behaviour=Behaviour(
            latency=given.latency,
            faults=tuple(given.fault),
            rate=given.rate_limit,
            token_life=given.token_life,
            outage=given.outage,
        ),
        log=given.log,
        end_with_stdin=given.end_with_stdin,
        control_token=given.control_token,
        control_hosts=(given.host, *given.control_host),
        store=given.store,
        durable=given.durability == "full",
        seed_data=given.seed_data,
        seed=given.seed,
        now=given.now,
        snapshot_dir=given.snapshot_dir,
    )


def _settings(given: argparse.Namespace) -> Settings:
    auth = Auth(
        scheme=Scheme.NONE if given.no_auth else Scheme.BEARER,
        token=given.token,
        client_id=given.client_id,
    )
    if given.client_secret:
        auth = replace(auth, client_secrets=tuple(given.client_secret))
    limits = Limits(head=given.head_limit, body=given.body_limit, nesting=given.nesting_limit)
    return Settings(auth=auth, prefix=given.prefix, limits=limits)
