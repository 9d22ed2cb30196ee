"""Reads YAML as JSON: a plain scalar is the JSON value that it looks like, or else a string.

So `NO`, `12:30` and `2025-03-04` are strings, as the author of case data expects, not a boolean, a number of seconds
and a date. This is the JSON schema of YAML 1.2, section 10.2, with strings for the scalars that it rejects.
"""

import math
import re
from typing import Any, ClassVar

import yaml

from mock_server.core import json_codec

# Libyaml is ten times as fast, but a PyYAML may be built without it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]  # either class
    """A loader for the scalars below only."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


_SCALARS = {
    "null": ("n~", r"null|~"),
    "bool": ("tf", r"true|false"),
    "int": ("-0123456789", r"-?(?:0|[1-9][0-9]*)"),
    "float": ("-0123456789", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"),
}
for _name, (_first, _pattern) in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


def as_json(text: bytes) -> bytes:
    """Return the JSON text of a YAML text. Raises ValueError with one line if it is not YAML or not JSON data."""
    try:
        value = yaml.load(text, Loader=_Loader)
        _check(value, "")
        return json_codec.encode(value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1} column {mark.column + 1}" if mark else ""
        raise ValueError(f"{error.problem}{place}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(" ".join(str(error).split())) from None


def _check(value: Any, place: str) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise ValueError(
                    f"{place or 'the top level'} has the name {name!r}, which is not a string; put it in quotes"
                )
            _check(item, f"{place}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{place}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place} is out of the range of a number")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"{place} is a {type(value).__name__}, which is not a JSON type")
