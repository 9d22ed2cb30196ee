"""How much random data a run tries: one row a Hypothesis profile, the deterministic corpus always in full.

Knows Hypothesis; knows no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hypothesis import HealthCheck, Phase, settings


@dataclass(frozen=True)
class Scale:
    """`examples` a property, `lifecycles` and `walks` of at most `steps` operations, `rounds` of each concurrency
    check, `moves` in a cycle."""

    examples: int
    lifecycles: int
    walks: int
    steps: int
    rounds: int
    moves: int
    seeded: bool = False

    def settings(self, examples: int | None = None) -> settings:
        """Hypothesis settings: repeatable unless a seed was given, with no deadline, since a target may be slow."""
        return settings(
            max_examples=examples or self.examples,
            stateful_step_count=self.steps,
            derandomize=not self.seeded,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        )


SCALES: Final = {
    "quick": Scale(examples=5, lifecycles=3, walks=3, steps=6, rounds=2, moves=4),
    "default": Scale(examples=25, lifecycles=20, walks=15, steps=12, rounds=6, moves=8),
    "thorough": Scale(examples=300, lifecycles=250, walks=200, steps=30, rounds=30, moves=24),
}


def scale_of(profile: str | None, *, seeded: bool) -> Scale:
    """The row for a Hypothesis profile; any other profile counts as the default."""
    row = SCALES.get(profile or "default", SCALES["default"])
    return Scale(**{**row.__dict__, "seeded": seeded})
