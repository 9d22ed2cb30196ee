"""Processes of the servers: their interpreters, packages, stores and ports."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from framework_servers import Server
from support.stores import new_store

FOLDER = Path(__file__).parent
ACCOUNT = {"CASEIQ_CLIENT_ID": "acme", "CASEIQ_CLIENT_SECRET": "acme-secret"}
MARIADB = os.environ.get("CASEIQ_TEST_MARIADB", "mysql://root@127.0.0.1:3306")
"""URL of a MariaDB server whose user may create databases."""
REDIS = os.environ.get("CASEIQ_TEST_REDIS", "redis://127.0.0.1:6379")
JARS = Path(os.environ.get("CASEIQ_TEST_JARS", "/usr/share/java"))
"""Folder of the Java libraries."""
PORTS = {"mariadb": (MARIADB, 3306), "redis": (REDIS, 6379)}
START_TIMEOUT = 30
INTERPRETERS = {
    ".go": "go", ".java": "java", ".js": "node", ".php": "php", ".pl": "perl", ".rb": "ruby", ".ts": "node"
}  # fmt: skip
PROBES = {
    ".php": ("php", "-r", "exit((int) !extension_loaded('{}'));"),
    ".pl": ("perl", "-e", "use {}"),
    ".rb": ("ruby", "-e", "require '{}'"),
}
"""Commands that fail if a package is missing."""
TYPESCRIPT = (
    '{"experimentalDecorators": true, "emitDecoratorMetadata": true, "esModuleInterop": true, '
    '"module": "commonjs", "target": "es2022"}'
)


def has_package(suffix: str, name: str) -> bool:
    """Return True if an interpreter finds a package."""
    *command, code = PROBES[suffix]
    return subprocess.run([*command, code.format(name)], capture_output=True, check=False).returncode == 0


def start_command(path: Path, folder: Path, port: int, packages: tuple[str, ...]) -> list[str]:
    """Return the command that starts a server; compile the server first if necessary."""
    if path.suffix == ".py":
        return [sys.executable, str(path)]
    if path.suffix == ".go":
        program = str(folder / "server")
        subprocess.run(
            ["go", "build", "-o", program, str(path)], check=True, env=os.environ | {"GO111MODULE": "off"}
        )
        return [program]
    options = {
        ".java": ["-cp", os.pathsep.join(str(JARS / f"{name}.jar") for name in packages)],
        ".php": ["-S", f"127.0.0.1:{port}"],
        ".ts": ["-r", str(FOLDER / "node_modules/ts-node/register/transpile-only")],
    }
    return [INTERPRETERS[path.suffix], *options.get(path.suffix, ()), str(path)]


def skip_if_missing(server: Server) -> None:
    """Skip the test if the interpreter, a package or the store is missing."""
    suffix = Path(server.file).suffix
    if suffix != ".py" and shutil.which(INTERPRETERS[suffix]) is None:
        pytest.skip(f"{INTERPRETERS[suffix]} is missing")
    if suffix == ".py":
        missing = [name for name in server.packages if importlib.util.find_spec(name) is None]
        hint = "pip install -e '.[frameworks]'"
    elif suffix == ".java":
        missing = [name for name in server.packages if not (JARS / f"{name}.jar").exists()]
        hint = "install the package of the operating system"
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
    elif kind == "memory":
        yield {}
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


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server, also one that waits for the end of its connections."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


@contextmanager
def serving(server: Server, folder: Path) -> Iterator[str]:
    """Run a server with a new store and yield its base URL."""
    port, log = free_port(), folder / "server.log"
    account = {name.removeprefix("CASEIQ_"): value for name, value in ACCOUNT.items()}
    data = folder / "data"
    data.mkdir()
    with store_settings(server.store, data) as store, log.open("wb") as output:
        process = subprocess.Popen(
            start_command(FOLDER / server.file, folder, port, server.packages),
            env=os.environ
            | {"PHP_CLI_SERVER_WORKERS": "4", "TS_NODE_COMPILER_OPTIONS": TYPESCRIPT}
            | account
            | store
            | {"PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_port(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)
