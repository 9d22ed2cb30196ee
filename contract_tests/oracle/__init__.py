"""Pure functions that compute what a correct server shows."""
