"""Findings and verdicts, and what a run observed about its target."""
