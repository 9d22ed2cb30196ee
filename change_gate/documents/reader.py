"""From bytes to a parsed text: encoding, byte order mark, and the choice between JSON and YAML."""

from __future__ import annotations

import codecs
from typing import Final

from change_gate.documents import json_text, yaml_text
from change_gate.documents.sources import Source
from change_gate.documents.text import Text
from change_gate.errors import DocumentError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read(source: Source) -> Text:
    """Return the parsed text of a source. Raises DocumentError."""
    text = _decode(source.read(), source.name)
    if text.lstrip(" \t\r\n")[:1] in ("{", "["):
        try:
            return json_text.parse(text, source.name)
        except DocumentError as error:
            # Text that is not JSON may still be YAML, such as a flow mapping with plain scalars.
            if source.name.endswith(".json") or not error.message.startswith(json_text.NOT_JSON):
                raise
    return yaml_text.parse(text, source.name)


def _decode(content: bytes, file: str) -> str:
    encoding = "utf-8"
    for mark, name in _MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], name
            break
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"the text is not valid {encoding.upper()}", file=file, line=line) from None
