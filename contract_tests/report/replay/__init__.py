"""Reproduction scripts, and their replay against the target."""
