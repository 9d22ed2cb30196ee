"""The switches of a comparison."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).date()


@dataclass(frozen=True)
class Options:
    """The conventions that a user may change."""

    open_objects: Literal["lenient", "strict"] = "lenient"
    allow_deprecated: bool = False
    today: datetime.date = field(default_factory=_today)
    schema_seconds: float = 5.0
    every_break: bool = (
        False  # of a body, not only the first one, so that an accepted break hides no other one
    )
