"""Assertions shared by the checks. They turn responses into violations."""
