"""The command line of the suite: runs that cannot start, limits of a run, and the files that it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock
from support.processes import TOKEN, mock, suite

from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import TargetError
from contract_tests.runner.bounds import assert_writes_allowed, resolve
from contract_tests.runner.options import options_of

pytestmark = pytest.mark.slow

CANNOT_START = 4
QUICK = "--hypothesis-profile=quick"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock() as address:
        yield address


def ledger(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]


def empty(folder: Path) -> list[Path]:
    """Return the empty files and folders, except those of pytest."""
    paths = [path for path in folder.rglob("*") if ".pytest_cache" not in path.parts]
    return [path for path in paths if not (any(path.iterdir()) if path.is_dir() else path.stat().st_size)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--base-url", "http://127.0.0.1:9"], ["connection failed"]),
        (["--base-url", "tenant.example"], ["not a base URL", "https://"]),
        (["--base-url", "http://[::1"], ["--base-url http://[::1", "not a base URL"]),
        (["--base-url", "{url}?x=1"], ["not a base URL"]),
        (["--base-url", "{url}", "--max-cases", "2", "-n", "2"], ["--max-cases", "2 processes"]),
        (["--base-url", "http://127.0.0.1:9", "-n", "2"], ["connection failed"]),
        (["--base-url", "http://tenant.invalid", "-n", "2"], ["--allow-writes"]),
        (["--base-url", "{url}", "--report-dir", "/proc/report"], ["/proc/report", "--report-dir"]),
        (["--base-url", "{url}", "--compare", "absent.json"], ["--compare absent.json", "conformance.json"]),
        (["--base-url", "{url}", "--rate-limit", "-1"], ["--rate-limit -1: takes a number"]),
        (["--base-url", "{url}", "--requirement", "NOPE"], ["--requirement NOPE", "requirements.yaml"]),
        (["--base-url", "{url}", "--deployment", "absent.toml"], ["absent.toml"]),
        (["--base-url", "{url}", "--fail-on", "new"], ["--compare"]),
        (
            ["--base-url", "{url}", "--fail-on=new", "--compare=old/conformance.json", "--report-dir=./old"],
            ["--fail-on new", "would overwrite old/conformance.json"],
        ),
        (["--base-url", "{url}", "--ca-bundle", "absent.pem"], ["absent.pem"]),
        (["--base-url", "{url}", "--read-only", "no-such-case"], ["no-such-case", "404"]),
        (
            ["--base-url", "{url}", "--read-only", "1", "--requirement", "PATCH-PARTIAL"],
            ["PATCH-PARTIAL cannot be checked with --read-only; it can check", "GET-SAFE"],
        ),
        (["--base-url", "{url}/nothing"], ["no Case API", "/api-public/1.0"]),
    ],
)
def test_run_that_cannot_start_gives_the_reason(
    tmp_path: Path, url: str, options: list[str], words: list[str]
) -> None:
    ended = suite(*[option.format(url=url) for option in options], cwd=tmp_path)
    assert ended.status == CANNOT_START, ended.text
    assert not [word for word in words if word not in ended.text], ended.text
    assert "Traceback" not in ended.text
    assert not empty(tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("hypothesis_profile", "quck", r"^--hypothesis-profile quck: .* quick, .* did you mean quick\?$"),
        ("requirement", ["CREATE-WORKFLO"], r"^--requirement .* did you mean CREATE-WORKFLOW\?$"),
    ],
)
def test_misspelt_name_gets_a_suggestion(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, option: str, value: object, words: str
) -> None:
    monkeypatch.setattr(pytestconfig.option, option, value)
    with pytest.raises(pytest.UsageError, match=words):
        options_of(pytestconfig)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        *(("rate_limit", value, "such as 5 or 0.5") for value in ("-1", "0", "0.0", "abc", "nan", "inf", "")),
        *(("max_time", value, "such as 600") for value in ("-1", "0", "soon", "")),
        *(("max_cases", value, "use --read-only CASE_ID") for value in ("-1", "0", "1.5", "abc", "")),
    ],
)
def test_invalid_number_is_repeated_in_the_message(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, option: str, value: str, words: str
) -> None:
    monkeypatch.setattr(pytestconfig.option, option, value)
    name = "--" + option.replace("_", "-")
    with pytest.raises(pytest.UsageError, match=f"^{name} {value}: takes a .*{words}$"):
        options_of(pytestconfig)


def test_profile_of_the_project_is_accepted(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.register_profile("nightly", settings.get_profile("default"))
    monkeypatch.setattr(pytestconfig.option, "hypothesis_profile", "nightly")
    assert options_of(pytestconfig).profile == "nightly"


def test_help_names_the_folder_of_the_ledger(tmp_path: Path) -> None:
    assert "ledger to this folder" in " ".join(suite("--help", cwd=tmp_path).text.split())


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("wrong", "refuses the credentials from the environment (CASEIQ_TOKEN"),
        (None, "set CASEIQ_TOKEN"),
        ("dev-token\n", "CASEIQ_TOKEN in the environment cannot be sent"),
        ("dev-token…", "CASEIQ_TOKEN in the environment cannot be sent"),
    ],
)
def test_refused_credentials_stop_the_run(tmp_path: Path, url: str, token: str | None, words: str) -> None:
    ended = suite("--base-url", url, "--report-dir", "reports/new", cwd=tmp_path, token=token)
    assert ended.status == CANNOT_START, ended.text
    assert words in ended.text
    assert "Traceback" not in ended.text
    assert not (token and "dev-token" in token and "dev-token" in ended.text)
    assert not empty(tmp_path)


def test_unreadable_certificates_of_the_environment_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "absent.pem")
    with pytest.raises(TargetError, match=r"REQUESTS_CA_BUNDLE .* absent\.pem, .* --ca-bundle FILE$"):
        connect(Target("https://tenant.example", {}), RunSettings())
    connect(Target("http://tenant.example", {}), RunSettings()).session.close()


@pytest.mark.slow
def test_budget_is_kept_and_each_case_is_in_the_ledger(tmp_path: Path, url: str) -> None:
    some = [f"--requirement={id_}" for id_ in ("CREATE-ID-UNIQUE", "PATCH-PARTIAL", "ROUND-TRIP-TEXT")]
    ended = suite("--base-url", url, "--max-cases", "20", QUICK, *some, cwd=tmp_path)
    assert ended.status == 0, ended.text
    assert "fewer examples" in ended.text
    lines = ledger(tmp_path)
    assert 0 < len(lines) <= 20
    assert len({line["id"] for line in lines}) == len(lines)
    assert set(lines[0]) == {"run", "time", "test", "id", "url"}


def test_refused_first_create_gets_a_hint(tmp_path: Path) -> None:
    deployment = tmp_path / "tenant.toml"
    deployment.write_text('[case]\nrequired = { caseType = "Investigation" }\n')
    with mock("--deployment", str(deployment)) as address:
        options = ("--base-url", address, "--requirement", "CREATE-ID")
        without = suite(*options, cwd=tmp_path)
        with_it = suite(*options, "--deployment", str(deployment), cwd=tmp_path)
    advice = "the first create returned 422: if the tenant requires fields"
    assert (without.status, advice in without.text) == (1, True), without.text
    assert (with_it.status, advice in with_it.text) == (0, False), with_it.text


def test_killed_run_loses_no_created_case(tmp_path: Path) -> None:
    with mock() as address:
        command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", "--base-url", address]
        environment = {**os.environ, "CASEIQ_TOKEN": TOKEN}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        path = tmp_path / "ledger.jsonl"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and (not path.exists() or path.read_text().count("\n") < 50):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(ledger(tmp_path)) >= 50


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_is_reported_and_keeps_its_ledger(tmp_path: Path, sent: signal.Signals) -> None:
    path = tmp_path / "report" / "ledger.jsonl"
    with mock() as address:
        command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", "--base-url", address]
        process = subprocess.Popen(
            [
                *command,
                "--report-dir=report",
                "--rate-limit=40",
                "--requirement=CREATE-ID",
                "--requirement=ROUND-TRIP-TEXT",
            ],
            cwd=tmp_path,
            env={**os.environ, "CASEIQ_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and (not path.exists() or path.read_text().count("\n") < 10):
                time.sleep(0.02)
            process.send_signal(sent)
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 2, output
    reason = "interrupted (the process received SIGTERM)" if sent is signal.SIGTERM else "interrupted"
    assert f"{reason}: some checks of the passed requirements may not have run" in output
    document = json.loads((tmp_path / "report" / "conformance.json").read_text())
    assert document["run"]["interrupted"]
    assert len(document["ledger"]) == path.read_text().count("\n") >= 10


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two"])
def test_max_time_ends_the_run_with_a_report(tmp_path: Path, url: str, processes: tuple[str, ...]) -> None:
    started = time.monotonic()
    options = ("--max-time=4", "--rate-limit=20", "--report-dir=report", *processes)
    ended = suite("--base-url", url, *options, cwd=tmp_path)
    assert time.monotonic() - started < 25
    assert ended.status == 2, ended.text
    assert "interrupted (--max-time 4 s is over): some checks" in ended.text
    assert json.loads((tmp_path / "report" / "conformance.json").read_text())["run"]["interrupted"]


def test_silent_target_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "tenant.toml").write_text("[limits]\ntimeout = 0.2\n")
    served: list[Request] = []

    def silent_later(request: Request) -> Response | None:
        served.append(request)
        if len(served) > 40:
            time.sleep(1)
        return None

    with running(AlteredMock(before=silent_later)) as url:
        ended = suite("--base-url", url, "--deployment=tenant.toml", QUICK, cwd=tmp_path)
    assert ended.status == 1, ended.text
    assert "stopped early: the target did not respond to 3 checks in a row" in ended.text


def test_read_only_run_creates_no_case(tmp_path: Path, url: str) -> None:
    suite("--base-url", url, "--requirement", "CREATE-WORKFLOW", cwd=tmp_path)
    before = ledger(tmp_path)
    ended = suite("--base-url", url, "--read-only", before[0]["id"], cwd=tmp_path)
    assert ended.status == 0, ended.text
    assert "0 cases created" in ended.text
    assert ledger(tmp_path) == before


def test_disabled_requirement_that_passes_is_reported(tmp_path: Path, url: str) -> None:
    deployment = tmp_path / "tenant.toml"
    deployment.write_text('[disabled]\n"CREATE-WORKFLOW" = "ticket 4711"\n')
    ended = suite(
        "--base-url", url, "--deployment", str(deployment), "--requirement", "CREATE-WORKFLOW", cwd=tmp_path
    )
    assert ended.status == 0, ended.text
    assert "disabled" in ended.text
    assert "ticket 4711" in ended.text
    assert "remove it from [disabled]" in ended.text


def test_earlier_report_excuses_only_its_own_failures(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert False\n")
    again = ("--compare", "old/conformance.json", "--fail-on", "new")
    with mock("--fault", "text-trimmed") as address:
        options = ("--base-url", address, "--requirement", "ROUND-TRIP-TEXT", QUICK)
        assert suite(*options, "--report-dir", "old", cwd=tmp_path).status == 1
        excused = suite(*options, *again, cwd=tmp_path)
        with_own_test = suite(*options, *again, "test_own.py", cwd=tmp_path)
    assert excused.status == 0, excused.text
    assert "there are no new failures" in excused.text
    assert with_own_test.status == 1, with_own_test.text


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.8.9.1/api", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("https://tenant.example/api-public/1.0", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost.example", False),
    ],
)
def test_writes_beyond_loopback_need_an_option(
    pytestconfig: pytest.Config, address: str, loopback: bool
) -> None:
    options, target = options_of(pytestconfig), Target(address, {})
    settings = resolve(options, target, Deployment(), Path())
    assert_writes_allowed(replace(options, allow_writes=True), target, settings)
    assert_writes_allowed(options, target, replace(settings, read_only=True))
    assert settings.budget == (None if loopback else 200)
    if loopback:
        assert_writes_allowed(options, target, settings)
    else:
        with pytest.raises(pytest.UsageError, match=r"(?s)up to 200 cases.*contractTestRun.*--allow-writes"):
            assert_writes_allowed(options, target, settings)


@pytest.mark.slow
def test_run_with_processes_is_one_run(tmp_path: Path, url: str) -> None:
    checked = ("CREATE-ID-UNIQUE", "PUT-REPLACES", "PATCH-PARTIAL", "UPDATE-IDENTITY", "TRANSITION-MOVES")
    some = [f"--requirement={id_}" for id_ in checked]
    options = ("-n", "2", "--max-cases", "40", "--report-dir", "report", QUICK)
    ended = suite("--base-url", url, *options, *some, cwd=tmp_path)
    assert ended.status == 0, ended.text
    lines = [json.loads(line) for line in (tmp_path / "report" / "ledger.jsonl").read_text().splitlines()]
    assert len({line["run"] for line in lines}) == 1
    assert 0 < len(lines) <= 40
    document = json.loads((tmp_path / "report" / "conformance.json").read_text())
    assert document["counts"]["cases"] == len(lines)
    verdicts = {one["id"]: one["verdict"] for one in document["requirements"]}
    assert {verdicts[id_] for id_ in checked} == {"passed"}
    assert not list((tmp_path / "report").glob(".exchanges*"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with tests of its own, beside an empty folder `report`."""
    folder = tmp_path / "project"
    (folder / "checks").mkdir(parents=True)
    (tmp_path / "report").mkdir()
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["checks"]\n')
    (folder / "checks" / "test_one.py").write_text("def test_one(): ...\n")
    (folder / "test_other.py").write_text("def test_other(): ...\n")
    return folder


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    """Run pytest without arguments but options, and return its exit code and output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_path_of_an_option_keeps_the_configuration(project: Path) -> None:
    status, text = run_pytest(project, f"--report-dir={project.parent / 'report'}")
    assert status == 0, text
    assert "configfile: pyproject.toml" in text
    assert "1 passed" in text


def test_path_taken_for_a_path_to_tests_is_refused(project: Path) -> None:
    report = project.parent / "report"
    status, text = run_pytest(project, "--report-dir", str(report))
    assert status == CANNOT_START, text
    assert f"write --report-dir={report}" in text


@pytest.mark.slow
def test_broken_connection_is_never_a_failure(tmp_path: Path) -> None:
    """Send over 2,000 requests through a connection that drops, stalls and resets at random."""
    from support.flaky_proxy import FlakyProxy  # noqa: PLC0415

    deployment = tmp_path / "tenant.toml"
    deployment.write_text("[limits]\ntimeout = 1.0\n")
    with mock() as address, FlakyProxy(address, seed=7) as proxy:
        ended = suite(
            "--base-url", proxy.url, "--deployment", str(deployment), QUICK, cwd=tmp_path, timeout=300
        )
        created = proxy.created()
    assert " failed " not in ended.text.split("Case APIs conformance")[1].split("requirements:")[0], (
        ended.text
    )
    assert proxy.broken > 20
    assert proxy.requests > 2000
    known = {line["id"] for line in ledger(tmp_path)}
    assert created <= known
