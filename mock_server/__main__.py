"""The command `caseiq-mock`: options in, a running server out.

It prints the base URL first, and only once the socket listens. Whatever goes wrong ends with one line on stderr and
an exit status: 1 for the world's fault (a taken port), 2 for a wrong option, 130 for Ctrl-C.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from mock_server.messages import Fault, Handle
from mock_server.pipeline import build
from mock_server.settings import Auth, Scheme, Settings

PROGRAM = "caseiq-mock"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{PROGRAM}: {message} (see {PROGRAM} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = _options()
    options = parser.parse_args(arguments)
    if options.list_faults:
        print("\n".join(f"{name:32} {_summary(fault)}" for name, fault in _faults(parser).items()))
        return 0
    try:
        settings = _settings(options)
    except ValueError as error:
        parser.error(str(error))
    handle = build(settings)
    for name in options.fault:
        fault = _faults(parser).get(name)
        if fault is None:
            parser.error(f"there is no fault {name!r}; --list-faults shows all")
        handle = fault(handle)
    return _run(options, settings, handle)


def _run(options: argparse.Namespace, settings: Settings, handle: Handle) -> int:
    # Imported when the options are known to be right: these two take most of the time to start.
    from mock_server.adapters.asgi import application  # noqa: PLC0415
    from mock_server.adapters.server import listen, serve  # noqa: PLC0415

    try:
        listener = listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(f"{PROGRAM}: cannot listen on {options.host} port {options.port}: {reason}", file=sys.stderr)
        return 1
    greeting = _greeting(_base_url(options.host, listener.getsockname()[1], settings.prefix), settings.auth)
    app = application(handle, body_limit=settings.limits.body, blocking=bool(options.fault))
    try:
        serve(app, listener, lambda: print(greeting, flush=True))
    except KeyboardInterrupt:
        return 130
    return 0


def _options() -> _Parser:
    auth = Auth()
    parser = _Parser(prog=PROGRAM, description="A mock server of the Case IQ Case APIs.", allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--prefix", default="", help="path in front of all others, such as /api-public/1.0")
    parser.add_argument("--token", default=auth.token, help="the bearer token that is always valid (%(default)s)")
    parser.add_argument("--no-auth", action="store_true", help="let everybody in")
    parser.add_argument("--client-id", default=auth.client_id, help="the service account (%(default)s)")
    parser.add_argument(
        "--client-secret", action="append", help=f"one of its keys, repeatable ({', '.join(auth.client_secrets)})"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="deviate so, repeatable")
    parser.add_argument("--list-faults", action="store_true", help="list the faults and end")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):  # noqa: PLR2004 - RFC 9293 section 3.1
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; ports go from 0 to 65535")
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


def _faults(parser: _Parser) -> dict[str, Fault]:
    try:
        from mock_server.faults import FAULTS  # noqa: PLC0415 - most runs need none
    except ModuleNotFoundError:
        parser.error("this installation has no faults")
    return FAULTS


def _summary(fault: Fault) -> str:
    return (fault.__doc__ or "").strip().partition("\n")[0]


def _base_url(host: str, port: int, prefix: str) -> str:
    # An address that means "all" cannot be connected to everywhere.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{prefix}"


def _greeting(base_url: str, auth: Auth) -> str:
    header = [] if auth.scheme is Scheme.NONE else ["-H", f"Authorization: Bearer {auth.token}"]
    body = ["-H", "Content-Type: application/json", "-d", '{"summary": "First case"}']
    lines = [f"Case IQ mock at {base_url} (Ctrl-C ends it)", shlex.join(["curl", f"{base_url}/case", *header, *body])]
    if header:
        account = f"client_id {auth.client_id}, client_secret {auth.client_secrets[0]}"
        lines.append(f"Tokens: POST {base_url}/auth/oauth2/token with {account}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
