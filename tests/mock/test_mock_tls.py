"""TLS: certificate and key files, error messages, and a run of the suite."""

import json
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from support.processes import suite

CANNOT_START = 4


@dataclass(frozen=True)
class Files:
    """PEM files: an authority, a certificate signed by it, its key, and the key of another certificate."""

    folder: Path
    authority: Path
    cert: Path
    key: Path
    other_key: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    made = Files(folder, *[folder / f"{name}.pem" for name in ("authority", "cert", "key", "other")])
    authority = trustme.CA()
    mine, other = authority.issue_cert("127.0.0.1", "localhost"), authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(made.authority)
    made.cert.write_bytes(b"".join(pem.bytes() for pem in mine.cert_chain_pems))
    mine.private_key_pem.write_to_path(made.key)
    other.private_key_pem.write_to_path(made.other_key)
    return made


@contextmanager
def running(files: Files) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the command, and return the process, the base URL and the curl command."""
    command = [sys.executable, "-m", "mock_server", "--port", "0"]
    command += ["--tls-cert", str(files.cert), "--tls-key", str(files.key)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        found = re.search(r"https://\S+", process.stdout.readline())
        assert found
        yield process, found.group(), process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def locked(key: bytes) -> bytes:
    """Return the key, encrypted with a password."""
    how = serialization.BestAvailableEncryption(b"secret")
    form = serialization.PrivateFormat.PKCS8
    return load_pem_private_key(key, None).private_bytes(serialization.Encoding.PEM, form, how)


def connect(url: str, context: ssl.SSLContext | None = None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10)
    return context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_printed_curl_command_works_over_tls(files: Files) -> None:
    with running(files) as (_, url, line):
        words = shlex.split(line)
        assert words[words.index("--cacert") + 1] == str(files.cert)
        response = subprocess.run([*words, "-sS"], capture_output=True, text=True, timeout=20, check=True)
        assert json.loads(response.stdout)["summary"] == "First case"
        assert url in line


def test_invalid_tls_clients_do_no_harm(files: Files) -> None:
    trusting = ssl.create_default_context(cafile=files.authority)
    with running(files) as (process, url, _):
        with connect(url) as plain:
            plain.sendall(b"GET /case/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert not plain.recv(65536).startswith(b"HTTP/")
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(url, ssl.create_default_context())
        with connect(url), connect(url, trusting) as client:  # the first client sends nothing
            client.sendall(b"GET /case/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 401 ")
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=10)[1] == ""
            assert time.monotonic() - begun < 2, "an idle client held it up"


@pytest.mark.parametrize(
    ("cert", "key", "words"),
    [
        ("cert.pem", None, "must be used together"),
        (None, "key.pem", "must be used together"),
        (
            "absent.pem",
            "key.pem",
            "--tls-cert {folder}/absent.pem: No such file or directory; give a PEM file",
        ),
        ("cert.pem", ".", "--tls-key {folder}: Is a directory; give a PEM file with the private key"),
        ("key.pem", "cert.pem", "--tls-cert {folder}/key.pem: contains no certificate in PEM format"),
        ("cert.pem", "empty.pem", "--tls-key {folder}/empty.pem: contains no private key in PEM format"),
        ("cut.pem", "key.pem", "--tls-cert {folder}/cut.pem: the certificate is damaged"),
        ("cert.pem", "garbage.pem", "--tls-key {folder}/garbage.pem: the key is damaged"),
        ("cert.pem", "other.pem", "--tls-key {folder}/other.pem: does not belong to {folder}/cert.pem"),
        ("cert.pem", "locked.pem", "openssl pkey -in {folder}/locked.pem"),
    ],
)
def test_unusable_pem_files_are_reported_in_one_line(
    files: Files, cert: str | None, key: str | None, words: str
) -> None:
    (files.folder / "empty.pem").write_bytes(b"")
    (files.folder / "cut.pem").write_bytes(files.cert.read_bytes()[:300])
    (files.folder / "garbage.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    (files.folder / "locked.pem").write_bytes(locked(files.key.read_bytes()))
    command = [sys.executable, "-m", "mock_server", "--port", "0"]
    command += ["--tls-cert", str(files.folder / cert)] if cert else []
    command += ["--tls-key", str(files.folder / key)] if key else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert words.format(folder=files.folder) in done.stderr


def test_suite_trusts_only_the_given_certificates(files: Files, tmp_path: Path) -> None:
    chosen = [f"--requirement={name}" for name in ("CREATE-STATUS", "HEAD-SAME", "PARALLEL-PATCH")]
    with running(files) as (_, url, _):
        refused = suite("--base-url", url, cwd=tmp_path)
        garbage = suite("--base-url", url, "--ca-bundle", str(files.key), cwd=tmp_path)
        # A socket that a check leaves open would be a warning.
        judged = suite(
            "-W", "error", "--base-url", url, "--ca-bundle", str(files.authority), *chosen, cwd=tmp_path
        )
    assert refused.status == CANNOT_START
    assert "certificate verify failed" in refused.text
    assert "--ca-bundle FILE" in refused.text
    assert garbage.status == CANNOT_START
    assert f"--ca-bundle {files.key}: no certificates" in garbage.text
    assert judged.status == 0, judged.text
    assert "Traceback" not in refused.text + garbage.text
