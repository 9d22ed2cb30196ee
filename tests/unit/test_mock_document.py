"""The option `--document`: the mock with another version of the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mock_server import Mock, Request, Settings
from mock_server.cli import main
from mock_server.core import openapi

OWN = openapi.specification("caseiq-openapi.yaml")


def changed(folder: Path, old: str, new: str) -> Path:
    """Return the project's document with a change."""
    text = OWN.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    file = folder / "head.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def transition(settings: Settings, **members: str) -> int:
    """Return the status of a transition with these members."""
    mock = Mock(settings)
    headers = {"authorization": f"Bearer {settings.auth.token}", "content-type": "application/json"}
    created = mock.handle(Request("POST", "/case", headers, b"{}"))
    record = json.loads(created.body)
    body = json.dumps({"caseStatus": "Close", "workflowId": record["lastWorkflowId"], **members}).encode()
    return mock.handle(Request("POST", f"/case/{record['id']}/transition", headers, body)).status


def test_mock_validates_requests_by_the_document(tmp_path: Path) -> None:
    document = changed(
        tmp_path, "required: [caseStatus, workflowId]", "required: [caseStatus, workflowId, reason]"
    )
    settings = Settings(document=document)
    assert transition(Settings()) == 200
    assert transition(settings) == 422
    assert transition(settings, reason="solved") == 200


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("operationId: getCase", "operationId: readCase", "readCase"),
        ("openapi: 3.1.0", "openapi: [", "not a usable OpenAPI document"),
        ("paths:", "routes:", "not a usable OpenAPI document"),
    ],
)
def test_unusable_document_is_one_clear_error(
    tmp_path: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = changed(tmp_path, old, new)
    with pytest.raises(SystemExit) as ended:
        main.main(["--port", "0", "--document", str(file)])
    assert ended.value.code == 2
    printed = capsys.readouterr().err.splitlines()
    assert message in printed[-1]


def test_missing_document_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["--port", "0", "--document", str(tmp_path / "none.yaml")])
    assert f"{tmp_path / 'none.yaml'}: No such file or directory" in capsys.readouterr().err
