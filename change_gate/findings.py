"""The result of a comparison as plain data: findings, the places they point to, and their witnesses."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class Verdict(enum.StrEnum):
    """The effect of a change, mildest first in definition order."""

    COMPATIBLE = "compatible"
    RISKY = "risky"
    BREAKING = "breaking"


class Proof(enum.StrEnum):
    """The way a verdict is known."""

    PROVED = "proved"  # by the schema algebra, or by a rule that needs no schema
    WITNESSED = "witnessed"  # a message was found that one side allows and the other refuses
    UNPROVEN = "unproven"  # neither containment nor a witness was found


class Direction(enum.StrEnum):
    """The side that sends the message a finding is about."""

    CLIENT_TO_SERVER = "request"
    SERVER_TO_CLIENT = "response"


class Kind(enum.StrEnum):
    """The readers of a document that a risky change concerns, as selected by `--fail-on risky:KIND`."""

    WIRE = "wire"
    CODEGEN = "codegen"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True)
class Place:
    """A position in a document. `pointer` is an RFC 6901 pointer; `line` counts from 1 and is None where unknown."""

    file: str
    pointer: str
    line: int | None = None


@dataclass(frozen=True)
class Witness:
    """A message that proves a break: valid under one document and invalid under the other.

    `method`, `url`, `headers` and `body` describe a request; `status`, `headers` and `body` a response. `member` is an
    RFC 6901 pointer into `body` to the offending member, and `missing` names the required members that the object there
    lacks. `body` is JSON data, or ABSENT where there is no body.
    """

    valid_under: str  # "base" or "head"
    method: str = ""
    url: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    member: str = ""
    missing: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The message and, if it has one, its body: part of a fingerprint."""
        message = "request" if self.method else "response"
        return f"{message} body" if self.has_body else message


@dataclass(frozen=True)
class Finding:
    """One change. `rule` is a stable id such as `request-body-narrowed`; `operation` is `POST /case` or empty."""

    rule: str
    verdict: Verdict
    proof: Proof
    message: str  # one sentence on who is hurt
    operation: str = ""
    direction: Direction | None = None
    kind: Kind = Kind.WIRE
    base: Place | None = None
    head: Place | None = None
    witness: Witness | None = None
    tried: tuple[str, ...] = ()  # for UNPROVEN: what was searched
    caused_by: str = ""  # fingerprint of the finding that explains this one
    location: str = ""  # canonical place in the contract, independent of component names and wording
    accepted: str = ""  # the reason and the expiry date of an accepted change
    fails: bool = False  # True if this finding fails the gate; see decision.decide()

    @property
    def fingerprint(self) -> str:
        """A short digest of the meaning: rule, direction, canonical place and kind of witness, but no wording."""
        kind = self.witness.kind if self.witness is not None else ""
        parts = (self.rule, self.direction or "", self.location, kind)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Titles:
    """The words of a report for its three possible results."""

    passed: str = "The API change passes"
    failed: str = "The API change does not pass"
    nothing: str = "no change that clients notice"


@dataclass(frozen=True)
class Comparison:
    """All findings about one pair of documents, causes first."""

    base: str
    head: str
    findings: tuple[Finding, ...]
    base_version: str = ""
    head_version: str = ""
    is_identical: bool = False  # both documents hold the same data
    titles: Titles = Titles()
    problems: tuple[str, ...] = ()  # entries of the file of accepted changes that fail the gate

    @property
    def is_undecided(self) -> bool:
        """True if a part is neither proved compatible nor refuted by a witness, and not accepted either."""
        return any(finding.proof is Proof.UNPROVEN and not finding.accepted for finding in self.findings)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the findings; compatible where there are none."""
        order: Final = list(Verdict)
        return max(
            (finding.verdict for finding in self.findings), key=order.index, default=Verdict.COMPATIBLE
        )
