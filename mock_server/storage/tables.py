"""The tables of a store, their creation, and their conversion from an earlier version."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from mock_server.core.creation_date import creation_key
from mock_server.storage.databases import COUNTS, SLOTS, Database

SCHEMA_VERSION = 2
CONVERTED_VERSION = 1
"""The earlier version that is converted. It has no creation dates and no count."""
CHUNK = 5000
"""Cases that are converted at a time."""

STATE: ColumnElement[bytes] = literal_column("substr(state, 1, 200)")
"""The state as a sort key. PostgreSQL cannot index long values."""

TABLES = MetaData()
SCHEMA = Table("caseiq_mock_schema", TABLES, Column("version", Integer, nullable=False))
CASES = Table(
    "caseiq_mock_cases",
    TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("state", LargeBinary, nullable=False),
    # The sort key of the creation date.
    Column("created", LargeBinary, nullable=False, server_default=text("''")),
    Column("text", LargeBinary, nullable=False),
    Index("caseiq_mock_cases_by_date", "created", "number"),
    Index("caseiq_mock_cases_by_state", STATE, "number"),
)
COUNT = Table(
    COUNTS,
    TABLES,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("cases", BigInteger, nullable=False),
)
"""The number of cases is the sum of all slots. Triggers keep it, because counting a million rows takes too long.

Each connection changes a slot of its own, so that one does not wait for the commit of another.
"""


def prepare(connection: Connection, database: Database) -> None:
    """Create the tables if they do not exist, in a transaction. Raises ValueError for tables of an unknown version."""
    for statement in database.prepare:
        connection.exec_driver_sql(statement)
    SCHEMA.create(connection, checkfirst=True)
    # FOR UPDATE, so that a read-only database is detected now.
    version = connection.scalar(select(SCHEMA.c.version).with_for_update())
    if version is None:
        TABLES.create_all(connection)
        _count(connection, database)
        connection.execute(insert(SCHEMA), {"version": SCHEMA_VERSION})
    elif version == CONVERTED_VERSION:
        _convert(connection, database)
    elif version != SCHEMA_VERSION:
        raise ValueError(
            f"it has version {version} of the tables, but this mock needs version {SCHEMA_VERSION}"
        )


def _count(connection: Connection, database: Database) -> None:
    """Count the cases, and create the triggers that keep the count."""
    cases = connection.scalar(select(func.count()).select_from(CASES))
    connection.execute(
        insert(COUNT), [{"slot": slot, "cases": 0 if slot else cases} for slot in range(SLOTS)]
    )
    for statement in database.count_triggers:
        connection.exec_driver_sql(statement.format(table=CASES.name, counts=COUNTS, slots=SLOTS))


def _convert(connection: Connection, database: Database) -> None:
    kind = CASES.c.created.type.compile(connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {CASES.name} ADD COLUMN created {kind} NOT NULL DEFAULT ''")
    change = update(CASES).where(CASES.c.number == bindparam("this")).values(created=bindparam("date"))
    last = 0
    while True:
        later = select(CASES.c.number, CASES.c.text).where(CASES.c.number > last)
        rows = connection.execute(later.order_by(CASES.c.number).limit(CHUNK)).all()
        if not rows:
            break
        connection.execute(
            change, [{"this": number, "date": creation_key(record)} for number, record in rows]
        )
        last = rows[-1][0]
    for index in CASES.indexes:
        index.create(connection)
    COUNT.create(connection)
    _count(connection, database)
    connection.execute(update(SCHEMA).values(version=SCHEMA_VERSION))
