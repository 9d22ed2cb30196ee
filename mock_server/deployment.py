"""A deployment file (TOML) as the settings of a mock that behaves like that tenant.

The same file tells the judge what to expect; the judge reads it with code of its own. Knows no server.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mock_server.contract import specification
from mock_server.settings import TOKEN_PATH, Auth, CaseRules, Scheme, Settings
from mock_server.workflow import Workflow


def load(path: Path, settings: Settings) -> Settings:
    """`settings` with what the file says in their place.

    Raises ValueError, in one line that names the file, the table and the key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; --deployment takes a TOML file") from None
    except ValueError as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    _check(path, content)
    prefix = urlsplit(content.get("base_url", "")).path.rstrip("/") or settings.prefix
    try:
        return Settings(
            auth=_auth(content.get("auth", {}), settings.auth, prefix),
            case=_case(content.get("case", {})),
            workflow=_workflow(content.get("workflow", {})),
            limits=replace(settings.limits, rate=content.get("limits", {}).get("rate", settings.limits.rate)),
            prefix=prefix,
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _check(path: Path, content: Mapping[str, Any]) -> None:
    import jsonschema  # noqa: PLC0415 - only a mock with a deployment file needs it

    schema = json.loads(specification("deployment.schema.json").read_text(encoding="utf-8"))
    error = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(content)), None)
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "top level"
        raise ValueError(f"{path}: {where}: {error.message}; see spec/deployment.schema.json")


def _auth(content: Mapping[str, Any], auth: Auth, prefix: str) -> Auth:
    known = {name: content[name] for name in ("cookie", "header") if name in content}
    scheme = Scheme(content["scheme"]) if "scheme" in content else auth.scheme
    token_url = content.get("token_url", TOKEN_PATH.lstrip("/"))
    token_path = urlsplit(urljoin(f"http://mock{prefix}/", token_url)).path
    return replace(auth, scheme=scheme, token_path=token_path, **known)


def _case(content: Mapping[str, Any]) -> CaseRules:
    known: dict[str, Any] = {
        name: content[name] for name in ("id_format", "update_response") if name in content
    }
    if known.get("update_response") == "either":
        del known["update_response"]
    return CaseRules(required=frozenset(content.get("required", {})), **known)


def _workflow(content: Mapping[str, Any]) -> Workflow:
    known = dict(content)
    if "moves" in known:
        known["moves"] = {state: tuple(moves) for state, moves in known["moves"].items()}
    workflow = Workflow(**known)
    if not workflow.moves.get(workflow.initial):
        raise ValueError(f"workflow.initial: {workflow.initial!r} has no row in workflow.moves")
    return workflow
