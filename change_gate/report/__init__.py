"""The formats of the report."""
