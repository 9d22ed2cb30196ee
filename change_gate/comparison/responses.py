"""Responses: each status code that the sender may use, compared with what the reader expects for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from change_gate.comparison import content, headers, links, witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair, ordered
from change_gate.comparison.media_types import MediaType
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Direction, Verdict, Witness

DEFAULT: Final = "default"
_RANGE: Final = re.compile(r"[1-5]XX")
_ANY: Final = (500, 599, 400, 499, 300, 399, 100)
_UNUSED: Final = (99, 98, 97, 96)  # codes inside a range that documents hardly name


@dataclass(frozen=True)
class Case:
    """One status code, or one that stands for the rest of a range, with the keys that define it on both sides."""

    status: int
    label: str
    sent: str
    read: str | None


def statuses(operation: Node | None) -> dict[str, Node]:
    """Return the responses of an operation by exact code, range (`4XX`) or `default`."""
    responses = operation.get("responses") if operation else None
    found = {}
    for name, node in responses.items() if responses else ():
        if not name.startswith("x-"):
            found[name.strip().upper() if name.lower() != DEFAULT else DEFAULT] = node
    return found


def resolve(keys: dict[str, Node], status: int) -> str | None:
    """Return the key that defines a status code: exact, then range, then default."""
    for key in (str(status), f"{status // 100}XX", DEFAULT):
        if key in keys:
            return key
    return None


def cases(sent: dict[str, Node], read: dict[str, Node]) -> Iterator[Case]:
    """Yield the groups of status codes for which both documents describe one response."""
    exact = {int(key) for key in (*sent, *read) if key.isdigit()}
    for status in sorted(exact):
        key = resolve(sent, status)
        if key is not None:
            yield Case(status, str(status), key, resolve(read, status))
    for hundred in range(1, 6):
        key = f"{hundred}XX"
        if key in sent or (key in read and DEFAULT in sent):
            status = next(code for code in (hundred * 100 + rest for rest in _UNUSED) if code not in exact)
            yield Case(status, key, key if key in sent else DEFAULT, resolve(read, status))
    if DEFAULT in sent:
        keys = {*sent, *read}
        rest = (code for code in _ANY if f"{code // 100}XX" not in keys and code not in exact)
        for code in itertools.islice(rest, 1):
            yield Case(code, DEFAULT, DEFAULT, resolve(read, code))


def compare(context: Context, scope: Scope) -> None:
    """Record the findings about all responses of an operation."""
    direction = scope.direction(Message.RESPONSE)
    sent = statuses(scope.operations.sender(direction))
    read = statuses(scope.operations.reader(direction))
    _report_removed(context, scope, sent, read)
    for case in cases(sent, read):
        if case.read is None:
            _report_unpromised(context, scope, case, sent[case.sent])
        else:
            _compare_case(context, scope, case, ordered(sent[case.sent], read[case.read], direction))


def _report_removed(context: Context, scope: Scope, sent: dict[str, Node], read: dict[str, Node]) -> None:
    """Record success statuses that a client was promised and that never come any more."""
    if scope.is_event:
        return
    for key, node in read.items():
        if not key.startswith("2"):
            continue
        possible = any(name == key or (_RANGE.fullmatch(key) and name[0] == "2") for name in sent)
        if possible or "2XX" in sent or DEFAULT in sent:
            continue
        context.recorder.add(
            "response-success-removed",
            Verdict.BREAKING,
            f"The server no longer returns {key}, which clients expect.",
            Pair(node, None),
            scope=scope,
            location=f"response {key} removed",
            direction=Direction.SERVER_TO_CLIENT,
            parents=Pair(None, scope.operations.head.get("responses") if scope.operations.head else None),
        )


def _report_unpromised(context: Context, scope: Scope, case: Case, node: Node) -> None:
    direction = scope.direction(Message.RESPONSE)
    if scope.is_event:
        verdict = Verdict.BREAKING if 200 <= case.status < 300 else Verdict.RISKY  # noqa: PLR2004
        message = f"The server no longer expects the reply {case.label}, which receivers may send."
        rule = "reply-status-removed"
    else:
        verdict, rule = Verdict.RISKY, "response-status-added"
        message = (
            "The server may now return status codes that were not documented."
            if case.label == DEFAULT
            else f"The server may now return {case.label}, which was not documented."
        )
    context.recorder.add(
        rule,
        verdict,
        message,
        ordered(node, None, direction),
        scope=scope,
        location=f"response {case.label}",
        direction=direction,
        witness=witnesses.response(scope, case.status),
    )


def _compare_case(context: Context, scope: Scope, case: Case, pair: Pair) -> None:
    direction = scope.direction(Message.RESPONSE)
    location = f"response {case.label}"
    headers.compare_response(context, scope, pair, case.status, location)
    if not scope.is_event:
        links.compare(context, scope, pair, location)
    sent = content.media_types_of(pair.sender(direction))
    read = content.media_types_of(pair.reader(direction))
    _compare_media_types(context, scope, case, pair, location)

    def make_witness(media_type: str, value: Any, member: str) -> Witness:
        return witnesses.response(
            scope, case.status, body=value, has_body=True, media_type=media_type, member=member
        )

    part = content.Content(
        name="reply-body" if scope.is_event else "response-body",
        noun=f"body of the {case.label} {'reply' if scope.is_event else 'response'}{_promise(case, scope)}",
        location=location,
        direction=direction,
        sent=sent,
        read=read,
        make_witness=make_witness,
    )
    content.compare(context, scope, part)


def _promise(case: Case, scope: Scope) -> str:
    """Return a hint at the range or `default` that describes a status code in BASE, if HEAD names it itself."""
    if case.sent == case.read or scope.is_event or case.label == case.read:
        return ""
    return f" ({case.read} in BASE)"


def _compare_media_types(context: Context, scope: Scope, case: Case, pair: Pair, location: str) -> None:
    """Record media types that are no longer offered, and replies that the server no longer reads."""
    direction = scope.direction(Message.RESPONSE)
    sent = content.media_types_of(pair.sender(direction))
    read = content.media_types_of(pair.reader(direction))
    if scope.is_event:
        missing = [kind for kind in sent if not any(_meet(kind, other) for other in read)] if read else []
    else:
        missing = [kind for kind in read if not any(_meet(kind, other) for other in sent)]
    if not scope.is_event:
        _report_new_media_types(context, scope, case, pair, location)
    absent = bool(read) and not sent
    if absent:
        missing = missing[:1] or list(read)[:1]
    for kind in missing:
        node = (read if kind in read else sent)[kind]
        shown = "the body" if absent else f"the media type {kind}"
        context.recorder.add(
            f"{'reply' if scope.is_event else 'response'}-{'body' if absent else 'media-type'}-removed",
            Verdict.BREAKING,
            _missing_words(case, shown)
            if not scope.is_event
            else f"Receivers may reply {case.label} in a form that the server does not read.",
            Pair(node, None) if not (absent and scope.is_event) else Pair(None, node),
            scope=scope,
            location=f"{location} {'body' if absent else kind}",
            direction=direction,
            witness=_missing_witness(context, scope, case, kind, absent=absent),
            parents=pair,
        )


def _missing_words(case: Case, shown: str) -> str:
    """Return the sentence for a client. A new status code takes over from a range or from `default` of BASE."""
    if case.sent != case.read:
        return f"The {case.label} response lacks {shown}, which BASE promises for it under {case.read}."
    return f"The {case.label} response no longer has {shown} that clients read."


def _missing_witness(
    context: Context, scope: Scope, case: Case, kind: MediaType, *, absent: bool
) -> Witness | None:
    """Return a response without a body, or a request that asks for the media type."""
    if absent:
        return witnesses.response(scope, case.status)
    return None if scope.is_event else witnesses.request(context, scope, headers={"Accept": str(kind)})


def _report_new_media_types(context: Context, scope: Scope, case: Case, pair: Pair, location: str) -> None:
    """Record media types that a client may ask for in addition."""
    old, new = content.media_types_of(pair.base), content.media_types_of(pair.head)
    for media_type in new:
        if not any(_meet(media_type, other) for other in old):
            context.recorder.add(
                "response-media-type-added",
                Verdict.COMPATIBLE,
                f"The {case.label} response may come as {media_type}, for clients that ask for it.",
                Pair(None, new[media_type]),
                scope=scope,
                location=f"{location} {media_type} added",
                direction=scope.direction(Message.RESPONSE),
                parents=pair,
            )


def _meet(left: MediaType, right: MediaType) -> bool:
    """Return True if a body can be of both types or ranges."""
    return left.contains(right) or right.contains(left)
