"""The check of conditional GETs against servers that issue no entity tag."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.in_process import new_case

from contract_tests import test_over_time
from contract_tests.exceptions import Unsupported, Violation
from mock_server import Request, Response


@pytest.mark.parametrize(("status", "raised"), [(412, Unsupported), (400, Unsupported), (304, Violation)])
def test_refused_condition_hides_no_update(status: int, raised: type[Exception]) -> None:
    def change(request: Request, response: Response) -> Response:
        return Response(status) if "if-none-match" in request.headers else response

    check: Any = test_over_time.test_conditional_get_shows_an_update
    with pytest.raises(raised):
        check(new_case(change=change))


def test_refused_condition_is_a_failure_if_there_are_entity_tags() -> None:
    def change(request: Request, response: Response) -> Response:
        tagged = replace(response, headers={**response.headers, "etag": '"1"'})
        return Response(412) if "if-none-match" in request.headers else tagged

    check: Any = test_over_time.test_conditional_get_shows_an_update
    with pytest.raises(Violation):
        check(new_case(change=change))
