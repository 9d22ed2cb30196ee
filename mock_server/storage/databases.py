"""The databases that can keep cases: how a URL names one, what each wants to be told, what helps when it complains.

All that differs between them is in the table. Knows no case and no statement about cases.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

CONNECTIONS = 16
"""At most, of one mock: several fit into the hundred that PostgreSQL allows by default."""
PATIENCE = 10
"""Seconds to wait for a lock, or for a free connection."""
FORMS = "memory, sqlite:///cases.db or postgresql://USER:PASSWORD@HOST/DATABASE"


@dataclass(frozen=True, slots=True)
class Database:
    """One kind of database. All statements are in its own words."""

    driver: str
    options: Mapping[str, str]
    """Of a connection, where the URL names no others."""
    setup: Mapping[bool, Sequence[str]]
    """Said on each new connection, by whether an acknowledged write survives a crash of machine or database."""
    begin: str
    """Begins a transaction that may write."""
    first: Sequence[str]
    """Said before the tables are looked for: several mocks may start at once."""
    alone: str
    """Keeps all other writers out of a table until the transaction ends; readers go on."""
    in_turn: Callable[[], AbstractContextManager[object]]
    """Makes what lets this process' writers in one by one, where the database is bad at it."""
    ping: bool
    """Whether a connection can die while it rests."""
    waits_if_relaxed: bool
    """Whether a call takes much longer than a change of threads even where no write waits for a disk."""


SQLITE = Database(
    driver="sqlite",
    options={"timeout": str(PATIENCE)},
    setup={
        True: ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"),
        # A crash of the machine may take the last writes, but does not break the file, as OFF would let it.
        False: ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"),
    },
    begin="BEGIN IMMEDIATE",
    first=(),
    alone="",
    # SQLite waits for another writer by sleeping, and by looking again.
    in_turn=Lock,
    ping=False,
    waits_if_relaxed=False,
)

POSTGRESQL = Database(
    driver="postgresql+psycopg",
    options={
        "application_name": "caseiq-mock",
        "connect_timeout": "5",
        # A network that is cut must not hold requests for the hours that TCP would wait.
        "tcp_user_timeout": f"{PATIENCE * 1000}",
        "keepalives_idle": f"{PATIENCE}",
    },
    setup={
        True: (f"SET lock_timeout = '{PATIENCE}s'", "SET synchronous_commit = on"),
        False: (f"SET lock_timeout = '{PATIENCE}s'", "SET synchronous_commit = off"),
    },
    begin="BEGIN ISOLATION LEVEL READ COMMITTED",
    first=("SELECT pg_advisory_xact_lock(7215311)",),
    alone="LOCK TABLE {table} IN EXCLUSIVE MODE",
    in_turn=nullcontext,
    ping=True,
    waits_if_relaxed=True,
)

DATABASES = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
"""By the scheme of a URL."""

REMEDIES = {
    "of the tables": "use the caseiq-mock that made them, or name another database",
    "unable to open": "name a file in a folder that exists and can be read",
    "not a database": "name another file",
    "readonly": "make the file and its folder writable",
    "read-only": "name a database that can be written",
    "is locked": "end the program that holds it",
    "authentication": "correct the user or the password",
    "no password": "put the password into the URL or into PGPASSWORD",
    "does not exist": "create it, or name another",
    "permission denied": "grant it, or name a schema of the user's by ?options=-csearch_path%3DNAME",
    "connection option": "take it out of the URL",
    "malformed": "bring a copy back, or name another file",
    "is full": "make room",
    "": "see that the database runs and can be reached from here",
}
"""What helps, by words of the complaint; the first that fits."""


def named(text: str) -> tuple[URL, Database]:
    """What a URL names. Raises ValueError for one that names no database that cases can be kept in."""
    if not text.startswith("sqlite:") and re.search(r"[@?].*@", text):
        # Half of the password would pass for a host, and be told as one.
        raise ValueError(f"{masked(text)} has an @ too many; write one in a password as %40")
    try:
        url = make_url(text)
        database = DATABASES[url.drivername]
    except (ArgumentError, ValueError, KeyError):
        raise ValueError(f"{masked(text)} is no store that the mock knows; use {FORMS}") from None
    if database.driver == "sqlite" and (url.host or url.database in (None, "", ":memory:") or url.query):
        raise ValueError(
            f"{masked(text)} names no file; write sqlite:///cases.db, or sqlite:////tmp/cases.db"
        )
    return url.set(drivername=database.driver, query={**database.options, **url.query}), database


def connected(url: URL, database: Database, *, durable: bool) -> Engine:
    """A pool of connections, none of them made yet, in which each statement commits by itself."""
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=database.ping,
    )

    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in database.setup[durable]:
            _insist(cursor, statement)
        cursor.close()

    event.listen(engine, "connect", set_up)
    return engine


def _insist(cursor: DBAPICursor, statement: str) -> None:
    # SQLite waits for a lock, but not where it changes the journal while another connection does so, too.
    end = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute(statement)
            return
        except Exception as error:
            if "is locked" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.01)


def complaint(error: BaseException) -> str:
    """What the database has to say, in one line."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def remedy(reason: str) -> str:
    """What helps against a complaint."""
    return next(helps for words, helps in REMEDIES.items() if words in reason)


def masked(url: str) -> str:
    """A URL, or what was meant as one, without its password."""
    url = re.sub(r"(?<=password=)[^&]*", "***", url)
    return re.sub(r"(?<=//)([^:/?]*):.*@", r"\1:***@", url)
