"""Readable strings of a location, simplest first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from change_gate.schemas.automata import Unknown
from change_gate.schemas.facts import UNBOUNDED, Facts
from change_gate.schemas.format_samples import FORMAT_SAMPLES
from change_gate.schemas.hints import Hints
from change_gate.schemas.languages import find_string
from change_gate.schemas.validation import has_format

LONGEST_TEXT: Final = 100_000
ODD_TEXTS: Final = ("a", "", "0", "b", " ", "A", "-", "é", "a b", "[", "{", "\\", "1a", "true", "null", "a\n")


def texts(facts: Facts, hints: Hints) -> Iterator[str]:
    """Yield strings of the location's formats only, because a wrong one spoils each object that holds it."""
    for text in _texts(facts, hints):
        if all(has_format(name, text) for name in facts.formats):
            yield text


def _texts(facts: Facts, hints: Hints) -> Iterator[str]:
    least = facts.shortest
    most = None if facts.longest == UNBOUNDED else int(facts.longest)
    bounds = {least, least + 1, *hints.lengths, *([] if most is None else [most, most - 1])}
    lengths = [length for length in sorted(bounds) if least <= length <= min(facts.longest, LONGEST_TEXT)]
    yield from _pattern_strings(facts, hints, least, most)
    if not facts.patterns:
        yield "a" * max(least, 1 if facts.longest else 0)
        yield from ("a" * length for length in reversed(lengths))
    samples = [FORMAT_SAMPLES.get(name, []) for name in sorted(facts.formats)]
    yield from itertools.chain.from_iterable(samples)
    texts = [value for value in hints.constants if isinstance(value, str)]
    if not facts.formats:
        texts.extend(itertools.chain.from_iterable(FORMAT_SAMPLES.values()))
    for text in (*ODD_TEXTS, *texts):
        if least <= len(text) <= facts.longest:
            yield text
    yield from ("0" * length for length in lengths)


def _pattern_strings(facts: Facts, hints: Hints, least: int, most: int | None) -> Iterator[str]:
    """Yield strings that match what they must, and each hinted pattern or not."""
    wanted, unwanted = sorted(facts.patterns), sorted(facts.excluded_patterns)
    if wanted or unwanted:
        yield from strings(wanted, unwanted, least, most)
    for pattern in sorted(hints.patterns - facts.patterns - facts.excluded_patterns)[:20]:
        yield from strings(wanted, [*unwanted, pattern], least, most)
        yield from strings([*wanted, pattern], unwanted, least, most)
    for length in sorted(hints.lengths) if wanted else ():
        if least <= length <= facts.longest:
            yield from strings(wanted, unwanted, length, length)


def strings(matching: list[str], failing: list[str], least: int, most: int | None) -> Iterator[str]:
    """Yield at most one shortest string, also where a pattern is known only in part."""
    for lenient in (False, True):
        try:
            found = find_string(matching, failing, least=least, most=most, lenient=lenient)
        except Unknown:
            continue
        if found is not None:
            yield found
        return
