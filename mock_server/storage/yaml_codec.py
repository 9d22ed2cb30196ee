"""YAML as a way to write JSON: a plain scalar is the JSON value that it looks like, and a text otherwise.

So `NO`, `12:30` and `2025-03-04` are texts, as whoever writes case data means them, and not a boolean, a number of
seconds and a date (YAML 1.2, section 10.2, with texts where that schema has errors).
"""

import math
import re
from typing import Any, ClassVar

import yaml

from mock_server.core import json_codec

# Libyaml is ten times faster; a PyYAML built without it has only the other.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]  # either class
    """Knows the scalars below and no others."""

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
    """The JSON text for a YAML text. Raises ValueError, in one line, for what is no YAML or no JSON value."""
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
                raise ValueError(f"{place or 'the top level'} has the name {name!r}; put it in quotes")
            _check(item, f"{place}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{place}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place} is out of range")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"{place} is a {type(value).__name__}, which JSON does not have")
