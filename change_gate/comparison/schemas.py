"""The findings about one schema of the contract: containment first, then what containment cannot see."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from change_gate.comparison import changed_places, discriminators, reasons
from change_gate.comparison.context import Context
from change_gate.comparison.declared import Change
from change_gate.comparison.directions import Pair
from change_gate.comparison.recorder import Scope
from change_gate.documents import pointers
from change_gate.findings import Direction, Kind, Proof, Verdict, Witness
from change_gate.schemas import exclusions
from change_gate.schemas.containment import Containment, Status

MOST_BREAKS: Final = 50  # in one body
MakeWitness = Callable[[Any, str], Witness]
"""Makes a complete message from a value and the pointer to its offending member."""


@dataclass(frozen=True)
class Part:
    """One place that holds a schema. `name` is part of rule ids, `noun` of sentences, `location` of fingerprints."""

    name: str
    noun: str
    location: str
    direction: Direction
    schemas: Pair
    parents: Pair
    make_witness: MakeWitness
    is_xml: bool = False

    @property
    def rule(self) -> str:
        """The rule of a change that containment refutes."""
        return f"{self.name}-{'narrowed' if self.direction is Direction.CLIENT_TO_SERVER else 'widened'}"


def compare_schemas(context: Context, scope: Scope, part: Part) -> None:
    """Record every finding about a part."""
    containment = context.values.contain(part.direction, part.schemas)
    report_containment(context, scope, part, containment)
    if context.options.every_break and containment.status is Status.ESCAPES:
        _report_further(context, scope, part, containment)
    report_declared(context, scope, part, containment)


def _report_further(context: Context, scope: Scope, part: Part, first: Containment) -> None:
    """Record the further breaks of a body, which the first one hides."""
    found = [first]
    while len(found) <= MOST_BREAKS:
        following = context.values.contain_further(part.direction, part.schemas, found)
        if following is None or (following.status is Status.ESCAPES and _is_repeated(following, found)):
            break
        if not following.holds:
            report_containment(context, scope, part, following)
        if following.status is not Status.ESCAPES:
            return
        found.append(following)
    unclear = "the rest of the schema, behind the breaks that were found"
    report_containment(context, scope, part, Containment(Status.UNPROVEN, tried=(unclear,)))


def _is_repeated(following: Containment, found: list[Containment]) -> bool:
    """Return True if a break was found before, although its keyword was left out."""
    return any(exclusions.key(one) == exclusions.key(following) for one in found)


def report_containment(
    context: Context, scope: Scope, part: Part, containment: Containment, *, has_witness: bool = True
) -> None:
    """Record the finding that a containment leads to, if any. `has_witness` is False if no message shows it."""
    if containment.holds:
        if containment.status is Status.COVERED:
            _report_covered(context, scope, part)
        return
    if containment.status is Status.UNPROVEN:
        context.recorder.add(
            part.rule,
            Verdict.RISKY,
            f"It is not proved that the {part.noun} stays compatible.",
            context.values.changed(part.schemas),
            scope=scope,
            location=part.location,
            direction=part.direction,
            proof=Proof.UNPROVEN,
            tried=containment.tried,
            parents=part.parents,
        )
        return
    member = generalised(containment.member)
    places = changed_places.find(part.schemas, part.direction, containment)
    context.recorder.add(
        part.rule,
        Verdict.RISKY if containment.undeclared else Verdict.BREAKING,
        _sentence(part, containment, places),
        places,
        scope=scope,
        location=f"{part.location} {member} {containment.keyword}".replace("  ", " "),
        direction=part.direction,
        witness=_witness(part, containment, places) if has_witness else None,
        parents=part.parents,
    )


def _report_covered(context: Context, scope: Scope, part: Part) -> None:
    """Record a compatible change. It counts for the advice on the version."""
    is_sent_by_client = part.direction is Direction.CLIENT_TO_SERVER
    context.recorder.add(
        f"{part.name}-{'widened' if is_sent_by_client else 'narrowed'}",
        Verdict.COMPATIBLE,
        f"The {part.noun} changed; everything that {'was sent' if is_sent_by_client else 'is sent'} stays allowed.",
        context.values.changed(part.schemas),
        scope=scope,
        location=part.location,
        direction=part.direction,
        parents=part.parents,
    )


def generalised(member: str) -> str:
    """Return a member's pointer with `*` for array indexes."""
    return re.sub(r"/\d+(?=/|$)", "/*", member)


def _sentence(part: Part, containment: Containment, places: Pair) -> str:
    value = _offending(containment)
    text = reasons.shown(value)
    subject = f"{text} at {containment.member}" if containment.member else text
    words = reasons.reason(containment.keyword, places, value, part.direction) or containment.explanation
    reason = f": {words}" if words else ""
    if part.direction is Direction.CLIENT_TO_SERVER:
        return f"The server no longer accepts {subject} in the {part.noun}{reason}."
    return f"A client may receive {subject} in the {part.noun}, which BASE did not allow{reason}."


def _offending(containment: Containment) -> Any:
    """Return the member of the witness that the reader refuses."""
    value = containment.witness
    for token in pointers.split(containment.member):
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (LookupError, ValueError, TypeError):
            break
    return value


def _witness(part: Part, containment: Containment, places: Pair) -> Witness:
    """Return the complete message. Names the members that the reader requires and the witness lacks."""
    witness = part.make_witness(containment.witness, containment.member)
    reader, value = places.reader(part.direction), _offending(containment)
    if containment.keyword != "required" or reader is None or not isinstance(value, dict):
        return witness
    names = reader.value if isinstance(reader.value, list) else []
    missing = tuple(name for name in names if isinstance(name, str) and name not in value)
    return replace(witness, missing=missing)


def report_declared(context: Context, scope: Scope, part: Part, containment: Containment) -> None:
    """Record removed properties, changed defaults and changed discriminators."""
    if context.values.is_unchanged(part.schemas):
        return
    for change in context.declared[part.direction].find(part.schemas):
        location = f"{part.location} {change.member}"
        if change.rule == "property-removed":
            _report_removed(context, scope, part, change)
        elif change.rule == "property-added":
            _report_added(context, scope, part, change)
        elif change.rule == "discriminator":
            owner = discriminators.DiscriminatedSchema(
                scope, part.direction, change.pair, location, part.noun
            )
            discriminators.compare(context, owner, is_contained=containment.holds)
        elif change.rule == "default-changed":
            _report_default(context, scope, part, change)
        elif part.is_xml:
            context.recorder.add(
                f"{part.name}-xml-changed",
                Verdict.BREAKING,
                f"The XML form of {change.member or 'the value'} in the {part.noun} changed.",
                change.pair,
                scope=scope,
                location=location,
                direction=part.direction,
            )


def _report_removed(context: Context, scope: Scope, part: Part, change: Change) -> None:
    hurt = (
        "the server ignores it or refuses it"
        if part.direction is Direction.CLIENT_TO_SERVER
        else "clients that read it find nothing"
    )
    context.recorder.add(
        f"{part.name}-property-removed",
        Verdict.RISKY,
        f"The {part.noun} no longer declares {change.member}; {hurt}.",
        change.pair,
        scope=scope,
        location=f"{part.location} {change.member}",
        direction=part.direction,
        parents=Pair(None, change.parent),
    )


def _report_added(context: Context, scope: Scope, part: Part, change: Change) -> None:
    context.recorder.add(
        f"{part.name}-property-added",
        Verdict.RISKY,
        f"The {part.noun} may now have {change.member}; a client that refuses unknown members fails.",
        change.pair,
        scope=scope,
        location=f"{part.location} {change.member} added",
        direction=part.direction,
        parents=part.parents,
    )


def _report_default(context: Context, scope: Scope, part: Part, change: Change) -> None:
    where = f"{change.member} in the {part.noun}" if change.member else f"the {part.noun}"
    context.recorder.add(
        f"{part.name}-default-changed",
        Verdict.RISKY,
        f"{_default_words(change, where)}; messages without a value change their meaning.",
        change.pair,
        scope=scope,
        location=f"{part.location} {change.member}",
        direction=part.direction,
        kind=Kind.WIRE,
    )


def _default_words(change: Change, where: str) -> str:
    old, new = change.base_value, change.head_value
    if old is reasons.ABSENT:
        return f"The default {reasons.shown(new)} of {where} was added"
    if new is reasons.ABSENT:
        return f"The default {reasons.shown(old)} of {where} was removed"
    return f"The default of {where} changed from {reasons.shown(old)} to {reasons.shown(new)}"
