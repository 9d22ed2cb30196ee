"""The command `caseiq-mock`: starts a server from its options.

It prints the base URL once the socket listens. An error ends it with one line on stderr, or one line for each invalid
row of a file. The exit status is 1 for an error of the environment, such as a port in use, 2 for a wrong option, and
130 for Ctrl-C.
"""

import argparse
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote, urlencode

from mock_server.cli.checked_options import Options, check_options
from mock_server.cli.fault_modules import create_catalogue
from mock_server.cli.options import MEMORY, add_options
from mock_server.core import openapi
from mock_server.core.errors import Refused
from mock_server.core.json_codec import Json
from mock_server.core.settings import CONTROL, CaseRules, Scheme
from mock_server.core.store import MemoryStore, Store
from mock_server.journal import Entry, format_line
from mock_server.mock import DEMO, Mock
from mock_server.storage import seed_files
from mock_server.storage.snapshots import FolderSnapshots

if TYPE_CHECKING:
    from ssl import SSLContext

PROGRAM = "caseiq-mock"
INTERRUPTED = 130
"""The exit status of shells for a program that was ended by Ctrl-C."""


class _Parser(argparse.ArgumentParser):
    """Reports an error as one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{PROGRAM}: {message.removeprefix('argument ')}; see {PROGRAM} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return the exit status."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        # Threads may still be running. A second Ctrl-C ends the process at once.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed the pipe. Without this, Python reports an error at exit.
        _discard_output()
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    parser = _Parser(prog=PROGRAM, description="A mock server of the Case IQ Case APIs.", allow_abbrev=False)
    add_options(parser)
    given = parser.parse_args(arguments)
    try:
        if given.list_faults:
            print(_list_faults(given), flush=True)
            return 0
        options = check_options(given)
        tls, mock = _tls(options), _mock(options)
    except (ValueError, RuntimeError) as error:
        parser.error(str(error))
    except Refused as refused:
        place = f"{PROGRAM}: {options.seed_data}:"
        rows = [f"{place} {one.pointer or 'the file'} {one.message}\n" for one in refused.findings]
        parser.exit(2, "".join(rows) or f"{PROGRAM}: {refused.detail}\n")
    if mock.existing_cases:
        print(
            f"{PROGRAM}: the store already has {mock.existing_cases} cases, so --seed-data {options.seed_data} was not "
            f"loaded; POST {CONTROL}/reset replaces them by it",
            file=sys.stderr,
        )
    return _serve(options, mock, tls)


def _mock(options: Options) -> Mock:
    now, folder = options.now, options.snapshot_dir
    return Mock(
        options.settings,
        store=_store(options),
        store_name=options.store.partition(":")[0],
        seed_data=_seed_data(options.seed_data),
        behaviour=options.behaviour,
        known_faults=options.known_faults,
        seed=options.seed,
        today=None if now is None else lambda: now,
        snapshots=None if folder is None else FolderSnapshots(folder),
        control_token=options.control_token,
        hosts=options.control_hosts,
        on_exchange=_log_exchange if options.log else None,
    )


def _store(options: Options) -> Store:
    if options.store == MEMORY:
        return MemoryStore()
    from mock_server.storage.sql import open_store  # noqa: PLC0415 - SQLAlchemy takes as long as the rest of the start

    return open_store(options.store, durable=options.durable)


def _seed_data(name: str | None) -> Json:
    if name is None or name == DEMO:
        return name or ()
    try:
        return seed_files.parse(Path(name).read_bytes())
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}; --seed-data takes {DEMO} or a file") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _tls(options: Options) -> "SSLContext | None":
    if options.tls_cert is None or options.tls_key is None:
        return None
    from mock_server.adapters.tls import create_context  # noqa: PLC0415 - most runs use plain HTTP

    return create_context(options.tls_cert, options.tls_key)


def _serve(options: Options, mock: Mock, tls: "SSLContext | None") -> int:
    # Imported after the options were checked, because it takes most of the start time.
    from mock_server.adapters.server import listen, origin, public_origins, serve  # noqa: PLC0415

    host, port = options.host, options.port
    try:
        listener = listen(host, port)
    except OSError as error:
        reason = f"{error.strerror or error}; use another --host or --port"
        print(f"{PROGRAM}: cannot listen on {host} port {port}: {reason}", file=sys.stderr)
        return 1
    if options.reload is not None and options.deployment is not None:
        from mock_server.cli.watch import Watcher  # noqa: PLC0415 - most runs watch nothing

        Watcher(options.deployment, options.reload, mock, PROGRAM).start()
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    curl_options = ["--cacert", str(options.tls_cert)] if tls else []
    greeting = _greeting(origin(host, listener, tls=tls is not None), mock, curl_options)
    for address in public_origins(host, listener, tls=tls is not None):
        greeting += f"\nFrom other machines: {address}{mock.settings.prefix}"
    serve(
        mock.handle,
        listener,
        mock.settings.limits,
        lambda: print(greeting, flush=True),
        finish=mock.store.close,
        schedule=mock.schedule,
        tls=tls,
    )
    return 0


def _end_with_stdin() -> None:
    if sys.stdin is not None:  # None if it was closed before the start
        sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _log_exchange(entry: Entry) -> None:
    try:
        sys.stdout.write(format_line(entry) + "\n")
        sys.stdout.flush()
    except OSError:
        # The reader has closed the pipe. The mock continues for its clients.
        _discard_output()


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _list_faults(given: argparse.Namespace) -> str:
    lines: list[str] = []
    for group in create_catalogue(given).groups():
        rows = [f"  {fault.name:34}{fault.sentence}" for fault in group.faults]
        lines += [*([""] if lines else []), group.title, *rows]
    return "\n".join(lines)


def _greeting(origin: str, mock: Mock, curl_options: Sequence[str]) -> str:
    """Return the lines with everything that a client needs. Each command works when it is pasted."""
    base_url, curl = origin + mock.settings.prefix, ["curl", *curl_options]
    fields = {"Content-Type": "application/json", **mock.headers}
    headers = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    lines = [
        f"Case IQ mock at {base_url} (Ctrl-C stops it)",
        shlex.join([*curl, f"{base_url}/case", *headers, "-d", json.dumps(_first_case(mock.settings.case))]),
    ]
    auth = mock.settings.auth
    if auth.scheme in (Scheme.BEARER, Scheme.OAUTH2):
        grant = {"grant_type": "client_credentials", "client_id": auth.client_id}
        grant |= {"client_secret": auth.client_secrets[0]}
        grant_command = shlex.join([*curl, origin + mock.settings.token_path, "-d", urlencode(grant)])
        lines.append(f"To get a token that expires, for Authorization: Bearer ACCESS_TOKEN: {grant_command}")
    # In the fragment, which a browser does not send.
    token = quote(mock.control_token, safe="")
    lines.append(f"Console: {origin}{CONTROL}/#token={token}")
    return "\n".join(lines)


def _first_case(rules: CaseRules) -> Json:
    """Return a case with all required fields of the tenant."""
    # The vendor's own fields have types, and each may be null. A tenant's fields accept any value.
    typed = openapi.load().schemas["CaseDetails"]["properties"]
    required = {name: None if name in typed else "any" for name in sorted(rules.required)}
    return required | {"summary": "First case"}
