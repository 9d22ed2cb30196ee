"""The command `caseiq-mock`."""
