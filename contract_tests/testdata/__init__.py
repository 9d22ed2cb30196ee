"""Payloads to send: the deterministic corpus, and strategies for random data."""
