"""Hand-made report documents with hostile content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contract_tests.client.exchange import Exchange
from contract_tests.contract.requirements import Level, catalogue
from contract_tests.masking.secrets import Secrets
from contract_tests.report.document import Document, build
from contract_tests.results.verdicts import Finding, Verdict, each_text
from contract_tests.text import render

BASE = "https://tenant.example/api-public/1.0"
TOKEN = "planted-s3cret"
SECRETS = Secrets()
SECRETS.add(TOKEN, own=True)
HOSTILE = "</script><script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
CASE = "0b7e0f3c-5a51-4f7e-9d2e-0d6f3a9b6d11"
WORKFLOW = "c29baeec-4f71-4530-ad78-43b2ca75f0a2"
RECORD = f'{{"id": "{CASE}", "createdDate": "2026-01-05T10:00:00Z", "lastWorkflowId": "{WORKFLOW}", "summary": "x"}}'


def exchange(
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    status: int = 200,
    answer: str | bytes = RECORD,
    at: float = 0.0,
    took: float = 0.01,
    headers: Mapping[str, str] | None = None,
    base: str = BASE,
) -> Exchange:
    """Return an exchange with credentials, `at` seconds after a fixed moment."""
    sent = {"User-Agent": "suite", "Authorization": f"Bearer {TOKEN}"}
    if body is not None:
        sent |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Exchange(
        method=method,
        url=base + path,
        request_headers=sent if headers is None else headers,
        request_body=body or b"",
        status=status,
        reason="Words",
        headers={
            "Content-Type": "application/json",
            "Set-Cookie": f"session={TOKEN}",
            "X-Echo": f"<b>{TOKEN}</b>",
        },
        body=answer.encode() if isinstance(answer, str) else answer,
        started=1_767_607_200.0 + at,
        elapsed=took,
        base_url=base,
        secrets=SECRETS,
    )


def recorded(*exchanges: Exchange, base: str = BASE) -> tuple[dict[str, Any], ...]:
    """Return the exchanges as recorded evidence."""
    return tuple(each_text(one.evidence, render) for one in exchanges)


EXCHANGES = recorded(
    exchange("POST", "/case", b'{"summary": "x"}', status=201),
    exchange("PATCH", f"/case/{CASE}", b'{"summary": ""}', at=1),
    exchange("GET", f"/case/{CASE}", at=2, answer=f'{{"id": "{CASE}", "note": "{HOSTILE} \x1b[31m \x00"}}'),
)
TIMELINE: tuple[dict[str, Any], ...] = (
    {"client": 0, "kind": "put", "value": HOSTILE, "saw": None, "start": 5.0, "end": 5.004, "done": True},
    {"client": 1, "kind": "read", "value": "", "saw": "(0, 1)", "start": 5.001, "end": 5.006, "done": True},
    {
        "client": 1,
        "kind": "patch left",
        "value": "2",
        "saw": None,
        "start": 5.007,
        "end": 5.009,
        "done": False,
    },
)


def failed(id_: str, test: str = "test_it", **more: Any) -> Finding:
    """Return a failed finding with the exchanges of EXCHANGES."""
    words = {"expected": "the field to be kept", "actual": HOSTILE, "exchanges": EXCHANGES}
    return Finding(id_, Verdict.FAILED, test, **{**words, **more})


FINDINGS: tuple[Finding, ...] = (
    failed("PATCH-PARTIAL"),
    failed("LINEARIZABLE", timeline=TIMELINE, left_out=4),
    failed("ERRORS-QUIET", actual="a stack trace\x0b with \ufffe"),
    Finding("SCHEMA", Verdict.ERROR, "test_schema", reason="connection failed \x0c"),
    Finding("HEAD-SAME", Verdict.UNSUPPORTED, "test_head", reason="HEAD returned 405"),
    Finding("TOKEN-TTL", Verdict.DISABLED, "test_ttl", reason="ticket 4711"),
)
UNVERIFIED = "MEDIA-TYPE"


def document(
    findings: Sequence[Finding] = FINDINGS, *, level: Level = Level.MUST, base: str = BASE, **more: Any
) -> Document:
    """Return the document of a run with `findings`; every other requirement except UNVERIFIED passed."""
    by_requirement = {id_: [one for one in findings if one.requirement == id_] for id_ in catalogue()}
    verdicts: dict[str, tuple[Verdict, list[Finding]]] = {}
    for id_, found in by_requirement.items():
        if found:
            verdicts[id_] = found[0].verdict, found
        elif id_ == UNVERIFIED:
            verdicts[id_] = Verdict.UNVERIFIED, []
        else:
            verdicts[id_] = Verdict.PASSED, [Finding(id_, Verdict.PASSED, "test_it")]
    run = {
        "id": "run-1",
        "started": "2026-01-05T10:00:00+00:00",
        "finished": "2026-01-05T10:00:12+00:00",
        "seconds": 12.3,
        "target": base,
        "level": level.value,
        "profile": "quick",
        "repeat": f"pytest --base-url {base}",
        "versions": {"caseiq-contract-suite": "0.1.0", "pytest": "9.2.0"},
        "environment": {"python": "3.11.7", "platform": "linux"},
        "deployment": {"file": "tenant.toml", "content": f"# {HOSTILE}\n[case]\n"},
        "read_only": False,
        "interrupted": False,
    }
    parts: dict[str, Any] = {
        "run": run,
        "counts": {"requests": 1234, "cases": 56},
        "observations": [{"id": "null-patch", "title": "A PATCH with null", "text": f"removes {HOSTILE}"}],
        "ledger": [
            {
                "run": "run-1",
                "time": "2026-01-05T10:00:01+00:00",
                "test": "",
                "id": CASE,
                "url": f"{base}/case/{CASE}",
            }
        ],
    }
    return build(verdicts, **{**parts, **more})
