"""The body of a token request as a word of a POSIX shell, with variables in place of the client's credentials."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from shlex import quote
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from contract_tests.client.derived_credentials import derive
from contract_tests.masking.secrets import Secrets

# Stand for credentials until the body is written; each serialization leaves them as they are.
_PLACE: Final = "CREDENTIAL-{}-OF-THE-BODY"
_QUOTED: Final = re.compile(r"[\s'\"&]")
_CREDENTIALS: Final = ("client_id", "client_secret")


def body_word(body: bytes, secrets: Secrets) -> str | None:
    """Return the word; None if the body contains no credentials of the run, or one that no variable leads to.

    A value in place of a credential that has nothing in common with one was made up by the suite. It is shown, unless
    the body or the shell contains it in another form, in which the masking would not recognise it.
    """
    if not secrets.variables:
        return None
    for read, write in ((json.loads, json.dumps), (partial(parse_qsl, keep_blank_values=True), urlencode)):
        fields = _fields(body, read, write)
        if fields is not None:
            return _word(fields, write, secrets)
    return None


def _fields(body: bytes, read: Callable[[str], Any], write: Callable[[Any], str]) -> Mapping[str, Any] | None:
    """Return the fields of a body that the suite serialized; None if it is another one."""
    try:
        fields = dict(read(body.decode()))
        return fields if write(fields) == body.decode() else None
    except (ValueError, TypeError, RecursionError):
        return None


def _word(fields: Mapping[str, Any], write: Callable[[Any], str], secrets: Secrets) -> str | None:
    if not any(name.startswith(_CREDENTIALS) for name in fields):
        return None
    written = dict(fields)
    expressions: list[str] = []
    for name in fields:
        value = fields[name]
        if not isinstance(value, str) or name not in _CREDENTIALS:
            continue
        expression = _expression(name, value, write, secrets)
        if expression is not None:
            written[name] = _PLACE.format(len(expressions))
            expressions.append(expression)
        elif secrets.mask_known(value) != value or not _is_verbatim(value, write) or _QUOTED.search(value):
            return None
        else:
            secrets.made_up.add(value)
    text = write(written)
    if secrets.mask_known(text) != text:
        return None
    pieces: list[str] = []
    for number, expression in enumerate(expressions):
        before, _, text = text.partition(_PLACE.format(number))
        pieces += (quote(before), f'"{expression}"')
    return "".join([*pieces, quote(text)])


def _expression(field: str, value: str, write: Callable[[Any], str], secrets: Secrets) -> str | None:
    """Return the value as a text for double quotes that refers to a variable, or None.

    A variable can stand only for what the body contains as it is, and not for what is escaped there. A changed value
    is derived from the variable of its field alone: the secret as a longer client id would show its end.
    """
    if not _is_verbatim(value, write):
        return None
    valid = {name: one for name, one in secrets.variables.items() if _is_verbatim(one, write)}
    own = f"CASEIQ_{field.upper()}"
    for name in sorted(valid, key=lambda one: one != own):
        if value == valid[name]:
            return f"${name}"
    return derive(value, valid[own], own) if own in valid else None


def _is_verbatim(value: str, write: Callable[[Any], str]) -> bool:
    """Return True if a body contains the value as it is."""
    return write({"": value}) in (f"={value}", f'{{"": "{value}"}}')
