"""The deterministic corpus of payloads, and the strategies for random data."""
