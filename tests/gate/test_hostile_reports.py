"""Reports about documents with hostile names: each format escapes them, and each command sends what it shows."""

from __future__ import annotations

import email
import http.server
import json
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

import jsonschema
import pytest
from gate_samples import FINDINGS, NARROWED, REQUEST, UNPROVEN, comparison

from change_gate.findings import Comparison, Place, Witness
from change_gate.report import annotations, html, junit, markdown, sarif, terminal
from change_gate.report.curl import curl_command

NAME: Final = "a|b`c``<img src=x onerror=alert(1)>]]>,x::y%z\n::error::\x1b[31m\x00[a](b)&\"'"
HOSTILE: Final = replace(
    NARROWED,
    rule="request-body-narrowed",
    message=NAME,
    operation=f"POST /{NAME}",
    base=Place(f"{NAME}.yaml", f"/{NAME}", 1),
    head=Place(f"{NAME}.yaml", f"/{NAME}", 2),
    witness=replace(REQUEST, body={NAME: NAME}),
)
# The parts of SARIF 2.1.0 (OASIS) that code scanning needs, as far as a log of the gate uses them.
TEXT: Final = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LOCATION: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "message": TEXT,
        "logicalLocations": {"type": "array", "items": {"type": "object"}},
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {
                        "uri": {"pattern": r"^(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-F]{2})+$"}
                    },
                },
                "region": {
                    "required": ["startLine"],
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
}
RESULT: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "ruleId"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION},
        "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {"required": ["kind"], "properties": {"kind": {"enum": ["inSource", "external"]}}},
        },
        "properties": {"type": "object"},
    },
}
RUN: Final = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {
            "required": ["driver"],
            "properties": {
                "driver": {
                    "required": ["name", "rules"],
                    "properties": {
                        "rules": {
                            "type": "array",
                            "uniqueItems": True,
                            "items": {"required": ["id"], "properties": {"shortDescription": TEXT}},
                        }
                    },
                }
            },
        },
        "invocations": {"type": "array", "items": {"required": ["executionSuccessful"]}},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
}


def hostile() -> Comparison:
    """Return a comparison with a problem and findings that hold the hostile name."""
    return replace(comparison(*FINDINGS, UNPROVEN, HOSTILE), problems=(NAME,), head_version=NAME)


def test_sarif_has_the_structure_of_the_standard() -> None:
    accepted = replace(NARROWED, accepted="agreed until 2099-01-01")
    for one in (hostile(), comparison(), comparison(accepted)):
        data = json.loads(sarif.render(one, passed=False))
        jsonschema.Draft202012Validator(SARIF).validate(data)


def test_sarif_follows_the_published_schema() -> None:
    # The classes of this package were generated from the schema of SARIF 2.1.0, and forbid unknown members.
    model = pytest.importorskip("pydantic_sarif.model")
    log = model.StaticAnalysisResultsFormatSarifVersion210JsonSchema
    accepted = replace(NARROWED, accepted="agreed until 2099-01-01")
    for one in (hostile(), comparison(), comparison(accepted), comparison(*FINDINGS)):
        log.model_validate(json.loads(sarif.render(one, passed=False)))
    data = json.loads(sarif.render(comparison(*FINDINGS), passed=False))
    data["runs"][0]["results"][0]["lines"] = 1
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        log.model_validate(data)


def test_annotations_escape_the_delimiters_of_commands() -> None:
    lines = annotations.render(hostile(), passed=False).split("\n")
    assert (
        len(lines) == len(set(lines)) == 8
    )  # six findings and problems, the result, and the end of the last line
    for line in filter(None, lines):
        command, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()  # type: ignore[union-attr]
        assert command in ("error", "warning", "notice")
        assert not re.search(r"%(?!25|0A|0D|2C|3A)", properties + message)
        for member in properties.split(","):
            assert re.fullmatch(r"(title|file|line)=[^:,\r\n]*", member), member


def test_markdown_leaves_no_active_character_in_text() -> None:
    text = markdown.render(hostile(), passed=False)
    without_blocks = re.sub(r"^(`{3,})(?:sh)?\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    without_code = re.sub(r"(?<!\\)(`+)(?!`).+?(?<!`)\1(?!`)", "", without_blocks)
    assert "<img" not in re.sub(r"\\<img", "", without_code)
    assert not re.search(r"(?<!\\)[|<>\[`]", without_code)


def test_html_shows_hostile_names_as_text() -> None:
    page = html.render(hostile(), passed=False)
    assert "<img" not in page
    assert "onerror=alert(1)&gt;" in page


def test_junit_of_hostile_names_is_well_formed() -> None:
    suite = ET.fromstring(junit.render(hostile(), passed=False).encode())[0]
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert any(NAME.split("\n")[0] in (case.get("classname") or "") for case in suite.findall("testcase"))


def test_terminal_prints_no_control_character_of_a_document() -> None:
    text = terminal.render(hostile(), passed=False, colour=False)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stores the headers and the body of each request."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.headers, body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    one = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
    one.received = []  # type: ignore[attr-defined]
    threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
    yield one
    one.shutdown()
    one.server_close()


def sent(server: Any, media_type: str, body: Any) -> tuple[Any, bytes]:
    """Return the headers and the body that the command of a witness sends."""
    headers = {"Content-Type": media_type, "Authorization": "Bearer $TOKEN", "X-Text": 'a "$HOME" `b`'}
    witness = Witness("base", "POST", "/it's", headers=headers, body=body, has_body=True)
    variables = {"BASE_URL": f"http://127.0.0.1:{server.server_port}", "TOKEN": "s3cret"}
    subprocess.run(
        ["bash", "-c", f"{curl_command(witness)} -sS --noproxy '*'"], env=variables, check=True, timeout=20
    )
    headers_sent, data = server.received[-1]
    assert headers_sent["Authorization"] == "Bearer s3cret"
    assert headers_sent["X-Text"] == headers["X-Text"]
    return headers_sent, data


FIELDS: Final = {"a": "@/etc/passwd; type=x <'\"\\", "n": 1, "list": ["x", "&=é"], "@odd": "1"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_sends_the_fields_of_a_form(server: Any) -> None:
    headers, data = sent(
        server, "application/x-www-form-urlencoded", {k: v for k, v in FIELDS.items() if k != "@odd"}
    )
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    expected = [("a", FIELDS["a"]), ("n", "1"), ("list", "x"), ("list", "&=é")]
    assert parse_qsl(data.decode()) == expected


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_sends_the_parts_of_a_multipart_body(server: Any) -> None:
    headers, data = sent(server, "multipart/form-data", {**FIELDS, "o": {"q": 'a"\\;,'}})
    message = email.message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + data)
    parts = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True).decode())
        for part in message.get_payload()
    ]
    assert parts[:5] == [("a", FIELDS["a"]), ("n", "1"), ("list", "x"), ("list", "&=é"), ("@odd", "1")]
    assert (parts[5][0], json.loads(parts[5][1])) == ("o", {"q": 'a"\\;,'})
    assert message.get_payload()[5].get_content_type() == "application/json"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_sends_json_as_it_is(server: Any) -> None:
    _, data = sent(server, "application/json", FIELDS)
    assert json.loads(data) == FIELDS


def test_huge_witness_is_cut_but_for_json() -> None:
    huge = replace(NARROWED, witness=replace(REQUEST, body={"a": "x" * 100_000}))
    for module in (markdown, sarif, junit, html, annotations):
        assert len(module.render(comparison(huge), passed=False)) < 60_000
    assert len(terminal.render(comparison(huge), passed=False, colour=False)) < 60_000
