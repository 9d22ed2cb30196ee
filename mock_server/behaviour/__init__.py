"""Behaviour that differs from a plain server: latency, outages, failures and rate limits."""
