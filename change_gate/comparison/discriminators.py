"""Discriminators: the property that names a class, and the classes that its values name."""

from __future__ import annotations

from collections.abc import Mapping

from change_gate.comparison.context import Context
from change_gate.comparison.directions import Pair, sender_name
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Direction, Kind, Verdict, Witness
from change_gate.schemas.containment import Containment, Status


def compare(
    context: Context,
    scope: Scope,
    direction: Direction,
    pair: Pair,
    location: str,
    noun: str,
    containment: Containment,
) -> None:
    """Record the findings about the discriminators of two schemas. `pair` holds the schemas that carry them."""

    def record(rule: str, verdict: Verdict, message: str, kind: Kind = Kind.WIRE, witness: Witness | None = None) -> None:
        context.recorder.add(
            f"discriminator-{rule}",
            verdict,
            message,
            pair,
            scope=scope,
            location=f"{location} {rule}",
            direction=direction,
            kind=kind,
            witness=witness,
        )

    if pair.base is None or pair.head is None:
        change = "added" if pair.base is None else "removed"
        message = f"The discriminator of the {noun} was {change}; generated classes change."
        record(change, Verdict.RISKY, message, Kind.CODEGEN)
        return
    names = [node.value["discriminator"].get("propertyName") for node in (pair.base, pair.head)]
    if names[0] != names[1]:
        message = f"The discriminator of the {noun} was {names[0]} and is {names[1]}; readers pick no class or another."
        record("property-changed", Verdict.BREAKING, message)
        return
    sent, read = (classes(node) for node in (pair.sender(direction), pair.reader(direction)) if node)
    for tag in sent:
        if tag not in read and read:
            message = f"The tag {tag!r} in the {noun} names no class for its reader."
            record(f"tag-unknown {tag}", Verdict.BREAKING if containment.holds else Verdict.RISKY, message)
        elif tag in read and containment.holds:
            _compare_class(context, direction, tag, sent[tag], read[tag], noun, names[0], record)


def _compare_class(context, direction, tag, sent, read, noun, name, record) -> None:  # type: ignore[no-untyped-def]
    pair = Pair(sent, read) if sender_name(direction) == "base" else Pair(read, sent)
    result = context.values.contain(direction, pair)
    if result.status is Status.ESCAPES:
        value = {**result.witness, name: tag} if isinstance(result.witness, dict) else result.witness
        witness = Witness(sender_name(direction), body=value, has_body=True, member=result.member)
        record(f"class-changed {tag}", Verdict.BREAKING, f"The tag {tag!r} in the {noun} names another class.", witness=witness)


def classes(node: Node) -> Mapping[str, Node]:
    """Return the classes of a discriminator by tag: those of the mapping, and the branches that it leaves out."""
    discriminator = node.value["discriminator"]
    mapping = discriminator.get("mapping")
    found: dict[str, Node] = {}
    for tag, target in (mapping if isinstance(mapping, dict) else {}).items():
        schema = _class(node, target)
        if schema is not None:
            found[tag] = schema
    mapped = {schema.pointer for schema in found.values()}
    for keyword in ("oneOf", "anyOf"):
        for branch in node.value.get(keyword) or ():
            reference = branch.get("$ref") if isinstance(branch, dict) else None
            schema = _class(node, reference)
            if schema is not None and schema.pointer not in mapped:
                found[schema.pointer.rpartition("/")[2]] = schema
    return found


def _class(node: Node, target: object) -> Node | None:
    """Return the schema that a reference or a component's name leads to."""
    if not isinstance(target, str):
        return None
    pointer = target.removeprefix("#") if target.startswith("#") else f"/components/schemas/{target}"
    try:
        return node.document.node(pointer)
    except (LookupError, ValueError, TypeError):
        return None
