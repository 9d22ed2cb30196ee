"""A reproduction as curl lines to read and to paste, with shell variables for the ids of cases and workflows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from contract_tests.client.credentials import CLIENT_ID, CLIENT_SECRET, TOKEN
from contract_tests.client.exchange import quote_id
from contract_tests.oracle.derived_values import SHORTEST, derive, is_derived
from contract_tests.report.document import ExchangeEntry
from contract_tests.report.replay.shell import validators_in

E = TypeVar("E", bound=Mapping[str, Any])

# Members whose values a later request may need, and the names of their variables.
_CAPTURED: Final[Mapping[str, str]] = {"id": "CASE", "lastWorkflowId": "WORKFLOW"}
BASE: Final = "BASE_URL"
# The variables with the target's URL and with credentials, in the order in which they are named.
VARIABLES: Final[Mapping[str, str]] = {
    BASE: "the base URL of the Case APIs",
    TOKEN: "the credential for the target",
    CLIENT_ID: "the id of the OAuth2 client",
    CLIENT_SECRET: "the secret of the OAuth2 client",
}
_SHORTEST: Final = 4  # characters of a value that is recognised in a later request
_WORD: Final = re.compile(rf"[\w-]{{{SHORTEST},}}")


def reproduction(exchanges: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a curl line and the response for each exchange, and an assignment for each id that a later line needs."""
    lines: list[str] = []
    variables: dict[str, str] = {}
    place = 0
    for group in overlapping(exchanges):
        if len(group) > 1:
            lines.append(
                f"# The next {len(group)} requests were sent at the same time (the failure depends on timing):"
            )
        for exchange in group:
            line = substitute(exchange["curl"], variables)
            lines += [_in_background(line) if len(group) > 1 else line, f"#  -> {exchange['response']}"]
        if len(group) > 1:
            lines.append("wait")
        for _ in group:
            lines += _assignments(place, exchanges, variables)
            place += 1
    return lines


def needs_new_ids(exchanges: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if a curl line contains what an earlier response showed, as another server shows other ids."""
    variables: dict[str, str] = {}
    return any(list(_assignments(place, exchanges, variables)) for place in range(len(exchanges)))


def needed_variables(exchanges: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the environment variables that the lines need."""
    return variables_in("\n".join(exchange["curl"] for exchange in exchanges))


def variables_in(commands: str) -> list[str]:
    """Return the environment variables that shell commands refer to."""
    return [name for name in VARIABLES if re.search(rf"\$\{{?{name}\b", commands)]


def _assignments(
    place: int, exchanges: Sequence[Mapping[str, Any]], variables: dict[str, str]
) -> Iterator[str]:
    """Yield the assignments after an exchange, and add them to the variables."""
    later = "\n".join(one["curl"] for one in exchanges[place + 1 :])
    words = _WORD.findall(later)
    for name, variable in _CAPTURED.items():
        for value in re.findall(rf'"{name}"\s*:\s*"([^"\\]*)"', exchanges[place]["response_body"]):
            for form, how in {value: "", quote_id(value): ", percent-encoded"}.items():
                is_needed = _pattern([form]).search(later) or any(is_derived(word, form) for word in words)
                if len(form) >= _SHORTEST and form not in variables and is_needed:
                    source = f'the "{name}" in the response above{how if form != value else ""}'
                    yield _assignment(form, variable, source, variables)
    for name, value in validators_in(cast(ExchangeEntry, exchanges[place])):
        if value not in variables and value in later:
            yield _assignment(value, "VALUE", f"the {name} header of the response above", variables)


def _assignment(value: str, variable: str, source: str, variables: dict[str, str]) -> str:
    """Return the assignment of a value to a new variable, and add it to the variables."""
    count = sum(one.startswith(variable) for one in variables.values()) + 1
    variables[value] = f"{variable}_{count}"
    return f"{variables[value]}={shlex.quote(value)}  # on another server: {source}"


def _pattern(values: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, values))})(?![\w-])")


def substitute(line: str, variables: Mapping[str, str]) -> str:
    """Return a shell command with variables in place of their values, whatever quotes these are in.

    Words that are derived from a value become derived from its variable.
    """
    if not variables:
        return line
    pieces: list[str] = []
    end = 0
    for found in re.finditer(f"{_pattern([*variables]).pattern}|{_WORD.pattern}", line):
        derived = derive(found.group(), variables)
        if derived is None:
            continue
        quote = _quote_at(line, found.start())
        reference = derived.expression if quote == '"' else f'{quote}"{derived.expression}"{quote}'
        pieces += (line[end : found.start()], reference, derived.after)
        end = found.end()
    return "".join([*pieces, line[end:]])


def _quote_at(line: str, place: int) -> str:
    """Return the quote that is open at a place of a shell command; empty if there is none."""
    quote = ""
    at = 0
    while at < place:
        character = line[at]
        if quote != "'" and character == "\\":
            at += 1
        elif character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        at += 1
    return quote


def _in_background(line: str) -> str:
    """Return a shell command that does not wait, with its comment at the end."""
    comments = (found.start() for found in re.finditer("  # ", line) if not _quote_at(line, found.start()))
    end = next(comments, len(line))
    return f"{line[:end]} &{line[end:]}"


def overlapping(exchanges: Sequence[E]) -> Iterator[list[E]]:
    """Yield the exchanges in groups: a single one, or all that were in progress at the same time."""
    group: list[E] = []
    for exchange in exchanges:
        if group and exchange["started"] >= max(one["started"] + one["elapsed"] for one in group):
            yield group
            group = []
        group.append(exchange)
    yield group
