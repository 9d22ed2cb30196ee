"""OpenAPI documents: where they come from, how their text is read, and how their references resolve."""

from change_gate.documents.document import Document, load
from change_gate.documents.nodes import Node

__all__ = ["Document", "Node", "load"]
