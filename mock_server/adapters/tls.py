"""The certificate and key that the server shows, from two PEM files.

All that can be wrong with them is found before anything listens, and told in one line: the file and the remedy.
"""

import ssl
from pathlib import Path

CERTIFICATE = "-----BEGIN CERTIFICATE-----"
KEY = "PRIVATE KEY-----"


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS 1.2 and 1.3.

    `certificate` holds the server's certificate first, then those that lead to a root; `key` the private key,
    without a password. Raises ValueError, which names the option, the file and the remedy.
    """
    _must_hold(CERTIFICATE, "certificate", "--tls-cert", certificate)
    _must_hold(KEY, "private key", "--tls-key", key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_alpn_protocols(["http/1.1"])
    try:
        # The chain alone first: what loads both does not say which of them is broken.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise ValueError(_damaged("--tls-cert", certificate, "certificate", error)) from None
    try:
        made.load_cert_chain(certificate, key, password=lambda: _refuse_password(key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(
                f"--tls-key {key}: not the key of {certificate}; give the key that its certificate was made with"
            ) from None
        raise ValueError(_damaged("--tls-key", key, "key", error)) from None
    return made


def _must_hold(mark: str, what: str, option: str, path: Path) -> None:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise ValueError(f"{option} {path}: {error.strerror}; give a PEM file with the {what}") from None
    if mark not in text:
        raise ValueError(f"{option} {path}: no {what} in PEM form in it; it has a line with {mark}")


def _refuse_password(key: Path) -> str:
    raise ValueError(
        f"--tls-key {key}: the key is encrypted; take its password off: openssl pkey -in {key} -out plain.pem"
    )


def _damaged(option: str, path: Path, what: str, error: ssl.SSLError) -> str:
    reason = f" ({error.reason.lower().replace('_', ' ')})" if error.reason else ""
    return f"{option} {path}: the {what} is damaged or of a kind that OpenSSL refuses{reason}; make it anew"
