"""A proxy in the environment: the target behind it is not on this machine, and an embedded target is not behind it."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import pytest

from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.exceptions import TargetError
from contract_tests.runner.bounds import is_loopback

LOCAL = ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "https://api.localhost")
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("url", LOCAL)
def test_local_address_is_loopback(url: str) -> None:
    assert is_loopback(Target(url, {}))


@pytest.mark.parametrize("url", LOCAL)
@pytest.mark.parametrize(
    "variables", [{"all_proxy": "http://p:1"}, {"http_proxy": "http://p:1", "HTTPS_PROXY": "http://p:1"}]
)
def test_local_address_behind_a_proxy_is_not_loopback(
    url: str, variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not is_loopback(Target(url, {}))
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1,::1")
    assert is_loopback(Target(url, {}))


def test_embedded_target_is_reached_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
    target = Target("http://127.0.0.1:8000", {}, embedded=True)
    assert is_loopback(target)
    assert not connect(target, RunSettings()).session.proxies
    assert connect(Target("http://127.0.0.1:8000", {}), RunSettings()).session.proxies


def test_password_of_a_proxy_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:k7Q%2Fsecret@proxy.invalid:1")
    secrets = connect(Target("http://127.0.0.1:8000", {}), RunSettings()).session.secrets
    assert secrets.mask("k7Q/secret k7Q%2Fsecret") == "*** ***"


def test_unreachable_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{address[1]}")
    api = connect(Target("http://tenant.example", {"CASEIQ_TOKEN": "x"}), RunSettings())
    with pytest.raises(
        TargetError, match="connection to the proxy that HTTP_PROXY or HTTPS_PROXY names failed"
    ):
        api.get("any")
    api.session.close()
