"""The fields of a deployment with a closed schema, which take the place of the suite's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT

OWN_PREFIX: Final = "test"


class FixedFields:
    """Names of the deployment's fields by the suite's field names, assigned by the type of the value.

    A suite field without a counterpart is left out. `sample` is a record of the deployment; empty if its schema is
    open.
    """

    def __init__(self, sample: Mapping[str, Any]) -> None:
        self.sample = sample
        free = {kind: _names_of(kind, sample) for kind in (str, float, int, bool, list)}
        self._names: dict[str, str] = {}
        for name, value in {**REPLACEMENT, **ORDINARY}.items():
            candidates = free.get(type(value), [])
            if isinstance(value, list) and isinstance(value[0], dict):
                continue  # the members of an object may be fixed, too
            if candidates:
                self._names[name] = candidates.pop(0)

    def __bool__(self) -> bool:
        return bool(self.sample)

    def rename(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the payload with the deployment's field names, without the suite's fields that have none."""
        if not self.sample:
            return payload
        return {
            self._names.get(name, name): value
            for name, value in payload.items()
            if name in self._names or name in self.sample or not name.startswith(OWN_PREFIX)
        }

    def names_of(self, kind: type) -> Sequence[str]:
        """Return the fields that take values of a type; an integer field takes no fractions."""
        return _names_of(kind, self.sample)


def _names_of(kind: type, sample: Mapping[str, Any]) -> list[str]:
    if kind is list:
        # An array of texts: ORDINARY has one, too.
        return [name for name, value in sample.items() if isinstance(value, list) and _are_texts(value)]
    return [name for name, value in sample.items() if type(value) is kind]


def _are_texts(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(item, str) for item in items)
