"""Reproductions as curl lines, with variables for the ids that later lines need."""

from __future__ import annotations

import subprocess

from support import report_samples as samples

from contract_tests.report.replay.lines import needed_variables, reproduction, substitute

MOVE = f'{{"caseStatus": "Close", "workflowId": "{samples.WORKFLOW}"}}'.encode()


def test_ids_of_earlier_responses_become_variables() -> None:
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201),
        samples.exchange("POST", f"/case/{samples.CASE}/transition", MOVE, at=1),
    )
    lines = reproduction(exchanges)
    assert f'CASE_1={samples.CASE}  # on another server: the "id" in the response above' in lines
    assert any(line.startswith(f"WORKFLOW_1={samples.WORKFLOW}  #") for line in lines)
    assert '"$BASE_URL/case/${CASE_1}/transition"' in lines[-2]
    assert samples.CASE not in lines[-2]
    assert samples.WORKFLOW not in lines[-2]


def test_assignment_stands_only_before_lines_that_need_it() -> None:
    lines = reproduction(samples.recorded(samples.exchange("POST", "/case", b"{}", status=201)))
    assert len(lines) == 2


def test_shell_reads_substituted_values_in_any_quotes() -> None:
    line = substitute("""printf '%s|' "a/12345678" 'b "12345678" b' 12345678""", {"12345678": "X"})
    output = subprocess.run(["sh", "-c", f"X=new; {line}"], capture_output=True, text=True, check=True).stdout
    assert output == 'a/new|b "new" b|new|'


def test_part_of_a_longer_word_is_not_substituted() -> None:
    assert substitute("curl x-12345678-y", {"12345678": "X"}) == "curl x-12345678-y"


def test_id_without_its_last_character_is_derived() -> None:
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201),
        samples.exchange("GET", f"/case/{samples.CASE[:-1]}%25", at=1),
    )
    lines = reproduction(exchanges)
    assert '"$BASE_URL/case/${CASE_1%?}%25"' in lines[-2]


def test_id_that_is_encoded_in_paths_becomes_a_variable() -> None:
    answer = '{"id": "2026/CASE 12"}'
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201, answer=answer),
        samples.exchange("GET", "/case/2026%2FCASE%2012", at=1),
    )
    lines = reproduction(exchanges)
    assert (
        'CASE_1=2026%2FCASE%2012  # on another server: the "id" in the response above, percent-encoded'
        in lines
    )
    assert '"$BASE_URL/case/${CASE_1}"' in lines[-2]


def test_etag_of_an_earlier_response_becomes_a_variable() -> None:
    first, second = samples.recorded(
        samples.exchange("GET", "/case/1"),
        samples.exchange("GET", "/case/1", at=1, headers={"If-None-Match": 'W/"abc-1"'}, status=304),
    )
    first["response_headers"]["ETag"] = 'W/"abc-1"'
    lines = reproduction([first, second])
    assert "VALUE_1=abc-1  # on another server: the etag header of the response above" in lines
    assert """'If-None-Match: W/"'"${VALUE_1}"'"'""" in lines[-2]


def test_overlapping_requests_are_announced() -> None:
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201),
        *(samples.exchange("GET", f"/case/{n}", at=1 + n / 100, took=0.5) for n in range(3)),
    )
    lines = reproduction(exchanges)
    assert lines[2] == "# The next 3 requests were sent at the same time (the failure depends on timing):"
    assert [line.endswith(" &") for line in lines[3:9:2]] == [True] * 3
    assert lines[9] == "wait"


def test_comment_stays_behind_a_command_in_the_background() -> None:
    exchanges = samples.recorded(
        *(samples.exchange("GET", "/case/1", headers={"Authorization": "Bearer x"}, took=1) for _ in range(2))
    )
    assert reproduction(exchanges)[1].endswith(" &  # *** replaces a credential that is not recorded")


def test_hash_in_a_body_is_no_comment() -> None:
    body = b'{"testSummary": "a  # b"}'
    exchanges = samples.recorded(*(samples.exchange("PATCH", "/case/1", body, took=1) for _ in range(2)))
    assert reproduction(exchanges)[1].endswith("""'{"testSummary": "a  # b"}' &""")


def test_needed_variables_are_named() -> None:
    assert needed_variables(samples.EXCHANGES) == ["BASE_URL", "CASEIQ_TOKEN"]
