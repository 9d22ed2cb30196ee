"""Storage of large payloads, of which a server may refuse some fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contract_tests.assertions.case import Case
from contract_tests.exceptions import Unsupported

MOST_ATTEMPTS: Final = 40  # PUTs that look for the fields that a server refuses


def accepted_parts(case: Case, payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the payload in parts that the case accepts by PUT, without the fields that it refuses.

    A refused payload is halved. The accepted fields make one part, unless the server only accepts them apart, because
    it limits the size. Raise Unsupported if it accepts none.
    """
    parts = _Search(case).parts(case.api.accepted(payload))
    together = {name: value for part in parts for name, value in part.items()}
    if not parts:
        raise Unsupported("the target refuses all of the values")
    return [together] if len(parts) == 1 or case.try_replace(together) else parts


class _Search:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.left = MOST_ATTEMPTS

    def parts(self, payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if not payload or not self.left:
            return []
        self.left -= 1
        if self.case.try_replace(payload):
            return [payload]
        names = [*payload]
        middle = len(names) // 2
        halves = (names[:middle], names[middle:]) if middle else ()
        return [part for half in halves for part in self.parts({name: payload[name] for name in half})]
