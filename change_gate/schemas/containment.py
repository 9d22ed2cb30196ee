"""The entry point of the schema engine: decides if the target allows every value that the source allows.

The source describes what the sender may send; the target what the reader accepts, or was promised. Each comparison
ends within its time limit, and never raises for a schema that is merely unusual.
"""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from change_gate.schemas import algebra
from change_gate.schemas.explain import Refusal, locate
from change_gate.schemas.lifting import Lifter
from change_gate.schemas.locations import Definitions, equal_definitions
from change_gate.schemas.members import Declarations, Restriction, allow_unsent
from change_gate.schemas.proof import Prover
from change_gate.schemas.rules import covers
from change_gate.schemas.schema import (
    JsonSchema,
    Schema,
    UnknownDefinition,
    from_document,
    is_identical,
    referenced,
)
from change_gate.schemas.validation import UnreadableSchema
from change_gate.schemas.witness import Question, Search, is_small

OpenObjects = Literal["lenient", "strict"]

PROOF_SHARE: Final = 0.6  # of the time that is left


class Status(enum.StrEnum):
    """The result of a comparison."""

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


class Context:
    """The definitions of both sides, with what is known about them."""

    def __init__(self, source: JsonSchema, target: JsonSchema) -> None:
        self._owners = (
            source.definitions,
            target.definitions,
        )  # kept, because they are known by their identity
        self._read: dict[str, Schema] = {}
        self._senders = Definitions(source.definitions)
        self._readers = Definitions(self._read)
        self._declarations = Declarations(self._senders, self._readers)
        self._restrictions: dict[frozenset[str], Restriction] = {}
        self._provers: dict[frozenset[str], Prover] = {}
        self._same: frozenset[str] = frozenset()
        self._count = (-1, -1)
        self._lifter = Lifter(source.definitions, self._read)

    def compare(
        self,
        source: JsonSchema,
        target: JsonSchema,
        open_objects: OpenObjects,
        deadline: float,
        *,
        is_lifted_only: bool,
    ) -> Containment:
        """Compare two schemas. With "strict", repeat it without the convention for open objects."""
        if self._is_equal(source, target):
            return Containment(Status.EQUAL)
        for name in target.definitions.keys() - self._read.keys():
            self._read[name] = allow_unsent(target.definitions[name])
        reader = JsonSchema(allow_unsent(target.root), self._read, target.references, target.edges)
        names = self._declarations.newly_declared(source.root, reader.root)
        lifted = self._lifter.lift(source, reader, names)
        if lifted is not None:
            return _escape(lifted.value, lifted.refusal)
        if is_lifted_only:
            return Containment(Status.UNPROVEN)
        result = self._decide(source, reader, names, deadline)
        if result.holds and names and open_objects == "strict":
            strict = self._decide(source, reader, frozenset(), deadline)
            return replace(strict, undeclared=True) if strict.status is Status.ESCAPES else result
        return result

    def _is_equal(self, source: JsonSchema, target: JsonSchema) -> bool:
        count = len(source.definitions), len(target.definitions)
        if count != self._count:
            self._same = equal_definitions(source.definitions, target.definitions)
            self._count = count
        if is_identical(source.root, target.root) and referenced(source.root) <= self._same:
            return True
        left, right = source.document(), target.document()
        return is_small(left) and is_small(right) and algebra.is_equal(left, right)

    def _prover(self, names: frozenset[str], senders: Definitions) -> Prover:
        if names not in self._provers:
            self._provers[names] = Prover(senders, self._readers)
        return self._provers[names]

    def _decide(
        self, source: JsonSchema, target: JsonSchema, names: frozenset[str], deadline: float
    ) -> Containment:
        simple = exact = source
        if names:
            if names not in self._restrictions:
                self._restrictions[names] = Restriction(source.definitions, names)
            restriction = self._restrictions[names]
            simple, exact = restriction.simple(source.root), restriction.exact(source.root)
        documents = [source.document(), *([exact.document()] if names else [])]
        read = target.document()
        small = is_small(documents[0]) and is_small(read)
        if small and any(covers(read, document) for document in reversed(documents)):
            return Containment(Status.COVERED)
        senders = Definitions(simple.definitions) if names else self._senders
        prover = self._prover(names, senders)
        if prover.prove(
            simple.root, target.root, time.process_time() + (deadline - time.process_time()) * PROOF_SHARE
        ):
            return Containment(Status.COVERED)
        question = Question(
            sources=documents,
            target=read,
            location=(simple.root,),
            definitions=prover.source,
            rules=prover.rules,
            gaps=list(prover.gaps),
            deadline=deadline,
            with_difference=small,
        )
        return self._search(question, source, target)

    def _search(self, question: Question, source: JsonSchema, target: JsonSchema) -> Containment:
        try:
            search = Search(question)
            found = search.run()
        except UnreadableSchema as error:
            return Containment(Status.UNPROVEN, tried=(f"a schema cannot be read: {error}",))
        if found is None:
            return Containment(Status.UNPROVEN, tried=tuple(question.tried))
        refusal = locate(found.value, search.reader, target)
        if refusal is None:
            return Containment(Status.ESCAPES, found.value)
        if not self._lifter.learn(found.value, refusal, source, target):
            # The branch that comes closest was not the one that changed.
            refusal = locate(found.value, search.reader, target, into_choices=False) or refusal
            self._lifter.learn(found.value, refusal, source, target)
        return _escape(found.value, refusal)


def _escape(witness: Any, refusal: Refusal) -> Containment:
    return Containment(
        Status.ESCAPES,
        witness,
        refusal.member,
        refusal.keyword,
        refusal.reference,
        refusal.pointer,
        refusal.explanation,
    )


class Comparer:
    """Compares schemas of one pair of documents, and remembers what it proved about their definitions.

    Use one comparer for each pair of documents and direction, so that shared definitions are compared once.
    """

    def __init__(self, *, open_objects: OpenObjects = "lenient", seconds: float = 5.0) -> None:
        self.open_objects = open_objects
        self.seconds = seconds
        self._contexts: dict[tuple[int, int], Context] = {}

    def compare(self, source: JsonSchema, target: JsonSchema, *, is_lifted_only: bool = False) -> Containment:
        """Decide whether every value of the source is a value of the target.

        With `is_lifted_only`, only witnesses of earlier comparisons are tried, which takes little time.
        """
        start = time.process_time()
        key = id(source.definitions), id(target.definitions)
        if key not in self._contexts:
            self._contexts[key] = Context(source, target)
        try:
            result = self._contexts[key].compare(
                source, target, self.open_objects, start + self.seconds, is_lifted_only=is_lifted_only
            )
        except UnknownDefinition as error:
            result = Containment(Status.UNPROVEN, tried=(f"the definition {error} is missing",))
        except RecursionError:
            result = Containment(Status.UNPROVEN, tried=("the schemas are nested too deeply",))
        return replace(result, seconds=time.process_time() - start)


def compare(
    source: JsonSchema | Schema,
    target: JsonSchema | Schema,
    *,
    open_objects: OpenObjects = "lenient",
    seconds: float = 5.0,
) -> Containment:
    """Compare one pair of schemas. Plain JSON Schemas carry their definitions in `$defs`.

    `seconds` bounds the processor time, so that a verdict does not depend on the load of the machine.
    """
    comparer = Comparer(open_objects=open_objects, seconds=seconds)
    return comparer.compare(_schema(source), _schema(target))


def _schema(schema: JsonSchema | Schema) -> JsonSchema:
    return schema if isinstance(schema, JsonSchema) else from_document(schema)
