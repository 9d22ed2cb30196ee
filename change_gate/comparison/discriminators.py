"""Discriminators: the property that names a class, and the classes that its values name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair, ordered, sender_name
from change_gate.comparison.flattening import parts, properties
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Direction, Kind, Verdict, Witness
from change_gate.schemas.containment import Status

DEEPEST: Final = 4


@dataclass(frozen=True)
class DiscriminatedSchema:
    """A schema with a discriminator on at least one side. `pair` holds the schemas that carry it."""

    scope: Scope
    direction: Direction
    pair: Pair
    location: str
    noun: str


def compare(context: Context, owner: DiscriminatedSchema, *, is_contained: bool) -> None:
    """Record the findings about a discriminator. `is_contained` is True if the whole schema stays compatible."""
    pair = owner.pair
    if pair.base is None or pair.head is None:
        change = "added" if pair.base is None else "removed"
        message = f"The discriminator of the {owner.noun} was {change}; generated classes change."
        _record(context, owner, change, Verdict.RISKY, message, kind=Kind.CODEGEN)
        return
    old, new = (node.value["discriminator"].get("propertyName") for node in (pair.base, pair.head))
    if old != new:
        message = f"The discriminator of the {owner.noun} changed from {old} to {new}; readers choose another class."
        _record(context, owner, "property-changed", Verdict.BREAKING, message)
        return
    _compare_tags(context, owner, str(old), is_contained=is_contained)


def _compare_tags(context: Context, owner: DiscriminatedSchema, name: str, *, is_contained: bool) -> None:
    """Compare the classes of each tag that the sender may use."""
    sender, reader = owner.pair.sender(owner.direction), owner.pair.reader(owner.direction)
    assert sender is not None
    assert reader is not None
    sent, read = classes(sender), classes(reader)
    for tag, schema in sent.items():
        if not is_contained or not read:
            continue  # the finding about the schema is more precise
        if tag not in read:
            message = f"The tag {tag!r} in the {owner.noun} is unknown to its reader."
            witness = Witness(
                sender_name(owner.direction), body={name: tag}, has_body=True, member=f"/{name}"
            )
            _record(context, owner, f"tag-unknown {tag}", Verdict.BREAKING, message, witness=witness)
            continue
        result = context.values.contain(owner.direction, ordered(schema, read[tag], owner.direction))
        if result.status is Status.ESCAPES:
            value = {**result.witness, name: tag} if isinstance(result.witness, dict) else result.witness
            message = f"The tag {tag!r} in the {owner.noun} now stands for another class."
            witness = Witness(sender_name(owner.direction), body=value, has_body=True, member=result.member)
            _record(context, owner, f"class-changed {tag}", Verdict.BREAKING, message, witness=witness)


def _record(
    context: Context,
    owner: DiscriminatedSchema,
    change: str,
    verdict: Verdict,
    message: str,
    *,
    kind: Kind = Kind.WIRE,
    witness: Witness | None = None,
) -> None:
    context.recorder.add(
        f"discriminator-{change.split(' ', maxsplit=1)[0]}",
        verdict,
        message,
        owner.pair,
        scope=owner.scope,
        location=f"{owner.location} {change}",
        direction=owner.direction,
        kind=kind,
        witness=witness,
    )


def classes(node: Node) -> Mapping[str, Node]:
    """Return the classes of a discriminator by tag: those of the mapping, and the branches that it leaves out."""
    mapping, name = (node.value["discriminator"].get(key) for key in ("mapping", "propertyName"))
    found: dict[str, Node] = {}
    for tag, target in (mapping if isinstance(mapping, dict) else {}).items():
        schema = _class(node, target)
        if schema is not None:
            found[tag] = schema
    mapped = {schema.pointer for schema in found.values()}
    for keyword in ("oneOf", "anyOf"):
        for branch in node.value.get(keyword) or ():
            schema = _class(node, branch.get("$ref") if isinstance(branch, dict) else None)
            tag = schema.pointer.rpartition("/")[2] if schema is not None else ""
            if schema is not None and schema.pointer not in mapped and _allows_tag(schema, name, tag):
                found[tag] = schema
    return found


def _allows_tag(schema: Node, name: object, tag: str, depth: int = 0) -> bool:
    """Return True unless the class itself fixes other values for its tag than its own name."""
    choices = [choice for keyword in ("oneOf", "anyOf") if (choice := schema.get(keyword)) is not None]
    branches = [branch.resolved() for choice in choices for branch in choice.elements()]
    if branches and depth < DEEPEST:
        return any(_allows_tag(branch, name, tag, depth + 1) for branch in branches)
    members = properties(tuple(parts(schema)), Direction.SERVER_TO_CLIENT).get(str(name), [])
    for member in members:
        value = member.resolved().value
        if isinstance(value, dict) and tag not in value.get("enum", [value.get("const", tag)]):
            return False
    return True


def _class(node: Node, target: object) -> Node | None:
    """Return the schema that a reference or a component's name leads to."""
    if not isinstance(target, str):
        return None
    pointer = target.removeprefix("#") if target.startswith("#") else f"/components/schemas/{target}"
    try:
        return node.document.node(pointer)
    except (LookupError, ValueError, TypeError):
        return None
