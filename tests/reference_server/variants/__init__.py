"""Servers that keep the contract in ways that a careless judge takes for faults; each must pass.

`VARIANTS` has each by itself, `TOGETHER` several in one server, each in one row: a judge's run costs seconds, and
what is odd about the wire, the answers, the rules, the workflow and the store does not meet.
"""

from __future__ import annotations

from typing import Final

from reference_server.catalogue import VARIANTS, Variant, combined
from reference_server.variants import answers, clients, rules, stores, wire, workflows

__all__ = ["TOGETHER", "VARIANTS", "answers", "clients", "rules", "stores", "wire", "workflows"]

ROWS: Final = (
    "plain-status http10 all422 one-workflow json-column",
    "status-object chunked forbids numbered-workflow entity-attribute-value",
    "status-in-workflow five-requests-a-connection teapot-errors event-sourced",
    "last-workflow-status large-bodies-unread html-errors workflow-by-key decimals",
    "only-a-flag no-reason-phrase silent-errors rotating everything-float",
    "numbered-status hangs-up telling-errors rotating-with-history",
    "translated-status under-a-prefix formal rotates-with-updates locking",
    "open-again gzip formal422 two-workflows optimistic",
    "status-of-the-request odd-headers strict any-case-of-status",
    "companions sets-cookies empty-is-an-object repeats-are-fine defaults",
    "drops-nulls location-and-etag lenient demands-reason",
    "removed-as-null pretty-printed no-duplicates closed-is-closed",
    "default-null escapes-slashes first-of-duplicates progressing",
    "dates-to-the-millisecond answers-options any-media-type refuses-owned",
    "whole-seconds no-head no-empty-patch numbers-its-reasons",
    "offset rate-limit merge-patch distinct-items",
    "milliseconds rate-limit-with-date drops-oddities no-nulls",
    "nanoseconds overloaded any-case-of-scheme text-ids",
    "tenths-in-small-letters own-media-type path-first",
    "clock-ahead service-account shallow",
    "capital-ids service-account-under-prefix texts-alone",
    "numbered-cases cookie-session flat",
    "says-ok thoughtful",
    "says-which-and-updated picky",
    "envelope plain own-header",
    "summary replica",
    "counts-modified demanding",
    "locks-the-client cleans-paths",
    "remaining-seconds drops-slashes",
)


def _together(row: str) -> Variant:
    by_name = {variant.name: variant for variant in VARIANTS}
    return combined([by_name[name] for name in row.split()])


TOGETHER: Final = tuple(map(_together, ROWS))
