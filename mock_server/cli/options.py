"""The options of `caseiq-mock`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from mock_server.behaviour.behaviour import Behaviour
from mock_server.cli.argument_types import (
    argument,
    field_of,
    folder,
    host,
    milliseconds,
    number,
    port,
    prefix,
    time,
    whole_number,
)
from mock_server.cli.fault_modules import load_faults
from mock_server.core.settings import Auth, Limits, Settings, check_credential

MEMORY = "memory"

AddArgument = Callable[..., argparse.Action]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all options to a parser."""
    _add_server_options(parser.add_argument_group("server").add_argument)
    tenant = parser.add_argument_group("tenant").add_argument
    _add_tenant_options(tenant)
    _add_credential_options(tenant)
    _add_limit_options(tenant)
    _add_data_options(parser.add_argument_group("data").add_argument)
    behaviour = "behaviour, which the control API can also change while the mock runs"
    _add_behaviour_options(parser.add_argument_group(behaviour).add_argument)


def _add_server_options(add: AddArgument) -> None:
    add("--host", type=argument(host), default="127.0.0.1", help="address to listen on (%(default)s)")
    add(
        "--port",
        type=argument(port),
        default="8000",
        help="port to listen on; 0 picks a free port (%(default)s)",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="use TLS: PEM file with the certificate and its chain")
    add(
        "--tls-key",
        type=Path,
        metavar="FILE",
        help="PEM file with the certificate's private key, unencrypted",
    )
    add("--log", action="store_true", help="print a line for each exchange, with the reason for a refusal")
    add(
        "--end-with-stdin",
        action="store_true",
        help="stop at the end of standard input, which comes when the parent process ends",
    )
    add(
        "--control-token",
        type=argument(check_credential),
        metavar="T",
        help="token of the control API at /_mock/ (default: a random token)",
    )
    add(
        "--control-host",
        type=argument(host),
        action="append",
        default=[],
        metavar="NAME",
        help="another host name that the control API accepts; may be repeated",
    )


def _add_tenant_options(add: AddArgument) -> None:
    add(
        "--prefix",
        type=field_of(Settings, "prefix", prefix),
        default="",
        help="path of the API, such as /api-public/1.0",
    )
    add(
        "--deployment",
        type=Path,
        metavar="FILE",
        help="TOML file that describes a tenant; --prefix and --no-auth take precedence",
    )
    add(
        "--watch",
        action="store_true",
        help="reload the deployment file when it changes; an invalid file is reported and ignored",
    )
    add(
        "--document",
        type=Path,
        metavar="FILE",
        help="another version of the OpenAPI document, with the same operations",
    )
    add(
        "--with-list",
        action="store_true",
        help="add GET /case, a list of cases, which is not part of the contract",
    )


def _add_credential_options(add: AddArgument) -> None:
    # No defaults: a credential beside --no-auth is an error.
    add("--no-auth", action="store_true", help="accept requests without credentials")
    add(
        "--token",
        type=argument(check_credential),
        help=f"a bearer token that never expires ({Auth().token})",
    )
    add(
        "--client-id",
        type=argument(check_credential),
        help=f"id of the service account ({Auth().client_id})",
    )
    secrets = ", ".join(Auth().client_secrets)
    add(
        "--client-secret",
        type=argument(check_credential),
        action="append",
        help=f"a key of the service account; may be repeated ({secrets})",
    )


def _add_limit_options(add: AddArgument) -> None:
    add(
        "--body-limit",
        type=field_of(Limits, "body", whole_number),
        metavar="BYTES",
        default=str(Limits().body),
        help="largest body of a request (%(default)s)",
    )
    add(
        "--head-limit",
        type=field_of(Limits, "head", whole_number),
        metavar="BYTES",
        default=str(Limits().head),
        help="largest header section of a request (%(default)s)",
    )
    add(
        "--nesting-limit",
        type=field_of(Limits, "nesting", whole_number),
        metavar="N",
        default=str(Limits().nesting),
        help="greatest number of nested JSON levels (%(default)s)",
    )


def _add_data_options(add: AddArgument) -> None:
    add(
        "--store",
        metavar="URL",
        default=MEMORY,
        help="store of the cases: memory, sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE (%(default)s)",
    )
    add(
        "--durability",
        choices=("full", "relaxed"),
        default="full",
        help="full: a crash of machine or database loses nothing; relaxed: it may lose the last writes, but the store "
        "is faster (%(default)s)",
    )
    add(
        "--seed-data",
        metavar="demo|FILE",
        help="initial cases: demo for invented cases, or a JSON or YAML file",
    )
    add(
        "--seed",
        type=argument(whole_number),
        metavar="N",
        help="derive the ids of cases and workflows from this number, so that they repeat in each run",
    )
    add(
        "--now",
        type=argument(time),
        metavar="TIME",
        help="creation date of all new cases, such as 2025-03-04T09:15:30Z",
    )
    add(
        "--snapshot-dir",
        type=argument(folder),
        metavar="DIR",
        help="store snapshots as files in this folder, not in memory",
    )


def _add_behaviour_options(add: AddArgument) -> None:
    add(
        "--latency",
        type=field_of(Behaviour, "latency", milliseconds),
        metavar="MS|MIN-MAX",
        help="delay of each response in milliseconds",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="violate the contract in a named way; may be repeated",
    )
    add(
        "--fault-module",
        type=argument(load_faults),
        action="append",
        default=[],
        metavar="MODULE",
        help="Python module with your own faults, here or installed, such as my_faults; may be repeated",
    )
    add("--list-faults", action="store_true", help="list all faults in groups and exit")
    add(
        "--rate-limit",
        type=field_of(Behaviour, "rate", number),
        metavar="N",
        help="requests a second; further requests get 429",
    )
    add(
        "--token-life",
        type=field_of(Behaviour, "token_life", number),
        metavar="S",
        help="longest life of a new token in seconds",
    )
    add("--outage", action="store_true", help="respond to every request with 503")
