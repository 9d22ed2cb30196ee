"""Breaks that stand behind an accepted one in the same body: they are found, and fail the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from gate.pair_tables import document, read

from change_gate.cli import run
from change_gate.comparison import Options, compare
from change_gate.findings import Comparison, Finding, Verdict
from change_gate.schemas import exclusions
from change_gate.schemas.containment import Containment, Status
from change_gate.schemas.schema import JsonSchema


def _object(closed: bool = False, **members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, **({"additionalProperties": False} if closed else {})}


def _side(schema: Any, key: str = "body", **components: Any) -> dict[str, Any]:
    return document({key: schema, "root": {"components": {"schemas": components}}})


REFERENCE = {"$ref": "#/components/schemas/S"}
LONG, SHORT = {"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "two members": (_side(_object(a=LONG, b=LONG)), _side(_object(a=SHORT, b=SHORT)), {"/a", "/b"}),
    "two members of a component in a list": (
        _side({"type": "array", "items": REFERENCE}, S=_object(a=LONG, b=LONG)),
        _side({"type": "array", "items": REFERENCE}, S=_object(a=SHORT, b=SHORT)),
        {"/*/a", "/*/b"},
    ),
    "two members gone from a closed object": (
        _side(_object(True, a={}, b={}, c={})),
        _side(_object(True, c={})),
        {"/a", "/b"},
    ),
    "two new members of a closed response": (
        _side(_object(True, c={}), "response"),
        _side(_object(True, a={}, b={}, c={}), "response"),
        {"/a", "/b"},
    ),
    "two keywords of one member": (
        _side(_object(a={"type": "string"})),
        _side(_object(a={"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"})),
        {"/a maxLength", "/a pattern"},
    ),
    "a required member and a member": (
        _side(_object(a=LONG)),
        _side({**_object(a=SHORT), "required": ["a"]}),
        {"/a", "required"},
    ),
}


def _breaks(comparison: Comparison) -> list[Finding]:
    return [finding for finding in comparison.findings if finding.verdict is Verdict.BREAKING]


@pytest.mark.parametrize("name", CASES)
def test_break_behind_an_accepted_one_is_found(name: str) -> None:
    base, head, places = CASES[name]
    sides = read(base), read(head)
    assert len(_breaks(compare(*sides))) == 1
    found = _breaks(compare(*sides, Options(every_break=True)))
    assert len(found) == len(places)
    for place in places:
        assert sum(f" {place}" in finding.location for finding in found) == 1, [f.location for f in found]
    assert all(finding.witness for finding in found)


def test_breaks_of_shared_components_are_found_in_each_operation() -> None:
    def side(schema: dict[str, Any]) -> dict[str, Any]:
        content = {"application/json": {"schema": _object(s=REFERENCE, o=schema)}}
        operation = {"requestBody": {"content": content}, "responses": {"200": {"description": "Done."}}}
        paths = {"/a": {"post": operation}, "/b": {"post": operation}}
        return document({"root": {"paths": paths, "components": {"schemas": {"S": schema}}}})

    found = _breaks(compare(read(side(LONG)), read(side(SHORT)), Options(every_break=True)))
    assert sorted(finding.location.split()[-2] for finding in found) == ["/o", "/o", "/s", "/s"]


def test_accept_writes_all_breaks_of_a_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    versions = [(LONG, LONG, LONG), (SHORT, SHORT, LONG), (SHORT, SHORT, SHORT)]
    files = [tmp_path / name for name in ("base.yaml", "head.yaml", "third.yaml")]
    for file, members in zip(files, versions, strict=True):
        data = _side(_object(**dict(zip("abc", members, strict=True))))
        file.write_text(yaml.safe_dump(data), encoding="utf-8")
    rest = ["--accepted", str(tmp_path / "accepted.toml")]
    assert run([*map(str, files[:2]), *rest, "--accept", "agreed"]) == 0
    assert (tmp_path / "accepted.toml").read_text(encoding="utf-8").count("[[accepted]]") == 2
    assert run([*map(str, files[:2]), *rest]) == 0
    assert run([str(files[0]), str(files[2]), *rest]) == 1
    assert "/c in the request body" in capsys.readouterr().out


def test_keyword_that_is_not_found_is_not_left_out() -> None:
    target = JsonSchema({"properties": {"a": {"minimum": 1}}})
    found = Containment(Status.ESCAPES, {"a": 0}, "/a", "minimum", "", "/properties/a/minimum")
    assert exclusions.without(target, found) is not None
    for pointer in ("", "/properties/b/minimum", "/properties/a/maximum"):
        lost = Containment(Status.ESCAPES, {"a": 0}, "/a", "minimum", "", pointer)
        assert exclusions.without(target, lost) is None
    unknown = Containment(Status.ESCAPES, {"a": 0}, "/a", "minimum", "#/x", "/minimum")
    assert exclusions.without(target, unknown) is None
    assert exclusions.key(found) == ("", "/properties/a/minimum")
