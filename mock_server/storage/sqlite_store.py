"""Cases in an SQLite file, which several processes of one machine can share.

Reads run at once, because in WAL mode a reader does not wait for writers. Writes that wait at the same moment share one
transaction in a thread.
"""

import asyncio
from collections import deque
from sqlite3 import Connection, Error
from typing import cast

from sqlalchemy.engine import URL

from mock_server.core.store import Stored
from mock_server.storage.databases import Database
from mock_server.storage.grouping import GroupedStore, Grouping, Groups, Job, finish_all
from mock_server.storage.sql_store import to_bytes, to_stored, unavailable
from mock_server.storage.tables import CASES

_GET = f"SELECT state, text FROM {CASES.name} WHERE id = ?"


class SqliteStore(GroupedStore):
    """A store in an SQLite file. Its methods may raise Refused (STORE_UNAVAILABLE)."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        super().__init__(url, database, durable=durable)
        self.may_block_reads = False
        # The pool of SQLAlchemy would take longer than the read.
        self._readers: deque[Connection] = deque()

    def close(self) -> None:
        while self._readers:
            self._readers.pop().close()
        super().close()

    def get(self, case_id: str) -> Stored | None:
        try:
            reader = self._readers.pop()
        except IndexError:
            reader = cast(Connection, self._connect_alone())
        try:
            row = reader.execute(_GET, (to_bytes(case_id),)).fetchone()
        except Error as error:
            raise unavailable(error) from error
        finally:
            self._readers.append(reader)
        return None if row is None else to_stored(*row)

    def run_group(self, jobs: list[Job]) -> None:
        """Run a group of writes in one transaction. Raises Refused if none of them was stored."""
        with self._raw_transaction() as raw:
            for job in jobs:
                try:
                    if job.case is not None:
                        self._add_in(raw, job.case_id, job.case)
                    elif job.change is not None:
                        job.result = self._update_in(raw, job.case_id, job.change)
                except Exception as error:
                    # A failed statement has no effect, but some errors end the whole transaction.
                    if not raw.is_in_transaction:
                        raise
                    job.error = error
            raw.execute("COMMIT", commits=True)

    def _create_groups(self) -> Groups:
        writes = Grouping(_Writer(self))
        return Groups(writes, [writes])

    async def run_in_thread(self, jobs: list[Job]) -> None:
        """Run a group of writes in a thread."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self.run_group, jobs)


class _Writer:
    """Runs groups of writes in a thread."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def run(self, jobs: list[Job]) -> None:
        try:
            await self._store.run_in_thread(jobs)
        except Exception as error:
            finish_all(jobs, error)
        else:
            finish_all(jobs)

    def close(self) -> None:
        """Do nothing: the pool owns the connection."""
