"""The command `caseiq-mock`: options in, a running server out.

It prints the base URL first, and only once the socket listens. Whatever goes wrong ends with one line on
stderr and an exit status: 1 for the world's fault (a taken port), 2 for a wrong option, 130 for Ctrl-C.
"""

import argparse
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mock_server.deployment import TOKEN_PATH, load, with_tokens_at
from mock_server.messages import Handle
from mock_server.pipeline import build
from mock_server.settings import Auth, Scheme, Settings

if TYPE_CHECKING:
    from ssl import SSLContext

    from mock_server.faults.row import FaultRow

PROGRAM = "caseiq-mock"
INTERRUPTED = 130
"""The exit status that shells give to a program ended by Ctrl-C."""
HIGHEST_PORT = 65535

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--host": {"default": "127.0.0.1", "help": "address to listen on (%(default)s)"},
    "--port": {"default": "8000", "help": "port to listen on; 0 picks a free one (%(default)s)"},
    "--prefix": {"default": "", "help": "path in front of all others, such as /api-public/1.0"},
    "--deployment": {"metavar": "FILE", "help": "TOML file that says which tenant to behave like"},
    "--token": {"default": Auth().token, "help": "a bearer token that never expires (%(default)s)"},
    "--no-auth": {"action": "store_true", "help": "let everybody in"},
    "--client-id": {"default": Auth().client_id, "help": "id of the service account (%(default)s)"},
    "--client-secret": {
        "action": "append",
        "help": f"one of its keys; may be repeated ({', '.join(Auth().client_secrets)})",
    },
    "--fault": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "break the contract in a named way; may be repeated",
    },
    "--tls-cert": {"metavar": "FILE", "help": "speak TLS: PEM file with the certificate and its chain"},
    "--tls-key": {"metavar": "FILE", "help": "PEM file with the certificate's private key, unencrypted"},
    "--list-faults": {"action": "store_true", "help": "list the faults and end"},
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{PROGRAM}: {message}; see {PROGRAM} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        # Threads may still end what they are at; whoever does not want to wait asks again.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain about the rest at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    parser = _Parser(prog=PROGRAM, description="A mock server of the Case IQ Case APIs.", allow_abbrev=False)
    for name, how in OPTIONS.items():
        parser.add_argument(name, **how)
    options = parser.parse_args(arguments)
    if options.list_faults:
        print("\n".join(f"{name:36} {fault.summary}" for name, fault in _faults().items()), flush=True)
        return 0
    try:
        port, settings, tls = _port(options.port), _settings(options), _tls(options)
        token_path = TOKEN_PATH
        if options.deployment:
            settings, token_path = load(Path(options.deployment), settings)
    except ValueError as error:
        parser.error(str(error))
    handle = with_tokens_at(token_path, build(settings))
    for name in options.fault:
        fault = _faults().get(name)
        if fault is None:
            parser.error(f"there is no fault {name!r}, --list-faults shows all")
        handle = fault(handle)
    return _serve(options, port, settings, handle, tls)


def _serve(
    options: argparse.Namespace, port: int, settings: Settings, handle: Handle, tls: "SSLContext | None"
) -> int:
    # Imported when the options are known to be right: it takes most of the time to start.
    from mock_server.adapters.server import listen, origin, serve  # noqa: PLC0415

    host = options.host
    try:
        listener = listen(host, port)
    except OSError as error:
        print(f"{PROGRAM}: cannot listen on {host} port {port}: {error.strerror or error}", file=sys.stderr)
        return 1
    base_url = origin(host, listener, tls=tls is not None) + settings.prefix
    trusting = ["--cacert", options.tls_cert] if tls else []
    greeting = _greeting(base_url, settings.auth, trusting)
    announce = partial(print, greeting, flush=True)
    serve(handle, listener, settings.limits, announce, blocking=bool(options.fault), tls=tls)
    return 0


def _tls(options: argparse.Namespace) -> "SSLContext | None":
    if not (options.tls_cert or options.tls_key):
        return None
    if not (options.tls_cert and options.tls_key):
        raise ValueError("--tls-cert and --tls-key go together: one names the certificate, the other its key")
    from mock_server.adapters.tls import context  # noqa: PLC0415 - most runs speak plain HTTP

    return context(Path(options.tls_cert), Path(options.tls_key))


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def _settings(options: argparse.Namespace) -> Settings:
    auth = Auth(
        scheme=Scheme.NONE if options.no_auth else Scheme.BEARER,
        token=options.token,
        client_id=options.client_id,
    )
    if options.client_secret:
        auth = replace(auth, client_secrets=tuple(options.client_secret))
    return Settings(auth=auth, prefix=options.prefix.rstrip("/"))


def _faults() -> "Mapping[str, FaultRow]":
    from mock_server.faults import FAULTS  # noqa: PLC0415 - most runs need none

    return FAULTS


HEADERS: Mapping[Scheme, Callable[[Auth], list[str]]] = {
    Scheme.BEARER: lambda auth: ["-H", f"Authorization: Bearer {auth.token}"],
    Scheme.OAUTH2: lambda _: ["-H", "Authorization: Bearer TOKEN"],
    Scheme.COOKIE: lambda auth: ["-H", f"Cookie: {auth.cookie}={auth.token}"],
    Scheme.HEADER: lambda auth: ["-H", f"{auth.header}: {auth.token}"],
    Scheme.NONE: lambda _: [],
}
"""How a curl line authenticates, by scheme."""


def _greeting(base_url: str, auth: Auth, trusting: Sequence[str]) -> str:
    body = ["-H", "Content-Type: application/json", "-d", '{"summary": "First case"}']
    curl = shlex.join(["curl", *trusting, f"{base_url}/case", *HEADERS[auth.scheme](auth), *body])
    account = f"client_id {auth.client_id} and client_secret {auth.client_secrets[0]}"
    lines = [f"Case IQ mock at {base_url} (Ctrl-C ends it)", curl]
    if auth.scheme in (Scheme.BEARER, Scheme.OAUTH2):
        lines.append(f"Tokens that expire: POST {base_url}/auth/oauth2/token with {account}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
