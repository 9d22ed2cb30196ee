"""The checked options of `caseiq-mock`, among them those that exclude or need each other.

Each error is one line with the option and the remedy.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from mock_server.behaviour.behaviour import Behaviour
from mock_server.cli.fault_modules import own_faults, select_faults
from mock_server.core.deployment import load
from mock_server.core.settings import Auth, Limits, Scheme, Settings
from mock_server.faults.named_fault import NamedFault

CREDENTIALS = ("token", "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Options:
    """The checked options."""

    host: str
    port: int
    tls_cert: Path | None
    tls_key: Path | None
    """Both are set, or neither for plain HTTP."""
    settings: Settings
    deployment: Path | None
    reload: Callable[[], Settings] | None
    """Returns the settings from the deployment file, if it is to be watched."""
    behaviour: Behaviour
    known_faults: Sequence[NamedFault]
    log: bool
    end_with_stdin: bool
    control_token: str | None
    control_hosts: tuple[str, ...]
    store: str
    """A URL, or "memory"."""
    durable: bool
    seed_data: str | None
    """"demo", or the path of a file."""
    seed: int | None
    now: float | None
    """Seconds since the epoch."""
    snapshot_dir: Path | None


def check_options(given: argparse.Namespace) -> Options:
    """Check the parsed options. Raises ValueError with one line for a conflict or an invalid deployment file."""
    if bool(given.tls_cert) != bool(given.tls_key):
        raise ValueError("--tls-cert and --tls-key must be used together: the certificate and its key")
    if given.watch and given.deployment is None:
        raise ValueError("--watch needs --deployment, the file that it watches")
    settings = _settings(given)
    return Options(
        host=given.host,
        port=given.port,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        settings=load(given.deployment, settings) if given.deployment else settings,
        deployment=given.deployment,
        reload=partial(load, given.deployment, settings) if given.watch else None,
        behaviour=Behaviour(
            latency=given.latency,
            faults=select_faults(given),
            rate=given.rate_limit,
            token_life=given.token_life,
            outage=given.outage,
        ),
        known_faults=own_faults(given),
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
    limits = Limits(head=given.head_limit, body=given.body_limit, nesting=given.nesting_limit)
    return Settings(
        auth=_auth(given),
        prefix=given.prefix,
        limits=limits,
        document=given.document,
        with_list=given.with_list,
    )


def _auth(given: argparse.Namespace) -> Auth:
    credentials = {name: value for name in CREDENTIALS if (value := getattr(given, name)) is not None}
    if given.no_auth:
        if credentials:
            option = next(iter(credentials)).replace("_", "-")
            raise ValueError(f"--{option} has no effect with --no-auth: leave one of them out")
        return Auth(scheme=Scheme.NONE)
    auth = Auth(scheme=Scheme.BEARER)
    if secrets := credentials.pop("client_secret", None):
        auth = replace(auth, client_secrets=tuple(secrets))
    return replace(auth, **credentials)
