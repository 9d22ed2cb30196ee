"""The creation date of a record, as a sort key."""

from datetime import UTC, datetime

from mock_server.core import json_codec

_DATE = b'","createdDate":"'
"""Follows the id in every record that a mock wrote. Inside a string it would contain backslashes."""
_DATE_LENGTH = len("2025-03-04T09:15:30.250")
"""Characters of a date as the mock writes it, without the Z."""


def creation_key(record: bytes) -> bytes:
    """Return the creation date of a record's JSON text as a sort key; empty if it has no readable date.

    It is usually cut from the text, because parsing is slower.
    """
    begin = record.find(_DATE) + len(_DATE)
    end = begin + _DATE_LENGTH
    if begin >= len(_DATE) and record[end : end + 2] == b'Z"':
        return record[begin:end]
    try:
        date = datetime.fromisoformat(json_codec.load(record)["createdDate"])
    except (KeyError, TypeError, ValueError):
        return b""
    return date.astimezone(UTC).isoformat(timespec="microseconds").encode()
