"""A correct server that returns documents of any depth, and numbers of any length, that the suite sent to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from reference_server.records import Call, Fields, Record, Refusal, Rows
from reference_server.service import CaseService
from reference_server.session_adapter import ServiceAdapter
from support.suite_run import run_suite

from contract_tests import json_text


class UnlimitedRows(Rows):
    """Stores JSON texts without limits."""

    def insert(self, record: Record) -> None:
        self.texts[record.id] = (replace(record, fields={}), json_text.dumps(record.fields))

    def load(self, case_id: str) -> Record | None:
        row = self.texts.get(case_id)
        return row and replace(row[0], fields=json_text.loads(row[1]))


class Unlimited(CaseService):
    """Parses and writes JSON without limits."""

    rows_type = UnlimitedRows

    def read(self, call: Call) -> Fields:
        self.check_media_type(call.request.headers.get("content-type", ""))
        try:
            document = json_text.loads(call.request.body.decode("utf-8"), parse_constant=self.reject_constant)
        except ValueError:
            raise Refusal(400, "the body is not JSON") from None
        if not isinstance(document, dict) or "Infinity" in json_text.dumps(document):
            raise Refusal(400, "the body is not an object")
        return document

    def encode(self, document: Any) -> bytes:
        return json_text.dumps(document).encode()


VERIFIED: Final = ("NO-SERVER-ERROR", "HOSTILE-INPUT", "SCHEMA", "JSON-ONLY", "GET-SAME", "ROUND-TRIP-SHAPE")


@pytest.mark.slow
def test_documents_beyond_python_limits_cause_no_verdict() -> None:
    adapter = ServiceAdapter(Unlimited())
    ended = run_suite("http://reference.invalid", adapter=adapter, requirements=VERIFIED)
    assert not ended.failed(), ended.describe_failures()
    assert not ended.errors()
