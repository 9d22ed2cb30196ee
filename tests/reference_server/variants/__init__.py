"""Correct servers with unusual but legitimate behaviour.

`VARIANTS` has each variant alone. `COMBINED` combines several in one server, so that fewer runs of the suite are needed;
each row combines variants that do not affect each other.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from reference_server.catalogue import VARIANTS, Variant, combined

__all__ = ["COMBINED", "VARIANTS"]

# The import of a module registers its variants.
for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")

ROWS: Final = (
    "plain-status http10 all422 one-workflow json-column",
    "status-object chunked forbids numbered-workflow entity-attribute-value",
    "status-in-workflow five-requests-per-connection rare-errors event-sourced",
    "last-workflow-status large-bodies-unread html-errors workflow-by-key decimals",
    "only-a-flag no-reason-phrase empty-errors changes-workflow-id everything-float",
    "numbered-status closes-idle-connections detailed-errors keeps-old-workflow-ids",
    "translated-status under-a-prefix checks-id-format update-changes-workflow-id locking",
    "open-again gzip checks-id-format422 two-workflows optimistic",
    "status-echoes-request odd-headers typed-fields any-case-of-status",
    "computed-fields sets-cookies malformed-token-is-bad-request empty-body-is-object repeats-are-accepted defaults",
    "drops-nulls location-and-etag lenient demands-reason keeps-last-reason",
    "removed-as-null pretty-printed no-duplicates closed-is-read-only",
    "default-null escapes-slashes first-duplicate-wins update-makes-transition",
    "dates-to-the-millisecond handles-options any-media-type refuses-owned",
    "whole-seconds no-head no-empty-patch keeps-reasons",
    "offset rate-limit merge-patch distinct-items",
    "milliseconds rate-limit-with-date drops-unsafe-input no-nulls",
    "nanoseconds overloaded any-scheme-case text-ids",
    "lower-case-dates own-media-type routes-before-authenticating",
    "clock-ahead service-account shallow",
    "upper-case-ids service-account-under-prefix text-only",
    "numbered-cases cookie-session flat",
    "update-returns-ok slow-responses",
    "update-returns-id picky",
    "envelope plain api-key-header",
    "summary replica",
    "update-returns-counts required-fields",
    "update-returns-row renews-repeated-tokens",
    "locks-the-client cleans-paths",
    "remaining-seconds drops-slashes floats-in-errors",
    "closed-schema",
    "first-value-fixes-type",
    "bare-scope-error normalizes-paths",
    "pydantic-errors forbids-missing-credentials ignores-path-case binary-json conditional-get",
    "field-errors limits-headers safe-integers decompresses-bodies normalized-text-only",
    "spring-errors invalid-token-challenge requires-length whole-floats-are-integers",
    "error-array parses-uuids not-acceptable keeps-transition-fields keep-alive-headers iso-format",
    "json-string-errors limits-path-length utf8-only closes-after-refusals refuses-prototype",
    "blocks-hostile-text redirects-to-absolute-url",
    "invalid-request-challenge redirects-upper-case",
    "redirects-decoded-paths",
    "unwraps-singletons",
    "routes-without-head workflow-of-case",
    "quoted-cookie another-site-for-another-host",
    "page-for-unknown-paths",
)


def _combine(row: str) -> Variant:
    by_name = {variant.name: variant for variant in VARIANTS}
    unknown = sorted(set(row.split()) - set(by_name))
    if unknown:
        raise LookupError(f"ROWS in {__file__} names {unknown}, but no class with @variant() has this name")
    return combined([by_name[name] for name in row.split()])


COMBINED: Final = tuple(map(_combine, ROWS))
