"""Properties of every comparison: what changes nothing, what is reversed, and which finding is the cause."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import operator
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from gate.pair_tables import Pair, TextSource, document, options_of, pairs, read, validator

from change_gate.comparison import compare
from change_gate.comparison.directions import Initiator, Message, direction_of, sender_name
from change_gate.documents import load
from change_gate.findings import Direction, Verdict
from change_gate.version import Level, advise

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "caseiq-openapi.yaml"
PAIRS = pairs()
SPEC_PAIR = Pair(
    "spec", *(yaml.load(SPEC.read_text(), Loader=yaml.CSafeLoader),) * 2, "compatible", frozenset()
)


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and data of each document of the table, and this project's own."""
    for pair in [*PAIRS, SPEC_PAIR]:
        yield f"{pair.name}: head", pair.head


def reordered(value: Any) -> Any:
    """Return data with every mapping's keys in reverse order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def renamed(value: Any) -> Any:
    """Return data with every component renamed."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        if key == "$ref" and isinstance(item, str) and item.startswith("#/components/"):
            kind, name = item.split("/", 3)[2:]
            prefix = "" if kind == "securitySchemes" else "Renamed"
            result[key] = f"#/components/{kind}/{prefix}{name}"
        elif key == "mapping" and isinstance(item, dict):
            result[key] = {
                tag: "#/components/schemas/Renamed" + target.split("/")[-1] for tag, target in item.items()
            }
        elif key == "components":
            result[key] = {
                kind: {
                    f"Renamed{name}" if kind != "securitySchemes" else name: renamed(member)
                    for name, member in members.items()
                }
                for kind, members in item.items()
            }
        else:
            result[key] = renamed(item)
    return result


def inlined(value: Any, root: dict[str, Any], depth: int = 0) -> Any:
    """Return data with references written out, as far as they do not recur."""
    if isinstance(value, list):
        return [inlined(item, root, depth) for item in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/") and len(value) == 1 and depth < 3:
        kind, *names = unquote(reference).split("/")[2:]
        return inlined(functools.reduce(operator.getitem, names, root["components"][kind]), root, depth + 1)
    return {key: inlined(item, root, depth) if key != "components" else item for key, item in value.items()}


def has_implicit_tags(data: dict[str, Any]) -> bool:
    """Return True if component names are tags of a discriminator."""
    text = str(data)
    return "'discriminator'" in text and "'mapping'" not in text


@pytest.mark.parametrize(
    ("name", "data"), list(documents()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_equivalent_document_changes_nothing(name: str, data: dict[str, Any]) -> None:
    plain = read(data)
    variants = [data, reordered(copy.deepcopy(data))]
    if not has_implicit_tags(data):
        variants.append(renamed(copy.deepcopy(data)))
        if "discriminator" not in str(data):
            variants.append(inlined(copy.deepcopy(data), data))
    for variant in variants:
        for one, other in ((plain, read(variant)), (read(variant), plain)):
            told = [f"{finding.rule}: {finding.message}" for finding in compare(one, other).findings]
            assert not [words for words in told if "server" not in words], told


def test_direction_depends_on_message_and_initiator() -> None:
    assert direction_of(Message.REQUEST, Initiator.CLIENT) is Direction.CLIENT_TO_SERVER
    assert direction_of(Message.RESPONSE, Initiator.CLIENT) is Direction.SERVER_TO_CLIENT
    assert direction_of(Message.REQUEST, Initiator.SERVER) is Direction.SERVER_TO_CLIENT
    assert direction_of(Message.RESPONSE, Initiator.SERVER) is Direction.CLIENT_TO_SERVER
    assert sender_name(Direction.CLIENT_TO_SERVER) == "base"
    assert sender_name(Direction.SERVER_TO_CLIENT) == "head"


SCHEMA_CHANGES = [
    ({"type": "integer"}, {"type": "number"}),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    ({"type": "object"}, {"type": "object", "required": ["a"]}),
    ({"type": "string", "maxLength": 3}, {"type": "string"}),
]


@pytest.mark.parametrize(("one", "other"), SCHEMA_CHANGES)
def test_webhook_reverses_the_operation(one: dict[str, Any], other: dict[str, Any]) -> None:
    def operation(schema: dict[str, Any]) -> dict[str, Any]:
        body = {"content": {"application/json": {"schema": schema}}}
        return {"post": {"requestBody": body, "responses": {"200": {"description": "Done."}}}}

    def verdict(place: str, base: dict[str, Any], head: dict[str, Any]) -> Verdict:
        sides = [document({"root": {place: {"/event": operation(schema)}}}) for schema in (base, head)]
        return compare(read(sides[0]), read(sides[1])).verdict

    assert verdict("paths", one, other) is verdict("webhooks", other, one)
    assert verdict("paths", other, one) is verdict("webhooks", one, other)
    assert {verdict("paths", one, other), verdict("webhooks", one, other)} == {
        Verdict.COMPATIBLE,
        Verdict.BREAKING,
    }


def _shared(count: int, response: dict[str, Any]) -> dict[str, Any]:
    paths = {
        f"/p{index}": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}
        for index in range(count)
    }
    return document({"root": {"paths": paths, "components": {"responses": {"R": response}}}})


def test_shared_component_is_one_cause() -> None:
    old = {"description": "a", "content": {"application/json": {"schema": {"type": "integer"}}}}
    new = {"description": "a", "content": {"application/json": {"schema": {"type": "string"}}}}
    findings = compare(read(_shared(40, old)), read(_shared(40, new))).findings
    assert len(findings) == 40
    causes = [finding for finding in findings if not finding.caused_by]
    assert causes == [findings[0]]
    assert {finding.caused_by for finding in findings[1:]} == {findings[0].fingerprint}


def test_fingerprint_survives_renaming_and_wording() -> None:
    for pair in PAIRS:
        if has_implicit_tags(pair.base) or has_implicit_tags(pair.head):
            continue
        plain = compare(read(pair.base), read(pair.head), options_of(pair))
        other = compare(read(renamed(pair.base)), read(renamed(pair.head)), options_of(pair))
        assert sorted(f.fingerprint for f in plain.findings) == sorted(
            f.fingerprint for f in other.findings
        ), pair.name


def test_fingerprints_differ_within_a_comparison() -> None:
    for pair in PAIRS:
        findings = compare(read(pair.base), read(pair.head), options_of(pair)).findings
        assert len({finding.fingerprint for finding in findings}) == len(findings), pair.name


def test_breaks_come_first() -> None:
    base = document({"op": {"tags": ["a"], "parameters": [{"name": "q", "in": "query"}]}})
    head = document({"op": {"tags": ["b"], "security": [{"k": []}]}})
    verdicts = [finding.verdict for finding in compare(read(base), read(head)).findings]
    assert verdicts == [Verdict.BREAKING, Verdict.RISKY, Verdict.RISKY]


@pytest.mark.parametrize(
    ("versions", "change", "wanted", "followed"),
    [
        (("1.0.0", "2.0.0"), "breaking", Level.MAJOR, True),
        (("1.0.0", "1.1.0"), "breaking", Level.MAJOR, False),
        (("1.0.0", "1.0.1"), "compatible", Level.MINOR, False),
        (("1.0.0", "1.1.0"), "compatible", Level.MINOR, True),
        (("1.0.0", "1.0.1"), "none", Level.PATCH, True),
        (("spring", "summer"), "none", Level.PATCH, None),
    ],
)
def test_advice_names_the_level(
    versions: tuple[str, str], change: str, wanted: Level, followed: bool | None
) -> None:
    parameter = {"name": "q", "in": "query", "required": change == "breaking"}
    head_side: dict[str, Any] = {} if change == "none" else {"op": {"parameters": [parameter]}}
    base, head = document({}), document(head_side)
    base["info"]["version"], head["info"]["version"] = versions
    advice = advise(compare(read(base), read(head)))
    assert advice.wanted is wanted
    assert advice.is_followed is followed


def test_callback_that_contains_itself_ends() -> None:
    callback = {
        "{$request.body#/url}": {
            "post": {"responses": {}, "callbacks": {"c": {"$ref": "#/components/callbacks/C"}}}
        }
    }
    data = document(
        {
            "op": {"callbacks": {"c": {"$ref": "#/components/callbacks/C"}}},
            "root": {"components": {"callbacks": {"C": callback}}},
        }
    )
    assert not compare(read(data), read(data)).findings


def test_history_of_the_spec_is_decided() -> None:
    log = subprocess.run(
        ["git", "log", "--format=%h", "--", "spec/caseiq-openapi.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    revisions = log.stdout.split()[::-1]
    if len(revisions) < 2:
        pytest.skip("the history of the repository is not there")
    texts = []
    for revision in revisions:
        command = ["git", "show", f"{revision}:spec/caseiq-openapi.yaml"]
        texts.append(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    versions = [load(TextSource(revision, text)) for revision, text in zip(revisions, texts, strict=True)]
    for old, new in itertools.pairwise(versions):
        comparison = compare(old, new)
        assert not comparison.is_undecided, [f.message for f in comparison.findings]
        assert all(finding.base and finding.base.line for finding in comparison.findings)


def test_deeply_nested_schema_is_compared() -> None:
    def nested(schema: dict[str, Any]) -> dict[str, Any]:
        for _ in range(200):
            schema = {"type": "array", "items": schema}
        return document({"response": schema})

    base, head = read(nested({"type": "integer"})), read(nested({"type": "integer", "description": "Deep."}))
    assert not compare(base, head).findings
    assert compare(base, read(nested({"type": "string"}))).verdict is not Verdict.COMPATIBLE


def test_annotation_like_names_count() -> None:
    def side(name: str, enum: list[Any]) -> dict[str, Any]:
        return document(
            {"response": {"type": "object", "required": [name], "properties": {name: {"enum": enum}}}}
        )

    base = read(side("description", [{"title": "a"}]))
    assert not compare(base, base).findings
    assert compare(base, read(side("title", [{"title": "a"}]))).verdict is Verdict.BREAKING
    assert compare(base, read(side("description", [{"title": "b"}]))).verdict is Verdict.BREAKING


def test_compatible_is_transitive() -> None:
    same = [pair for pair in PAIRS if not pair.options and pair.name.startswith(("schemas", "parameters"))]
    compatible = [pair for pair in same if validator(pair).verdict is Verdict.COMPATIBLE]
    following: dict[str, list[Pair]] = {}
    for pair in compatible:
        following.setdefault(json.dumps(pair.base, sort_keys=True), []).append(pair)
    chains = [
        (first, second)
        for first in compatible
        for second in following.get(json.dumps(first.head, sort_keys=True), ())
    ]
    assert len(chains) >= 10
    for first, second in chains:
        whole = replace(first, head=second.head)
        assert validator(whole).verdict is Verdict.COMPATIBLE, (first.name, second.name)
