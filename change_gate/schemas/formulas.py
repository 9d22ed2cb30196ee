"""Formulas over pairs of locations: all of some, or any of some. They hold no negation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from change_gate.schemas.locations import Location


@dataclass(frozen=True, eq=False)
class Pair:
    """The containment of two locations, a step deeper inside the value: a member name, an index, or `*`."""

    step: str | int
    source: Location
    target: Location


@dataclass(frozen=True, eq=False)
class AllOf:
    """True if all parts are."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False)
class AnyOf:
    """True if any part is."""

    parts: tuple[Formula, ...]


Formula = bool | Pair | AllOf | AnyOf


def all_of(formulas: Iterable[Formula]) -> Formula:
    """Return the conjunction, evaluated no further than needed."""
    parts = []
    for formula in formulas:
        if formula is False:
            return False
        if formula is not True:
            parts.append(formula)
    return AllOf(tuple(parts)) if parts else True


def any_of(formulas: Iterable[Formula]) -> Formula:
    """Return the disjunction, evaluated no further than needed."""
    parts = []
    for formula in formulas:
        if formula is True:
            return True
        if formula is not False:
            parts.append(formula)
    return AnyOf(tuple(parts)) if parts else False


def pairs(formula: Formula) -> Iterator[Pair]:
    """Yield the pairs of a formula."""
    match formula:
        case Pair():
            yield formula
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from pairs(part)
        case _:
            return
