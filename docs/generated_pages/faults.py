"""The faults of the mock, from their tables."""

from __future__ import annotations

from generated_pages.markdown import table as rows_as_table
from mock_server.faults import GROUPS


def table() -> str:
    """Return a table for each group of faults."""
    return "\n".join(
        f"### {group.title}\n\n"
        + rows_as_table(
            ("fault", "behaviour", "violates"),
            [
                (
                    f"`{fault.name}`",
                    fault.sentence,
                    ", ".join(f"[{id_}](requirements.md#{id_.lower()})" for id_ in fault.requirements),
                )
                for fault in group.faults
            ],
        )
        for group in GROUPS
    )
