"""The deployment file: valid contents, messages about invalid ones, and generated files that a run must accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.suite_run import run_suite

from contract_tests.contract.deployment import (
    Deployment,
    DeploymentError,
    IdFormat,
    Scheme,
    UpdateResponse,
    load,
)
from contract_tests.results.verdicts import Verdict
from mock_server import Auth, Settings, build
from mock_server import Scheme as MockScheme
from mock_server.adapters.session import MockAdapter
from mock_server.core.deployment import load as load_for_mock

WHOLE = """
base_url = "https://tenant.example/api-public/1.0"
[auth]
scheme = "oauth2"
token_url = "/auth/oauth2/token"
ttl = 60
cookie = "sid"
header = "X-Key"
[case]
id_format = "any"
required = { caseType = "Investigation", level = 2 }
update_response = "status"
consistency_wait = 0.5
clock_skew = 10
tag_field = ""
[workflow]
status_field = "state"
initial = "New"
moves = { New = ["Triage"], Triage = ["Close", "New"], Close = ["New"] }
shown = { Close = "Closed" }
[limits]
max_cases = 50
rate = 2.5
timeout = 3
[disabled]
"PARALLEL-PATCH" = "known: the tenant locks records, ticket 4711"
"""


def write_file(folder: Path, text: str) -> Path:
    path = folder / "tenant.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_complete_file_is_read(tmp_path: Path) -> None:
    deployment = load(write_file(tmp_path, WHOLE))
    assert deployment.base_url == "https://tenant.example/api-public/1.0"
    assert (deployment.auth.scheme, deployment.auth.ttl) == (Scheme.OAUTH2, 60)
    assert (deployment.case.id_format, deployment.case.update_response) == (
        IdFormat.ANY,
        UpdateResponse.STATUS,
    )
    assert deployment.case.tag_field == ""
    assert deployment.case.required == {"caseType": "Investigation", "level": 2}
    assert deployment.workflow.legal("Triage") == ("Close", "New")
    assert deployment.status_field == "state"
    assert deployment.limits.rate == 2.5
    assert "ticket 4711" in deployment.disabled["PARALLEL-PATCH"]


def test_empty_file_has_the_defaults(tmp_path: Path) -> None:
    assert load(write_file(tmp_path, "")) == Deployment()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[case]\nid_fromat = 'uuid'", ["[case]", "id_fromat", "id_format", "did you mean id_format?"]),
        ("[case]\nid_format = 'guid'", ["[case]", "id_format", '"guid"', '"uuid", "any"']),
        ("bases = 1", ["top level", "bases", "base_url"]),
        ("base_url = 'tenant.example'", ["base_url", "tenant.example"]),
        ("base_url = 2026-01-01", ["base_url", "2026-01-01"]),
        ("base_url = 'https://u:pw@tenant.example'", ["base_url", "a password does not belong"]),
        ("[auth]\ntoken_url = 'https://u:pw@tenant.example'", ["[auth] token_url", "a password"]),
        ("case = 1", ["top level case = 1"]),
        ("[auth]\nttl = 4000", ["[auth]", "ttl", "4000", "3600"]),
        ("[auth]\ntoken = 'secret'", ["[auth]", "token", "scheme"]),
        ("[limits]\nrate = 0", ["[limits]", "rate"]),
        ("[limits]\nrate = inf", ["[limits] rate = Infinity", "inf is not of type 'number'"]),
        ("[limits]\ntimeout = 1e300", ["[limits]", "timeout", "3600"]),
        ("[case]\nclock_skew = nan", ["[case] clock_skew = NaN", "nan is not of type 'number'"]),
        ("[case]\nrequired = { level = nan }", ["required.level", "nan"]),
        ("[limits]\nmax_cases = 1.5", ["[limits]", "max_cases", "1.5"]),
        ("[workflow]\ninitial = 'Nowhere'", ["[workflow]", "initial", "Nowhere"]),
        ("[workflow]\nmoves = { Open = ['Open'] }", ["moves", "Open", "itself"]),
        ("[workflow]\nshown = { Gone = 'x' }", ["shown", "Gone", "Close"]),
        ("[workflow]\nshown = { Close = 'Open' }", ["[workflow.shown]", "Open and Close", "both show Open"]),
        ("[workflow]\nstatus_field = 'id'", ["[workflow] status_field", "cannot show"]),
        ("[workflow]\nmoves = { Open = 'Close' }", ["workflow.moves", "Open"]),
        ("[case]\nrequired = { id = '1' }", ["required.id"]),
        ("[case]\nfields = { id = '1' }", ["fields.id", "the server sets"]),
        ("[case]\nfields = {}", ["[case] fields", "Sample record"]),
        ("[case]\nrequired = { since = 2026-01-01 }", ["required.since", "date"]),
        ("[case]\nrequired = { contractTestRun = '1' }", ["required.contractTestRun", "tag_field"]),
        ("[case]\ntag_field = 'id'", ["tag_field", "choose another"]),
        ("[disabled]\n'NO-SUCH' = 'x'", ["[disabled]", "NO-SUCH"]),
        ("[disabled]\nSCHEMAS = 'x'", ["[disabled]", "did you mean SCHEMA?"]),
        ("[disabled]\n'SCHEMA' = ' '", ["[disabled]", "SCHEMA"]),
        ("[case", ["not TOML"]),
        ("a = 1\nb = = 2", ["not TOML", "line 2"]),
    ],
)
def test_error_message_contains_key_and_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    path = write_file(tmp_path, text)
    with pytest.raises(DeploymentError) as error:
        load(path)
    message = str(error.value)
    with pytest.raises(ValueError, match="tenant") as mock_error:
        load_for_mock(path, Settings())
    assert str(mock_error.value) == message
    assert "tenant.toml" in message
    assert not [word for word in words if word not in message], message
    assert "\n" not in message


def test_mock_options_take_precedence_over_the_file(tmp_path: Path) -> None:
    path = write_file(tmp_path, WHOLE)
    explicit = load_for_mock(path, Settings(Auth(scheme=MockScheme.NONE), prefix="/api"))
    assert (explicit.auth.scheme, explicit.prefix) == (MockScheme.NONE, "/api")
    defaults = load_for_mock(path, Settings())
    assert (defaults.auth.scheme, defaults.prefix) == (MockScheme.OAUTH2, "/api-public/1.0")


def test_fixed_fields_have_no_tag_by_default(tmp_path: Path) -> None:
    rules = load(write_file(tmp_path, "[case.fields]\ntitle = 'x'")).case
    assert (rules.fields, rules.tag_field) == ({"title": "x"}, "")
    tagged = load(
        write_file(tmp_path, "[case]\nfields = { title = 'x', mark = 'y' }\ntag_field = 'mark'")
    ).case
    assert tagged.tag_field == "mark"


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="No such file"):
        load(tmp_path / "absent.toml")


STATES = ("Open", "Triage", "Review", "Close", "Reopen", "Archive")
CHECKED = (
    "CREATE-STATUS",
    "CREATE-ID",
    "GET-SAME",
    "PUT-STATUS",
    "PATCH-STATUS",
    "PUT-REPLACES",
    "PATCH-PARTIAL",
)
TRANSITIONS = (
    "TRANSITION-STATUS",
    "TRANSITION-MOVES",
    "TRANSITION-CYCLE",
    "TRANSITION-DISTINCT",
    "TRANSITION-ILLEGAL",
)
PROTECTED = (
    "AUTH-REQUIRED",
    "AUTH-INVALID",
    "UPDATE-WORKFLOW-KEPT",
    "TRANSITION-REFUSED-INERT",
    "LINEARIZABLE",
)
PARTS = 4


@st.composite
def deployments(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Generate a deployment that a file can describe and the mock supports."""
    states = draw(st.lists(st.sampled_from(STATES), min_size=2, max_size=5, unique=True))
    others = {state: [one for one in states if one != state] for state in states}
    moves = {
        state: draw(st.lists(st.sampled_from(others[state]), min_size=1, unique=True)) for state in states
    }
    scheme = draw(st.sampled_from(["bearer", "oauth2", "cookie", "header", "none"]))
    return {
        "auth": {"scheme": scheme, "ttl": draw(st.integers(1, 3600)), "token_url": draw(st.sampled_from(
            ["auth/oauth2/token", "/auth/oauth2/token", "/oauth/token"]))},
        "case": {
            "id_format": draw(st.sampled_from(["uuid", "any"])),
            "required": draw(st.dictionaries(st.sampled_from(["caseType", "site"]), st.sampled_from(["a", 1, True]))),
            "update_response": draw(st.sampled_from(["record", "status", "either"])),
            "tag_field": draw(st.sampled_from(["contractTestRun", "run", ""])),
        },
        "workflow": {
            "status_field": draw(st.sampled_from(["caseStatus", "status", "stage"])),
            "initial": states[0],
            "moves": moves,
            "shown": {state: f"is {state}" for state in draw(st.sets(st.sampled_from(states)))},
        },
    }  # fmt: skip


def toml(tables: dict[str, dict[str, Any]]) -> str:
    """Serialize the tables as TOML. All JSON values except objects are also TOML values."""

    def value(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in one.items()) + "}"
        return json.dumps(one)

    return "\n".join(
        f"[{table}]\n" + "\n".join(f"{name} = {value(one)}" for name, one in content.items())
        for table, content in tables.items()
    )


def generated(count: int) -> list[dict[str, dict[str, Any]]]:
    """Return `count` deployments, drawn in advance because Hypothesis, which the suite uses, does not nest."""
    drawn: list[dict[str, dict[str, Any]]] = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(deployments())
    def draw(tables: dict[str, dict[str, Any]]) -> None:
        drawn.append(tables)

    draw()
    return drawn


@pytest.mark.slow
@pytest.mark.parametrize("place", range(PARTS))
def test_mock_passes_the_suite_with_the_same_file(tmp_path: Path, place: int) -> None:
    for tables in generated(20)[place::PARTS]:
        path = write_file(tmp_path, toml(tables))
        settings_of_mock = load_for_mock(path, Settings())
        environment = {"CASEIQ_TOKEN": "dev-token"}
        if tables["auth"]["scheme"] == "oauth2":
            environment = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
        judged = run_suite(
            "http://mock.invalid",
            adapter=MockAdapter(build(settings_of_mock)),
            environment=environment,
            deployment=load(path),
            requirements=(*CHECKED, *TRANSITIONS, *PROTECTED),
        )
        assert not judged.errors(), toml(tables)
        assert not judged.failed(), f"{toml(tables)}\n{judged.describe_failures()}"
        assert judged.verdicts["TRANSITION-CYCLE"] is Verdict.PASSED
