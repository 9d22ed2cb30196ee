"""The exchanges that reproduce a failure, as a list of curl lines, requests and responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contract_tests.report.document import ExchangeEntry
from contract_tests.report.replay.lines import needed_variables, needs_new_ids

SHOWN_CHARACTERS: Final = 6000


def reproduction(exchanges: Sequence[ExchangeEntry], left_out: int, target: str) -> Mapping[str, Any] | None:
    """Return the exchanges as the page shows them; None if there are none."""
    if not exchanges:
        return None
    return {
        "exchanges": [_exchange(one, target) for one in exchanges],
        "left_out": left_out,
        "is_bound": needs_new_ids(exchanges),
        "variables": needed_variables(exchanges),
        "target": target,
    }


def _exchange(exchange: ExchangeEntry, target: str) -> Mapping[str, Any]:
    status_line = f"{exchange['status']} {exchange['reason']}".rstrip()
    return {
        "method": exchange["method"],
        "path": exchange["url"].removeprefix(target.rstrip("/")) or "/",
        "status": exchange["status"],
        "status_line": status_line if exchange["status"] else "no response",
        "milliseconds": f"{exchange['elapsed'] * 1000:.0f}",
        "curl": exchange["curl"],
        "request": _message(
            f"{exchange['method']} {exchange['url']}", exchange["request_headers"], exchange["request_body"]
        ),
        "response": _message(
            status_line if exchange["status"] else exchange["response"],
            exchange["response_headers"],
            exchange["response_body"],
        ),
    }


def _message(first_line: str, headers: Mapping[str, str], body: str) -> Mapping[str, Any]:
    left = len(body) - SHOWN_CHARACTERS
    return {
        "first_line": first_line,
        "headers": headers,
        "body": body[:SHOWN_CHARACTERS],
        "omitted": f"{left:,}" if left > 0 else "",
    }
