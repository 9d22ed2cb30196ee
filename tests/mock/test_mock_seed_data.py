"""The initial cases: demo data, seeded ids, and resets."""

import json
from collections.abc import Iterable

import pytest
from support.clients import Client, content, records, states

from mock_server import CaseRules, IdFormat, Mock, Settings, Workflow
from mock_server.core.errors import Refused
from mock_server.core.store import MemoryStore, Stored
from mock_server.storage import seed_files

# Demo data


@pytest.mark.parametrize(
    "workflow", [Workflow(), Workflow(initial="New", moves={"New": ("Triage",), "Triage": ("Done",)})]
)
def test_demo_has_thirty_cases_in_all_states(workflow: Workflow) -> None:
    mock = Mock(Settings(workflow=workflow), seed_data="demo")
    assert len(records(mock)) == 30
    assert set(states(mock)) == set(workflow.states)
    dates = [record["createdDate"] for record in records(mock)]
    assert dates == sorted(dates)
    numbers = {record["caseNumber"] for record in records(mock)}
    assert len(numbers) == 30


def test_demo_data_can_be_added_again() -> None:
    mock = Mock(seed_data="demo")
    assert mock.seed("demo") == 30
    assert len(records(mock)) == 60


# Determinism


def test_equal_seeds_and_requests_give_equal_responses() -> None:
    def run(seed: int) -> list[bytes]:
        mock = Mock(seed=seed, today=lambda: 1.5, seed_data="demo")
        ask = Client(mock.handle)
        case = ask.create({"a": 1})
        moved = ask.move(case, "Close")
        return [json.dumps(case).encode(), moved.body, mock.export()]

    assert run(7) == run(7)
    assert run(7)[0] != run(8)[0]


def test_reset_restarts_the_seeded_ids() -> None:
    mock = Mock(seed=7, today=lambda: 1.5, seed_data=[{"a": 1}])
    ask = Client(mock.handle)
    start = mock.export()
    first = ask.create()
    mock.behave(outage=True)
    mock.fail_next()
    mock.reset()
    assert mock.export() == start
    assert mock.journal.read() == []
    assert ask.create() == first


def test_reset_is_atomic() -> None:
    sizes = []

    class Watched(MemoryStore):
        def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
            done = super().restore(cases, if_empty=if_empty)
            sizes.append(len(list(self.items())))
            return done

    Mock(store=Watched(), seed=7, seed_data="demo").reset()
    assert sizes == [30, 30]


def test_seeded_ids_skip_existing_ones() -> None:
    first = Mock(seed=7)
    case = Client(first.handle).create({"kept": True})
    for rules in (CaseRules(), CaseRules(id_format=IdFormat.ANY)):
        second = Mock(Settings(case=rules), seed=7, seed_data=seed_files.parse(first.export()))
        other = Client(second.handle).create()
        assert other["id"] != case["id"]
        assert len(records(second)) == 2


def test_seed_data_is_loaded_only_into_an_empty_store() -> None:
    first = Mock(seed_data=[{"id": "1"}])
    Client(first.handle)("PATCH", "/case/1", {"changed": True})
    second = Mock(store=first.store, seed_data=[{"id": "1"}])
    assert content(Client(second.handle)("GET", "/case/1"))["changed"] is True
    second.reset()
    assert "changed" not in content(Client(second.handle)("GET", "/case/1"))
    with pytest.raises(Refused):
        Mock(store=first.store, seed_data=[7])
