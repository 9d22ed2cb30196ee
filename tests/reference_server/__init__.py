"""Second implementation of the Case APIs, independent of the mock and of the suite.

The suite's verdicts are tested with it: `variants` are correct servers, `faults` are incorrect ones.
"""
