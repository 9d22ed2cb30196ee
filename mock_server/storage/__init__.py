"""Persistence: databases, seed files and snapshots."""
