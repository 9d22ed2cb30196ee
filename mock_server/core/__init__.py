"""The rules of the mock: one function from request to response."""
