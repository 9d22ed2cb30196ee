"""The catalogue of requirements, read from `spec/requirements.yaml`, and where the contract's files lie.

Owns ids, levels and statements. Knows nothing of tests or of the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contract_tests.text import meant

_ROOT = Path(__file__).resolve().parents[2]
# A checkout keeps the contract in spec/; an installed package carries it as caseiq_spec/.
SPEC = next((folder for folder in (_ROOT / "spec", _ROOT / "caseiq_spec") if folder.is_dir()), _ROOT / "spec")


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"


@dataclass(frozen=True)
class Requirement:
    """One row of the catalogue."""

    id: str
    section: str
    level: Level
    source: tuple[str, ...]
    statement: str
    operations: tuple[str, ...]
    accepts: tuple[str, ...]


def load_yaml(path: Path) -> Any:
    """The file's content; with libyaml where PyYAML was built with it, which is ten times as fast."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Every requirement by id, in the catalogue's order."""
    rows: dict[str, dict[str, Any]] = load_yaml(SPEC / "requirements.yaml")
    return {
        id_: Requirement(
            id=id_,
            section=row["section"],
            level=Level(row["level"]),
            source=tuple(row["source"]),
            statement=row["statement"],
            operations=tuple(row["operations"]),
            accepts=tuple(row.get("accepts", ())),
        )
        for id_, row in rows.items()
    }


def no_such(id_: str) -> str:
    """That there is no such requirement, and where the others stand."""
    return f"no such requirement; {SPEC / 'requirements.yaml'} lists all{meant(id_, catalogue())}"
