"""The command line of the suite: runs that cannot start, limits of a run, and the files that it leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from support.processes import ledger, mock, suite

from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import TargetError
from contract_tests.runner.bounds import assert_writes_allowed, resolve
from contract_tests.runner.options import options_of

pytestmark = pytest.mark.slow

CANNOT_START = 4

QUICK = "--hypothesis-profile=quick"


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
        ("wrong", "refuses the credential in CASEIQ_TOKEN: "),
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
