"""Request bodies, and the bodies that callbacks and webhooks send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from change_gate.comparison import content, media_types, witnesses
from change_gate.comparison.context import Context
from change_gate.comparison.directions import Message, Pair
from change_gate.comparison.media_types import MediaType, best_match
from change_gate.comparison.recorder import Scope
from change_gate.documents import Node
from change_gate.findings import Verdict, Witness


def compare(context: Context, scope: Scope) -> None:
    """Record the findings about the request body of an operation."""
    pair = scope.operations.get("requestBody")
    direction = scope.direction(Message.REQUEST)
    sent, read = pair.sender(direction), pair.reader(direction)
    _compare_presence(context, scope, pair)
    if sent is None or read is None:
        return
    _report_new_media_types(context, scope, pair)
    sent_types, read_types = content.media_types_of(sent), content.media_types_of(read)
    if read_types:
        for media_type in sent_types:
            if best_match(media_type, read_types) is None:
                _report_media_type(context, scope, media_type, sent_types, read)

    def make_witness(media_type: str, value: Any, member: str) -> Witness:
        return witnesses.request(
            context, scope, body=value, has_body=True, media_type=media_type, member=member
        )

    part = content.Content(
        name=_name(scope),
        noun="event's body" if scope.is_event else "request body",
        location="request body",
        direction=direction,
        sent=sent_types,
        read=read_types,
        make_witness=make_witness,
    )
    content.compare(context, scope, part)


def _report_new_media_types(context: Context, scope: Scope, pair: Pair) -> None:
    """Record media types that the server takes in addition."""
    old, new = content.media_types_of(pair.base), content.media_types_of(pair.head)
    for media_type in new if not scope.is_event else ():
        if old and best_match(media_type, old) is None:
            context.recorder.add(
                "request-body-media-type-added",
                Verdict.COMPATIBLE,
                f"The server now also accepts bodies of type {media_type}.",
                Pair(None, new[media_type]),
                scope=scope,
                location=f"request body {media_type} added",
                direction=scope.direction(Message.REQUEST),
                parents=pair,
            )


def _name(scope: Scope) -> str:
    return "event-body" if scope.is_event else "request-body"


def _compare_presence(context: Context, scope: Scope, pair: Pair) -> None:
    direction = scope.direction(Message.REQUEST)
    sent, read = pair.sender(direction), pair.reader(direction)
    if read is not None and read.flag("required") and (sent is None or not sent.flag("required")):
        context.recorder.add(
            f"{_name(scope)}-{'added-required' if sent is None else 'became-required'}",
            Verdict.BREAKING,
            "Requests without a body were accepted and are now rejected."
            if not scope.is_event
            else "Receivers require a body that may be absent.",
            pair,
            scope=scope,
            location="request body required",
            direction=direction,
            witness=witnesses.request(context, scope, has_body=False),
        )
    elif pair.base is None and pair.head is not None:
        context.recorder.add(
            f"{_name(scope)}-added",
            Verdict.COMPATIBLE,
            "The operation now takes an optional body."
            if not scope.is_event
            else "The event now has a body.",
            pair,
            scope=scope,
            location="request body added",
            direction=direction,
        )
    elif pair.base is not None and _has_no_content(pair):
        context.recorder.add(
            f"{_name(scope)}-removed",
            Verdict.RISKY,
            "The request body was removed; the server ignores or rejects what clients send."
            if not scope.is_event
            else "The event no longer has a body.",
            pair,
            scope=scope,
            location="request body removed",
            direction=direction,
        )


def _has_no_content(pair: Pair) -> bool:
    """Return True if HEAD has no body, or a body without any media type."""
    emptied = bool(content.media_types_of(pair.base)) and not content.media_types_of(pair.head)
    return pair.head is None or emptied


def _report_media_type(
    context: Context, scope: Scope, media_type: MediaType, sent: Mapping[MediaType, Node], read: Node
) -> None:
    node = sent[media_type]
    direction = scope.direction(Message.REQUEST)
    pair = Pair(node, None) if not scope.is_event else Pair(None, node)
    parents = Pair(None, read) if not scope.is_event else Pair(read, None)
    read_types = content.media_types_of(read)
    names = ", ".join(sorted(map(str, read_types)))
    sample = witnesses.sample_body(context, direction, node)

    def is_refused(kind: MediaType) -> bool:
        return best_match(kind, sent) == media_type and best_match(kind, read_types) is None

    refused = media_types.example(media_type, is_refused)
    context.recorder.add(
        f"{_name(scope)}-media-type-{'added' if scope.is_event else 'removed'}",
        Verdict.BREAKING,
        f"The server no longer accepts a body of type {media_type}, only {names}."
        if not scope.is_event
        else f"Receivers may get a body of type {media_type}; they were promised {names}.",
        pair,
        scope=scope,
        location=f"request body {media_type}",
        direction=direction,
        witness=witnesses.request(context, scope, body=sample, has_body=True, media_type=str(refused)),
        parents=parents,
    )
