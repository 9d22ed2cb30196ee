"""conformance.html as text: everything is in it, nothing in it can run or reach out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from support import report_samples as samples

from contract_tests.contract.requirements import catalogue
from contract_tests.report.html.page import render
from contract_tests.report.html.timeline import draw
from contract_tests.results.verdicts import Finding, Verdict

# Elements and attributes by which a page would load something or run something.
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The page's elements, and whether they close as they should."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(samples.document()))


def test_every_element_is_closed(page: Page) -> None:
    assert page.open == []


def test_the_one_script_is_the_pages_own(page: Page) -> None:
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not [
        tag for tag, _ in page.elements if tag in ("img", "iframe", "object", "embed", "form", "base")
    ]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_nothing_is_loaded(page: Page) -> None:
    for tag, attributes in page.elements:
        assert not LOADING & set(attributes), tag
        href = attributes.get("href") or "#"
        assert href.startswith("#") or (tag, href) == ("link", "data:,")
    assert "@import" not in page.words
    assert "url(" not in page.words


def test_the_policy_admits_the_pages_own_script_and_style_alone(page: Page) -> None:
    policy = next(one["content"] for tag, one in page.elements if tag == "meta" and "http-equiv" in one)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_each_requirement_stands_once_with_its_verdict(page: Page) -> None:
    rows = {one["id"]: one["data-shown"] for tag, one in page.elements if tag == "li" and "data-shown" in one}
    assert list(rows) == list(catalogue())
    assert rows["PATCH-PARTIAL"] == "failed"
    assert rows["LINEARIZABLE"] == "warning"
    assert rows["SCHEMA"] == "error"
    assert rows[samples.UNVERIFIED] == "unverified"


def test_what_was_sent_is_shown_as_text(page: Page) -> None:
    assert samples.HOSTILE in page.words
    assert "\\x1b[31m \\x00" in page.words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page.words)


def test_a_link_leads_to_each_requirement(page: Page) -> None:
    ids = {one["id"] for _, one in page.elements if one.get("id")}
    links = {one["href"][1:] for tag, one in page.elements if tag == "a" and one["href"]}
    assert links <= ids
    assert set(catalogue()) <= links


def test_without_a_script_no_dead_button_shows(page: Page) -> None:
    assert next(one for tag, one in page.elements if tag == "nav").get("hidden", "absent") is None


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([samples.failed("SCHEMA")], "Not conformant: 1 of"),
        ([Finding("SCHEMA", Verdict.ERROR, "test", reason="down")], "Incomplete: no conclusion on 1 of"),
        ([], "Conformant as far as judged"),
        ([Finding(samples.UNVERIFIED, Verdict.PASSED, "test")], "Conformant: "),
        ([samples.failed("LINEARIZABLE")], "Conformant as far as judged"),
    ],
)
def test_the_headline_says_the_outcome(findings: list[Finding], words: str) -> None:
    assert f">{words}" in render(samples.document(findings))


def test_an_interrupted_run_is_no_conformant_one() -> None:
    document = samples.document([])
    document["run"]["interrupted"] = True
    assert ">Incomplete: interrupted, when " in render(document)


def test_a_long_body_is_cut_with_its_count() -> None:
    long = samples.recorded(samples.exchange("GET", "/case/1", answer="x" * 15_000))
    assert "9,000 characters more" in render(samples.document([samples.failed("SCHEMA", story=long)]))


def test_a_timeline_has_a_lane_for_each_client_and_a_bar_for_each_operation() -> None:
    drawn = Page(str(draw(samples.TIMELINE)))  # type: ignore[arg-type]
    assert [one["class"] for tag, one in drawn.elements if tag == "g"] == [
        "bar write",
        "bar read",
        "bar refused",
    ]
    assert len([one for _, one in drawn.elements if one.get("class") == "rail"]) == 2
    rectangles = [one for tag, one in drawn.elements if tag == "rect"]
    assert all(float(one["x"] or -1) >= 0 and float(one["width"] or 0) >= 3 for one in rectangles)
    assert draw([]) == ""


def test_a_timeline_of_one_moment_can_be_drawn() -> None:
    assert "<svg" in draw([{**samples.TIMELINE[0], "end": 5.0}])  # type: ignore[typeddict-item]
