"""Cases in PostgreSQL, which mocks on several machines can share.

Reads that wait at the same moment share one statement, and writes one transaction.

Rules: a group locks only cases that no other transaction has locked, so it never waits for another process. What a
group cannot do, the blocking store does for each job alone: cases that are locked or missing, and all jobs of a group
that failed before its commit.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import cast

from psycopg import Connection, Error
from psycopg.pq.abc import PGresult
from sqlalchemy.engine import URL

from mock_server.core.creation_date import creation_key
from mock_server.core.errors import Problem, Refused
from mock_server.core.store import Stored
from mock_server.storage.databases import Database, error_line
from mock_server.storage.grouping import GroupedStore, Grouping, Groups, Job, finish_all
from mock_server.storage.postgresql_link import Command, Link, LinkError, array, prepare
from mock_server.storage.sql_store import to_bytes, to_stored, to_text, unavailable
from mock_server.storage.tables import CASES

WRITERS = 2
"""Groups of writes that run in parallel."""
IDLE = 1.0
"""Seconds without use after which a connection may have broken."""

_ROWS = "unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[])"
STATEMENTS = {
    "get": f"SELECT id, state, text FROM {CASES.name} WHERE id = ANY($1::bytea[])",
    "lock": f"SELECT id, state, text FROM {CASES.name} WHERE id = ANY($1::bytea[]) FOR UPDATE SKIP LOCKED",
    "change": f"UPDATE {CASES.name} AS old SET state = new.state, created = new.created, text = new.text "
    f"FROM {_ROWS} AS new (id, state, created, text) WHERE old.id = new.id",
    "add": f"INSERT INTO {CASES.name} (id, state, created, text) SELECT * FROM {_ROWS}",
    "begin": "BEGIN ISOLATION LEVEL READ COMMITTED",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
}
SETUP = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off"
"""A prepared statement keeps its plan while the table grows, so it must use the index from the beginning."""

BEGIN: Command = ("begin", ())
COMMIT: Command = ("commit", ())
ROLLBACK: Command = ("rollback", ())


class PostgresqlStore(GroupedStore):
    """A store in PostgreSQL. Its methods may raise Refused (STORE_UNAVAILABLE, STORE_UNCONFIRMED)."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        super().__init__(url, database, durable=durable)
        self._alone: set[asyncio.Task[None]] = set()

    async def connect(self) -> Link:
        """Return a new link. Raises Refused (STORE_UNAVAILABLE)."""
        loop = asyncio.get_running_loop()
        return Link(await loop.run_in_executor(self._executor, self._connect), loop)

    def run_each_alone(self, jobs: Iterable[Job]) -> None:
        """Run jobs in threads, each by itself, and finish them. Later groups do not wait for them."""
        for job in jobs:
            task = asyncio.get_running_loop().create_task(self._run_in_thread(job))
            self._alone.add(task)
            task.add_done_callback(self._alone.discard)

    def _create_groups(self) -> Groups:
        # While one group waits for its commit, the next one runs.
        return Groups(Grouping(_Reader(self)), [Grouping(_Writer(self)) for _ in range(WRITERS)])

    def _connect(self) -> Connection:
        connection = cast(Connection, self._connect_alone())
        try:
            connection.execute(SETUP)
            prepare(connection, STATEMENTS)
        except Error as error:
            connection.close()
            raise unavailable(error) from error
        return connection

    async def _run_in_thread(self, job: Job) -> None:
        job.error = None
        try:
            job.result = await asyncio.get_running_loop().run_in_executor(self._executor, self.run_alone, job)
        except Exception as error:
            job.error = error
        job.finish()


class _LinkWorker:
    """Runs groups on a link of its own, and opens a new one after the old one was lost."""

    def __init__(self, store: PostgresqlStore) -> None:
        self._store = store
        self._link: Link | None = None

    async def run(self, jobs: list[Job]) -> None:
        """Run a group of jobs, and finish them."""
        try:
            if self._link is None or self._link.is_lost:
                self.close()
                self._link = await self._store.connect()
            await self._run(self._link, jobs)
        except Exception as error:
            # A transaction may be open.
            self.close()
            finish_all(jobs, error)

    def close(self) -> None:
        """Close the link."""
        if self._link is not None:
            self._link.close()
            self._link = None

    async def _run(self, link: Link, jobs: list[Job]) -> None:
        raise NotImplementedError


class _Reader(_LinkWorker):
    """Runs groups of reads."""

    async def _run(self, link: Link, jobs: list[Job]) -> None:
        try:
            [result] = await link.run(("get", [array([to_bytes(job.case_id) for job in jobs])]))
        except LinkError:
            self._store.run_each_alone(jobs)
            return
        cases = _cases(result)
        for job in jobs:
            job.result = cases.get(job.case_id)
        finish_all(jobs)


class _Writer(_LinkWorker):
    """Runs groups of writes. One message locks the cases to update; the next one stores all changes and commits."""

    async def _run(self, link: Link, jobs: list[Job]) -> None:
        updates = [job for job in jobs if job.change is not None]
        # Without updates, an empty lock shows whether a connection has broken while it was idle.
        is_begun = bool(updates) or link.idle_time > IDLE
        try:
            locked = await self._lock(link, updates) if is_begun else {}
        except LinkError:
            await self._undo(link, jobs)
            return
        grouped, others = _separate(jobs, locked)
        _apply(grouped, locked)
        commands = [*([] if is_begun else [BEGIN]), *_changes(grouped, locked), COMMIT]
        link.check()
        try:
            await link.run(*commands)
        except LinkError as error:
            if error.may_have_run:
                written = [job for job in grouped if job.error is None]
                finish_all(written, Refused(Problem.STORE_UNCONFIRMED, reason=error_line(error)))
                grouped = [job for job in grouped if job.error is not None]
            await self._undo(link, grouped)
        else:
            finish_all(grouped)
        self._store.run_each_alone(others)

    @staticmethod
    async def _lock(link: Link, updates: Sequence[Job]) -> dict[str, Stored]:
        """Begin a transaction, and return the cases that could be locked, by id."""
        results = await link.run(BEGIN, ("lock", [array([to_bytes(job.case_id) for job in updates])]))
        return _cases(results[-1])

    async def _undo(self, link: Link, jobs: Sequence[Job]) -> None:
        """Roll back, and run all jobs of a failed group alone, so that only the failing one fails."""
        with suppress(LinkError):
            await link.run(ROLLBACK)
        self._store.run_each_alone(jobs)


def _separate(jobs: Sequence[Job], locked: Mapping[str, Stored]) -> tuple[list[Job], list[Job]]:
    """Return the jobs that a group can do, and those whose case is locked by others or does not exist."""
    grouped: list[Job] = []
    others: list[Job] = []
    for job in jobs:
        (grouped if job.change is None or job.case_id in locked else others).append(job)
    return grouped, others


def _apply(jobs: Sequence[Job], cases: dict[str, Stored]) -> None:
    """Change the locked cases in the order of the jobs. A later update of a case sees the earlier one."""
    for job in jobs:
        if job.change is not None:
            try:
                job.result = cases[job.case_id] = job.change(cases[job.case_id])
            except Exception as error:
                job.error = error


def _changes(jobs: Sequence[Job], cases: Mapping[str, Stored]) -> Iterator[Command]:
    """Yield the commands that store the new and the changed cases."""
    changed = {
        job.case_id: cases[job.case_id] for job in jobs if job.change is not None and job.error is None
    }
    if changed:
        yield "change", _columns(changed.items())
    added = [(job.case_id, job.case) for job in jobs if job.case is not None]
    if added:
        yield "add", _columns(added)


def _columns(rows: Iterable[tuple[str, Stored]]) -> list[bytes]:
    keys, cases = zip(*rows, strict=True)
    return [
        array([to_bytes(key) for key in keys]),
        array([to_bytes(case.state) for case in cases]),
        array([creation_key(case.text) for case in cases]),
        array([case.text for case in cases]),
    ]


def _cases(result: PGresult) -> dict[str, Stored]:
    """Return the cases of a result with the columns id, state and text."""
    get = result.get_value
    return {
        to_text(get(row, 0) or b""): to_stored(get(row, 1) or b"", get(row, 2) or b"")
        for row in range(result.ntuples)
    }
