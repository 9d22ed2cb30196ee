"""Settings of the mock, spelling hints and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mock_server.core.messages import Response, Transfer
from mock_server.core.settings import Auth, CaseRules, Limits, Scheme, Settings
from mock_server.core.spelling import did_you_mean


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (Auth, {"token": "a b"}, "visible ASCII"),
        (Auth, {"client_id": ""}, "visible ASCII"),
        (Auth, {"client_secrets": ("ok", "é")}, "visible ASCII"),
        (Auth, {"ttl": 0}, "at most 3600"),
        (Auth, {"ttl": 3600.5}, "at most 3600"),
        (Auth, {"longest_life": -1}, "at most 3600"),
        (Auth, {"longest_life": 3601}, "at most 3600"),
        (Auth, {"scheme": "digest"}, "digest"),
        (CaseRules, {"id_format": "number"}, "number"),
        (CaseRules, {"null_fields": "gone"}, "gone"),
        (Limits, {"nesting": 0}, "between 1 and 200"),
        (Limits, {"nesting": 201}, "between 1 and 200"),
        (Limits, {"head": 0}, "greater than 0"),
        (Limits, {"body": 0}, "greater than 0"),
        (Limits, {"patience": 0}, "greater than 0"),
        (Limits, {"rate": 0}, "greater than 0"),
        (Settings, {"prefix": "api"}, "a prefix is a path"),
        (Settings, {"prefix": "/api/"}, "a prefix is a path"),
        (Settings, {"prefix": "/a b"}, "a prefix is a path"),
        (Settings, {"prefix": "/_mock/x"}, "cannot begin with /_mock"),
    ],
)
def test_invalid_setting_is_refused(kind: Any, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kind(**values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Auth, {"ttl": 3600, "longest_life": 0.1}),
        (Limits, {"nesting": 1, "head": 1, "body": 1, "patience": 0.1, "rate": 0.1}),
        (Limits, {"nesting": 200}),
        (Settings, {"prefix": "/api-public/1.0"}),
        (Settings, {"prefix": ""}),
    ],
)
def test_extreme_setting_is_accepted(kind: Any, values: dict[str, Any]) -> None:
    assert {name: getattr(kind(**values), name) for name in values} == values


def test_settings_accept_names_and_keep_kinds() -> None:
    assert Auth(scheme="cookie").scheme is Scheme.COOKIE  # type: ignore[arg-type]
    assert CaseRules(required=["a", "a"]).required == frozenset({"a"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (Settings(), "/auth/oauth2/token"),
        (Settings(prefix="/api"), "/api/auth/oauth2/token"),
        (Settings(prefix="/api", auth=Auth(token_path="/own")), "/own"),
    ],
)
def test_token_path_is_below_the_prefix(settings: Settings, path: str) -> None:
    assert settings.token_path == path


@pytest.mark.parametrize(
    ("name", "hint"),
    [("rat", "; did you mean rate?"), ("zzz", ""), ("rate" + "x" * 1000, "")],
)
def test_misspelt_name_gets_a_suggestion(name: str, hint: str) -> None:
    assert did_you_mean(name, ["latency", "rate"]) == hint


@pytest.mark.parametrize(
    ("response", "fields", "sent"),
    [
        (Response(200, {}, b"abc"), {"content-length": "3"}, b"abc"),
        (Response(204), {}, b""),
        (Response(304, {"etag": "x"}), {"etag": "x"}, b""),
        (Response(200, {"content-length": "9"}, b""), {"content-length": "9"}, b""),
        (Response(200, {}, b"abcde", transfer=Transfer.TRUNCATED), {"content-length": "5"}, b"ab"),
    ],
)
def test_response_has_its_length(response: Response, fields: Mapping[str, str], sent: bytes) -> None:
    assert response.fields() == fields
    assert response.sent_body == sent
