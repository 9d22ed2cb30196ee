"""The client that sends, paces, retries and records every request of a run."""
