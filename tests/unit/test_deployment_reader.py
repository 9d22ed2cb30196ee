"""The deployment file: valid contents, and messages about invalid ones, which the mock and the suite share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.contract.deployment import (
    Deployment,
    DeploymentError,
    IdFormat,
    Scheme,
    UpdateResponse,
    load,
)
from mock_server import Auth, CaseRules, LastWorkflowId, Limits, Settings, ShownAs
from mock_server import IdFormat as MockIdFormat
from mock_server import Scheme as MockScheme
from mock_server import UpdateResponse as MockUpdateResponse
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
        ("case = 1", ["top level case = 1", "Table of the rules"]),
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
        ("[workflow]\nmoves = { Open = 'Close' }", ["[workflow.moves] Open", 'such as ["Close"]', "'array'"]),
        ("[workflow]\nmoves = 'Close'", ["[workflow] moves", "State -> accepted"]),
        ("workflow = 'Close'", ["top level workflow", "Table of the states"]),
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


def read_by_mock(folder: Path, text: str, given: Settings | None = None) -> Settings:
    return load_for_mock(write_file(folder, text), given or Settings())


def test_mock_reads_the_complete_file(tmp_path: Path) -> None:
    read = read_by_mock(tmp_path, WHOLE, Settings(limits=Limits(nesting=7), with_list=True))
    assert read.auth == Auth(
        scheme=MockScheme.OAUTH2, cookie="sid", header="X-Key", token_path="/auth/oauth2/token"
    )
    assert read.case == CaseRules(
        id_format=MockIdFormat.ANY,
        required=frozenset({"caseType", "level"}),
        update_response=MockUpdateResponse.STATUS,
    )
    assert (read.workflow.initial, read.workflow.status_field) == ("New", "state")
    assert read.workflow.moves == {"New": ("Triage",), "Triage": ("Close", "New"), "Close": ("New",)}
    assert read.workflow.shown == {"Close": "Closed"}
    assert read.limits == Limits(nesting=7, rate=2.5)
    assert (read.prefix, read.document, read.with_list) == ("/api-public/1.0", None, True)


def test_mock_without_a_file_equals_one_with_an_empty_file(tmp_path: Path) -> None:
    given = Settings(limits=Limits(rate=9), prefix="/api")
    read = read_by_mock(tmp_path, "", given)
    assert replace(read, auth=given.auth) == given
    assert replace(read.auth, token_path=given.auth.token_path) == given.auth
    assert read.token_path == given.token_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("base_url = 'http://h/api/'", "/api/auth/oauth2/token"),
        ("base_url = 'http://h/api'\n[auth]\ntoken_url = '/token'", "/token"),
        ("base_url = 'http://h/api'\n[auth]\ntoken_url = 'token'", "/api/token"),
        ("[auth]\ntoken_url = 'https://login.example/a/token'", "/a/token"),
    ],
)
def test_token_path_follows_the_base_url(tmp_path: Path, text: str, path: str) -> None:
    assert read_by_mock(tmp_path, text).auth.token_path == path


def test_mock_reads_how_values_are_shown(tmp_path: Path) -> None:
    keys = "null_fields = 'absent'\nomitted_fields = 'null'\nupdate_response = 'either'"
    case = read_by_mock(tmp_path, f"[case]\n{keys}\n[workflow]\nlast_workflow_id = 'stays'").case
    assert (case.null_fields, case.omitted_fields) == (ShownAs.ABSENT, ShownAs.NULL)
    assert case.last_workflow_id is LastWorkflowId.STAYS
    assert case.update_response is MockUpdateResponse.RECORD


def test_sample_record_has_the_tag_and_the_required_fields(tmp_path: Path) -> None:
    plain = read_by_mock(tmp_path, "[case.fields]\ntitle = 'x'").case
    assert (plain.fields, plain.accepts_null) == ({"title": "x"}, False)
    text = "[case]\ntag_field = 'run'\nnull_fields = 'null'\nrequired = { a = 1 }\nfields = { title = 'x' }"
    whole = read_by_mock(tmp_path, text).case
    assert (whole.fields, whole.accepts_null) == ({"run": "id of a run", "a": 1, "title": "x"}, True)


@pytest.mark.parametrize("text", ["[limits]\nrate = 1", "[case]\nrequired = { a = [{ b = 1.5 }, true] }"])
def test_valid_values_are_no_problem(tmp_path: Path, text: str) -> None:
    read_by_mock(tmp_path, text)
    load(write_file(tmp_path, text))


def test_missing_file_is_an_error_of_the_mock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.toml: No such file or directory; --deployment takes"):
        load_for_mock(tmp_path / "absent.toml", Settings())


def test_prefix_that_the_mock_cannot_serve_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tenant\.toml: a prefix cannot begin with /_mock"):
        read_by_mock(tmp_path, "base_url = 'http://h/_mock'")
