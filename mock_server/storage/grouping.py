"""Stores that group calls: those that wait at the same moment share a statement or a transaction.

Rules: a suspended call is resumed only after its read, or after the commit of its write. A call that fails does not
make other calls of its group fail.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import URL

from mock_server.core.store import Stored
from mock_server.storage.databases import CONNECTIONS, Database
from mock_server.storage.sql_store import SqlStore
from mock_server.suspension import Call, current_call, suspend

MOST = 250
"""Greatest number of calls in a group."""


@dataclass(slots=True)
class Job:
    """A suspended call of a store. Without `case` and `change` it is a read."""

    call: Call
    case_id: str
    case: Stored | None = None
    """The new case to add."""
    change: Callable[[Stored], Stored] | None = None
    """The change of an update."""
    result: Stored | None = None
    error: Exception | None = None
    is_finished: bool = False

    def finish(self) -> None:
        """Resume the call with the result or the error, once."""
        if self.is_finished:
            return
        self.is_finished = True
        if self.error is None:
            self.call.resume(self.result)
        else:
            self.call.fail(self.error)


def finish_all(jobs: Iterable[Job], error: Exception | None = None) -> None:
    """Resume the calls of jobs, all with the same error if one is given."""
    for job in jobs:
        if error is not None:
            job.error = error
        job.finish()


class Worker(Protocol):
    """Runs groups of jobs, one group at a time."""

    async def run(self, jobs: list[Job]) -> None:
        """Run a group of jobs, and finish them. It raises no error."""

    def close(self) -> None:
        """Release connections, because the event loop ends."""


class Grouping:
    """Collects jobs while a group runs, and runs them as the next group. Belongs to one event loop."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._waiting: list[Job] = []
        self._has_jobs = asyncio.Event()
        self._running = 0
        self._task = asyncio.get_running_loop().create_task(self._work())

    @property
    def size(self) -> int:
        """Number of jobs that wait or run."""
        return len(self._waiting) + self._running

    def wait_for(self, job: Job) -> Stored | None:
        """Suspend the present call until its job is done, and return the result. Raises the job's error."""
        self._waiting.append(job)
        self._has_jobs.set()
        result: Stored | None = suspend(job.call)
        return result

    async def _work(self) -> None:
        try:
            while True:
                await self._has_jobs.wait()
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if not self._waiting:
                    self._has_jobs.clear()
                self._running = len(group)
                await self._worker.run(group)
                self._running = 0
        finally:
            self._worker.close()


@dataclass(frozen=True, slots=True)
class Groups:
    """The groupings of one event loop."""

    reads: Grouping
    writes: Sequence[Grouping]

    def for_update(self, case_id: str) -> Grouping:
        """Return the grouping for updates of a case: always the same one, so that two groups do not want its lock."""
        return self.writes[hash(case_id) % len(self.writes)]

    def for_add(self) -> Grouping:
        """Return the grouping for a new case."""
        return min(self.writes, key=_size)


def _size(grouping: Grouping) -> int:
    return grouping.size


class GroupedStore(SqlStore):
    """A store that runs suspendable calls in groups, and any other call by itself in the caller's thread."""

    def __init__(self, url: URL, database: Database, *, durable: bool) -> None:
        super().__init__(url, database, durable=durable)
        self._groups: dict[asyncio.AbstractEventLoop, Groups] = {}
        self._executor = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="store")

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        super().close()

    def add(self, *cases: tuple[str, Stored]) -> None:
        call = current_call()
        if call is None or len(cases) != 1:
            super().add(*cases)
        else:
            [(case_id, case)] = cases
            self._present_groups().for_add().wait_for(Job(call, case_id, case=case))

    def get(self, case_id: str) -> Stored | None:
        call = current_call()
        if call is None:
            return super().get(case_id)
        return self._present_groups().reads.wait_for(Job(call, case_id))

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        call = current_call()
        if call is None:
            return super().update(case_id, change)
        return self._present_groups().for_update(case_id).wait_for(Job(call, case_id, change=change))

    def run_alone(self, job: Job) -> Stored | None:
        """Run a job by itself, in the caller's thread. Raises the job's error."""
        if job.case is not None:
            super().add((job.case_id, job.case))
            return None
        return super().get(job.case_id) if job.change is None else super().update(job.case_id, job.change)

    def _create_groups(self) -> Groups:
        """Create the groupings of the running event loop."""
        raise NotImplementedError

    def _present_groups(self) -> Groups:
        loop = asyncio.get_running_loop()
        groups = self._groups.get(loop)
        if groups is None:
            groups = self._groups[loop] = self._create_groups()
        return groups
