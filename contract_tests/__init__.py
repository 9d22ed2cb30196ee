"""Contract test suite for implementations of the Case APIs."""
