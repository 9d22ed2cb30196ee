"""A contract test suite that tells whether an implementation honours the Case APIs."""
