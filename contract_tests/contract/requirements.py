"""The catalogue of requirements in `spec/requirements.yaml`, and the folder of the contract's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contract_tests.text import did_you_mean

_ROOT = Path(__file__).resolve().parents[2]
# The contract is in spec/ in a checkout, and in caseiq_spec/ in an installed package.
SPEC = next((folder for folder in (_ROOT / "spec", _ROOT / "caseiq_spec") if folder.is_dir()), _ROOT / "spec")


class Level(StrEnum):
    """Level of a requirement."""

    MUST = "MUST"
    SHOULD = "SHOULD"


@dataclass(frozen=True)
class Requirement:
    """A row of the catalogue. `rests_on` is empty for a SHOULD."""

    id: str
    section: str
    level: Level
    source: tuple[str, ...]
    rests_on: str
    statement: str
    operations: tuple[str, ...]
    accepts: tuple[str, ...]


def load_yaml(path: Path) -> Any:
    """Parse a YAML file, ten times as fast if PyYAML was built with libyaml."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Return every requirement by id, in the catalogue's order."""
    rows: dict[str, dict[str, Any]] = load_yaml(SPEC / "requirements.yaml")
    return {
        id_: Requirement(
            id=id_,
            section=row["section"],
            level=Level(row["level"]),
            source=tuple(row["source"]),
            rests_on=row.get("rests_on", ""),
            statement=row["statement"],
            operations=tuple(row["operations"]),
            accepts=tuple(row.get("accepts", ())),
        )
        for id_, row in rows.items()
    }


def no_such(id_: str) -> str:
    """Return the message for an unknown requirement id, with the closest known one."""
    return f"no such requirement; {SPEC / 'requirements.yaml'} lists all{did_you_mean(id_, catalogue())}"
