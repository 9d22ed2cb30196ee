"""Errors of options: one line that names the option, before the mock listens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.cli import argument_types, main

Ends = Callable[..., str]
"""Run the command with wrong options, and return its stderr."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ends:
    def run(*options: str) -> str:
        # Valid options must not start a server.
        monkeypatch.setattr(main, "_serve", lambda *_: 0)
        with pytest.raises(SystemExit) as ended:
            main.main(options)
        out, err = capsys.readouterr()
        assert (ended.value.code, out) == (2, "")
        return err

    return run


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "99999"], "--port: a port is a number from 0 to 65535, not '99999'"),
        (["--port", "http"], "not 'http'"),
        (["--port", "-1"], "not '-1'"),
        (["--host", ""], "--host: takes a name or an address such as 127.0.0.1"),
        (["--control-host", "http://mock.test"], "--control-host: takes a name or an address"),
        (["--control-host", "mock.test:8000"], "without scheme and port, not 'mock.test:8000'"),
        (["--snapshot-dir", __file__], f"--snapshot-dir: {__file__} is not a folder; use another path"),
        (["--prot", "1"], "unrecognized arguments: --prot 1"),
        (["--token", ""], "caseiq-mock: --token: a token, client id or secret is visible ASCII"),
        (["--client-secret", "a", "--client-secret", "b c"], "--client-secret: a token"),
        (["--prefix", "api"], "--prefix: a prefix is a path"),
        (["--store", "mysql://me:secret@h/x"], "mysql://me:***@h/x is not a supported store"),
        (["--store", "sqlite:////no/such/folder/cases.db"], "use a file in a folder that exists"),
        (["--durability", "none"], "invalid choice: 'none'"),
        (["--fault", "no-such"], "--fault: unknown fault 'no-such'"),
        (["--fault", "text-trimed"], "--list-faults lists all; did you mean text-trimmed?"),
        (["extra"], "unrecognized arguments: extra"),
        (["--prefix", "/_mock"], "a prefix cannot begin with /_mock"),
        (["--control-token", "a b"], "--control-token: a token"),
        (["--control-token", ""], "--control-token: a token"),
        (
            ["--latency", "fast"],
            "--latency: takes milliseconds such as 200 or a range such as 200-800, not 'fast'",
        ),
        (
            ["--latency", "800-200"],
            "--latency: takes at most 60000 milliseconds, and a range with the lower bound first, not '800-200'",
        ),
        (["--rate-limit", "0"], "--rate-limit: takes a number greater than 0, such as 5 or 0.5, not '0'"),
        (["--rate-limit", "-1"], "such as 5 or 0.5, not '-1'"),
        (["--rate-limit", "abc"], "such as 5 or 0.5, not 'abc'"),
        (["--token-life", "3601"], "--token-life: a token life is greater than 0 and at most 3600 seconds"),
        (["--seed", "x"], "--seed: takes a whole number, not 'x'"),
        (["--now", "today"], "--now: takes a time such as 2025-03-04T09:15:30Z (RFC 3339), not 'today'"),
        (["--now", "2025-02-30T00:00:00Z"], "not '2025-02-30T00:00:00Z'"),
        (["--now", "0001-01-01T00:00:00+14:00"], "not '0001-01-01T00:00:00+14:00'"),
        (["--now", "2025-03-04T09:15:30"], "not '2025-03-04T09:15:30'"),
        (["--body-limit", "1MB"], "--body-limit: takes a whole number, not '1MB'"),
        (["--nesting-limit", "1000"], "--nesting-limit: the nesting limit is between 1 and 200"),
        (["--head-limit", "0"], "--head-limit: limits are greater than 0"),
        (
            ["--seed-data", "no-such.yaml"],
            "no-such.yaml: No such file or directory; --seed-data takes demo or a file",
        ),
    ],
)
def test_invalid_option_is_reported_in_one_line(ends: Ends, options: list[str], words: str) -> None:
    err = ends(*options)
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("host", ["localhost", "mock.test", "0.0.0.0", "::1", "fe80::1%eth0"])
def test_host_accepts_names_and_addresses(host: str) -> None:
    assert argument_types.host(host) == host


def test_invalid_rows_of_a_seed_file_are_reported(ends: Ends, tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text("- {}\n- canceled: maybe\n- state: Lost\n  case: {}\n- 7\n", encoding="utf-8")
    assert ends("--seed-data", str(path)) == (
        f"caseiq-mock: {path}: /1/canceled is a string and must be a boolean or null\n"
        f"caseiq-mock: {path}: /2/state must be one of ['Open', 'Close', 'Reopen']\n"
        f"caseiq-mock: {path}: /3 must be an object\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, ", "Expecting value, line 1 column 5"),
        ("a: [", "line 2 column 1"),
        ("just a word", "the file must be a list of cases, or an object with such a list"),
        ("{}", "/cases must be a list of cases"),
    ],
)
def test_unreadable_seed_file_is_reported_in_one_line(
    ends: Ends, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "cases"
    path.write_text(text, encoding="utf-8")
    err = ends("--seed-data", str(path))
    assert err.count("\n") == 1
    assert str(path) in err
    assert words in err


def test_seed_data_is_skipped_if_the_store_is_in_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(main, "_serve", lambda _options, mock, _tls: mock.store.close() or 0)
    options = ["--store", f"sqlite:///{tmp_path / 'cases.db'}", "--seed-data", "demo"]
    messages = []
    for turn in (options, options, options[:2]):
        assert main.main(turn) == 0
        messages.append(capsys.readouterr().err)
    left_out = "the store already has 30 cases, so --seed-data demo was not loaded; POST /_mock/reset"
    assert messages == ["", f"caseiq-mock: {left_out} replaces them by it\n", ""]
