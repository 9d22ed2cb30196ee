"""A server that repeats the credentials in each response: no output of a run shows one of them."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reference_server.sockets import running
from support.leaky_server import FORMS, LeakyServer

from mock_server import Auth, Scheme, Settings, build

pytestmark = pytest.mark.slow

SECRET = 'Zq8/v+K3"xW7\\n%20=Jr5&tY9'
PLAIN = "Zq8vK3xW7Jr5tY9-Hd2mPb6LcTe4"
PAIR = base64.b64encode(b"gate:Zq8vK3xW7Jr5tY9").decode()
WINDOW = 10  # consecutive characters of a secret that no output may contain
JUDGED = (
    "CREATE-STORES",
    "AUTH-INVALID",
    "PATCH-PARTIAL",
    "GET-SAME",
    "TOKEN-BAD-CLIENT",
    "TOKEN-GRANT",
    "TOKEN-TTL",
)

# Deployment file, environment, settings of the mock, other credentials that it accepts, options.
RUNS: dict[str, tuple[str, dict[str, str], Auth, dict[str, str], list[str]]] = {
    "bearer": ("", {"CASEIQ_TOKEN": PLAIN}, Auth(token=PLAIN), {}, []),
    "oauth2": (
        'scheme = "oauth2"\nttl = 3',
        {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": PLAIN},
        Auth(scheme=Scheme.OAUTH2, client_secrets=(PLAIN,), longest_life=3),
        {},
        ["-n", "2"],
    ),
    "cookie": (
        'scheme = "cookie"\ncookie = "session"',
        {"CASEIQ_TOKEN": PLAIN},
        Auth(scheme=Scheme.COOKIE, token=PLAIN),
        {},
        [],
    ),
    "header": (
        'scheme = "header"\nheader = "X-Tenant-Key"',
        {"CASEIQ_TOKEN": SECRET},
        Auth(scheme=Scheme.HEADER, header="X-Tenant-Key", token=SECRET),
        {},
        [],
    ),
    "basic": (
        'scheme = "header"\nheader = "Authorization"',
        {"CASEIQ_TOKEN": f"Basic {PAIR}"},
        Auth(token="dev-token"),
        {f"Basic {PAIR}": "Bearer dev-token"},
        [],
    ),
}


def outputs(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")


def shown(text: str, secret: str) -> set[str]:
    """Return the encodings in which a text shows a secret, and the parts of the secret that it shows."""
    found = {name for name, form in FORMS.items() if form(secret)[2:-4] in text}
    pieces = [secret[at : at + WINDOW] for at in range(len(secret) - WINDOW + 1)]
    return found | {piece for piece in pieces if piece in text}


def run(folder: Path, environment: dict[str, str], *options: str) -> str:
    """Run the suite as a command and return its output."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CASEIQ_", "PYTEST_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "-l",
        "--pyargs",
        "contract_tests",
    ]
    done = subprocess.run(
        [*command, "--hypothesis-profile=quick", *options],
        cwd=folder,
        env={**known, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", RUNS)
def test_no_output_shows_a_credential(tmp_path: Path, name: str) -> None:
    table, environment, auth, admits, options = RUNS[name]
    deployment = tmp_path / "tenant.toml"
    deployment.write_text(f"[auth]\n{table}\n", encoding="utf-8")
    service: Any = LeakyServer(build(Settings(auth=auth)), admits)
    # Of spread runs pytest writes its own reports as the workers send them, each masked by what that worker knew.
    options = [*(options or ["--junitxml=own.xml"]), *(f"--requirement={id_}" for id_ in JUDGED)]
    with running(service) as url:
        said = run(
            tmp_path,
            environment,
            f"--base-url={url}",
            f"--deployment={deployment}",
            "--report-dir=report",
            *options,
        )
    written = dict(outputs(tmp_path))
    assert "Case APIs conformance" in said, said
    assert {"report/conformance.html", "report/exchanges.har", "report/ledger.jsonl"} <= set(written)
    assert any(path.startswith("report/reproductions/") for path in written), said[-3000:]
    known = {value for key, value in environment.items() if key != "CASEIQ_CLIENT_ID"} | service.issued
    known |= {PAIR, "Zq8vK3xW7Jr5tY9"} if name == "basic" else set()
    for path, text in {"the terminal": said, **written}.items():
        leaks = {secret: found for secret in known if (found := shown(text, secret))}
        places = [
            text[max(0, at - 150) : at + 150]
            for found in leaks.values()
            for at in map(text.find, found)
            if at > 0
        ]
        assert not leaks, f"{path}: {places[:3]}"


def test_password_in_the_base_url_is_refused_unseen(tmp_path: Path) -> None:
    said = run(tmp_path, {}, f"--base-url=http://gate:{PLAIN}@127.0.0.1:9/api")
    assert "CASEIQ_TOKEN" in said
    assert not shown(said, PLAIN)
