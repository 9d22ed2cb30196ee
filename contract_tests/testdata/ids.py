"""Case ids: recognise a UUID, and make ids that no case has."""

from __future__ import annotations

import secrets
import string
from typing import Final
from uuid import UUID, uuid1, uuid4

from contract_tests.contract.deployment import IdFormat

REPLACED: Final = 12  # characters of an id, as many as the last group of a UUID
REPLACED_BY: Final = (
    ("0123456789", "89"),
    (string.ascii_lowercase, "abcdef"),
    (string.ascii_uppercase, "ABCDEF"),
)


# Values that match every id, text or secret if a server uses them as a query, a pattern or a condition.
INJECTIONS: Final = ("' OR '1'='1", '" OR ""="', ".*", "${1}")
OPERATORS: Final = ({"$ne": ""}, {"$gt": ""}, {"$regex": ".*"}, {"like": "%"})


def is_uuid(text: str) -> bool:
    """Return True if the text is a UUID in its canonical form, in either letter case."""
    try:
        # RFC 9562 section 4. The uuid module alone accepts braces and missing hyphens, too.
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def unknown_id() -> str:
    """Return a UUID that no case has. A server with another form of ids may call it malformed."""
    return str(uuid4())


def unknown_like(case_id: str) -> str:
    """Return an id that has the form of a case's id and that no case has.

    Its last digits and letters are random. The first ones stay, since they may contain a UUID's version. Letters become
    hexadecimal ones. If ids are sequence numbers, the digits are so high that the case does not exist yet.
    """
    places = [place for place, character in enumerate(case_id) if _alphabet_for(character)][-REPLACED:]
    drawn = list(case_id)
    for place in places:
        drawn[place] = secrets.choice(_alphabet_for(case_id[place]))
    return "".join(drawn) if "".join(drawn) != case_id else unknown_id()


def _alphabet_for(character: str) -> str:
    return next((drawn for known, drawn in REPLACED_BY if character in known), "")


def pattern_ids(case_id: str) -> list[str]:
    """Return ids that a server may match with a case by a pattern, a prefix or an injected condition."""
    patterns = ["%", "*", f"{case_id[:-1]}%", f"{case_id[:-1]}_", f"{case_id}' OR '1'='1"]
    patterns += [f"{case_id}'--", f"{case_id},{case_id}"]
    return [pattern for pattern in patterns if pattern != case_id]  # an id of any text may end like this


def leading_number(text: str) -> int | None:
    """Return the number that some databases compare with a text: its first digits, or 0. None if all are digits."""
    digits = text[: len(text) - len(text.lstrip(string.digits))]
    return None if digits == text else int(digits or "0")


def neighbour_of(case_id: str) -> str:
    """Return an id that differs only in its last character."""
    return case_id[:-1] + ("0" if case_id[-1] != "0" else "1")


def near_ids(case_id: str, form: IdFormat) -> list[str]:
    """Return ids similar to a case's that no case can have.

    If any text may be an id, similar ids may exist, so these contain words.
    """
    if form is IdFormat.UUID:
        return [case_id[:-1], case_id + "0"]
    return [f"{case_id}~no-such-case", f"no-such-case~{case_id}"]


def odd_ids(form: IdFormat) -> list[str]:
    """Return ids of other forms, or in another letter case, that no case has; none if any text may be an id."""
    if form is not IdFormat.UUID:
        return []
    return [str(UUID(int=0)), str(UUID(int=2**128 - 1)), str(uuid1()), unknown_id().upper(), "new"]
