"""Fifty thousand malformed requests, and the state of the mock afterwards."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from support.fuzz_client import Ending, exchange_bytes, parse_responses
from support.fuzz_messages import ANY_FRAMING, control_characters
from support.fuzz_requests import CASE, CASE_ID, VALID_FRAMING, message
from support.processes import mock_process

pytestmark = pytest.mark.slow

SEED = 20250304
REQUESTS = 50_000
TOGETHER, ALONE = 25, 10
"""Valid requests at once over one connection, and valid requests that follow, each over its own connection."""
WORKERS = 50
"""Simultaneous connections."""
DRIBBLERS = 50
"""Connections that slowly send a case the whole time."""
MOST = 128
"""Greatest memory of the mock in MB, with ten thousand cases and a full journal."""


@dataclass(frozen=True)
class Talk:
    """The bytes for one connection."""

    pieces: Sequence[bytes]
    responses: int | None = None
    """Expected number of responses, if known."""
    ending: Ending = Ending.READ_TO_END
    pause: float = 0
    """Seconds between the pieces."""


@dataclass
class Aftermath:
    """The result of the fuzzing."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    cases: dict[str, bytes] = field(default_factory=dict)
    """The response to each create, by id."""
    reread: dict[str, bytes] = field(default_factory=dict)
    """The final response to a read, by id."""
    peak: float = 0
    """MB."""
    log: str = ""


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    found, data = Aftermath(), tmp_path_factory.mktemp("fuzz") / "victim.json"
    data.write_text(json.dumps([{"id": CASE_ID.decode(), "lastWorkflowId": CASE_ID.decode()}]))
    with mock_process("--control-token", "dev-token", "--seed-data", str(data)) as (process, url):
        where = urlsplit(url)
        assert where.hostname is not None
        assert where.port is not None
        asyncio.run(_fuzz((where.hostname, where.port), found))
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            found.peak = int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
        process.terminate()
        found.log = process.communicate(timeout=10)[0]
    return found


def _talks(random: Random) -> Iterator[Talk]:
    for pieces in control_characters():
        yield Talk(pieces)
    for _ in range(REQUESTS // (TOGETHER + ALONE)):
        kinds = random.choices(list(VALID_FRAMING), list(VALID_FRAMING.values()), k=TOGETHER)
        yield Talk([b"".join(kind(random) for kind in kinds)], responses=TOGETHER)
        for kind in random.choices(list(ANY_FRAMING), list(ANY_FRAMING.values()), k=ALONE):
            yield Talk(kind(random), ending=random.choices(list(Ending), (9, 1))[0])


async def _fuzz(address: tuple[str, int], found: Aftermath) -> None:
    create = message(b"POST", b"/case", CASE)
    await _tell(address, Talk([create] * 200, responses=200), found)
    slow = Talk([create[at : at + 6] for at in range(0, len(create), 6)], responses=1, pause=0.1)
    dribblers = [asyncio.create_task(_tell(address, slow, found)) for _ in range(DRIBBLERS)]
    talks = _talks(Random(SEED))

    async def work() -> None:
        for talk in talks:
            await _tell(address, talk, found)

    await asyncio.gather(*(work() for _ in range(WORKERS)), *dribblers)
    ids = list(found.cases)
    for at in range(0, len(ids), 100):
        reads = [message(b"GET", b"/case/" + case_id.encode()) for case_id in ids[at : at + 100]]
        again = list(parse_responses(await exchange_bytes(address, reads)))
        found.reread |= {case_id: one.body for case_id, one in zip(ids[at:], again, strict=False)}


async def _tell(address: tuple[str, int], talk: Talk, found: Aftermath) -> None:
    found.sent += talk.responses or 1
    try:
        came = list(parse_responses(await exchange_bytes(address, talk.pieces, talk.ending, talk.pause)))
    except (OSError, ValueError, KeyError, TimeoutError) as error:
        found.wrong.append(f"{error!r} after {[piece[:300] for piece in talk.pieces[:30]]}")
        return
    if talk.responses is not None and len(came) != talk.responses:
        found.wrong.append(f"{len(came)} answers, not {talk.responses}, to {talk.pieces}")
    for response in came:
        found.statuses[response.status] += 1
        if response.location:
            found.cases[json.loads(response.body)["id"]] = response.body


def test_mock_survives_fuzzing(aftermath: Aftermath, subtests: pytest.Subtests) -> None:
    # One test, because the requests take long: pytest-xdist would send them again for each of several tests.
    with subtests.test("every answer is HTTP and JSON, and none is missing"):
        assert aftermath.wrong == []
        assert aftermath.sent >= REQUESTS
    with subtests.test("no case is lost or altered"):
        assert len(aftermath.cases) > 2000
        assert aftermath.reread == aftermath.cases
    with subtests.test("the mock never fails itself"):
        # OAuth uses 501 for an unknown grant.
        assert not [status for status in aftermath.statuses if status >= 500 and status != 501]
        assert aftermath.log.count("\n") < 10
    with subtests.test("memory is bounded"):
        assert aftermath.peak < MOST
    with subtests.test("the requests are of all kinds"):
        assert {200, 201, 204, 400, 401, 404, 405, 409, 413, 415, 422, 431} <= set(aftermath.statuses)
