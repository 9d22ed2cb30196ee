"""A connection to PostgreSQL that runs prepared statements in an event loop, without a thread.

It uses psycopg's wrapper of libpq in pipeline mode: the statements of one call travel in one message each way, and
parameters and results are binary.
"""

import asyncio
from collections.abc import Mapping, Sequence
from struct import pack

from psycopg import Connection, OperationalError
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

BYTEA = 17
"""The type's OID in PostgreSQL's catalogue pg_type."""

Command = tuple[str, Sequence[bytes]]
"""The name of a prepared statement, and its parameters in binary form."""


class LinkError(Exception):
    """A call failed. If `may_have_run`, the connection broke before the database confirmed the statements."""

    def __init__(self, reason: str, *, may_have_run: bool) -> None:
        super().__init__(reason)
        self.may_have_run = may_have_run


class Link:
    """One connection. Runs one call at a time."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Take over a connection that `prepare` has prepared."""
        self._connection = connection
        self._pg = connection.pgconn
        self._socket = self._pg.socket
        self._loop = loop
        self._results: list[PGresult] = []
        self._reply: asyncio.Future[None] | None = None
        self._is_flushing = False
        self.is_lost = False
        """The connection has broken."""
        self._last_use = loop.time()
        loop.add_reader(self._socket, self._read)

    @property
    def idle_time(self) -> float:
        """Seconds since the last call."""
        return self._loop.time() - self._last_use

    def check(self) -> None:
        """Notice now if the database has closed the connection, before statements that may not be repeated."""
        # The first read may get the reason, the second one gets the end of the stream.
        for _ in range(2):
            if not self.is_lost:
                self._read()

    async def run(self, *commands: Command) -> list[PGresult]:
        """Run prepared statements, and return the result of each. Raises LinkError.

        After a failed statement, PostgreSQL skips the remaining ones.
        """
        if self.is_lost:
            raise LinkError("the connection is lost", may_have_run=False)
        self._results = []
        self._reply = self._loop.create_future()
        try:
            for name, parameters in commands:
                formats = [Format.BINARY] * len(parameters)
                self._pg.send_query_prepared(name.encode(), parameters, formats, Format.BINARY)
            self._pg.pipeline_sync()
            self._flush()
        except OperationalError as error:
            self._lose(error)
        await self._reply
        self._last_use = self._loop.time()
        for result in self._results:
            if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
                raise LinkError(result.error_message.decode(errors="replace"), may_have_run=False)
        return self._results

    def close(self) -> None:
        """Close the connection."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._connection.close()

    def _flush(self) -> None:
        """Send what is buffered, and the rest as soon as the socket can take it."""
        if self._pg.flush():
            self._loop.add_writer(self._socket, self._continue_flush)
            self._is_flushing = True
        elif self._is_flushing:
            self._loop.remove_writer(self._socket)
            self._is_flushing = False

    def _continue_flush(self) -> None:
        try:
            self._flush()
        except OperationalError as error:
            self._lose(error)

    def _read(self) -> None:
        try:
            self._pg.consume_input()
            self._take_results()
        except OperationalError as error:
            self._lose(error)

    def _take_results(self) -> None:
        while self._reply is not None and not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:
                # It separates the results of two statements, but a broken connection has no results either.
                if self._pg.status == ConnStatus.BAD:
                    raise OperationalError("the database has closed the connection")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                reply, self._reply = self._reply, None
                if not reply.done():
                    reply.set_result(None)
            else:
                self._results.append(result)

    def _lose(self, error: OperationalError) -> None:
        self.is_lost = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_exception(LinkError(str(error), may_have_run=True))


def prepare(connection: Connection, statements: Mapping[str, str]) -> None:
    """Prepare statements by name, and switch the connection to pipeline mode. Raises psycopg.Error."""
    for name, statement in statements.items():
        result = connection.pgconn.prepare(name.encode(), statement.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise OperationalError(result.error_message.decode(errors="replace"))
    connection.pgconn.nonblocking = 1
    connection.pgconn.enter_pipeline_mode()


def array(values: Sequence[bytes]) -> bytes:
    """Encode bytea[] in binary form, as PostgreSQL's function array_recv reads it."""
    parts = [pack("!iiIii", 1, 0, BYTEA, len(values), 1)] if values else [pack("!iiI", 0, 0, BYTEA)]
    for value in values:
        parts += (pack("!i", len(value)), value)
    return b"".join(parts)
