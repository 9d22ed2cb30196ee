"""Storage of cases: databases, seed files and snapshots."""
