"""The verdict in the forms that people and machines read. Each form is one module."""
