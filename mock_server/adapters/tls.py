"""Loads the server's certificate and key from two PEM files.

All errors are found before the server listens. Each message is one line with the file and the remedy.
"""

import ssl
from pathlib import Path

CERTIFICATE = "-----BEGIN CERTIFICATE-----"
KEY = "PRIVATE KEY-----"


def create_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Create the context of a server for TLS 1.2 and 1.3.

    `certificate` contains the server's certificate first, then its chain. `key` contains the private key, without a
    password. Raises ValueError, which names the option, the file and the remedy.
    """
    _check_mark(CERTIFICATE, "certificate", "--tls-cert", certificate)
    _check_mark(KEY, "private key", "--tls-key", key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        # The chain is loaded alone first, because an error of load_cert_chain does not name the broken file.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise ValueError(_damaged("--tls-cert", certificate, "certificate", error)) from None
    try:
        context.load_cert_chain(certificate, key, password=lambda: _refuse_password(key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(
                f"--tls-key {key}: does not belong to {certificate}; give the key of this certificate"
            ) from None
        raise ValueError(_damaged("--tls-key", key, "key", error)) from None
    return context


def _check_mark(mark: str, content: str, option: str, path: Path) -> None:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ValueError(f"{option} {path}: {error.strerror}; give a PEM file with the {content}") from None
    if mark not in text:
        raise ValueError(f"{option} {path}: contains no {content} in PEM format; that has a line with {mark}")


def _refuse_password(key: Path) -> str:
    raise ValueError(
        f"--tls-key {key}: the key is encrypted; remove its password: openssl pkey -in {key} -out plain.pem"
    )


def _damaged(option: str, path: Path, content: str, error: ssl.SSLError) -> str:
    reason = f" ({error.reason.lower().replace('_', ' ')})" if error.reason else ""
    return (
        f"{option} {path}: the {content} is damaged, or OpenSSL does not support it{reason}; create a new one"
    )
