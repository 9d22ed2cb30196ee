"""Options of the command, and certificates."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from mock_server.adapters.tls import create_context
from mock_server.cli.checked_options import check_options
from mock_server.cli.options import add_options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tls-cert", "a.pem"], "must be used together"),
        (["--tls-key", "a.pem"], "must be used together"),
        (["--watch"], "--watch needs --deployment"),
        (
            ["--no-auth", "--token", "dev-token"],
            "--token has no effect with --no-auth: leave one of them out",
        ),
        (["--client-secret", "s", "--no-auth"], "--client-secret has no effect with --no-auth"),
    ],
)
def test_conflicting_options_are_refused(options: list[str], words: str) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(ValueError, match=words):
        check_options(parser.parse_args(options))


def test_options_become_settings_and_behaviour() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = check_options(
        parser.parse_args(["--port", "0", "--rate-limit", "5", "--outage", "--token", "t"])
    )
    assert (options.port, options.behaviour.rate, options.behaviour.outage) == (0, 5, True)
    assert (options.settings.auth.token, options.store, options.reload) == ("t", "memory", None)
    assert options.host in options.control_hosts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("nothing", "contains no certificate in PEM format"),
        ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "contains no private key"),
    ],
)
def test_unusable_certificate_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    if content is not None:
        certificate.write_text(content)
        key.write_text("no key")
    with pytest.raises(ValueError, match=words):
        create_context(certificate, key)


def test_damaged_certificate_is_named(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ValueError, match=r"--tls-cert .*: the certificate is damaged"):
        create_context(certificate, key)
