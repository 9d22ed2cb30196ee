"""Ids of cases: whether one is a UUID, and ids that no case has, like a known one or of other makes.

Draws and compares texts. Knows no HTTP and no requirement.
"""

from __future__ import annotations

import secrets
import string
from typing import Final
from uuid import UUID, uuid1, uuid4

from contract_tests.contract.deployment import IdFormat

REDRAWN: Final = 12  # characters of an id: the last group of a UUID
REDRAWN_FROM: Final = (
    ("0123456789", "89"),
    (string.ascii_lowercase, "abcdef"),
    (string.ascii_uppercase, "ABCDEF"),
)


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its canonical form, in either letter case."""
    try:
        # The canonical form of RFC 9562 section 4; uuid alone would take braces and missing hyphens too.
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def unknown_id() -> str:
    """A UUID that no case has; a server whose ids have another form may take it for malformed."""
    return str(uuid4())


def unknown_like(case_id: str) -> str:
    """An id of the same form as a case's that no case has: its last digits and letters are drawn anew.

    What comes first stays, since it may say the version of a UUID; a letter becomes one that hexadecimal has. Where
    ids are counted up, digits so high stand for a case that is yet to come.
    """
    places = [place for place, character in enumerate(case_id) if _drawn_from(character)][-REDRAWN:]
    drawn = list(case_id)
    for place in places:
        drawn[place] = secrets.choice(_drawn_from(case_id[place]))
    return "".join(drawn) if "".join(drawn) != case_id else unknown_id()


def _drawn_from(character: str) -> str:
    return next((drawn for known, drawn in REDRAWN_FROM if character in known), "")


def neighbour_of(case_id: str) -> str:
    """An id that differs in its last character alone."""
    return case_id[:-1] + ("0" if case_id[-1] != "0" else "1")


def near_ids(case_id: str, form: IdFormat) -> list[str]:
    """Ids close to a case's that no case can have; where any text may be an id, a neighbour may well exist."""
    if form is IdFormat.UUID:
        return [case_id[:-1], case_id + "0"]
    return [f"{case_id}~no-such-case", f"no-such-case~{case_id}"]


def odd_ids(form: IdFormat) -> list[str]:
    """Ids of other makes, or in another letter case, that no case has; none where any text may be an id."""
    if form is not IdFormat.UUID:
        return []
    return [str(UUID(int=0)), str(UUID(int=2**128 - 1)), str(uuid1()), unknown_id().upper(), "new"]
