"""Few random examples for each test: the unit tests take seconds, and each run draws other examples."""

from __future__ import annotations

import os

from hypothesis import settings
from support.mock_fixtures import ask, client, client_of, clock, mock, steer

__all__ = ["ask", "client", "client_of", "clock", "mock", "steer"]

# CASEIQ_EXAMPLES=1000 searches longer.
settings.register_profile("unit", max_examples=int(os.environ.get("CASEIQ_EXAMPLES", "12")), deadline=None)
settings.load_profile("unit")
