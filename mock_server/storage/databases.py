"""The supported databases: URLs, connection settings, and remedies for errors.

All differences between databases are in one table.
"""

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import Literal

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

CONNECTIONS = 16
"""Greatest number for one mock. PostgreSQL allows a hundred by default, enough for several mocks."""
TIMEOUT = 10
"""Seconds to wait for a lock, or for a free connection."""
COUNTS = "caseiq_mock_count"
"""The table with the number of cases."""
SLOTS = 64
"""Rows of this table: more than a mock has connections."""
FORMS = "memory, sqlite:///cases.db or postgresql://USER:PASSWORD@HOST/DATABASE"


@dataclass(frozen=True, slots=True)
class Database:
    """One kind of database, with statements in its own dialect."""

    driver: str
    module: str
    """The Python module of the driver."""
    store: str
    """The module and the class of the store."""
    paramstyle: Literal["named", "pyformat"]
    """The form of named parameters (PEP 249) that the driver takes."""
    options: Mapping[str, str]
    """Options of a connection, unless the URL sets them."""
    durable_setup: Sequence[str]
    """Statements for each new connection, if confirmed writes must survive a crash of machine or database."""
    relaxed_setup: Sequence[str]
    """Statements for each new connection, if a crash may lose the last writes."""
    begin: str
    """Begins a transaction that may write."""
    prepare: Sequence[str]
    """Statements before the tables are looked up: several mocks may start at the same time."""
    begin_read: Sequence[str]
    """Begin a transaction whose reads all see the same state, and use the indexes."""
    count_triggers: Sequence[str]
    """Create the triggers that keep the number of cases, with {table}, {counts} and {slots}."""
    lock_table: str
    """Excludes all other writers of a table until the transaction ends, but no readers. May be empty."""
    create_write_lock: Callable[[], AbstractContextManager[object]]
    """Creates a lock for the writers of this process, if the database handles several writers badly."""
    ping: bool
    """True if an idle connection can break."""


SQLITE = Database(
    driver="sqlite",
    module="sqlite3",
    store="mock_server.storage.sqlite_store:SqliteStore",
    paramstyle="named",
    options={"timeout": str(TIMEOUT)},
    durable_setup=("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"),
    # With NORMAL a crash may lose the last writes. With OFF it could also damage the file.
    relaxed_setup=("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"),
    begin="BEGIN IMMEDIATE",
    prepare=(),
    begin_read=("BEGIN",),
    count_triggers=(
        "CREATE TRIGGER caseiq_mock_added AFTER INSERT ON {table} "
        "BEGIN UPDATE {counts} SET cases = cases + 1 WHERE slot = 0; END",
        "CREATE TRIGGER caseiq_mock_deleted AFTER DELETE ON {table} "
        "BEGIN UPDATE {counts} SET cases = cases - 1 WHERE slot = 0; END",
    ),
    lock_table="",
    # SQLite waits for another writer by sleeping and retrying.
    create_write_lock=Lock,
    ping=False,
)

POSTGRESQL = Database(
    driver="postgresql+psycopg",
    module="psycopg",
    store="mock_server.storage.postgresql_store:PostgresqlStore",
    paramstyle="pyformat",
    options={
        "application_name": "caseiq-mock",
        "connect_timeout": "5",
        # If the network fails, TCP alone would wait for hours.
        "tcp_user_timeout": f"{TIMEOUT * 1000}",
        "keepalives_idle": f"{TIMEOUT}",
    },
    durable_setup=(f"SET lock_timeout = '{TIMEOUT}s'", "SET synchronous_commit = on"),
    relaxed_setup=(f"SET lock_timeout = '{TIMEOUT}s'", "SET synchronous_commit = off"),
    begin="BEGIN ISOLATION LEVEL READ COMMITTED",
    prepare=("SELECT pg_advisory_xact_lock(7215311)",),
    # Before its first ANALYZE, a planner may prefer to sort the whole table.
    begin_read=(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SET LOCAL enable_seqscan = off",
        "SET LOCAL enable_sort = off",
        # These two make every cost look so high that PostgreSQL would compile the statement.
        "SET LOCAL jit = off",
    ),
    count_triggers=(
        "CREATE OR REPLACE FUNCTION caseiq_mock_count_added() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE {counts} SET cases = cases + (SELECT count(*) FROM changed) "
        "WHERE slot = mod(pg_backend_pid(), {slots}); RETURN NULL; END'",
        "CREATE OR REPLACE FUNCTION caseiq_mock_count_deleted() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE {counts} SET cases = cases - (SELECT count(*) FROM changed) "
        "WHERE slot = mod(pg_backend_pid(), {slots}); RETURN NULL; END'",
        "CREATE TRIGGER caseiq_mock_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION caseiq_mock_count_added()",
        "CREATE TRIGGER caseiq_mock_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION caseiq_mock_count_deleted()",
    ),
    lock_table="LOCK TABLE {table} IN EXCLUSIVE MODE",
    create_write_lock=nullcontext,
    ping=True,
)

DATABASES = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
"""By URL scheme."""

REMEDIES = {
    "of the tables": "use the caseiq-mock that created them, or another database",
    "unable to open": "use a file in a folder that exists and can be read",
    "not a database": "use another file",
    "readonly": "make the file and its folder writable",
    "read-only": "use a database that is writable",
    "is locked": "stop the program that has locked it",
    "authentication": "correct the user name or the password",
    "no password": "put the password into the URL or into PGPASSWORD",
    "does not exist": "create it, or use another",
    "permission denied": "grant the permission, or choose a schema of the user with ?options=-csearch_path%3DNAME",
    "connection option": "remove it from the URL",
    "malformed": "restore a backup, or use another file",
    "is full": "free some space",
    "": "check that the database runs and is reachable from this machine",
}
"""Remedies, by a part of the error message; the first match counts."""


def parse_url(text: str) -> tuple[URL, Database]:
    """Parse the URL of a store. Raises ValueError if it names no supported database."""
    if not text.startswith("sqlite:") and re.search(r"[@?].*@", text):
        # A part of the password would be parsed as the host, and shown.
        raise ValueError(f"{mask_password(text)} has more than one @; write an @ in a password as %40")
    try:
        url = make_url(text)
        database = DATABASES[url.drivername]
    except (ArgumentError, ValueError, KeyError):
        raise ValueError(f"{mask_password(text)} is not a supported store; use {FORMS}") from None
    if database.driver == "sqlite" and (url.host or url.database in (None, "", ":memory:") or url.query):
        raise ValueError(
            f"{mask_password(text)} names no file; use a URL such as sqlite:///cases.db or sqlite:////tmp/cases.db"
        )
    return url.set(drivername=database.driver, query={**database.options, **url.query}), database


def require_driver(database: Database) -> None:
    """Raise ValueError with the command that installs the driver if it cannot be imported."""
    try:
        import_module(database.module)
    except ImportError:
        raise ValueError(
            f"{database.module} is not installed; install it with: pip install '{database.module}[binary]'"
        ) from None


def create_private_file(url: URL) -> None:
    """Create the file of a new SQLite database, readable only by the user. SQLite uses its mode for logs, too."""
    if url.drivername == "sqlite" and url.database:
        with suppress(OSError):  # SQLite reports an unusable path better.
            os.close(os.open(url.database, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def create_pool(url: URL, database: Database, *, durable: bool) -> Engine:
    """Create an empty pool of connections in which each statement commits by itself."""
    statements = database.durable_setup if durable else database.relaxed_setup
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        paramstyle=database.paramstyle,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=TIMEOUT,
        pool_pre_ping=database.ping,
    )

    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in statements:
            _execute_with_retry(cursor, statement)
        cursor.close()

    event.listen(engine, "connect", set_up)
    return engine


def _execute_with_retry(cursor: DBAPICursor, statement: str) -> None:
    # SQLite does not wait for a lock when two connections change the journal mode at the same time.
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            cursor.execute(statement)
            return
        except Exception as error:
            if "is locked" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.01)


def error_line(error: BaseException) -> str:
    """Return the database's error message as one line."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def remedy(reason: str) -> str:
    """Return the remedy for an error message."""
    return next(text for part, text in REMEDIES.items() if part in reason)


def mask_password(url: str) -> str:
    """Return a URL, even an invalid one, with its password masked."""
    url = re.sub(r"(?<=password=)[^&]*", "***", url)
    return re.sub(r"(?<=//)([^:/?]*):.*@", r"\1:***@", url)
