"""Servers that keep the contract in ways that a careless judge takes for faults; each must pass."""

from __future__ import annotations

from second.catalogue import VARIANTS
from second.variants import answers, rules, stores, wire, workflows

__all__ = ["VARIANTS", "answers", "rules", "stores", "wire", "workflows"]
