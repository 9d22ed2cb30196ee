"""The page itself: token, reconnection, keyboard, phone and colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from support.consoles import CONTROL_TOKEN, DESKTOP, Console, Mock, free_port, running

VIEWS = [
    "#/cases",
    "#/cases/{id}",
    "#/cases/{id}/edit",
    "#/new",
    "#/journal",
    "#/journal/{number}",
    "#/behaviour",
    "#/data",
]


def views(console: Console, mock: Mock) -> list[tuple[str, str]]:
    """Every view, with an element that shows when it is ready."""
    case = mock.create(summary="W" * 300, **{"k" * 300: "v" * 300})
    number = mock.control("GET", "journal")["last"]
    shown = [".welcome", ".case", "textarea", "textarea", ".exchanges li", ".whole", ".faults li", ".figure"]
    return list(zip([view.format(id=case["id"], number=number) for view in VIEWS], shown, strict=True))


def test_token_moves_from_the_address_to_the_tab(console: Console, mock: Mock) -> None:
    console.find("#live", "Live")
    assert CONTROL_TOKEN not in console.driver.current_url
    console.driver.refresh()
    console.find(".cases .title")
    assert CONTROL_TOKEN not in str(console.script("return JSON.stringify([history.state, document.cookie])"))


def test_address_may_have_a_view_after_the_token(console: Console) -> None:
    console.driver.get("about:blank")
    console.driver.get(f"{console.mock.root}/_mock/#token={CONTROL_TOKEN}/data")
    console.find(".figure", "30 cases")
    assert console.driver.current_url == f"{console.mock.root}/_mock/#/data"


def test_console_asks_for_a_missing_token(console: Console) -> None:
    console.open(token=None)
    console.find("h1", "Control token")
    assert console.script("return document.activeElement.id") == "token"
    console.keys("wrong", Keys.ENTER)
    console.find(".failed", "The mock rejected this token.")
    console.keys(CONTROL_TOKEN, Keys.ENTER)
    console.find(".cases .title")
    console.find("#live", "Live")


def test_console_reconnects_to_a_restarted_mock(console: Console, driver: Any) -> None:
    port = free_port()
    with running("--seed-data", "demo", port=port) as mock:
        other = Console(driver, mock).open()
        other.find(".cases .title")
    other.find("#live", "Not reachable, retrying")
    assert len(other.titles()) == 30
    with running(port=port) as mock:
        mock.create(summary="After the restart")
        other.until(lambda: other.titles() == ["After the restart"], "the new mock's case")
        other.find("#live", "Live")
        driver.get(f"{console.mock.root}/_mock/")
    driver.get_log("browser")  # the browser logs each attempt


def test_console_shows_reloaded_settings(console: Console, driver: Any, tmp_path: Path) -> None:
    deployment = tmp_path / "tenant.toml"
    deployment.write_text("")
    with running("--deployment", str(deployment), "--watch") as mock:
        case = mock.create(summary="Watched")
        other = Console(driver, mock).open(f"#/cases/{case['id']}")
        other.find("button.transition", "Close")
        deployment.write_text('[workflow]\nmoves = { Open = ["Triage"], Triage = ["Close"] }\n')
        other.find("button.transition", "Triage")
        driver.get(f"{console.mock.root}/_mock/")


def test_everything_works_by_keyboard(console: Console, mock: Mock) -> None:
    mock.control("PUT", "state", [{"summary": "First"}, {"summary": "Second"}])
    console.until(lambda: len(console.titles()) == 2, "two cases")
    console.keys("/", "sec")
    console.until(lambda: console.titles() == ["Second"], "the search has the focus")
    console.keys(Keys.ESCAPE)
    console.keys("j")
    assert outlined(console)
    console.keys(Keys.ENTER)
    console.find(".case h1", "Second")
    console.keys("e")
    console.find("textarea")
    console.until(
        lambda: console.script("return document.activeElement.tagName") == "TEXTAREA",
        "the text has the focus",
    )
    console.keys(Keys.CONTROL, "a", Keys.NULL, '{"summary": "Second, typed"}', Keys.CONTROL, Keys.ENTER)
    console.find(".case h1", "Second, typed")
    console.keys("l")
    console.until(
        lambda: console.script("return document.activeElement.closest('.detail') !== null"),
        "it is in the case",
    )
    for _ in range(10):
        if console.script("return document.activeElement.matches('button.transition')"):
            break
        console.keys(Keys.TAB)
    assert outlined(console)
    console.keys(Keys.ENTER)
    console.until(lambda: console.text(".workflow .current text") == "Close", "the case is closed")
    for key, shown in (("2", ".exchanges li"), ("3", ".faults li"), ("4", ".figure"), ("1", ".cases")):
        console.keys(key)
        console.find(shown)
    console.keys("n")
    console.find("h1", "New case")
    console.keys(Keys.ESCAPE)
    console.find(".welcome")
    console.keys("?")
    console.find("dialog", "next and previous in a list")
    console.keys(Keys.ESCAPE)
    console.until(lambda: not console.all("dialog"), "the list of keys is closed")


def outlined(console: Console) -> bool:
    """Return True if the focus is visible."""
    styles = (
        "const styles = [null, '::after'].map((part) => getComputedStyle(document.activeElement, part));"
        "return styles.some((style) => style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2)"
    )
    return bool(console.script(styles))


@pytest.mark.parametrize(("width", "height"), [DESKTOP, (360, 740)])
def test_no_view_is_wider_than_the_window(console: Console, mock: Mock, width: int, height: int) -> None:
    console.resize(width, height)
    for view, shown in views(console, mock):
        if (shown, width) == (".welcome", 360):
            continue  # a phone shows only the list
        console.go(view)
        console.find(shown)
        assert console.script("return document.documentElement.scrollWidth <= innerWidth"), view
        overflowing = (
            "return [...document.querySelectorAll('.detail, .list, .scroll, .page')]"
            ".filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className)"
        )
        assert console.script(overflowing) == [], view


def test_phone_shows_one_pane_at_a_time(console: Console) -> None:
    console.resize(360, 740)
    console.find(".cases .title")
    assert not console.all(".detail")
    console.press(".cases .title")
    console.find(".case h1")
    assert not console.all(".list")
    console.press("a.back")
    console.find(".cases .title")


def test_phone_shows_the_whole_workflow(console: Console) -> None:
    console.resize(390, 844)
    console.press(".cases .title")
    console.find(".workflow .current")
    widths = "const box = document.querySelector('.picture'); return [box.clientWidth, box.scrollWidth]"
    width, content_width = console.script(widths)
    assert content_width == width


def test_new_case_editor_uses_the_whole_width_until_an_error(console: Console) -> None:
    console.go("#/new")
    area = console.find("textarea")
    pane = console.find(".editor")
    assert area.size["width"] > 0.9 * pane.size["width"]
    console.write("textarea", "{")
    console.press("button", "Create")
    console.find(".verdict", "400")
    assert area.size["width"] < 0.8 * pane.size["width"]


CONTRAST = """
const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const color = rgb(getComputedStyle(at).backgroundColor);
    if (color.length < 4 || color[3] === 1) return color;
  }
};
return [...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && !e.closest("svg, [disabled], .hidden, noscript") &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((e) => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return [e.textContent.slice(0, 40), e.className, Math.round(100 * (a + 0.05) / (b + 0.05)) / 100];
  })
  .filter(([, , ratio]) => ratio < 4.5);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_colour_schemes(console: Console, mock: Mock, scheme: str) -> None:
    console.prefer(scheme)
    mock.control("PATCH", "behaviour", {"latency": {"min": 1, "max": 1}, "faults": ["create-returns-202"]})
    mock.call("POST", "/case", {"owner": 1})
    mock.control("PATCH", "behaviour", {"faults": None})
    for view, shown in views(console, mock):
        console.go(view)
        console.find(shown)
        assert console.script(CONTRAST) == [], view
    ground = console.script("return getComputedStyle(document.body).backgroundColor")
    assert (int(ground[4:-1].split(",")[0]) < 128) == (scheme == "dark")


def test_layout_is_stable_while_cases_change(console: Console, mock: Mock) -> None:
    console.find(".cases .title")
    case = mock.create(summary="Still")
    console.go(f"#/cases/{case['id']}")
    console.find(".case .exchanges li")
    watch = (
        "window.jumps = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => jumps += one.value))"
        ".observe({ type: 'layout-shift' })"
    )
    console.script(watch)
    for summary in ("Changed", "Changed again"):
        mock.call("PATCH", f"/case/{case['id']}", {"summary": summary})
        console.find(".case h1", summary)
        console.find(".cases .title", summary)
    console.find("#live", "Live")
    assert console.script("return window.jumps") < 0.02
