"""How the text of an option becomes a value: one function a kind of value.

What a value may be is said where it belongs (settings, behaviour) and only asked here. Knows no option's name:
argparse puts that in front of what was wrong.
"""

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import LONGEST_DELAY

HIGHEST_PORT = 65535

Read = Callable[[str], Any]
"""From the text of an option to its value. Raises ValueError with the remedy."""


def told(read: Read) -> Read:
    """The same as a `type` of argparse."""

    def read_or_refuse(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read_or_refuse


def field(owner: Callable[..., object], name: str, read: Read) -> Read:
    """Reads what is to be a field of `owner`, which checks it."""

    def checked_by_owner(text: str) -> Any:
        value = read(text)
        owner(**{name: value})
        return value

    return told(checked_by_owner)


def port(text: str) -> int:
    """The number of a port; 0 lets the system pick one."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > HIGHEST_PORT:
        raise ValueError(f"a port is a number from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def host(text: str) -> str:
    """The name or the address of a machine."""
    wrong = ValueError(f"takes a name or an address such as 127.0.0.1, without scheme and port, not {text!r}")
    # An empty one would listen on all addresses of the machine.
    if not re.fullmatch(r"[\w.-]+", text):
        try:
            ip_address(text)
        except ValueError:
            raise wrong from None
    return text


def folder(text: str) -> Path:
    """A folder, which need not be there yet."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{text} is no folder; name another")
    return path


def whole(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch("[0-9]{1,15}", text):
        raise ValueError(f"takes a whole number, not {text!r}")
    return int(text)


def number(text: str) -> float:
    """A decimal number greater than 0."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not float(text):
        raise ValueError(f"takes a number greater than 0, such as 5 or 0.5, not {text!r}")
    return float(text)


def milliseconds(text: str) -> tuple[float, float]:
    """Seconds, at least and at most, from milliseconds such as "200" or "200-800"."""
    found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", text)
    if found is None:
        raise ValueError(f"takes milliseconds such as 200 or a range such as 200-800, not {text!r}")
    low, high = int(found[1]), int(found[2] or found[1])
    if not low <= high <= LONGEST_DELAY * 1000:
        most = f"{LONGEST_DELAY * 1000:.0f}"
        raise ValueError(
            f"takes at most {most} milliseconds, and of a range the lower end first, not {text!r}"
        )
    return low / 1000, high / 1000


def time(text: str) -> float:
    """Seconds since the epoch, from a time with its offset (RFC 3339)."""
    wrong = ValueError(f"takes a time such as 2025-03-04T09:15:30Z (RFC 3339), not {text!r}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text, re.ASCII):
        raise wrong
    try:
        # In UTC, as records show it: there, too, it has to lie in the years 1 to 9999.
        return datetime.fromisoformat(text.upper()).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise wrong from None


def fault(text: str) -> str:
    """The name of a fault."""
    Behaviour(faults=(text,))
    return text


def prefix(text: str) -> str:
    """A path without a slash at its end."""
    return text.rstrip("/")
