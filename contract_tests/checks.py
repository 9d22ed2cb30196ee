"""The checks of every response as checks of Schemathesis, for its own command.

`SCHEMATHESIS_HOOKS=contract_tests.checks` adds them to `schemathesis run`.
"""

from __future__ import annotations

from typing import Any

import schemathesis

from contract_tests.assertions.universal_checks import CHECKS, Check, apply
from contract_tests.client.exchange import Exchange
from contract_tests.contract.openapi import restore_link_bodies
from contract_tests.text import render


def _register(check: Check) -> None:
    def run(
        _: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
    ) -> None:
        request = response.request
        body = request.body or b""
        exchange = Exchange(
            method=case.method,
            url=str(request.url),
            request_headers=dict(request.headers),
            request_body=body.encode() if isinstance(body, str) else bytes(body),
            status=response.status_code,
            reason=response.message,
            headers={name: ", ".join(values) for name, values in response.headers.items()},
            body=response.content,
            started=0.0,
            elapsed=response.elapsed,
        )
        violation = apply(check, exchange)
        if violation is not None:
            raise AssertionError(render(f"{violation.requirement}: {violation}"))

    run.__name__ = run.__qualname__ = f"case_apis_{check.__name__}"
    schemathesis.check(run)


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, document: dict[str, Any]) -> None:
    """Let a stateful run of Schemathesis follow the links with their bodies."""
    restore_link_bodies(document)


for _check in CHECKS:
    _register(_check)
