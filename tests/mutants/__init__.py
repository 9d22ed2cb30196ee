"""Mutation testing of the pure packages: the small changes of the code that no unit test detects."""
