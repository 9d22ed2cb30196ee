"""The suite against servers on real frameworks and stores, written from the document with the frameworks' defaults.

Python frameworks: `pip install -e '.[frameworks]'`; Node frameworks: `npm install --prefix tests/frameworks`; other
languages: the packages of the operating system. A server is skipped if its framework or its store is missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.stores import new_store
from support.suite_run import run_suite

from contract_tests.results.verdicts import Verdict

FOLDER = Path(__file__).parent
ACCOUNT = {"CASEIQ_CLIENT_ID": "acme", "CASEIQ_CLIENT_SECRET": "acme-secret"}
MARIADB = os.environ.get("CASEIQ_TEST_MARIADB", "mysql://root@127.0.0.1:3306")
"""URL of a MariaDB server whose user may create databases."""
REDIS = os.environ.get("CASEIQ_TEST_REDIS", "redis://127.0.0.1:6379")
PORTS = {"mariadb": (MARIADB, 3306), "redis": (REDIS, 6379)}
START_TIMEOUT = 30
INTERPRETERS = {".js": "node", ".go": "go", ".rb": "ruby"}
PROBES = {
    ".rb": ("ruby", "-e", "require '{}'"),
}
"""Commands that fail if a package is missing."""


@dataclass(frozen=True)
class Server:
    """A server, its packages, and the requirements that it really breaks, each with the reason.

    `races`: requirements whose failure depends on timing.
    """

    file: str
    packages: tuple[str, ...]
    store: str
    breaks: Mapping[str, str] = field(default_factory=dict)
    races: Mapping[str, str] = field(default_factory=dict)


SERVERS = (
    Server(
        "fastapi_server.py",
        ("fastapi", "multipart", "sqlalchemy"),
        "postgresql",
        breaks={
            "METHOD-ALLOW": "Starlette lists only the methods of the first matching route",
            "NO-SERVER-ERROR": "the token endpoint parses an empty body without handling the error",
            "HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb, and Python's parser fails on deep nesting",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "drf_server.py",
        ("django", "rest_framework", "gunicorn"),
        "postgresql",
        breaks={
            "CREATE-STORES": "Django takes a chunked body for an empty one",
            "UPDATE-VISIBLE": "Django takes a chunked body for an empty one",
            "HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb, and Python's parser fails on deep nesting",
            "JSON-ONLY-ERRORS": "Django responds to unknown paths with HTML",
            "TOKEN-TTL": "FloatField converts true to 1",
        },
        races={
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "ninja_server.py",
        ("django", "ninja", "gunicorn", "pymysql"),
        "mariadb",
        breaks={
            "AUTH-CHALLENGE": "Django Ninja sends no WWW-Authenticate",
            "AUTH-INVALID": "MariaDB's default collation ignores the case of tokens",
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "JSON-ONLY-ERRORS": "Django responds to unknown paths with HTML",
            "NO-SERVER-ERROR": "MariaDB's JSON functions accept at most 31 levels",
        },
    ),
    Server(
        "litestar_server.py",
        ("litestar", "multipart"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "the token endpoint parses a malformed body without handling the error",
            "NO-SERVER-ERROR": "the token endpoint parses an empty body without handling the error",
        },
    ),
    Server(
        "flask_server.py",
        ("flask",),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "TOKEN-TTL": "int() converts true to 1",
        },
    ),
    Server(
        "aiohttp_server.py",
        ("aiohttp", "psycopg_pool"),
        "postgresql",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting, and PostgreSQL rejects NUL in text"
        },
    ),
    Server(
        "falcon_server.py",
        ("falcon", "aiosqlite"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "MEDIA-TYPE-CASE": "Falcon compares media types with regard to case",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "express_server.js",
        ("express", "pg"),
        "postgresql",
        breaks={"HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb"},
    ),
    Server("fastify_server.js", ("fastify", "better-sqlite3"), "sqlite"),
    Server(
        "koa_server.js",
        ("koa", "@koa/router", "koa-bodyparser"),
        "folder",
        breaks={"HOSTILE-INPUT": "a body that is not the gzip it claims to be is an unhandled error"},
        races={
            "NO-SERVER-ERROR": "a file is read while it is half written",
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-PUT": "a file is read while it is half written",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "hono_server.js",
        ("hono", "@hono/node-server", "redis"),
        "redis",
        breaks={"JSON-ONLY-ERRORS": "Hono's bearerAuth responds with text/plain"},
        races={
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "tornado_server.py",
        ("tornado",),
        "sqlite",
        breaks={
            "AUTH-CHALLENGE": "Tornado clears the headers that were set before an error",
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "METHOD-ALLOW": "Tornado sends 405 without Allow",
            "TOKEN-BAD-CLIENT": "Tornado strips blanks around the values of a form",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "bottle_server.py",
        ("bottle", "waitress"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "the token endpoint decodes a malformed form without handling the error",
            "JSON-ONLY-ERRORS": "Bottle's own errors are HTML",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "go_server.go",
        (),
        "folder",
        breaks={"JSON-ONLY-ERRORS": "net/http rejects a malformed path with text/plain"},
    ),
    Server(
        "hapi_server.js",
        ("@hapi/hapi", "pg"),
        "postgresql",
        breaks={"HOSTILE-INPUT": "PostgreSQL rejects NUL in text"},
    ),
    Server(
        "sinatra_server.rb",
        ("sinatra/base", "sqlite3", "puma"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "text that is not UTF-8 is an unhandled error",
            "JSON-ONLY-ERRORS": "Rack rejects malformed parameters with HTML",
            "MEDIA-TYPE": "the body is parsed whatever its media type is",
        },
    ),
)


def has_package(suffix: str, name: str) -> bool:
    """Return True if an interpreter finds a package."""
    *command, code = PROBES[suffix]
    return subprocess.run([*command, code.format(name)], capture_output=True, check=False).returncode == 0


def start_command(path: Path, folder: Path) -> list[str]:
    """Return the command that starts a server; compile the server first if necessary."""
    if path.suffix == ".py":
        return [sys.executable, str(path)]
    if path.suffix == ".go":
        program = str(folder / "server")
        subprocess.run(
            ["go", "build", "-o", program, str(path)], check=True, env=os.environ | {"GO111MODULE": "off"}
        )
        return [program]
    return [INTERPRETERS[path.suffix], str(path)]


def skip_if_missing(server: Server) -> None:
    """Skip the test if the interpreter, a package or the store is missing."""
    suffix = Path(server.file).suffix
    if suffix != ".py" and shutil.which(INTERPRETERS[suffix]) is None:
        pytest.skip(f"{INTERPRETERS[suffix]} is missing")
    if suffix == ".py":
        missing = [name for name in server.packages if importlib.util.find_spec(name) is None]
        hint = "pip install -e '.[frameworks]'"
    elif suffix in PROBES:
        missing = [name for name in server.packages if not has_package(suffix, name)]
        hint = "install the package of the operating system"
    else:
        missing = [name for name in server.packages if not (FOLDER / "node_modules" / name).exists()]
        hint = "npm install --prefix tests/frameworks"
    if missing:
        pytest.skip(f"missing {', '.join(missing)}: {hint}")
    if server.store in PORTS:
        url, port = PORTS[server.store]
        parts = urlsplit(url)
        try:
            socket.create_connection((parts.hostname or "", parts.port or port), timeout=1).close()
        except OSError:
            pytest.skip(f"no {server.store} at {parts.hostname}:{parts.port or port}")


@contextmanager
def new_mariadb_database() -> Iterator[str]:
    """Create a MariaDB database, yield its URL and drop it."""
    import pymysql  # noqa: PLC0415 - optional

    server = urlsplit(MARIADB)
    name = f"caseiq_test_{uuid.uuid4().hex}"
    connection = pymysql.connect(
        host=server.hostname,
        port=server.port or 3306,
        user=server.username,
        password=server.password or "",
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{MARIADB.rstrip('/')}/{name}"
        finally:
            cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def store_settings(kind: str, folder: Path) -> Iterator[dict[str, str]]:
    """Yield the environment variables of a new, empty store."""
    if kind == "postgresql":
        with new_store(kind, folder) as url:
            yield {"DATABASE_URL": url}
    elif kind == "mariadb":
        with new_mariadb_database() as url:
            yield {"DATABASE_URL": url}
    elif kind == "sqlite":
        yield {"DATABASE": str(folder / "cases.db")}
    elif kind == "redis":
        yield {"REDIS_URL": REDIS, "REDIS_PREFIX": uuid.uuid4().hex}
    else:
        yield {"FOLDER": str(folder)}


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}", pytrace=False)


@contextmanager
def serving(server: Server, folder: Path) -> Iterator[str]:
    """Run a server with a new store and yield its base URL."""
    port, log = free_port(), folder / "server.log"
    account = {name.removeprefix("CASEIQ_"): value for name, value in ACCOUNT.items()}
    data = folder / "data"
    data.mkdir()
    with store_settings(server.store, data) as store, log.open("wb") as output:
        process = subprocess.Popen(
            start_command(FOLDER / server.file, folder),
            env=os.environ | account | store | {"PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_port(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.file.partition("_")[0])
def test_server_fails_exactly_what_it_breaks(server: Server, tmp_path: Path) -> None:
    skip_if_missing(server)
    with serving(server, tmp_path) as base_url:
        result = run_suite(base_url, environment=ACCOUNT)
    assert not result.errors()
    unexpected = result.failed() - server.breaks.keys() - server.races.keys()
    # A failure may be folded into its cause.
    unverified = {id_ for id_, verdict in result.verdicts.items() if verdict is Verdict.UNVERIFIED}
    missed = server.breaks.keys() - result.failed() - unverified
    assert (unexpected, missed) == (set(), set()), result.describe_failures(unexpected | missed)
