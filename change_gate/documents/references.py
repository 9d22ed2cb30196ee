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
