"""conformance.html as text: it is complete, and it loads and executes nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from support import report_samples as samples

from contract_tests.contract.requirements import catalogue
from contract_tests.report.document import Document, RequirementEntry
from contract_tests.report.html import templates
from contract_tests.report.html.page import render
from contract_tests.report.html.requirement import VERDICTS
from contract_tests.report.html.timeline import draw
from contract_tests.results.verdicts import Finding, Verdict

# Attributes with which a page would load or execute something.
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The elements of the page; each must be closed."""

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


def test_only_script_is_the_pages_own(page: Page) -> None:
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


def test_policy_allows_only_the_pages_own_script_and_style(page: Page) -> None:
    policy = next(one["content"] for tag, one in page.elements if tag == "meta" and "http-equiv" in one)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_each_requirement_appears_once_with_its_verdict(page: Page) -> None:
    rows = {one["id"]: one["data-shown"] for tag, one in page.elements if tag == "li" and "data-shown" in one}
    assert sorted(rows) == sorted(catalogue())
    assert rows["PATCH-PARTIAL"] == "failed"
    assert rows["LINEARIZABLE"] == "warning"
    assert rows["SCHEMA"] == "error"
    assert rows[samples.UNVERIFIED] == "unverified"


def test_data_is_shown_as_text(page: Page) -> None:
    assert samples.HOSTILE in page.words
    assert "\\x1b[31m \\x00" in page.words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page.words)


def test_each_requirement_has_a_link(page: Page) -> None:
    ids = {one["id"] for _, one in page.elements if one.get("id")}
    links = {one["href"][1:] for tag, one in page.elements if tag == "a" and one["href"]}
    assert links <= ids
    assert set(catalogue()) <= links


def test_filter_is_hidden_without_the_script(page: Page) -> None:
    assert next(one for tag, one in page.elements if tag == "nav").get("hidden", "absent") is None


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([samples.failed("SCHEMA")], "Not conformant: 1 of"),
        ([Finding("SCHEMA", Verdict.ERROR, "test", reason="down")], "Incomplete: no verdict on 1 of"),
        ([], "Conformant as far as verified"),
        ([Finding(samples.UNVERIFIED, Verdict.PASSED, "test")], "Conformant: "),
        ([samples.failed("LINEARIZABLE")], "Conformant as far as verified"),
    ],
)
def test_headline_names_the_outcome(findings: list[Finding], words: str) -> None:
    assert f">{words}" in render(samples.document(findings))


def test_interrupted_run_is_incomplete() -> None:
    document = samples.document([])
    document["run"]["interrupted"] = True
    assert ">Incomplete: interrupted after " in render(document)


def test_long_body_is_cut_with_its_count() -> None:
    long = samples.recorded(samples.exchange("GET", "/case/1", answer="x" * 15_000))
    assert "9,000 more characters" in render(samples.document([samples.failed("SCHEMA", exchanges=long)]))


def test_timeline_has_a_lane_per_client_and_a_bar_per_operation() -> None:
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


def test_timeline_of_one_moment_can_be_drawn() -> None:
    assert "<svg" in draw([{**samples.TIMELINE[0], "end": 5.0}])  # type: ignore[typeddict-item]


def test_first_screen_has_statement_observation_and_consequences() -> None:
    findings = [
        samples.failed("PUT-REPLACES", actual="the field to remain"),
        Finding("PATCH-PARTIAL", Verdict.UNVERIFIED, "t", reason="needs it", needs=("PUT-REPLACES",)),
    ]
    first_screen = (
        render(samples.document(findings)).partition('<ul class="explained">')[2].partition("</ul>")[0]
    )
    words = Page(f"<ul>{first_screen}</ul>").words
    assert catalogue()["PUT-REPLACES"].statement.replace("`", "") in words
    assert "the field to remain" in words
    assert "Unverified, because it failed: PATCH-PARTIAL" in words


def test_requirements_without_a_check_are_folded(page: Page) -> None:
    assert "1 without a check in this run" in page.words


def entry(document: Document, id_: str) -> RequirementEntry:
    return next(one for one in document["requirements"] if one["id"] == id_)


@pytest.mark.parametrize("id_", ["CREATE-STATUS", "PATCH-PARTIAL"])
def test_requirement_has_the_catalogues_text(page: Page, id_: str) -> None:
    known = catalogue()[id_]
    for text in (known.statement, known.rests_on, *known.source, *known.accepts):
        assert text.replace("`", "") in page.words


def test_quote_is_absent_without_the_vendors_words() -> None:
    document = samples.document([samples.failed("ERRORS-QUIET")])
    del entry(document, "CREATE-STATUS")["rests_on"]  # as in a report of an earlier version
    assert catalogue()["CREATE-STATUS"].rests_on not in Page(render(document)).words


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        (
            ["BASE_URL", "CASEIQ_TOKEN"],
            f"BASE_URL={samples.BASE} CASEIQ_TOKEN=... sh reproductions/SCHEMA.sh",
        ),
        (["BASE_URL"], f"BASE_URL={samples.BASE} sh reproductions/SCHEMA.sh"),
        ([], f"BASE_URL={samples.BASE} sh reproductions/SCHEMA.sh"),
    ],
)
def test_script_names_its_variables(variables: list[str], command: str) -> None:
    document = samples.document([samples.failed("SCHEMA", exchanges=())])
    entry(document, "SCHEMA").update(script="reproductions/SCHEMA.sh", script_variables=variables)
    words = Page(render(document)).words
    assert command in words
    assert ("the credential for the target" in words) == ("CASEIQ_TOKEN" in variables)


def test_missing_script_has_its_reason() -> None:
    document = samples.document([samples.failed("SCHEMA")])
    entry(document, "SCHEMA").update(no_script="a request body contains a credential")
    words = Page(render(document)).words
    assert "There is no reproduction script: a request body contains a credential." in words


def test_each_curl_line_can_be_copied(page: Page) -> None:
    labels = [one["aria-label"] for tag, one in page.elements if one.get("class") == "copy"]
    assert labels.count("Copy the curl line of POST /case") == 3
    assert len(labels) == 9
    assert "$CASEIQ_TOKEN" in page.words


def test_headings_skip_no_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", templates.part("report.css"), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    pairs = [(name, below) for name in ("ink", "soft", "link") for below in ("paper", "card", "sunk")]
    pairs += [(name, below) for name in VERDICTS for below in (f"{name}-wash", "card", "paper")]
    measured = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: value for pair, value in measured.items() if value < 4.5} == {}


def test_lines_with_ids_of_the_run_say_so() -> None:
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201),
        samples.exchange("GET", f"/case/{samples.CASE}", at=1),
    )
    pages = [
        render(samples.document([samples.failed("SCHEMA", exchanges=shown)]))
        for shown in (exchanges, exchanges[:1])
    ]
    assert ["contain ids of this run" in page for page in pages] == [True, False]


def test_each_credential_is_explained() -> None:
    (exchange,) = samples.recorded(samples.exchange("POST", "/case", b"{}", status=201))
    exchange["curl"] += " $CASEIQ_TOKEN $CASEIQ_CLIENT_ID $CASEIQ_CLIENT_SECRET"
    page = render(samples.document([samples.failed("SCHEMA", exchanges=(exchange,))]))
    for words in ("the credential for the target", "the id of the OAuth2 client", "the secret of the OAuth2"):
        assert words in page
