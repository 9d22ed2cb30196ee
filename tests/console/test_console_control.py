"""Behaviour and data in the console: each control changes the mock and shows its state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.consoles import Console, Mock


def setting(name: str, what: str) -> str:
    return f"[data-setting='{name}'] {what}"


def downloaded(console: Console, name: str) -> Any:
    """Return the content of a downloaded file, and delete the file."""
    file: Path = console.driver.downloads / name  # type: ignore[attr-defined]
    console.until(file.exists, f"{name} is saved")
    content = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return content


def choose(console: Console, label: str, file: Path) -> None:
    console.driver.find_element("css selector", f"input[type=file][aria-label='{label}']").send_keys(
        str(file)
    )


def test_latency_can_be_set(console: Console, mock: Mock) -> None:
    console.press("nav a", "Behaviour")
    console.write(setting("Latency", "input[aria-label*=from]"), "20")
    console.write(setting("Latency", "input[aria-label*=to]"), "40")
    console.press(setting("Latency", "button"), "Apply")
    console.find("#unusual", "latency 20\N{EN DASH}40 ms")
    assert mock.control("GET", "behaviour")["latency"] == {"min": 20, "max": 40}
    assert "latency" in mock.call("GET", "/case/1").headers["x-mock-shaped-by"]
    console.press(setting("Latency", "button"), "Off")
    console.until(lambda: not console.text("#unusual"), "nothing unusual any more")
    assert mock.control("GET", "behaviour")["latency"] is None


@pytest.mark.parametrize(
    ("name", "field", "chip"),
    [("Rate limit", "rate", "7 requests a second"), ("Token life", "token_life", "tokens live 7 s")],
)
def test_amounts_can_be_set_and_switched_off(
    console: Console, mock: Mock, name: str, field: str, chip: str
) -> None:
    console.go("#/behaviour")
    console.write(setting(name, "input"), "7")
    console.press(setting(name, "button"), "Apply")
    console.find("#unusual", chip)
    assert mock.control("GET", "behaviour")[field] == 7
    console.press(setting(name, "button"), "Off")
    console.until(lambda: mock.control("GET", "behaviour")[field] is None, "it is off")


def test_invalid_amount_is_reported_with_its_place(console: Console) -> None:
    console.go("#/behaviour")
    console.write(setting("Token life", "input"), "999999")
    console.press(setting("Token life", "button"), "Apply")
    console.wait_for_message("/token_life must be at most 3600")


def test_outage_can_be_switched(console: Console, mock: Mock) -> None:
    console.go("#/behaviour")
    console.press("#outage")
    console.find("#unusual", "outage")
    assert mock.call("GET", "/case/1").status_code == 503
    console.press("#outage")
    console.until(lambda: mock.call("GET", "/case/1").status_code == 404, "it is over")


def test_faults_can_be_found_and_switched(console: Console, mock: Mock) -> None:
    console.go("#/behaviour")
    console.find(".faults li")
    console.write("#search", "create returns-202")
    console.until(lambda: len(console.all(".faults li")) == 1, "one fault fits")
    console.press(".faults input")
    console.find("#unusual", "1 fault")
    assert mock.control("GET", "behaviour")["faults"] == ["create-returns-202"]
    response = mock.call("POST", "/case", {})
    assert (response.status_code, response.headers["x-mock-shaped-by"]) == (202, "fault create-returns-202")
    console.write("#search", "")
    assert console.find(".faults li:first-child").text.startswith("create-returns-202")
    console.press("button", "All off")
    console.until(lambda: mock.control("GET", "behaviour")["faults"] == [], "no fault is on")


def test_failures_can_be_queued_and_cleared(console: Console, mock: Mock) -> None:
    console.go("#/behaviour")
    console.write("input[name=times]", "2")
    console.write("input[name=status]", "502")
    console.find("select[name=operation]").send_keys("getCase")
    console.press("button", "Fail")
    console.find(".queue li", "The next 2 requests of getCase: 502")
    assert mock.call("POST", "/case", {}).status_code == 201
    assert mock.call("GET", "/case/1").status_code == 502
    console.find(".queue li", "The next 1 request of getCase: 502")
    console.press("button", "Clear")
    console.until(lambda: not console.all(".queue li"), "none is left")
    assert mock.call("GET", "/case/1").status_code == 404


def test_demo_data_can_be_added(console: Console, mock: Mock) -> None:
    mock.control("PUT", "state", [])
    console.press("nav a", "Data")
    console.find(".figure", "0 cases")
    console.press("button", "Demo data")
    console.wait_for_message("30 cases added")
    console.find(".figure", "30 cases")
    assert mock.total() == 30


def test_file_adds_cases_or_shows_invalid_rows(console: Console, mock: Mock, tmp_path: Path) -> None:
    console.go("#/data")
    file = tmp_path / "own.json"
    file.write_text(json.dumps([{"summary": "Own"}, {"state": "Close", "case": {"summary": "Own, closed"}}]))
    choose(console, "From a file…", file)
    console.wait_for_message("2 cases added")
    assert mock.total() == 32
    file.write_text(json.dumps([{"owner": 1}, {}, {"canceled": "no"}]))
    choose(console, "From a file…", file)
    refused = console.find(".refused").text
    assert "/cases/0/owner" in refused
    assert "/cases/2/canceled" in refused
    assert mock.total() == 32


def test_reset_asks_for_confirmation(console: Console, mock: Mock) -> None:
    mock.create(summary="Goes")
    mock.control("PATCH", "behaviour", {"rate": 1000})
    console.go("#/data")
    console.press(".card button", "Reset")
    console.press("dialog button", "Cancel")
    assert mock.total() == 31
    console.press(".card button", "Reset")
    console.press("dialog button", "Reset")
    console.wait_for_message("Reset")
    assert mock.total() == 30
    assert mock.control("GET", "behaviour")["rate"] is None


def test_snapshots_can_be_managed(console: Console, mock: Mock) -> None:
    console.go("#/data")
    console.write("input[aria-label='Name of the snapshot']", "before-lunch")
    console.press("button", "Save")
    console.wait_for_message("Saved before-lunch")
    console.find(".snapshots li", "30 cases")
    mock.create(summary="After lunch")
    console.press(".snapshots button", "Restore")
    console.press("dialog button", "Restore")
    console.wait_for_message("Restored before-lunch")
    assert mock.total() == 30
    console.press(".snapshots button", "Download")
    assert len(downloaded(console, "before-lunch.json")["cases"]) == 30
    console.press(".snapshots button", "Delete")
    console.press("dialog button", "Delete")
    console.find("p", "None yet.")
    assert mock.control("GET", "snapshots")["snapshots"] == []


def test_export_can_be_imported(console: Console, mock: Mock, tmp_path: Path) -> None:
    mock.control("PUT", "state", [{"state": "Close", "case": {"summary": "Exported", "big": 2**70}}])
    console.go("#/data")
    console.press("button", "Export")
    state = downloaded(console, "cases.json")
    assert state == mock.control("GET", "state")
    mock.control("POST", "reset")
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(state))
    choose(console, "Import a file…", file)
    console.find("dialog", "“cases.json”")
    console.press("dialog button", "Import")
    console.wait_for_message("Imported")
    assert mock.control("GET", "state") == state


def test_invalid_file_is_explained_without_effect(console: Console, mock: Mock, tmp_path: Path) -> None:
    console.go("#/data")
    file = tmp_path / "wrong.json"
    file.write_text('{"version": 1, "cases": [{"state": "Nowhere", "case": {}}]}')
    choose(console, "Import a file…", file)
    console.press("dialog button", "Import")
    console.find(".refused li", "/cases/0/state must be one of")
    file.write_text("no JSON at all")
    choose(console, "Import a file…", file)
    console.press("dialog button", "Import")
    console.find(".refused", "The body is not JSON")
    assert mock.total() == 30
