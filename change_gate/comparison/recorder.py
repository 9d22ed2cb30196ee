"""The collector of findings, and the scope that each of them belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from change_gate.comparison.directions import Initiator, Message, Pair, direction_of
from change_gate.documents import Document, Node
from change_gate.findings import Direction, Finding, Kind, Place, Proof, Verdict, Witness


@dataclass(frozen=True)
class Scope:
    """The operation that is compared. `label` names it for readers, `place` for fingerprints."""

    label: str
    place: str
    initiator: Initiator
    operations: Pair
    items: Pair
    paths: tuple[str, str] = ("", "")  # the path template in BASE and in HEAD

    def direction(self, message: Message) -> Direction:
        """Return the way that a message of this operation travels."""
        return direction_of(message, self.initiator)

    @property
    def is_event(self) -> bool:
        """True for callbacks and webhooks."""
        return self.initiator is Initiator.SERVER


@dataclass
class Recorder:
    """Collects findings about one pair of documents."""

    base: Document
    head: Document
    findings: list[Finding] = field(default_factory=list)
    origins: list[tuple[str, str]] = field(default_factory=list)
    """For each finding, the pointers of the changed part in BASE and HEAD; empty where it does not exist."""

    def add(
        self,
        rule: str,
        verdict: Verdict,
        message: str,
        pair: Pair,
        *,
        scope: Scope | None = None,
        location: str = "",
        direction: Direction | None = None,
        kind: Kind = Kind.WIRE,
        proof: Proof | None = None,
        witness: Witness | None = None,
        tried: Sequence[str] = (),
        parents: Pair | None = None,
    ) -> None:
        """Record one finding. `parents` are the places to show where `pair` lacks a side."""
        shown = parents or (scope.operations if scope else Pair(None, None))
        default = Proof.WITNESSED if witness is not None else Proof.PROVED
        self.findings.append(
            Finding(
                rule=rule,
                verdict=verdict,
                proof=proof or default,
                message=message,
                operation=scope.label if scope else "",
                direction=direction,
                kind=kind,
                base=self._place(pair.base, shown.base, self.base),
                head=self._place(pair.head, shown.head, self.head),
                witness=witness,
                tried=tuple(tried),
                location=" ".join(part for part in (scope.place if scope else "", location) if part),
            )
        )
        self.origins.append((pair.base.pointer if pair.base else "", pair.head.pointer if pair.head else ""))

    @staticmethod
    def _place(node: Node | None, parent: Node | None, document: Document) -> Place:
        chosen = node or parent
        return chosen.place if chosen else document.place("")

    def ordered(self) -> tuple[Finding, ...]:
        """Return all findings: worst first, and each consequence after its cause.

        Findings of one rule about one shared part, such as a component that 40 operations use, have one cause: the
        first of them. The others name it in `caused_by`.
        """
        order = list(Verdict)
        first: dict[tuple[str, Verdict, Direction | None, tuple[str, str]], Finding] = {}
        causes: list[Finding] = []
        consequences: dict[str, list[Finding]] = {}
        for finding, origin in zip(self.findings, self.origins, strict=True):
            key = (finding.rule, finding.verdict, finding.direction, origin)
            cause = first.setdefault(key, finding)
            if cause is finding or origin == ("", ""):
                causes.append(finding)
            else:
                consequences.setdefault(cause.fingerprint, []).append(
                    replace(finding, caused_by=cause.fingerprint)
                )
        causes.sort(key=lambda finding: -order.index(finding.verdict))
        result: list[Finding] = []
        for cause in causes:
            result += [cause, *consequences.pop(cause.fingerprint, [])]
        return tuple(result)
