"""Parsers for the values of options.

The rules for a value are in the class that uses it, such as Settings or Behaviour. argparse adds the option's name
to a message.
"""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mock_server.behaviour.failures import LONGEST_DELAY

HIGHEST_PORT = 65535

Parse = Callable[[str], Any]
"""Parses the text of an option. Raises ValueError with the remedy."""


def argument(parse: Parse) -> Parse:
    """Return a parser as a `type` of argparse."""

    def parse_argument(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def field_of(owner: Callable[..., object], name: str, parse: Parse) -> Parse:
    """Return a parser for a field of `owner`, whose constructor checks the value."""

    def parse_field(text: str) -> Any:
        value = parse(text)
        owner(**{name: value})
        return value

    return argument(parse_field)


def port(text: str) -> int:
    """Parse a port number; 0 lets the system pick one."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def host(text: str) -> str:
    """Parse a host name or an address."""
    # An empty host would listen on all addresses of the machine.
    if not re.fullmatch(r"[\w.-]+", text):
        try:
            ip_address(text)
        except ValueError:
            raise ValueError(
                f"takes a name or an address such as 127.0.0.1, without scheme and port, not {text!r}"
            ) from None
    return text


def folder(text: str) -> Path:
    """Parse the path of a folder, which need not exist."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{text} is not a folder; use another path")
    return path


def whole_number(text: str) -> int:
    """Parse a whole number from 0."""
    if not re.fullmatch("[0-9]{1,15}", text):
        raise ValueError(f"takes a whole number, not {text!r}")
    return int(text)


def number(text: str) -> float:
    """Parse a decimal number greater than 0."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not float(text):
        raise ValueError(f"takes a number greater than 0, such as 5 or 0.5, not {text!r}")
    return float(text)


def milliseconds(text: str) -> tuple[float, float]:
    """Parse milliseconds such as "200" or "200-800" into the least and the greatest number of seconds."""
    found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", text)
    if found is None:
        raise ValueError(f"takes milliseconds such as 200 or a range such as 200-800, not {text!r}")
    low, high = int(found[1]), int(found[2] or found[1])
    if not low <= high <= LONGEST_DELAY * 1000:
        most = f"{LONGEST_DELAY * 1000:.0f}"
        raise ValueError(
            f"takes at most {most} milliseconds, and a range with the lower bound first, not {text!r}"
        )
    return low / 1000, high / 1000


def time(text: str) -> float:
    """Parse a time with its offset (RFC 3339) into seconds since the epoch."""
    error = ValueError(f"takes a time such as 2025-03-04T09:15:30Z (RFC 3339), not {text!r}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text, re.ASCII):
        raise error
    try:
        # Records show the time in UTC, where the year must be between 1 and 9999 as well.
        return datetime.fromisoformat(text.upper()).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise error from None


def prefix(text: str) -> str:
    """Parse a path, and remove slashes at its end."""
    return text.rstrip("/")
