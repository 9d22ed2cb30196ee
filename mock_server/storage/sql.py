"""Cases in a database: a file of SQLite, or PostgreSQL, which mocks on several machines may share.

Rules: each statement commits by itself, and a transaction of several is begun in words, with the lock that it needs;
no statement is sent twice, since the first may have been carried out; a database that fails is a problem to answer
with. All text is kept as bytes, since PostgreSQL's has no NUL. What differs between databases is in databases.py.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mock_server.core.errors import Problem, Refused
from mock_server.core.store import Stored
from mock_server.storage.databases import Database, complaint, connected, masked, named, remedy

SCHEMA_VERSION = 1
RETRY_AFTER = 5
"""Seconds until it is worth a try to ask again."""
STREAMED = 500
"""Cases that are fetched at a time where all are asked for."""

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

_ADD = insert(CASES)
_THIS = CASES.c.id == bindparam("this")
_GET = select(CASES.c.state, CASES.c.text).where(_THIS)
_GET_LOCKED = _GET.with_for_update()
_CHANGE = update(CASES).where(_THIS)
_ANY = select(CASES.c.number).limit(1)
_ALL = select(CASES.c.id, CASES.c.state, CASES.c.text).order_by(CASES.c.number)


def open_store(url: str, *, durable: bool = True) -> "SqlStore":
    """The store at a URL, its tables made where there are none.

    Raises ValueError, in one line that names the URL, its password masked, and what helps.
    """
    place, database = named(url)
    with ExitStack() as undo:
        try:
            store = SqlStore(place, database, durable=durable)
            undo.callback(store.close)
            store.prepare()
        except (Refused, SQLAlchemyError, ValueError) as error:
            reason = complaint(error.__cause__ or error)
            raise ValueError(f"cannot open {masked(url)}: {reason}; {remedy(reason)}") from None
        undo.pop_all()
    return store


class SqlStore:
    """A store whose cases are rows. Each method may raise Refused: STORE_UNAVAILABLE or STORE_UNCONFIRMED."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        self._engine = connected(url, database, durable=durable)
        self._database = database
        self._in_turn = database.in_turn()
        self.waits = durable or database.waits_if_relaxed

    def prepare(self) -> None:
        """Make the tables where there are none. Raises ValueError where they are of another version."""
        with self._transaction() as connection:
            for statement in self._database.first:
                connection.exec_driver_sql(statement)
            SCHEMA.create(connection, checkfirst=True)
            # For update, so that a database that only reads is found out now.
            version = connection.scalar(select(SCHEMA.c.version).with_for_update())
            if version is None:
                TABLES.create_all(connection)
                connection.execute(insert(SCHEMA), {"version": SCHEMA_VERSION})
            elif version != SCHEMA_VERSION:
                raise ValueError(
                    f"it has version {version} of the tables, and this mock knows {SCHEMA_VERSION}"
                )

    def close(self) -> None:
        self._engine.dispose()

    def add(self, *cases: tuple[str, Stored]) -> None:
        rows = [{"id": _bytes(case_id)} | _columns(case) for case_id, case in cases]
        if len(rows) == 1:
            with self._in_turn, self._connection() as connection, _committing():
                connection.execute(_ADD, rows[0])
        elif rows:
            with self._transaction() as connection:
                connection.execute(_ADD, rows)

    def get(self, case_id: str) -> Stored | None:
        with self._connection() as connection:
            row = connection.execute(_GET, {"this": _bytes(case_id)}).first()
        return None if row is None else _stored(*row)

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        this = {"this": _bytes(case_id)}
        with self._transaction() as connection:
            row = connection.execute(_GET_LOCKED, this).first()
            if row is None:
                return None
            changed = change(_stored(*row))
            connection.execute(_CHANGE, this | _columns(changed))
        return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        rows = self._rows()
        # Ask now: what is added later is not among them. And what has begun ends where nobody reads on.
        next(rows)
        return rows

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        rows = [{"id": _bytes(case_id)} | _columns(case) for case_id, case in dict(cases).items()]
        with self._transaction() as connection:
            if self._database.alone:
                connection.exec_driver_sql(self._database.alone.format(table=CASES.name))
            if if_empty and connection.execute(_ANY).first():
                return False
            connection.execute(delete(CASES))
            if rows:
                connection.execute(_ADD, rows)
        return True

    def _rows(self) -> Iterator[tuple[str, Stored]]:
        """Nothing, once the question is asked, and then all cases."""
        with self._connection() as connection:
            connection.exec_driver_sql("BEGIN")
            with connection.execute(_ALL, execution_options={"yield_per": STREAMED}) as rows:
                yield "", Stored("", b"")
                for case_id, state, text in rows:
                    yield _text(case_id), _stored(state, text)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with _told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A transaction that may write; what raises in it undoes it."""
        with self._in_turn, self._connection() as connection:
            connection.exec_driver_sql(self._database.begin)
            yield connection
            with _committing():
                connection.commit()


@contextmanager
def _told() -> Iterator[None]:
    """Turns what the database complains of into a problem."""
    try:
        yield
    except SQLAlchemyError as error:
        retry = {"retry-after": str(RETRY_AFTER)}
        raise Refused(Problem.STORE_UNAVAILABLE, reason=complaint(error), headers=retry) from error


@contextmanager
def _committing() -> Iterator[None]:
    """Around what commits: where the connection is lost in it, nobody knows what became of the write."""
    try:
        yield
    except SQLAlchemyError as error:
        if getattr(error, "connection_invalidated", False):
            raise Refused(Problem.STORE_UNCONFIRMED, reason=complaint(error)) from error
        raise


def _columns(case: Stored) -> dict[str, bytes]:
    return {"state": _bytes(case.state), "text": case.text}


def _stored(state: bytes, text: bytes) -> Stored:
    return Stored(_text(state), text)


def _bytes(text: str) -> bytes:
    # An id can come from a path, and those may hold what is no UTF-8.
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
