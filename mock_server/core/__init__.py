"""The mock's rules: one function from request to response, without sockets or files."""
