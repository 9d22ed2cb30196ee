"""A case's id and createdDate: payloads that try to choose them, and assertions that they stay."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contract_tests.assertions.attribution import wrong_record
from contract_tests.assertions.case import Case
from contract_tests.assertions.responses import is_normalizing_redirect
from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.ids import unknown_like
from contract_tests.text import shorten

HOUR: Final = timedelta(hours=1)


def client_dates() -> list[tuple[dict[str, Any], datetime]]:
    """Return payloads with a createdDate in the formats that clients use, each with the instant it means."""
    past, recent = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC), datetime.now(UTC).replace(microsecond=0) - HOUR
    seconds = int(past.timestamp())
    forms: list[tuple[Any, datetime]] = [
        ("2001-02-03T04:05:06Z", past),
        ("2001-02-03T04:05:06.000+00:00", past),
        ("2001-02-03T06:05:06+02:00", past),
        ("2001-02-03", datetime(2001, 2, 3, tzinfo=UTC)),
        (seconds, past),
        (seconds * 1000, past),
        (f"{recent:%Y-%m-%dT%H:%M:%SZ}", recent),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC)),
    ]
    spelt = [({name: forms[0][0]}, past) for name in ("CreatedDate", "createddate", "created_date")]
    return [({"createdDate": form}, moment) for form, moment in forms] + spelt


def identity_payloads(case: Case, other: Case) -> Iterable[Mapping[str, Any]]:
    """Yield update payloads that contain an id or a date, under the server's names or similar ones."""
    strange = str(uuid.uuid4())
    yield from ({"id": strange}, {"id": other.id}, {"id": None}, {"id": ""}, {"id": 7}, {"id": case.id})
    yield from ({"ID": strange}, {"Id": strange}, {"_id": strange})
    yield from ({"createdDate": None}, {"createdDate": ""}, {"createdDate": 0})
    yield from (payload for payload, _ in client_dates())
    yield {"id": strange, "createdDate": "2001-02-03T04:05:06.000Z", "testSummary": "both"}
    yield {"id": strange, "testSummary": "one"}
    yield {"createdDate": "2099-12-31T23:59:59Z", "testSummary": "other"}


def obscured_identity(case_id: str) -> tuple[str, ...]:
    """Return JSON members for id and date that a filter may miss: duplicated, or with escaped names."""
    date = "2001-02-03T04:05:06Z"
    return (
        f'"id": null, "id": "{case_id}", "createdDate": null, "createdDate": "{date}"',
        f'"\\u0069d": "{case_id}", "created\\u0044ate": "{date}"',
    )


def assert_date_kept(case: Case, created: Any, record: Mapping[str, Any]) -> None:
    """Assert that the record, which a GET showed last, has the same createdDate as an earlier GET."""
    if comparison.moment(record.get("createdDate")) != comparison.moment(created):
        violation = Violation(
            f"createdDate to stay {comparison.show(created)}", comparison.show(record.get("createdDate"))
        )
        raise wrong_record(case.api, case.id, record, {"createdDate": created}, violation)


def assert_identity_kept(case: Case, created: Any, record: Mapping[str, Any], response: Exchange) -> None:
    """Assert that GET and a returned record show the case's id, and the date that an earlier GET showed."""
    assert_date_kept(case, created, record)
    needed = ("TRANSITION-ONLY-STATUS",) if case.id in case.api.last_status else ()
    for one in (record, *([response.object] if response.carries_record else [])):
        if one.get("id") != case.id:
            violation = Violation(
                f"the id to stay {comparison.show(case.id)}", comparison.show(one.get("id"))
            )
            violation.needs = needed
            raise violation
        if not comparison.is_same_date(created, one.get("createdDate")):
            raise Violation(
                f"createdDate to stay {comparison.show(created)}", comparison.show(one.get("createdDate"))
            )


def assert_no_case(api: CaseApi, case_id: str, why: str) -> None:
    """Assert that GET finds no case with this id."""
    response = api.get(case_id)
    if not response.refused and not is_normalizing_redirect(response):
        violation = Violation(f"no case with the id {shorten(case_id, 60)}, {why}", response.summary())
        if not api.get(unknown_like(case_id)).refused:
            violation.requirement = "GET-UNKNOWN"
        raise violation
