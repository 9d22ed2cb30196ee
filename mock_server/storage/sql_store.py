"""Cases in a database, with calls that block their thread. The stores of each database build on this.

Rules: each statement commits by itself; a transaction of several statements begins explicitly, with the lock that it
needs. No statement is repeated, because the first attempt may have succeeded. A database error becomes a problem
response. All text is stored as bytes, because PostgreSQL's text type has no NUL. The differences between databases
are in databases.py. The statements for one case are compiled once, and run without SQLAlchemy's execution layer, which
takes longer than the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import (
    Connection,
    Engine,
    PoolProxiedConnection,
    bindparam,
    delete,
    desc,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import ClauseElement

from mock_server.core.creation_date import creation_key
from mock_server.core.errors import Problem, Refused
from mock_server.core.store import BY_CREATION, BY_DATE, BY_STATE, Page, Stored
from mock_server.storage.databases import Database, create_pool, error_line
from mock_server.storage.tables import CASES, COUNT, STATE, prepare

RETRY_AFTER = 5
"""Seconds until a client should retry."""
CHUNK = 500
"""Cases that are fetched at a time when all are read."""

_ADD = insert(CASES).inline()  # The number of the new row is not needed.
_THIS = CASES.c.id == bindparam("this")
_GET = select(CASES.c.state, CASES.c.text).where(_THIS)
_GET_LOCKED = _GET.with_for_update()
_CHANGE = update(CASES).where(_THIS)
_CHOSEN = select(CASES.c.number, CASES.c.id, CASES.c.state, CASES.c.text).where(
    CASES.c.number.in_(bindparam("numbers", expanding=True))
)
_ANY = select(CASES.c.number).limit(1)
_SORTED = {BY_CREATION: (), BY_DATE: (CASES.c.created,), BY_STATE: (STATE,)}
"""The columns of an index by which pages can be sorted; the number of a case comes last."""
_ALL = select(CASES.c.id, CASES.c.state, CASES.c.text).order_by(CASES.c.number)


class SqlStore:
    """A store with a table row for each case. Its methods may raise Refused (STORE_UNAVAILABLE, STORE_UNCONFIRMED)."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        self._engine = create_pool(url, database, durable=durable)
        self._database = database
        self._write_lock = database.create_write_lock()
        self._get = self._compile(_GET)
        self._get_locked = self._compile(_GET_LOCKED)
        self._add = self._compile(_ADD, ["id", "state", "created", "text"])
        self._change = self._compile(_CHANGE, ["state", "created", "text"])
        self.may_block = True
        self.may_block_reads = True

    def prepare(self) -> None:
        """Create the tables if they do not exist. Raises ValueError if they have another version."""
        with self._transaction() as connection:
            prepare(connection, self._database)

    def close(self) -> None:
        self._engine.dispose()

    def add(self, *cases: tuple[str, Stored]) -> None:
        rows = [_row(case_id, case) for case_id, case in cases]
        if len(rows) == 1:
            with self._write_lock, self._raw_connection() as raw:
                raw.execute(self._add, rows[0], commits=True)
        elif rows:
            with self._transaction() as connection:
                connection.execute(_ADD, rows)

    def get(self, case_id: str) -> Stored | None:
        with self._raw_connection() as raw:
            row = raw.execute(self._get, {"this": to_bytes(case_id)}).fetchone()
        return None if row is None else to_stored(*row)

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        with self._raw_transaction() as raw:
            changed = self._update_in(raw, case_id, change)
            if changed is not None:
                raw.execute("COMMIT", commits=True)
        return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        rows = self._rows()
        # Start the query now: cases that are added later must not appear.
        next(rows)
        return rows

    def page(self, sort: str, *, descending: bool, limit: int, offset: int) -> Page | None:
        if sort not in _SORTED:
            return None
        with self._connection() as connection:
            for statement in self._database.begin_read:
                connection.exec_driver_sql(statement)
            total = int(connection.scalar(select(func.sum(COUNT.c.cases))) or 0)
            limit = min(limit, max(0, total - offset))
            # A page in the second half is counted from the end, because skipped rows take time.
            is_near_end = offset > total // 2
            skipped = total - offset - limit if is_near_end else offset
            columns = [*_SORTED[sort], CASES.c.number]
            order = [desc(column) for column in columns] if descending != is_near_end else columns
            chosen = select(CASES.c.number).order_by(*order).limit(limit).offset(skipped)
            numbers = list(connection.scalars(chosen)) if limit else []
            rows = {row[0]: row for row in connection.execute(_CHOSEN, {"numbers": numbers})}
        found = [rows[number] for number in (reversed(numbers) if is_near_end else numbers)]
        return total, [(to_text(case_id), to_stored(state, record)) for _, case_id, state, record in found]

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        rows = [_row(case_id, case) for case_id, case in dict(cases).items()]
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
                    yield to_text(case_id), to_stored(state, text)

    def _compile(self, statement: ClauseElement, columns: list[str] | None = None) -> str:
        return str(statement.compile(dialect=self._engine.dialect, column_keys=columns))

    def _add_in(self, raw: "RawConnection", case_id: str, case: Stored) -> None:
        """Add a case in a transaction."""
        raw.execute(self._add, _row(case_id, case))

    def _update_in(
        self, raw: "RawConnection", case_id: str, change: Callable[[Stored], Stored]
    ) -> Stored | None:
        """Update a case in a transaction."""
        this = {"this": to_bytes(case_id)}
        row = raw.execute(self._get_locked, this).fetchone()
        if row is None:
            return None
        changed = change(to_stored(*row))
        raw.execute(self._change, this | _columns(changed))
        return changed

    @contextmanager
    def _raw_transaction(self) -> Iterator["RawConnection"]:
        """A transaction that may write. The pool rolls it back if it was not committed."""
        with self._write_lock, self._raw_connection() as raw:
            raw.execute(self._database.begin)
            yield raw

    def _connect_alone(self) -> DBAPIConnection:
        """Return a new connection that does not belong to the pool. Raises Refused (STORE_UNAVAILABLE)."""
        try:
            pooled = self._engine.raw_connection()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise unavailable(error) from error
        connection = pooled.dbapi_connection
        assert connection is not None
        pooled.detach()
        return connection

    @contextmanager
    def _raw_connection(self) -> Iterator["RawConnection"]:
        try:
            pooled = self._engine.raw_connection()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise unavailable(error) from error
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

    @property
    def is_in_transaction(self) -> bool:
        """True if a transaction is open; only for SQLite."""
        return bool(getattr(self._pooled.dbapi_connection, "in_transaction", False))

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
            raise unavailable(error) from error
        return self._cursor


@contextmanager
def _report_errors() -> Iterator[None]:
    """Turn database errors into a problem."""
    try:
        yield
    except SQLAlchemyError as error:
        raise unavailable(error) from error


def unavailable(error: Exception) -> Refused:
    """Return the problem of a database error."""
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


def _row(case_id: str, case: Stored) -> dict[str, bytes]:
    return {"id": to_bytes(case_id)} | _columns(case)


def _columns(case: Stored) -> dict[str, bytes]:
    return {"state": to_bytes(case.state), "created": creation_key(case.text), "text": case.text}


def to_stored(state: bytes, text: bytes) -> Stored:
    """Return a case from its columns."""
    return Stored(to_text(state), text)


def to_bytes(text: str) -> bytes:
    """Return an id or a state as it is stored."""
    # An id may come from a path with invalid UTF-8.
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """Return an id or a state from its stored form."""
    return data.decode("utf-8", "surrogatepass")
