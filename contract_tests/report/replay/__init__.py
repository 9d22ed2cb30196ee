"""Failures as shell scripts, and the replay of these scripts."""
