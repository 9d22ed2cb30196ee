"""The entry of the schema engine: is every value that the source allows also allowed by the target?

The source describes what the sender may send; the target what the reader accepts, or was promised. Each comparison
ends within its time limit, and never raises for a schema that is merely unusual.
"""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass
from typing import Any, Literal

from change_gate.schemas.schema import JsonSchema, Schema, from_document

OpenObjects = Literal["lenient", "strict"]


class Status(enum.StrEnum):
    """The answer of a comparison."""

    EQUAL = "equal"  # both schemas allow the same values: nothing to report
    COVERED = "covered"  # proved: the target allows every value that the source allows
    ESCAPES = "escapes"  # a witness is valid under the source and invalid under the target
    UNPROVEN = "unproven"  # neither a proof nor a witness was found


@dataclass(frozen=True)
class Containment:
    """The result of one comparison.

    For ESCAPES: `witness` is a JSON value (it may be None, which is JSON null), and `member` an RFC 6901 pointer into
    it. `keyword` is the keyword of the target that refuses the witness. `pointer` leads to this keyword inside the
    schema that `reference` names, or inside the compared schema where `reference` is empty. `reference` is a `$ref` of
    the target's document. The dialect may add a keyword that the document does not hold, so a caller that finds
    nothing at `pointer` takes the nearest enclosing place. `explanation` puts the refusal into words.

    `undeclared` is True if the witness needs a member that the sender never declared; only with "strict".
    For UNPROVEN: `tried` names what was searched.
    """

    status: Status
    witness: Any = None
    member: str = ""
    keyword: str = ""
    reference: str = ""
    pointer: str = ""
    explanation: str = ""
    undeclared: bool = False
    tried: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """True if the containment is proved."""
        return self.status in (Status.EQUAL, Status.COVERED)


class Comparer:
    """Compares schemas of one pair of documents, and remembers what it proved about their definitions.

    Use one comparer for each pair of documents and direction, so that shared definitions are compared once.
    """

    def __init__(self, *, open_objects: OpenObjects = "lenient", seconds: float = 5.0) -> None:
        self.open_objects = open_objects
        self.seconds = seconds

    def compare(self, source: JsonSchema, target: JsonSchema) -> Containment:
        """Decide whether every value of the source is a value of the target."""
        import jsonschema_rs  # noqa: PLC0415

        start = time.monotonic()
        first, second = source.document(), target.document()
        left = jsonschema_rs.canonicalize(first, draft=20, validate_formats=True)
        right = jsonschema_rs.canonicalize(second, draft=20, validate_formats=True)
        if left == right:
            status = Status.EQUAL
        elif str(right.covers(left)).endswith("yes"):
            status = Status.COVERED
        else:
            status = Status.UNPROVEN
        return Containment(status, seconds=time.monotonic() - start)


def compare(
    source: JsonSchema | Schema,
    target: JsonSchema | Schema,
    *,
    open_objects: OpenObjects = "lenient",
    seconds: float = 5.0,
) -> Containment:
    """Compare one pair of schemas. Plain JSON Schemas carry their definitions in `$defs`."""
    comparer = Comparer(open_objects=open_objects, seconds=seconds)
    return comparer.compare(_schema(source), _schema(target))


def _schema(schema: JsonSchema | Schema) -> JsonSchema:
    return schema if isinstance(schema, JsonSchema) else from_document(schema)
