"""The comparison of two OpenAPI documents."""

from __future__ import annotations

import sys
from typing import Final

from change_gate.comparison import callbacks, operations
from change_gate.comparison.context import Context
from change_gate.comparison.options import Options
from change_gate.documents import Document
from change_gate.findings import Comparison

RECURSION_LIMIT: Final = 5000

__all__ = ["Options", "compare"]


def compare(base: Document, head: Document, options: Options | None = None) -> Comparison:
    """Compare two versions of a document."""
    # Documents may be nested up to their limit, and some walks use several frames for a level.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    context = Context.create(base, head, options or Options())
    operations.compare(context)
    callbacks.compare_webhooks(context, operations.compare_pair)
    return Comparison(
        base=base.file,
        head=head.file,
        findings=context.recorder.ordered(),
        base_version=base.info_version,
        head_version=head.info_version,
        is_identical=base.root == head.root,
    )
