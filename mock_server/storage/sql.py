"""Cases in a database: an SQLite file, or PostgreSQL, which mocks on several machines can share.

Rules: each statement commits by itself; a transaction of several statements begins explicitly, with the lock that it
needs. No statement is repeated, because the first attempt may have succeeded. A database error becomes a problem
response. All text is stored as bytes, because PostgreSQL's text type has no NUL. The differences between databases
are in databases.py. The statements for one case are compiled once, and run without SQLAlchemy's execution layer, which
takes longer than the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    PoolProxiedConnection,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import ClauseElement

from mock_server.core.errors import Problem, Refused
from mock_server.core.store import Stored
from mock_server.storage.databases import (
    Database,
    create_pool,
    create_private_file,
    error_line,
    mask_password,
    parse_url,
    remedy,
    require_driver,
)

SCHEMA_VERSION = 1
RETRY_AFTER = 5
"""Seconds until a client should retry."""
CHUNK = 500
"""Cases that are fetched at a time when all are read."""

TABLES = MetaData()
SCHEMA = Table("caseiq_mock_schema", TABLES, Column("version", Integer, nullable=False))
CASES = Table(
    "caseiq_mock_cases",
    TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("state", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

_ADD = insert(CASES).inline()  # The number of the new row is not needed.
_THIS = CASES.c.id == bindparam("this")
_GET = select(CASES.c.state, CASES.c.text).where(_THIS)
_GET_LOCKED = _GET.with_for_update()
_CHANGE = update(CASES).where(_THIS)
_ANY = select(CASES.c.number).limit(1)
_ALL = select(CASES.c.id, CASES.c.state, CASES.c.text).order_by(CASES.c.number)


def open_store(url: str, *, durable: bool = True) -> "SqlStore":
    """Open the store at a URL, and create its tables if they do not exist.

    Raises ValueError with one line: the URL with its password masked, the reason and the remedy.
    """
    parsed, database = parse_url(url)
    require_driver(database)
    with ExitStack() as undo:
        create_private_file(parsed)
        try:
            store = SqlStore(parsed, database, durable=durable)
            undo.callback(store.close)
            store.prepare()
        except (Refused, SQLAlchemyError, ValueError) as error:
            reason = error_line(error.__cause__ or error)
            raise ValueError(f"cannot open {mask_password(url)}: {reason}; {remedy(reason)}") from None
        undo.pop_all()
    return store


class SqlStore:
    """A store with a table row for each case. Its methods may raise Refused (STORE_UNAVAILABLE, STORE_UNCONFIRMED)."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        self._engine = create_pool(url, database, durable=durable)
        self._database = database
        self._write_lock = database.create_write_lock()
        self._get = self._compile(_GET)
        self._get_locked = self._compile(_GET_LOCKED)
        self._add = self._compile(_ADD, ["id", "state", "text"])
        self._change = self._compile(_CHANGE, ["state", "text"])
        self.may_block = durable or database.may_block_if_relaxed

    def prepare(self) -> None:
        """Create the tables if they do not exist. Raises ValueError if they have another version."""
        with self._transaction() as connection:
            for statement in self._database.prepare:
                connection.exec_driver_sql(statement)
            SCHEMA.create(connection, checkfirst=True)
            # FOR UPDATE, so that a read-only database is detected now.
            version = connection.scalar(select(SCHEMA.c.version).with_for_update())
            if version is None:
                TABLES.create_all(connection)
                connection.execute(insert(SCHEMA), {"version": SCHEMA_VERSION})
            elif version != SCHEMA_VERSION:
                raise ValueError(
                    f"it has version {version} of the tables, but this mock needs version {SCHEMA_VERSION}"
                )

    def close(self) -> None:
        self._engine.dispose()

    def add(self, *cases: tuple[str, Stored]) -> None:
        rows = [{"id": _bytes(case_id)} | _columns(case) for case_id, case in cases]
        if len(rows) == 1:
            with self._write_lock, self._raw_connection() as raw:
                raw.execute(self._add, rows[0], commits=True)
        elif rows:
            with self._transaction() as connection:
                connection.execute(_ADD, rows)

    def get(self, case_id: str) -> Stored | None:
        with self._raw_connection() as raw:
            row = raw.execute(self._get, {"this": _bytes(case_id)}).fetchone()
        return None if row is None else _stored(*row)

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        this = {"this": _bytes(case_id)}
        # An exception, or no such case, leaves an open transaction. The pool rolls it back.
        with self._write_lock, self._raw_connection() as raw:
            raw.execute(self._database.begin)
            row = raw.execute(self._get_locked, this).fetchone()
            if row is None:
                return None
            changed = change(_stored(*row))
            raw.execute(self._change, this | _columns(changed))
            raw.execute("COMMIT", commits=True)
        return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        rows = self._rows()
        # Start the query now: cases that are added later must not appear.
        next(rows)
        return rows

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        rows = [{"id": _bytes(case_id)} | _columns(case) for case_id, case in dict(cases).items()]
        with self._transaction() as connection:
            if self._database.lock_table:
                connection.exec_driver_sql(self._database.lock_table.format(table=CASES.name))
            if if_empty and connection.execute(_ANY).first():
                return False
            connection.execute(delete(CASES))
            if rows:
                connection.execute(_ADD, rows)
        return True

    def _rows(self) -> Iterator[tuple[str, Stored]]:
        """Yield a dummy once the query has started, and then all cases."""
        with self._connection() as connection:
            connection.exec_driver_sql("BEGIN")
            with connection.execute(_ALL, execution_options={"yield_per": CHUNK}) as rows:
                yield "", Stored("", b"")
                for case_id, state, text in rows:
                    yield _text(case_id), _stored(state, text)

    def _compile(self, statement: ClauseElement, columns: list[str] | None = None) -> str:
        return str(statement.compile(dialect=self._engine.dialect, column_keys=columns))

    @contextmanager
    def _raw_connection(self) -> Iterator["RawConnection"]:
        try:
            pooled = self._engine.raw_connection()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise _unavailable(error) from error
        try:
            yield RawConnection(self._engine, pooled)
        finally:
            pooled.close()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with _report_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction that may write. An exception rolls it back."""
        with self._write_lock, self._connection() as connection:
            connection.exec_driver_sql(self._database.begin)
            yield connection
            with _committing():
                connection.commit()


class RawConnection:
    """A connection of the pool that runs compiled statements directly in the driver."""

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection) -> None:
        self._dialect = engine.dialect
        self._pooled = pooled
        self._cursor = pooled.cursor()

    def execute(
        self, statement: str, parameters: Mapping[str, bytes] | None = None, *, commits: bool = False
    ) -> DBAPICursor:
        """Run a statement, and return the cursor with its rows.

        `commits` marks a commit: if the connection breaks during it, the write may or may not have been stored.
        Raises Refused (STORE_UNAVAILABLE, STORE_UNCONFIRMED).
        """
        try:
            self._cursor.execute(statement, parameters or {})
        except self._dialect.loaded_dbapi.Error as error:
            if self._dialect.is_disconnect(error, self._pooled.dbapi_connection, self._cursor):
                self._pooled.invalidate(error)
                if commits:
                    raise Refused(Problem.STORE_UNCONFIRMED, reason=error_line(error)) from error
            raise _unavailable(error) from error
        return self._cursor


@contextmanager
def _report_errors() -> Iterator[None]:
    """Turn database errors into a problem."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Refused:
    retry = {"retry-after": str(RETRY_AFTER)}
    return Refused(Problem.STORE_UNAVAILABLE, reason=error_line(error), headers=retry)


@contextmanager
def _committing() -> Iterator[None]:
    """Wrap a commit. If the connection breaks during it, the write may or may not have been stored."""
    try:
        yield
    except SQLAlchemyError as error:
        if getattr(error, "connection_invalidated", False):
            raise Refused(Problem.STORE_UNCONFIRMED, reason=error_line(error)) from error
        raise


def _columns(case: Stored) -> dict[str, bytes]:
    return {"state": _bytes(case.state), "text": case.text}


def _stored(state: bytes, text: bytes) -> Stored:
    return Stored(_text(state), text)


def _bytes(text: str) -> bytes:
    # An id may come from a path with invalid UTF-8.
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
