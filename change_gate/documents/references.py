"""The check that each `$ref` leads to something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from change_gate.documents.bundle import Bundle

if TYPE_CHECKING:
    from change_gate.documents.document import Document


def check_references(document: Document, bundle: Bundle) -> None:
    """Raise DocumentError for the first reference that cannot be resolved or that only refers to itself."""
    results: dict[str, str] = {}
    for index, site in bundle.sites:
        if site.key != "$ref":
            continue
        reference = site.holder["$ref"]
        if reference not in results:
            results[reference] = _problem(document, reference)
        if results[reference]:
            raise bundle.files[index].error(f"the $ref {site.value!r} {results[reference]}", site.tokens())
    _check_all_of(document, bundle)


def _problem(document: Document, reference: str) -> str:
    """Return the fault of a reference, or an empty string."""
    seen = set()
    current: Any = {"$ref": reference}
    while isinstance(current, dict) and isinstance(current.get("$ref"), str):
        reference = current["$ref"]
        if reference in seen:
            return "leads back to itself and defines nothing"
        seen.add(reference)
        try:
            current = document.resolve(reference)
        except (LookupError, ValueError, TypeError):
            return "cannot be resolved"
    if not isinstance(current, (dict, bool)):
        return "does not lead to an object"
    return ""


def _check_all_of(document: Document, bundle: Bundle) -> None:
    """Raise DocumentError for a schema that demands itself by `allOf`, which no validator can decide."""
    done: set[str] = set()
    for index, site in bundle.sites:
        if site.key != "$ref" or not (site.path and site.path[0] and site.path[0][1] == "allOf"):
            continue
        reference = site.holder["$ref"]
        if reference not in done and _demands(document, reference, reference, set()):
            message = f"the $ref {site.value!r} leads back to itself by allOf"
            raise bundle.files[index].error(message, site.tokens())
        done.add(reference)


def _demands(document: Document, start: str, current: str, seen: set[str]) -> bool:
    """Return True if a schema leads to another through nothing but `allOf` and `$ref`."""
    seen.add(current)
    pending = [document.resolve(current)]
    while pending:
        value = pending.pop()
        if not isinstance(value, dict):
            continue
        target = value.get("$ref")
        if target == start:
            return True
        if isinstance(target, str) and target not in seen and _demands(document, start, target, seen):
            return True
        branches = value.get("allOf")
        pending.extend(branches if isinstance(branches, list) else ())
    return False
