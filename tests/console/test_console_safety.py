"""Scripts in data, searches, addresses and names never run, and a policy blocks any others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from support.consoles import Console, Mock, other_console

HOSTILE = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<svg onload='window.ran = 1'><a href='javascript:window.ran=1'>x</a></svg>",
    "javascript:window.ran=1",
    "'\"><iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "${window.ran = 1}{{constructor.constructor('window.ran = 1')()}}",
    "</textarea></pre></title><script>window.ran = 1</script>",
    "__proto__",
]
PLANTED = (
    "return [...document.querySelectorAll('script, img, iframe, svg a, [onerror], [onload], a[href^=javascript]')]"
    ".filter((e) => !e.closest('head, .top')).map((e) => e.outerHTML)"
)


def harmless(console: Console, text: str) -> None:
    """Check that a text appears on the page, and only as text."""
    console.until(lambda: text in console.script("return document.body.innerText"), f"{text} is shown")
    assert console.script(PLANTED) == []
    assert console.script("return window.ran === undefined && ({}).ran === undefined")


def test_script_in_case_data_never_runs(console: Console, mock: Mock) -> None:
    rows = [
        {"id": text, "summary": text, "owner": text, "caseNumber": text, text: {text: [text]}}
        for text in HOSTILE
    ]
    mock.control("PUT", "state", rows)
    console.until(lambda: sorted(console.titles()) == sorted(HOSTILE), "all are listed")
    for text in HOSTILE:
        place = quote(text, safe="")
        assert mock.call("PATCH", f"/case/{place}", {text: text, "canceled": text}).status_code == 422
        console.go(f"#/cases/{place}")
        console.find(".case .exchanges li")
        console.press(".case .exchanges summary.line")
        console.find(".case .whole .json")
        harmless(console, text)
        console.press("a.edit")
        console.write("textarea", json.dumps({"owner": 1, "canceled": text}))
        console.press("button", "Save with PATCH")
        console.find(".verdict li")
        harmless(console, text)
        console.press("button", "Discard")
    console.go("#/journal")
    console.until(lambda: len(console.all(".exchanges li")) == 2 * len(HOSTILE), "all are in the journal")
    for exchange in mock.control("GET", "journal")["exchanges"][::2]:
        console.go(f"#/journal/{exchange['number']}")
        console.find(".head", f"Exchange {exchange['number']}")
        harmless(console, json.dumps(exchange["case"])[1:-1])


def test_script_in_searches_and_addresses_never_runs(console: Console) -> None:
    for text in HOSTILE:
        console.write("#search", text)
        harmless(console, text)
        console.go(f"#/cases/{quote(text, safe='')}")
        console.find(".nothing", "There is no case")
        harmless(console, text)
        console.go("#/cases")


def test_script_in_workflow_names_never_runs(console: Console, tmp_path: Path) -> None:
    name = "<img src=x onerror='window.ran=1'>"
    file = tmp_path / "tenant.toml"
    file.write_text(f'[workflow]\nmoves = {{ Open = ["{name}"], "{name}" = ["Open"] }}\n')
    with other_console(console, "--deployment", str(file)) as other:
        other.go(f"#/cases/{other.mock.create(summary='Odd')['id']}")
        other.press("button.transition", name)
        other.find(".cases .badge", name)
        harmless(other, name)


def test_content_security_policy_blocks_scripts(console: Console, driver: Any) -> None:
    plant = "document.body.insertAdjacentHTML('beforeend', `<img src='data:,' onerror='window.ran = 1'>`)"
    console.script(plant)

    def stopped() -> bool:
        return any("Content Security Policy" in one["message"] for one in driver.get_log("browser"))

    console.until(stopped, "the browser refuses")
    assert console.script("return window.ran === undefined")
