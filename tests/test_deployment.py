"""The deployment file: what it may say, and how it says what is wrong. Property: any valid one can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.deployment import Deployment, DeploymentError, IdFormat, Scheme, UpdateResponse, load

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


def written(folder: Path, text: str) -> Path:
    path = folder / "tenant.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    deployment = load(written(tmp_path, WHOLE))
    assert deployment.base_url == "https://tenant.example/api-public/1.0"
    assert (deployment.auth.scheme, deployment.auth.ttl) == (Scheme.OAUTH2, 60)
    assert (deployment.case.id_format, deployment.case.update_response) == (
        IdFormat.ANY,
        UpdateResponse.STATUS,
    )
    assert deployment.case.required == {"caseType": "Investigation", "level": 2}
    assert deployment.workflow.legal("Triage") == ("Close", "New")
    assert deployment.status_field == "state"
    assert deployment.limits.rate == 2.5
    assert "ticket 4711" in deployment.disabled["PARALLEL-PATCH"]


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == Deployment()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[case]\nid_fromat = 'uuid'", ["[case]", "id_fromat", "id_format"]),
        ("[case]\nid_format = 'guid'", ["[case]", "id_format", '"guid"', '"uuid", "any"']),
        ("bases = 1", ["top level", "bases", "base_url"]),
        ("base_url = 'tenant.example'", ["base_url", "tenant.example"]),
        ("[auth]\nttl = 4000", ["[auth]", "ttl", "4000", "3600"]),
        ("[auth]\ntoken = 'secret'", ["[auth]", "token", "scheme"]),
        ("[limits]\nrate = 0", ["[limits]", "rate"]),
        ("[limits]\nmax_cases = 1.5", ["[limits]", "max_cases", "1.5"]),
        ("[workflow]\ninitial = 'Nowhere'", ["[workflow]", "initial", "Nowhere"]),
        ("[workflow]\nmoves = { Open = ['Open'] }", ["moves", "Open", "itself"]),
        ("[workflow]\nshown = { Gone = 'x' }", ["shown", "Gone", "Close"]),
        ("[workflow]\nshown = { Close = 'Open' }", ["shown", "same name"]),
        ("[workflow]\nmoves = { Open = 'Close' }", ["workflow.moves", "Open"]),
        ("[case]\nrequired = { id = '1' }", ["required.id"]),
        ("[case]\nrequired = { since = 2026-01-01 }", ["required.since", "date"]),
        ("[disabled]\n'NO-SUCH' = 'x'", ["[disabled]", "NO-SUCH"]),
        ("[disabled]\n'SCHEMA' = ' '", ["[disabled]", "SCHEMA"]),
        ("[case", ["not TOML"]),
        ("a = 1\nb = = 2", ["not TOML", "line 2"]),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(DeploymentError) as error:
        load(written(tmp_path, text))
    message = str(error.value)
    assert "tenant.toml" in message
    assert not [word for word in words if word not in message], message
    assert "\n" not in message


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="No such file"):
        load(tmp_path / "absent.toml")
